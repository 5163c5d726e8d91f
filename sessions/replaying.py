"""`manifold replay`: what it shows while it runs, and says in the end."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from engine.dropcopy.store import Store
from sessions.cycle.replay import Outcome, replay


def replay_store(store: Store, out: Console) -> tuple[bool, str]:
    """Whether everything came out the same, and a sentence for a person. A terminal sees how far it is."""
    columns = (TextColumn("records"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=out, transient=True, disable=not out.is_terminal) as bar:
        task = bar.add_task("", total=store.last)
        outcome = replay(store, lambda seq: bar.update(task, completed=seq))
    return outcome.starts > 0 and not outcome.difference, _sentence(outcome)


def _sentence(outcome: Outcome) -> str:
    if outcome.difference:
        return f"decided again, it is not the same: {outcome.difference}"
    if not outcome.starts:
        return "no start in it says what the engine was made of: it can be verified, and not decided again"
    sentence = f"{outcome.decisions} decisions and {outcome.messages} messages decided again: no difference"
    if outcome.without_setup:
        sentence += f"; records 1 to {outcome.without_setup} are of an earlier Manifold and cannot be"
    return sentence
