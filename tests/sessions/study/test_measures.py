"""Costs by hand, and what is said to be sure about them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fix.enums import OrdStatus, Side
from sessions.study.exchange import Rested
from sessions.study.measures import (
    Bin,
    Interval,
    by_venue,
    calibration,
    interval,
    measured,
    paired,
    predicted,
    summarised,
)
from sessions.study.tape import Volumes
from sessions.study.world import Fill, Outcome, Waited
from tests.sessions.study.making import D, at, job, place, trades

LISTINGS = {"ALPHA": place().listing, "BETA": place("BETA").listing}
VOLUMES = Volumes([trades(1.5, Side.BUY, "10 at 101"), trades(1.6, Side.BUY, "30 at 99", "BETA")], LISTINGS)


def fill(qty: str, price: str, fee: str = "0", venue: str = "ALPHA", seconds: float = 1.5) -> Fill:
    return Fill(at(seconds), venue, "S-1-1", D(qty), D(price), made=False, fee=D(fee))


def outcome(*fills: Fill, side: Side = Side.BUY, left: str = "0", left_fee: str = "0") -> Outcome:
    """Of 100 at a midpoint of 100, where BETA's own was 98."""
    cum = sum([each.qty for each in fills], D(0))
    return Outcome(
        job=job(side=side),
        qty=D(100),
        mid=D(100),
        mids={"ALPHA": D(100), "BETA": D(98)},
        status=OrdStatus.FILLED if cum == 100 else OrdStatus.CANCELED,
        cum=cum,
        fills=fills,
        children=1,
        rejects=0,
        ended=at(2),
        left_value=D(left),
        left_fee=D(left_fee),
        waited=(),
        text="",
    )


def test_a_buy_above_the_midpoint_costs() -> None:
    done = outcome(fill("60", "100.1", "3"), fill("40", "100.2", "2", seconds=1.75))
    measure = measured(done, VOLUMES)
    # (60 x 0.1 + 40 x 0.2 + 5) / 10,000; the market's average was (10 x 101 + 30 x 99) / 40
    vwap = (100.19 - 99.5) / 99.5 * 10_000
    assert [measure.net, measure.gross, measure.own, measure.vwap] == pytest.approx([14 + 5, 14, 14, vwap])
    assert measure[4:] == (0.0, D(5), 1.0, 0.75)


def test_a_sell_above_the_midpoint_gains_and_its_fees_still_cost() -> None:
    measure = measured(outcome(fill("100", "100.1", "3"), side=Side.SELL), VOLUMES)
    assert [measure.gross, measure.net] == pytest.approx([-10, -7])
    assert measure.vwap == pytest.approx((99.5 - 100.07) / 99.5 * 10_000)


def test_a_venue_with_another_price_is_cheap_against_all_and_not_against_its_own() -> None:
    measure = measured(outcome(fill("100", "98.1", venue="BETA")), VOLUMES)
    assert [measure.gross, measure.own] == pytest.approx([-190, 10])


def test_what_is_left_is_paid_for_on_paper() -> None:
    measure = measured(outcome(fill("40", "100"), left="6060", left_fee="6"), VOLUMES)
    assert [measure.gross, measure.net, measure.left] == pytest.approx([60, 66, 66])
    assert (measure.rate, measure.seconds) == (0.4, 1.0)


def test_an_order_that_nobody_filled_is_on_paper_whole() -> None:
    measure = measured(outcome(left="10100"), Volumes([], LISTINGS))
    assert [measure.net, measure.own, measure.rate] == pytest.approx([100, 0, 0])
    assert measure.vwap is None


# -- intervals -------------------------------------------------------------------------------------------------------------

VALUES = [float(n % 7) for n in range(50)]


def test_an_interval_is_about_as_wide_as_theory_has_it() -> None:
    mean, low, high = interval(VALUES, 7)
    spread = math.sqrt(sum((value - mean) ** 2 for value in VALUES) / len(VALUES) / len(VALUES))
    assert mean == sum(VALUES) / 50
    assert [low, high] == pytest.approx([mean - 1.96 * spread, mean + 1.96 * spread], abs=0.06)


