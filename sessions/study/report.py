"""What a study found, as one HTML page that needs nothing else: a table, plots, and what was assumed."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from sessions.study import plots
from sessions.study.config import RecordedMarket, StudyConfig
from sessions.study.measures import Bin, Interval, Summary

STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1b1f24; --soft: #5b6570; --line: #d9dee3; --mark: #0b62c4;
  --on: #fff; --c0: #2f6fb5; --c1: #b85a00; --c2: #2e7d4f; --c3: #8a4fb0; --c4: #b03a48; --c5: #6b6b00; --c6: #00767a;
  --c7: #6a6f76; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171b; --ink: #e6e9ec; --soft: #9aa4ae; --line: #343b43;
  --mark: #6cb2ff; --on: #14171b; --c0: #4d8fd9; --c1: #cf7a2a; --c2: #4a9d6c; --c3: #a873cc; --c4: #cf5f6c;
  --c5: #93932c; --c6: #2b979b; --c7: #858b93; } }
body { background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; max-width: 68rem;
  margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin-bottom: .2rem; } h2 { font-size: 1.1rem; margin-top: 2.2rem; }
p.soft, li { color: var(--soft); } .wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums; white-space: nowrap; }
th, td { padding: .35rem .45rem; text-align: right; border-bottom: 1px solid var(--line); }
th { font-weight: 600; vertical-align: bottom; } th:first-child, td:first-child { text-align: left; }
td small { color: var(--soft); display: block; font-size: .78rem; }
svg { max-width: 100%; height: auto; } svg text { fill: var(--ink); font: 13px system-ui, sans-serif; }
svg text.soft { fill: var(--soft); } svg text.on { fill: var(--on); font-weight: 600; }
.grid { stroke: var(--line); } .zero { stroke: var(--soft); } .same { stroke: var(--soft); stroke-dasharray: 3 4; }
.whisker { stroke: var(--mark); stroke-width: 2.5; } .dot { fill: var(--mark); fill-opacity: .9; }
"""

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>{style}</style></head>
<body>
{body}
</body></html>
"""

ASSUMED = """<ul>
<li>Nobody reacts to us: taking and resting move no price, and what we took is gone until that level changes next.
Large orders look cheaper than they are.</li>
<li>A resting order waits behind all that is shown at its price. Trades there move it up, cancels only where the level
is smaller than what waits before it. It fills too late rather than too early.</li>
<li>What a strategy does not fill is bought or sold on paper from all that is shown when its order is over, fees
included, so that waiting in vain costs something.</li>
<li>Parents do not overlap. The intervals take them for independent; where the market trends for minutes they are not,
and the true intervals are wider.</li>
<li>The midpoint is between the best bid and the best offer of all venues. Where venues trade unlike instruments it
knows nothing of what one is worth in terms of another: who buys where the price is lower looks cheaper, and holds
something else. The column against the venue's own midpoint leaves that out.</li>
</ul>"""


def page(config: StudyConfig, summaries: Sequence[Summary], bins: Sequence[Bin]) -> str:
    """HTML. Nothing in it depends on when or where it was made."""
    differences = [(each.name, each.against) for each in summaries if each.against is not None]
    parts = [
        f"<h1>{escape(config.symbol)}: {len(summaries)} strategies over the same market</h1>",
        f'<p class="soft">{escape(described(config))} Below each mean its 95 % confidence interval.</p>',
        '<div class="wide">' + _table(summaries, config.baseline) + "</div>",
        *_refusals(summaries),
        "<h2>Implementation shortfall, net of fees</h2>",
        plots.intervals([(each.name, each.net) for each in summaries], "bp of the value at arrival, less is better"),
    ]
    if differences:
        parts += [
            f"<h2>Paired difference to {escape(config.baseline)}</h2>",
            '<p class="soft">Parent by parent, so that what the market did to both is left out.</p>',
            plots.intervals(differences, "bp more than the baseline, less is better"),
        ]
    parts += [
        "<h2>Fills by venue</h2>",
        plots.stacks([(each.name, each.venues) for each in summaries], f"{config.symbol} filled"),
        "<h2>How well fills are predicted</h2>",
        *_calibrated(bins),
        "<h2>What is assumed</h2>",
        ASSUMED,
    ]
    return PAGE.format(title=escape(f"Study of {config.symbol}"), style=STYLE, body="\n".join(parts))


def described(config: StudyConfig) -> str:
    """The study in a sentence or two."""
    parents = config.parents
    kind = "recorded" if isinstance(config.market, RecordedMarket) else "seeded"
    limit = "market orders" if parents.limit is None else f"limit {parents.limit:g} bp beyond the midpoint"
    sides = "buying and selling in turn" if parents.side == "alternate" else f"all {parents.side}"
    return (
        f"Seed {config.seed}. {parents.count} parents of {parents.quantity:f} {config.symbol}, {sides}, {limit}, "
        f"{parents.duration:g} s each and {parents.spacing:g} s apart, over {len(config.venue)} {kind} venues. "
        "Costs in basis points, above zero is worse."
    )


_HEADS = (
    "strategy", "shortfall<br/>net", "against<br/>baseline", "shortfall<br/>gross", "against own<br/>midpoint",
    "against<br/>market VWAP", "of it<br/>on paper", "filled", "seconds", "children", "rejects",
)  # fmt: skip


def _table(summaries: Sequence[Summary], baseline: str) -> str:
    rows = ["<tr>" + "".join(f"<th>{head}</th>" for head in _HEADS) + "</tr>"]
    for each in summaries:
        cells = [
            escape(each.name) + (" <small>baseline</small>" if each.name == baseline else ""),
            *[_spread(figure) for figure in (each.net, each.against, each.gross, each.own, each.vwap)],
            f"{each.left:z.2f}",
            f"{each.rate:.1%}",
            f"{each.seconds:.3f}",
            f"{each.children:.1f}",
            str(each.rejects),
        ]
        rows.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
    return "<table>" + "\n".join(rows) + "</table>"


def _spread(figure: Interval | None) -> str:
    if figure is None:
        return ""
    return f"{figure.mean:z.2f} <small>{figure.low:z.2f} to {figure.high:z.2f}</small>"


def _refusals(summaries: Sequence[Summary]) -> list[str]:
    refused = [f"<li>{escape(each.name)}: {escape(each.refused)}</li>" for each in summaries if each.refused]
    return ["<p>Refused by the engine:</p><ul>" + "".join(refused) + "</ul>"] if refused else []


def _calibrated(bins: Sequence[Bin]) -> list[str]:
    if not bins:
        return ['<p class="soft">No child waited in a queue: nothing was predicted.</p>']
    children = sum(each.of for each in bins)
    told = (
        f"{children} children of all strategies that waited in a queue, in groups alike by what was predicted for them."
    )
    return [f'<p class="soft">{told}</p>', plots.calibration(bins)]
