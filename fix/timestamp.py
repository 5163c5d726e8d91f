"""UTCTimestamp (FIX Volume 1, data types): YYYYMMDD-HH:MM:SS with an optional fraction.

Instants are integers, nanoseconds since the Unix epoch; nothing here reads a clock.
"""

from __future__ import annotations

import calendar
import re
import time
from functools import lru_cache

_FORM = re.compile(r"(\d{4})(\d\d)(\d\d)-(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?\Z")
_NANOS = 1_000_000_000


@lru_cache(maxsize=8)
def _second(seconds: int) -> str:
    return time.strftime("%Y%m%d-%H:%M:%S", time.gmtime(seconds))


@lru_cache(maxsize=64)  # one turn of a loop writes the same instant into all its messages
def format_utc(at: int, digits: int = 3) -> str:
    """`at` (ns since the epoch) as a UTCTimestamp with `digits` decimals (0, 3, 6 or 9), cut, not rounded."""
    seconds, nanos = divmod(at, _NANOS)
    if digits == 3:
        return f"{_second(seconds)}.{nanos // 1_000_000:03d}"
    if digits == 0:
        return _second(seconds)
    return f"{_second(seconds)}.{nanos // 10 ** (9 - digits):0{digits}d}"


@lru_cache(maxsize=64)
def parse_utc(text: str) -> int:
    """Nanoseconds since the epoch; ValueError when `text` is no UTCTimestamp. A leap second counts as :59."""
    match = _FORM.match(text)
    if match is None:
        raise ValueError(f"{text!r} is not a UTCTimestamp (YYYYMMDD-HH:MM:SS[.sss])")
    return _parse_second(text[:17]) + int((match[7] or "0").ljust(9, "0"))


@lru_cache(maxsize=8)
def _parse_second(text: str) -> int:
    year, month, day, hour, minute, second = map(
        int, (text[:4], text[4:6], text[6:8], text[9:11], text[12:14], text[15:17])
    )
    if not (
        1 <= month <= 12
        and 1 <= day <= calendar.monthrange(year, month)[1]
        and hour < 24
        and minute < 60
        and second <= 60
    ):
        raise ValueError(f"{text!r} is no moment of any day")
    seconds = calendar.timegm((year, month, day, hour, minute, min(second, 59), 0, 0, 0))
    return seconds * _NANOS
