"""Everything that affects the life of an order lives in this file.

Two machines, not one: what the counterparty has reported (`ORDER`), and which of our requests is outstanding
(`REQUEST`). OrdStatus(39) is derived from both by FIX's precedence (FIX 4.4 Volume 4, Appendix D). The same table
serves a child at a venue and a parent towards the OMS. Terminal states are the rows without ordinary events; what real
venues still say afterwards stands there with its reason.
"""

from __future__ import annotations

from decimal import Decimal
from enum import Enum, auto

from fix.enums import OrdStatus


class _ByIdentity(Enum):
    """Members are keys of every table here; Enum's own hash is a call into Python for each look-up."""

    __hash__ = object.__hash__


class Event(_ByIdentity):
    """What a counterparty can report of an order."""

    PENDING = auto()
    ACCEPTED = auto()
    TRADE = auto()  # something stays open
    FILL = auto()  # nothing stays open
    CANCELED = auto()
    REJECTED = auto()
    EXPIRED = auto()
    DONE_FOR_DAY = auto()
    SUSPENDED = auto()
    STOPPED = auto()
    CALCULATED = auto()
    REPLACED = auto()
    RESTATED = auto()
    REOPENED = auto()  # filled no more, and open again: a trade was cancelled, or the quantity raised
    UNFILLED = auto()  # filled no more, and nothing of it open


S = OrdStatus
E = Event

_WORKING = {
    E.PENDING: S.NEW,
    E.ACCEPTED: S.NEW,
    E.TRADE: S.PARTIALLY_FILLED,
    E.FILL: S.FILLED,
    E.CANCELED: S.CANCELED,
    E.REJECTED: S.REJECTED,
    E.EXPIRED: S.EXPIRED,
    E.DONE_FOR_DAY: S.DONE_FOR_DAY,
    E.SUSPENDED: S.SUSPENDED,
    E.STOPPED: S.STOPPED,
    E.CALCULATED: S.CALCULATED,
    E.REPLACED: S.NEW,
    E.RESTATED: S.NEW,
}
_PART_FILLED = _WORKING | {
    E.PENDING: S.PARTIALLY_FILLED,
    E.ACCEPTED: S.PARTIALLY_FILLED,  # an acknowledgement overtaken by its fill
    E.REPLACED: S.PARTIALLY_FILLED,
    E.RESTATED: S.PARTIALLY_FILLED,
}
del _PART_FILLED[E.REJECTED]  # FIX: an order with executions can be canceled, never rejected

ORDER: dict[OrdStatus, dict[Event, OrdStatus]] = {
    S.PENDING_NEW: _WORKING | {E.PENDING: S.PENDING_NEW},
    S.NEW: _WORKING,
    S.PARTIALLY_FILLED: _PART_FILLED,
    S.STOPPED: _WORKING | {E.ACCEPTED: S.STOPPED, E.REPLACED: S.STOPPED},
    S.SUSPENDED: _WORKING | {E.TRADE: S.SUSPENDED, E.REPLACED: S.SUSPENDED},
    S.DONE_FOR_DAY: {
        E.DONE_FOR_DAY: S.DONE_FOR_DAY,
        E.SUSPENDED: S.SUSPENDED,  # the next morning
        E.REPLACED: S.DONE_FOR_DAY,  # a GTC order overnight
        E.CALCULATED: S.CALCULATED,
        E.EXPIRED: S.EXPIRED,
        E.CANCELED: S.CANCELED,
        E.TRADE: S.DONE_FOR_DAY,  # reported late: the fill happened before the close
        E.FILL: S.FILLED,
        E.ACCEPTED: S.NEW,  # a GTC order the next morning
        E.RESTATED: S.NEW,
    },
    S.CALCULATED: {E.EXPIRED: S.EXPIRED, E.CANCELED: S.CANCELED, E.TRADE: S.CALCULATED, E.FILL: S.FILLED},
    # terminal: nothing moves them, but a fill that was on its way when the order ended did happen and is booked, and
    # what was filled is no more when its trade is cancelled (Appendix D, J.1.a) or its quantity raised (C.1.c)
    S.FILLED: {
        E.REOPENED: S.PARTIALLY_FILLED,
        E.UNFILLED: S.CANCELED,
        E.FILL: S.FILLED,  # a venue gave more than was asked, and once more: it did happen
    },
    S.CANCELED: {E.TRADE: S.CANCELED, E.FILL: S.FILLED},  # the cancel overtook the fill on its way to us
    S.EXPIRED: {E.TRADE: S.EXPIRED, E.FILL: S.FILLED},  # the same at the close
    S.REJECTED: {},
}
TERMINAL = frozenset({S.FILLED, S.CANCELED, S.EXPIRED, S.REJECTED})
CLOSED = TERMINAL - {S.FILLED}  # no request outranks them
DAY_ENDS = frozenset({S.DONE_FOR_DAY, S.CALCULATED})  # final as well, but for orders that outlive their day
ENDS = TERMINAL | DAY_ENDS


