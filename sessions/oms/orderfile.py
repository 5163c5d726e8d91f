"""Orders a person typed into a CSV. Every fault names file, line, column, value and fix."""

from __future__ import annotations

import csv
import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TextIO, TypeVar

from fix.business import NewOrderSingle, OrderCancelReplaceRequest, OrderCancelRequest
from fix.enums import OrdType, Side, TimeInForce
from sessions.oms.client import amended, replacing
from spec.strategies import STRATEGIES

E = TypeVar("E", bound=StrEnum)
COLUMNS = (
    "ClOrdID", "Symbol", "Side", "OrderQty", "OrdType", "Price", "TimeInForce", "Account", "Action", "OrigClOrdID",
    "TargetStrategy", "Parameters", "ExDestination", "MaxFloor", "MinQty", "ExecInst",
)  # fmt: skip
REQUIRED = COLUMNS[:5]
USUAL = {
    "Side": "BUY or SELL",
    "OrdType": "MARKET or LIMIT",
    "TimeInForce": "DAY, IOC or FOK",
    "Action": "NEW, CANCEL or REPLACE",
}


Row = NewOrderSingle | OrderCancelRequest | OrderCancelReplaceRequest


class Action(StrEnum):
    """What a row asks for, as a person writes it."""

    NEW = "NEW"
    CANCEL = "CANCEL"
    REPLACE = "REPLACE"


# What a request takes from the order it is about
TAKEN = {
    Action.CANCEL: (*COLUMNS[1:8], *COLUMNS[10:]),
    Action.REPLACE: ("Symbol", "Side", "Account", *COLUMNS[10:]),
}


class OrderFileError(ValueError):
    """What is wrong with a file of orders: file, line, column, value and fix."""


def read_orders(path: Path, now: int) -> list[Row]:
    """The rows of a CSV with the columns `COLUMNS`, of which those behind `REQUIRED` are optional.

    A row with Action CANCEL or REPLACE is about the order of an earlier row, by its ClOrdID or that of its last REPLACE
    in OrigClOrdID; what it leaves empty stays as it is. OrderFileError naming the first fault.
    """
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


def _orders(lines: Iterator[tuple[int, list[str]]], path: Path, now: int) -> list[Row]:
    header = next(lines, (1, []))[1]
    _check_header(header, path)
    rows: dict[str, Row] = {}
    terms: dict[str, NewOrderSingle] = {}  # what each row that is no CANCEL makes of its order
    for number, row in lines:
        where = f"{path}, line {number}"
        if not any(row):
            continue
        if len(row) > len(header):
            raise OrderFileError(f"{where}: {len(row)} values for {len(header)} columns; take the last ones out")
        asked = _row(dict.fromkeys(COLUMNS, "") | dict(zip(header, row, strict=False)), terms, where, now)
        if asked.cl_ord_id in rows:
            raise OrderFileError(f"{where}: ClOrdID {asked.cl_ord_id!r} is used twice; each order needs its own")
        rows[asked.cl_ord_id] = asked
    if not rows:
        raise OrderFileError(f"{path}: holds no orders; write one on each line below the header")
    return list(rows.values())


def _row(row: Mapping[str, str], terms: dict[str, NewOrderSingle], where: str, now: int) -> Row:
    """Leaves the terms in `terms` under the row's ClOrdID."""
    action = _member(Action, row["Action"] or "NEW", "Action", where)
    if action is Action.NEW:
        if row["OrigClOrdID"]:
            raise OrderFileError(f"{where}: OrigClOrdID is for CANCEL and REPLACE; leave it empty")
        order = terms[row["ClOrdID"]] = _order(row, where, now)
        return order
    cl_ord_id, order = _about(row, action, terms, where)
    if action is Action.CANCEL:
        return OrderCancelRequest(cl_ord_id, order.cl_ord_id, order.symbol, order.side, order.order_qty, now)
    request = replacing(order, cl_ord_id, now, **_changes(row, where))
    terms[cl_ord_id] = amended(order, request)
    return request


def _about(
    row: Mapping[str, str], action: Action, terms: Mapping[str, NewOrderSingle], where: str
) -> tuple[str, NewOrderSingle]:
    """ClOrdID of a request, and the order it is about."""
    if not row["ClOrdID"]:
        raise OrderFileError(f"{where}: ClOrdID is empty; every request has one")
    for column in TAKEN[action]:
        if row[column]:
            raise OrderFileError(f"{where}: {action} takes {column} from the order; leave it empty")
    order = terms.get(row["OrigClOrdID"])
    if order is None:
        orig = row["OrigClOrdID"][:80]
        raise OrderFileError(f"{where}: OrigClOrdID {orig!r} is no order above; write the ClOrdID of a NEW or REPLACE")
    return _text(row["ClOrdID"], "ClOrdID", where), order


