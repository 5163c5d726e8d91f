"""UTCTimestamp both ways, beside datetime."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fix.timestamp import end_of_day, format_utc, parse_utc

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST = datetime(2999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
MOMENTS = st.timedeltas(timedelta(0), LAST - EPOCH).map(lambda since: EPOCH + since)
NANOS = 1_000_000_000
NOON = 1_709_208_000 * NANOS  # 2024-02-29 12:00:00


def nanos(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1) * 1000


@pytest.mark.parametrize(
    ("digits", "written"),
    [
        (0, "20240229-12:00:00"),
        (3, "20240229-12:00:00.123"),
        (6, "20240229-12:00:00.123456"),
        (9, "20240229-12:00:00.123456789"),
    ],
)
def test_an_instant_is_written_with_as_many_digits_as_asked_for(digits: int, written: str) -> None:
    assert format_utc(NOON + 123_456_789, digits) == written


def test_milliseconds_unless_asked_and_cut_not_rounded() -> None:
    assert format_utc(NOON + 999_999_999) == "20240229-12:00:00.999"
    assert format_utc(NOON) == "20240229-12:00:00.000"


@pytest.mark.parametrize(
    ("text", "fraction"),
    [
        ("20240229-12:00:00", 0),
        ("20240229-12:00:00.5", 500_000_000),
        ("20240229-12:00:00.001", 1_000_000),
        ("20240229-12:00:00.123456", 123_456_000),
        ("20240229-12:00:00.000000001", 1),
    ],
)
def test_a_fraction_has_up_to_nine_digits(text: str, fraction: int) -> None:
    assert parse_utc(text) == NOON + fraction


@given(MOMENTS)
def test_every_moment_reads_back_and_agrees_with_datetime(moment: datetime) -> None:
    written = format_utc(nanos(moment), 6)
    assert written == moment.strftime("%Y%m%d-%H:%M:%S.%f")
    assert parse_utc(written) == nanos(moment)


@given(st.integers(0, 2**63 - 1), st.sampled_from([0, 3, 6, 9]))
def test_what_is_written_reads_back_up_to_its_digits(at: int, digits: int) -> None:
    assert parse_utc(format_utc(at, digits)) == at - at % 10 ** (9 - digits)


def test_a_leap_second_counts_as_the_second_before_it() -> None:
    assert parse_utc("20161231-23:59:60") == parse_utc("20161231-23:59:59")
    assert parse_utc("20161231-23:59:60.250") == parse_utc("20161231-23:59:59.250")


@pytest.mark.parametrize(
    "text",
    [
        "20230229-12:00:00",
        "21000229-12:00:00",
        "20240431-12:00:00",
        "20241301-12:00:00",
        "20240001-12:00:00",
        "20240100-12:00:00",
        "20240101-24:00:00",
        "20240101-12:60:00",
        "20240101-12:00:61",
        "20240101-12:00:99",
    ],
)
def test_a_moment_of_no_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError) as refused:
        parse_utc(text)
    assert str(refused.value) == f"{text!r} is no moment of any day"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "20240229",
        "20240229 12:00:00",
        "20240229-12:00",
        "2024-02-29T12:00:00",
        "20240229-12:00:00Z",
        "20240229-12:00:00.",
        "20240229-12:00:00.1234567890",
        "20240229-12:00:00.-5",
        "20240229-12:00:00.1.5",
        "20240229-12:00:00.\xb2",
        " 20240229-12:00:00",
        "20240229-12:00:00\n",
        "2024022a-12:00:00",
        "-2024229-12:00:00",
    ],
)
def test_what_has_another_form_is_refused(text: str) -> None:
    with pytest.raises(ValueError) as refused:
        parse_utc(text)
    assert str(refused.value) == f"{text!r} is not a UTCTimestamp (YYYYMMDD-HH:MM:SS[.sss])"


def test_a_day_ends_with_its_last_millisecond() -> None:
    assert format_utc(end_of_day("20240229")) == "20240229-23:59:59.999"


@pytest.mark.parametrize("text", ["", "20230229", "2024-02-29", "20240229-12:00:00", "today"])
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError) as refused:
        end_of_day(text)
    assert str(refused.value) == f"{text!r} is no day YYYYMMDD"
