"""A seed from its first to its last moment, and the shortest script that still fails like it."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.simulation.actions import Action, Plan, draw
from tests.simulation.house import Clock, clocked
from tests.simulation.rules import Violation
from tests.simulation.world import World

MEMORY = Path("/dev/shm")  # a file system without a disk, where there is one


class Outcome(NamedTuple):
    """`head` is the store's last digest; `violation` None when all held; `at` the action at which it did not."""

    head: str
    counts: Counter[str]
    violation: Violation | None = None
    at: int = 0
    story: tuple[tuple[int, str], ...] = ()  # at which action what was recorded


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="simulation-", dir=MEMORY if MEMORY.is_dir() else None))
    try:
        yield made
    finally:
        shutil.rmtree(made)


def play(plan: Plan, actions: Sequence[Action], *, telling: bool = False) -> Outcome:
    """Everything from an empty store to the last digest."""
    clock, at = Clock(), 0
    with folder() as path, clocked(clock, plan.taken):
        world = World(plan, path, clock, telling=telling)
        try:
            world.start()
            for at, action in enumerate(actions):
                world.at = at + 1
                world.step(action)
            at = len(actions)
            world.at = at + 1
            return Outcome(world.end(), world.counts)
        except Violation as violation:
            return Outcome("", world.counts, violation, at, tuple(world.story))
        finally:
            world.close()


def seed(number: int) -> Outcome:
    return play(*draw(number))


def shortest(plan: Plan, actions: Sequence[Action], rule: str, tell: Callable[[int], None]) -> list[Action]:
    """Delta debugging: leaves out pieces, large ones first, while the same rule still fails."""
    left, size = list(actions), max(len(actions) // 2, 1)
    while size:
        position, shrunk = 0, False
        while position < len(left):
            attempt = left[:position] + left[position + size :]
            violation = play(plan, attempt).violation
            if violation is not None and violation.rule == rule:
                left, shrunk = attempt, True
                tell(len(left))
            else:
                position += size
        size = size if shrunk and size == 1 else size // 2
    return left


def script(plan: Plan, actions: Sequence[Action], story: Sequence[tuple[int, str]]) -> str:
    """To be read: the world, then what is done, numbered, and what the engine recorded of it."""
    lines = [repr(venue) for venue in plan.venues]
    lines.append(f"OMSs {', '.join(plan.omss)}; links: {_links(plan)}; max_attempts {plan.max_attempts}")
    for number, action in enumerate([*actions, "everything comes to rest"], start=1):
        lines.append(f"{number:4} {action!r}")
        lines += [f"         {what}" for at, what in story if at == number]
    return "\n".join(lines)


def _links(plan: Plan) -> str:
    names = [f"OMS{n + 1}" for n in range(len(plan.omss))] + ["COPY"] + [terms.name for terms in plan.venues]
    return ", ".join(f"{number} {name}" for number, name in enumerate(names))
