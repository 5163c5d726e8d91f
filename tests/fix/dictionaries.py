"""Every dictionary that `quickfix` installs, by name."""

from __future__ import annotations

from functools import cache

from spec.dictionary import Dictionary, installed, load

NAMES = ("FIX40", "FIX41", "FIX42", "FIX43", "FIX44", "FIX50", "FIX50SP1", "FIX50SP2", "FIXT11")


@cache
def versions() -> dict[str, Dictionary]:
    return {name: load(installed(name)) for name in NAMES}
