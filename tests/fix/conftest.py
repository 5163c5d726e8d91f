"""Hypothesis without a clock: a busy machine is no bug."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile("fix", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("fix")
