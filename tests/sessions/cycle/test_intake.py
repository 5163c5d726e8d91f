from __future__ import annotations

from decimal import Decimal

import pytest

from engine.core.commands import Command, Decide, Decision, Report
from engine.core.events import (
    CancelReceived,
    MassCancelReceived,
    MassStatusRequested,
    OrderReceived,
    ReplaceReceived,
    StatusRequested,
    TradeDenied,
)
from fix import tags
from fix.business import (
    DontKnowTrade,
    NewOrderSingle,
    OrderCancelReplaceRequest,
    OrderCancelRequest,
    OrderMassCancelRequest,
    OrderMassStatusRequest,
    OrderStatusRequest,
)
from fix.enums import (
    DKReason,
    MassCancelRequestType,
    MassStatusReqType,
    MsgType,
    OrdType,
    Side,
    TimeInForce,
)
from sessions.cycle.intake import Answer, Note, only_listens
from spec.dialects import DIALECTS, dialect
from spec.dictionary import for_session
from tests.sessions.cycle.intakes import ORDER, VERSIONS, core, having, oms, without
from tests.sessions.cycle.standin import AT, NOW, message, shown, wire

# -- what becomes an event -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_an_order_becomes_an_event_in_every_version(version: str) -> None:
    text = ORDER + "1=ACC|21=1|"
    order = NewOrderSingle(
        "C1", "ACME", Side.BUY, Decimal(100), OrdType.LIMIT, Decimal("10.50"), TimeInForce.DAY, NOW, "ACC"
    )
    assert oms(version).read(message("D", text, version)) == OrderReceived("OMS", order)


def test_an_order_without_time_in_force_is_for_the_day() -> None:
    read = oms().read(message("D", without(59)))
    assert isinstance(read, OrderReceived)
    assert read.order.time_in_force is TimeInForce.DAY


def test_a_cl_ord_id_used_before_is_known() -> None:
    read = oms(used=("C1",)).read(message("D", ORDER))
    assert isinstance(read, OrderReceived)
    assert read.known


def test_cancel_and_status_requests_become_events() -> None:
    intake = oms(used=("C1",))
    request = OrderCancelRequest("C2", "C1", "ACME", Side.BUY, Decimal(100), NOW)
    cancel = message("F", f"11=C2|38=100|41=C1|54=1|55=ACME|60={AT}|")
    assert intake.read(cancel) == CancelReceived("OMS", request, known=False)
    again = message("F", f"11=C1|38=100|41=C1|54=1|55=ACME|60={AT}|")
    assert intake.read(again) == CancelReceived("OMS", OrderCancelRequest("C1", "C1", *_rest(request)), known=True)
    status = message("H", "11=C1|54=1|55=ACME|")
    assert intake.read(status) == StatusRequested("OMS", OrderStatusRequest("C1", "ACME", Side.BUY))


ALL, ONE = MassCancelRequestType.CANCEL_ALL_ORDERS, MassCancelRequestType.CANCEL_ORDERS_FOR_A_SECURITY
REPLACE = f"11=C2|38=200|40=2|41=C1|44=10.60|54=1|55=ACME|59=1|60={AT}|"
WITH_MASS = [version for version in VERSIONS if DIALECTS[version].has_mass_messages]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_replace_request_becomes_an_event_in_every_version(version: str) -> None:
    request = OrderCancelReplaceRequest(
        "C2", "C1", "ACME", Side.BUY, Decimal(200), OrdType.LIMIT, Decimal("10.60"), TimeInForce.GTC, NOW
    )
    text = message("G", REPLACE + "21=1|", version)
    assert oms(version).read(text) == ReplaceReceived("OMS", request)
    assert oms(version, used=("C2",)).read(text) == ReplaceReceived("OMS", request, known=True)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_denied_trade_becomes_an_event_in_every_version(version: str) -> None:
    text = message("Q", "17=T-1-E2|31=10.5|32=40|37=T-1|54=1|55=ACME|58=not ours|127=D|", version)
    denial = DontKnowTrade(
        "T-1",
        "T-1-E2",
        DKReason.NO_MATCHING_ORDER,
        "ACME",
        Side.BUY,
        Decimal(0),
        Decimal(40),
        Decimal("10.5"),
        "not ours",
    )
    assert oms(version).read(text) == TradeDenied("OMS", denial)


