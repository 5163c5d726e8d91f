from __future__ import annotations

from decimal import Decimal
from random import Random, SystemRandom

import pytest

from engine.core.commands import Command, Decide, Decision, Report
from engine.core.core import Core
from engine.core.events import (
    BookChanged,
    CancelReceived,
    CancelRejected,
    Executed,
    OrderReceived,
    StatusRequested,
    VenueUp,
)
from engine.core.placing import Rules
from engine.market.venues import Listing, Venue
from fix import tags
from fix.business import NewOrderSingle, OrderCancelRequest, OrderStatusRequest, Reject
from fix.enums import MsgType, OrdType, Side, TimeInForce
from fix.message import GarbledMessageError, Message
from sessions.cycle.intake import Answer, Note, OmsIntake, Refused, VenueIntake, only_listens, order_of
from sessions.cycle.seen import Seen
from spec.dialects import DIALECTS, dialect
from spec.dictionary import for_session
from spec.validation import Validator
from tests.sessions.cycle.standin import AT, NOW, message, shown, wire

ORDER = f"11=C1|38=100|40=2|44=10.50|54=1|55=ACME|59=0|60={AT}|"
VERSIONS = sorted(DIALECTS)


def oms(version: str = "FIX.4.4", used: tuple[str, ...] = ()) -> OmsIntake:
    speaks = dialect(version)
    seen = Seen([("OMS", cl_ord_id) for cl_ord_id in used], lambda _, cl_ord_id: cl_ord_id in used)
    return OmsIntake("OMS", speaks, Validator(for_session(speaks.begin_string)), seen)


def without(tag: int, text: str = ORDER) -> str:
    return "|".join(field for field in text.split("|") if not field.startswith(f"{tag}="))


def having(tag: int, value: str, text: str = ORDER) -> str:
    return without(tag, text) + f"{tag}={value}|"


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


# -- what is not for us: BusinessMessageReject(j) ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("msg_type", "text", "named"),
    [
        ("G", f"11=C2|38=100|40=1|41=C1|54=1|55=ACME|60={AT}|", "379=C2|"),
        ("R", "131=Q1|146=1|55=ACME|", ""),
        ("U7", "58=a type of the OMS's own|", ""),
        ("BE", "923=U1|924=1|553=me|554=secret|", ""),
    ],
)
def test_a_message_type_we_do_not_handle_gets_a_business_message_reject(msg_type: str, text: str, named: str) -> None:
    why = f"MsgType(35) {msg_type} is not supported on this session"
    body = f"45=2|58={why}|372={msg_type}|{named}380=3|"
    assert oms().read(message(msg_type, text)) == Answer(MsgType.BUSINESS_MESSAGE_REJECT, wire(body), why)


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


def core(*, up: bool = True) -> Core:
    made = Core([Venue("ALPHA", listings={"ACME": Listing("ACME")})], Rules(), "T")
    if up:
        made.handle(VenueUp("ALPHA"), NOW)
    return made


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
    why = "TimeInForce(59) GTD is not supported; DAY, IOC and FOK are"
    (_, report) = commands(having(59, "6"))
    assert isinstance(report, Report)
    assert shown(dialect("FIX.4.4").write_execution(report.report)).endswith(
        f"|58={why}|59=6|60={AT}|103=11|150=8|151=0|"
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
        f"|58=no venue for ACME is connected|59=0|60={AT}|103=2|150=8|151=0|"
    )


def test_4_2_hears_its_own_general_reason_where_it_has_no_code() -> None:
    (_, report) = commands(having(40, "P") + "21=1|", version="FIX.4.2")
    assert isinstance(report, Report)
    assert "|103=0|" in shown(dialect("FIX.4.2").write_execution(report.report))


SUPPORTED = {tags.Side: "1256", tags.OrdType: "12", tags.TimeInForce: "034"}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("tag", SUPPORTED)
def test_every_value_that_fix_knows_is_read_and_what_we_do_not_support_is_rejected_as_such(
    version: str, tag: int
) -> None:
    known = for_session(dialect(version).begin_string).fields[tag].values
    assert len(known) > len(SUPPORTED[tag])
    for value in known:
        (first, *_, last) = commands(having(tag, value) + "21=1|", version=version)
        if value in SUPPORTED[tag]:
            assert not isinstance(last, Report)
        else:
            assert isinstance(first, Decide)
            assert first.detail == {"OrdRejReason": "11"}


# -- venues --------------------------------------------------------------------------------------------------------

EXECUTION = f"6=10|11=T-1-1|14=5|17=X1|31=10|32=5|37=V1|38=100|39=1|54=1|55=ACME|60={AT}|150=F|151=95|"


def venue(version: str = "FIX.4.4") -> VenueIntake:
    return VenueIntake("ALPHA", dialect(version))


def test_what_a_venue_says_becomes_an_event_by_its_type() -> None:
    kinds = {
        ("8", EXECUTION): Executed,
        ("9", "11=T-1-1_1|37=V1|39=1|41=T-1-1|102=0|434=1|"): CancelRejected,
        ("W", "55=ACME|262=MD|268=1|269=0|270=9|271=5|"): BookChanged,
        ("X", "262=MD|268=1|279=0|269=0|55=ACME|270=9|271=5|"): BookChanged,
    }
    assert {key: type(venue().read(message(*key))) for key in kinds} == kinds


def test_a_fill_with_odd_fields_is_a_fill() -> None:
    odd = EXECUTION + "103=77|4999=x|59=Z|"
    assert isinstance(venue().read(message("8", odd)), Executed)


