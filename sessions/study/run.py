"""`manifold study`: plays every strategy over the same market, says what it cost, and leaves a report."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from sessions.study.config import StudyConfig, load
from sessions.study.files import write
from sessions.study.measures import Interval, Summary
from sessions.study.report import described
from sessions.study.study import Played, Stage, play, staged, summaries
from sessions.terminal import out as terminal

SECOND = 1_000_000_000


def run(config: Path, out: Path | None, say: Callable[[str], None], console: Console = terminal) -> int:
    """Exit code 0. Writes into the folder `out`, else a new one in `runs`. ConfigError and RecordingError with a
    sentence for each fault, OSError where the folder cannot be written.
    """
    study = load(config)
    say(described(study))
    began = time.perf_counter()
    stage = staged(study, config)
    say(
        f"market of {stage.span / SECOND:.0f} s, {len(stage.scene.script)} moments: {time.perf_counter() - began:.1f} s"
    )
    began = time.perf_counter()
    played = _played(study, stage, console)
    took = time.perf_counter() - began
    found = summaries(study, played)
    console.print(_table(found, study.baseline))
    for each in found:
        if each.rejects:
            say(f"{each.name}: venues rejected {each.rejects} children")
        if each.refused:
            say(f"{each.name}: refused by the engine: {each.refused}")
    simulated = stage.span / SECOND * len(played)
    say(f"{simulated:.0f} s simulated in {took:.1f} s: {simulated / took:.0f} s in each second")
    folder = out or Path("runs") / time.strftime("study-%Y%m%d-%H%M%S")
    write(folder, study, played, found)
    say(f"seed {study.seed}, everything in {folder}: report.html, parents.csv, fills.csv")
    return 0


def _played(config: StudyConfig, stage: Stage, console: Console) -> list[Played]:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    played = []
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        for strategy in config.strategy:
            task = bar.add_task(strategy.name, total=len(stage.scene.script))

            def progress(at: int, task: TaskID = task) -> None:
                bar.update(task, completed=at)

            played.append(play(config, stage, strategy, progress))
    return played


def _table(found: Sequence[Summary], baseline: str) -> Table:
    """As wide as a terminal is; the report has more."""
    title = f"shortfall in bp net of fees, and against {baseline}; 95 % intervals"
    table = Table(title=title, box=SIMPLE_HEAD, collapse_padding=True, pad_edge=False)
    table.add_column("strategy")
    for head in ("net", "against it", "own mid", "filled", "seconds"):
        table.add_column(head, justify="right", no_wrap=True)
    for each in found:
        own, rate, seconds = f"{each.own.mean:z.2f}", f"{each.rate:.1%}", f"{each.seconds:.3f}"
        table.add_row(Text(each.name), _spread(each.net), _spread(each.against), own, rate, seconds)
    return table


def _spread(figure: Interval | None) -> Text:
    return Text("" if figure is None else f"{figure.mean:z.2f} [{figure.low:z.2f}, {figure.high:z.2f}]")
