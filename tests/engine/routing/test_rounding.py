from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from engine.routing.rounding import Wish, fit

D = Decimal
LOTS = st.sampled_from([D(1), D(5), D(7), D(100), D("0.5"), D("0.001"), D("0.0017")])
TOTALS = st.decimals("0.001", "100000", places=3)


@st.composite
def wish_lists(draw: st.DrawFn) -> list[Wish]:
    """Up to five venues; the minimum is one lot or several."""
    found = []
    for number in range(draw(st.integers(0, 5))):
        lot = draw(LOTS)
        qty = draw(st.decimals(0, 100000, places=3))
        found.append(Wish(f"V{number}", qty, lot, lot * draw(st.integers(1, 20))))
    return found


def _wish(venue: str, qty: str, lot: str = "1", minimum: str = "1") -> Wish:
    return Wish(venue, D(qty), D(lot), D(minimum))


@given(wish_lists(), TOTALS)
def test_shares_and_dust_add_up_exactly(wishes: list[Wish], total: Decimal) -> None:
    shares, dust = fit(wishes, total)
    assert sum(map(Fraction, shares.values())) + Fraction(dust) == Fraction(total)
    assert dust >= 0


@given(wish_lists(), TOTALS)
def test_every_share_is_whole_lots_and_no_less_than_the_minimum(wishes: list[Wish], total: Decimal) -> None:
    terms = {wish.venue: wish for wish in wishes}
    shares, dust = fit(wishes, total)
    for venue, share in shares.items():
        assert share % terms[venue].lot == 0
        assert share >= terms[venue].minimum
        assert dust < terms[venue].lot


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=6).filter(any), st.integers(1, 5000))
def test_weights_are_respected_to_within_a_lot(weights: list[int], lots: int) -> None:
    """With one lot size and no minimum above it, nobody is further from the exact share than one lot."""
    lot = D(10)
    total = lots * lot
    wishes = [Wish(f"V{number}", D(weight), lot, D(0)) for number, weight in enumerate(weights)]
    shares, dust = fit(wishes, total)
    assert dust == 0
    for wish in wishes:
        exact = Fraction(total) * Fraction(wish.qty) / sum(weights)
        assert abs(Fraction(shares[wish.venue]) - exact) < lot


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=6))
def test_wishes_that_already_fit_are_granted_as_they_are(lots: list[int]) -> None:
    wishes = [Wish(f"V{number}", D(count * 5), D(5), D(5)) for number, count in enumerate(lots)]
    assert fit(wishes, D(sum(lots) * 5)) == ({wish.venue: wish.qty for wish in wishes}, D(0))


def test_the_largest_remainder_gets_the_lot_that_is_left() -> None:
    wishes = [_wish("A", "1"), _wish("B", "1"), _wish("C", "2")]
    assert fit(wishes, D(10)) == ({"A": D(3), "B": D(2), "C": D(5)}, D(0))
    assert fit(wishes, D(11)) == ({"A": D(3), "B": D(3), "C": D(5)}, D(0))


def test_what_a_coarse_lot_cannot_take_goes_to_a_finer_one() -> None:
    assert fit([_wish("A", "1", lot="100"), _wish("B", "1")], D(250)) == ({"A": D(100), "B": D(150)}, D(0))
    assert fit([_wish("A", "1", lot="100"), _wish("B", "1", lot="20")], D(250)) == ({"A": D(100), "B": D(140)}, D(10))


def test_a_share_below_its_minimum_goes_to_the_others() -> None:
    wishes = [_wish("A", "1", minimum="50"), _wish("B", "9")]
    assert fit(wishes, D(100)) == ({"B": D(100)}, D(0))
    assert fit(wishes, D(1000)) == ({"A": D(100), "B": D(900)}, D(0))


def test_the_smallest_wish_goes_first_when_several_are_below_their_minimum() -> None:
    """Leaving one out may bring the other above its minimum."""
    wishes = [_wish("A", "40", minimum="60"), _wish("B", "60", minimum="70")]
    assert fit(wishes, D(100)) == ({"B": D(100)}, D(0))


def test_what_no_lot_or_minimum_takes_is_dust() -> None:
    assert fit([_wish("A", "1", lot="100", minimum="100")], D(250)) == ({"A": D(200)}, D(50))
    assert fit([_wish("A", "1", minimum="10"), _wish("B", "1", minimum="10")], D(9)) == ({}, D(9))
    assert fit([], D(9)) == ({}, D(9))


def test_dust_of_a_users_report_is_not_waited_for() -> None:
    """9.11 of 9.52 had traded, the rest was below the lot (`reference`, "What users of other engines hit")."""
    assert fit([_wish("A", "1", lot="0.5", minimum="0.5")], D("9.52") - D("9.11")) == ({}, D("0.41"))


def test_without_wishes_the_total_is_shared_evenly() -> None:
    assert fit([_wish("A", "0"), _wish("B", "0")], D(10)) == ({"A": D(5), "B": D(5)}, D(0))
