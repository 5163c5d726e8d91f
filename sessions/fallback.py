"""When a venue is taken out of routing: `[fallback]` as a person types it, and `[[fallback.venue]]` for one of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, model_validator

from engine.market.health import Watch
from sessions.fields import Name, Number, Table, Whole

Limit = Annotated[Number, Field(ge=0, le=3600)]  # seconds, 0 is none
Wait = Annotated[Number, Field(gt=0, le=86_400)]  # seconds
# A window is kept for each venue; beyond a thousand orders the last bad minutes of a busy venue no longer show in it.
Window = Annotated[Whole, Field(ge=1, le=1000)]


class WatchConfig(Table):
    """See `engine.market.health.Watch`; seconds. 0 turns `ack_limit`, `rejects` and `stale` off, and so they are.

    What is slow, and how many rejects are too many, only the desk knows. Silence is no fault by itself either: market
    data over FIX has no heartbeat of its own, a quiet book and a dead feed look alike, and being taken out moves orders
    that rest. The waits: a venue that restarts is back within a minute or two, so that the first or the second probe
    finds it; one that stays away costs an order its ack time-out 30, 90, 210, 450 … s after it went, and then every ten
    minutes.
    """

    ack_limit: Limit = 0.0
    ack_quantile: Annotated[Decimal, Field(gt=0, le=1)] = Decimal("0.9")
    ack_window: Window = 50
    ack_samples: Window = 20
    rejects: Annotated[Whole, Field(ge=0, le=1000)] = 0
    rejects_of: Window = 20
    stale: Limit = 0.0
    probe_after: Wait = 30.0
    probe_at_most: Wait = 600.0
    good_for: Wait = 600.0

    def watch(self) -> Watch:
        return Watch(
            latency=_ns(self.ack_limit) if self.ack_limit else None,
            quantile=self.ack_quantile,
            window=self.ack_window,
            samples=self.ack_samples,
            rejects=self.rejects or None,
            of=self.rejects_of,
            stale=_ns(self.stale) if self.stale else None,
            probe_after=_ns(self.probe_after),
            probe_at_most=_ns(self.probe_at_most),
            good_for=_ns(self.good_for),
        )

    def faults(self) -> Iterator[str]:
        """What does not go together."""
        if self.ack_samples > self.ack_window:
            yield f"ack_samples {self.ack_samples} is more than ack_window {self.ack_window} ever holds; lower it"
        if self.rejects > self.rejects_of:
            yield f"rejects {self.rejects} is more than rejects_of {self.rejects_of}; lower it"
        if self.probe_at_most < self.probe_after:
            yield f"probe_at_most {self.probe_at_most:g} is below probe_after {self.probe_after:g}; raise it"


class VenueWatchConfig(WatchConfig):
    """For one venue: what is typed here holds instead of what `[fallback]` says."""

    name: Name


class FallbackConfig(WatchConfig):
    venue: list[VenueWatchConfig] = Field(default_factory=list)

    @model_validator(mode="after")
    def _sound(self) -> Self:
        names = Counter(each.name for each in self.venue)
        faults = list(self.faults())
        faults += [f"venue {name} is there {many} times; write one" for name, many in names.items() if many > 1]
        faults += [f"venue {each.name}: {fault}" for each in self.venue for fault in self._of(each).faults()]
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def watches(self, venues: Iterable[str]) -> dict[str, Watch]:
        """The rules of each of these venues, all that there are; ValueError when one is named that is none of them."""
        own = {each.name: self._of(each).watch() for each in self.venue}
        every = self.watch()
        watches = {name: own.pop(name, every) for name in venues}
        if own:
            raise ValueError(f"fallback.venue {', '.join(own)} is no [[venue]]; name one of {', '.join(watches)}")
        return watches

    def _of(self, own: VenueWatchConfig) -> WatchConfig:
        every, typed = (each.model_dump(exclude_unset=True, exclude={"venue", "name"}) for each in (self, own))
        return WatchConfig(**(every | typed))


def _ns(seconds: float) -> int:
    return max(round(seconds * 1e9), 1)
