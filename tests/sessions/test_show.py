"""`manifold show order` as a person sees it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from rich.console import Console

from engine.dropcopy.store import Store
from sessions.show import order_trees
from tests.sessions.evidence import evidence


def shown(store: Store, cl_ord_id: str, width: int = 1_000) -> list[list[str]]:
    """The lines of each tree."""
    trees = []
    for tree in order_trees(store, cl_ord_id):
        out = Console(file=io.StringIO(), width=width, highlight=False)
        out.print(tree)
        assert isinstance(out.file, io.StringIO)
        trees.append([line.rstrip() for line in out.file.getvalue().splitlines()])
    return trees


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    path = evidence(tmp_path_factory.mktemp("show") / "store.db")
    with closing(Store.open(str(path), create=False)) as opened:
        yield opened


def test_an_order_is_shown_whole(store: Store) -> None:
    """Each child has its own branch, in the place of the first that concerns it; every message is there in full."""
    [lines] = shown(store, "A")
    order = "38=300|40=2|44=10.5|54=1|55=ACME|59=3|60=20231114-22:13:20|10="
    assert lines[0] == (
        "A from OMS at 20231114-22:13:20.001000, OrderID R-1: "
        "BUY 300 ACME LIMIT at 10.5 IOC: CANCELED, CumQty 100, AvgPx 10.25"
    )
    assert lines[1].startswith("├── 22:13:20.001000 <- OMS NewOrderSingle(D) 8=FIX.4.4|9=")
    assert order in lines[1]
    assert lines[2] == "├── 22:13:20.002000 route: swept 300 displayed at ALPHA, BETA"
    assert [line.partition(" 8=FIX")[0] for line in lines[3:]] == [
        "├── ALPHA R-1-1 100 ACME LIMIT at 10.5: FILLED, filled 100",
        "│   ├── 22:13:20.003000 -> ALPHA NewOrderSingle(D)",
        "│   ├── 22:13:20.005000 <- ALPHA ExecutionReport(8) NEW",
        "│   └── 22:13:20.007000 <- ALPHA ExecutionReport(8) FILL 100 @ 10.25",
        "├── BETA R-1-2 200 ACME LIMIT at 10.5: CANCELED, filled 0",
        "│   ├── 22:13:20.004000 -> BETA NewOrderSingle(D)",
        "│   └── 22:13:20.009000 <- BETA ExecutionReport(8) CANCELED",
        "├── 22:13:20.006000 -> OMS ExecutionReport(8) NEW",
        "├── 22:13:20.008000 -> OMS ExecutionReport(8) TRADE 100 @ 10.25",
        "├── 22:13:20.010000 -> OMS ExecutionReport(8) CANCELED",
        "└── 22:13:20.011000 finish: no venue takes the remaining 200",
    ]
    assert shown(store, "R-1") == [lines]


@pytest.mark.parametrize("width", [50, 80, 132])
def test_on_a_narrow_terminal_nothing_is_cut_and_messages_break_between_fields(store: Store, width: int) -> None:
    [wide], [narrow] = shown(store, "A"), shown(store, "A", width)
    assert max(map(len, narrow)) <= width
    assert _unfolded(narrow) == _unfolded(wide)
    assert all(line.endswith("|") for line in narrow if "|35=" in line or "|55=" in line)


def _unfolded(lines: list[str]) -> str:
    """Everything but guides and white space."""
    return "".join("".join(line.lstrip("│├└─ ") for line in lines).split())


def test_a_child_in_doubt_says_so(tmp_path: Path) -> None:
    with closing(Store.open(str(evidence(tmp_path / "store.db", doubt=True)), create=False)) as store:
        [lines] = shown(store, "A")
    assert "├── BETA R-1-2 200 ACME LIMIT at 10.5: PENDING_NEW, filled 0, in doubt" in [
        line.replace("└", "├") for line in lines
    ]
    assert any(line.endswith("doubt: the session with BETA ended") for line in lines)


@pytest.mark.parametrize("cl_ord_id", ["B", "R-2"])
def test_an_order_that_was_refused_is_found_too(store: Store, cl_ord_id: str) -> None:
    [lines] = shown(store, cl_ord_id)
    assert [line.partition(" 8=FIX")[0] for line in lines] == [
        "B from OMS at 20231114-22:13:20.012000, OrderID R-2: BUY 300 [b]X LIMIT at 10.5 IOC: REJECTED, CumQty 0, AvgPx 0",
        "├── 22:13:20.012000 <- OMS NewOrderSingle(D)",
        "├── 22:13:20.013000 refuse: Symbol(55) [b]X is not traded here",
        "└── 22:13:20.014000 -> OMS ExecutionReport(8) REJECTED",
    ]


def test_what_was_refused_as_a_message_is_shown_with_the_answer(store: Store) -> None:
    [lines] = shown(store, "C")
    assert [line.partition(" 8=FIX")[0] for line in lines] == [
        "C from OMS: refused as a message",
        "├── 22:13:20.015000 <- OMS NewOrderSingle(D)",
        "├── 22:13:20.016000 refuse: Side(54) is missing",
        "└── 22:13:20.017000 -> OMS Reject(3)",
    ]


def test_an_order_nobody_sent_is_not_there(store: Store) -> None:
    assert shown(store, "a") == shown(store, "Z") == shown(store, "") == []
