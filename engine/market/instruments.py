"""What an instrument is, wherever it trades: for those that need more than a symbol."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

PutOrCall = Literal["PUT", "CALL"]


@dataclass(frozen=True, slots=True)
class Security:
    """The identity of a derivative in FIX's terms; "" and None stand for what it does not have.

    `security_type` is SecurityType(167), such as FUT or OPT. `maturity` is MaturityMonthYear(200) as YYYYMM or
    MaturityDate(541) as YYYYMMDD, `put_or_call` PutOrCall(201) by its name, `strike` StrikePrice(202) in price units,
    `cfi` CFICode(461) (ISO 10962), `multiplier` ContractMultiplier(231).
    """

    security_type: str
    maturity: str = ""
    put_or_call: PutOrCall | None = None
    strike: Decimal | None = None
    cfi: str = ""
    multiplier: Decimal | None = None
