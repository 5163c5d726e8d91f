"""Orders a person typed into a CSV. Every fault names file, line, column, value and fix."""

from __future__ import annotations

import csv
import difflib
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TextIO, TypeVar

from fix.business import NewOrderSingle
from fix.enums import OrdType, Side, TimeInForce

E = TypeVar("E", bound=StrEnum)
COLUMNS = ("ClOrdID", "Symbol", "Side", "OrderQty", "OrdType", "Price", "TimeInForce", "Account")
REQUIRED = COLUMNS[:5]
USUAL = {"Side": "BUY or SELL", "OrdType": "MARKET or LIMIT", "TimeInForce": "DAY, IOC or FOK"}


class OrderFileError(ValueError):
    """What is wrong with a file of orders: file, line, column, value and fix."""


def read_orders(path: Path, now: int) -> list[NewOrderSingle]:
    """Orders of a CSV with the columns `COLUMNS` (the last three optional); OrderFileError naming the first fault."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return _orders(_lines(file), path, now)
    except OSError as error:
        raise OrderFileError(f"{path}: cannot be read: {error.strerror}; give the path of a CSV file") from None
    except UnicodeDecodeError:
        raise OrderFileError(f"{path}: is not text in UTF-8; save it as a CSV file in UTF-8") from None
    except csv.Error as error:
        raise OrderFileError(f"{path}: is not a CSV file: {error}; look for a quote that is not closed") from None


def _lines(file: TextIO) -> Iterator[tuple[int, list[str]]]:
    """(line of the file, values without the spaces around them)."""
    reader = csv.reader(file, strict=True)
    for row in reader:
        yield reader.line_num, [value.strip() for value in row]


def _orders(lines: Iterator[tuple[int, list[str]]], path: Path, now: int) -> list[NewOrderSingle]:
    header = next(lines, (1, []))[1]
    _check_header(header, path)
    orders: dict[str, NewOrderSingle] = {}
    for number, row in lines:
        where = f"{path}, line {number}"
        if not any(row):
            continue
        if len(row) > len(header):
            raise OrderFileError(f"{where}: {len(row)} values for {len(header)} columns; take the last ones out")
        order = _order(dict.fromkeys(COLUMNS, "") | dict(zip(header, row, strict=False)), where, now)
        if order.cl_ord_id in orders:
            raise OrderFileError(f"{where}: ClOrdID {order.cl_ord_id!r} is used twice; each order needs its own")
        orders[order.cl_ord_id] = order
    if not orders:
        raise OrderFileError(f"{path}: holds no orders; write one on each line below the header")
    return list(orders.values())


def _check_header(header: Sequence[str], path: Path) -> None:
    wrong = ""
    if unknown := [column for column in header if column not in COLUMNS]:
        near = difflib.get_close_matches(unknown[0], COLUMNS, n=1)
        wrong = f"names {unknown[0]!r}, which is no column{f'; did you mean {near[0]}?' if near else ''}"
    elif missing := [column for column in REQUIRED if column not in header]:
        wrong = f"is missing {', '.join(missing)}"
    elif twice := [column for column in COLUMNS if header.count(column) > 1]:
        wrong = f"names {twice[0]} twice"
    if wrong:
        names = f"{','.join(REQUIRED)} and, as you like, {','.join(COLUMNS[len(REQUIRED) :])}"
        raise OrderFileError(f"{path}, line 1: the header {wrong}; it is {names}")


def _order(row: dict[str, str], where: str, now: int) -> NewOrderSingle:
    for column in REQUIRED:
        if not row[column]:
            raise OrderFileError(f"{where}: {column} is empty; every order has one")
    price = row["Price"]
    return NewOrderSingle(
        cl_ord_id=_text(row["ClOrdID"], "ClOrdID", where),
        symbol=_text(row["Symbol"], "Symbol", where),
        side=_member(Side, row["Side"], "Side", where),
        order_qty=_number(row["OrderQty"], "OrderQty", where),
        ord_type=_member(OrdType, row["OrdType"], "OrdType", where),
        price=_number(price, "Price", where) if price else None,
        time_in_force=_member(TimeInForce, row["TimeInForce"] or "DAY", "TimeInForce", where),
        transact_time=now,
        account=_text(row["Account"], "Account", where),
    )


def _text(text: str, column: str, where: str) -> str:
    if not re.fullmatch(r"[ -~]{0,64}", text):
        raise OrderFileError(f"{where}: {column} {text[:80]!r} is not up to 64 printable ASCII characters; change it")
    return text


def _member(enumeration: type[E], text: str, column: str, where: str) -> E:
    """By FIX name (BUY) or by its value on the wire (1)."""
    for member in enumeration:
        if text.upper() in (member.name, member.value):
            return member
    near = difflib.get_close_matches(text.upper(), [member.name for member in enumeration], n=1)
    advice = f"did you mean {near[0]}?" if near else f"write {USUAL[column]}, or another FIX name of {column}"
    raise OrderFileError(f"{where}: {column} {text[:80]!r} is not known; {advice}")


def _number(text: str, column: str, where: str) -> Decimal:
    """As FIX writes numbers: digits and a point, no exponent, no separators. FIX 4.4 gives a float 15 digits."""
    number = Decimal(text) if re.fullmatch(r"[0-9]*\.?[0-9]+|[0-9]+\.", text) else Decimal(0)
    if number <= 0 or len(text.replace(".", "")) > 15:
        raise OrderFileError(f"{where}: {column} {text[:80]!r} is not a number above zero; write it as 100 or 99.95")
    return number
