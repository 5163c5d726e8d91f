from __future__ import annotations

from dataclasses import FrozenInstanceError
from decimal import Decimal

import pytest

from engine.market.instruments import Security


def test_a_security_has_no_more_than_its_type_unless_told_otherwise() -> None:
    assert Security("FUT") == Security("FUT", maturity="", put_or_call=None, strike=None, cfi="", multiplier=None)


def test_securities_are_the_same_by_what_they_say() -> None:
    call = Security("OPT", "20261218", "CALL", Decimal("105.50"))
    assert call == Security("OPT", "20261218", "CALL", Decimal("105.5"))
    assert len({call, Security("OPT", "20261218", "CALL", Decimal("105.5"))}) == 1
    assert call != Security("OPT", "20261218", "PUT", Decimal("105.5"))


def test_what_an_instrument_is_does_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        Security("FUT").maturity = "202612"  # type: ignore[misc]
