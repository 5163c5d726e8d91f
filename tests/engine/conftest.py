"""Hypothesis without a deadline: a busy machine is no bug."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("engine", deadline=None)
settings.load_profile("engine")
