"""The paper's trajectory: its reference figures, its limits, and that no other costs less."""

from __future__ import annotations

import math
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.schedule.almgren import Trajectory, holdings

X, SIGMA, ETA, GAMMA, EPSILON = 1e6, 0.95, 2.5e-6, 2.5e-7, 0.0625
AVERSIONS = st.sampled_from([0.0, 1e-300, 1e-12, 1e-8, 1e-7, 1e-6, 1e-5, 1e-3])


def _solved(risk_aversion: float, steps: int = 5, horizon: float = 5) -> Trajectory:
    return holdings(X, horizon, steps, SIGMA, ETA, GAMMA, EPSILON, risk_aversion)


def _printed(solved: Trajectory) -> tuple[str, str, str, list[str]]:
    """To the digits that the reference has."""
    held = [f"{x:.1f}" for x in solved.holdings[1:-1]]
    return f"{solved.kappa:.6f}", f"{solved.expected:,.2f}", f"{solved.variance:.6e}", held


def test_the_reference_rows_come_out_to_the_last_digit() -> None:
    even = ["800000.0", "600000.0", "400000.0", "200000.0"]
    assert _printed(_solved(0)) == ("0.000000", "662,500.00", "1.083000e+12", even)
    bent = ["541955.6", "289854.2", "147897.5", "62141.8"]
    assert _printed(_solved(1e-6)) == ("0.607076", "911,226.99", "3.641286e+11", bent)


@given(AVERSIONS, st.integers(1, 60))
def test_it_starts_with_all_ends_with_nothing_and_only_falls(risk_aversion: float, steps: int) -> None:
    held = _solved(risk_aversion, steps).holdings
    assert (len(held), held[0], held[-1]) == (steps + 1, X, 0)
    assert all(after < before for before, after in pairwise(held))


@given(AVERSIONS, st.lists(st.floats(-1e5, 1e5), min_size=2, max_size=8), st.floats(0.1, 30))
def test_no_other_trajectory_is_better(risk_aversion: float, pushes: list[float], horizon: float) -> None:
    """E + λV is summed here once more, over the trajectory and over any other between the same ends."""
    steps = len(pushes) + 1
    tau = horizon / steps

    def worth(held: list[float]) -> float:
        traded = sum((before - after) ** 2 for before, after in pairwise(held))
        expected = GAMMA * X**2 / 2 + EPSILON * X + (ETA - GAMMA * tau / 2) / tau * traded
        return expected + risk_aversion * SIGMA**2 * tau * sum(x**2 for x in held[1:])

    solved = _solved(risk_aversion, steps, horizon)
    held = list(solved.holdings)
    other = [X, *(x + push for x, push in zip(held[1:-1], pushes, strict=True)), 0.0]
    least = solved.expected + risk_aversion * solved.variance
    assert least == pytest.approx(worth(held), rel=1e-12)
    assert worth(other) >= least * (1 - 1e-12)


@given(st.floats(1e-7, 1e-2), st.integers(2, 50))
def test_kappa_and_the_holdings_are_the_formulas_in_many_digits(risk_aversion: float, steps: int) -> None:
    """In 60 digits, from exp alone, there is nothing to cancel."""
    solved = _solved(risk_aversion, steps)
    kappa, tau = Decimal(solved.kappa), Decimal(5) / steps
    cosh = ((kappa * tau).exp() + (-kappa * tau).exp()) / 2
    aside = 1 + Decimal(risk_aversion) * Decimal(SIGMA) ** 2 * tau**2 / (2 * (Decimal(ETA) - Decimal(GAMMA) * tau / 2))
    assert float(cosh) == pytest.approx(float(aside), rel=1e-12)

    def sinh(time: Decimal) -> Decimal:
        return (kappa * time).exp() - (-kappa * time).exp()

    wanted = [float(Decimal(X) * sinh(5 - n * tau) / sinh(Decimal(5))) for n in range(steps)]
    assert list(solved.holdings[:-1]) == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize("risk_aversion", [5e-324, 1e-300, 1e-30, 1e-20])
def test_next_to_no_aversion_is_next_to_the_straight_line(risk_aversion: float) -> None:
    """1 + y is 1 in floats from y = 1e-16 on: κ keeps its digits all the same."""
    solved, straight = _solved(risk_aversion), _solved(0)
    assert solved.holdings == pytest.approx(straight.holdings, rel=1e-13)
    assert (solved.expected, solved.variance) == pytest.approx((straight.expected, straight.variance), rel=1e-13)
    assert solved.kappa == pytest.approx(SIGMA * math.sqrt(risk_aversion / (ETA - GAMMA / 2)), rel=1e-9)


@pytest.mark.parametrize("risk_aversion", [1.0, 1e20, 1e300])
def test_great_aversion_sells_all_at_once_and_overflows_nothing(risk_aversion: float) -> None:
    solved = _solved(risk_aversion, steps=500)
    assert solved.kappa * 5 > 700  # beyond what sinh can hold
    assert solved.holdings[250] < 1e-300
    assert all(0 <= after <= before for before, after in pairwise(solved.holdings))
    assert all(map(math.isfinite, solved[1:]))


def test_in_one_step_everything_goes_and_nothing_is_at_risk() -> None:
    solved = _solved(1e-6, steps=1)
    assert list(solved.holdings) == [X, 0]
    assert solved.expected == pytest.approx(GAMMA * X**2 / 2 + EPSILON * X + (ETA - GAMMA * 5 / 2) / 5 * X**2)
    assert solved.variance == 0


@pytest.mark.parametrize(
    ("total", "horizon", "steps", "risk_aversion"),
    [
        (0, 5, 5, 0),
        (-1, 5, 5, 0),
        (math.nan, 5, 5, 0),
        (1, 0, 5, 0),
        (1, 5, 0, 0),
        (1, 5, 5, -1e-9),
        (1, 5, 5, math.nan),
    ],
)
def test_what_has_no_answer_is_refused(total: float, horizon: float, steps: int, risk_aversion: float) -> None:
    with pytest.raises(ValueError, match=r"^total, horizon and steps must be above 0, risk_aversion not below$"):
        holdings(total, horizon, steps, SIGMA, ETA, GAMMA, EPSILON, risk_aversion)


def test_steps_too_long_for_the_permanent_impact_are_refused() -> None:
    with pytest.raises(
        ValueError, match=r"^temporary must be above permanent x horizon / steps / 2, not 2.5e-06: take"
    ):
        _solved(0, steps=1, horizon=40)
    with pytest.raises(ValueError, match=r"^temporary must be above"):
        holdings(X, 2, 2, SIGMA, temporary=0.5, permanent=1, fixed=0, risk_aversion=0)  # equal is too long as well
    assert _solved(0, steps=4, horizon=40).holdings == (X, X * 3 / 4, X / 2, X / 4, 0)
