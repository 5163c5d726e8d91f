"""What a run of the simulation finds."""

from __future__ import annotations


class Violation(AssertionError):  # noqa: N818  the engine's error, not ours
    """A rule that did not hold, and what was seen."""

    def __init__(self, rule: str, seen: str) -> None:
        super().__init__(rule, seen)
        self.rule, self.seen = rule, seen

    def __str__(self) -> str:
        return f"{self.rule}: {self.seen}"
