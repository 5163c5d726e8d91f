"""Plots as SVG, drawn by hand: a page that holds them needs no network, and its style gives them their colours.

Colours are the page's variables --ink, --soft, --line, --mark, --on and --c0 to --c7, so that one plot does for light
and dark.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from html import escape

from sessions.study.measures import Bin, Interval

WIDTH, LEFT, RIGHT, ROW, TOP, BOTTOM = 720, 170, 70, 34, 10, 44
COLOURS = 8
SQUARE = 320


def intervals(rows: Sequence[tuple[str, Interval]], axis: str) -> str:
    """A dot for each mean with a line for its interval, and the mean in figures beside it."""
    ticks = _ticks(min(0.0, *(i.low for _, i in rows)), max(0.0, *(i.high for _, i in rows)))
    height = TOP + ROW * len(rows) + BOTTOM
    parts = _scale(ticks, TOP + ROW * len(rows), axis)
    for number, (name, each) in enumerate(rows):
        y = TOP + ROW * number + ROW / 2
        low, mean, high = (_along(value, ticks) for value in (each.low, each.mean, each.high))
        parts += [
            _text(LEFT - 12, y + 4, name, "end"),
            f'<line class="whisker" x1="{low:.1f}" x2="{high:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>',
            f'<circle class="dot" cx="{mean:.1f}" cy="{y:.1f}" r="5"/>',
            _text(WIDTH - RIGHT + 8, y + 4, f"{each.mean:+z.2f}", "start"),
        ]
    return _svg(WIDTH, height, f"{axis}, mean and 95 % interval", parts)


def stacks(rows: Sequence[tuple[str, Mapping[str, Decimal]]], axis: str) -> str:
    """One bar for each row, as long as what it holds, cut into the parts by their names."""
    names = list(rows[0][1])
    totals = [float(sum(parts.values())) for _, parts in rows]
    ticks = _ticks(0.0, max(*totals, 1e-9))
    top = TOP + 26
    drawn = _scale(ticks, top + ROW * len(rows), axis, top) + _legend(names)
    for number, (name, parts) in enumerate(rows):
        y = top + ROW * number + 6
        drawn.append(_text(LEFT - 12, y + 15, name, "end"))
        before = 0.0
        for place, qty in enumerate(parts.values()):
            x, until = _along(before, ticks), _along(before + float(qty), ticks)
            before += float(qty)
            if until > x:
                fill = f"fill:var(--c{place % COLOURS})"
                drawn.append(f'<rect x="{x:.1f}" y="{y}" width="{until - x:.1f}" height="{ROW - 12}" style="{fill}"/>')
            if until - x > 44:
                share = f"{float(qty) / totals[number]:.0%}"
                drawn.append(_text((x + until) / 2, y + 15, share, "middle", "on"))
    return _svg(WIDTH, top + ROW * len(rows) + BOTTOM, axis, drawn)


def calibration(bins: Sequence[Bin]) -> str:
    """What filled against what was predicted; on the dotted line they are the same. A dot is the larger, the more
    children it stands for.
    """
    side, left, top = SQUARE, 60, 14
    drawn = []
    for step in range(6):
        x, y = left + side * step / 5, top + side - side * step / 5
        drawn += [
            f'<line class="grid" x1="{left}" x2="{left + side}" y1="{y:.1f}" y2="{y:.1f}"/>',
            _text(left - 10, y + 4, f"{step / 5:.1f}", "end"),
            _text(x, top + side + 20, f"{step / 5:.1f}", "middle"),
        ]
    drawn.append(f'<line class="same" x1="{left}" x2="{left + side}" y1="{top + side}" y2="{top}"/>')
    for each in bins:
        x, y = left + side * each.predicted, top + side * (1 - each.filled / each.of)
        told = f"predicted {each.predicted:.2f}, filled {each.filled} of {each.of}"
        radius = min(3 + math.sqrt(each.of) / 2, 12)
        drawn.append(f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"><title>{told}</title></circle>')
    turned = f'transform="translate(16 {top + side / 2}) rotate(-90)" text-anchor="middle"'
    drawn += [
        _text(left + side / 2, top + side + 40, "predicted probability that all fills", "middle", "soft"),
        f'<text class="soft" {turned}>part that filled</text>',
    ]
    return _svg(left + side + 20, top + side + 52, "part that filled against what was predicted", drawn)


def _ticks(low: float, high: float) -> list[float]:
    """Some five round values; the first is not above `low`, the last not below `high`."""
    wide = (high - low) or 1.0
    power = 10.0 ** math.floor(math.log10(wide / 5))
    step = next(power * each for each in (1, 2, 5, 10) if power * each * 5 >= wide)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [step * n for n in range(first, max(last, first + 1) + 1)]


def _along(value: float, ticks: Sequence[float]) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * (value - ticks[0]) / (ticks[-1] - ticks[0])


def _scale(ticks: Sequence[float], bottom: float, axis: str, top: float = TOP) -> list[str]:
    digits = max(0, -math.floor(math.log10(ticks[1] - ticks[0]) + 1e-9))
    parts = []
    for tick in ticks:
        x = _along(tick, ticks)
        style = "zero" if abs(tick) < 1e-12 else "grid"
        parts.append(f'<line class="{style}" x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{bottom}"/>')
        parts.append(_text(x, bottom + 18, f"{tick:z.{digits}f}", "middle"))
    return [*parts, _text((LEFT + WIDTH - RIGHT) / 2, bottom + 38, axis, "middle", "soft")]


def _legend(names: Sequence[str]) -> list[str]:
    parts, x = [], float(LEFT)
    for number, name in enumerate(names):
        parts.append(f'<rect x="{x:.0f}" y="6" width="12" height="12" style="fill:var(--c{number % COLOURS})"/>')
        parts.append(_text(x + 18, 16, name, "start"))
        x += 42 + 8 * len(name)
    return parts


def _text(x: float, y: float, text: str, anchor: str, style: str = "") -> str:
    named = f' class="{style}"' if style else ""
    return f'<text{named} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(width: float, height: float, title: str, parts: Sequence[str]) -> str:
    inner = "\n".join(parts)
    view = f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}"'
    return f'<svg {view} role="img" aria-label="{escape(title, quote=True)}">\n{inner}\n</svg>'
