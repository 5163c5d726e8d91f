"""Business messages of any content, and the wire between writing and reading them.

What our core writes is drawn whole; what only echoes the counterparty (Side, OrdType, TimeInForce) from the values its
version has.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from functools import cache
from tempfile import NamedTemporaryFile
from typing import Any, TypeVar

import pytest
import quickfix
from hypothesis import strategies as st

from fix import tags
from fix.business import (
    ZERO,
    DontKnowTrade,
    ExecutionReport,
    MDEntry,
    NewOrderSingle,
    OrderCancelReject,
    OrderCancelReplaceRequest,
    OrderCancelRequest,
    OrderMassCancelReport,
    OrderMassCancelRequest,
    OrderMassStatusRequest,
    OrderStatusRequest,
)
from fix.enums import (
    ADMIN_MSG_TYPES,
    CxlRejReason,
    CxlRejResponseTo,
    DKReason,
    ExecRestatementReason,
    ExecType,
    MassCancelRejectReason,
    MassCancelRequestType,
    MassCancelResponse,
    MassStatusReqType,
    MDEntryType,
    MDUpdateAction,
    OrdRejReason,
    OrdStatus,
    OrdType,
    Side,
    SubscriptionRequestType,
    TimeInForce,
)
from fix.message import SOH, Header, Message, check_frame, encode
from fix.timestamp import format_utc
from spec.dialects import DIALECTS, Dialect, DialectError
from spec.dialects.marketdata import MarketDataRequest
from spec.dictionary import extended, for_session
from spec.validation import Validator

E = TypeVar("E", bound=StrEnum)
FOUND_IN = {"FIX.4.2": "FIX42", "FIX.4.4": "FIX44", "FIX.5.0SP2": "FIX50SP2"}
NOW = 1_709_208_000 * 10**9

IDS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)
TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=40)
INSTANTS = st.integers(0, 7_258_118_399_999).map(lambda milliseconds: milliseconds * 10**6)  # to the end of 2199
NUMBERS = st.decimals(-(10**9), 10**15 - 1, places=8) | st.builds(Decimal, st.sampled_from(["1E+3", "-2.5E-7", "0E-9"]))
QUANTITIES = st.decimals(0, 10**15 - 1, places=4) | st.integers(0, 10**9).map(Decimal)


def known(dialect: Dialect, enumeration: type[E]) -> st.SearchStrategy[E]:
    """Members that the dialect's version has."""
    field = for_session(dialect.begin_string).fields[getattr(tags, enumeration.__name__)]
    return st.sampled_from([member for member in enumeration if member in field.values])


def exec_insts(dialect: Dialect) -> st.SearchStrategy[str]:
    """ExecInst(18): any of the codes that the version has, each once."""
    codes = st.sampled_from(sorted(for_session(dialect.begin_string).fields[tags.ExecInst].values))
    return st.lists(codes, max_size=4, unique=True).map(" ".join)


def orders(dialect: Dialect) -> st.SearchStrategy[NewOrderSingle]:
    return st.builds(
        NewOrderSingle,
        cl_ord_id=IDS,
        symbol=IDS,
        side=known(dialect, Side),
        order_qty=QUANTITIES,
        ord_type=known(dialect, OrdType),
        price=st.none() | NUMBERS,
        time_in_force=known(dialect, TimeInForce),
        transact_time=INSTANTS,
        account=st.just("") | IDS,
        expire_time=st.just(0) | INSTANTS,
        locate=st.sampled_from(["", "Y", "N"]),
        strategy=st.sampled_from(["", "1", "2", "3"]),  # QuickFIX takes none that are for the two sides to agree on
        parameters=st.lists(st.tuples(IDS, IDS), max_size=4).map(tuple),
        destination=st.just("") | IDS,
        max_floor=st.none() | QUANTITIES,
        min_qty=st.none() | QUANTITIES,
        exec_inst=exec_insts(dialect),
    )


def replaces(dialect: Dialect) -> st.SearchStrategy[OrderCancelReplaceRequest]:
    return st.builds(
        OrderCancelReplaceRequest,
        cl_ord_id=IDS,
        orig_cl_ord_id=IDS,
        symbol=IDS,
        side=known(dialect, Side),
        order_qty=QUANTITIES,
        ord_type=known(dialect, OrdType),
        price=st.none() | NUMBERS,
        time_in_force=known(dialect, TimeInForce),
        transact_time=INSTANTS,
        order_id=st.just("") | IDS,
        account=st.just("") | IDS,
        expire_time=st.just(0) | INSTANTS,
    )


