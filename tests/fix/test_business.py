"""Business messages are values: equal by what they say, and nobody changes one that is under way."""

from __future__ import annotations

import inspect
from decimal import Decimal

import pytest

from fix import business
from fix.business import ExecutionReport, MDEntry, NewOrderSingle, OrderStatusRequest
from fix.enums import ExecType, MDEntryType, MDUpdateAction, OrdStatus, OrdType, Side, TimeInForce

VALUES = [c for _, c in inspect.getmembers(business, inspect.isclass) if c.__module__ == business.__name__]


@pytest.mark.parametrize("value", VALUES)
def test_no_value_can_be_changed_or_grow(value: type) -> None:
    names = [name for name in inspect.signature(value).parameters if name != "_cls"]
    made = value(*names)
    for name in [*names, "another"]:
        with pytest.raises((AttributeError, TypeError)):
            setattr(made, name, "changed")
    assert [getattr(made, name) for name in names] == names


@pytest.mark.parametrize("value", VALUES)
def test_equal_words_are_equal_values_with_one_hash(value: type) -> None:
    names = [name for name in inspect.signature(value).parameters if name != "_cls"]
    assert value(*names) == value(*names)
    assert len({value(*names), value(*names)}) == 1
    assert value(*names) != value(*names[:-1], "other")


def test_what_an_order_may_leave_out_is_its_account() -> None:
    order = NewOrderSingle(
        cl_ord_id="O-1",
        symbol="IBM",
        side=Side.BUY,
        order_qty=Decimal(100),
        ord_type=OrdType.MARKET,
        price=None,
        time_in_force=TimeInForce.DAY,
        transact_time=0,
    )
    assert order.account == ""


def test_a_report_without_a_trade_says_so_by_zeros_and_empty_words() -> None:
    report = ExecutionReport(
        order_id="V-1",
        cl_ord_id="O-1",
        exec_id="X-1",
        exec_type=ExecType.NEW,
        ord_status=OrdStatus.NEW,
        symbol="IBM",
        side=Side.BUY,
        order_qty=Decimal(100),
        cum_qty=Decimal(0),
        leaves_qty=Decimal(100),
        avg_px=Decimal(0),
    )
    absent = ("", "", None, "", "", 0, None, None, None, "", None, 0, None, None, None, "", 0, False)
    assert tuple(report[11:]) == (Decimal(0), Decimal(0), *absent)
    assert {type(value) for value in report[11:13]} == {Decimal}


def test_a_level_is_new_unless_it_says_otherwise() -> None:
    level = MDEntry(MDEntryType.BID, Decimal("9.5"), Decimal(100))
    assert (level.action, level.symbol) == (MDUpdateAction.NEW, "")
    assert OrderStatusRequest("O-1", "IBM", Side.BUY).order_id == ""
