"""Cont & Kukanov's placement: the published numbers, and a cost computed in another way."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations, pairwise, product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.routing.placement import (
    LEAST,
    Costs,
    Placement,
    Queue,
    _Model,
    _Planes,
    _touch,
    _Venue,
    expected_fill,
    fill_probability,
    place,
)

BASE = {"half_spread": 0.02, "fee": 0.003, "impact": 0.0005}


def costs(under: float, over: float | None = None) -> Costs:
    return Costs(**BASE, under=under, over=under if over is None else over)


def simulated(
    target: float, queues: list[Queue], price: Costs, market: float, limits: tuple[float, ...], points: int = 400
) -> float:
    """The expected cost over a grid of quantiles of all outflows, straight from the definition."""
    quantiles = [-math.log(1 - (i + 0.5) / points) for i in range(points)]
    total = 0.0
    for draws in product(quantiles, repeat=len(queues)):
        fills = [
            max(x * q.outflow - q.ahead, 0) - max(x * q.outflow - q.ahead - limit, 0)
            for x, q, limit in zip(draws, queues, limits, strict=True)
        ]
        filled = market + sum(fills)
        short, over = max(target - filled, 0), max(filled - target, 0)
        total += (price.half_spread + price.fee) * market
        total -= sum((price.half_spread + q.rebate) * fill for q, fill in zip(queues, fills, strict=True))
        total += price.impact * (market + sum(limits) + short) + price.under * short + price.over * over
    return total / float(points) ** len(queues)


# -- the reference -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("overbook", [False, True])
@pytest.mark.parametrize(
    ("outflow", "ahead", "under", "market", "limit"),
    [
        (2200, 1000, 0.05, 0, 1000),
        (2200, 1000, 0.06, 265.3938, 734.6062),
        (2200, 1000, 0.26, 1000, 0),
        (2500, 1000, 0.10, 855.4173, 144.5827),
        (3000, 2000, 0.06, 634.6279, 365.3721),
    ],
)
def test_one_venue(outflow: float, ahead: float, under: float, market: float, limit: float, *, overbook: bool) -> None:
    found = place(1000, [Queue("A", ahead, outflow, 0.002)], costs(under), overbook=overbook)
    assert (found.market, *found.limits) == pytest.approx((market, limit), abs=1e-4)


@pytest.mark.parametrize("overbook", [False, True])
def test_two_venues_that_differ(*, overbook: bool) -> None:
    queues = [Queue("A", 500, 2500, 0.003), Queue("B", 1000, 2500, 0.002)]
    found = place(1000, queues, costs(0.10), overbook=overbook)
    assert (found.market, *found.limits) == pytest.approx((190.5085, 664.9088, 144.5827), abs=1)  # 0.1 % of the target
    assert found.cost == pytest.approx(15.6669, rel=1e-4)


def test_two_venues_where_it_pays_to_book_too_much() -> None:
    queues = [Queue("A", 2000, 2200, 0.002), Queue("B", 2000, 2200, 0.002)]
    found = place(1000, queues, costs(0.05))
    assert (found.market, *found.limits) == pytest.approx((0, 1000, 1000), abs=1)
    assert found.cost == pytest.approx(14.9102, rel=1e-4)
    bounded = place(1000, queues, costs(0.05), overbook=False)
    assert sum(bounded.limits) + bounded.market == pytest.approx(1000)
    assert bounded.cost > found.cost


# -- what must always hold -----------------------------------------------------------------------------------------------

FLOWS = st.floats(1, 10_000)
QUEUES = st.lists(st.tuples(st.floats(0, 10_000), FLOWS, st.floats(-0.01, 0.03)), min_size=1, max_size=5).map(
    lambda found: [Queue(str(number), *each) for number, each in enumerate(found)]
)
PRICES = st.builds(
    Costs, st.floats(0, 0.1), st.floats(0, 0.01), st.floats(1e-6, 0.01), st.floats(0, 0.5), st.floats(0, 0.5)
)


@given(st.floats(0, 100_000), QUEUES, PRICES)
def test_without_overbooking_the_parts_never_exceed_the_target(
    target: float, queues: list[Queue], price: Costs
) -> None:
    found = place(target, queues, price, overbook=False)
    assert found.market >= 0
    assert all(limit >= 0 for limit in found.limits)
    assert found.market + sum(found.limits) <= target * (1 + 1e-9) + 1e-9


@given(st.floats(1, 5_000), QUEUES, PRICES, st.integers(0, 2**32))
def test_no_other_bounded_placement_costs_less(target: float, queues: list[Queue], price: Costs, seed: int) -> None:
    """Where nothing is filled too much the cost is a sum over the venues, which the closed forms of a fill give."""
    found, random = place(target, queues, price, overbook=False), Random(seed)
    for _ in range(30):
        parts = [random.expovariate(1) * random.randrange(2) for _ in range(len(queues) + 2)]
        scale = target / (sum(parts) or 1)
        market, *limits = [part * scale for part in parts[:-1]]
        fills = [expected_fill(queue, limit) for queue, limit in zip(queues, limits, strict=True)]
        short = target - market - sum(fills)
        cost = (price.half_spread + price.fee) * market + price.impact * (market + sum(limits) + short)
        cost += price.under * short
        cost -= sum((price.half_spread + q.rebate) * fill for q, fill in zip(queues, fills, strict=True))
        assert found.cost <= cost + 1e-9 * (1 + abs(cost))


@pytest.mark.parametrize("under", [0.02, 0.05, 0.1])
def test_the_cost_told_is_the_cost(under: float) -> None:
    queues = [Queue("A", 800, 2200, 0.002), Queue("B", 1500, 3000, 0.004)]
    for overbook in (False, True):
        found = place(1000, queues, costs(under), overbook=overbook)
        again = simulated(1000, queues, costs(under), found.market, found.limits)
        assert found.cost == pytest.approx(again, rel=2e-3, abs=2e-3)


@pytest.mark.parametrize("seed", range(4))
def test_no_overbooked_placement_nearby_costs_less(seed: int) -> None:
    random = Random(seed)
    queues = [
        Queue(name, random.uniform(0, 3000), random.uniform(500, 4000), random.uniform(0, 0.004)) for name in "AB"
    ]
    price = costs(random.uniform(0.02, 0.1), random.uniform(0.02, 0.1))
    found = place(1000, queues, price)
    best = simulated(1000, queues, price, found.market, found.limits, 120)
    for _ in range(12):
        market = min(max(found.market + random.gauss(0, 100), 0), 1000)
        limits = tuple(min(max(limit + random.gauss(0, 100), 0), 1000) for limit in found.limits)
        assert best <= simulated(1000, queues, price, market, limits, 120) + 0.01


def test_equal_queues_get_equal_limits_and_a_larger_rebate_gets_more() -> None:
    alike = [Queue(name, 1000, 2000, 0.002) for name in "ABC"]
    a, b, c = place(900, alike, costs(0.06), overbook=False).limits
    assert a == b == c == pytest.approx(300)
    better = [alike[0]._replace(rebate=0.004), *alike[1:]]
    a, b, c = place(900, better, costs(0.06), overbook=False).limits
    assert a > b == c


def test_chances_of_a_fill() -> None:
    queue = Queue("A", 1000, 2000, 0)
    assert fill_probability(queue, 500) == pytest.approx(math.exp(-0.75))
    assert expected_fill(queue, 0) == 0
    fills = [max(x - 1000, 0) - max(x - 1500, 0) for x in (-2000 * math.log(1 - (i + 0.5) / 9999) for i in range(9999))]
    assert expected_fill(queue, 500) == pytest.approx(sum(fills) / 9999, rel=1e-4)


def test_nothing_to_place_and_nowhere_to_wait() -> None:
    assert place(0, [Queue("A", 10, 10, 0)], costs(0.05)) == Placement(0, (0,), 0)
    assert place(100, [], costs(0.05)).market == 100
    for target, queue in ((-1, Queue("A", 0, 1, 0)), (1, Queue("A", 0, 0, 0)), (1, Queue("A", -1, 1, 0))):
        with pytest.raises(ValueError, match="must not be below 0"):
            place(target, [queue], costs(0.05))


# -- the bound, and one venue ----------------------------------------------------------------------------------------


def test_without_overbooking_the_bound_holds_to_the_last_bit() -> None:
    random = Random(11)
    for _ in range(2000):
        queues = [Queue("", random.uniform(0, 3000), random.uniform(1, 4000), 0.002) for _ in range(4)]
        target = random.uniform(0, 2000)
        found = place(target, queues, costs(random.uniform(0, 0.2)), overbook=False)
        assert sum(map(Fraction, (found.market, *found.limits))) <= Fraction(target)


@given(st.floats(0, 3000), st.floats(100, 4000), st.floats(-0.01, 0.02), st.floats(0.0231, 0.5), st.booleans())
def test_for_one_venue_it_is_the_closed_form_of_the_paper(
    ahead: float, outflow: float, rebate: float, under: float, overbook: bool
) -> None:
    saved = under + BASE["half_spread"] + rebate + BASE["impact"]  # D
    share = (2 * BASE["half_spread"] + BASE["fee"] + rebate) / saved  # c / D
    limit = min(max(-outflow * math.log(1 - share) - ahead, 0), 1000) if share < 1 else 1000
    found = place(1000, [Queue("A", ahead, outflow, rebate)], costs(under), overbook=overbook)
    assert (found.market, *found.limits) == pytest.approx((1000 - limit, limit), abs=1e-6)


def test_a_queue_that_takes_it_all_takes_it_all() -> None:
    found = place(1000, [Queue("A", 1000, 2200, 0.002)], costs(0.05))
    assert (found.market, found.limits) == (0, (1000,))


def test_what_no_queue_is_worth_stays_open_where_that_costs_less_than_to_take_it() -> None:
    queue = Queue("A", 500, 300, 0)
    found = place(1000, [queue], Costs(0.02, 0.003, 0.002, 0.01, 0.01))
    limit = 300 * math.log(0.032 / 0.002) - 500  # where one unit more saves no more than its impact
    assert (found.market, *found.limits) == pytest.approx((0, limit))
    assert found.cost == pytest.approx(0.01 * 1000 + 0.002 * (1000 + limit) - 0.032 * expected_fill(queue, limit))


@given(QUEUES, PRICES, st.floats(0, 0.05))
def test_a_larger_rebate_never_gets_a_venue_less(queues: list[Queue], price: Costs, more: float) -> None:
    before = place(1000, queues, price, overbook=False)
    better = [queues[0]._replace(rebate=queues[0].rebate + more), *queues[1:]]
    assert place(1000, better, price, overbook=False).limits[0] >= before.limits[0] - 1e-9


# -- with over-booking -----------------------------------------------------------------------------------------------

ALL = BASE["half_spread"] + BASE["fee"]  # of a unit taken


def convolved(queues: list[Queue], price: Costs, market: float, limits: Sequence[float], slices: int = 20) -> float:
    """The expected cost of placing 1000, from the distribution of all that is filled, made a venue at a time.

    A part fill counts as if it were in the middle of one of the slices of its limit; whole fills and none are exact.
    """
    law = {market: 1.0}
    for queue, limit in zip(queues, limits, strict=True):
        edges = [limit * i / slices for i in range(slices + 1)]
        beyond = [fill_probability(queue, edge) for edge in edges]
        fills = [(0.0, 1 - beyond[0]), (limit, beyond[-1])]
        fills += [((a + b) / 2, p - q) for (a, b), (p, q) in zip(pairwise(edges), pairwise(beyond), strict=True)]
        following: dict[float, float] = defaultdict(float)
        for (had, p), (fill, q) in product(law.items(), fills):
            following[round(had + fill, 1)] += p * q
        law = following
    short = sum(p * max(1000 - filled, 0) for filled, p in law.items())
    over = sum(p * max(filled - 1000, 0) for filled, p in law.items())
    earned = sum(
        (price.half_spread + q.rebate) * expected_fill(q, limit) for q, limit in zip(queues, limits, strict=True)
    )
    spent = (price.half_spread + price.fee) * market + price.impact * (market + sum(limits) + short)
    return spent - earned + price.under * short + price.over * over


def some(random: Random, count: int) -> tuple[list[Queue], Costs]:
    """Queues that may be worth waiting in, and penalties at which over-booking may pay."""
    queues = [
        Queue(str(i), random.uniform(0, 2000), random.uniform(500, 4000), random.uniform(0, 0.004))
        for i in range(count)
    ]
    return queues, costs(random.uniform(0.023, 0.12), random.uniform(0.023, 0.08))


@pytest.mark.parametrize(("seed", "count"), [(2, 3), (4, 3), (1, 4), (1, 5)])
def test_the_cost_told_of_many_venues_is_the_cost(seed: int, count: int) -> None:
    queues, price = some(Random(seed), count)
    found = place(1000, queues, price)
    assert sum(found.limits) > 1000 - found.market  # it is over-booked
    again = convolved(queues, price, found.market, found.limits)
    assert found.cost == pytest.approx(again, abs=3e-4 * 1000 * ALL)


@pytest.mark.parametrize("seed", range(4))
def test_no_other_placement_over_three_venues_costs_less(seed: int) -> None:
    random = Random(seed)
    queues, price = some(random, 3)
    found = place(1000, queues, price)
    for _ in range(25):
        left = random.choice([1000, random.uniform(0, 1000), 1000 - found.market])
        limits = [left * random.choice([0, 1 / 3, 0.5, 2 / 3, 1, random.random()]) for _ in queues]
        assert found.cost <= convolved(queues, price, 1000 - left, limits, 8) + 3e-3 * 1000 * ALL


def test_any_two_of_three_equal_queues_make_the_whole() -> None:
    queues = [Queue(name, 600, 2700, 0.002) for name in "ABC"]
    found = place(1000, queues, costs(0.075, 0.058))
    assert (found.market, *found.limits) == pytest.approx((0, 500, 500, 500), abs=3)


def test_one_long_queue_and_either_of_two_others_make_the_whole() -> None:
    """Two kinks meet there and a third does not: no venue alone, nor two in exchange, could be moved to find it."""
    queues = [Queue("A", 200, 3600, 0.003), Queue("B", 1500, 2600, 0.003), Queue("C", 700, 3300, 0.003)]
    found = place(1000, queues, costs(0.166, 0.089))
    assert found.market == 0
    assert found.limits[0] + found.limits[1] == found.limits[0] + found.limits[2] == pytest.approx(1000)
    assert 600 < found.limits[0] < 800


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 5))
def test_overbooking_never_costs_more_and_each_limit_fits_what_is_left(seed: int, count: int) -> None:
    queues, price = some(Random(seed), count)
    found = place(1000, queues, price)
    assert found.cost <= place(1000, queues, price, overbook=False).cost
    assert 0 <= found.market <= 1000
    assert all(0 <= limit <= 1000 - found.market + 1e-9 for limit in found.limits)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 4))
def test_the_order_of_the_venues_and_the_units_do_not_matter(seed: int, count: int) -> None:
    queues, price = some(Random(seed), count)
    found = place(1000, queues, price)
    assert place(1000, queues[::-1], price).cost == pytest.approx(found.cost, abs=1e-3 * 1000 * ALL)
    large = [queue._replace(ahead=queue.ahead * 1024, outflow=queue.outflow * 1024) for queue in queues]
    again = place(1000 * 1024, large, price)
    assert (again.market, *again.limits, again.cost) == pytest.approx(
        tuple(1024 * part for part in (found.market, *found.limits, found.cost))
    )


def test_a_queue_that_is_not_worth_its_impact_is_left_alone() -> None:
    queues, price = some(Random(4), 3)
    hopeless = Queue("H", 10_000, 500, 0.004)
    found, without = place(1000, [queues[0], hopeless, *queues[1:]], price), place(1000, queues, price)
    assert found == without._replace(limits=(without.limits[0], 0, *without.limits[1:]))


def test_nothing_to_place_is_not_overbooked() -> None:
    assert place(0, *some(Random(4), 3)) == Placement(0, (0, 0, 0), 0)


def test_where_nothing_is_lost_by_being_wrong_there_is_nothing_to_overbook_for() -> None:
    queues = [Queue("A", 100, 1000, 0), Queue("B", 100, 1000, 0)]
    price = Costs(0.02, 0.003, 0, 0, 0)
    assert place(1000, queues, price) == place(1000, queues, price, overbook=False)


def test_the_slopes_are_those_of_the_cost_also_at_a_kink() -> None:
    """Two limits that make the whole: the plane must be that of one side for all coordinates, of where more is left."""
    model = _Model([_Venue(2.5, 0.8, 0.1), _Venue(1.5, 0.6, 0.2)], 0.15, 0.003, 0.4)
    (left, *limits), cost, slopes = _touch(model, [0.8, 0.4, 0.4], 1000)
    for cells in ((490, 490), (499, 495), (495, 499)):
        more = 0.4 * 1000 / 495  # with cells of this size
        there = [more, *(more * part / 1000 for part in cells)]
        moved, higher, _ = _touch(model, there, 1000)
        assert moved == pytest.approx(there)
        along = sum(slope * (b - a) for slope, a, b in zip(slopes, (left, *limits), there, strict=True))
        assert higher == pytest.approx(cost + along, abs=1e-5)


# -- the lowest point above planes ---------------------------------------------------------------------------------------

SLOPES = st.floats(-1, 1).map(lambda x: round(x, 3))


@given(st.lists(st.tuples(SLOPES, SLOPES, SLOPES), min_size=1, max_size=8))
def test_the_lowest_point_above_planes_is_where_three_of_them_or_of_the_walls_meet(
    planes: list[tuple[float, float, float]],
) -> None:
    """S - M and one limit: x from LEAST to 1, y from 0 to x. All corners are tried."""
    found = _Planes(1)
    point = [found.add([a, b], c) for a, b, c in planes][-1]
    walls = [(1.0, 0.0, LEAST), (1.0, 0.0, 1.0), (0.0, 1.0, 0.0), (1.0, -1.0, 0.0)]
    steps = [(a - d, b - e, f - c) for (a, b, c), (d, e, f) in combinations(planes, 2)]
    corners = []
    for (a, b, c), (d, e, f) in combinations(walls + steps, 2):
        if abs(area := a * e - b * d) > 1e-9:
            corners.append(((c * e - b * f) / area, (a * f - c * d) / area))
    inside = [(x, y) for x, y in corners if LEAST - 1e-9 <= x <= 1 + 1e-9 and -1e-9 <= y <= x + 1e-9]
    lowest = min(max(a * x + b * y + c for a, b, c in planes) for x, y in inside)
    assert found.at(point) == pytest.approx(lowest, abs=1e-6)
    assert LEAST - 1e-9 <= point[0] <= 1 + 1e-9
    assert -1e-9 <= point[1] <= point[0] + 1e-9
