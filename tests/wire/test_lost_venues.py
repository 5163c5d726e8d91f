"""Venues that go away: what they may have is in doubt until they have said so, and the others do not wait for them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.wire.foreign import Heard, Oms, Venue, cancel, new_order, utc_now
from tests.wire.stage import Stage, stage

pytestmark = pytest.mark.wire


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """NORTH starts anew with each logon."""
    venues = [Venue("FIX.4.4", "EAST"), Venue("FIX.4.2", "WEST"), Venue("FIX.5.0SP2", "NORTH", resets=True)]
    with stage(tmp_path_factory.mktemp("lost-venues"), venues, "routing = { ack_timeout = 60 }") as made:
        yield made


@pytest.fixture
def east(scene: Stage) -> Venue:
    return scene.venues[0]


@pytest.fixture
def west(scene: Stage) -> Venue:
    return scene.venues[1]


@pytest.fixture
def north(scene: Stage) -> Venue:
    return scene.venues[2]


def _loses(scene: Stage, venue: Venue) -> None:
    venue.closes()
    scene.says(f"{venue.sender} logged off")


def _returns(venue: Venue, *children: Heard) -> None:
    """It is asked about what is in doubt before anything else."""
    venue.opens()
    venue.accepts()
    venue.answers_logon()
    for child in children:
        venue.hears("H", f"11={child[11]}|55={child[55]}|54=1")
    venue.hears("V")


def _split(oms: Oms, scene: Stage, cl_ord_id: str) -> Heard:
    """150 ACME over three venues; two have filled their part. Gives what EAST has."""
    oms.says("D", new_order(cl_ord_id, "ACME", "150", "40=2|44=10|59=0"))
    here, there, far = [venue.hears("D", "38=50") for venue in scene.venues]
    scene.venues[1].fills(there, "50", "10")
    oms.hears("8", f"11={cl_ord_id}|150=0|39=0")
    oms.hears("8", f"11={cl_ord_id}|39=1|14=50|151=100")
    scene.venues[2].fills(far, "50", "10")
    oms.hears("8", f"11={cl_ord_id}|39=1|14=100|151=50")
    return here


def test_a_child_it_had_is_settled_and_goes_on(scene: Stage, oms: Oms, east: Venue, west: Venue) -> None:
    here = _split(oms, scene, "HAD")
    _loses(scene, east)
    oms.hears_no_more()
    west.hears_no_more()
    _returns(east, here)
    east.reports(here, "I", "0")
    east.fills(here, "50", "10")
    oms.hears("8", "11=HAD|39=2|14=150|151=0")
    oms.hears_no_more()
    west.hears_no_more()
    east.hears_no_more()


def test_a_child_it_never_had_goes_elsewhere(scene: Stage, oms: Oms, east: Venue, west: Venue, north: Venue) -> None:
    here = _split(oms, scene, "NEVER HAD")
    _loses(scene, east)
    west.hears_no_more()
    _returns(east, here)
    east.reports(here, "I", "8", "37=NONE|103=5")
    west.fills(west.hears("D", "38=25"), "25", "10")
    oms.hears("8", "11=NEVER HAD|39=1|14=125|151=25")
    north.fills(north.hears("D", "38=25"), "25", "10")
    oms.hears("8", "11=NEVER HAD|39=2|14=150|151=0")
    oms.hears_no_more()
    east.hears_no_more()


def test_a_cancel_waits_until_the_doubt_is_settled(scene: Stage, oms: Oms, east: Venue) -> None:
    here = _split(oms, scene, "DOUBTFUL")
    _loses(scene, east)
    oms.says("F", cancel("DOUBTFUL-C", "DOUBTFUL", "ACME"))
    oms.hears("8", "11=DOUBTFUL-C|41=DOUBTFUL|150=6|39=6|14=100|151=50")
    _returns(east, here)
    east.hears_no_more()
    east.reports(here, "I", "0")
    east.cancels(here, east.hears("F", f"41={here[11]}"))
    oms.hears("8", "11=DOUBTFUL-C|41=DOUBTFUL|150=4|39=4|14=100|151=0")
    oms.hears_no_more()


def test_a_fill_that_was_on_its_way_is_asked_for(scene: Stage, oms: Oms, east: Venue, west: Venue) -> None:
    here = _split(oms, scene, "UNDER WAY")
    _loses(scene, east)
    lost, east.next_out = east.next_out, east.next_out + 1
    east.opens()
    east.accepts()
    east.answers_logon()
    east.hears("2", f"7={lost}|16=0")
    east.hears("H", f"11={here[11]}")
    east.hears("V")
    resent = f"43=Y|122={utc_now()}"
    trade = "150=F|39=2|55=ACME|54=1|38=50|32=50|31=10|14=50|151=0|6=10"
    east.says("8", f"37=X|11={here[11]}|17=LOST|{trade}", number=lost, header=resent)
    east.says("4", f"123=Y|36={lost + 2}", number=lost + 1, header=resent)
    oms.hears("8", "11=UNDER WAY|39=2|32=50|14=150|151=0")
    east.reports(here, "I", "2", "14=50|151=0")
    oms.hears_no_more()
    east.hears_no_more()
    west.hears_no_more()


def test_what_it_says_it_filled_waits_for_the_fill_itself(scene: Stage, oms: Oms, north: Venue) -> None:
    """Its numbers start anew, so that nobody can ask for what it said before."""
    oms.says("D", new_order("CLAIMED", "NORTHCO", "10"))
    child = north.hears("D")
    _loses(scene, north)
    _returns(north, child)
    north.reports(child, "I", "1", "14=4|151=6")
    north.hears_no_more()
    oms.hears_no_more()
    says = "NORTH says CumQty(14) 4, its trades add up to 0"
    assert scene.alerts()[-1] == f"{child[11]}: {says}; it stays in doubt until they agree"
    north.fills(child, "4", "5")
    oms.hears("8", "11=CLAIMED|150=0")
    oms.hears("8", "11=CLAIMED|39=1|14=4|151=6")
    north.fills(child, "6", "5")
    oms.hears("8", "11=CLAIMED|39=2|14=10|151=0")
    oms.hears_no_more()


def test_a_refusal_is_understood_after_numbers_started_anew(scene: Stage, oms: Oms, north: Venue) -> None:
    _loses(scene, north)
    _returns(north)
    oms.says("D", new_order("ANEW", "NORTHCO", "10"))
    child = north.hears("D")
    north.says("3", f"45={child[34]}|372=D|373=5|58=not here")
    oms.hears("8", "11=ANEW|150=8|39=8|103=0")
    oms.hears_no_more()


def test_a_gap_is_filled_without_the_orders_and_with_the_questions(scene: Stage, oms: Oms, east: Venue) -> None:
    """An order that was lost on its way comes too late. A lost subscription would leave us without prices for ever."""
    oms.says("D", new_order("LOST", "EASTCO", "10"))
    child = east.hears("D")
    _loses(scene, east)
    missed = child.number
    east.opens()
    east.accepts()
    east.answers_logon()
    question, subscription = east.hears("H"), east.hears("V")
    east.says("2", f"7={missed}|16=0")
    east.hears("4", f"43=Y|34={missed}|123=Y|36={question[34]}")
    east.hears("H", f"43=Y|34={question[34]}|122={question[52]}|11={child[11]}")
    again = east.hears("V", f"43=Y|34={subscription[34]}|122={subscription[52]}")
    assert again.body() == subscription.body()
    east.hears("4", f"43=Y|34={missed}|123=Y")  # QuickFIX's own, which comes too late to count
    east.reports(child, "I", "8", "37=NONE|103=5")
    oms.hears("8", "11=LOST|150=8|39=8")
    scene.works(oms, "FOUND")


def test_a_venue_that_lets_nobody_in_gets_nothing(scene: Stage, oms: Oms, east: Venue, west: Venue) -> None:
    here = _split(oms, scene, "AT NIGHT")
    east.says("5", "58=closing")
    east.hears("5")
    east.hears_the_end()
    scene.says("EAST logged off")
    for _ in range(2):
        east.accepts()
        east.says("5", "58=not yet")
        east.hears("5")
        east.hears_the_end()
    oms.says("D", new_order("BY NIGHT", "EASTCO", "10"))
    oms.hears("8", "11=BY NIGHT|39=8|103=2")
    oms.says("D", new_order("AWAKE", "WESTCO", "10"))
    west.fills(west.hears("D", "38=10"), "10", "5")
    oms.hears("8", "11=AWAKE|150=0")
    oms.hears("8", "11=AWAKE|39=2")
    east.accepts()
    east.answers_logon()
    east.hears("H", f"11={here[11]}")
    east.hears("V")
    east.reports(here, "I", "2", "14=50|151=0")
    east.hears_no_more()
    east.fills(here, "50", "10")
    oms.hears("8", "11=AT NIGHT|39=2|14=150|151=0")
    scene.works(oms, "BY DAY")


def test_a_venue_that_does_not_read_delays_nobody(scene: Stage, oms: Oms, east: Venue, west: Venue) -> None:
    """More than the system's buffers take: what does not fit waits in the engine, and arrives in the end."""
    count, ballast = 2000, "A" * 2000
    for number in range(count):
        oms.says("D", new_order(f"HEAP-{number}", "EASTCO", "1", f"40=1|1={ballast}"))
    oms.says("D", new_order("QUICK", "WESTCO", "10"))
    west.fills(west.hears("D", "38=10"), "10", "5")
    oms.hears("8", "11=QUICK|150=0")
    oms.hears("8", "11=QUICK|39=2")
    oms.hears_no_more()
    for number in range(count):
        child = east.hears("D", f"38=1|1={ballast}")
        if number == count - 1:
            east.fills(child, "1", "5")
    oms.hears("8", f"11=HEAP-{count - 1}|150=0")
    oms.hears("8", f"11=HEAP-{count - 1}|39=2")
