"""Everything an engine's decisions are made of besides what happens: on record at every start, so that a store can be
decided again without any configuration.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from engine.core.core import Core
from engine.core.placing import Rules
from engine.market.health import Watch
from engine.market.venues import Venue
from engine.risk.limits import Limits


class Role(StrEnum):
    """What a session is for."""

    OMS = "oms"
    DROP_COPY = "drop copy"
    VENUE = "venue"


@dataclass(frozen=True, slots=True)
class Party:
    """A session by name, and the dialect it speaks."""

    name: str
    role: Role
    dialect: str


@dataclass(frozen=True, slots=True)
class Setup:
    """`prefix` begins every OrderID(37) of the run; `watch` holds by venue, `kept` is what an earlier run
    left to be remembered.

    The engine adds `parties` and `kept`, which it knows better than whoever configures it.
    """

    prefix: str
    venues: tuple[Venue, ...]
    rules: Rules = field(default_factory=Rules)
    limits: Limits = field(default_factory=Limits)
    watch: Mapping[str, Watch] = field(default_factory=dict)
    kept: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    parties: tuple[Party, ...] = ()

    def named(self, role: Role) -> list[str]:
        """The sessions of a role, as they are configured."""
        return [party.name for party in self.parties if party.role is role]


def core_of(setup: Setup) -> Core:
    return Core(setup.venues, setup.rules, setup.prefix, setup.limits, setup.watch, setup.kept)


def described(setup: Setup) -> dict[str, object]:
    """What JSON can hold: numbers with a point as text, sets in order."""
    values: dict[str, object] = plain(_adapter().dump_python(setup))
    return values


def restored(values: object) -> Setup:
    """What `described` wrote; ValidationError, a ValueError, of anything else."""
    return _adapter().validate_python(values)


@cache
def _adapter() -> TypeAdapter[Setup]:
    return TypeAdapter(Setup)


def plain(value: Any) -> Any:
    """Values as pydantic takes them apart, in the form in which JSON holds them and pydantic reads them again."""
    if isinstance(value, Mapping):
        return {plain(key): plain(part) for key, part in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(_each(value))
    if isinstance(value, (list, tuple)):
        return _each(value)
    if isinstance(value, Decimal):
        return str(value)
    return getattr(value, "value", value)  # of an Enum


def _each(values: Iterable[Any]) -> list[Any]:
    return [plain(value) for value in values]
