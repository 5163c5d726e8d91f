"""What a study leaves in its folder: parents.csv, fills.csv and report.html, the same bytes for the same study."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path

from fix.business import ZERO
from fix.timestamp import format_utc
from sessions.study.config import StudyConfig
from sessions.study.measures import Summary, calibration
from sessions.study.report import page
from sessions.study.study import Played

PARENTS = (
    "strategy", "parent", "side", "qty", "arrived", "mid", "status", "cum", "leaves", "avg_px", "net_bp", "gross_bp",
    "own_bp", "vwap_bp", "left_bp", "fees", "seconds", "children", "rejects",
)  # fmt: skip
FILLS = ("strategy", "parent", "child", "at", "venue", "qty", "px", "liquidity", "fee")
PLACES = Decimal("0.00000001")


def write(folder: Path, config: StudyConfig, played: Sequence[Played], summaries: Sequence[Summary]) -> None:
    """OSError where the folder cannot be made or written."""
    bins = calibration(waited for each in played for outcome in each.outcomes for waited in outcome.waited)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (
        ("parents.csv", parents(played)),
        ("fills.csv", fills(played)),
        ("report.html", page(config, summaries, bins)),
    ):
        (folder / name).write_text(text, encoding="utf-8", newline="")


def parents(played: Iterable[Played]) -> str:
    """One row for each parent and strategy: costs in bp, fees in money, instants in UTC."""
    rows = []
    for strategy, outcomes, measures in played:
        for outcome, measure in zip(outcomes, measures, strict=True):
            job, cum = outcome.job, outcome.cum
            value = sum([fill.qty * fill.price for fill in outcome.fills], ZERO)
            figures = (measure.net, measure.gross, measure.own, measure.vwap, measure.left)
            rows.append(
                [
                    strategy.name,
                    job.number,
                    job.side.name,
                    _plain(outcome.qty),
                    format_utc(job.at, 9),
                    _plain(outcome.mid),
                    outcome.status.name,
                    _plain(cum),
                    _plain(outcome.qty - cum),
                    _plain(value / cum) if cum else "",
                    *["" if figure is None else f"{figure:.6f}" for figure in figures],
                    _plain(measure.fees),
                    f"{measure.seconds:.6f}",
                    outcome.children,
                    outcome.rejects,
                ]
            )
    return _csv(PARENTS, rows)


def fills(played: Iterable[Played]) -> str:
    """One row for each trade, as the OMS heard of it; quantities in its own unit."""
    rows = [
        [
            strategy.name,
            outcome.job.number,
            fill.child,
            format_utc(fill.at, 9),
            fill.venue,
            _plain(fill.qty),
            _plain(fill.price),
            "made" if fill.made else "took",
            _plain(fill.fee),
        ]
        for strategy, outcomes, _ in played
        for outcome in outcomes
        for fill in outcome.fills
    ]
    return _csv(FILLS, rows)


def _csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return text.getvalue()


def _plain(value: Decimal) -> str:
    """Without zeros at its end; eight decimals, as the engine counts."""
    text = f"{value.quantize(PLACES):f}"
    return text.rstrip("0").rstrip(".")
