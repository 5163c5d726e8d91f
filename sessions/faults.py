"""What pydantic found wrong with a configuration, as sentences: the key, the value, and what to do."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

_WORDS = {
    "string_type": "must be text, in quotes",
    "path_type": "must be text, in quotes",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "decimal_type": "must be a number",
    "decimal_parsing": "must be a number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "greater_than": "must be above {gt}",
    "greater_than_equal": "must be {ge} or more",
    "less_than": "must be below {lt}",
    "less_than_equal": "must be {le} or less",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
}


def sentences(error: ValidationError, values: Mapping[str, Any], kind: type[BaseModel]) -> Iterator[str]:
    """One for each fault of `values`, which were to become a `kind`."""
    for fault in error.errors(include_url=False):
        key = _key(fault["loc"], values)
        yield f"{key}{_said(fault, kind)}" if key else _said(fault, kind).removeprefix(": ")


def _said(fault: ErrorDetails, kind: type[BaseModel]) -> str:
    what, given = fault["type"], fault["input"]
    if what == "extra_forbidden":
        return f": unknown key{_advice(str(fault['loc'][-1]), _table_at(fault['loc'][:-1], kind))}"
    if what == "missing":
        return ": is missing; add it"
    if what == "too_short":
        return ": is empty; add one"
    if what == "list_type":
        return f": is written once; write [[{fault['loc'][-1]}]] above each"
    if what in ("model_type", "dict_type"):
        return f" = {_shown(given)}: must be a table, with keys of its own"
    known = _WORDS.get(what)
    words = known.format(**fault.get("ctx", {})) if known else fault["msg"].removeprefix("Value error, ")
    if what == "setting":
        return f" {words}"
    return f": {words}" if isinstance(given, (dict, list)) else f" = {_shown(given)}: {words}"


def _key(loc: tuple[int | str, ...], values: Any) -> str:
    """`venue.ALPHA.port`: an entry of a list by its name or symbol, else by its place, counted from 1."""
    parts = []
    for part in (each for each in loc if each != "[key]"):
        values = values[part] if isinstance(values, dict) and part in values else _entry(values, part)
        own = values.get("name", values.get("symbol")) if isinstance(part, int) and isinstance(values, dict) else None
        parts.append(own if isinstance(own, str) and own else str(part + 1) if isinstance(part, int) else part)
    return ".".join(parts)


def _entry(values: Any, part: int | str) -> Any:
    return values[part] if isinstance(values, list) and isinstance(part, int) and part < len(values) else None


def _shown(value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else repr(value) if isinstance(value, str) else str(value)
    text = re.sub(r"(://[^:/]*:).*@", r"\1***@", text)
    text = re.sub(r"(password=)[^&']*", r"\1***", text)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _advice(key: str, table: type[BaseModel] | None) -> str:
    known = sorted(table.model_fields) if table is not None else []
    near = difflib.get_close_matches(key, known, n=1)
    if near:
        return f"; did you mean {near[0]}?"
    return f"; the keys here are {', '.join(known)}" if known else "; take it out"


def _table_at(loc: tuple[int | str, ...], kind: type[BaseModel]) -> type[BaseModel] | None:
    """The table that the keys at `loc` belong to."""
    table: type[BaseModel] | None = kind
    for part in loc:
        if table is not None and isinstance(part, str) and part in table.model_fields:
            table = next(iter(_tables(table.model_fields[part].annotation)), None)
    return table


def _tables(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from _tables(argument)
