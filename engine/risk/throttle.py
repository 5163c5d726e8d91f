"""How many messages a venue may be sent, some kept for cancels: what takes risk off must not wait for what adds it."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from engine.risk.limits import VenueLimits


class Throttle:
    """By venue, over a sliding window: at no instant were more than `messages` sent within `window` ns before it.

    What is remembered of a venue is at most `messages` instants.
    """

    def __init__(self, venues: Mapping[str, VenueLimits]) -> None:
        self._venues = venues
        self._sent: dict[str, deque[int]] = {}

    def change(self, venues: Mapping[str, VenueLimits]) -> None:
        """Other limits from now on; what was sent counts against them."""
        self._venues = venues

    def room(self, venue: str, now: int) -> int | None:
        """Orders and replaces that may go now, the reserve left alone; None without a limit."""
        limits = self._venues.get(venue)
        if limits is None or limits.messages is None:
            return None
        return max(limits.messages - limits.reserve - self._recent(venue, limits, now), 0)

    def take(self, venue: str, now: int, *, cancel: bool = False) -> bool:
        """Counts one message and says whether it may go; False counts nothing: it has to wait."""
        limits = self._venues.get(venue)
        if limits is None or limits.messages is None:
            return True
        if self._recent(venue, limits, now) >= limits.messages - (0 if cancel else limits.reserve):
            return False
        self._sent.setdefault(venue, deque()).append(now)
        return True

    def _recent(self, venue: str, limits: VenueLimits, now: int) -> int:
        sent = self._sent.get(venue)
        if sent is None:
            return 0
        while sent and sent[0] <= now - limits.window:
            sent.popleft()
        return len(sent)