class Request(_ByIdentity):
    """Which of our requests the counterparty has still to answer. IN_DOUBT: the answer may have been lost."""

    NONE = auto()
    NEW = auto()
    CANCEL = auto()
    REPLACE = auto()
    IN_DOUBT = auto()


class Step(_ByIdentity):
    """What happens to a request."""

    CANCEL_SENT = auto()
    REPLACE_SENT = auto()
    ANSWERED_NEW = auto()  # the order itself was acknowledged, filled or refused
    ANSWERED_CHANGE = auto()  # a cancel or replace was accepted or refused
    LOST = auto()  # disconnect, restart or time-out before the answer
    SETTLED = auto()  # the venue answered a status request, or a person decided
    ENDED = auto()  # the order is over; nothing is outstanding any more


R = Request
_ALWAYS = {Step.LOST: R.IN_DOUBT, Step.ENDED: R.NONE}
REQUEST: dict[Request, dict[Step, Request]] = {
    R.NONE: _ALWAYS
    | {
        Step.CANCEL_SENT: R.CANCEL,
        Step.REPLACE_SENT: R.REPLACE,
        Step.ANSWERED_NEW: R.NONE,
        Step.ANSWERED_CHANGE: R.NONE,
        Step.SETTLED: R.NONE,
    },
    R.NEW: _ALWAYS
    | {
        Step.CANCEL_SENT: R.CANCEL,  # FIX allows to cancel before the acknowledgement (Appendix D, B.1.d)
        Step.ANSWERED_NEW: R.NONE,
        Step.ANSWERED_CHANGE: R.NEW,
        Step.SETTLED: R.NONE,
    },
    R.CANCEL: _ALWAYS
    | {
        Step.ANSWERED_NEW: R.CANCEL,
        Step.ANSWERED_CHANGE: R.NONE,
        Step.SETTLED: R.NONE,
        Step.CANCEL_SENT: R.CANCEL,
    },
    R.REPLACE: _ALWAYS
    | {
        Step.ANSWERED_NEW: R.REPLACE,
        Step.ANSWERED_CHANGE: R.NONE,
        Step.SETTLED: R.NONE,
        Step.CANCEL_SENT: R.CANCEL,
        Step.REPLACE_SENT: R.REPLACE,
    },
    # Unknown is a state: only a settlement or the order's end leaves it (design, law 5)
    R.IN_DOUBT: {
        Step.LOST: R.IN_DOUBT,
        Step.ENDED: R.NONE,
        Step.SETTLED: R.NONE,
        Step.ANSWERED_NEW: R.IN_DOUBT,
        Step.ANSWERED_CHANGE: R.IN_DOUBT,
    },
}


# A change the counterparty has still to answer, and the OrdStatus(39) that says so
CHANGING = {R.CANCEL: S.PENDING_CANCEL, R.REPLACE: S.PENDING_REPLACE}
FREE = frozenset({R.NONE, R.NEW})  # no change is outstanding and nothing in doubt
_UNTRADED = frozenset({S.NEW, S.PENDING_NEW})


class TransitionError(ValueError):
    """The table has no row for this: the counterparty said what cannot be, and nothing changed."""


def advance(state: OrdStatus, event: Event) -> OrdStatus:
    """The next reported state; TransitionError when the table does not know the way."""
    try:
        return ORDER[state][event]
    except KeyError:
        raise TransitionError(f"{event.name} cannot follow {state.name}") from None


def step(request: Request, what: Step) -> Request:
    """The next state of our outstanding request; TransitionError when the table does not know the way."""
    try:
        return REQUEST[request][what]
    except KeyError:
        raise TransitionError(f"{what.name} cannot follow request {request.name}") from None


def ord_status(state: OrdStatus, request: Request, cum_qty: Decimal) -> OrdStatus:
    """OrdStatus(39) by precedence: a pending cancel or replace outranks Filled too, but no other end."""
    if state in CLOSED:
        return state
    if request in CHANGING:
        return CHANGING[request]
    if cum_qty:
        return S.PARTIALLY_FILLED if state in _UNTRADED else state
    return S.NEW if state is S.PARTIALLY_FILLED else state  # all its trades were cancelled
