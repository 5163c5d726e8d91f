from __future__ import annotations

import gzip
from decimal import Decimal
from pathlib import Path

import pytest

from engine.market.book import DisplayedBook
from fix.enums import MDEntryType, Side
from sessions.simulator.recorded import FACTS, RecordingError
from sessions.study.recording import Source, recorded
from sessions.study.tape import Shown, Tape, Traded
from tests.sessions.study.making import RECORDING, D, beginning

LINES = (
    '0 {"stream":"x","data":{"e":"trade","p":"98","q":"1","m":true}}',
    '1 {"lastUpdateId":10,"bids":[["99","2"],["98","3.7"],["97","1"]],"asks":[["101","1"]]}',
    '2 {"stream":"x","data":{"e":"trade","p":"99","q":"0.5","m":true}}',
    '3 {"stream":"x","data":{"e":"depthUpdate","U":11,"u":11,"b":[["97","5"]],"a":[]}}',
    '4 {"stream":"x","data":{"e":"trade","p":"0","q":"0","m":false}}',
    '5 {"stream":"x","data":{"e":"depthUpdate","U":12,"u":12,"b":[["99","0"]],"a":[["100","4"],["101","1"]]}}',
    '6 {"stream":"x","data":{"e":"bookTicker","b":"98","B":"1","a":"100","A":"1"}}',
    '7 {"stream":"x","data":{"e":"trade","p":"100","q":"2","m":false}}',
)


def tape(folder: Path, lines: tuple[str, ...] = LINES, depth: int = 2) -> Tape:
    with gzip.open(folder / FACTS["spot"].file, "wt", encoding="ascii") as file:
        file.write("\n".join(lines) + "\n")
    return recorded(folder, [Source("SPOT", "spot", D("0.5"))], depth)


def test_books_and_trades_are_one_tape_of_the_best_levels_in_whole_lots(tmp_path: Path) -> None:
    assert tape(tmp_path) == [
        Shown(1, "SPOT", ((D(99), D(2)), (D(98), D("3.5"))), ((D(101), D(1)),), snapshot=True),
        Traded(2, "SPOT", Side.SELL, D("0.5"), D(99)),
        Shown(5, "SPOT", ((D(99), D(0)), (D(97), D(5))), ((D(100), D(4)),)),
        Traded(7, "SPOT", Side.BUY, D(2), D(100)),
    ]


def test_a_level_that_falls_out_of_view_is_gone_and_comes_back(tmp_path: Path) -> None:
    shown = [moment for moment in tape(tmp_path, depth=1) if isinstance(moment, Shown)]
    assert [moment.bids for moment in shown] == [((D(99), D(2)),), ((D(99), D(0)), (D(98), D("3.5")))]
    assert [moment.offers for moment in shown] == [((D(101), D(1)),), ((D(101), D(0)), (D(100), D(4)))]


def test_a_trade_that_is_none_is_named_by_its_line(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"spot-btcusdt.gz, line 2: is no trade of a recording"):
        tape(tmp_path, (LINES[1], LINES[2].replace('"m":true', '"x":1')))


def test_where_nothing_is_recorded_the_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"spot-btcusdt.gz: there is no recording here"):
        recorded(tmp_path, [Source("SPOT", "spot", D(1))], 20)


def test_the_real_recording_shows_uncrossed_books_and_trades_near_them(tmp_path: Path) -> None:
    path = RECORDING / FACTS["cm"].file
    if not path.is_file():
        pytest.skip(f"{path} is not there; set MANIFOLD_SHARED")
    beginning(path, tmp_path, seconds=30)
    book, traded = DisplayedBook(), 0
    for moment in recorded(tmp_path, [Source("COINM", "cm", D(1))], 20):
        if isinstance(moment, Traded):
            traded += 1
            mid = (book.bids.levels[0][0] + book.offers.levels[0][0]) / 2
            assert abs(moment.price / mid - 1) < Decimal("0.001")
            continue
        for ladder, levels in ((book.bids, moment.bids), (book.offers, moment.offers)):
            for price, size in levels:
                ladder.put(price, size)
        assert len(book.bids.levels) == len(book.offers.levels) == 20
        bid, offer = book.best(MDEntryType.BID), book.best(MDEntryType.OFFER)
        assert bid is not None
        assert offer is not None
        assert bid < offer
    assert traded > 50
