from __future__ import annotations

import re
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from sessions.study.measures import Bin, Interval
from sessions.study.plots import LEFT, RIGHT, WIDTH, _ticks, calibration, intervals, stacks


def texts(svg: str) -> list[str]:
    return [str(each.text) for each in etree.fromstring(svg.encode()).iter("text")]


def numbers(svg: str, element: str, attribute: str, style: str = "") -> list[float]:
    found = [each for each in etree.fromstring(svg.encode()).iter(element) if each.get("class", "") == style]
    return [float(each.get(attribute, "nan")) for each in found]


def test_intervals_are_drawn_to_scale_with_their_means() -> None:
    svg = intervals([("smart", Interval(1.0, 0.5, 2.0)), ("R&D", Interval(-0.001, -1.0, 0.0))], "bp")
    assert texts(svg) == ["-1", "0", "1", "2", "bp", "smart", "+1.00", "R&D", "+0.00"]
    width = WIDTH - LEFT - RIGHT
    wanted = [LEFT + width * (value + 1) / 3 for value in (1.0, -0.001)]
    assert [round(x - y, 1) for x, y in zip(numbers(svg, "circle", "cx", "dot"), wanted, strict=True)] == [0, 0]
    low, high = (numbers(svg, "line", end, "whisker")[0] for end in ("x1", "x2"))
    assert (round(low), round(high)) == (round(LEFT + width / 2), LEFT + width)


def test_stacks_are_as_long_as_what_they_hold() -> None:
    svg = stacks([("a", {"X": Decimal(30), "Y": Decimal(70)}), ("b", {"X": Decimal(0), "Y": Decimal(50)})], "BTC")
    legend, bars = numbers(svg, "rect", "width")[:2], numbers(svg, "rect", "width")[2:]
    width = WIDTH - LEFT - RIGHT
    assert (legend, bars) == ([12, 12], [width * 0.3, width * 0.7, width * 0.5])
    assert numbers(svg, "rect", "x")[2:] == [LEFT, LEFT + width * 0.3, LEFT]
    assert texts(svg)[-4:] == ["30%", "70%", "b", "100%"]


def test_nothing_filled_is_no_bar_and_no_fault() -> None:
    assert numbers(stacks([("a", {"X": Decimal(0)})], "BTC"), "rect", "width") == [12]


def test_calibration_has_a_dot_for_each_group_where_it_belongs() -> None:
    svg = calibration([Bin(0.25, 1, 4), Bin(0.5, 9, 9)])
    assert (numbers(svg, "circle", "cx", "dot"), numbers(svg, "circle", "cy", "dot")) == ([140, 220], [254, 14])
    assert "<title>predicted 0.25, filled 1 of 4</title>" in svg


def test_names_are_escaped() -> None:
    svg = intervals([("<b>", Interval(1, 1, 1))], 'a "b"')
    assert "<b>" in texts(svg)
    assert not re.search("<b>", svg)


@given(st.floats(-1e6, 0), st.floats(1e-6, 1e6))
def test_ticks_are_few_and_enclose_everything(low: float, high: float) -> None:
    ticks = _ticks(low, high)
    slack = 1e-9 * (high - low)
    assert 2 <= len(ticks) <= 8
    assert ticks[0] <= low + slack
    assert ticks[-1] >= high - slack
    assert all(after > before for before, after in pairwise(ticks))


def test_ticks_of_nothing_are_some() -> None:
    assert len(_ticks(0.0, 0.0)) >= 2