def _changes(row: Mapping[str, str], where: str) -> dict[str, object]:
    """The terms that a REPLACE names; one to MARKET has no price."""
    changes: dict[str, object] = {}
    if row["OrderQty"]:
        changes["order_qty"] = _number(row["OrderQty"], "OrderQty", where)
    if row["OrdType"]:
        changes["ord_type"] = _member(OrdType, row["OrdType"], "OrdType", where)
    if row["TimeInForce"]:
        changes["time_in_force"] = _member(TimeInForce, row["TimeInForce"], "TimeInForce", where)
    if row["Price"]:
        changes["price"] = _number(row["Price"], "Price", where)
    elif changes.get("ord_type") is OrdType.MARKET:
        changes["price"] = None
    return changes


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


def _order(row: Mapping[str, str], where: str, now: int) -> NewOrderSingle:
    for column in REQUIRED:
        if not row[column]:
            raise OrderFileError(f"{where}: {column} is empty; every order has one")
    return NewOrderSingle(
        cl_ord_id=_text(row["ClOrdID"], "ClOrdID", where),
        symbol=_text(row["Symbol"], "Symbol", where),
        side=_member(Side, row["Side"], "Side", where),
        order_qty=_number(row["OrderQty"], "OrderQty", where),
        ord_type=_member(OrdType, row["OrdType"], "OrdType", where),
        price=_optional_number(row["Price"], "Price", where),
        time_in_force=_member(TimeInForce, row["TimeInForce"] or "DAY", "TimeInForce", where),
        transact_time=now,
        account=_text(row["Account"], "Account", where),
        strategy=_strategy(row["TargetStrategy"], where),
        parameters=_parameters(row["Parameters"], where),
        destination=_text(row["ExDestination"], "ExDestination", where),
        max_floor=_optional_number(row["MaxFloor"], "MaxFloor", where),
        min_qty=_optional_number(row["MinQty"], "MinQty", where),
        exec_inst=_text(row["ExecInst"], "ExecInst", where),
    )


def _strategy(text: str, where: str) -> str:
    """By name (TWAP) or by its value on the wire (1001), which may be one that only the other side knows."""
    names = {kind.__name__.upper(): value for value, kind in STRATEGIES.items()}
    if not text or re.fullmatch(r"[0-9]{1,9}", text):
        return text
    if text.upper() in names:
        return names[text.upper()]
    near = difflib.get_close_matches(text.upper(), names, n=1)
    advice = f"did you mean {near[0]}?" if near else f"write {', '.join(names)}, or a number"
    raise OrderFileError(f"{where}: TargetStrategy {text[:80]!r} is not known; {advice}")


def _parameters(text: str, where: str) -> tuple[tuple[str, str], ...]:
    """`NAME=VALUE NAME=VALUE`; what a name may be and what its value, the other side knows."""
    pairs = [part.partition("=") for part in _text(text, "Parameters", where, most=1000).split()]
    for name, _, value in pairs:
        if not (name and value):
            raise OrderFileError(
                f"{where}: Parameters {text[:80]!r} are not NAME=VALUE with spaces between; write Slices=12 Where=dark"
            )
    return tuple((name, value) for name, _, value in pairs)


def _text(text: str, column: str, where: str, most: int = 64) -> str:
    if len(text) > most or not re.fullmatch(r"[ -~]*", text):
        raise OrderFileError(
            f"{where}: {column} {text[:80]!r} is not up to {most} printable ASCII characters; change it"
        )
    return text


def _member(enumeration: type[E], text: str, column: str, where: str) -> E:
    """By FIX name (BUY) or by its value on the wire (1)."""
    for member in enumeration:
        if text.upper() in (member.name, member.value):
            return member
    near = difflib.get_close_matches(text.upper(), [member.name for member in enumeration], n=1)
    advice = f"did you mean {near[0]}?" if near else f"write {USUAL[column]}, or another FIX name of {column}"
    raise OrderFileError(f"{where}: {column} {text[:80]!r} is not known; {advice}")


def _optional_number(text: str, column: str, where: str) -> Decimal | None:
    return _number(text, column, where) if text else None


def _number(text: str, column: str, where: str) -> Decimal:
    """As FIX writes numbers: digits and a point, no exponent, no separators. FIX 4.4 gives a float 15 digits."""
    number = Decimal(text) if re.fullmatch(r"[0-9]*\.?[0-9]+|[0-9]+\.", text) else Decimal(0)
    if number <= 0 or len(text.replace(".", "")) > 15:
        raise OrderFileError(f"{where}: {column} {text[:80]!r} is not a number above zero; write it as 100 or 99.95")
    return number
