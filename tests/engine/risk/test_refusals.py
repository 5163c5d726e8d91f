"""The sentences are compared where they arise (`test_controls.py`); here the table that documents them."""

from __future__ import annotations

import re

from engine.risk import refusals
from engine.risk.limits import CustomerLimits, Limits
from tests.engine.risk.test_controls import PRECEDENCE


def test_the_table_names_each_limit_with_its_reason_in_the_order_of_precedence() -> None:
    rows = re.findall(r"^\| ([a-z_, ]+) \| .* \| (\d+) \|$", refusals.__doc__ or "", re.MULTILINE)
    documented = [(name.split(",")[0], reason) for name, reason in rows]
    tested = [("stopped", "0"), *[(name, reason.value) for name, reason, _ in PRECEDENCE]]
    assert documented[:-1] == tested
    assert documented[-1] == ("any that needs a reference price", "99")


def test_every_limit_of_a_customer_is_in_the_table() -> None:
    windows = {"period", "message_window", "repeat_window"}
    limits = {*CustomerLimits.__dataclass_fields__, *Limits.__dataclass_fields__}
    limits -= {*windows, "every", "customers", "instruments", "venues", "default_credit"}
    assert {
        name for name in limits if not re.search(rf"^\|.*\b{name}\b.*\|.*\|", refusals.__doc__ or "", re.MULTILINE)
    } == set()


def test_seconds_are_written_as_a_person_would() -> None:
    written = [refusals.seconds(window) for window in (1, 1_500_000_000, 60_000_000_000)]
    assert written == ["0.000000001 s", "1.5 s", "60 s"]
