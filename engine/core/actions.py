"""What a named person may ask of a running engine. Each is recorded with who asked and why before it acts."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from engine.risk.limits import Limits


class Scope(StrEnum):
    """What a kill reaches."""

    ALL = "all"
    CUSTOMER = "customer"  # an OMS session
    STRATEGY = "strategy"  # TargetStrategy(847)
    VENUE = "venue"


class Kill(NamedTuple):
    """Stops new orders in scope at once and cancels what is open; `name` is "" for all."""

    scope: Scope
    name: str = ""


class Release(NamedTuple):
    """Ends a kill of the same scope and name."""

    scope: Scope
    name: str = ""


class Outcome(StrEnum):
    """What became of a child in doubt, as a person found out."""

    WORKING = "working"  # the venue has it and it is open
    CANCELED = "canceled"  # it is over; `cum_qty` says what it traded
    REJECTED = "rejected"  # the venue never had it


class Settle(NamedTuple):
    """Decides the fate of a child in doubt. `cum_qty` in venue units, as the venue says."""

    cl_ord_id: str
    outcome: Outcome
    cum_qty: Decimal


class Enable(NamedTuple):
    """Lets a customer go on whom the repeated-execution throttle stopped."""

    customer: str


class ChangeLimits(NamedTuple):
    limits: Limits


class TakeOut(NamedTuple):
    """No routing to this venue until it is taken back by hand."""

    venue: str


class TakeBack(NamedTuple):
    venue: str


class RollBack(NamedTuple):
    """Routing goes by what it had learned a generation ago, and learns nothing new until `LearnAgain`."""


class LearnAgain(NamedTuple):
    """New generations may follow again."""


Action = Kill | Release | Settle | Enable | ChangeLimits | TakeOut | TakeBack | RollBack | LearnAgain
