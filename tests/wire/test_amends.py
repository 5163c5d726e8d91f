"""OrderCancelReplaceRequest(G): pending once, answered once, in each version, whatever crosses it on the way."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.wire.foreign import Heard, Oms, Venue, cancel, new_order, replace
from tests.wire.market import VERSIONS, Market, market
from tests.wire.stage import Stage, stage

pytestmark = pytest.mark.wire
LIMIT = "40=2|44=10|59=0"


@pytest.fixture(scope="module")
def trading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    with market(tmp_path_factory.mktemp("amends-market")) as made:
        yield made


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("amends"), [Venue("FIX.4.4", "EAST"), Venue("FIX.4.2", "WEST")]) as made:
        yield made


@pytest.fixture
def east(scene: Stage) -> Venue:
    return scene.venues[0]


@pytest.fixture
def west(scene: Stage) -> Venue:
    return scene.venues[1]


# -- at simulated venues -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", VERSIONS)
def test_up_down_and_to_a_price_that_trades(trading: Market, name: str) -> None:
    """Three children of 100 rest, three of 50 more; then two go and a third is halved; then all that rest move."""
    with trading.oms(name) as oms:
        told, untraded = f"{name}-1", "5" if name == "OMS42" else "0"
        oms.says("D", new_order(told, "ACME", "300", "40=2|44=50|59=0"))
        order = oms.hears("8", f"11={told}|150=0|39=0|38=300|14=0|151=300")[37]
        assert trading.asked(order) == "DDD"
        for request, qty, price, asked in (
            ("2", "450", "50", "DDD"),
            ("3", "200", "50", "FFG"),
            ("4", "200", "51", "GGGG"),
        ):
            before, already, told = told, trading.asked(order), f"{name}-{request}"
            oms.says("G", replace(told, before, "ACME", qty, f"40=2|44={price}|59=0"))
            oms.hears("8", f"11={told}|41={before}|37={order}|150=E|39=E|14=0")
            oms.hears("8", f"11={told}|41={before}|150=5|39={untraded}|38={qty}|44={price}|14=0|151={qty}")
            assert sorted(trading.asked(order).removeprefix(already)) == sorted(asked)
        oms.says("G", replace(f"{name}-5", told, "ACME", "200", "40=2|44=200|59=0"))
        oms.hears("8", f"11={name}-5|41={told}|150=E|39=E|14=0|151=200")
        reports = _until_filled(oms)
        [replaced] = [n for n, report in enumerate(reports) if report[150] == "5"]
        assert reports[replaced].picked(11, 41, 38, 44) == f"11={name}-5|41={told}|38=200|44=200"
        assert [report[39] for report in reports[:replaced]] == ["E"] * replaced
        assert [report[11] for report in reports[:replaced]] == [told] * replaced
        trades = [report for report in reports if report.get(32)]
        assert (len(trades), sum(int(trade[32]) for trade in trades)) == (len(reports) - 1, 200)
        assert reports[-1].picked(11, 38, 14, 151) == f"11={name}-5|38=200|14=200|151=0"
        oms.hears_no_more()
        oms.says("F", cancel(f"{name}-6", f"{name}-5", "ACME"))
        oms.hears("9", f"11={name}-6|41={name}-5|39=2|434=1|102=0|58=the order is FILLED")


def _until_filled(oms: Oms) -> list[Heard]:
    reports = [oms.hears("8")]
    while reports[-1][39] != "2":
        reports.append(oms.hears("8"))
    return reports


# -- what crosses it ---------------------------------------------------------------------------------------------------


def _rests(oms: Oms, name: str, *venues: Venue, qty: str = "100", symbol: str = "ACME") -> list[Heard]:
    """Its children, acknowledged."""
    oms.says("D", new_order(name, symbol, qty, LIMIT))
    children = [venue.hears("D") for venue in venues]
    for venue, child in zip(venues, children, strict=True):
        venue.acknowledges(child)
    oms.hears("8", f"11={name}|150=0|39=0|38={qty}|151={qty}")
    return children


@pytest.mark.parametrize("name", VERSIONS)
def test_a_fill_crosses_the_way_down(scene: Stage, east: Venue, west: Venue, name: str) -> None:
    """EAST is to be left with 10 of 50, and has traded 30: WEST has to give up 20 more, so that 60 stay 60."""
    with scene.oms(name) as oms:
        here, there = _rests(oms, f"{name}-X", east, west)
        oms.says("G", replace(f"{name}-Y", f"{name}-X", "ACME", "60", LIMIT))
        oms.hears("8", f"11={name}-Y|41={name}-X|150=E|39=E|38=100|14=0|151=100")
        reduce = east.hears("G", f"41={here[11]}|37=EAST-{here[11]}|38=10|40=2|44=10|54=1|55=ACME|59=0")
        west.hears_no_more()
        east.fills(here, "30", "10")
        oms.hears("8", f"11={name}-X|39=E|32=30|31=10|38=100|14=30|151=70")
        further = west.hears("G", f"41={there[11]}|38=30|44=10")
        east.reports(reduce, "5", "2", f"41={here[11]}|38=30|14=30|151=0")  # Appendix D, C.3.c: no less than has traded
        oms.hears_no_more()
        west.replaces(there, further)
        oms.hears("8", f"11={name}-Y|41={name}-X|150=5|39=1|38=60|14=30|151=30|6=10|32=")
        west.fills(further, "30", "9")
        oms.hears("8", f"11={name}-Y|39=2|32=30|38=60|14=60|151=0|6=9.5")
        oms.hears_no_more()
        for venue in scene.venues:
            venue.hears_no_more()


def test_less_than_has_traded_is_what_has_traded(oms: Oms, east: Venue) -> None:
    [child] = _rests(oms, "BELOW", east, symbol="EASTCO")
    east.fills(child, "30", "10")
    oms.hears("8", "11=BELOW|39=1|14=30|151=70")
    oms.says("G", replace("BELOW-R", "BELOW", "EASTCO", "20", LIMIT))
    oms.hears("8", "11=BELOW-R|41=BELOW|150=E|39=E|14=30|151=70")
    east.cancels(child, east.hears("F", f"41={child[11]}"))
    oms.hears("8", "11=BELOW-R|41=BELOW|150=5|39=2|38=30|14=30|151=0|32=")
    oms.hears_no_more()
    east.hears_no_more()


def test_filled_before_the_venue_has_read_it(oms: Oms, east: Venue) -> None:
    [child] = _rests(oms, "FIRST", east, symbol="EASTCO", qty="10")
    oms.says("G", replace("FIRST-R", "FIRST", "EASTCO", "10", "40=2|44=11|59=0"))
    oms.hears("8", "11=FIRST-R|41=FIRST|150=E|39=E|44=10")
    request = east.hears("G", f"41={child[11]}|38=10|44=11")
    east.fills(child, "10", "10")
    oms.hears("8", "11=FIRST|150=F|39=E|14=10|151=0")
    oms.hears("9", "11=FIRST-R|41=FIRST|39=2|434=2|102=0|58=the order was filled first")
    east.keeps(child, request, "filled", "0")
    east.hears_no_more()
    oms.hears_no_more()


def test_a_filled_order_is_raised(oms: Oms, east: Venue) -> None:
    """Appendix D, C.1.c."""
    [child] = _rests(oms, "RAISED", east, symbol="EASTCO", qty="10")
    east.fills(child, "10", "10")
    oms.hears("8", "11=RAISED|39=2|14=10|151=0")
    oms.says("G", replace("RAISED-R", "RAISED", "EASTCO", "16", LIMIT))
    oms.hears("8", "11=RAISED-R|41=RAISED|150=E|39=E|38=10|14=10|151=0")
    oms.hears("8", "11=RAISED-R|41=RAISED|150=5|39=1|38=16|14=10|151=6")
    east.fills(east.hears("D", "38=6|44=10"), "6", "9")
    oms.hears("8", "11=RAISED-R|39=2|32=6|14=16|151=0|6=9.625")
    oms.hears_no_more()


def test_another_time_in_force(oms: Oms, east: Venue) -> None:
    """Among those that rest in place; to one that does not rest by cancel and new order."""
    [child] = _rests(oms, "TIME", east, symbol="EASTCO", qty="10")
    oms.says("G", replace("TIME-2", "TIME", "EASTCO", "10", "40=2|44=10|59=1"))
    oms.hears("8", "11=TIME-2|41=TIME|150=E|39=E|59=0")
    request = east.hears("G", f"41={child[11]}|38=10|59=1")
    east.replaces(child, request)
    oms.hears("8", "11=TIME-2|41=TIME|150=5|39=0|59=1|424=10|425=0")
    oms.says("G", replace("TIME-3", "TIME-2", "EASTCO", "10", "40=2|44=10|59=3"))
    oms.hears("8", "11=TIME-3|41=TIME-2|150=E|39=E|59=1")
    east.cancels(request, east.hears("F", f"41={request[11]}"))
    oms.hears("8", "11=TIME-3|41=TIME-2|150=5|39=0|59=3|38=10|151=10")
    east.fills(east.hears("D", "38=10|59=3"), "10", "10")
    oms.hears("8", "11=TIME-3|150=F|39=2|14=10")
    oms.hears_no_more()


# -- chains ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", VERSIONS)
def test_each_of_a_chain_is_worked_when_the_one_before_is_answered(scene: Stage, east: Venue, name: str) -> None:
    with scene.oms(name) as oms:
        first = f"{name}-CHAIN"
        [child] = _rests(oms, first, east, symbol="EASTCO", qty="10")
        oms.says("G", replace(f"{first}-2", first, "EASTCO", "10", "40=2|44=11|59=0"))
        oms.says("G", replace(f"{first}-3", f"{first}-2", "EASTCO", "8", "40=2|44=12|59=0"))
        oms.hears("8", f"11={first}-2|41={first}|150=E|39=E")
        oms.hears("8", f"11={first}-3|41={first}|150=E|39=E")
        one = east.hears("G", f"41={child[11]}|38=10|44=11")
        east.hears_no_more()
        east.replaces(child, one)
        oms.hears("8", f"11={first}-2|41={first}|150=5|39=E|38=10|44=11")  # the other is pending (Appendix D, D.2.b)
        two = east.hears("G", f"41={one[11]}|38=8|44=12")
        east.replaces(one, two)
        oms.hears("8", f"11={first}-3|41={first}-2|150=5|39={'5' if name == 'OMS42' else '0'}|38=8|44=12")
        east.fills(two, "8", "12")
        oms.hears("8", f"11={first}-3|39=2|14=8|151=0")
        oms.hears_no_more()


def test_a_cancel_makes_what_it_comes_behind_moot(oms: Oms, east: Venue) -> None:
    [child] = _rests(oms, "MOOT", east, symbol="EASTCO", qty="10")
    oms.says("G", replace("MOOT-2", "MOOT", "EASTCO", "10", "40=2|44=11|59=0"))
    oms.hears("8", "11=MOOT-2|41=MOOT|150=E|39=E")
    request = east.hears("G", f"41={child[11]}|44=11")
    oms.says("F", cancel("MOOT-3", "MOOT-2", "EASTCO"))
    oms.hears("8", "11=MOOT-3|41=MOOT|150=6|39=6")
    oms.hears("9", "11=MOOT-2|41=MOOT|39=6|434=2|102=2|58=the cancel MOOT-3 came behind it")
    east.hears_no_more()  # under which name EAST has it is not known before it has answered
    east.replaces(child, request)
    east.cancels(request, east.hears("F", f"41={request[11]}"))
    oms.hears("8", "11=MOOT-3|41=MOOT|150=4|39=4|14=0|151=0")
    oms.hears_no_more()


# -- venues that will not ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", VERSIONS)
def test_refused_by_all_it_is_refused_and_nothing_has_changed(
    scene: Stage, east: Venue, west: Venue, name: str
) -> None:
    with scene.oms(name) as oms:
        here, there = _rests(oms, f"{name}-FIRM", east, west)
        oms.says("G", replace(f"{name}-FIRM-2", f"{name}-FIRM", "ACME", "100", "40=2|44=11|59=0"))
        oms.hears("8", f"11={name}-FIRM-2|150=E|39=E")
        east.keeps(here, east.hears("G", "44=11"), "not now")
        west.keeps(there, west.hears("G", "44=11"), "nor here")
        why = f"WEST did not replace {there[11]}: nor here"
        oms.hears("9", f"11={name}-FIRM-2|41={name}-FIRM|39=0|434=2|102=2|58={why}")
        east.fills(here, "50", "10")
        west.fills(there, "50", "10")
        oms.hears("8", f"11={name}-FIRM|39=1|44=10|14=50")
        oms.hears("8", f"11={name}-FIRM|39=2|44=10|14=100")
        oms.hears_no_more()


def test_refused_by_one_it_loses_its_child_to_the_other(oms: Oms, east: Venue, west: Venue) -> None:
    here, there = _rests(oms, "HALF", east, west)
    oms.says("G", replace("HALF-2", "HALF", "ACME", "100", "40=2|44=11|59=0"))
    oms.hears("8", "11=HALF-2|150=E|39=E")
    west_now = west.hears("G", "44=11")
    east.keeps(here, east.hears("G", "44=11"), "not now")
    west.replaces(there, west_now)
    east.cancels(here, east.hears("F", f"41={here[11]}"))
    oms.hears("8", "11=HALF-2|41=HALF|150=5|39=0|38=100|44=11|151=100")
    moved = east.hears("D", "38=25|44=11"), west.hears("D", "38=25|44=11")
    west.fills(west_now, "50", "11")
    oms.hears("8", "11=HALF-2|39=1|14=50")
    east.fills(moved[0], "25", "11")
    oms.hears("8", "11=HALF-2|39=1|14=75")
    west.fills(moved[1], "25", "11")
    oms.hears("8", "11=HALF-2|39=2|14=100")
    oms.hears_no_more()


# -- what cannot be asked ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", VERSIONS)
def test_what_cannot_be_is_refused_with_its_reason(scene: Stage, east: Venue, name: str) -> None:
    with scene.oms(name) as oms:
        order = f"{name}-ODD"
        [child] = _rests(oms, order, east, symbol="EASTCO", qty="10")
        for number, (orig, symbol, qty, terms, side, told, why) in enumerate(
            (
                (
                    "NEVER",
                    "EASTCO",
                    "10",
                    LIMIT,
                    "1",
                    "37=NONE|41=NEVER|39=8|102=1",
                    "OrigClOrdID(41) NEVER is no order",
                ),
                (order, "ACME", "10", LIMIT, "1", "102=2", "Symbol(55) ACME is not the order's EASTCO;"),
                (order, "EASTCO", "10", LIMIT, "2", "102=2", "Side(54) SELL is not the order's BUY;"),
                (order, "EASTCO", "10", "40=1", "1", "102=2", "OrdType(40) MARKET is not the order's LIMIT;"),
                (order, "EASTCO", "0", LIMIT, "1", "102=2", "OrderQty(38) 0 is not above zero"),
            )
        ):
            oms.says("G", replace(f"{order}-{number}", orig, symbol, qty, terms, side))
            refusal = oms.hears(
                "9", f"11={order}-{number}|434=2|{told}" + ("" if "39=" in told else f"|41={order}|39=0")
            )
            assert refusal[58].startswith(why)
        oms.says("G", replace(order, order, "EASTCO", "10", LIMIT))
        used = "2" if name == "OMS42" else "6"  # 4.2 has no code for it
        oms.hears("9", f"11={order}|41={order}|39=0|434=2|102={used}|58=ClOrdID(11) {order} was used before")
        east.hears_no_more()
        east.fills(child, "10", "10")
        oms.hears("8", f"11={order}|39=2|14=10")
        oms.hears_no_more()
