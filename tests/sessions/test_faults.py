"""pydantic's findings as sentences, whatever the configuration."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sessions.faults import sentences


class Leaf(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = ""
    size: Annotated[int, Field(ge=1)] = 1
    note: Annotated[str, Field(max_length=3)] = ""


class Root(BaseModel):
    model_config = ConfigDict(extra="forbid")

    leaf: Leaf = Leaf()
    leaves: list[Leaf] = Field(default_factory=list)
    named: dict[str, Leaf] = Field(default_factory=dict)


def said(values: dict[str, Any]) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        Root.model_validate(values)
    return list(sentences(caught.value, values, Root))


def test_an_entry_of_a_list_is_named_by_its_name_else_by_its_place_from_one() -> None:
    values = {"leaves": [{"name": "A", "size": 0}, {"size": 0}, {"name": "", "size": 0}, 7]}
    assert said(values) == [
        "leaves.A.size = 0: must be 1 or more",
        "leaves.2.size = 0: must be 1 or more",
        "leaves.3.size = 0: must be 1 or more",
        "leaves.4 = 7: must be a table, with keys of its own",
    ]


def test_a_suggestion_comes_from_the_table_the_key_stands_in() -> None:
    values = {"sizes": 1, "leaf": {"sizes": 1}, "leaves": [{"leaf": 1}], "named": {"x": {"nam": 1}}}
    assert said(values) == [
        "leaf.sizes: unknown key; did you mean size?",
        "leaves.1.leaf: unknown key; the keys here are name, note, size",
        "named.x.nam: unknown key; did you mean name?",
        "sizes: unknown key; the keys here are leaf, leaves, named",
    ]


def test_a_fault_we_have_no_words_for_keeps_those_of_pydantic() -> None:
    assert said({"leaf": {"note": "{gt} long"}}) == [
        "leaf.note = '{gt} long': String should have at most 3 characters",
    ]


def test_long_values_are_cut_and_passwords_are_never_shown() -> None:
    assert said({"leaf": {"size": "x" * 100}}) == [f"leaf.size = '{'x' * 56}...: must be a whole number"]
    assert said({"leaf": {"size": "a://me:se:c@ret@h/d?password=x"}}) == [
        "leaf.size = 'a://me:***@h/d?password=***': must be a whole number",
    ]