@pytest.mark.parametrize("version", WITH_MASS)
def test_what_an_oms_asks_of_many_orders_becomes_an_event(version: str) -> None:
    intake = oms(version, used=("Q2",))
    assert [
        intake.read(message("q", f"11=Q1|60={AT}|530=7|", version)),
        intake.read(message("q", f"11=Q2|54=2|55=ACME|60={AT}|530=1|", version)),
        intake.read(message("AF", "584=S1|585=7|", version)),
        intake.read(message("AF", "54=1|55=ACME|584=S2|585=1|", version)),
    ] == [
        MassCancelReceived("OMS", OrderMassCancelRequest("Q1", ALL, "", None, NOW)),
        MassCancelReceived("OMS", OrderMassCancelRequest("Q2", ONE, "ACME", Side.SELL, NOW), known=True),
        MassStatusRequested("OMS", OrderMassStatusRequest("S1", MassStatusReqType.STATUS_FOR_ALL_ORDERS)),
        MassStatusRequested(
            "OMS", OrderMassStatusRequest("S2", MassStatusReqType.STATUS_FOR_ORDERS_FOR_A_SECURITY, "ACME", Side.BUY)
        ),
    ]


def test_an_order_says_whether_it_may_have_come_before() -> None:
    again = oms(used=("C1",)).read(message("D", "97=Y|" + ORDER))
    assert isinstance(again, OrderReceived)
    assert (again.known, again.resend) == (True, True)
    first = oms().read(message("D", "97=N|" + ORDER))
    assert isinstance(first, OrderReceived)
    assert (first.known, first.resend) == (False, False)


def test_an_order_has_its_end_its_locate_and_its_strategy() -> None:
    read = oms().read(message("D", having(59, "6") + "114=N|432=20231114|847=1000|"))
    assert isinstance(read, OrderReceived)
    assert (read.order.expire_time, read.order.locate, read.order.strategy) == (NOW + 6_399_999_000_000, "N", "1000")


def _rest(request: OrderCancelRequest) -> tuple[str, Side, Decimal, int]:
    return request.symbol, request.side, request.order_qty, request.transact_time


# -- what is wrong in itself: Reject(3) ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "tag", "reason", "why"),
    [
        (having(38, "ten"), 38, 6, "OrderQty(38): 'ten' is not a number (QTY)"),
        (having(38, "1e3"), 38, 6, "OrderQty(38): '1e3' is not a number (QTY)"),
        (having(38, ""), 38, 4, "OrderQty(38) has no value"),
        (having(38, "1" + "0" * 15), 38, 6, "tag 38: '1000000000000000' has more than 15 digits before the point"),
        (having(44, "NaN"), 44, 6, "Price(44): 'NaN' is not a number (PRICE)"),
        (having(60, "yesterday"), 60, 6, "TransactTime(60): 'yesterday' is not a time YYYYMMDD-HH:MM:SS in UTC (UTCTIMESTAMP)"),
        (without(60), 60, 1, "TransactTime(60) is missing: NewOrderSingle requires it"),
        (without(11), 11, 1, "ClOrdID(11) is missing: NewOrderSingle requires it"),
        (without(38), 38, 1, "required tag 38 is missing"),
        (without(55), 55, 1, "required tag 55 is missing"),
        (having(40, "z"), 40, 5, "OrdType(40): 'z' is none of the values FIX gives it"),
        (having(59, "Z"), 59, 5, "TimeInForce(59): 'Z' is none of the values FIX gives it"),
        (having(54, "Z"), 54, 5, "Side(54): 'Z' is none of the values FIX gives it"),
        (ORDER + "55=ACME|", 55, 13, "Symbol(55) appears more than once"),
        (ORDER + "150=0|", 150, 2, "ExecType(150) does not belong into NewOrderSingle"),
        (ORDER + "4999=1|", 4999, 3, "tag 4999 is not defined in FIX.4.4"),
    ],
)  # fmt: skip
def test_an_order_wrong_in_itself_gets_a_reject(text: str, tag: int, reason: int, why: str) -> None:
    body = f"45=2|58={why}|371={tag}|372=D|373={reason}|"
    assert oms().read(message("D", text)) == Answer(MsgType.REJECT, wire(body), why)


def test_a_field_of_the_users_own_is_let_through() -> None:
    assert isinstance(oms().read(message("D", ORDER + "5001=x|")), OrderReceived)


def test_a_cancel_without_its_order_gets_a_reject() -> None:
    why = "OrigClOrdID(41) is missing: OrderCancelRequest requires it"
    assert oms().read(message("F", f"11=C2|38=100|54=1|55=ACME|60={AT}|")) == Answer(
        MsgType.REJECT, wire(f"45=2|58={why}|371=41|372=F|373=1|"), why
    )


