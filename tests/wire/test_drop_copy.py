"""A compliance system hears what every OMS hears, marked as a copy, also what was said while it was away."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.wire.foreign import Oms, Venue, cancel, new_order
from tests.wire.stage import Stage, stage

pytestmark = pytest.mark.wire


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("drop-copy"), [Venue("FIX.4.4", "EAST"), Venue("FIX.4.2", "WEST")]) as made:
        yield made


@pytest.fixture
def compliance(scene: Stage) -> Iterator[Oms]:
    with scene.oms("COMPLIANCE") as made:
        yield made


def _trades(scene: Stage, oms: Oms, name: str) -> None:
    """Two orders: one filled and canceled in part, one refused. Seven reports."""
    [east, _] = scene.venues
    oms.says("D", new_order(name, "EASTCO", "10", "40=2|44=5|1=FUND"))
    child = east.hears("D")
    east.acknowledges(child)
    east.fills(child, "4", "5")
    oms.hears("8", f"11={name}|150=0|39=0|797=")
    oms.hears("8", f"11={name}|39=1|32=4")
    oms.says("F", cancel(f"{name}-C", name, "EASTCO"))
    oms.hears("8", f"11={name}-C|150=6|39=6")
    east.cancels(child, east.hears("F"))
    oms.hears("8", f"11={name}-C|150=4|39=4")
    oms.says("D", new_order(f"{name}-BAD", "ATLANTIS", "10"))
    oms.hears("8", f"11={name}-BAD|150=8|39=8")


def test_every_report_is_copied_as_it_was_said(scene: Stage, oms: Oms, compliance: Oms) -> None:
    _trades(scene, oms, "COPIED")
    said = [heard for heard in oms.everything if heard[35] == "8"]
    copies = [compliance.hears("8", "797=Y") for _ in said]
    assert [copy.body(without=(797,)) for copy in copies] == [heard.body() for heard in said]
    compliance.hears_no_more()


def test_copies_are_in_the_words_of_the_one_who_hears_them(scene: Stage, compliance: Oms) -> None:
    with scene.oms("OMS42") as old:
        scene.works(old, "IN WORDS")
        said = [heard for heard in old.everything if heard[35] == "8"]
    assert [heard.picked(20, 150, 39, 14) for heard in said] == ["20=0|150=0|39=0|14=0", "20=0|150=2|39=2|14=10"]
    compliance.hears("8", "797=Y|20=|150=0|39=0|14=0")
    compliance.hears("8", "797=Y|20=|150=F|39=2|14=10")
    compliance.hears_no_more()


def test_what_was_said_meanwhile_comes_when_asked_for(scene: Stage, oms: Oms, compliance: Oms) -> None:
    compliance.hears_no_more()
    compliance.log_out()
    _trades(scene, oms, "MEANWHILE")
    missed = compliance.comes_back(scene.port)
    compliance.says("2", f"7={missed}|16=0")
    copies = [compliance.hears("8", f"43=Y|34={missed + n}|797=Y") for n in range(5)]
    said = [heard for heard in oms.everything if heard[35] == "8"]
    assert [copy.body(without=(797,)) for copy in copies] == [heard.body() for heard in said]
    assert [copy[122] for copy in copies] == [heard[52] for heard in said]
    compliance.hears("4", f"43=Y|34={missed + 5}|123=Y|36={missed + 6}")
    compliance.hears("4", f"43=Y|34={missed}|123=Y|36={missed + 6}")  # QuickFIX's own, which comes too late to count
    compliance.hears_no_more()
    scene.works(oms, "LIVE AGAIN")
    compliance.hears("8", "797=Y|11=LIVE AGAIN|150=0")
    compliance.hears("8", "797=Y|11=LIVE AGAIN|39=2")


def test_a_part_of_what_was_said_can_be_asked_for(scene: Stage, oms: Oms, compliance: Oms) -> None:
    scene.works(oms, "PART")
    copies = [compliance.hears("8"), compliance.hears("8")]
    compliance.says("1", "112=between")
    assert compliance.anything()[35] == "0"
    scene.works(oms, "PART TWO")
    copies += [compliance.hears("8"), compliance.hears("8")]
    compliance.says("2", f"7={copies[1][34]}|16={copies[2][34]}")
    for copy in copies[1:3]:
        again = compliance.hears("8", f"43=Y|34={copy[34]}|122={copy[52]}")
        assert again.body() == copy.body()
        if copy is copies[1]:
            compliance.hears("4", f"43=Y|34={copy.number + 1}|123=Y|36={copy.number + 2}")
    compliance.hears("4", f"43=Y|34={copies[1][34]}|36={copies[2].number + 1}")  # QuickFIX's own
    compliance.hears_no_more()


def test_it_may_not_trade(scene: Stage, compliance: Oms) -> None:
    why = "COMPLIANCE only listens: MsgType(35) D is not for this session"
    raw = compliance.says("D", new_order("FORBIDDEN", "EASTCO", "10"))
    compliance.hears("j", f"45=2|372=D|379=FORBIDDEN|380=6|58={why}")
    compliance.hears_no_more()
    scene.venues[0].hears_no_more()
    assert scene.verdict(raw) == f"refuse: {why}"


def test_its_own_refusals_are_alerts(scene: Stage, oms: Oms, compliance: Oms) -> None:
    compliance.says("3", "45=1|58=too much")
    compliance.hears_no_more()
    assert scene.alerts()[-1] == "COMPLIANCE refused our message 1: too much"
    scene.works(oms, "ALL THE SAME")
