from __future__ import annotations

import datetime as dt
import gzip
import json
import time
from decimal import Decimal
from pathlib import Path

import pytest

from fix.enums import Side, TimeInForce
from sessions.config import BookConfig, ReplayConfig, SimulatorConfig
from sessions.demo.processes import start
from sessions.simulator.book import Book
from sessions.simulator.feed import Market
from sessions.simulator.liquidity import Action, Enter
from sessions.simulator.recorded import RecordingError
from sessions.simulator.reporter import Fill
from sessions.simulator.run import FILLS_HEADER, conduct, fill_writer, generated, replayed, terms
from sessions.simulator.venue import Conduct
from tests.wire.foreign import Oms, new_order
from tests.world import PATIENCE

SECOND = 1_000_000_000
START = 1_700_000_000 * SECOND


def simulator(seed: int = 1) -> SimulatorConfig:
    book = BookConfig(symbol="ACME", mid=Decimal(100), lot=Decimal(10), levels=3, size=Decimal(200))
    return SimulatorConfig(
        name="XTST",
        dialect="FIX.4.4",
        sender="XTST",
        target="MANIFOLD",
        port=0,
        seed=seed,
        update_every=0.5,
        heartbeat=7,
        quickfix={"LogonTimeout": "3"},
        instrument=[book],
    )


def act(book: Book, actions: list[Action]) -> None:
    for action in actions:
        if isinstance(action, Enter):
            book.enter(action.order_id, action.side, action.qty, action.price, TimeInForce.DAY)
        else:
            book.cancel(action.order_id)


def shown(market: Market) -> list[list[tuple[Decimal, Decimal]]]:
    return [market.book.levels(side, 99) for side in (Side.BUY, Side.SELL)]


# -- generated markets ---------------------------------------------------------------------------------------------


def test_a_generated_market_opens_with_its_ladder_in_its_units() -> None:
    config = simulator()
    market = generated(config.instrument[0], config)
    assert (market.book.tick, market.book.lot) == (Decimal("0.01"), Decimal(10))
    assert [[price for price, _ in side] for side in shown(market)] == [
        [Decimal("99.99"), Decimal("99.98"), Decimal("99.97")],
        [Decimal("100.01"), Decimal("100.02"), Decimal("100.03")],
    ]
    assert all(100 <= size <= 300 and size % 10 == 0 for side in shown(market) for _, size in side)


