"""Which venues may be routed to: one that is down, slow, rejecting or silent is taken out, probed, and taken back.

    IN ──a rule is broken──▶ OUT ──its wait is over──▶ PROBING ──the probe is acknowledged in time──▶ IN
                              ▲                           │
                              └──the probe fails, the wait doubles

A probe is one order that was to go there anyway; while it is unanswered, no other goes. A venue whose session is down,
or that a person took out, is OUT whatever the rules say. Nothing here acts: a change comes back as a value, exactly
when the state of a venue changes or a person asked for something.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from engine.market.samples import NEVER, Latencies, Rejects, spell

SECOND = 1_000_000_000


class State(StrEnum):
    IN = "in"
    OUT = "out"
    PROBING = "probing"


class Change(NamedTuple):
    """Where a venue stands from now on, and why."""

    venue: str
    state: State
    reason: str


@dataclass(frozen=True, slots=True)
class Watch:
    """The rules for one venue; None is no rule. Times in ns.

    `latency` is the limit for `quantile` of the last `window` acknowledgements, judged from `samples` on. `rejects` of
    the last `of` orders are too many. `stale`: so long without market data, once the session has brought some. Out by
    rule, a venue is probed after `probe_after`, after twice that when it fails again, and so on up to `probe_at_most`;
    in for `good_for`, its failures are forgotten.
    """

    latency: int | None = None
    quantile: Decimal = Decimal("0.9")
    window: int = 50
    samples: int = 20
    rejects: int | None = None
    of: int = 20
    stale: int | None = None
    probe_after: int = 30 * SECOND
    probe_at_most: int = 600 * SECOND
    good_for: int = 600 * SECOND


class Health:
    """Of all venues. `rules` by venue, in the order in which they are looked at; `kept` as `kept()` gave it before."""

    def __init__(self, rules: Mapping[str, Watch], kept: Mapping[str, Mapping[str, object]]) -> None:
        self._venues = {venue: _Standing(venue, watch) for venue, watch in rules.items()}
        for venue, value in kept.items():
            self._of(venue).remember(value)

    # -- where orders may go -----------------------------------------------------------------------------------------

    def eligible(self, venue: str) -> bool:
        """Whether any number of children may go there."""
        return self._of(venue).state is State.IN

    def probing(self, venue: str) -> bool:
        return self._of(venue).state is State.PROBING

    def standing(self, venue: str) -> Change:
        """Where it stands, and why it is not in."""
        standing = self._of(venue)
        return Change(venue, standing.state, "" if standing.state is State.IN else standing.reason)

    def by_hand(self, venue: str) -> bool:
        """Whether a person took it out."""
        return self._of(venue).by is not None

    def may_probe(self, venue: str) -> bool:
        """Whether one child may go there to try it."""
        standing = self._of(venue)
        return standing.state is State.PROBING and standing.probe is None

    def probe_sent(self, venue: str, cl_ord_id: str) -> None:
        """This child is the one; where none is wanted it means nothing, so that it may be said of any child."""
        if self.may_probe(venue):
            self._of(venue).probe = cl_ord_id

    def kept(self) -> dict[str, dict[str, object]]:
        """What to remember over a restart: out by hand stays so, out by rule starts again with a probe."""
        return {
            venue: {"reason": standing.why} if standing.by is None else {"by": standing.by, "reason": standing.why}
            for venue, standing in self._venues.items()
            if standing.by is not None or standing.rule is not State.IN
        }

    # -- what happens ------------------------------------------------------------------------------------------------

    def acked(self, venue: str, latency: int, now: int, cl_ord_id: str) -> Change | None:
        """The first answer to a new order, whatever it says but a reject, `latency` ns after it was sent."""
        return self._of(venue).acked(latency, now, cl_ord_id)

    def rejected(self, venue: str, reason: str, now: int, cl_ord_id: str) -> Change | None:
        """The venue refused a new order: with an ExecutionReport(8), or it refused the message."""
        return self._of(venue).rejected(reason, now, cl_ord_id)

    def unanswered(self, venue: str, now: int, cl_ord_id: str) -> Change | None:
        """A new order had no answer for the whole ack time-out, which counts as the longest latency there is."""
        return self._of(venue).unanswered(now, cl_ord_id)

    def data(self, venue: str, now: int) -> Change | None:
        """Market data came: a venue that was waited for only because it was silent may be probed."""
        standing = self._of(venue)
        standing.data_at = now
        return standing.rested(now)

    def up(self, venue: str, now: int) -> Change | None:
        """Its session is logged on. By rule it stands where it stood."""
        return self._of(venue).logged_on(now)

    def down(self, venue: str, now: int) -> Change | None:
        """Its session ended."""
        del now
        return self._of(venue).logged_off()

    def tick(self, now: int) -> list[Change]:
        """Time went by. A tick that changes nothing leaves no trace."""
        changes = [standing.waited(now) for standing in self._venues.values()]
        return [change for change in changes if change is not None]

    # -- by hand -----------------------------------------------------------------------------------------------------

    def take_out(self, venue: str, by: str, reason: str) -> Change:
        """No routing there until it is taken back by hand, over any restart."""
        return self._of(venue).take_out(by, reason)

    def take_back(self, venue: str, by: str, reason: str) -> Change:
        """Whoever took it out, a person or a rule; only a session that is down keeps it out. Failures are forgotten."""
        return self._of(venue).take_back(by, reason)

    def _of(self, venue: str) -> _Standing:
        standing = self._venues.get(venue)
        if standing is None:
            standing = self._venues[venue] = _Standing(venue, Watch())
        return standing


class _Standing:
    """What is known of one venue."""

    __slots__ = ("_rejects", "_took", "by", "data_at", "probe", "rule", "since", "up", "venue", "wait", "watch", "why")

    def __init__(self, venue: str, watch: Watch) -> None:
        self.venue = venue
        self.watch = watch
        self.up = False
        self.by: str | None = None  # the person who took it out
        self.rule = State.IN  # what the rules alone would say
        self.why = ""  # it was taken out
        self.probe: str | None = None  # ClOrdID(11) of the child that tries it
        self.since = 0  # when `rule` changed
        self.wait = 0  # the last wait for a probe; 0 when no failure is remembered
        self.data_at: int | None = None  # None until this session has brought market data
        slow, rejects = watch.latency, watch.rejects
        self._took = None if slow is None else Latencies(slow, watch.quantile, watch.window, watch.samples)
        self._rejects = None if rejects is None else Rejects(rejects, watch.of)

    def remember(self, value: Mapping[str, object]) -> None:
        by = value.get("by")
        self.by, self.why = None if by is None else str(by), str(value.get("reason", ""))
        self.rule = State.PROBING if by is None else State.IN

    @property
    def state(self) -> State:
        return self.rule if self.up and self.by is None else State.OUT

    @property
    def reason(self) -> str:
        """Why it is not in."""
        if self.by is not None:
            return f"by {self.by}: {self.why}"
        return self.why if self.rule is not State.IN else "its session is down"

    # -- orders ------------------------------------------------------------------------------------------------------

    def acked(self, latency: int, now: int, cl_ord_id: str) -> Change | None:
        if self.state is State.IN:
            if self._rejects is not None:
                self._rejects.add(rejected=False)
            return self._slow(latency, now)
        if cl_ord_id != self.probe:
            return None  # sent before it was taken out; that it was slow is known
        limit = self.watch.latency
        took = f"the probe {cl_ord_id} was acknowledged in {spell(latency)}"
        if limit is not None and latency > limit:
            return self._out(f"{took}, the limit is {spell(limit)}", now)
        self._begin(State.IN, now)
        return Change(self.venue, State.IN, took)

    def rejected(self, reason: str, now: int, cl_ord_id: str) -> Change | None:
        if self.state is State.IN:
            why = "" if self._rejects is None else self._rejects.add(rejected=True)
            return self._out(f"{why}; the last: {reason}", now) if why else None
        return self._out(f"the probe {cl_ord_id} was rejected: {reason}", now) if cl_ord_id == self.probe else None

    def unanswered(self, now: int, cl_ord_id: str) -> Change | None:
        if self.state is State.IN:
            return self._slow(NEVER, now)
        return self._out(f"the probe {cl_ord_id} was not acknowledged", now) if cl_ord_id == self.probe else None

    def _slow(self, latency: int, now: int) -> Change | None:
        why = "" if self._took is None else self._took.add(latency)
        return self._out(why, now) if why else None

    # -- sessions and time -------------------------------------------------------------------------------------------

    def logged_on(self, now: int) -> Change | None:
        if self.up:
            return None
        self.up = True
        change = self.rested(now)
        if change is not None or self.state is State.OUT:
            return change
        probing = "; one order may go there to try it" if self.rule is State.PROBING else ""
        return Change(self.venue, self.state, f"its session is up{probing}")

    def logged_off(self) -> Change | None:
        """That it shows data must be seen anew, and the probe is in doubt: the next one decides."""
        before = self.state
        self.up, self.probe, self.data_at = False, None, None
        return None if before is State.OUT else Change(self.venue, State.OUT, "its session ended")

    def waited(self, now: int) -> Change | None:
        if self.state is State.OUT:
            return self.rested(now)
        silence, limit = self._silence(now), self.watch.stale
        if limit is None or silence < limit:
            return None
        return self._out(f"no market data for {spell(silence)}, the limit is {spell(limit)}", now)

    def rested(self, now: int) -> Change | None:
        """To be probed, when it is out by rule, has been for long enough, and shows data if it did before.

        A clock that was set back by more than the wait does not prolong it.
        """
        if self.rule is not State.OUT or not self.up or self.by is not None:
            return None
        out, limit = abs(now - self.since), self.watch.stale
        if out < self.wait or (limit is not None and self._silence(now) >= limit):
            return None
        self._begin(State.PROBING, now)
        return Change(self.venue, State.PROBING, f"out for {spell(out)}; one order may go there to try it")

    def _silence(self, now: int) -> int:
        return 0 if self.data_at is None else now - self.data_at

    # -- by hand -----------------------------------------------------------------------------------------------------

    def take_out(self, by: str, reason: str) -> Change:
        self.by, self.probe, self.why = by, None, reason
        return Change(self.venue, State.OUT, f"taken out by {by}: {reason}")

    def take_back(self, by: str, reason: str) -> Change:
        """Market data counts from the next on, or its silence would take it out again at once."""
        self.by, self.wait, self.data_at = None, 0, None
        self._begin(State.IN, self.since)
        still = "" if self.up else "its session is down; "
        return Change(self.venue, self.state, f"{still}taken back by {by}: {reason}")

    # -- what the rules say ------------------------------------------------------------------------------------------

    def _out(self, why: str, now: int) -> Change:
        watch = self.watch
        forgotten = self.rule is State.IN and now - self.since >= watch.good_for
        if forgotten or not self.wait:
            self.wait = watch.probe_after
        else:
            self.wait = min(self.wait * 2, max(watch.probe_at_most, watch.probe_after))
        self._begin(State.OUT, now)
        self.why = f"{why}; to be probed after {spell(self.wait)}"
        return Change(self.venue, State.OUT, self.why)

    def _begin(self, rule: State, now: int) -> None:
        """What came before says nothing of what comes now."""
        self.rule, self.since, self.probe = rule, now, None
        if self._took is not None:
            self._took.clear()
        if self._rejects is not None:
            self._rejects.clear()
