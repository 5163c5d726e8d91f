"""How each FIX version says the same thing. `dialect("FIX.4.2")` translates to `fix.business` values and back."""

from __future__ import annotations

from fix.message import Message
from fix.tags import BeginString
from spec.dialects.base import Dialect, DialectError
from spec.dialects.fix42 import Fix42
from spec.dialects.fix44 import Fix44
from spec.dialects.fix50sp2 import Fix50SP2

DIALECTS: dict[str, type[Dialect]] = {d.name: d for d in (Fix42, Fix44, Fix50SP2)}


def dialect(name: str) -> Dialect:
    """The dialect of that name; DialectError naming the known ones otherwise."""
    try:
        return DIALECTS[name]()
    except KeyError:
        raise DialectError(f"no dialect {name!r}; known are {', '.join(DIALECTS)}") from None


def dialect_of(message: Message) -> Dialect:
    """The dialect a recorded message was written in, by its BeginString(8); DialectError when we do not speak it."""
    begin_string = message.get(BeginString)
    for known in _SPOKEN:
        if known.begin_string == begin_string:
            return known
    raise DialectError(f"no dialect for BeginString(8) {begin_string!r}", BeginString)


_SPOKEN = tuple(known() for known in DIALECTS.values())

__all__ = ["DIALECTS", "Dialect", "DialectError", "dialect", "dialect_of"]
