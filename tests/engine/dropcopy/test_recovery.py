"""A parent rebuilt from its records equals the living one; `Scene` compares them after every single thing."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.dropcopy.recovery import RecoveryError, rebuild
from engine.dropcopy.store import Kind, Record
from engine.orders.states import Request
from fix.enums import CxlRejReason, ExecType, MsgType, OrdRejReason, OrdStatus, Side, TimeInForce
from tests.engine.dropcopy.scene import LISTINGS, Scene

D = Decimal
VENUES = tuple(LISTINGS)


# -- scripts: what happened, and a word on where it ended, so that the script is about what it says ----------------------


def test_filled_at_three_venues() -> None:
    scene = Scene()
    for venue in VENUES:
        scene.display(venue, "9.98", "10.02", 50)
    scene.order("c1", 100, "10.02")
    for child in list(scene.parent().children.values()):
        scene.says(child, ExecType.NEW)
        scene.fills(child, child.qty, "10.01")
    assert (scene.parent().state, scene.parent().cum, scene.parent().arrival_mid) == (OrdStatus.FILLED, D(100), D(10))


def test_a_fill_before_its_acknowledgement() -> None:
    scene = Scene()
    scene.order("c1")
    scene.fills(scene.at("ALPHA"), 10)
    scene.says(scene.at("ALPHA"), ExecType.NEW)
    assert scene.parent().reports == 2


def test_every_venue_refuses() -> None:
    scene = Scene()
    scene.order("c1", side=Side.SELL)
    while scene.parent().live:
        child = scene.parent().live[0]
        scene.says(child, ExecType.REJECTED, ord_rej_reason=OrdRejReason.EXCHANGE_CLOSED, text="shut")
    assert scene.parent().state is OrdStatus.REJECTED
    assert scene.parent().refusal == (OrdRejReason.EXCHANGE_CLOSED, "GAMMA: shut")
    assert scene.open == []


def test_what_comes_back_is_routed_again() -> None:
    scene = Scene()
    scene.order("c1", 100, "10", TimeInForce.IOC)
    scene.says(scene.at("ALPHA"), ExecType.EXPIRED)
    scene.display("ALPHA", "9", "10", 40)
    scene.says(scene.at("BETA"), ExecType.CANCELED)
    assert scene.parent().attempts == 2
    assert len(scene.parent().children) == 4


@pytest.mark.parametrize("business", [False, True])
def test_a_refused_message_is_a_refused_child(business: bool) -> None:
    scene = Scene()
    scene.order("c1")
    scene.refuses(scene.at("BETA"), MsgType.NEW_ORDER_SINGLE, business=business)
    refused = list(scene.parent().children.values())[1]
    assert (refused.venue, refused.state) == ("BETA", OrdStatus.REJECTED)
    assert scene.parent().refusal is not None


def test_a_cancel_that_every_venue_takes() -> None:
    scene = Scene()
    scene.order("c1")
    scene.fills(scene.at("ALPHA"), 10)
    scene.cancel("c2", "c1")
    for venue in VENUES:
        scene.says(scene.at(venue), ExecType.PENDING_CANCEL)
        scene.says(scene.at(venue), ExecType.CANCELED)
    assert (scene.parent().state, scene.parent().cum) == (OrdStatus.CANCELED, D(10))


def test_a_cancel_that_venues_do_not_take() -> None:
    scene = Scene()
    scene.order("c1")
    scene.cancel("c2", "c1")
    scene.keeps(scene.at("ALPHA"))
    assert [scene.at(venue).request for venue in VENUES] == [Request.NEW, Request.CANCEL, Request.CANCEL]
    scene.refuses(scene.at("BETA"), MsgType.ORDER_CANCEL_REQUEST, business=True)
    assert scene.parent().cancel is not None
    scene.refuses(scene.at("GAMMA"), MsgType.ORDER_CANCEL_REQUEST)
    assert [scene.at(venue).request for venue in VENUES] == [Request.NEW] * 3  # that it has it none has said yet
    assert scene.parent().cancel is None
    scene.cancel("c3", "c1")
    assert scene.at("GAMMA").changes == 2


def test_a_cancel_of_what_the_venue_does_not_know_is_a_doubt() -> None:
    scene = Scene()
    scene.order("c1")
    scene.cancel("c2", "c1")
    scene.keeps(scene.at("ALPHA"), CxlRejReason.UNKNOWN_ORDER)
    assert scene.at("ALPHA").in_doubt
    scene.answers(scene.at("ALPHA"), OrdStatus.REJECTED)
    assert scene.at("ALPHA").state is OrdStatus.REJECTED


@pytest.mark.parametrize("again", ["c2", "c3"])
def test_a_second_cancel_is_refused_and_the_first_is_still_pending(again: str) -> None:
    """Also when it is the same request once more, under the same ClOrdID(11)."""
    scene = Scene()
    scene.order("c1")
    scene.cancel("c2", "c1")
    scene.cancel(again, "c1")
    pending = scene.parent().cancel
    assert pending is not None
    assert pending.cl_ord_id == "c2"
    for venue in VENUES:
        scene.keeps(scene.at(venue))
    assert scene.parent().cancel is None


def test_a_cancel_overtaken_by_the_fill() -> None:
    scene = Scene()
    scene.order("c1", 30)
    scene.cancel("c2", "c1")
    for child in list(scene.parent().children.values()):
        scene.fills(child, child.qty)
        scene.keeps(child, CxlRejReason.TOO_LATE_TO_CANCEL)
    assert scene.parent().state is OrdStatus.FILLED
    scene.cancel("c3", "c1")


def test_fills_after_the_end() -> None:
    scene = Scene()
    scene.order("c1")
    scene.cancel("c2", "c1")
    for venue in VENUES:
        scene.says(scene.at(venue), ExecType.CANCELED)
    scene.fills(scene.at("ALPHA"), 10)
    assert (scene.parent().state, scene.parent().cum) == (OrdStatus.CANCELED, D(10))


def test_more_than_was_asked() -> None:
    scene = Scene()
    scene.order("c1", 30)
    alpha, beta = scene.at("ALPHA"), scene.at("BETA")
    scene.fills(alpha, 40)
    assert scene.parent().state is OrdStatus.FILLED
    scene.fills(beta, 5)
    scene.fills(beta, beta.qty)
    assert scene.parent().cum == 45 + beta.qty


def test_doubt_and_its_end() -> None:
    scene = Scene()
    scene.order("c1")
    scene.down("ALPHA")
    scene.wait()
    scene.up()
    scene.answers(scene.at("ALPHA"), OrdStatus.PARTIALLY_FILLED, cum_qty=D(10))
    assert (scene.at("ALPHA").claimed, scene.at("ALPHA").in_doubt) == (D(10), True)
    scene.fills(scene.at("ALPHA"), 10)
    assert not scene.at("ALPHA").in_doubt
    scene.answers(scene.at("BETA"), OrdStatus.NEW)
    assert scene.at("BETA").request is Request.NONE
    scene.answers(scene.at("GAMMA"), OrdStatus.CANCELED)


def test_the_same_report_twice_and_reports_that_are_not_applied() -> None:
    scene = Scene()
    scene.order("c1")
    alpha = scene.at("ALPHA")
    for _ in range(2):
        scene.says(alpha, ExecType.TRADE, exec_id="T1", last_qty=D(10), last_px=D(10), cum_qty=D(10))
    scene.says(alpha, ExecType.TRADE_CANCEL, exec_ref_id="T0")
    scene.says(alpha, ExecType.TRADE_CORRECT, exec_ref_id="T1", last_qty=D(0), last_px=D(10))
    scene.says(alpha, ExecType.REJECTED)
    assert (alpha.cum, alpha.state) == (D(10), OrdStatus.PARTIALLY_FILLED)


def test_what_a_venue_says_of_another_venues_child() -> None:
    scene = Scene()
    scene.order("c1")
    scene.fills(scene.at("ALPHA"), 10)
    scene.repeat("BETA", scene.reports[-1]._replace(exec_id="not heard before"))
    scene.cancel("c2", "c1")
    scene.keeps(scene.at("ALPHA"), by="BETA")
    assert (scene.at("ALPHA").cum, scene.at("ALPHA").request) == (D(10), Request.CANCEL)


def test_an_engine_killed_at_every_step() -> None:
    scene = Scene()
    scene.order("c1")
    scene.restart()
    scene.fills(scene.at("ALPHA"), 10)
    scene.restart()
    scene.cancel("c2", "c1")
    scene.restart()
    for venue in VENUES:
        scene.answers(scene.at(venue), OrdStatus.NEW)
        scene.restart()
        scene.says(scene.at(venue), ExecType.CANCELED)
        if scene.open:
            scene.restart()
    assert (scene.parent().state, scene.open) == (OrdStatus.CANCELED, [])
    scene.restart()
    scene.ask("c1")
    assert scene.parent().state is OrdStatus.CANCELED


# -- what is no story ----------------------------------------------------------------------------------------------------


def told(exec_type: ExecType, text: str = "") -> bytes:
    return (
        f"8=FIX.4.4\x019=0\x0135=8\x0134=9\x0137=A-1\x0111=c1\x0117=9\x01150={exec_type}\x0139=0\x0155=XYZ\x0154=1\x01"
        f"38=100\x01151=100\x0114=0\x016=0\x01{text}10=000\x01"
    ).encode()


def decided(kind: str, detail: str) -> bytes:
    return f'{{"detail":{detail},"kind":"{kind}","reason":"because"}}'.encode()


DECISION, OUT, IN = (Kind.DECISION, "", ""), (Kind.OUT, "OMS", "8"), (Kind.IN, "ALPHA", "8")
CHILD = '{"attempt":1,"mid":"","children":[{"id":"A-1-1","venue":"ALPHA","symbol":"XYZ","qty":"much","unit":"1"}]}'


@pytest.mark.parametrize(
    ("what", "body", "sentence"),
    [
        (DECISION, b"{", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        (DECISION, decided("route", '{"attempt":2}'), "'mid' is missing"),
        (DECISION, decided("route", CHILD), "one of its numbers is none"),
        (DECISION, decided("refused", '{"child":"A-1-9"}'), "A-1-9 is no child of this order"),
        (DECISION, decided("doubt", "[]"), "list indices must be integers or slices, not str"),
        (OUT, b"8=FIX.4.4\x01", "MsgType(35) not found"),
        (OUT, told(ExecType.NEW).replace(b"FIX.4.4", b"FIX.4.0"), "no dialect for BeginString(8) 'FIX.4.0'"),
        (OUT, told(ExecType.CALCULATED), "no OMS is told ExecType(150) CALCULATED of its order"),
        (OUT, told(ExecType.REJECTED), "REJECTED cannot follow PARTIALLY_FILLED"),
        ((Kind.OUT, "ALPHA", "F"), told(ExecType.NEW, "41=A-1-9\x01"), "A-1-9 is no child of this order"),
        (IN, told(ExecType.NEW).replace(b"\x0114=0", b"\x0114=x"), "tag 14: 'x' is not a number"),
    ],
)
def test_what_is_no_story_names_order_and_record(what: tuple[Kind, str, str], body: bytes, sentence: str) -> None:
    scene = Scene()
    scene.order("c1")
    scene.fills(scene.at("ALPHA"), 10)
    kind, session, msg_type = what
    nonsense = Record(77, 0, kind, session, 9, msg_type, "A-1", body, b"")
    with pytest.raises(RecoveryError) as error:
        rebuild("A-1", [*scene.of_order("A-1"), nonsense])
    assert str(error.value) == f"order A-1, record 77: {sentence}"


def test_an_order_that_never_came() -> None:
    scene = Scene()
    scene.order("c1")
    late = scene.of_order("A-1")[1:]
    for records in ([], late):
        with pytest.raises(RecoveryError, match=r"order A-1: its NewOrderSingle\(D\) is not on record"):
            rebuild("A-1", records)
