"""Appendix D, groups A to D: plain orders, cancels, replaces, and several replaces of one order.

Where the broker may refuse at once, or after it has announced the request, the refusals are forks of the case. Each
order in A to D may be refused to begin with, where the Appendix says so.
"""

from __future__ import annotations

from fix.enums import CxlRejReason, ExecType, OrdStatus
from spec.appendix_d.case import Case, case, fork, hears, refused, sends

E = ExecType
S = OrdStatus
TOO_LATE = CxlRejReason.TOO_LATE_TO_CANCEL

_ORDER = sends("D", "X", 10000)
_NEW = hears("X", E.NEW, S.NEW, "10000/0/10000")
_FIRST_1000 = hears("X", E.TRADE, S.PARTIALLY_FILLED, "10000/1000/9000", last="1000")
_NOT_TAKEN = fork(1, "the order is not taken", hears("X", E.REJECTED, S.REJECTED, "10000/0/0"))
_AT_ONCE = "refused at once"
_LATER = "announced, then refused"
_NEVER_RAISED = "a child is never raised: what the order has more goes out as a new child"
_ONE_AT_A_TIME = "a child has one request outstanding; the next one goes to the venue when that is answered"

VANILLA: tuple[Case, ...] = (
    case(
        "A.1.a", "D1", "an order trades in three parts until it is filled",
        _ORDER,
        _NEW,
        hears("X", E.TRADE, S.PARTIALLY_FILLED, "10000/2000/8000", last="2000"),
        hears("X", E.TRADE, S.PARTIALLY_FILLED, "10000/3000/7000", last="1000"),
        hears("X", E.TRADE, S.FILLED, "10000/10000/0", last="7000"),
        forks=(_NOT_TAKEN,),
    ),
    case(
        "A.1.b", "D2", "a day order trades in part, and the day is over",
        _ORDER,
        _NEW,
        hears("X", E.TRADE, S.PARTIALLY_FILLED, "10000/2000/8000", last="2000"),
        hears("X", E.TRADE, S.PARTIALLY_FILLED, "10000/3000/7000", last="1000"),
        hears("X", E.DONE_FOR_DAY, S.DONE_FOR_DAY, "10000/3000/0"),
        forks=(_NOT_TAKEN,),
    ),
)  # fmt: skip

CANCELS: tuple[Case, ...] = (
    case(
        "B.1.a", "D3", "a cancel, and nothing has traded",
        _ORDER,
        _NEW,
        sends("F", "Y of X", 10000),
        hears("Y of X", E.PENDING_CANCEL, S.PENDING_CANCEL, "10000/0/10000"),
        hears("Y of X", E.CANCELED, S.CANCELED, "10000/0/0"),
        forks=(
            _NOT_TAKEN,
            fork(3, _AT_ONCE, refused("Y of X", S.NEW)),
            fork(4, _LATER, refused("Y of X", S.NEW)),
        ),
    ),
    case(
        "B.1.b", "D4", "a cancel while the order trades, before and after the broker has it",
        _ORDER,
        _NEW,
        hears("X", E.TRADE, S.PARTIALLY_FILLED, "10000/2000/8000", last="2000"),
        sends("F", "Y of X", 10000, crosses=1),
        hears("X", E.TRADE, S.PARTIALLY_FILLED, "10000/5000/5000", last="3000"),
        hears("Y of X", E.PENDING_CANCEL, S.PENDING_CANCEL, "10000/5000/5000"),
        hears("X", E.TRADE, S.PENDING_CANCEL, "10000/6000/4000", last="1000"),
        hears("Y of X", E.CANCELED, S.CANCELED, "10000/6000/0"),
        forks=(
            _NOT_TAKEN,
            fork(5, _AT_ONCE, refused("Y of X", S.PARTIALLY_FILLED)),
            fork(7, _LATER, refused("Y of X", S.PARTIALLY_FILLED)),
        ),
    ),
    case(
        # The trap: the last fill still says PendingCancel, only the refusal says Filled
        "B.1.c", "D5", "a cancel, and the order is filled before the broker can act on it",
        _ORDER,
        _NEW,
        hears("X", E.TRADE, S.PARTIALLY_FILLED, "10000/2000/8000", last="2000"),
        sends("F", "Y of X", 10000, crosses=1),
        hears("X", E.TRADE, S.PARTIALLY_FILLED, "10000/5000/5000", last="3000"),
        hears("Y of X", E.PENDING_CANCEL, S.PENDING_CANCEL, "10000/5000/5000"),
        hears("X", E.TRADE, S.PENDING_CANCEL, "10000/10000/0", last="5000"),
        refused("Y of X", S.FILLED, reason=TOO_LATE),
        forks=(
            _NOT_TAKEN,
            fork(5, _AT_ONCE, refused("Y of X", S.PARTIALLY_FILLED)),
        ),
    ),
    case(
        "B.1.d", "", "a cancel that the broker has before it has acknowledged the order",
        _ORDER,
        sends("F", "Y of X", 10000),
        hears("Y of X", E.PENDING_CANCEL, S.PENDING_CANCEL, "10000/0/10000"),
        hears("X", E.NEW, S.PENDING_CANCEL, "10000/0/10000"),
        hears("Y of X", E.CANCELED, S.CANCELED, "10000/0/0"),
    ),
    case(
        "B.1.e", "", "a cancel that passes the acknowledgement on the way",
        _ORDER,
        sends("F", "Y of X", 10000, crosses=1),
        _NEW,
        hears("Y of X", E.PENDING_CANCEL, S.PENDING_CANCEL, "10000/0/10000"),
        hears("Y of X", E.CANCELED, S.CANCELED, "10000/0/0"),
    ),
    case(
        "B.1.f", "", "a cancel of an order that the broker does not know; X stays free to be used",
        sends("F", "Y of X", 10000),
        refused("Y of X", S.REJECTED, reason=CxlRejReason.UNKNOWN_ORDER, order_id="NONE"),
        not_client="only what was sent is canceled; a venue that does not know it puts the child in doubt",
    ),
)  # fmt: skip

