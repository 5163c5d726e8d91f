from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from sessions.fields import Address, CompID, Name, Port, Positive, Settings, Symbol


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
