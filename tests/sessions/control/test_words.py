"""What may be asked: signed, bounded, and every fault a sentence."""

from __future__ import annotations

import json
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.actions import Outcome, Scope
from sessions.control import words
from sessions.control.words import Answer, Request, RequestError, understood
from tests.sessions.control.room import STATUS

ASKED: list[Request] = [
    words.Ping(),
    words.Look(),
    words.Kill(by="alice", reason="drill", scope=Scope.ALL),
    words.Kill(by="Ålice Å.", reason="drill: “all” out", scope=Scope.STRATEGY, name="1001"),
    words.Release(by="alice", reason="drill", scope=Scope.VENUE, name="ALPHA"),
    words.Settle(
        by="alice", reason="told by telephone", cl_ord_id="R-1-2", outcome=Outcome.CANCELED, cum_qty=Decimal("0.10")
    ),
    words.Settle(by="alice", reason="told by telephone", cl_ord_id="R-1-2", outcome=Outcome.WORKING),
    words.Enable(by="alice", reason="drill", customer="OMS"),
    words.Reload(by="alice", reason="drill"),
    words.TakeOut(by="alice", reason="drill", venue="ALPHA"),
    words.TakeBack(by="alice", reason="drill", venue="ALPHA"),
    words.RollBack(by="alice", reason="drill"),
    words.LearnAgain(by="alice", reason="drill"),
]


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: asked.ask)
def test_what_is_written_is_understood_as_it_was_meant(asked: Request) -> None:
    assert understood(asked.model_dump_json().encode() + b"\n") == asked


def test_every_word_is_tried_here() -> None:
    assert {type(asked) for asked in ASKED} == set(words._KINDS)


def test_a_quantity_keeps_its_digits_whether_it_is_text_or_a_number() -> None:
    told = '{"ask":"settle","by":"a","reason":"b","cl_ord_id":"C","outcome":"canceled","cum_qty":%s}'
    for quantity in ("0.1000000000000000055", '"0.1000000000000000055"'):
        asked = understood((told % quantity).encode())
        assert isinstance(asked, words.Settle)
        assert str(asked.cum_qty) == "0.1000000000000000055"


SIGNED = {"by": "alice", "reason": "drill"}
SETTLE = {"ask": "settle", "cl_ord_id": "C", **SIGNED}
SHORT = "must be 1 to 64 printable characters, no space at either end"
LONG = "must be 1 to 200 printable characters, no space at either end"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"ask": "reload", "reason": "drill"}, "by: is missing; add it"),
        ({"ask": "reload", "by": "alice"}, "reason: is missing; add it"),
        ({"ask": "reload", "by": "", "reason": "drill"}, f"by = '': {SHORT}"),
        ({"ask": "reload", "by": " ", "reason": "drill"}, f"by = ' ': {SHORT}"),
        ({"ask": "reload", "by": "a\x1b[2J", "reason": "drill"}, f"by = 'a\\x1b[2J': {SHORT}"),
        ({"ask": "reload", "by": "a\nb", "reason": "drill"}, f"by = 'a\\nb': {SHORT}"),
        ({"ask": "reload", "by": 7, "reason": "drill"}, "by = 7: must be text, in quotes"),
        ({"ask": "reload", "by": "alice", "reason": "x" * 201}, f"reason = '{'x' * 56}...: {LONG}"),
        ({"ask": "kill", "scope": "all", "name": "ALPHA", **SIGNED}, "give a name, or all without one"),
        ({"ask": "kill", "scope": "venue", **SIGNED}, "give a name, or all without one"),
        ({"ask": "out", "venue": "a b", **SIGNED}, "venue = 'a b': must be 1 to 32 letters, digits, underscores,"),
        ({"outcome": "canceled", **SETTLE}, "say what it traded before it was canceled: cum_qty, 0 for nothing"),
        (
            {"outcome": "rejected", "cum_qty": 1, **SETTLE},
            "what a venue rejected has traded nothing; leave cum_qty out, or settle as canceled",
        ),
        ({"outcome": "working", "cum_qty": -1, **SETTLE}, "cum_qty = -1: must be 0 or more"),
        ({"outcome": "working", "cum_qty": "many", **SETTLE}, "cum_qty = 'many': must be a number"),
        ({"outcome": "working", "cum_qty": float("nan"), **SETTLE}, "cum_qty = nan: must be a finite number"),
        ({"ask": ["kill"]}, "ask: must be one of ping, status, kill, release, settle, enable, reload, out, in"),
        ({"ask": "kil"}, "ask: must be one of ping, status, kill, release, settle, enable, reload, out, in"),
    ],
)
def test_each_fault_is_a_sentence(values: dict[str, Any], said: str) -> None:
    with pytest.raises(RequestError) as caught:
        understood(json.dumps(values).encode())
    assert str(caught.value).startswith(said)


@given(st.binary() | st.recursive(st.none() | st.text() | st.floats() | st.integers(), st.lists).map(json.dumps))
def test_whatever_comes_is_understood_or_refused(sent: bytes | str) -> None:
    with pytest.raises(RequestError):
        understood(sent if isinstance(sent, bytes) else sent.encode())


WORDS = ["ask", "kill", "by", "reason", "scope", "name", "venue", "cum_qty", "settle", "outcome", "cl_ord_id", "all"]


@given(st.dictionaries(st.sampled_from(WORDS), st.sampled_from(WORDS) | st.text() | st.floats() | st.none()))
def test_whatever_is_asked_in_our_words_is_understood_or_refused(values: dict[str, Any]) -> None:
    with suppress(RequestError):
        asked = understood(json.dumps(values).encode())
        assert understood(asked.model_dump_json().encode()) == asked


def test_an_answer_comes_back_as_it_was_given() -> None:
    answer = Answer(ok=True, text="two\nlines", status=STATUS)
    assert Answer.model_validate_json(answer.model_dump_json()) == answer
