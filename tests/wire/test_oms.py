"""An OMS that is not QuickFIX, in each version we speak."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.wire.foreign import Oms, Venue, cancel, new_order
from tests.wire.stage import Stage, stage

pytestmark = pytest.mark.wire

# name of the session, ExecTransType(20) of a report and of a status, ExecType(150) of a fill, of the last, of a status
VERSIONS = (("OMS42", "0", "3", "1", "2"), ("OMS", "", "", "F", "F"), ("OMS50", "", "", "F", "F"))


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("oms"), [Venue("FIX.4.4", "EAST"), Venue("FIX.4.2", "WEST")]) as made:
        yield made


@pytest.mark.parametrize(("name", "new", "status", "part", "last"), VERSIONS)
def test_an_order_is_filled_by_two_venues(scene: Stage, name: str, new: str, status: str, part: str, last: str) -> None:
    east, west = scene.venues
    order = f"{name}-FILLED"
    with scene.oms(name) as oms:
        oms.says("D", new_order(order, "ACME", "300", "40=2|44=10.5|59=0|1=FUND"))
        here = east.hears("D", "38=150|40=2|44=10.5|59=0|54=1|55=ACME|1=FUND|21=")
        there = west.hears("D", "38=150|40=2|44=10.5|59=0|54=1|55=ACME|1=FUND|21=1")
        east.acknowledges(here)
        told = oms.hears("8", f"11={order}|20={new}|150=0|39=0|38=300|14=0|151=300|6=0|32=|1=FUND|40=2|44=10.5")
        east.fills(here, "150", "10")
        oms.hears("8", f"11={order}|20={new}|150={part}|39=1|32=150|31=10|30=XEAS|14=150|151=150|6=10")
        west.fills(there, "50", "10.5")
        oms.hears("8", f"11={order}|20={new}|150={part}|39=1|32=50|31=10.5|30=XWES|14=200|151=100|6=10.125")
        west.fills(there, "100", "10.4")
        oms.hears("8", f"11={order}|20={new}|150={last}|39=2|32=100|31=10.4|14=300|151=0|6=10.21666667")
        oms.says("H", f"11={order}|55=ACME|54=1")
        state = "2" if status else "I"
        oms.hears("8", f"11={order}|37={told[37]}|17=0|20={status}|150={state}|39=2|14=300|151=0|6=10.21666667|32=")
        oms.hears_no_more()
        oms.log_out()


@pytest.mark.parametrize(("name", "new"), [version[:2] for version in VERSIONS])
def test_a_cancel_is_pending_until_every_venue_has_answered(scene: Stage, name: str, new: str) -> None:
    east, west = scene.venues
    order, request = f"{name}-CANCELED", f"{name}-CANCEL"
    with scene.oms(name) as oms:
        oms.says("D", new_order(order, "ACME", "300", "40=2|44=10|59=0", side="2"))
        here, there = east.hears("D"), west.hears("D")
        east.acknowledges(here)
        oms.hears("8", f"11={order}|150=0|39=0")
        west.acknowledges(there)
        oms.says("F", cancel(request, order, "ACME", side="2"))
        oms.hears("8", f"11={request}|41={order}|20={new}|150=6|39=6|14=0|151=300")
        asked_here = east.hears("F", f"41={here[11]}|37=EAST-{here[11]}|38=150|54=2|55=ACME")
        asked_there = west.hears("F", f"41={there[11]}")
        east.cancels(here, asked_here)
        west.fills(there, "20", "10")
        oms.hears("8", f"11={order}|20={new}|39=6|32=20|14=20|151=280")
        west.cancels(there, asked_there)
        oms.hears("8", f"11={request}|41={order}|20={new}|150=4|39=4|14=20|151=0|6=10")
        oms.says("F", cancel(f"{request}-2", order, "ACME", side="2"))
        oms.hears("9", f"11={request}-2|41={request}|39=4|434=1|102=0|58=the order is CANCELED")  # its ClOrdID(11) now
        oms.hears_no_more()


def test_what_is_unknown_is_refused_with_its_reason(oms: Oms) -> None:
    oms.says("H", "11=NEVER|55=ACME|54=1")
    oms.hears("8", "37=NONE|11=NEVER|17=0|150=I|39=8|103=5|58=ClOrdID(11) NEVER is no order of this session")
    oms.says("F", cancel("NEVER-C", "NEVER", "ACME"))
    oms.hears("9", "37=NONE|11=NEVER-C|41=NEVER|39=8|434=1|102=1|58=OrigClOrdID(41) NEVER is no order of this session")
    oms.hears_no_more()


def test_an_oms_sees_only_its_own_orders(scene: Stage, oms: Oms) -> None:
    [east, _] = scene.venues
    oms.says("D", new_order("MINE", "EASTCO", "10"))
    child = east.hears("D")
    with scene.oms("OMS50") as other:
        other.says("H", "11=MINE|55=EASTCO|54=1")
        other.hears("8", "37=NONE|39=8|103=5")
        other.says("F", cancel("MINE-C", "MINE", "EASTCO"))
        other.hears("9", "37=NONE|102=1")
        other.says("D", new_order("MINE", "EASTCO", "20"))
        theirs = east.hears("D", "38=20")
        east.fills(theirs, "20", "9")
        other.hears("8", "11=MINE|150=0|39=0|38=20")
        other.hears("8", "11=MINE|150=F|39=2|14=20")
        other.hears_no_more()
    east.fills(child, "10", "8")
    oms.hears("8", "11=MINE|150=0|39=0|38=10")
    oms.hears("8", "11=MINE|150=F|39=2|14=10|6=8")
    oms.hears_no_more()


def test_a_refusal_from_an_oms_is_an_alert_and_never_answered(scene: Stage, oms: Oms) -> None:
    oms.says("3", "45=1|58=I cannot read that")
    oms.says("j", "45=1|372=8|380=0|58=nor that")
    oms.hears_no_more()
    assert scene.alerts() == ["OMS refused our message 1: I cannot read that", "OMS refused our message 1: nor that"]