def cancels(dialect: Dialect) -> st.SearchStrategy[OrderCancelRequest]:
    return st.builds(
        OrderCancelRequest,
        cl_ord_id=IDS,
        orig_cl_ord_id=IDS,
        symbol=IDS,
        side=known(dialect, Side),
        order_qty=QUANTITIES,
        transact_time=INSTANTS,
        order_id=st.just("") | IDS,
    )


def status_requests(dialect: Dialect) -> st.SearchStrategy[OrderStatusRequest]:
    return st.builds(
        OrderStatusRequest, cl_ord_id=IDS, symbol=IDS, side=known(dialect, Side), order_id=st.just("") | IDS
    )


def denials(dialect: Dialect) -> st.SearchStrategy[DontKnowTrade]:
    return st.builds(
        DontKnowTrade,
        order_id=IDS,
        exec_id=IDS,
        reason=known(dialect, DKReason),
        symbol=IDS,
        side=known(dialect, Side),
        order_qty=QUANTITIES,
        last_qty=QUANTITIES,
        last_px=NUMBERS,
        text=TEXTS,
    )


@st.composite
def mass_cancels(draw: st.DrawFn, dialect: Dialect) -> OrderMassCancelRequest:
    request_type = draw(known(dialect, MassCancelRequestType))
    one = request_type is MassCancelRequestType.CANCEL_ORDERS_FOR_A_SECURITY
    side = draw(st.none() | known(dialect, Side))
    return OrderMassCancelRequest(draw(IDS), request_type, draw(IDS) if one else "", side, draw(INSTANTS))


@st.composite
def mass_cancel_reports(draw: st.DrawFn, dialect: Dialect) -> OrderMassCancelReport:
    response = draw(st.sampled_from(MassCancelResponse))
    rejected = response is MassCancelResponse.CANCEL_REQUEST_REJECTED
    return OrderMassCancelReport(
        order_id=draw(IDS),
        cl_ord_id=draw(st.just("") | IDS),
        request_type=draw(known(dialect, MassCancelRequestType)),
        response=response,
        reject_reason=draw(st.sampled_from(MassCancelRejectReason)) if rejected else None,
        total_affected=0 if rejected else draw(st.integers(0, 10**9)),
        symbol=draw(st.just("") | IDS),
        side=draw(st.none() | known(dialect, Side)),
        transact_time=draw(INSTANTS),
        text=draw(TEXTS),
    )


@st.composite
def mass_status_requests(draw: st.DrawFn, dialect: Dialect) -> OrderMassStatusRequest:
    request_type = draw(known(dialect, MassStatusReqType))
    one = request_type is MassStatusReqType.STATUS_FOR_ORDERS_FOR_A_SECURITY
    side = draw(st.none() | known(dialect, Side))
    return OrderMassStatusRequest(draw(IDS), request_type, draw(IDS) if one else "", side)


# OrdStatus(39)=5 is gone from FIX 4.4 (a replaced order is New again), and no state of ours is called that.
STATUSES = st.sampled_from([status for status in OrdStatus if status is not OrdStatus.REPLACED])
EXEC_TYPES = st.sampled_from([t for t in ExecType if t not in (ExecType.PARTIAL_FILL, ExecType.FILL)])


@st.composite
def executions(draw: st.DrawFn, dialect: Dialect) -> ExecutionReport:
    exec_type = draw(EXEC_TYPES)
    trade = exec_type in (ExecType.TRADE, ExecType.TRADE_CORRECT)
    days, mass = draw(st.booleans()), draw(st.just("") | IDS)
    return ExecutionReport(
        order_id=draw(IDS),
        cl_ord_id=draw(IDS),
        exec_id=draw(IDS),
        exec_type=exec_type,
        ord_status=draw(STATUSES),
        symbol=draw(IDS),
        side=draw(known(dialect, Side)),
        order_qty=draw(QUANTITIES),
        cum_qty=draw(QUANTITIES),
        leaves_qty=draw(QUANTITIES),
        avg_px=draw(NUMBERS),
        last_qty=draw(QUANTITIES) if trade else ZERO,
        last_px=draw(NUMBERS) if trade else ZERO,
        orig_cl_ord_id=draw(st.just("") | IDS),
        exec_ref_id=draw(st.just("") | IDS),
        ord_rej_reason=draw(st.none() | st.sampled_from(OrdRejReason)),
        text=draw(TEXTS),
        last_mkt=draw(st.just("") | IDS),
        transact_time=draw(INSTANTS),
        ord_type=draw(st.none() | known(dialect, OrdType)),
        price=draw(st.none() | NUMBERS),
        time_in_force=draw(st.none() | known(dialect, TimeInForce)),
        account=draw(st.just("") | IDS),
        restatement_reason=draw(st.none() | st.sampled_from(ExecRestatementReason)),
        expire_time=draw(st.just(0) | INSTANTS),
        day_order_qty=draw(QUANTITIES) if days else None,
        day_cum_qty=draw(QUANTITIES) if days else None,
        day_avg_px=draw(NUMBERS) if days else None,
        mass_status_req_id=mass,
        tot_num_reports=draw(st.integers(0, 10**9)) if mass else 0,
        last_rpt_requested=bool(mass) and draw(st.booleans()),
    )