@pytest.mark.parametrize(
    ("msg_type", "text", "tag", "why"),
    [
        ("G", without(41, REPLACE), 41, "OrigClOrdID(41) is missing: OrderCancelReplaceRequest requires it"),
        ("G", without(38, REPLACE), 38, "required tag 38 is missing"),
        ("q", f"11=Q1|60={AT}|530=1|", 55, "required tag 55 is missing"),
        ("AF", "584=S1|585=1|", 55, "required tag 55 is missing"),
        ("Q", "17=X|37=T-1|54=1|55=ACME|", 127, "DKReason(127) is missing: DontKnowTrade requires it"),
    ],
)
def test_a_request_that_lacks_what_it_needs_gets_a_reject(msg_type: str, text: str, tag: int, why: str) -> None:
    body = wire(f"45=2|58={why}|371={tag}|372={msg_type}|373=1|")
    assert oms().read(message(msg_type, text)) == Answer(MsgType.REJECT, body, why)


# -- what is not for us: BusinessMessageReject(j) ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("msg_type", "text", "named"),
    [
        ("AB", f"11=C2|38=100|40=1|54=1|55=ACME|60={AT}|555=1|600=X|", "379=C2|"),
        ("R", "131=Q1|146=1|55=ACME|", ""),
        ("U7", "58=a type of the OMS's own|", ""),
        ("BE", "923=U1|924=1|553=me|554=secret|", ""),
    ],
)
def test_a_message_type_we_do_not_handle_gets_a_business_message_reject(msg_type: str, text: str, named: str) -> None:
    why = f"MsgType(35) {msg_type} is not supported on this session"
    body = f"45=2|58={why}|372={msg_type}|{named}380=3|"
    assert oms().read(message(msg_type, text)) == Answer(MsgType.BUSINESS_MESSAGE_REJECT, wire(body), why)


@pytest.mark.parametrize(
    ("msg_type", "text", "named"), [("q", f"11=Q1|60={AT}|530=7|", "379=Q1|"), ("AF", "584=S1|585=7|", "379=S1|")]
)
def test_4_2_has_no_requests_about_many_orders(msg_type: str, text: str, named: str) -> None:
    why = f"MsgType(35) {msg_type} is not supported on this session"
    body = wire(f"45=2|58={why}|372={msg_type}|{named}380=3|")
    assert oms("FIX.4.2").read(message(msg_type, text, "FIX.4.2")) == Answer(MsgType.BUSINESS_MESSAGE_REJECT, body, why)


@pytest.mark.parametrize("asked", "234568")
def test_a_kind_that_is_not_served_is_the_cores_to_refuse(asked: str) -> None:
    cancel = oms("FIX.5.0SP2").read(message("q", f"11=Q1|60={AT}|530={asked}|", "FIX.5.0SP2"))
    assert cancel == MassCancelReceived(
        "OMS", OrderMassCancelRequest("Q1", MassCancelRequestType(asked), "", None, NOW)
    )
    status = oms("FIX.5.0SP2").read(message("AF", f"584=S1|585={asked}|", "FIX.5.0SP2"))
    assert status == MassStatusRequested("OMS", OrderMassStatusRequest("S1", MassStatusReqType(asked)))


def test_a_refusal_is_noted_and_never_answered_with_another() -> None:
    reject = message("3", "45=7|58=no such tag|373=0|")
    assert oms().read(reject) == Note("OMS refused our message 7: no such tag")
    assert oms().read(message("j", "372=8|380=3|")) == Note("OMS refused our message (unnamed): no reason given")


def test_who_only_listens_may_not_trade() -> None:
    why = "COMPLIANCE only listens: MsgType(35) D is not for this session"
    body = wire(f"45=2|58={why}|372=D|379=C1|380=6|")
    assert only_listens("COMPLIANCE", dialect("FIX.4.4"), message("D", ORDER)) == Answer(
        MsgType.BUSINESS_MESSAGE_REJECT, body, why
    )
    reject = message("3", "45=7|58=no|")
    assert only_listens("COMPLIANCE", dialect("FIX.4.4"), reject) == Note("COMPLIANCE refused our message 7: no")


# -- what is refused for what it asks: ExecutionReport Rejected, by the core ---------------------------------------


