"""A study from its configuration: the market as a tape, and each strategy's parents over it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import NamedTuple

from engine.core.setup import Curve
from fix.business import NewOrderSingle
from fix.enums import Side
from sessions.config import ConfigError
from sessions.curves import read_curve
from sessions.study.config import MILLISECOND, SECOND, RecordedMarket, SeededMarket, StrategyConfig, StudyConfig, folder
from sessions.study.measures import Measure, Summary, measured, summarised
from sessions.study.recording import Source, recorded
from sessions.study.seeded import Quotes, Walk, seeded
from sessions.study.tape import Tape, Volumes, opens
from sessions.study.world import Job, Outcome, Place, Scene, World, scripted

BEGIN = 1_704_067_200 * SECOND  # of a seeded market: 2024-01-01, as good a day as any


class Played(NamedTuple):
    """What one strategy did: its parents in their order, and what each cost."""

    strategy: StrategyConfig
    outcomes: list[Outcome]
    measures: list[Measure]


class Stage(NamedTuple):
    """What all strategies share. `span`: from the first to the last moment that is played (ns)."""

    scene: Scene
    volumes: Volumes
    span: int


def staged(config: StudyConfig, beside: Path) -> Stage:
    """Reads or makes the market; paths count from the folder of `beside`. ConfigError where the parents do not fit in
    it or a curve is none, RecordingError where a recording is none.
    """
    places = tuple(
        Place(venue, venue.listings[config.symbol], int(each.latency * MILLISECOND), each.maker_fee)
        for venue, each in zip(config.venues(), config.venue, strict=True)
    )
    tape = _tape(config, beside)
    jobs = _jobs(config, opens(tape), tape[-1].at, beside)
    scene = Scene(
        places=places,
        jobs=jobs,
        script=scripted(tape, places),
        tick=config.tick * MILLISECOND,
        rules=config.routing.rules(frozenset()),
        learn=config.learning.learn(),
        curves=_curves(config, beside),
    )
    volumes = Volumes(tape, {place.venue.name: place.listing for place in places})
    return Stage(scene, volumes, jobs[-1].until - tape[0].at)


def play(config: StudyConfig, stage: Stage, strategy: StrategyConfig, progress: Callable[[int], None]) -> Played:
    """One strategy's parents over the whole market."""

    def make(now: int, side: Side, price: Decimal | None, cl_ord_id: str) -> NewOrderSingle:
        return strategy.ordered(config.order(now, side, price, cl_ord_id))

    outcomes = World(stage.scene, make).run(progress)
    return Played(strategy, outcomes, [measured(outcome, stage.volumes) for outcome in outcomes])


def summaries(config: StudyConfig, played: list[Played]) -> list[Summary]:
    """In the order of the strategies."""
    baseline = next(each.measures for each in played if each.strategy.name == config.baseline)
    names = [venue.name for venue in config.venue]
    summarise = partial(summarised, names=names, seed=config.seed)
    return [
        summarise(each.strategy.name, each.outcomes, each.measures, None if each.measures is baseline else baseline)
        for each in played
    ]


def _tape(config: StudyConfig, beside: Path) -> Tape:
    market = config.market
    if isinstance(market, RecordedMarket):
        sources = [Source(v.name, v.instrument, v.lot) for v in config.venue if v.instrument is not None]
        return recorded(folder(market, beside), sources, market.levels)
    return seeded(config.seed, _walk(market), _quotes(config))


def _walk(market: SeededMarket) -> Walk:
    return Walk(
        begin=BEGIN,
        length=int(market.length * SECOND),
        every=int(market.every * SECOND),
        mid=float(market.mid),
        volatility=market.volatility / 10_000,
    )


def _quotes(config: StudyConfig) -> list[Quotes]:
    return [
        Quotes(
            venue=venue.name,
            tick=venue.tick,
            lot=venue.lot,
            spread=quotes.spread,
            levels=quotes.levels,
            size=quotes.size,
            trades=quotes.trades,
            trade_size=quotes.trade_size,
            error=quotes.error / 10_000,
            informed=quotes.informed,
            lead=int(quotes.lead * SECOND),
        )
        for venue in config.venue
        if (quotes := venue.quotes) is not None
    ]


_SIDES = {"buy": (Side.BUY,), "sell": (Side.SELL,), "alternate": (Side.BUY, Side.SELL)}


def _jobs(config: StudyConfig, opened: int, ended: int, beside: Path) -> tuple[Job, ...]:
    parents = config.parents
    spacing, duration = int(parents.spacing * SECOND), int(parents.duration * SECOND)
    first = opened + int(parents.start * SECOND)
    room = max((ended - first - duration) // spacing + 1, 0)
    if parents.count > room:
        lasts = f"the market is open for {(ended - opened) / SECOND:.0f} s, which has room for {room}"
        raise ConfigError(f"{beside}: parents.count = {parents.count}: {lasts}; lower it, start, spacing or duration")
    sides = _SIDES[parents.side]
    limit = None if parents.limit is None else Decimal(str(parents.limit)) / 10_000
    return tuple(
        Job(number, at := first + (number - 1) * spacing, at + duration, sides[(number - 1) % len(sides)], limit)
        for number in range(1, parents.count + 1)
    )


def _curves(config: StudyConfig, beside: Path) -> dict[str, Curve]:
    if config.curve is None:
        return {}
    path = beside.parent / config.curve
    try:
        return {config.symbol: read_curve(path)}
    except OSError as error:
        raise ConfigError(f"{beside}: curve = {str(config.curve)!r}: {error.strerror}; give a CSV file") from None
    except ValueError as error:
        raise ConfigError(str(error)) from None
