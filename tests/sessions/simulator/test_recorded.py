from __future__ import annotations

import gzip
import itertools
import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fix.enums import Side, TimeInForce
from sessions.simulator.book import Book
from sessions.simulator.liquidity import Action, Enter, Withdraw
from sessions.simulator.recorded import (
    FACTS,
    BookUpdate,
    Instrument,
    Mirror,
    RecordedBook,
    RecordingError,
    updates,
)

SHARED = Path(os.environ.get("MANIFOLD_SHARED", Path(__file__).parents[3].parent / "shared"))
RECORDING = SHARED / "data" / "binance-btc-20240808"
Pairs = list[list[str]]


def d(value: str) -> Decimal:
    return Decimal(value)


def snapshot(at: int, last: int, bids: Pairs, asks: Pairs) -> str:
    return f"{at} {json.dumps({'lastUpdateId': last, 'bids': bids, 'asks': asks})}"


def spot(at: int, first: int, final: int, bids: Pairs = [], asks: Pairs = []) -> str:  # noqa: B006  never written to
    return _line(at, {"e": "depthUpdate", "U": first, "u": final, "b": bids, "a": asks})


def futures(at: int, first: int, final: int, before: int, bids: Pairs = []) -> str:  # noqa: B006
    return _line(at, {"e": "depthUpdate", "U": first, "u": final, "pu": before, "b": bids, "a": []})


def trade(at: int) -> str:
    return _line(at, {"e": "trade", "p": "100.0", "q": "1"})


def _line(at: int, data: dict[str, Any]) -> str:
    return f"{at} {json.dumps({'stream': 's', 'data': data})}"


def record(folder: Path, instrument: Instrument, *lines: str) -> Path:
    path = folder / FACTS[instrument].file
    path.write_bytes(gzip.compress("".join(f"{line}\n" for line in lines).encode()))
    return path


def test_updates_before_the_snapshot_are_dropped_and_the_first_after_it_spans_it(tmp_path: Path) -> None:
    record(
        tmp_path,
        "spot",
        spot(1, 1, 9, bids=[["1.00", "1"]]),
        spot(2, 10, 12, bids=[["2.00", "2"]]),
        trade(3),
        snapshot(4, 10, bids=[["3.00", "3"]], asks=[["4.00", "4"]]),
        spot(5, 13, 13, asks=[["4.00", "0"]]),
    )
    assert list(updates(tmp_path, "spot")) == [
        BookUpdate(4, ((d("3.00"), d("3")),), ((d("4.00"), d("4")),), snapshot=True),
        BookUpdate(4, ((d("2.00"), d("2")),), ()),
        BookUpdate(5, (), ((d("4.00"), d("0")),)),
    ]


def test_futures_follow_by_the_id_of_the_update_before(tmp_path: Path) -> None:
    record(
        tmp_path,
        "usdm",
        snapshot(1, 100, bids=[], asks=[]),
        futures(2, 90, 99, before=89, bids=[["1.0", "1"]]),
        futures(3, 95, 100, before=94, bids=[["2.0", "2"]]),
        futures(4, 130, 140, before=100, bids=[["3.0", "3"]]),
    )
    assert list(updates(tmp_path, "usdm")) == [
        BookUpdate(1, (), (), snapshot=True),
        BookUpdate(3, ((d("2.0"), d("2")),), ()),
        BookUpdate(4, ((d("3.0"), d("3")),), ()),
    ]


def test_a_gap_between_snapshot_and_updates_is_refused_by_file_and_line(tmp_path: Path) -> None:
    path = record(tmp_path, "spot", snapshot(1, 10, [], []), spot(2, 13, 14))
    with pytest.raises(RecordingError) as refused:
        list(updates(tmp_path, "spot"))
    assert str(refused.value) == f"{path}, line 2: updates 11 to 12 behind the snapshot are missing"


