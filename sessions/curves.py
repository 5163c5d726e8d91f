"""Volume curves for VWAP and implementation shortfall: a CSV file with the lines `time,volume`.

`time` is HH:MM or HH:MM:SS in UTC, when a bucket of a usual day begins; it ends with the next. `volume` is what trades
in it, in the parent's units.
"""

from __future__ import annotations

import csv
import re
from decimal import Decimal, InvalidOperation
from pathlib import Path

from engine.core.setup import Curve

SECOND = 1_000_000_000
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?\Z", re.ASCII)


def read_curve(path: Path) -> Curve:
    """ValueError with a sentence that names the file, the line and what to do; OSError where it cannot be read."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [(number, row) for number, row in enumerate(csv.reader(file), start=1) if row]
    if not rows or [cell.strip().lower() for cell in rows[0][1]] != ["time", "volume"]:
        raise ValueError(f"{path}, line 1: is not the header time,volume; write it first")
    buckets = tuple(_bucket(path, number, row) for number, row in rows[1:])
    for (number, _), (before, _), (after, _) in zip(rows[2:], buckets, buckets[1:], strict=False):
        if after <= before:
            raise ValueError(f"{path}, line {number}: is not later than the line before; put the buckets in order")
    if len(buckets) < 2 or not any(volume for _, volume in buckets):
        raise ValueError(f"{path}: is no curve; it needs two buckets or more, and some volume")
    return buckets


def _bucket(path: Path, number: int, row: list[str]) -> tuple[int, Decimal]:
    where = f"{path}, line {number}"
    if len(row) != 2:
        raise ValueError(f"{where}: has {len(row)} cells; write time,volume")
    found = _TIME.match(row[0].strip())
    if found is None:
        raise ValueError(f"{where}: time = {row[0]!r}: must be a time of day in UTC, such as 14:30")
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    try:
        volume = Decimal(row[1].strip())
    except InvalidOperation:
        volume = Decimal(-1)
    if not (volume.is_finite() and volume >= 0):
        raise ValueError(f"{where}: volume = {row[1]!r}: must be a number, 0 or more")
    return ((hours * 60 + minutes) * 60 + seconds) * SECOND, volume
