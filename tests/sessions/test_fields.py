from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from sessions.fields import Address, CompID, FieldValue, LogonTag, Name, Port, Positive, Settings, Symbol


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        (Address, "localhost", "is no IPv4 address"),
        (CompID, "A B", "1 to 64 printable ASCII characters without spaces"),
        (Name, "", "1 to 32 letters"),
        (Port, 65536, "less than or equal to 65535"),
        (Positive, 0, "greater than 0"),
        (Settings, {"NoSuchSetting": "1"}, "NoSuchSetting"),
        (Symbol, " ACME", "no space at either end"),
    ],
)
def test_what_is_wrong_with_a_field_is_said_in_words(field: type, value: object, why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        TypeAdapter(field).validate_python(value)


@pytest.mark.parametrize(
    ("tag", "why"), [("554", "holds a secret"), ("108", "is set by the session itself"), ("x", "must be a tag number")]
)
def test_a_logon_says_nothing_secret_and_nothing_that_the_session_says(tag: str, why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        TypeAdapter(LogonTag).validate_python(tag)


def test_a_tag_is_a_number_though_toml_has_only_text() -> None:
    assert TypeAdapter(dict[LogonTag, FieldValue]).validate_python({"9001": "Y"}) == {9001: "Y"}
