"""What a core is made of. Recorded when an engine starts, so that its day can be decided again from that alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from engine.core.learning import Learn
from engine.core.placing import Rules
from engine.market.health import Watch
from engine.market.venues import Venue
from engine.risk.limits import Limits

Curve = tuple[tuple[int, Decimal], ...]  # (begin of a bucket in ns after midnight UTC, volume in it)


@dataclass(frozen=True, slots=True)
class Setup:
    """`prefix` makes the OrderIDs unlike those of any earlier run; `watch` by venue; `kept` as `Keep` commands said.

    `curves`: a usual day's volume in parent units, by symbol.
    """

    prefix: str
    venues: tuple[Venue, ...]
    rules: Rules = field(default_factory=Rules)
    limits: Limits = field(default_factory=Limits)
    watch: Mapping[str, Watch] = field(default_factory=dict)
    kept: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    curves: Mapping[str, Curve] = field(default_factory=dict)
    learn: Learn = field(default_factory=Learn)
