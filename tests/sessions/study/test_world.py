"""One strategy over small markets by hand: what is known beforehand comes out."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.commands import Command, SendCancel, SendOrder, SendStatusRequest
from engine.core.events import Event
from fix.enums import OrdStatus, Side
from sessions.study.exchange import Rested
from sessions.study.seeded import seeded
from sessions.study.tape import opens, told
from sessions.study.world import Fill, Outcome, Scene, Waited, World, scripted
from tests.sessions.study.making import MILLISECOND, WALK, D, asks, at, job, place, quotes, scene, shows, trades

BOOK = shows(bids="40 at 99", offers="60 at 100, 50 at 102", snapshot=True)
LATER = shows(9, bids="1 at 50")


class Watched(World):
    """Notes what the core sends, and that no parent has more out than it asked for."""

    def __init__(self, scene: Scene, make: object) -> None:
        super().__init__(scene, make)  # type: ignore[arg-type]
        self.sent: list[tuple[str, float]] = []

    def _do(self, commands: tuple[Command, ...], now: int) -> None:  # type: ignore[override]
        for command in commands:
            if isinstance(command, (SendOrder, SendCancel, SendStatusRequest)):
                self.sent.append((type(command).__name__, (now - at(0)) / 1e9))
        super()._do(commands, now)

    def _handle(self, event: Event, now: int) -> None:
        super()._handle(event, now)
        for parent in self.core.orders.open():
            assert parent.cum + parent.working <= parent.order.order_qty, "law 4: never more than asked"


def test_a_market_order_reaches_its_venue_after_the_latency_and_its_fills_come_back_after_another() -> None:
    alpha = place(latency=3 * MILLISECOND, taker_fee="0.001")
    [outcome] = World(scene(BOOK, LATER, places=(alpha,)), asks()).run()
    heard = at(1) + 6 * MILLISECOND
    assert outcome == Outcome(
        job=job(),
        qty=D(100),
        mid=D("99.5"),
        mids={"ALPHA": D("99.5")},
        status=OrdStatus.FILLED,
        cum=D(100),
        fills=(
            Fill(heard, "ALPHA", "S-1-1", D(60), D(100), made=False, fee=D(6)),
            Fill(heard, "ALPHA", "S-1-1", D(40), D(102), made=False, fee=D("4.08")),
        ),
        children=1,
        rejects=0,
        ended=heard,
        left_value=D(0),
        left_fee=D(0),
        waited=(),
        text="",
    )


def test_what_a_venue_shows_is_heard_after_its_latency() -> None:
    places = (place("ALPHA", latency=5 * MILLISECOND), place("BETA", latency=9 * MILLISECOND))
    changed, quiet = shows(1, offers="70 at 100"), shows(1.002, venue="BETA")
    script = scripted([changed, quiet], places)
    heard = [(told(changed, "ACME.ALPHA"), at(1.005)), (told(quiet, "ACME.BETA"), at(1.011))]
    assert script == [
        (at(1), "ALPHA", changed),
        (at(1.002), "BETA", quiet),
        *[(when, what.venue, what) for what, when in heard],
    ]


def test_what_rests_is_canceled_in_the_end_and_bought_on_paper() -> None:
    alpha = place(taker_fee="0.001", maker_fee="-0.0001")
    market = (BOOK, trades(1.2, Side.SELL, "70 at 99"), LATER)
    [outcome] = World(scene(*market, places=(alpha,), jobs=(job(limit="-0.005"),)), asks()).run()
    assert (outcome.status, outcome.cum, outcome.children) == (OrdStatus.CANCELED, D(30), 1)
    assert outcome.fills == (Fill(at(1.201), "ALPHA", "S-1-1", D(30), D(99), made=True, fee=D("-0.297")),)
    assert (outcome.left_value, outcome.left_fee) == (60 * D(100) + 10 * D(102), D("7.02"))
    assert outcome.ended == at(2) + 2 * MILLISECOND
    rested = Rested(at(1.001), D(100), D(40), 0.0)
    assert outcome.waited == (Waited("S-1-1", "ALPHA", rested, at(2), filled=False),)


def test_what_is_not_shown_costs_on_paper_what_the_last_level_does() -> None:
    [outcome] = World(scene(BOOK, LATER, jobs=(job(limit="-0.005"),)), asks(qty="200")).run()
    assert (outcome.cum, outcome.left_value) == (D(0), 60 * D(100) + 50 * D(102) + 90 * D(102))


def test_a_fill_that_crosses_the_cancel_counts_and_the_venue_is_asked_nothing_twice() -> None:
    crossing = trades(2.0005, Side.SELL, "150 at 99")  # between the cancel's way out and its arrival
    world = Watched(scene(BOOK, crossing, LATER, jobs=(job(limit="-0.005"),)), asks())
    [outcome] = world.run()
    assert (outcome.status, outcome.cum) == (OrdStatus.FILLED, D(100))
    assert [name for name, _ in world.sent] == ["SendOrder", "SendCancel"]
    assert outcome.waited[0].filled


def test_a_sell_gets_bids_and_a_side_counts_in_the_limit() -> None:
    jobs = (job(side=Side.SELL, limit="0.02"),)
    [outcome] = World(scene(BOOK, LATER, jobs=jobs), asks(qty="40")).run()
    assert [(fill.qty, fill.price) for fill in outcome.fills] == [(D(40), D(99))]


def test_each_venue_has_its_latency_and_an_inverse_contract_its_worth() -> None:
    places = (place("ALPHA"), place("BETA", latency=9 * MILLISECOND, contract="1000", inverse=True))
    market = (BOOK, shows(bids="40 at 99", offers="60 at 100", venue="BETA", snapshot=True), LATER)
    [outcome] = World(scene(*market, places=places), asks("1006", qty="101.01010102")).run()
    assert [(f.venue, f.qty, (f.at - at(1)) // MILLISECOND) for f in outcome.fills] == [
        ("ALPHA", 50, 2),
        ("BETA", D("50.50505055"), 18),
    ]
    assert outcome.cum == D("100.50505055")


def test_slices_go_by_the_clock() -> None:
    given_time = (("EndTime", "20240101-00:00:04"), ("Slices", "3"))
    market = scene(BOOK, shows(1.5, offers="60 at 100"), LATER, jobs=(job(until=5),))
    world = Watched(market, asks("1001", qty="90", parameters=given_time))
    [outcome] = world.run()
    assert world.sent == [("SendOrder", 1.0), ("SendOrder", 2.0), ("SendOrder", 3.0)]
    assert (outcome.status, outcome.children) == (OrdStatus.FILLED, 3)


def test_an_order_that_the_engine_refuses_is_on_paper_from_the_start() -> None:
    end = (("EndTime", "20240101-00:00:04"),)
    [outcome] = World(scene(BOOK, LATER), asks("1", parameters=end)).run()
    assert (outcome.status, outcome.cum, outcome.children, outcome.ended) == (OrdStatus.REJECTED, D(0), 0, at(1))
    assert outcome.text.endswith("no volume curve of ACME is configured; add a [[curve]], or ask for TWAP")
    assert outcome.left_value == 60 * D(100) + 40 * D(102)


def test_progress_is_told_to_the_end() -> None:
    heard: list[int] = []
    World(scene(BOOK, LATER), asks()).run(heard.append)
    assert heard == [4]


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    strategy=st.sampled_from(["1000", "1003", "1005", "1006"]),
    limit=st.sampled_from([None, "-0.0002", "0.0001", "0.001"]),
    qty=st.integers(1, 9000),
)
def test_in_any_market_parents_add_up_and_are_never_overfilled(
    seed: int, strategy: str, limit: str | None, qty: int
) -> None:
    tape = seeded(seed, WALK, [quotes("ALPHA"), quotes("BETA", informed=1.0)])
    sides = (Side.BUY, Side.SELL)
    begin = (opens(tape) - at(0)) / 1e9
    jobs = tuple(job(n, begin + 2 * n, begin + 2 * n + 1.5, sides[n % 2], limit) for n in range(1, 4))
    outcomes = Watched(
        scene(*tape, places=(place("ALPHA"), place("BETA", latency=20 * MILLISECOND)), jobs=jobs),
        asks(strategy, qty=str(qty)),
    ).run()
    assert [outcome.job for outcome in outcomes] == list(jobs)
    for outcome in outcomes:
        assert sum([fill.qty for fill in outcome.fills], Decimal(0)) == outcome.cum <= outcome.qty
        assert (outcome.status is OrdStatus.FILLED) == (outcome.cum == outcome.qty)
        assert all(outcome.job.at < fill.at <= outcome.ended for fill in outcome.fills)


def test_a_market_without_a_side_is_a_bug_in_the_study_that_asks_for_it() -> None:
    with pytest.raises(AssertionError, match="bids"):
        World(scene(shows(offers="60 at 100", snapshot=True), LATER), asks()).run()