def commands(text: str, *, up: bool = True, version: str = "FIX.4.4", used: tuple[str, ...] = ()) -> list[Command]:
    read = oms(version, used).read(message("D", text, version))
    assert isinstance(read, OrderReceived), read
    return list(core(up=up).handle(read, NOW))


@pytest.mark.parametrize(
    ("text", "shown_order", "reason", "why"),
    [
        (having(38, "0"), "38=0|39=8|40=2|44=10.50|54=1|55=ACME", 13, "OrderQty(38) 0 is not above zero"),
        (having(38, "-5"), "38=-5|39=8|40=2|44=10.50|54=1|55=ACME", 13, "OrderQty(38) -5 is not above zero"),
        (having(38, "0.5"), "38=0.5|39=8|40=2|44=10.50|54=1|55=ACME", 13,
            "OrderQty(38) 0.5 fits no lot or minimum, or nothing is displayed to price it"),
        (having(55, "NOPE"), "38=100|39=8|40=2|44=10.50|54=1|55=NOPE", 1, "Symbol(55) NOPE is not traded here"),
        (without(44), "38=100|39=8|40=2|54=1|55=ACME", 99, "Price(44) is missing: a LIMIT order has one"),
        (having(44, "0"), "38=100|39=8|40=2|44=0|54=1|55=ACME", 99, "Price(44) 0 is not above zero"),
        (having(40, "P"), "38=100|39=8|40=P|44=10.50|54=1|55=ACME", 11,
            "OrdType(40) PEGGED is not supported; MARKET and LIMIT are"),
        (having(54, "8"), "38=100|39=8|40=2|44=10.50|54=8|55=ACME", 11,
            "Side(54) CROSS is not supported; BUY, SELL and SELL_SHORT are"),
    ],
)  # fmt: skip
def test_an_order_for_what_we_do_not_do_is_rejected_with_its_reason(
    text: str, shown_order: str, reason: int, why: str
) -> None:
    decided, report = commands(text)
    assert decided == Decide("T-1", Decision.REFUSE, why, {"OrdRejReason": str(reason)})
    assert isinstance(report, Report)
    assert shown(dialect("FIX.4.4").write_execution(report.report)) == (
        f"6=0|11=C1|14=0|17=T-1-E1|37=T-1|{shown_order}|58={why}|59=0|60={AT}|103={reason}|150=8|151=0|"
    )


def test_a_time_in_force_we_do_not_keep_is_rejected() -> None:
    why = "TimeInForce(59) OPG is not supported; DAY, IOC, FOK, GTC and GTD are"
    (_, report) = commands(having(59, "2"))
    assert isinstance(report, Report)
    assert shown(dialect("FIX.4.4").write_execution(report.report)).endswith(
        f"|58={why}|59=2|60={AT}|103=11|150=8|151=0|"
    )


def test_a_cl_ord_id_used_before_is_rejected_as_a_duplicate() -> None:
    why = "ClOrdID(11) C1 was used before"
    (_, report) = commands(ORDER, used=("C1",))
    assert isinstance(report, Report)
    assert shown(dialect("FIX.4.4").write_execution(report.report)).endswith(
        f"|58={why}|59=0|60={AT}|103=6|150=8|151=0|"
    )


def test_an_order_while_all_venues_are_down_is_rejected() -> None:
    (_, report) = commands(ORDER, up=False)
    assert isinstance(report, Report)
    assert shown(dialect("FIX.4.4").write_execution(report.report)).endswith(
        f"|58=no venue for ACME is open to orders now|59=0|60={AT}|103=2|150=8|151=0|"
    )


def test_4_2_hears_its_own_general_reason_where_it_has_no_code() -> None:
    (_, report) = commands(having(40, "P") + "21=1|", version="FIX.4.2")
    assert isinstance(report, Report)
    assert "|103=0|" in shown(dialect("FIX.4.2").write_execution(report.report))


SUPPORTED = {tags.Side: "1256", tags.OrdType: "12", tags.TimeInForce: "01346"}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("tag", SUPPORTED)
def test_every_value_that_fix_knows_is_read_and_what_we_do_not_support_is_rejected_as_such(
    version: str, tag: int
) -> None:
    known = for_session(dialect(version).begin_string).fields[tag].values
    assert len(known) > len(SUPPORTED[tag])
    for value in known:
        (first, *_, last) = commands(having(tag, value) + "21=1|126=20231115-10:00:00|", version=version)
        if value in SUPPORTED[tag]:
            assert not isinstance(last, Report)
        else:
            assert isinstance(first, Decide)
            assert first.detail == {"OrdRejReason": "11"}
