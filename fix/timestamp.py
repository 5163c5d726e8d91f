"""UTCTimestamp (FIX Volume 1, data types): YYYYMMDD-HH:MM:SS with an optional fraction.

Instants are integers, nanoseconds since the Unix epoch; nothing here reads a clock.
"""

from __future__ import annotations

import calendar
import re
import time
from functools import lru_cache

_FORM = re.compile(r"(\d{4})(\d\d)(\d\d)-(\d\d):(\d\d):(\d\d)\Z")
_NO_TIMESTAMP = "is not a UTCTimestamp (YYYYMMDD-HH:MM:SS[.sss])"
_NANOS = 1_000_000_000


@lru_cache(maxsize=8)
def _second(seconds: int) -> str:
    return time.strftime("%Y%m%d-%H:%M:%S", time.gmtime(seconds))


@lru_cache(maxsize=64)  # what comes at once is stamped within few milliseconds
def _millisecond(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    return f"{_second(seconds)}.{rest:03d}"


def format_utc(at: int, digits: int = 3) -> str:
    """`at` (ns since the epoch) as a UTCTimestamp with `digits` decimals (0, 3, 6 or 9), cut, not rounded."""
    if digits == 3:
        return _millisecond(at // 1_000_000)
    seconds, nanos = divmod(at, _NANOS)
    if digits == 0:
        return _second(seconds)
    return f"{_second(seconds)}.{nanos // 10 ** (9 - digits):0{digits}d}"


@lru_cache(maxsize=64)
def parse_utc(text: str) -> int:
    """Nanoseconds since the epoch; ValueError when `text` is no UTCTimestamp. A leap second counts as :59."""
    second, point, fraction = text.partition(".")
    if point and not (fraction.isdecimal() and len(fraction) <= 9):
        raise ValueError(f"{text!r} {_NO_TIMESTAMP}")
    return _parse_second(second) + int(fraction.ljust(9, "0"))


def end_of_day(text: str) -> int:
    """The last millisecond of a day YYYYMMDD in UTC, as nanoseconds since the epoch; ValueError when it is no day."""
    try:
        return parse_utc(f"{text}-23:59:59.999")
    except ValueError:
        raise ValueError(f"{text!r} is no day YYYYMMDD") from None


@lru_cache(maxsize=8)  # many instants, few seconds
def _parse_second(text: str) -> int:
    match = _FORM.match(text)
    if match is None:
        raise ValueError(f"{text!r} {_NO_TIMESTAMP}")
    year, month, day, hour, minute, second = map(int, match.groups())
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