def test_a_venues_refusal_keeps_what_it_refuses() -> None:
    read = venue().read(message("3", "45=7|58=no|371=44|372=D|373=5|"))
    assert read == Refused("ALPHA", Reject(7, "D", "5", "no", 44))


@pytest.mark.parametrize("number", ["\xb2", "9" * 19, "9" * 5_000, "x", ""])
def test_a_refusal_of_a_message_with_no_number_a_store_could_hold_refuses_message_0(number: str) -> None:
    read = venue().read(message("3", f"45={number}|58=no|"))
    assert read == Refused("ALPHA", Reject(0, "", "", "no"))


def test_what_a_venue_says_and_nobody_needs_is_noted() -> None:
    assert venue().read(message("Y", "262=MD|281=0|58=no such symbol|")) == Note(
        "ALPHA gives no market data: no such symbol"
    )
    assert venue().read(message("h", "336=1|340=2|")) == Note("ALPHA sent MsgType(35) h, which nothing here needs")


def test_an_execution_report_that_cannot_be_read_gets_a_reject() -> None:
    why = "tag 32: 'five' is not a number"
    assert venue().read(message("8", EXECUTION.replace("32=5", "32=five"))) == Answer(
        MsgType.REJECT, wire(f"45=2|58={why}|371=32|372=8|373=6|"), f"ALPHA sent what cannot be read: {why}"
    )


@pytest.mark.parametrize(
    ("text", "order_id"),
    [
        ("11=T5K3QG-17-2|", "T5K3QG-17"),
        ("11=T5K3QG-17-2_1|41=T5K3QG-17-2|", "T5K3QG-17"),
        ("11=T5K3QG-17-2_1|", "T5K3QG-17"),
        ("11=strange|", ""),
        ("11=' OR 1=1 ---3|", ""),
        ("11=A\xe9-1-1|", ""),
        ("", ""),
    ],
)
def test_a_message_is_about_the_parent_its_cl_ord_id_names_and_strange_ones_are_about_none(
    text: str, order_id: str
) -> None:
    assert order_of(message("8", text)) == order_id


# -- mutations -----------------------------------------------------------------------------------------------------

TYPICAL = [
    ("D", ORDER + "21=1|453=1|448=P|447=D|452=1|"),
    ("F", f"11=C2|38=100|41=C1|54=1|55=ACME|60={AT}|"),
    ("H", "11=C1|54=1|55=ACME|"),
    ("G", f"11=C2|38=100|40=1|41=C1|54=1|55=ACME|60={AT}|"),
    ("8", EXECUTION),
    ("9", "11=T-1-1_1|37=V1|39=1|41=T-1-1|102=0|434=1|"),
    ("3", "45=7|58=no|371=44|372=D|373=5|"),
    ("j", "45=7|58=no|372=D|379=T-1-1|380=3|"),
    ("W", "55=ACME|262=MD|268=2|269=0|270=9|271=5|269=1|270=10|271=5|"),
    ("X", "262=MD|268=2|279=0|269=0|55=ACME|270=9|271=5|279=2|269=1|55=ACME|270=10|"),
    ("Y", "262=MD|281=0|"),
    ("BE", "923=U1|924=1|553=me|554=secret|"),
]
NASTY = ["", "0", "-1", "-0", "1e9", "NaN", "Infinity", "\xb2", "\xff", "9" * 18, "9" * 40, "0." + "1" * 60, "9" * 5_000, " 1", "+1", "Y", "Z", "\n", "=", "00000000-00:00:00", AT]  # fmt: skip


def mutated(random: Random, raw: bytes) -> bytes:
    for _ in range(random.randint(1, 3)):
        fields = raw.split(b"\x01")
        where = random.randrange(len(fields))
        tag = fields[where].partition(b"=")[0]
        change = random.randrange(6)
        if change == 0:
            fields[where] = tag + b"=" + random.choice(NASTY).encode("latin-1")
        elif change == 1:
            del fields[where]
        elif change == 2:
            fields.insert(random.randrange(len(fields)), fields[where])
        elif change == 3:
            fields[where] = str(random.choice([0, 5, 41, 268, 453, 9_999, 10**9])).encode() + b"=" + fields[where][3:]
        raw = b"\x01".join(fields)
        if change >= 4 and raw:
            at = random.randrange(len(raw))
            raw = raw[:at] + bytes([random.randrange(256)]) * random.randint(0, 2) + raw[at + 1 :]
    return raw


def test_mutated_messages_are_read_or_refused_and_nothing_they_become_is_too_much_for_the_core() -> None:
    seed = SystemRandom().randrange(1_000_000)
    print(f"seed {seed}")
    random = Random(seed)
    intakes = [(oms(version), venue(version), version) for version in VERSIONS]
    handled = 0
    for number in range(6_000):
        from_oms, from_venue, version = random.choice(intakes)
        raw = mutated(random, message(*random.choice(TYPICAL), version).raw)
        try:
            parsed = Message.parse(raw)
        except GarbledMessageError:
            continue
        if number % 500 == 0 or not handled:
            deciding = core()
            deciding.handle(OrderReceived("OMS", _typical_order()), NOW)
        for read in (from_oms.read(parsed), from_venue.read(parsed)):
            order_of(parsed)
            if not isinstance(read, Answer | Note | Refused):
                deciding.handle(read, NOW + number)
                handled += 1
    assert handled > 500


def _typical_order() -> NewOrderSingle:
    return NewOrderSingle("C1", "ACME", Side.BUY, Decimal(100), OrdType.LIMIT, Decimal(10), TimeInForce.DAY, NOW)
