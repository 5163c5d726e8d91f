"""What may be asked of a running engine and what it answers: a line of JSON each way.

An instruction names the person who gives it and the reason, and becomes one of `engine.core.actions`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, ValidationError, model_validator

from engine.core import actions
from engine.core.actions import Outcome, Scope
from sessions.faults import sentences
from sessions.fields import Name, Table


class RequestError(ValueError):
    """What is asked cannot be understood, or not be done here; a line for each fault."""


def _printable(longest: int) -> Callable[[str], str]:
    def check(text: str) -> str:
        if not (0 < len(text) <= longest and text.isprintable() and text == text.strip()):
            raise ValueError(f"must be 1 to {longest} printable characters, no space at either end")
        return text

    return check


Short = Annotated[str, AfterValidator(_printable(64))]
Reason = Annotated[str, AfterValidator(_printable(200))]


class Ping(Table):
    """Does anybody answer?"""

    ask: Literal["ping"] = "ping"


class Look(Table):
    """How do things stand?"""

    ask: Literal["status"] = "status"


class _Given(Table):
    """By whom, and why."""

    by: Short
    reason: Reason


class _Scoped(_Given):
    scope: Scope
    name: Literal[""] | Short = ""

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.scope is Scope.ALL) != (self.name == ""):
            raise ValueError("give a name, or all without one")
        return self


class Kill(_Scoped):
    ask: Literal["kill"] = "kill"

    def action(self) -> actions.Kill:
        return actions.Kill(self.scope, self.name)


class Release(_Scoped):
    ask: Literal["release"] = "release"

    def action(self) -> actions.Release:
        return actions.Release(self.scope, self.name)


class Settle(_Given):
    """`cum_qty` in venue units."""

    ask: Literal["settle"] = "settle"
    cl_ord_id: Short
    outcome: Outcome
    cum_qty: Annotated[Decimal, Field(ge=0, lt=10**15)] | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.outcome is Outcome.REJECTED and self.cum_qty:
            raise ValueError("what a venue rejected has traded nothing; leave cum_qty out, or settle as canceled")
        if self.outcome is Outcome.CANCELED and self.cum_qty is None:  # a guess would be traded again
            raise ValueError("say what it traded before it was canceled: cum_qty, 0 for nothing")
        return self

    def action(self) -> actions.Settle:
        return actions.Settle(self.cl_ord_id, self.outcome, self.cum_qty or Decimal(0))


class Enable(_Given):
    ask: Literal["enable"] = "enable"
    customer: Name

    def action(self) -> actions.Enable:
        return actions.Enable(self.customer)


class Reload(_Given):
    """The engine reads its limits again from its own configuration."""

    ask: Literal["reload"] = "reload"


class TakeOut(_Given):
    ask: Literal["out"] = "out"
    venue: Name

    def action(self) -> actions.TakeOut:
        return actions.TakeOut(self.venue)


class TakeBack(_Given):
    ask: Literal["in"] = "in"
    venue: Name

    def action(self) -> actions.TakeBack:
        return actions.TakeBack(self.venue)


class RollBack(_Given):
    ask: Literal["rollback"] = "rollback"

    def action(self) -> actions.RollBack:
        return actions.RollBack()


class LearnAgain(_Given):
    ask: Literal["learn"] = "learn"

    def action(self) -> actions.LearnAgain:
        return actions.LearnAgain()


Instruction = Kill | Release | Settle | Enable | Reload | TakeOut | TakeBack | RollBack | LearnAgain
Request = Ping | Look | Instruction
_KINDS: tuple[type[Request], ...] = (
    Ping,
    Look,
    Kill,
    Release,
    Settle,
    Enable,
    Reload,
    TakeOut,
    TakeBack,
    RollBack,
    LearnAgain,
)
_BY_WORD = {kind.model_fields["ask"].default: kind for kind in _KINDS}


def understood(line: bytes) -> Request:
    """RequestError with every fault."""
    try:
        values = json.loads(line, parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError):  # no JSON, no UTF-8, absurd numbers, absurd depth
        raise RequestError("a connection brings one request, one line of JSON") from None
    word = values.get("ask") if isinstance(values, dict) else None
    kind = _BY_WORD.get(word) if isinstance(word, str) else None
    if kind is None:
        raise RequestError(f"ask: must be one of {', '.join(_BY_WORD)}")
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        raise RequestError("\n".join(sentences(error, values, kind))) from None


class SessionState(Table):
    name: str
    role: Literal["oms", "drop copy", "venue"]
    up: bool


class VenueState(Table):
    """`reason` says why it is not in; "" where it is."""

    name: str
    state: Literal["in", "probing", "out"]
    reason: str = ""


class KillState(Table):
    """A kill in force; `open` children that it reaches are not confirmed gone yet, 0 is flat."""

    scope: Scope
    name: str
    by: str
    reason: str
    open: int


class DoubtState(Table):
    """A child in doubt: `order` is the ClOrdID(11) of the OMS, `open_qty` may still trade, in venue units."""

    cl_ord_id: str
    venue: str
    symbol: str
    order: str
    open_qty: Decimal
    reason: str


class Status(Table):
    """How an engine stands. `in_doubt` lists the first of `doubts`, `SHOWN_MAX` at most."""

    instance: str
    open_orders: int
    doubts: int
    sessions: list[SessionState]
    venues: list[VenueState]
    kills: list[KillState]
    stopped: list[str]  # customers, by the repeated-execution throttle
    in_doubt: list[DoubtState]


SHOWN_MAX = 100  # in doubt: what a person can look through


class Answer(Table):
    """`ok`: it is done. `text` says what was done, or why not."""

    ok: bool
    text: str = ""
    status: Status | None = None