CANCEL_REJECTS = st.builds(
    OrderCancelReject,
    order_id=IDS,
    cl_ord_id=IDS,
    orig_cl_ord_id=IDS,
    ord_status=STATUSES,
    response_to=st.sampled_from(CxlRejResponseTo),
    reason=st.none() | st.sampled_from(CxlRejReason),
    text=TEXTS,
)
MD_REQUESTS = st.builds(
    MarketDataRequest,
    md_req_id=IDS,
    subscription=st.sampled_from(SubscriptionRequestType),
    depth=st.integers(0, 1000),
    symbols=st.lists(IDS, min_size=1, max_size=5).map(tuple),
)
LEVELS = st.builds(
    MDEntry,
    entry_type=st.sampled_from([MDEntryType.BID, MDEntryType.OFFER]),
    price=NUMBERS,
    size=QUANTITIES,
    action=st.sampled_from(MDUpdateAction),
    symbol=IDS,
)


# -- the wire --------------------------------------------------------------------------------------------------------


# A fill of 40 of 100 at 9.5, for tests that look at single fields
REPORT = ExecutionReport(
    order_id="V-1",
    cl_ord_id="O-1",
    exec_id="X-1",
    exec_type=ExecType.TRADE,
    ord_status=OrdStatus.PARTIALLY_FILLED,
    symbol="IBM",
    side=Side.BUY,
    order_qty=Decimal(100),
    cum_qty=Decimal(40),
    leaves_qty=Decimal(60),
    avg_px=Decimal("9.5"),
    last_qty=Decimal(40),
    last_px=Decimal("9.5"),
    transact_time=1_709_208_000 * 10**9,
)


def wire(dialect: Dialect, msg_type: str, text: str) -> Message:
    """The body as a whole message, read again after the frame, our validation and QuickFIX's found nothing wrong."""
    raw = encode(msg_type, text, Header(dialect.begin_string, "US", "THEM", 7, format_utc(NOW)))
    check_frame(raw)
    message = Message.parse(raw)
    assert _validator(dialect.name).check(message) is None
    if raw.isascii():  # QuickFIX's Python binding sends text through UTF-8
        _ask_quickfix(dialect, msg_type, raw.decode())
    return message


def has(dialect: Dialect, tag: int, value: str) -> bool:
    """Whether the dialect's version gives the field this value."""
    return value in for_session(dialect.begin_string).fields[tag].values


def refusal(reader: Callable[[Message], object], msg_type: str, text: str) -> DialectError:
    """What a reader says about a message it cannot take."""
    with pytest.raises(DialectError) as refused:
        reader(Message.parse(f"35={msg_type}|{text}".replace("|", SOH).encode()))
    return refused.value


@cache
def _validator(name: str) -> Validator:
    return Validator(for_session(DIALECTS[name].begin_string))


@cache
def _quickfix(name: str) -> Any:
    with NamedTemporaryFile(suffix=".xml") as file:
        extended(name).write(file.name)
        return quickfix.DataDictionary(file.name)


def _ask_quickfix(dialect: Dialect, msg_type: str, raw: str) -> None:
    """With its full dictionary, as a counterparty has it; raises what it finds."""
    application = _quickfix(FOUND_IN[dialect.name])
    if not dialect.default_appl_ver_id:
        application.validate(quickfix.Message(raw, application, True))
    elif msg_type in ADMIN_MSG_TYPES:
        transport = _quickfix("FIXT11")
        transport.validate(quickfix.Message(raw, transport, True))
    else:
        application.validate(quickfix.Message(raw, _quickfix("FIXT11"), application, True), True)
