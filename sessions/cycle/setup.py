"""Everything an engine's decisions are made of besides what happens: on record at every start, so that a store can be
decided again without any configuration.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from engine.core import setup as core
from engine.core.core import Core


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
class Setup(core.Setup):
    """The core's, and who its sessions are. The engine adds `parties` and `kept`, which it knows better than whoever
    configures it.
    """

    parties: tuple[Party, ...] = ()

    def named(self, role: Role) -> list[str]:
        """The sessions of a role, as they are configured."""
        return [party.name for party in self.parties if party.role is role]


def core_of(setup: Setup) -> Core:
    return Core(
        setup.venues, setup.rules, setup.prefix, setup.limits, setup.watch, setup.kept, setup.curves, setup.learn
    )


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
