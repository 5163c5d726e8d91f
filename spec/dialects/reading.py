"""Fields of a message as values; every failure names the tag, the value and the reason a Reject(3) wants.

What only adds to a message is read leniently: a value nobody can read counts as absent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import TypeVar

from fix import tags
from fix.business import ZERO
from fix.enums import SessionRejectReason
from fix.message import Fields
from fix.timestamp import end_of_day, parse_utc

E = TypeVar("E", bound=StrEnum)
_PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)\Z", re.ASCII)
# FIX 4.4 Volume 1, "float": "must accommodate up to fifteen significant digits". More before the point would leave the
# precision in which quantities are divided and rounded.
_DIGITS_MAX = 15


class DialectError(ValueError):
    """This message does not say what it must. `tag` and `reason` go into RefTagID(371) and SessionRejectReason(373)."""

    def __init__(self, text: str, tag: int = 0, reason: SessionRejectReason | None = None) -> None:
        super().__init__(text)
        self.tag = tag
        self.reason = reason or SessionRejectReason.VALUE_IS_INCORRECT


def members(enumeration: type[E]) -> dict[str, E]:
    """Wire value to member; a plain dictionary because Enum's own look-up costs ten times as much."""
    return {member.value: member for member in enumeration}


def text(fields: Fields, tag: int) -> str:
    """The value of a field that must be there."""
    try:
        return fields[tag]
    except KeyError:
        raise DialectError(f"required tag {tag} is missing", tag, SessionRejectReason.REQUIRED_TAG_MISSING) from None


@lru_cache(maxsize=16_384)
def decimal(value: str) -> Decimal:
    """A number as FIX writes it; ValueError says why not. They come again and again: a look-up costs a tenth."""
    if _PLAIN.match(value) is None:
        raise ValueError("is not a number")
    if len(value.lstrip("+-0").partition(".")[0]) > _DIGITS_MAX:
        raise ValueError(f"has more than {_DIGITS_MAX} digits before the point")
    return Decimal(value)


def fault(fields: Fields, numbers: Iterable[int], enumerated: Mapping[int, Mapping[str, StrEnum]]) -> DialectError:
    """What is wrong with fields that could not be read: the hot path reads first and asks afterwards."""
    try:
        for tag, known in enumerated.items():
            member(fields, tag, known)
        for tag in numbers:
            optional_number(fields, tag)
    except DialectError as error:
        return error
    raise AssertionError("there was no fault")


def number(fields: Fields, tag: int) -> Decimal:
    """A required Qty, Price or Amt."""
    return _number(tag, text(fields, tag))


def number_or(fields: Fields, tag: int, default: Decimal = ZERO) -> Decimal:
    value = fields.get(tag)
    return default if value is None else _number(tag, value)


def optional_number(fields: Fields, tag: int) -> Decimal | None:
    value = fields.get(tag)
    return None if value is None else _number(tag, value)


def _number(tag: int, value: str) -> Decimal:
    try:
        return decimal(value)
    except ValueError as error:
        reason = SessionRejectReason.INCORRECT_DATA_FORMAT_FOR_VALUE
        raise DialectError(f"tag {tag}: {value!r} {error}", tag, reason) from None


def member(fields: Fields, tag: int, known: Mapping[str, E]) -> E:
    """A required enumerated field."""
    value = text(fields, tag)
    try:
        return known[value]
    except KeyError:
        raise DialectError(f"tag {tag}: {value!r} is not a value we know", tag) from None


def optional_member(fields: Fields, tag: int, known: Mapping[str, E]) -> E | None:
    return known.get(fields.get(tag, ""))


def instant(fields: Fields, tag: int) -> int:
    """A required UTCTimestamp as nanoseconds."""
    return _instant(tag, text(fields, tag))


def instant_or_zero(fields: Fields, tag: int) -> int:
    value = fields.get(tag)
    return 0 if value is None else _instant(tag, value)


def expiry(fields: Fields) -> int:
    """When an order ends, in ns: ExpireTime(126), or the end of ExpireDate(432) in UTC; 0 where neither is said."""
    if tags.ExpireDate in fields and tags.ExpireTime not in fields:
        return _instant(tags.ExpireDate, fields[tags.ExpireDate], end_of_day)
    return instant_or_zero(fields, tags.ExpireTime)


def _instant(tag: int, value: str, parse: Callable[[str], int] = parse_utc) -> int:
    try:
        return parse(value)
    except ValueError as error:
        reason = SessionRejectReason.INCORRECT_DATA_FORMAT_FOR_VALUE
        raise DialectError(f"tag {tag}: {error}", tag, reason) from None


@lru_cache(maxsize=16_384)
def any_number(value: str) -> Decimal | None:
    """None for what is no number, an absent value ("") included."""
    try:
        return decimal(value)
    except ValueError:
        return None


def any_instant(value: str) -> int:
    """0 for what is no UTCTimestamp, an absent value ("") included."""
    if not value:  # many venues send none, and an exception takes longer than all the rest of a report
        return 0
    try:
        return parse_utc(value)
    except ValueError:
        return 0


def any_count(value: str) -> int:
    """0 where it is no number or none that a store could hold. isdigit() takes "²" as well, int() does not."""
    return int(value) if value.isdecimal() and len(value) < 19 else 0


# -- and back ----------------------------------------------------------------------------------------------------------


def optional(tag: int, value: str | None) -> str:
    """A field as it stands in a body, nothing where it has no value.

    Here and elsewhere `!s`: to format a member of an enumeration takes twice as long.
    """
    return f"{tag}={value!s}\x01" if value else ""


def optional_plain(tag: int, value: Decimal | None) -> str:
    return "" if value is None else f"{tag}={plain(value)}\x01"


def plain(value: Decimal) -> str:
    """A Decimal as FIX writes numbers: never an exponent."""
    written = str(value)
    return f"{value:f}" if "E" in written else written
