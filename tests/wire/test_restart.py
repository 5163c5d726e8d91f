"""What was going on when the engine died goes on when it is back, with numbers that fit and nothing said twice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.wire.foreign import Oms, Venue, cancel, new_order
from tests.wire.stage import Stage, stage

pytestmark = pytest.mark.wire


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("restart"), [Venue("FIX.4.4", "EAST"), Venue("FIX.4.2", "WEST")]) as made:
        yield made


@pytest.fixture
def east(scene: Stage) -> Venue:
    return scene.venues[0]


@pytest.fixture
def west(scene: Stage) -> Venue:
    return scene.venues[1]


def _dies_and_returns(scene: Stage, oms: Oms) -> int:
    """Nobody is logged on yet but the OMS, which gives the first number it has missed."""
    scene.is_killed()
    scene.starts(log_on=False)
    return oms.comes_back(scene.port)


def test_a_pending_cancel_is_taken_up_again(scene: Stage, oms: Oms, east: Venue, west: Venue) -> None:
    oms.says("D", new_order("CANCELED", "ACME", "100", "40=2|44=10"))
    here, there = east.hears("D"), west.hears("D")
    east.fills(here, "20", "10")
    oms.hears("8", "11=CANCELED|150=0")
    oms.hears("8", "11=CANCELED|39=1|14=20")
    oms.says("F", cancel("CANCELED-C", "CANCELED", "ACME"))
    oms.hears("8", "11=CANCELED-C|41=CANCELED|150=6|39=6|14=20|151=80")
    first, second = east.hears("F"), west.hears("F")
    missed = _dies_and_returns(scene, oms)
    assert missed == oms.next_in - 1  # nothing but this logon
    oms.says("F", cancel("CANCELED-C2", "CANCELED", "ACME"))
    oms.hears("9", "11=CANCELED-C2|41=CANCELED|39=6|102=3|58=CANCELED-C is pending")
    for venue, child, request in ((east, here, first), (west, there, second)):
        venue.accepts()
        venue.answers_logon()
        venue.hears("H", f"11={child[11]}")
        venue.hears("V")
        venue.reports(
            child, "I" if venue is east else "0", "1" if venue is east else "0", "20=3" if venue is west else ""
        )
        again = venue.hears("F", f"41={child[11]}")
        assert again[11] != request[11]
        venue.cancels(child, again)
    oms.hears("8", "11=CANCELED-C|41=CANCELED|150=4|39=4|14=20|151=0")
    oms.hears_no_more()


def test_reports_go_on_from_where_they_were(scene: Stage, oms: Oms, east: Venue, west: Venue) -> None:
    oms.says("D", new_order("GOES ON", "EASTCO", "10", "40=2|44=10"))
    child = east.hears("D")
    east.fills(child, "4", "10")
    told = [oms.hears("8", "11=GOES ON|150=0"), oms.hears("8", "11=GOES ON|39=1|14=4")]
    _dies_and_returns(scene, oms)
    west.log_on()
    east.accepts()
    east.answers_logon()
    east.hears("H", f"11={child[11]}")
    east.hears("V")
    east.reports(child, "I", "1")
    east.fills(child, "6", "11")
    told.append(oms.hears("8", "11=GOES ON|39=2|32=6|31=11|14=10|6=10.6"))
    assert len({heard[17] for heard in told}) == 3
    oms.hears_no_more()
    scene.works(oms, "NEXT")


def test_a_fill_that_came_while_nobody_was_there(scene: Stage, oms: Oms, east: Venue, west: Venue) -> None:
    """The venue says it into a connection that is dead already, and again when asked for."""
    oms.says("D", new_order("MISSED", "EASTCO", "10"))
    child = east.hears("D")
    scene.is_killed()
    lost, east.next_out = east.next_out, east.next_out + 1
    scene.starts(log_on=False)
    oms.comes_back(scene.port)
    west.log_on()
    east.accepts()
    east.answers_logon()
    east.hears("2", f"7={lost}|16=0")
    east.hears("H", f"11={child[11]}")
    east.hears("V")
    trade = "150=F|39=2|55=EASTCO|54=1|38=10|32=10|31=5|14=10|151=0|6=5"
    east.says("8", f"37=X|11={child[11]}|17=MISSED|{trade}", number=lost, header="43=Y|122=20240101-00:00:00")
    east.says("4", f"123=Y|36={east.next_out}", number=lost + 1, header="43=Y|122=20240101-00:00:00")
    oms.hears("8", "11=MISSED|150=0|39=0")
    oms.hears("8", "11=MISSED|39=2|14=10")
    east.reports(child, "I", "2", "14=10|151=0")
    oms.hears_no_more()
    scene.works(oms, "NOT MISSED")


def test_what_ended_before_is_remembered(scene: Stage, oms: Oms, east: Venue, west: Venue) -> None:
    oms.says("D", new_order("ENDED", "EASTCO", "10", "40=2|44=10"))
    child = east.hears("D")
    east.acknowledges(child)
    oms.hears("8", "11=ENDED|150=0")
    oms.says("F", cancel("ENDED-C", "ENDED", "EASTCO"))
    oms.hears("8", "11=ENDED-C|150=6")
    east.cancels(child, east.hears("F"))
    oms.hears("8", "11=ENDED-C|150=4|39=4|14=0")
    _dies_and_returns(scene, oms)
    east.log_on()
    west.log_on()
    oms.says("H", "11=ENDED|55=EASTCO|54=1")
    oms.hears("8", "11=ENDED|150=I|39=4|14=0|151=0")
    oms.says("F", cancel("ENDED-C2", "ENDED", "EASTCO"))
    oms.hears("9", "11=ENDED-C2|41=ENDED-C|39=4|102=0")
    east.fills(child, "4", "9")  # it overtook the cancel at the venue, and comes late
    oms.hears("8", "11=ENDED-C|150=F|39=4|32=4|31=9|14=4|151=0|6=9")
    oms.hears_no_more()