def test_an_interval_holds_the_truth_as_often_as_it_says() -> None:
    """Of samples of 40 from 0 .. 6, whose mean is 3; a bootstrap of so few is right a little less often."""
    held = 0
    for number in range(60):
        sample = [float((n * 7919 + number * 104_729) ** 3 % 1_000_003 % 7) for n in range(40)]
        _, low, high = interval(sample, number)
        held += low <= 3 <= high
    assert held >= 52


def test_the_same_seed_gives_the_same_interval() -> None:
    values = [math.sqrt(value) for value in VALUES]
    assert interval(values, 7) == interval(values, 7) != interval(values, 8)


def test_there_is_no_interval_of_nothing() -> None:
    with pytest.raises(ValueError, match="nothing"):
        interval([], 7)


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=20), st.floats(-50, 50))
def test_what_the_market_did_to_both_is_in_no_paired_difference(costs: list[float], more: float) -> None:
    difference = paired([cost + more for cost in costs], costs, 7)
    assert difference == Interval(pytest.approx(more), pytest.approx(more), pytest.approx(more))  # type: ignore[arg-type]


def test_parents_are_paired_in_their_order() -> None:
    assert paired([3.0, 1.0], [1.0, 3.0], 7).mean == 0
    with pytest.raises(ValueError, match="shorter"):
        paired([1.0, 2.0], [1.0], 7)


# -- predictions -----------------------------------------------------------------------------------------------------------


def waited(*, filled: bool, ahead: str = "30", qty: str = "20", rate: float = 100e-9) -> Waited:
    """One that has a second to fill, while 100 a second come."""
    return Waited("S-1-1", "ALPHA", Rested(at(1), D(qty), D(ahead), rate), at(2), filled)


def test_a_prediction_is_that_of_the_placement() -> None:
    assert predicted(waited(filled=True)) == pytest.approx(math.exp(-50 / 100))
    assert predicted(waited(filled=True, rate=0.0)) is None


def test_predictions_are_compared_in_groups_of_the_like() -> None:
    children = [waited(filled=n < 4, ahead=str(30 * (n % 2))) for n in range(10)]
    low, high = math.exp(-50 / 100), math.exp(-20 / 100)
    assert calibration(children) == [Bin(pytest.approx(low), 2, 5), Bin(pytest.approx(high), 2, 5)]  # type: ignore[arg-type]


def test_there_are_ten_groups_at_most_and_one_at_least() -> None:
    assert [each.of for each in calibration([waited(filled=True)] * 80)] == [8] * 10
    assert [each.of for each in calibration([waited(filled=True)] * 3)] == [3]
    assert calibration([waited(filled=True, rate=0.0)]) == []


# -- a strategy ------------------------------------------------------------------------------------------------------------


def test_a_strategy_is_its_parents_together() -> None:
    done = [outcome(fill("100", "100.1", "1")), outcome(fill("50", "98", venue="BETA"), left="4900")]
    measures = [measured(each, VOLUMES) for each in done]
    theirs = [measure._replace(net=measure.net + 2) for measure in measures]
    found = summarised("mine", done, measures, theirs, ["ALPHA", "BETA"], 7)
    assert found.net == interval([11.0, -200.0], 7)
    assert found.against is not None
    assert found.against.mean == pytest.approx(-2)
    assert (found.rate, found.children, found.seconds) == (0.75, 1, 0.75)
    assert found.venues == {"ALPHA": 100, "BETA": 50}
    assert summarised("mine", done, measures, None, ["ALPHA", "BETA"], 7).against is None


def test_every_venue_is_named_even_where_nothing_filled() -> None:
    assert by_venue([outcome(fill("5", "100"))], ["BETA", "ALPHA"]) == {"BETA": 0, "ALPHA": 5}
