"""What an OMS asks of one order, there and back in every version, and what cannot be read."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fix import tags
from fix.business import DontKnowTrade, NewOrderSingle, OrderCancelReplaceRequest
from fix.enums import DKReason, OrdType, SessionRejectReason, Side, TimeInForce
from fix.message import SOH, Message, body
from spec.dialects import Dialect
from spec.dictionary import for_session
from tests.spec.dialects import making
from tests.spec.dialects.making import refusal, wire

NOW = "20240229-12:00:00.000"
NOON = 1_709_208_000 * 10**9  # 2024-02-29 12:00:00
DAY = 86_400 * 10**9
MISSING, INCORRECT = SessionRejectReason.REQUIRED_TAG_MISSING, SessionRejectReason.VALUE_IS_INCORRECT
FORMAT = SessionRejectReason.INCORRECT_DATA_FORMAT_FOR_VALUE
COUNT = SessionRejectReason.INCORRECT_NUMINGROUP_COUNT


def without_what_means_nothing(order: NewOrderSingle) -> NewOrderSingle:
    """Price(44) of a MARKET order, ExpireTime(126) of one that is not GTD."""
    price = None if order.ord_type is OrdType.MARKET else order.price
    return order._replace(price=price, expire_time=_expires(order.time_in_force, order.expire_time))


def _expires(time_in_force: TimeInForce, at: int) -> int:
    return at if time_in_force is TimeInForce.GTD else 0


# -- there and back --------------------------------------------------------------------------------------------------


@given(st.data())
def test_an_order_reads_as_it_was_written(dialect: Dialect, data: st.DataObject) -> None:
    order = data.draw(making.orders(dialect))
    assert dialect.read_order(wire(dialect, "D", dialect.write_order(order))) == without_what_means_nothing(order)


@given(st.data())
def test_a_replace_request_reads_as_it_was_written(dialect: Dialect, data: st.DataObject) -> None:
    request = data.draw(making.replaces(dialect))
    expected = OrderCancelReplaceRequest(
        cl_ord_id=request.cl_ord_id,
        orig_cl_ord_id=request.orig_cl_ord_id,
        symbol=request.symbol,
        side=request.side,
        order_qty=request.order_qty,
        ord_type=request.ord_type,
        price=None if request.ord_type is OrdType.MARKET else request.price,
        time_in_force=request.time_in_force,
        transact_time=request.transact_time,
        order_id=request.order_id,
        account=request.account,
        expire_time=_expires(request.time_in_force, request.expire_time),
    )
    assert dialect.read_replace(wire(dialect, "G", dialect.write_replace(request))) == expected


@given(st.data())
def test_a_cancel_request_reads_as_it_was_written(dialect: Dialect, data: st.DataObject) -> None:
    request = data.draw(making.cancels(dialect))
    assert dialect.read_cancel(wire(dialect, "F", dialect.write_cancel(request))) == request


@given(st.data())
def test_a_status_request_reads_as_it_was_written(dialect: Dialect, data: st.DataObject) -> None:
    request = data.draw(making.status_requests(dialect))
    assert dialect.read_status_request(wire(dialect, "H", dialect.write_status_request(request))) == request


@given(st.data())
def test_a_denial_reads_as_it_was_written(dialect: Dialect, data: st.DataObject) -> None:
    denial = data.draw(making.denials(dialect))
    assert dialect.read_dont_know(wire(dialect, "Q", dialect.write_dont_know(denial))) == denial


# -- what is written -------------------------------------------------------------------------------------------------

LIMIT = NewOrderSingle(
    cl_ord_id="O-1",
    symbol="IBM",
    side=Side.SELL_SHORT,
    order_qty=Decimal(100),
    ord_type=OrdType.LIMIT,
    price=Decimal("9.5"),
    time_in_force=TimeInForce.GTD,
    transact_time=NOON,
    expire_time=NOON + DAY,
    locate="N",
    strategy="1001",
)


def handled(dialect: Dialect, msg_type: str) -> str:
    """HandlInst(21), where the version asks for it."""
    return "21=1|" if tags.HandlInst in for_session(dialect.begin_string).messages[msg_type].required else ""


def test_an_order_says_when_it_ends_and_what_else_it_has(dialect: Dialect) -> None:
    assert dialect.write_order(LIMIT).replace(SOH, "|") == (
        f"11=O-1|{handled(dialect, 'D')}38=100|40=2|44=9.5|54=5|55=IBM|59=6|60={NOW}|114=N|"
        f"126=20240301-12:00:00.000|847=1001|"
    )


def test_an_order_says_how_it_is_to_be_worked(dialect: Dialect) -> None:
    worked = LIMIT._replace(
        parameters=(("EndTime", "20240229-16:00:00"), ("Slices", "12"), ("Mood", "good")),
        destination="XNYS",
        max_floor=Decimal("1E+1"),
        min_qty=Decimal(5),
        exec_inst="1 G",
    )
    assert dialect.write_order(worked).replace(SOH, "|") == (
        f"11=O-1|18=1 G|{handled(dialect, 'D')}38=100|40=2|44=9.5|54=5|55=IBM|59=6|60={NOW}|100=XNYS|110=5|111=10|"
        f"114=N|126=20240301-12:00:00.000|847=1001|957=3|958=EndTime|959=19|960=20240229-16:00:00|"
        "958=Slices|959=1|960=12|958=Mood|959=14|960=good|"
    )


@pytest.mark.parametrize("name", ["parameters", "destination", "max_floor", "min_qty", "exec_inst"])
def test_each_of_it_is_written_by_itself(dialect: Dialect, name: str) -> None:
    plain = LIMIT._replace(expire_time=0, locate="", strategy="", time_in_force=TimeInForce.DAY)
    given: dict[str, tuple[Any, str]] = {
        "parameters": ((("Slices", "12"),), "957=1|958=Slices|959=1|960=12|"),
        "destination": ("XNYS", "100=XNYS|"),
        "max_floor": (Decimal(0), "111=0|"),
        "min_qty": (Decimal(0), "110=0|"),
        "exec_inst": ("G", "18=G|"),
    }
    value, text = given[name]
    fields = dialect.write_order(plain).replace(SOH, "|")
    assert sorted(dialect.write_order(plain._replace(**{name: value})).split(SOH)) == sorted((fields + text).split("|"))


def test_a_replace_request_says_the_whole_order_anew(dialect: Dialect) -> None:
    request = OrderCancelReplaceRequest(
        "O-2", "O-1", "IBM", Side.BUY, Decimal(200), OrdType.LIMIT, Decimal("9.6"), TimeInForce.DAY, NOON, "V-1", "A"
    )
    assert dialect.write_replace(request).replace(SOH, "|") == (
        f"1=A|11=O-2|{handled(dialect, 'G')}37=V-1|38=200|40=2|41=O-1|44=9.6|54=1|55=IBM|59=0|60={NOW}|"
    )


def test_a_denial_of_what_traded_nothing_has_no_quantities(dialect: Dialect) -> None:
    denial = DontKnowTrade("V-1", "X-1", DKReason.NO_MATCHING_ORDER, "IBM", Side.BUY)
    assert dialect.write_dont_know(denial).replace(SOH, "|") == "17=X-1|37=V-1|54=1|55=IBM|127=D|"


def test_a_denial_of_an_execution_without_identifiers_has_no_empty_fields(dialect: Dialect) -> None:
    denial = DontKnowTrade("", "", DKReason.OTHER, "", Side.BUY)
    assert dialect.write_dont_know(denial).replace(SOH, "|") == "17=NONE|37=NONE|54=1|127=Z|"


# -- what is read ----------------------------------------------------------------------------------------------------

ORDER = {11: "O-1", 38: "5", 40: "2", 44: "9.5", 54: "1", 55: "IBM", 59: "0", 60: NOW}
REPLACE = {**ORDER, 11: "O-2", 41: "O-1"}
DENIAL = {17: "X-1", 37: "V-1", 54: "1", 55: "IBM", 127: "D"}


def order_of(dialect: Dialect, fields: dict[int, str]) -> NewOrderSingle:
    return dialect.read_order(Message.parse(f"35=D{SOH}{body(fields)}".encode()))


def test_an_order_without_time_in_force_is_good_for_the_day(dialect: Dialect) -> None:
    order = order_of(dialect, {11: "O", 38: "5", 40: "1", 54: "1", 55: "IBM", 60: NOW})
    assert (order.time_in_force, order.price, order.account) == (TimeInForce.DAY, None, "")


@pytest.mark.parametrize(
    ("said", "ends"),
    [
        ({126: "20240301-09:30:00"}, NOON + 21 * DAY // 24 + DAY // 48),
        ({432: "20240229"}, NOON + DAY // 2 - 10**6),
        ({126: "20240301-12:00:00", 432: "20240229"}, NOON + DAY),
        ({}, 0),
    ],
)
def test_a_gtd_order_ends_at_its_time_or_with_its_day(dialect: Dialect, said: dict[int, str], ends: int) -> None:
    assert order_of(dialect, {**ORDER, 59: "6", **said}).expire_time == ends
    assert order_of(dialect, {**ORDER, 59: "0", **said}).expire_time == 0


PARAMETERS = "957=2|958=EndTime|959=19|960=20240229-16:00:00|958=Slices|960=12|"


def worked(dialect: Dialect, more: str) -> NewOrderSingle:
    return dialect.read_order(Message.parse(f"35=D|{body(ORDER)}{more}".replace("|", SOH).encode()))


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ("847=1001|" + PARAMETERS, (("EndTime", "20240229-16:00:00"), ("Slices", "12"))),
        ("847=1001|" + PARAMETERS + "58=hello|", (("EndTime", "20240229-16:00:00"), ("Slices", "12"))),
        (PARAMETERS, (("EndTime", "20240229-16:00:00"), ("Slices", "12"))),
        ("957=02|958=A|960=1|958=A|960=2|", (("A", "1"), ("A", "2"))),
        ("847=1|957=0|", ()),
        ("847=1|", ()),
        ("847=2|849=0.1|", (("Participation", "0.1"),)),
        ("847=1|849=0.1|" + PARAMETERS, (("EndTime", "20240229-16:00:00"), ("Slices", "12"), ("Participation", "0.1"))),
    ],
)
def test_parameters_are_names_and_values_whatever_their_type(
    dialect: Dialect, more: str, found: tuple[tuple[str, str], ...]
) -> None:
    assert worked(dialect, more).parameters == found


@pytest.mark.parametrize(
    ("more", "text", "tag", "reason"),
    [
        (
            "847=1|957=3|958=A|960=1|958=B|960=2|",
            "NoStrategyParameters(957) says 3; 2 of 2 entries stand behind it",
            957,
            COUNT,
        ),
        (
            "847=1|957=1|958=A|960=1|58=x|958=B|960=2|",
            "NoStrategyParameters(957) says 1; 1 of 2 entries stand behind it",
            957,
            COUNT,
        ),
        (
            "847=1|957=2|958=A|960=1|58=x|958=B|960=2|",
            "NoStrategyParameters(957) says 2; 1 of 2 entries stand behind it",
            957,
            COUNT,
        ),
        ("847=1|957=1|", "NoStrategyParameters(957) says 1; 0 of 0 entries stand behind it", 957, COUNT),
        (
            "847=1|957=many|958=A|960=1|",
            "NoStrategyParameters(957) says many; 1 of 1 entries stand behind it",
            957,
            COUNT,
        ),
        ("958=A|960=1|", "NoStrategyParameters(957) says 0; 0 of 1 entries stand behind it", 957, COUNT),
        ("847=1|957=1|958=A|959=1|", "required tag 960 is missing", 960, MISSING),
        ("847=1|957=1|958=A|58=x|960=1|", "required tag 960 is missing", 960, MISSING),
        ("111=some|", "tag 111: 'some' is not a number", 111, FORMAT),
        ("110=few|", "tag 110: 'few' is not a number", 110, FORMAT),
    ],
)
def test_an_order_is_not_read_without_a_part_of_what_it_asks_for(
    dialect: Dialect, more: str, text: str, tag: int, reason: SessionRejectReason
) -> None:
    error = refusal(dialect.read_order, "D", body(ORDER) + more)
    assert (str(error), error.tag, error.reason) == (text, tag, reason)


@pytest.mark.parametrize("tag", [11, 38, 40, 54, 55, 60])
def test_an_order_must_have_what_the_core_needs(dialect: Dialect, tag: int) -> None:
    error = refusal(dialect.read_order, "D", body({t: value for t, value in ORDER.items() if t != tag}))
    assert (str(error), error.tag, error.reason) == (f"required tag {tag} is missing", tag, MISSING)


@pytest.mark.parametrize("tag", [11, 38, 40, 41, 54, 55, 60])
def test_a_replace_request_must_have_what_the_core_needs(dialect: Dialect, tag: int) -> None:
    error = refusal(dialect.read_replace, "G", body({t: value for t, value in REPLACE.items() if t != tag}))
    assert (str(error), error.tag, error.reason) == (f"required tag {tag} is missing", tag, MISSING)


@pytest.mark.parametrize("tag", [17, 37, 54, 127])
def test_a_denial_must_have_what_the_core_needs(dialect: Dialect, tag: int) -> None:
    error = refusal(dialect.read_dont_know, "Q", body({t: value for t, value in DENIAL.items() if t != tag}))
    assert (str(error), error.tag, error.reason) == (f"required tag {tag} is missing", tag, MISSING)


@pytest.mark.parametrize(
    ("fields", "tag"), [({11: "O-2", 54: "1", 60: NOW}, 41), ({11: "O-2", 41: "O-1", 60: NOW}, 54)]
)
def test_a_cancel_request_must_have_what_the_core_needs(dialect: Dialect, fields: dict[int, str], tag: int) -> None:
    error = refusal(dialect.read_cancel, "F", body(fields))
    assert (str(error), error.tag, error.reason) == (f"required tag {tag} is missing", tag, MISSING)


@pytest.mark.parametrize(("fields", "tag"), [({54: "1"}, 11), ({11: "O-1"}, 54)])
def test_a_status_request_must_have_what_the_core_needs(dialect: Dialect, fields: dict[int, str], tag: int) -> None:
    error = refusal(dialect.read_status_request, "H", body(fields))
    assert (str(error), error.tag, error.reason) == (f"required tag {tag} is missing", tag, MISSING)


@pytest.mark.parametrize(
    ("tag", "value", "text", "reason"),
    [
        (38, "lots", "tag 38: 'lots' is not a number", FORMAT),
        (38, "1" * 16, "tag 38: '1111111111111111' has more than 15 digits before the point", FORMAT),
        (44, "9,5", "tag 44: '9,5' is not a number", FORMAT),
        (54, "?", "tag 54: '?' is not a value we know", INCORRECT),
        (40, "market", "tag 40: 'market' is not a value we know", INCORRECT),
        (59, "", "tag 59: '' is not a value we know", INCORRECT),
        (60, "20240230-12:00:00", "tag 60: '20240230-12:00:00' is no moment of any day", FORMAT),
        (60, "noon", "tag 60: 'noon' is not a UTCTimestamp (YYYYMMDD-HH:MM:SS[.sss])", FORMAT),
        (126, "noon", "tag 126: 'noon' is not a UTCTimestamp (YYYYMMDD-HH:MM:SS[.sss])", FORMAT),
        (432, "20240230", "tag 432: '20240230' is no day YYYYMMDD", FORMAT),
    ],
)
def test_an_order_or_replace_that_cannot_be_read_says_why(
    dialect: Dialect, tag: int, value: str, text: str, reason: SessionRejectReason
) -> None:
    until = {59: "6"} if tag in (126, 432) else {}
    for reader, msg_type, fields in ((dialect.read_order, "D", ORDER), (dialect.read_replace, "G", REPLACE)):
        error = refusal(reader, msg_type, body({**fields, **until, tag: value}))
        assert (str(error), error.tag, error.reason) == (text, tag, reason)
