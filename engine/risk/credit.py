"""What each account traded today."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from engine.risk.checks import Kept
from engine.risk.money import EXACT
from fix.business import ZERO

DAY = 86_400_000_000_000  # ns
KEY = "credit:"


class Traded:
    """Of the accounts that traded today. A day begins `day_start` ns after midnight UTC, and with nothing traded."""

    def __init__(self, kept: Mapping[str, Mapping[str, object]], day_start: int) -> None:
        self._day_start = day_start
        of_accounts = {key.removeprefix(KEY): value for key, value in kept.items() if key.startswith(KEY)}
        self._day = max((int(str(value["day"])) for value in of_accounts.values()), default=0)
        self._values = {
            account: Decimal(str(value["traded"]))
            for account, value in of_accounts.items()
            if int(str(value["day"])) == self._day
        }

    def today(self, account: str, now: int) -> Decimal:
        day = (now - self._day_start) // DAY
        if day > self._day:
            self._day = day
            self._values.clear()
        return self._values.get(account, ZERO)

    def add(self, account: str, value: Decimal, now: int) -> None:
        """Never below zero: what is taken back of a trade of yesterday gives no credit today."""
        self._values[account] = max(EXACT.add(self.today(account, now), value), ZERO)

    def accounts(self) -> list[str]:
        return sorted(self._values)

    def kept(self, account: str) -> Kept:
        return f"{KEY}{account}", {"day": self._day, "traded": str(self._values[account])}
