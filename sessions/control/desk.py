"""The engine's side of an instruction: what only it knows."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from engine.core.actions import Action, ChangeLimits, Scope
from engine.risk.limits import Limits
from sessions.config import EngineConfig, load
from sessions.control.words import Enable, Instruction, Kill, Reload, RequestError, Status, TakeOut


@dataclass(frozen=True, slots=True)
class Desk:
    """`customers` and `venues` are the names of its sessions; `limits` reads the configuration again, ConfigError."""

    instance: str
    customers: Collection[str]
    venues: Collection[str]
    limits: Callable[[], Limits]
    status: Callable[[], Status]

    def action(self, asked: Instruction) -> Action:
        """RequestError when it names nobody here, ConfigError when the limits cannot be read.

        What ends something (a release, a venue's return) may name who has left the configuration since.
        """
        if isinstance(asked, Reload):
            return ChangeLimits(self.limits())
        if isinstance(asked, Enable):
            _known("customer", asked.customer, self.customers)
        elif isinstance(asked, TakeOut):
            _known("venue", asked.venue, self.venues)
        elif isinstance(asked, Kill) and asked.scope is Scope.CUSTOMER:
            _known("customer", asked.name, self.customers)
        elif isinstance(asked, Kill) and asked.scope is Scope.VENUE:
            _known("venue", asked.name, self.venues)
        return asked.action()


def desk(config: EngineConfig, path: Path, status: Callable[[], Status]) -> Desk:
    """Of the engine that was started with `config` from `path`."""

    def limits() -> Limits:
        return load(path, EngineConfig).limits.limits()

    return Desk(
        instance=config.instance,
        customers=[oms.name for oms in config.oms],
        venues=[venue.name for venue in config.venue],
        limits=limits,
        status=status,
    )


def _known(what: str, name: str, names: Collection[str]) -> None:
    if name not in names:
        raise RequestError(f"there is no {what} {name}; the {what}s here are {', '.join(sorted(names))}")
