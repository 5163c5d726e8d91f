"""What a person types of an instrument besides its lots: tick tables, fees, and what a derivative is."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from engine.market.instruments import PutOrCall, Security
from sessions.fields import Positive, Table, written

_EXAMPLE = "[[0, 0.0001], [1, 0.01]]"
_OPTIONS = frozenset({"OPT", "OOC", "OOF", "OOP"})  # on an instrument, a combination, a future, a physical
Rows = tuple[tuple[Decimal, Decimal], ...]


def _pairs(value: Any) -> Any:
    if isinstance(value, list) and all(isinstance(row, list) and len(row) == 2 for row in value):
        return value
    raise PydanticCustomError("pairs", f"must be pairs of a price and the tick from there on, such as {_EXAMPLE}")


def _table(rows: Rows) -> Rows:
    """A price where two rows meet is on the grid of both, or rounding to one could leave the other's."""
    if rows and rows[0][0]:
        raise ValueError(f"begins at {rows[0][0]}; the first row is for prices from 0, such as {_EXAMPLE}")
    for (start, tick), (after, following) in pairwise(rows):
        if after <= start:
            raise ValueError(f"{after} stands behind {start}; write the prices in rising order")
        for each in (tick, following):
            if after % each:
                raise ValueError(f"{after} is no multiple of tick {each}; a row begins at a price of the row before it")
    return rows


def _maturity(text: str) -> str:
    try:
        dt.date(int(text[:4]), int(text[4:6]), int(text[6:] or 1))
    except ValueError:
        raise ValueError("is no day; write YYYYMM or YYYYMMDD") from None
    return text


Ticks = Annotated[
    tuple[tuple[Annotated[Decimal, Field(ge=0, lt=10**15)], Positive], ...],
    BeforeValidator(_pairs),
    AfterValidator(_table),
]
Fee = Annotated[Decimal, Field(gt=-1, lt=1)]
Currency = Annotated[str, written(r"([A-Z0-9]{2,10})?", "a currency code, such as EUR")]


class SecurityConfig(Table):
    """A derivative's identity, see `engine.market.instruments.Security`."""

    security_type: Annotated[str, written(r"[A-Z0-9]{1,12}", "a value of SecurityType(167), such as FUT or OPT")]
    maturity: Annotated[str, written(r"([0-9]{6}([0-9]{2})?)?", "YYYYMM or YYYYMMDD"), AfterValidator(_maturity)] = ""
    put_or_call: PutOrCall | None = None
    strike: Positive | None = None
    cfi: Annotated[str, written(r"([A-Z]{6})?", "a CFI code: six capital letters, such as OCASPS")] = ""
    multiplier: Positive | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        needed = {"maturity": self.maturity, "strike": self.strike, "put_or_call": self.put_or_call}
        missing = [key for key, value in needed.items() if not value]
        if missing and (self.security_type in _OPTIONS or self.cfi.startswith("O")):
            raise ValueError(f"an option has a maturity, a strike and put_or_call; add {', '.join(missing)}")
        return self

    def security(self) -> Security:
        return Security(**self.model_dump())