def test_a_gap_between_updates_is_refused_by_file_and_line(tmp_path: Path) -> None:
    path = record(tmp_path, "spot", snapshot(1, 10, [], []), spot(2, 11, 12), trade(3), spot(4, 14, 15))
    with pytest.raises(RecordingError) as refused:
        list(updates(tmp_path, "spot"))
    assert str(refused.value) == f"{path}, line 4: updates between 12 and 14 are missing"


def test_a_gap_between_updates_of_futures_is_refused(tmp_path: Path) -> None:
    path = record(tmp_path, "cm", snapshot(1, 10, [], []), futures(2, 9, 12, 8), futures(3, 20, 25, 19))
    with pytest.raises(RecordingError) as refused:
        list(updates(tmp_path, "cm"))
    assert str(refused.value) == f"{path}, line 3: updates between 12 and 20 are missing"


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("x {}", "invalid literal for int() with base 10: 'x'"),
        ("1 {", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        ("1", "Expecting value: line 1 column 1 (char 0)"),
        ('1 {"stream": "s"}', "'data' is missing"),
        ('1 {"data": []}', "is no message of a recording"),
        ("1 5", "is no message of a recording"),
        ('1 {"data": {"e": "depthUpdate", "u": 1}}', "'U' is missing"),
        ('1 {"data": {"e": "depthUpdate", "U": 11, "u": 12, "b": [["a", "1"]]}}', "is no message of a recording"),
        ('1 {"data": {"e": "depthUpdate", "U": 11, "u": 12, "b": []}}', "'a' is missing"),
    ],
)
def test_a_line_that_is_none_is_refused_by_file_and_line(tmp_path: Path, line: str, fault: str) -> None:
    path = record(tmp_path, "spot", snapshot(1, 10, [], []), line)
    with pytest.raises(RecordingError) as refused:
        list(updates(tmp_path, "spot"))
    assert str(refused.value) == f"{path}, line 2: {fault}"


def test_a_recording_without_a_snapshot_is_refused(tmp_path: Path) -> None:
    path = record(tmp_path, "spot", spot(1, 1, 2))
    with pytest.raises(RecordingError) as refused:
        list(updates(tmp_path, "spot"))
    assert str(refused.value) == f"{path}: holds no snapshot"


def test_a_folder_without_the_recording_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError) as refused:
        list(updates(tmp_path, "cm"))
    path = tmp_path / "cm-btcusd_perp.gz"
    assert str(refused.value) == f"{path}: there is no recording here; give the folder that holds cm-btcusd_perp.gz"


@pytest.mark.parametrize("harm", ["cut short", "not gzip", "damaged"])
def test_a_broken_gzip_is_refused_by_file_and_line(tmp_path: Path, harm: str) -> None:
    later = [spot(n, n + 9, n + 9, bids=[[f"{n}.00", "1"]]) for n in range(2, 5_000)]
    path = record(tmp_path, "spot", snapshot(1, 10, [], []), *later)
    whole = path.read_bytes()
    middle = len(whole) // 2
    broken = {
        "cut short": whole[:middle],
        "not gzip": b"1 {}\n",
        "damaged": whole[:middle] + bytes(64) + whole[middle + 64 :],
    }
    path.write_bytes(broken[harm])
    with pytest.raises(RecordingError, match=r"spot-btcusdt\.gz, line \d+: "):
        list(updates(tmp_path, "spot"))


def test_sizes_are_absolute_zero_takes_away_and_a_snapshot_replaces_all() -> None:
    book = RecordedBook()
    book.apply(BookUpdate(1, ((d("9"), d("1")), (d("8"), d("2"))), ((d("10"), d("3")),), snapshot=True))
    book.apply(BookUpdate(2, ((d("9"), d("0")), (d("7"), d("5"))), ((d("10"), d("4")), (d("11"), d("0")))))
    assert book.levels(Side.BUY, 5) == [(d("8"), d("2")), (d("7"), d("5"))]
    assert book.levels(Side.SELL, 5) == [(d("10"), d("4"))]
    book.apply(BookUpdate(3, ((d("6"), d("1")),), (), snapshot=True))
    assert (book.levels(Side.BUY, 5), book.levels(Side.SELL, 5)) == ([(d("6"), d("1"))], [])


