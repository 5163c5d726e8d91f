"""Volume curves as people write them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from sessions.curves import read_curve

MINUTE = 60_000_000_000


def test_a_curve_is_read_as_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "acme.csv"
    path.write_text("\ufeffTime, Volume\n14:30,1000\n\n15:00:30, 250.5\n23:59,0\n", encoding="utf-8")
    assert read_curve(path) == (
        (870 * MINUTE, Decimal(1000)),
        (900 * MINUTE + MINUTE // 2, Decimal("250.5")),
        (1439 * MINUTE, Decimal(0)),
    )


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", ", line 1: is not the header time,volume; write it first"),
        ("14:30,1\n", ", line 1: is not the header time,volume; write it first"),
        ("time,volume\n14:30\n", ", line 2: has 1 cells; write time,volume"),
        ("time,volume\n24:00,1\n", ", line 2: time = '24:00': must be a time of day in UTC, such as 14:30"),
        ("time,volume\n9:00,1\n", ", line 2: time = '9:00': must be a time of day in UTC, such as 14:30"),
        ("time,volume\n09:00,x\n", ", line 2: volume = 'x': must be a number, 0 or more"),
        ("time,volume\n09:00,-1\n", ", line 2: volume = '-1': must be a number, 0 or more"),
        ("time,volume\n09:00,NaN\n", ", line 2: volume = 'NaN': must be a number, 0 or more"),
        ("time,volume\n09:00,1\n\n09:00,1\n", ", line 4: is not later than the line before; put the buckets in order"),
        ("time,volume\n09:00,1\n", ": is no curve; it needs two buckets or more, and some volume"),
        ("time,volume\n09:00,0\n10:00,0\n", ": is no curve; it needs two buckets or more, and some volume"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, fault: str) -> None:
    path = tmp_path / "curve.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError) as told:
        read_curve(path)
    assert str(told.value) == f"{path}{fault}"