def test_a_generated_market_moves_no_faster_than_it_is_told_to() -> None:
    config = simulator()
    market = generated(config.instrument[0], config)
    act(market.book, market.moves(START))
    market.book.enter("client", Side.BUY, Decimal(10_000), None, TimeInForce.IOC)
    assert market.moves(START + SECOND // 2 - 1) == []
    act(market.book, market.moves(START + SECOND // 2))
    assert len(market.book.levels(Side.SELL, 99)) == 3


def test_the_same_seed_makes_the_same_market_and_another_seed_another() -> None:
    def play(seed: int) -> list[list[tuple[Decimal, Decimal]]]:
        config = simulator(seed)
        market = generated(config.instrument[0], config)
        for turn in range(50):
            act(market.book, market.moves(START + turn * SECOND))
        return shown(market)

    assert play(1) == play(1)
    assert play(1) != play(2)


# -- replayed ones -------------------------------------------------------------------------------------------------


def record(folder: Path) -> None:
    """A snapshot, and an update one and two seconds later."""
    lines: list[tuple[int, dict[str, object]]] = [
        (
            START,
            {
                "lastUpdateId": 1,
                "bids": [["100.0", "1.2345"], ["99.0", "0.0004"], ["98.0", "3"], ["97.0", "4"]],
                "asks": [["101.0", "2"]],
            },
        ),
        (START + SECOND, {"data": {"e": "depthUpdate", "U": 1, "u": 2, "pu": 0, "b": [["100.0", "0"]], "a": []}}),
        (START + 2 * SECOND, {"data": {"e": "depthUpdate", "U": 3, "u": 3, "pu": 2, "b": [], "a": [["101.0", "5"]]}}),
    ]
    text = "".join(f"{at} {json.dumps(message)}\n" for at, message in lines)
    (folder / "usdm-btcusdt.gz").write_bytes(gzip.compress(text.encode()))


def replay(folder: Path, speed: float = 1.0) -> Market:
    config = ReplayConfig(path=Path("books"), instrument="usdm", symbol="BTC", levels=3, speed=speed)
    return replayed(config, folder / "venue.toml")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Holds the recording in `books`, as a configuration beside it would say."""
    (tmp_path / "books").mkdir()
    record(tmp_path / "books")
    return tmp_path


def d(*pairs: tuple[str, str]) -> list[tuple[Decimal, Decimal]]:
    return [(Decimal(price), Decimal(size)) for price, size in pairs]


def test_a_replayed_market_shows_whole_lots_of_the_best_recorded_levels(folder: Path) -> None:
    market = replay(folder)
    assert (market.book.tick, market.book.lot) == (Decimal("0.1"), Decimal("0.001"))
    act(market.book, market.moves(5 * SECOND))
    assert shown(market) == [d(("100.0", "1.234"), ("98.0", "3")), d(("101.0", "2"))]


@pytest.mark.parametrize("speed", [1.0, 4.0])
def test_a_replayed_market_keeps_the_pace_of_the_recording_and_ends_with_its_last_book(
    folder: Path, speed: float
) -> None:
    market = replay(folder, speed)
    second = int(SECOND / speed)
    now = 5 * SECOND  # whatever the clock says when the first turn comes
    act(market.book, market.moves(now))
    assert market.moves(now + second - 1) == []
    act(market.book, market.moves(now + second))
    assert shown(market) == [d(("98.0", "3"), ("97.0", "4")), d(("101.0", "2"))]
    act(market.book, market.moves(now + 2 * second))
    assert shown(market) == [d(("98.0", "3"), ("97.0", "4")), d(("101.0", "5"))]
    assert market.moves(now + 1_000 * second) == []


def test_a_replay_without_its_recording_fails_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="there is no recording here"):
        replay(tmp_path)


# -- the rest ------------------------------------------------------------------------------------------------------

FILL = Fill(5, "C1", "XTST-X1", Side.BUY, Decimal(10), Decimal("9.98"))


def test_fills_are_on_disk_at_once_one_line_each_under_one_header(tmp_path: Path) -> None:
    path = tmp_path / "fills.csv"
    for _ in range(2):  # the second start of the venue goes on in the same file
        with path.open("a", encoding="utf-8", buffering=1) as file:
            fill_writer(file)(FILL)
            assert path.read_text(encoding="utf-8").endswith("5,C1,XTST-X1,BUY,10,9.98\n")
    assert path.read_text(encoding="utf-8") == FILLS_HEADER + "5,C1,XTST-X1,BUY,10,9.98\n" * 2


def test_the_terms_of_a_venue_are_those_of_its_configuration() -> None:
    made = terms(simulator())
    assert (made.name, made.dialect, made.sender, made.target) == ("XTST", "FIX.4.4", "XTST", "MANIFOLD")
    assert (made.connect, made.heartbeat, made.settings) == (None, 7, {"LogonTimeout": "3"})


def test_its_conduct_is_that_of_its_configuration() -> None:
    assert conduct(simulator()) == Conduct(halt_for=10 * SECOND)
    asked = {
        "latency": 1.5,
        "reject_every": 7,
        "day_ends": dt.time(22, 30, 1),
        "cancel_on_disconnect": True,
        "halt_at": 2.5,
        "halt_for": 1,
    }
    assert conduct(simulator().model_copy(update=asked)) == Conduct(
        latency=1_500_000,
        reject_every=7,
        day_ends=(22 * 3600 + 30 * 60 + 1) * SECOND,
        cancel_on_disconnect=True,
        halt_at=5 * SECOND // 2,
        halt_for=SECOND,
    )


VENUE = """
name = "XTST"
dialect = "FIX.4.4"
sender = "XTST"
target = "CLIENT"
port = 0
update_every = 3600
cancel_on_disconnect = true

[[instrument]]
symbol = "ACME"
mid = 100.00
"""


@pytest.mark.wire
def test_who_comes_back_is_told_of_the_orders_that_ended_with_its_session(tmp_path: Path) -> None:
    (tmp_path / "venue.toml").write_text(VENUE, encoding="utf-8")
    process = start("venue", ["simulate", str(tmp_path / "venue.toml")], tmp_path)
    client = Oms("FIX.4.4", "CLIENT", "XTST")
    try:
        port = int(process.wait_for(r"listening on \S+:(\d+)", time.monotonic() + PATIENCE)[1])
        client.connect(port).log_on()
        client.says("D", new_order("C1", "ACME", "10", "40=2|44=99.00"))
        client.hears("8", "11=C1|150=0|39=0|151=10")
        client.says("G", f"{new_order('C2', 'ACME', '20', '40=2|44=98.00')}|41=C1")
        client.hears("8", "11=C2|41=C1|150=5|39=0|38=20|44=98.00|151=20")
        client.log_out()
        missed = client.comes_back(port)
        client.says("2", f"7={missed}|16=0")
        told = client.next(due=False)
        while told[35] == "4":  # the gap fill of a Logon(A); what ended is told before or behind it
            told = client.next(due=False)
        assert told.picked(35, 11, 150, 39, 151, 58) == "35=8|11=C2|150=4|39=4|151=0|58=canceled on disconnect"
        assert told.get(41) == ""
    finally:
        client.hang_up()
        process.stop()
    assert process.popen.returncode == 0
