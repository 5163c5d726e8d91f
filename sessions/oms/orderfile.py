"""Orders a person typed into a CSV. Every fault names file, line, column, value and fix."""

from __future__ import annotations

import csv
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from fix.business import NewOrderSingle
from fix.enums import OrdType, Side, TimeInForce

E = TypeVar("E", bound=StrEnum)
COLUMNS = ("ClOrdID", "Symbol", "Side", "OrderQty", "OrdType", "Price", "TimeInForce", "Account")
REQUIRED = COLUMNS[:5]


class OrderFileError(ValueError):
    """What is wrong with a file of orders: file, line, column, value and fix."""


def read_orders(path: Path, now: int) -> list[NewOrderSingle]:
    """Orders of a CSV with the columns `COLUMNS` (the last three optional); OrderFileError naming the first fault."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return _orders(csv.DictReader(file, strict=True), path, now)
    except OSError as error:
        raise OrderFileError(f"{path}: cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise OrderFileError(f"{path}: is not a CSV file in UTF-8: {error}") from None


def _orders(rows: csv.DictReader[str], path: Path, now: int) -> list[NewOrderSingle]:
    header = rows.fieldnames or []
    missing = [column for column in REQUIRED if column not in header]
    unknown = [column for column in header if column not in COLUMNS]
    if missing or unknown:
        wrong = f"is missing {', '.join(missing)}" if missing else f"has unknown {', '.join(map(repr, unknown))}"
        raise OrderFileError(f"{path}: the first line {wrong}; it must name columns of {', '.join(COLUMNS)}")
    orders: list[NewOrderSingle] = []
    used: set[str] = set()
    for row in rows:
        where = f"{path}, line {rows.line_num}"
        order = _order({key: (value or "").strip() for key, value in row.items() if key is not None}, where, now)
        if order.cl_ord_id in used:
            raise OrderFileError(f"{where}: ClOrdID {order.cl_ord_id} is used twice; each order needs its own")
        used.add(order.cl_ord_id)
        orders.append(order)
    if not orders:
        raise OrderFileError(f"{path}: holds no orders")
    return orders


def _order(row: dict[str, str], where: str, now: int) -> NewOrderSingle:
    for column in REQUIRED:
        if not row[column]:
            raise OrderFileError(f"{where}: {column} is empty; every order has one")
    price = row.get("Price", "")
    return NewOrderSingle(
        cl_ord_id=row["ClOrdID"],
        symbol=row["Symbol"],
        side=_member(Side, row["Side"], "Side", where),
        order_qty=_number(row["OrderQty"], "OrderQty", where),
        ord_type=_member(OrdType, row["OrdType"], "OrdType", where),
        price=_number(price, "Price", where) if price else None,
        time_in_force=_member(TimeInForce, row.get("TimeInForce") or "DAY", "TimeInForce", where),
        transact_time=now,
        account=row.get("Account", ""),
    )


def _member(enumeration: type[E], text: str, column: str, where: str) -> E:
    """By FIX name (BUY) or by its value on the wire (1)."""
    for member in enumeration:
        if text.upper() in (member.name, member.value):
            return member
    names = ", ".join(member.name for member in enumeration)
    raise OrderFileError(f"{where}: {column} {text!r} is not known; it is one of {names}")


def _number(text: str, column: str, where: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or number <= 0:
        raise OrderFileError(f"{where}: {column} {text!r} is not a number above zero")
    return number
