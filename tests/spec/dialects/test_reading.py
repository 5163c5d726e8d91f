"""One field at a time: its value, or an error with tag and reason."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fix.enums import SessionRejectReason, Side
from fix.message import Fields
from fix.timestamp import format_utc
from spec.dialects import reading as read
from spec.dialects.reading import DialectError
from tests.spec.dialects.making import INSTANTS, NUMBERS

SIDES = read.members(Side)
MISSING, INCORRECT = SessionRejectReason.REQUIRED_TAG_MISSING, SessionRejectReason.VALUE_IS_INCORRECT
FORMAT = SessionRejectReason.INCORRECT_DATA_FORMAT_FOR_VALUE


def error(reader: Callable[[Fields], object], fields: Fields) -> tuple[str, int, SessionRejectReason]:
    with pytest.raises(DialectError) as refused:
        reader(fields)
    return str(refused.value), refused.value.tag, refused.value.reason


def side(fields: Fields) -> Side:
    return read.member(fields, 54, SIDES)


def qty(fields: Fields) -> Decimal:
    return read.number(fields, 38)


def qty_or_zero(fields: Fields) -> Decimal:
    return read.number_or(fields, 38)


def optional_qty(fields: Fields) -> Decimal | None:
    return read.optional_number(fields, 38)


def time(fields: Fields) -> int:
    return read.instant(fields, 60)


def time_or_zero(fields: Fields) -> int:
    return read.instant_or_zero(fields, 60)


def test_a_field_that_is_there() -> None:
    fields = {38: "100.50", 54: "1", 55: "IBM", 60: "19700101-00:00:01.5"}
    assert read.text(fields, 55) == "IBM"
    assert (qty(fields), qty_or_zero(fields), optional_qty(fields)) == (Decimal("100.50"),) * 3
    assert (time(fields), time_or_zero(fields)) == (1_500_000_000, 1_500_000_000)
    assert side(fields) is Side.BUY
    assert read.optional_member(fields, 54, SIDES) is Side.BUY


def test_a_field_that_may_be_absent() -> None:
    assert (qty_or_zero({}), optional_qty({}), time_or_zero({})) == (Decimal(0), None, 0)
    assert read.number_or({}, 38, Decimal(7)) == 7
    assert read.optional_member({}, 54, SIDES) is None
    assert read.optional_member({54: "?"}, 54, SIDES) is None


@pytest.mark.parametrize(("reader", "tag"), [(qty, 38), (side, 54), (time, 60)])
def test_a_field_that_must_not_be_absent(reader: Callable[[Fields], object], tag: int) -> None:
    assert error(reader, {}) == (f"required tag {tag} is missing", tag, MISSING)


@pytest.mark.parametrize(
    "value", ["", "x", "1e3", "1E+3", "1_000", " 1", "1 ", "1,5", ".", "-", "NaN", "Infinity", "0x1", "\xb2"]
)
@pytest.mark.parametrize("reader", [qty, qty_or_zero, optional_qty])
def test_what_is_no_number_is_refused(reader: Callable[[Fields], object], value: str) -> None:
    assert error(reader, {38: value}) == (f"tag 38: {value!r} is not a number", 38, FORMAT)


@pytest.mark.parametrize("value", ["1" * 16, "-" + "9" * 5000, "1234567890123456.5"])
def test_a_number_that_would_not_be_exact_is_refused(value: str) -> None:
    assert error(qty, {38: value}) == (f"tag 38: {value!r} has more than 15 digits before the point", 38, FORMAT)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("5", "5"),
        ("+5", "5"),
        ("-.5", "-0.5"),
        ("5.", "5"),
        ("0" * 20 + "23", "23"),
        ("9" * 15 + ".99", "9" * 15 + ".99"),
    ],
)
def test_a_number_may_be_written_in_many_ways(value: str, number: str) -> None:
    assert qty({38: value}) == Decimal(number)


@pytest.mark.parametrize("value", ["", "noon", "20240229", "20240230-12:00:00"])
@pytest.mark.parametrize("reader", [time, time_or_zero])
def test_what_is_no_time_is_refused(reader: Callable[[Fields], object], value: str) -> None:
    text, tag, reason = error(reader, {60: value})
    assert text.startswith(f"tag 60: {value!r} is n")
    assert (tag, reason) == (60, FORMAT)


def test_a_value_nobody_knows_is_refused() -> None:
    assert error(side, {54: "?"}) == ("tag 54: '?' is not a value we know", 54, INCORRECT)


def test_an_error_without_a_reason_is_about_the_value() -> None:
    assert (DialectError("no").tag, DialectError("no").reason) == (0, INCORRECT)


@pytest.mark.parametrize("value", ["", "x", "1e3", "1" * 16, "noon", "20240230-12:00:00", "-7", "\xb2", "9" * 5000])
def test_what_only_adds_to_a_message_counts_as_absent_where_it_cannot_be_read(value: str) -> None:
    numbers = None if value != "-7" else Decimal(-7)
    assert (read.any_number(value), read.any_instant(value)) == (numbers, 0)
    assert read.any_count(value) == (0 if value != "1" * 16 else 1_111_111_111_111_111)


def test_what_only_adds_to_a_message_is_read_where_it_can_be() -> None:
    assert (read.any_number("9.50"), read.any_count("12")) == (Decimal("9.50"), 12)
    assert read.any_instant("19700101-00:00:01.5") == 1_500_000_000


def test_an_order_ends_at_a_time_or_with_a_day() -> None:
    end_of_first_day = 86_400 * 10**9 - 10**6
    assert [
        read.expiry(fields)
        for fields in ({}, {432: "19700101"}, {126: "19700101-00:00:01"}, {126: "19700101-00:00:01", 432: "19700101"})
    ] == [0, end_of_first_day, 10**9, 10**9]
    assert error(read.expiry, {432: "1970"}) == ("tag 432: '1970' is no day YYYYMMDD", 432, FORMAT)
    assert error(read.expiry, {126: "19700101"})[1:] == (126, FORMAT)


def test_a_field_without_a_value_is_not_written() -> None:
    assert [read.optional(1, value) for value in ("", None, "A")] == ["", "", "1=A\x01"]
    assert [read.optional_plain(44, value) for value in (None, Decimal(0), Decimal("1E+3"))] == [
        "",
        "44=0\x01",
        "44=1000\x01",
    ]


@given(NUMBERS)
def test_a_number_is_written_plainly_and_reads_back(number: Decimal) -> None:
    written = read.plain(number)
    assert set(written) <= set("-0123456789.")
    assert qty({38: written}) == number


@given(INSTANTS, st.sampled_from([3, 6, 9]))
def test_a_time_reads_back(at: int, digits: int) -> None:
    assert time({60: format_utc(at, digits)}) == at