REPLACES: tuple[Case, ...] = (
    case(
        "C.1.a", "D6", "raised, and nothing has traded",
        _ORDER,
        _NEW,
        sends("G", "Y of X", 11000),
        hears("Y of X", E.PENDING_REPLACE, S.PENDING_REPLACE, "10000/0/10000"),
        hears("Y of X", E.REPLACED, S.NEW, "11000/0/11000"),
        hears("Y", E.TRADE, S.PARTIALLY_FILLED, "11000/1000/10000", last="1000"),
        hears("Y", E.TRADE, S.PARTIALLY_FILLED, "11000/3000/8000", last="2000"),
        forks=(
            _NOT_TAKEN,
            fork(3, _AT_ONCE, refused("Y of X", S.NEW)),
            fork(4, _LATER, refused("Y of X", S.NEW)),
        ),
        not_client=_NEVER_RAISED,
    ),
    case(
        "C.1.b", "D7", "raised when part has traded, and more trades before the broker acts on it",
        _ORDER,
        _NEW,
        _FIRST_1000,
        sends("G", "Y of X", 12000),
        hears("Y of X", E.PENDING_REPLACE, S.PENDING_REPLACE, "10000/1000/9000"),
        hears("X", E.TRADE, S.PENDING_REPLACE, "10000/1100/8900", last="100"),
        hears("Y of X", E.REPLACED, S.PARTIALLY_FILLED, "12000/1100/10900"),
        hears("Y", E.TRADE, S.FILLED, "12000/12000/0", last="10900"),
        forks=(
            _NOT_TAKEN,
            fork(4, _AT_ONCE, refused("Y of X", S.PARTIALLY_FILLED)),
            fork(6, _LATER, refused("Y of X", S.PARTIALLY_FILLED)),
        ),
        not_client=_NEVER_RAISED,
    ),
    case(
        "C.1.c", "D8", "raised when it is filled: it is open again",
        _ORDER,
        _NEW,
        hears("X", E.TRADE, S.FILLED, "10000/10000/0", last="10000"),
        sends("G", "Y of X", 12000),
        hears("Y of X", E.PENDING_REPLACE, S.PENDING_REPLACE, "10000/10000/0"),
        hears("Y of X", E.REPLACED, S.PARTIALLY_FILLED, "12000/10000/2000"),
        hears("Y", E.TRADE, S.FILLED, "12000/12000/0", last="2000"),
        forks=(
            _NOT_TAKEN,
            fork(4, _AT_ONCE, refused("Y of X", S.FILLED)),
            fork(
                5, _LATER, refused("Y of X", S.FILLED),
                not_counterparty="no venue is asked: a filled order that is raised gets a new child",
            ),
        ),
        not_client=_NEVER_RAISED,
    ),
    case(
        # The trap: the refusal reports Filled, and the order was never pending
        "C.2.a", "D9", "another price, which passes the last fill on the way",
        _ORDER,
        _NEW,
        _FIRST_1000,
        sends("G", "Y of X", 10000, price="101", crosses=1),
        hears("X", E.TRADE, S.FILLED, "10000/10000/0", last="9000"),
        refused("Y of X", S.FILLED, reason=TOO_LATE),
        forks=(_NOT_TAKEN,),
    ),
    case(
        "C.3.a", "D10", "lowered while it trades, to more than has traded",
        _ORDER,
        _NEW,
        _FIRST_1000,
        sends("G", "Y of X", 8000, crosses=1),
        hears("X", E.TRADE, S.PARTIALLY_FILLED, "10000/1500/8500", last="500"),
        hears("Y of X", E.PENDING_REPLACE, S.PENDING_REPLACE, "10000/1500/8500"),
        hears("X", E.TRADE, S.PENDING_REPLACE, "10000/1600/8400", last="100"),
        hears("Y of X", E.REPLACED, S.PARTIALLY_FILLED, "8000/1600/6400"),
        hears("Y", E.TRADE, S.FILLED, "8000/8000/0", last="6400"),
        forks=(
            _NOT_TAKEN,
            fork(5, _AT_ONCE, refused("Y of X", S.PARTIALLY_FILLED)),
            fork(7, _LATER, refused("Y of X", S.PARTIALLY_FILLED)),
        ),
    ),
    case(
        # The trap: Filled outranks what the replace left. The Appendix goes without the announcement here and in C.3.c
        "C.3.b", "D11", "lowered while it trades, to what has traded",
        _ORDER,
        _NEW,
        sends("G", "Y of X", 7000, crosses=1),
        hears("X", E.TRADE, S.PARTIALLY_FILLED, "10000/7000/3000", last="7000"),
        hears("Y of X", E.PENDING_REPLACE, S.PENDING_REPLACE, "10000/7000/3000", optional=True),
        hears("Y of X", E.REPLACED, S.FILLED, "7000/7000/0"),
        forks=(_NOT_TAKEN,),
    ),
    case(
        "C.3.c", "D12", "lowered while it trades, to less than has traded: it becomes what has traded",
        _ORDER,
        _NEW,
        sends("G", "Y of X", 7000, crosses=1),
        hears("X", E.TRADE, S.PARTIALLY_FILLED, "10000/8000/2000", last="8000"),
        hears("Y of X", E.PENDING_REPLACE, S.PENDING_REPLACE, "10000/8000/2000", optional=True),
        hears("Y of X", E.REPLACED, S.FILLED, "8000/8000/0"),
        forks=(_NOT_TAKEN,),
    ),
)  # fmt: skip

