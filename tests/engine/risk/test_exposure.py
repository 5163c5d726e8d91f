"""Sums kept as things change, against sums of everything that is open."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.risk.exposure import Exposure, Of, Open, Prices, Sums
from engine.risk.money import worth
from fix.business import ZERO
from fix.enums import Side
from tests.engine.orders.making import D

BUY = Open("OMS", "ACC", "ACME", Side.BUY, D(100), D(10), None, {"ALPHA": D(60)})

PRICES = st.none() | st.decimals("0.0001", "1000", places=4)
ENTRIES = st.builds(
    Open,
    session=st.sampled_from(["OMS", "DESK"]),
    account=st.sampled_from(["", "ACC"]),
    symbol=st.sampled_from(["ACME", "GLOBEX"]),
    side=st.sampled_from([Side.BUY, Side.SELL, Side.SELL_SHORT]),
    leaves=st.decimals(0, 10**15 - 1, places=3),
    price=PRICES,
    reference=PRICES,
    at=st.dictionaries(st.sampled_from(["ALPHA", "BETA"]), st.decimals(0, 1000, places=3)),
)
HISTORY = st.lists(st.tuples(st.sampled_from("ABCDEF"), st.none() | ENTRIES), max_size=40)
PLACES: list[tuple[Of, str]] = [
    ("all", ""),
    *[("customer", name) for name in ("OMS", "DESK")],
    *[("account", name) for name in ("", "ACC")],
    *[("venue", name) for name in ("ALPHA", "BETA")],
]


def _share(entry: Open, of: Of, name: str) -> D:
    if of == "venue":
        return entry.at.get(name, ZERO)
    owner = {"all": "", "customer": entry.session, "account": entry.account}[of]
    return entry.leaves if owner == name else ZERO


def _sum(entries: list[Open], of: Of, name: str) -> D | None:
    shares = [(_share(entry, of, name), entry.mark) for entry in entries if _share(entry, of, name)]
    if any(mark is None for _, mark in shares):
        return None
    return sum([worth(qty, mark) for qty, mark in shares if mark is not None], ZERO)


def _meets(entries: list[Open], symbol: str, side: Side, price: D | None) -> bool:
    for other in entries:
        if other.symbol != symbol or not other.leaves or (other.side is Side.BUY) is (side is Side.BUY):
            continue
        if price is None or other.price is None:
            return True
        if price >= other.price if side is Side.BUY else price <= other.price:
            return True
    return False


@given(HISTORY, st.sampled_from([Side.BUY, Side.SELL]), PRICES)
def test_whatever_happens_the_sums_are_those_of_what_is_open(
    history: list[tuple[str, Open | None]], side: Side, price: D | None
) -> None:
    exposure, now_open = Exposure(), {}
    for order_id, entry in history:
        exposure.note(order_id, entry)
        now_open[order_id] = entry
        entries = [each for each in now_open.values() if each is not None]
        assert [exposure.value(*place) for place in PLACES] == [_sum(entries, *place) for place in PLACES]
        assert exposure.meets("ACME", side, price) is _meets(entries, "ACME", side, price)
        assert exposure.find(order_id) is entry


@given(HISTORY)
def test_nothing_is_left_when_all_is_over(history: list[tuple[str, Open | None]]) -> None:
    exposure = Exposure()
    for order_id, entry in history:
        exposure.note(order_id, entry)
    for order_id in "ABCDEF":
        exposure.note(order_id, None)
    assert (exposure._open, exposure._values, exposure._unpriced, exposure._prices) == ({}, {}, {}, {})


@given(HISTORY)
def test_who_begins_to_count_later_comes_to_the_same(history: list[tuple[str, Open | None]]) -> None:
    always, later = Exposure(), Exposure(counting=False)
    for order_id, entry in history:
        always.note(order_id, entry)
        later.note(order_id, entry)
    assert later.value("all") == 0
    later.count(on=True)
    assert (later._values, later._unpriced) == (always._values, always._unpriced)
    assert later._prices.keys() == always._prices.keys()
    later.count(on=False)
    assert (later._values, later._unpriced, later._prices) == ({}, {}, {})


def test_a_market_order_without_a_reference_has_no_known_value() -> None:
    exposure = Exposure()
    exposure.note("A", BUY)
    exposure.note("B", BUY._replace(price=None))
    assert exposure.value("customer", "OMS") is None
    exposure.note("B", None)
    assert exposure.value("customer", "OMS") == 1000


def test_a_market_order_with_one_counts_at_it() -> None:
    exposure = Exposure()
    exposure.note("A", BUY._replace(price=None, reference=D(11)))
    assert [exposure.value(*place) for place in PLACES] == [1100, 1100, 0, 0, 1100, 660, 0]


@pytest.mark.parametrize(
    ("side", "price", "meets"),
    [
        (Side.SELL, "10", True),
        (Side.SELL_SHORT, "9", True),
        (Side.SELL, "10.01", False),
        (Side.SELL, None, True),
        (Side.BUY, "10", False),
        (Side.BUY, None, False),
    ],
)
def test_what_an_open_buy_at_10_meets(side: Side, price: str | None, *, meets: bool) -> None:
    exposure = Exposure()
    exposure.note("A", BUY)
    assert exposure.meets("ACME", side, None if price is None else D(price)) is meets
    assert not exposure.meets("GLOBEX", side, None)


def test_one_that_has_nothing_left_meets_nothing() -> None:
    exposure = Exposure()
    exposure.note("A", BUY._replace(leaves=ZERO))
    assert not exposure.meets("ACME", Side.SELL, None)


def test_a_price_goes_with_its_last_order() -> None:
    prices = Prices()
    for price in ("2", "2.0", "1"):
        prices.add(D(price))
    prices.discard(D("2.00"))
    assert prices.meet(D(2), buy=False)
    prices.discard(D(2))
    assert not prices.meet(D(2), buy=False)
    prices.add(None)
    assert prices.meet(D(2), buy=False)


def test_a_sum_that_came_back_to_zero_is_forgotten() -> None:
    sums = Sums()
    sums.add(("all", ""), D("0.1"))
    sums.add(("all", ""), D("-0.10"))
    assert sums == {}
