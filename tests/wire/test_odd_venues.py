"""Venues that say what cannot be, refuse, or say nothing: the engine lives, and the parent goes on where it can."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.wire.foreign import Heard, Oms, Venue, cancel, new_order
from tests.wire.stage import Stage, stage

pytestmark = pytest.mark.wire


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    venues = [Venue("FIX.4.4", "EAST"), Venue("FIX.4.2", "WEST")]
    with stage(tmp_path_factory.mktemp("odd-venues"), venues, "routing = { ack_timeout = 1.0 }") as made:
        yield made


@pytest.fixture
def east(scene: Stage) -> Venue:
    return scene.venues[0]


@pytest.fixture
def west(scene: Stage) -> Venue:
    return scene.venues[1]


# -- reports that cannot be --------------------------------------------------------------------------------------------


def test_a_trade_of_an_unknown_order_is_an_alert_and_denied(scene: Stage, oms: Oms, east: Venue, west: Venue) -> None:
    trade = "150=F|39=2|55=EASTCO|54=1|38=10|32=10|31=5|14=10|151=0|6=5"
    east.says("8", f"37=X|11=NOBODY-1-1|17=X1|{trade}")
    east.says("8", f"37=X|17=X2|{trade}")
    denied = "37=X|127=D|55=EASTCO|54=1|38=10|32=10|31=5"
    east.hears("Q", f"17=X1|{denied}|58=ClOrdID(11) NOBODY-1-1: no matching order")
    east.hears("Q", f"17=X2|{denied}|58=ClOrdID(11) (none): no matching order")
    east.says("8", "37=X|11=NOBODY-1-1|17=X4|150=4|39=4|55=EASTCO|54=1|38=10|14=0|151=0|6=0")
    east.hears_no_more()
    unknown = "EAST sent EXECUTION_REPORT for ClOrdID(11) {}, which is no order of ours there"
    assert scene.alerts()[-3:] == [unknown.format(name) for name in ("NOBODY-1-1", "(none)", "NOBODY-1-1")]
    oms.says("D", new_order("BORROWED", "WESTCO", "10"))
    child = west.hears("D")
    east.says("8", f"37=X|11={child[11]}|17=X3|{trade}")
    east.hears("Q", f"17=X3|{denied}|58=ClOrdID(11) {child[11]}: no matching order")
    east.hears_no_more()
    assert scene.alerts()[-1] == unknown.format(child[11])
    west.fills(child, "10", "5")
    oms.hears("8", "11=BORROWED|150=0")
    oms.hears("8", "11=BORROWED|39=2")
    oms.hears_no_more()
    scene.works(oms, "AFTER NOBODY")


@pytest.mark.parametrize(
    ("fields", "reject"),
    [
        ("150=F|32=ten|31=5|14=10|151=0|6=5|39=2", "371=32|373=6|58=tag 32: 'ten' is not a number"),
        ("150=F|32=1e1|31=5|14=10|151=0|6=5|39=2", "371=32|373=6|58=tag 32: '1e1' is not a number"),
        ("150=F|32=10|31=5|14=10|151=0|6=5", "371=39|373=1|58=required tag 39 is missing"),
        ("150=F|32=10|31=5|14=10|151=0|6=5|39=?", "371=39|373=5|58=tag 39: '?' is not a value we know"),
    ],
)
def test_a_malformed_report_is_rejected_and_an_alert(
    scene: Stage, oms: Oms, east: Venue, fields: str, reject: str
) -> None:
    name = f"MALFORMED {reject}"[:40].replace("|", " ").replace("=", " ")
    oms.says("D", new_order(name, "EASTCO", "10"))
    child = east.hears("D")
    raw = east.says("8", f"37=X|11={child[11]}|17=X9|55=EASTCO|54=1|38=10|{fields}")
    east.hears("3", f"45={east.next_out - 1}|372=8|{reject}")
    why = dict(field.split("=", 1) for field in reject.split("|"))["58"]
    assert scene.verdict(raw) == f"alert: EAST sent what cannot be read: {why}"
    oms.hears_no_more()
    east.fills(child, "10", "5", exec_id="X9")
    oms.hears("8", "150=0")
    oms.hears("8", "150=F|39=2|14=10")
    oms.hears_no_more()


def test_an_exec_type_nobody_knows_says_how_the_order_stands(scene: Stage, oms: Oms, east: Venue) -> None:
    """It never makes a fill: what it says of one puts the child in doubt until the trade itself has come."""
    oms.says("D", new_order("STRANGE", "EASTCO", "10"))
    child = east.hears("D")
    east.reports(child, "?", "0")
    oms.hears("8", "11=STRANGE|150=0|39=0|14=0")
    east.reports(child, "?", "2", "14=10|151=0|32=10|31=5")
    east.hears("H", f"11={child[11]}")
    oms.hears_no_more()
    says = "EAST says CumQty(14) 10, its trades add up to 0"
    assert scene.alerts()[-1] == f"{child[11]}: {says}; it stays in doubt until they agree"
    east.fills(child, "10", "5")
    oms.hears("8", "11=STRANGE|150=F|39=2|14=10")
    oms.hears_no_more()


@pytest.mark.parametrize(
    ("odd", "reason", "why"),
    [
        ("54=2", "B", "a trade of Side(54) SELL, it is BUY; not booked"),
        ("55=WESTCO", "A", "a trade in WESTCO, it is for EASTCO; not booked"),
    ],
)
def test_a_trade_that_is_not_of_this_order_is_denied(
    scene: Stage, oms: Oms, east: Venue, odd: str, reason: str, why: str
) -> None:
    oms.says("D", new_order(f"NOT MINE {reason}", "EASTCO", "10"))
    child = east.hears("D")
    east.reports(child, "F", "2", f"{odd}|17=N-{reason}|32=10|31=5|14=10|151=0")
    east.hears("Q", f"37=EAST-{child[11]}|17=N-{reason}|127={reason}|{odd}|32=10|31=5")
    oms.hears_no_more()
    assert scene.alerts()[-1] == f"{child[11]}: EAST reports {why}"
    east.fills(child, "10", "5")
    oms.hears("8", "150=0")
    oms.hears("8", "150=F|39=2|14=10")
    oms.hears_no_more()


def test_a_trade_is_booked_once(scene: Stage, oms: Oms, east: Venue) -> None:
    oms.says("D", new_order("ONCE", "EASTCO", "10"))
    child = east.hears("D")
    east.fills(child, "4", "5", exec_id="T-1")
    oms.hears("8", "11=ONCE|150=0")
    oms.hears("8", "11=ONCE|39=1|32=4|14=4|151=6")
    again = east.reports(child, "F", "1", "32=4|31=5", exec_id="T-1")
    east.hears_no_more()
    oms.hears_no_more()
    assert scene.verdict(again) == "ignore: ExecID(17) T-1 was applied before"
    east.fills(child, "6", "5", exec_id="T-2")
    oms.hears("8", "11=ONCE|39=2|32=6|14=10")
    oms.hears_no_more()


def test_a_trade_without_a_name_is_an_alert_each_time(scene: Stage, oms: Oms, east: Venue) -> None:
    oms.says("D", new_order("NAMELESS", "EASTCO", "10"))
    child = east.hears("D")
    for qty in ("4", "6"):
        east.reports(child, "F", "1", f"17=|32={qty}|31=5")
        east.hears_no_more()
        assert scene.alerts()[-1] == f"{child[11]}: a trade of {qty} without ExecID(17) is not booked"
    oms.hears_no_more()
    east.fills(child, "10", "5")
    oms.hears("8", "11=NAMELESS|150=0")
    oms.hears("8", "11=NAMELESS|39=2|14=10")
    oms.hears_no_more()


def test_more_than_was_asked_is_booked_and_an_alert(scene: Stage, oms: Oms, east: Venue) -> None:
    oms.says("D", new_order("TOO MUCH", "EASTCO", "10"))
    child = east.hears("D")
    east.fills(child, "6", "5")
    oms.hears("8", "11=TOO MUCH|150=0")
    oms.hears("8", "11=TOO MUCH|39=1|14=6|151=4")
    east.fills(child, "7", "5")
    oms.hears("8", "11=TOO MUCH|39=2|32=7|14=13|151=0")
    oms.hears_no_more()
    assert scene.alerts()[-1] == f"{child[11]} at EAST is overfilled: 13 of 10"
    scene.works(oms, "ENOUGH")


def test_what_the_order_table_does_not_know_changes_nothing(scene: Stage, oms: Oms, east: Venue) -> None:
    oms.says("D", new_order("ODD", "EASTCO", "10"))
    child = east.hears("D")
    east.fills(child, "4", "5", exec_id="T-3")
    oms.hears("8", "11=ODD|150=0")
    oms.hears("8", "11=ODD|39=1|14=4")
    east.rejects(child, "changed my mind")
    east.reports(child, "H", "1", "17=B-1|19=T-2")
    east.hears("Q", f"37=EAST-{child[11]}|17=B-1|127=D")
    east.reports(child, "G", "1", "17=B-2|19=T-3|32=0|31=5")
    east.reports(child, "F", "1", "32=0|31=5")
    east.hears_no_more()
    oms.hears_no_more()
    assert scene.alerts()[-4:] == [
        f"{child[11]} at EAST: REJECTED cannot follow PARTIALLY_FILLED",
        f"{child[11]}: EAST sends TRADE_CANCEL of ExecID(17) T-2, which is no trade of it",
        f"{child[11]}: EAST sends TRADE_CORRECT of ExecID(17) T-3 to 0 at 5; not applied",
        f"{child[11]}: a trade of 0 is none",
    ]
    east.fills(child, "6", "5")
    oms.hears("8", "11=ODD|39=2|14=10")
    oms.hears_no_more()


def test_odd_market_data_and_news_are_alerts(scene: Stage, oms: Oms, east: Venue) -> None:
    east.says("X", "262=MD|268=1|269=0|55=EASTCO|270=5|271=1")
    east.hears("3", "372=X|373=16|371=268")
    east.says("W", "55=EASTCO|268=1|269=0|270=five|271=1")
    east.hears("3", "372=W|373=6|371=270")
    east.says("Y", "262=MD|281=0|58=no data today")
    east.says("B", "148=Hello|33=1|58=World")
    east.hears_no_more()
    assert scene.alerts()[-4:] == [
        "EAST sent what cannot be read: NoMDEntries(268) says 1, counted 0",
        "EAST sent what cannot be read: tag 270: 'five' is not a number",
        "EAST gives no market data: no data today",
        "EAST sent MsgType(35) B, which nothing here needs",
    ]
    scene.works(oms, "NO NEWS")


# -- refusals: the quantity goes elsewhere -----------------------------------------------------------------------------


def _split(oms: Oms, east: Venue, west: Venue, cl_ord_id: str, terms: str = "40=2|44=10|59=0") -> tuple[Heard, Heard]:
    """100 ACME over two venues, half each."""
    oms.says("D", new_order(cl_ord_id, "ACME", "100", terms))
    return east.hears("D", "38=50"), west.hears("D", "38=50")


def _filled(oms: Oms, west: Venue, children: list[Heard], cl_ord_id: str) -> None:
    """All of it at WEST, in two children."""
    for child, cum in zip(children, (50, 100), strict=True):
        west.fills(child, "50", "10")
        if cum == 50:
            oms.hears("8", f"11={cl_ord_id}|150=0|39=0")
        oms.hears("8", f"11={cl_ord_id}|39={'2' if cum == 100 else '1'}|14={cum}|151={100 - cum}")
    oms.hears_no_more()


@pytest.mark.parametrize("how", ["rejected", "3", "j", "j by ClOrdID"])
def test_what_a_venue_refuses_goes_elsewhere(scene: Stage, oms: Oms, east: Venue, west: Venue, how: str) -> None:
    name = f"REFUSED {how}"
    here, there = _split(oms, east, west, name)
    if how == "rejected":
        east.rejects(here, "not today")
    elif how == "3":
        east.says("3", f"45={here[34]}|372=D|373=5|371=44|58=not today")
    elif how == "j":
        east.says("j", f"45={here[34]}|372=D|379={here[11]}|380=4|58=not today")
    else:
        east.says("j", f"372=D|379={here[11]}|380=4|58=not today")
    rest = west.hears("D", "38=50")
    _filled(oms, west, [there, rest], name)
    east.hears_no_more()


@pytest.mark.parametrize("exec_type", ["4", "C"])
def test_what_a_venue_gives_back_goes_elsewhere(
    scene: Stage, oms: Oms, east: Venue, west: Venue, exec_type: str
) -> None:
    name = f"GIVEN BACK {exec_type}"
    here, there = _split(oms, east, west, name)
    east.fills(here, "20", "10")
    oms.hears("8", f"11={name}|150=0|39=0")
    oms.hears("8", f"11={name}|39=1|14=20|151=80")
    east.cancels(here, exec_type=exec_type)
    rest = west.hears("D", "38=30|40=2|44=10")
    west.fills(there, "50", "10")
    oms.hears("8", f"11={name}|39=1|14=70|151=30")
    west.fills(rest, "30", "10")
    oms.hears("8", f"11={name}|39=2|14=100|151=0")
    oms.hears_no_more()
    east.hears_no_more()


def test_an_immediate_order_ends_with_what_it_got(scene: Stage, oms: Oms, east: Venue, west: Venue) -> None:
    here, there = _split(oms, east, west, "IOC", "40=2|44=10|59=3")
    east.fills(here, "20", "10")
    oms.hears("8", "11=IOC|150=0|39=0")
    oms.hears("8", "11=IOC|39=1|14=20|151=80")
    east.cancels(here)
    west.cancels(there)
    oms.hears("8", "11=IOC|150=4|39=4|14=20|151=0|58=no venue takes the remaining 80")
    oms.hears_no_more()
    east.hears_no_more()
    west.hears_no_more()


def test_an_order_that_every_venue_refuses_is_rejected(oms: Oms, east: Venue, west: Venue) -> None:
    here, there = _split(oms, east, west, "UNWANTED")
    east.rejects(here, "closed", "2")
    again = west.hears("D", "38=50")
    west.rejects(there, "closed as well", "2")
    west.rejects(again, "I said so", "2")
    oms.hears("8", "11=UNWANTED|150=8|39=8|103=2|58=WEST: I said so|14=0|151=0")
    oms.hears_no_more()
    east.hears_no_more()


# -- silence: what is not known is not routed again --------------------------------------------------------------------


def test_a_silent_venue_is_asked_and_its_child_stays_where_it_is(
    scene: Stage, oms: Oms, east: Venue, west: Venue
) -> None:
    here, there = _split(oms, east, west, "SILENT")
    west.fills(there, "50", "10")
    oms.hears("8", "11=SILENT|150=0|39=0")
    oms.hears("8", "11=SILENT|39=1|14=50|151=50")
    east.hears("H", f"11={here[11]}|55=ACME|54=1")
    west.hears_no_more()
    scene.works(oms, "WHILE SILENT")
    east.reports(here, "I", "0")
    east.hears_no_more()
    oms.hears_no_more()
    east.fills(here, "50", "10")
    oms.hears("8", "11=SILENT|39=2|14=100|151=0")
    oms.hears_no_more()
    west.hears_no_more()


def test_a_cancel_that_is_not_answered_is_asked_about_and_sent_again(oms: Oms, east: Venue) -> None:
    oms.says("D", new_order("DEAF", "EASTCO", "10", "40=2|44=10"))
    child = east.hears("D")
    east.acknowledges(child)
    oms.hears("8", "11=DEAF|150=0")
    oms.says("F", cancel("DEAF-C", "DEAF", "EASTCO"))
    oms.hears("8", "11=DEAF-C|41=DEAF|150=6|39=6")
    first = east.hears("F", f"41={child[11]}")
    east.hears("H", f"11={child[11]}")
    east.reports(child, "I", "0")
    second = east.hears("F", f"41={child[11]}")
    assert first[11] != second[11]
    east.cancels(child, second)
    oms.hears("8", "11=DEAF-C|41=DEAF|150=4|39=4|14=0")
    oms.hears_no_more()


@pytest.mark.parametrize("reason", ["0", "1"])
def test_a_cancel_that_comes_too_late_is_refused_behind_the_fill(
    scene: Stage, oms: Oms, east: Venue, reason: str
) -> None:
    """Too late or unknown: its end is on the way, or was lost. The venue is asked, and nothing goes elsewhere."""
    name = f"LATE {reason}"
    oms.says("D", new_order(name, "EASTCO", "10", "40=2|44=10"))
    child = east.hears("D")
    east.acknowledges(child)
    oms.hears("8", f"11={name}|150=0")
    oms.says("F", cancel(f"{name}-C", name, "EASTCO"))
    oms.hears("8", f"11={name}-C|150=6|39=6")
    request = east.hears("F")
    refusal = east.says("9", f"37=E|11={request[11]}|41={child[11]}|39=2|434=1|102={reason}|58=gone")
    east.hears("H", f"11={child[11]}")
    oms.hears_no_more()
    assert scene.verdict(refusal) == f"refused: EAST did not cancel {child[11]}: gone"
    east.fills(child, "10", "10")
    oms.hears("8", f"11={name}|150=F|39=6|14=10|151=0")  # the cancel is pending still (Appendix D, B.1.c)
    oms.hears("9", f"11={name}-C|41={name}|39=2|434=1|102=0|58=the order was filled first")
    oms.hears_no_more()
    east.hears_no_more()


def test_a_cancel_that_the_venue_declines_leaves_the_order_as_it_was(oms: Oms, east: Venue) -> None:
    oms.says("D", new_order("KEPT", "EASTCO", "10", "40=2|44=10"))
    child = east.hears("D")
    east.acknowledges(child)
    oms.hears("8", "11=KEPT|150=0")
    oms.says("F", cancel("KEPT-C", "KEPT", "EASTCO"))
    oms.hears("8", "11=KEPT-C|150=6|39=6")
    request = east.hears("F")
    east.says("9", f"37=E|11={request[11]}|41={child[11]}|39=0|434=1|102=2|58=in auction")
    oms.hears("9", f"11=KEPT-C|41=KEPT|39=0|434=1|102=2|58=EAST did not cancel {child[11]}: in auction")
    east.fills(child, "10", "10")
    oms.hears("8", "11=KEPT|150=F|39=2|14=10")
    oms.hears_no_more()
    east.hears_no_more()