SEQUENCES: tuple[Case, ...] = (
    case(
        "D.1.a", "D13", "two replaces, one after the other, both accepted",
        _ORDER,
        _NEW,
        _FIRST_1000,
        sends("G", "Y of X", 8000),
        hears("Y of X", E.PENDING_REPLACE, S.PENDING_REPLACE, "10000/1000/9000"),
        hears("X", E.TRADE, S.PENDING_REPLACE, "10000/1500/8500", last="500"),
        hears("Y of X", E.REPLACED, S.PARTIALLY_FILLED, "8000/1500/6500"),
        hears("Y", E.TRADE, S.PARTIALLY_FILLED, "8000/3500/4500", last="2000"),
        sends("G", "Z of Y", 6000),
        hears("Z of Y", E.PENDING_REPLACE, S.PENDING_REPLACE, "8000/3500/4500"),
        hears("Y", E.TRADE, S.PENDING_REPLACE, "8000/4000/4000", last="500"),
        hears("Z of Y", E.REPLACED, S.PARTIALLY_FILLED, "6000/4000/2000"),
        hears("Z", E.TRADE, S.FILLED, "6000/6000/0", last="2000"),
        forks=(_NOT_TAKEN,),
    ),
    case(
        # Y never was the order, so the next request is one of X
        "D.1.b", "D14", "two replaces, the first refused at once",
        _ORDER,
        _NEW,
        _FIRST_1000,
        sends("G", "Y of X", 8000),
        refused("Y of X", S.PARTIALLY_FILLED),
        hears("X", E.TRADE, S.PARTIALLY_FILLED, "10000/1500/8500", last="500"),
        hears("X", E.TRADE, S.PARTIALLY_FILLED, "10000/3500/6500", last="2000"),
        sends("G", "Z of X", 6000),
        hears("Z of X", E.PENDING_REPLACE, S.PENDING_REPLACE, "10000/3500/6500"),
        hears("Z of X", E.REPLACED, S.PARTIALLY_FILLED, "6000/3500/2500"),
        hears("Z", E.TRADE, S.PARTIALLY_FILLED, "6000/5000/1000", last="1500"),
        forks=(_NOT_TAKEN,),
    ),
    case(
        "D.1.c", "D15", "two replaces, the first announced, then refused",
        _ORDER,
        _NEW,
        _FIRST_1000,
        sends("G", "Y of X", 8000),
        hears("Y of X", E.PENDING_REPLACE, S.PENDING_REPLACE, "10000/1000/9000"),
        hears("X", E.TRADE, S.PENDING_REPLACE, "10000/1500/8500", last="500"),
        refused("Y of X", S.PARTIALLY_FILLED),
        hears("X", E.TRADE, S.PARTIALLY_FILLED, "10000/3500/6500", last="2000"),
        sends("G", "Z of X", 6000),
        hears("Z of X", E.PENDING_REPLACE, S.PENDING_REPLACE, "10000/3500/6500"),
        hears("Z of X", E.REPLACED, S.PARTIALLY_FILLED, "6000/3500/2500"),
        hears("Z", E.TRADE, S.PARTIALLY_FILLED, "6000/5000/1000", last="1500"),
        forks=(_NOT_TAKEN,),
    ),
    case(
        "D.2.a", "D16", "two replaces at once, the second taken up when the first is done",
        _ORDER,
        _NEW,
        _FIRST_1000,
        sends("G", "Y of X", 8000),
        sends("G", "Z of Y", 7000),
        hears("Y of X", E.PENDING_REPLACE, S.PENDING_REPLACE, "10000/1000/9000"),
        hears("X", E.TRADE, S.PENDING_REPLACE, "10000/1500/8500", last="500"),
        hears("Y of X", E.REPLACED, S.PARTIALLY_FILLED, "8000/1500/6500"),
        hears("Y", E.TRADE, S.PARTIALLY_FILLED, "8000/3500/4500", last="2000"),
        hears("Z of Y", E.PENDING_REPLACE, S.PENDING_REPLACE, "8000/3500/4500"),
        hears("Z of Y", E.REPLACED, S.PARTIALLY_FILLED, "7000/3500/3500"),
        hears("Z", E.TRADE, S.FILLED, "7000/7000/0", last="3500"),
        not_counterparty="each request is announced when it comes, whatever is before it: that is D.2.b",
        not_client=_ONE_AT_A_TIME,
    ),
    case(
        # Z is announced as of X, the last one accepted, though it was sent as of Y. Its quantities are printed as if Y
        # were in force already; by the Appendix's own rule a report of what is pending carries the terms in force.
        "D.2.b", "", "two replaces at once, both announced before the first is done",
        _ORDER,
        _NEW,
        _FIRST_1000,
        sends("G", "Y of X", 8000),
        sends("G", "Z of Y", 7000),
        hears("Y of X", E.PENDING_REPLACE, S.PENDING_REPLACE, "10000/1000/9000"),
        hears("Z of X", E.PENDING_REPLACE, S.PENDING_REPLACE, "8000/1000/7000", also="10000/1000/9000"),
        hears("Y of X", E.REPLACED, S.PENDING_REPLACE, "8000/1000/7000"),
        hears("Z of Y", E.REPLACED, S.PARTIALLY_FILLED, "7000/1000/6000"),
        hears("Z", E.TRADE, S.FILLED, "7000/7000/0", last="6000"),
        not_client=_ONE_AT_A_TIME,
    ),
    case(
        # While Z is pending, the refusal of Y says PendingReplace; that of Z names X, the last one accepted
        "D.2.c", "", "two replaces at once, both announced, both refused",
        _ORDER,
        _NEW,
        _FIRST_1000,
        sends("G", "Y of X", 8000),
        sends("G", "Z of Y", 7000),
        hears("Y of X", E.PENDING_REPLACE, S.PENDING_REPLACE, "10000/1000/9000"),
        hears("Z of X", E.PENDING_REPLACE, S.PENDING_REPLACE, "8000/1000/7000", also="10000/1000/9000"),
        refused("Y of X", S.PENDING_REPLACE),
        refused("Z of X", S.PARTIALLY_FILLED),
        hears("X", E.TRADE, S.FILLED, "10000/10000/0", last="9000"),
        not_client=_ONE_AT_A_TIME,
    ),
    case(
        "D.2.d", "D17", "two replaces at once, the second refused because the first is pending",
        _ORDER,
        _NEW,
        _FIRST_1000,
        sends("G", "Y of X", 8000),
        sends("G", "Z of Y", 7000),
        hears("Y of X", E.PENDING_REPLACE, S.PENDING_REPLACE, "10000/1000/9000"),
        refused("Z of X", S.PENDING_REPLACE, reason=CxlRejReason.ALREADY_PENDING),
        hears("Y of X", E.REPLACED, S.PARTIALLY_FILLED, "8000/1000/7000"),
        hears("Y", E.TRADE, S.PARTIALLY_FILLED, "8000/3000/5000", last="2000"),
        chained=1,
        not_client=_ONE_AT_A_TIME,
    ),
)  # fmt: skip

CASES = (*VANILLA, *CANCELS, *REPLACES, *SEQUENCES)
