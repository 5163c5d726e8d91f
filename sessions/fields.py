"""What a person types, field by field: the words that configurations are made of, and what is wrong with a bad one."""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from sessions import quickfix_settings


def written(pattern: str, words: str) -> AfterValidator:
    """Text that matches `pattern`; `words` say the same to a person."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(f"must be {words}")
        return text

    return AfterValidator(check)


def _no_flag(value: Any) -> Any:
    if isinstance(value, bool):
        raise PydanticCustomError("number", "must be a number")
    return value


def _setting(value: Any) -> Any:
    """TOML has words of its own for what QuickFIX writes as text."""
    if isinstance(value, bool):
        return "Y" if value else "N"
    if isinstance(value, (int, dt.time)):
        return str(value)
    return value


def _known_settings(settings: dict[str, str]) -> dict[str, str]:
    faults = [
        InitErrorDetails(type=PydanticCustomError("setting", fault), loc=(name,), input=value)
        for name, value in settings.items()
        if (fault := quickfix_settings.fault(name, value))
    ]
    if faults:
        raise ValidationError.from_exception_data("quickfix", faults)
    conflict = quickfix_settings.conflict(settings)
    if conflict:
        raise ValueError(conflict)
    return settings


def _ipv4(host: str) -> str:
    try:
        return str(ipaddress.IPv4Address(host))
    except ValueError:
        raise ValueError("is no IPv4 address; a listener binds to one, such as 127.0.0.1 or 0.0.0.0") from None


def _logon_tag(tag: Any) -> Any:
    """Keys of TOML are text. What the session layer itself says, and secrets, have no place here."""
    text = str(tag)
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 100_000):
        raise PydanticCustomError("tag", "must be a tag number, such as 9001")
    if int(text) in _OWN:
        raise PydanticCustomError("own_tag", "is set by the session itself; take it out")
    if int(text) in _SECRETS:
        raise PydanticCustomError("secret_tag", "holds a secret, which has no place in a configuration")
    return int(text)


_OWN = frozenset({8, 9, 10, 34, 35, 43, 49, 52, 56, 95, 98, 108, 122, 141, 383, 384, 789, 1137})
_SECRETS = frozenset({96, 554, 925, 1402, 1404})


def _time(value: Any) -> Any:
    """TOML has words of its own for a time of day; pydantic would take a number for seconds."""
    if re.fullmatch(r"([01][0-9]|2[0-3])(:[0-5][0-9]){2}", str(value)):
        return value
    raise PydanticCustomError("time_of_day", "must be a time of day in UTC, such as 00:00:00")


DialectName = Literal["FIX.4.2", "FIX.4.4", "FIX.5.0SP2"]
CompID = Annotated[str, written(r"[!-~]{1,64}", "1 to 64 printable ASCII characters without spaces")]
Name = Annotated[str, written(r"[A-Za-z0-9_.-]{1,32}", "1 to 32 letters, digits, underscores, dots and hyphens")]
Symbol = Annotated[
    str, written(r"(?=.{1,64}$)[!-~]+( [!-~]+)*", "1 to 64 printable ASCII characters, no space at either end")
]
Mic = Annotated[str, written(r"([A-Z0-9]{4})?", "a market identifier code: four capital letters or digits")]
Host = Annotated[str, written(r"[A-Za-z0-9._-]{1,253}", "a host name or an IPv4 address")]
Address = Annotated[str, AfterValidator(_ipv4)]
TimeOfDay = Annotated[dt.time, BeforeValidator(_time)]
Whole = Annotated[int, Field(strict=True)]
Port = Annotated[Whole, Field(ge=0, le=65535)]
Number = Annotated[float, BeforeValidator(_no_flag)]
Positive = Annotated[Decimal, Field(gt=0, lt=10**15)]
Setting = Annotated[str, BeforeValidator(_setting)]
LogonTag = Annotated[int, BeforeValidator(_logon_tag)]
FieldValue = Annotated[str, written(r"[ -~]{1,256}", "1 to 256 printable ASCII characters")]
Settings = Annotated[dict[str, Setting], AfterValidator(_known_settings)]


class Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
