from __future__ import annotations

from engine.risk.limits import CustomerLimits, Limits, VenueLimits


def test_nothing_is_limited_unless_it_is_said() -> None:
    assert Limits() == Limits(every=CustomerLimits(), customers={}, venues={}, credit={}, restricted=frozenset())
    assert VenueLimits().messages is None
