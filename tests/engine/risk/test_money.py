from __future__ import annotations

import pytest

from engine.risk.money import mark, plain, usable, worth
from fix.enums import Side
from tests.engine.orders.making import D


@pytest.mark.parametrize(
    ("qty", "price", "value"),
    [
        ("300", "100.5", "30150"),
        ("0.000001", "0.001", "0.00000001"),
        ("9" * 15, "9" * 15, "9" * 14 + "8" + "0" * 14 + "1"),
    ],
)
def test_a_value_is_exact_to_the_eighth_decimal_and_rounded_up_there(qty: str, price: str, value: str) -> None:
    assert plain(worth(D(qty), D(price))) == value


@pytest.mark.parametrize("text", ["NaN", "sNaN", "Infinity", "-Infinity", "0", "-1"])
def test_what_is_no_price_is_no_reference(text: str) -> None:
    assert usable(D(text)) is None


def test_a_price_is_a_reference_and_none_is_none() -> None:
    assert (usable(D("0.01")), usable(None)) == (D("0.01"), None)


@pytest.mark.parametrize(
    ("side", "price", "reference", "counts_at"),
    [
        (Side.BUY, "90", "100", "90"),
        (Side.BUY, "110", "100", "110"),
        (Side.SELL, "90", "100", "100"),
        (Side.SELL_SHORT, "1", "100", "100"),
        (Side.SELL, "110", "100", "110"),
        (Side.SELL, "90", None, "90"),
        (Side.BUY, None, "100", "100"),
        (Side.SELL, None, None, None),
    ],
)
def test_a_sale_counts_at_the_market_where_its_limit_is_below(
    side: Side, price: str | None, reference: str | None, counts_at: str | None
) -> None:
    given = mark(side, None if price is None else D(price), None if reference is None else D(reference))
    assert given == (None if counts_at is None else D(counts_at))


@pytest.mark.parametrize(
    ("value", "text"), [("100.500", "100.5"), ("100.00", "100"), ("100", "100"), ("1E+3", "1000"), ("1E-3", "0.001")]
)
def test_numbers_in_sentences_have_no_exponent_and_no_needless_zeros(value: str, text: str) -> None:
    assert plain(D(value)) == text