# -- the mirror ----------------------------------------------------------------------------------------------------


def act(book: Book, actions: list[Action]) -> None:
    for action in actions:
        if isinstance(action, Enter):
            book.enter(action.order_id, action.side, action.qty, action.price, TimeInForce.DAY)
        else:
            book.cancel(action.order_id)


def test_the_mirror_changes_only_what_is_different() -> None:
    book, mirror = Book("BTC", tick=d("1"), lot=d("1")), Mirror()
    first = mirror.actions(book, [(d("9"), d("1")), (d("8"), d("2"))], [(d("10"), d("3"))])
    assert first == [
        Enter("BG1", Side.BUY, d("1"), d("9")),
        Enter("BG2", Side.BUY, d("2"), d("8")),
        Enter("BG3", Side.SELL, d("3"), d("10")),
    ]
    act(book, first)
    assert mirror.actions(book, [(d("9"), d("1")), (d("8"), d("2"))], [(d("10"), d("3"))]) == []
    second = mirror.actions(book, [(d("9"), d("1")), (d("8"), d("5"))], [(d("11"), d("3"))])
    assert second == [
        Withdraw("BG2"),
        Withdraw("BG3"),
        Enter("BG4", Side.BUY, d("5"), d("8")),
        Enter("BG5", Side.SELL, d("3"), d("11")),
    ]
    act(book, second)
    assert book.levels(Side.BUY, 5) == [(d("9"), d("1")), (d("8"), d("5"))]


def test_the_mirror_shows_again_what_a_client_took() -> None:
    book, mirror = Book("BTC", tick=d("1"), lot=d("1")), Mirror()
    act(book, mirror.actions(book, [], [(d("10"), d("3"))]))
    book.enter("client", Side.BUY, d("2"), d("10"), TimeInForce.IOC)
    actions = mirror.actions(book, [], [(d("10"), d("3"))])
    assert actions == [Withdraw("BG1"), Enter("BG2", Side.SELL, d("3"), d("10"))]
    act(book, actions)
    assert book.levels(Side.SELL, 5) == [(d("10"), d("3"))]


# -- the real recording --------------------------------------------------------------------------------------------


# Far from the market some old spot orders have sizes finer than the lot; what is shown of them is cut to it (`run`).
@pytest.mark.parametrize("instrument", ["spot", "usdm", "cm"])
def test_the_real_recording_plays_uncrossed_and_in_its_units(instrument: Instrument) -> None:
    facts = FACTS[instrument]
    if not (RECORDING / facts.file).is_file():
        pytest.skip(f"{RECORDING / facts.file} is not there; set MANIFOLD_SHARED")
    recorded, book, mirror = RecordedBook(), Book("BTC", tick=facts.tick, lot=facts.lot), Mirror()
    before = 0
    for number, update in enumerate(itertools.islice(updates(RECORDING, instrument), 3_000)):
        assert update.snapshot == (number == 0)
        assert update.at >= before
        before = update.at
        assert not any(price % facts.tick for price, _ in (*update.bids, *update.asks))
        recorded.apply(update)
        if number % 20 == 0:
            bids, asks = recorded.levels(Side.BUY, 20), recorded.levels(Side.SELL, 20)
            assert bids[0][0] < asks[0][0]
            assert not any(size % facts.lot for _, size in (*bids, *asks))
            act(book, mirror.actions(book, bids, asks))
            assert (book.levels(Side.BUY, 99), book.levels(Side.SELL, 99)) == (bids, asks)
    assert number == 2_999
    assert d("50000") < bids[0][0] < d("70000")
