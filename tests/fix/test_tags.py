"""Every tag we name is the one the dictionaries know by that name."""

from __future__ import annotations

import pytest

from fix import tags
from tests.fix.dictionaries import versions

OURS = {name: number for name, number in vars(tags).items() if isinstance(number, int)}
# Older versions call two fields otherwise; FIX 4.3 gave them the names we use.
OLDER_NAMES = {"IDSource": "SecurityIDSource", "LastShares": "LastQty"}


@pytest.mark.parametrize("name", OURS)
def test_the_dictionaries_know_the_tag_by_our_name(name: str) -> None:
    known = {version.fields[OURS[name]].name for version in versions().values() if OURS[name] in version.fields}
    assert {OLDER_NAMES.get(other, other) for other in known} == {name}


def test_no_tag_has_two_names_and_they_stand_in_order() -> None:
    assert list(OURS.values()) == sorted(set(OURS.values()))
