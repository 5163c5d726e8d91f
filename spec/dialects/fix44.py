"""FIX 4.4: the canonical meaning itself."""

from __future__ import annotations

from spec.dialects.base import Dialect


class Fix44(Dialect):
    name = "FIX.4.4"
    begin_string = "FIX.4.4"
