"""Market data are values: what is left out says that the venue did not say it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fix import business
from fix.enums import MDEntryType, MDUpdateAction
from fix.market import MarketData, MDEntry

LEVEL = MDEntry(MDEntryType.BID, Decimal("9.5"), Decimal(100))


def test_an_entry_is_a_new_one_without_name_or_number_unless_it_says_so() -> None:
    assert MDEntry(MDEntryType.BID, Decimal("9.5"), Decimal(100), MDUpdateAction.NEW, "", "", 0) == LEVEL


def test_a_message_has_no_number_unless_it_says_so() -> None:
    assert MarketData(snapshot=True, symbol="IBM", entries=(LEVEL,)) == MarketData(True, "IBM", (LEVEL,), None)


@pytest.mark.parametrize("value", [LEVEL, MarketData(snapshot=True, symbol="IBM", entries=(LEVEL,))])
def test_nobody_changes_what_is_under_way(value: MDEntry | MarketData) -> None:
    with pytest.raises(AttributeError):
        value.symbol = "X"  # type: ignore[misc]


def test_they_belong_to_the_vocabulary_of_business() -> None:
    assert (business.MDEntry, business.MarketData) == (MDEntry, MarketData)
