"""Appendix D, groups E to L: what a broker says unasked, twice-sent orders, status, days, ends, corrections, halts."""

from __future__ import annotations

from fix.enums import ExecRestatementReason, ExecType, OrdRejReason, OrdStatus, TimeInForce
from spec.appendix_d.case import Case, NextDay, case, fork, hears, sends
from spec.appendix_d.case import refused as refuses

E = ExecType
S = OrdStatus
R = ExecRestatementReason

_ORDER = sends("D", "X", 10000)
_NEW = hears("X", E.NEW, S.NEW, "10000/0/10000")
_FIRST_1000 = hears("X", E.TRADE, S.PARTIALLY_FILLED, "10000/1000/9000", last="1000")
_FIRST_2000 = hears("X", E.TRADE, S.PARTIALLY_FILLED, "10000/2000/8000", last="2000")
_NOT_TAKEN = fork(1, "the order is not taken", hears("X", E.REJECTED, S.REJECTED, "10000/0/0"))
_VERBAL = OrdRejReason.DUPLICATE_OF_A_VERBALLY_COMMUNICATED_ORDER
_NEVER_RAISED = "a child is never raised: what the order has more goes out as a new child"
_NEVER_TWICE = "a child's ClOrdID(11) is used once, and an order never goes to a venue again"

UNSOLICITED: tuple[Case, ...] = (
    case(
        "E.1.a", "D18", "an order given by telephone is reported",
        hears("", E.NEW, S.NEW, "10000/0/10000"),
        hears("", E.TRADE, S.PARTIALLY_FILLED, "10000/2000/8000", last="2000"),
        hears("", E.TRADE, S.PARTIALLY_FILLED, "10000/3000/7000", last="1000"),
        hears("", E.TRADE, S.FILLED, "10000/10000/0", last="7000"),
        not_counterparty="nobody telephones Manifold: every order comes in a NewOrderSingle(D)",
        not_client="Manifold telephones nobody: a report of an order it has not sent is alerted and booked nowhere",
    ),
    case(
        "E.1.b", "D19", "the broker cancels a part-filled order, as agreed by telephone",
        _ORDER,
        _NEW,
        _FIRST_1000,
        hears("X", E.CANCELED, S.CANCELED, "10000/1000/0", restated=R.VERBAL_CHANGE),
        forks=(_NOT_TAKEN,),
    ),
    case(
        "E.1.c", "D20", "the broker raises the order twice, as agreed by telephone",
        _ORDER,
        _NEW,
        hears("X", E.RESTATED, S.NEW, "11000/0/11000", restated=R.VERBAL_CHANGE),
        hears("X", E.TRADE, S.PARTIALLY_FILLED, "11000/1000/10000", last="1000"),
        hears("X", E.RESTATED, S.PARTIALLY_FILLED, "12000/1000/11000", restated=R.VERBAL_CHANGE),
        forks=(_NOT_TAKEN,),
        not_counterparty="how much is bought is the OMS's to say, in a message; no venue can raise it",
        not_client="no more may trade than the OMS asked for: a child that its venue raises is canceled",
    ),
    case(
        "E.1.d", "D21", "the broker declines part of the quantity",
        _ORDER,
        _NEW,
        hears("X", E.RESTATED, S.NEW, "9000/0/9000", restated=R.PARTIAL_DECLINE_OF_ORDER_QTY),
        hears("X", E.TRADE, S.FILLED, "9000/9000/0", last="9000"),
        forks=(_NOT_TAKEN,),
    ),
    case(
        "E.1.e", "", "an order that is to be canceled when it is not the best price any more",
        sends("D", "X", 10000, price="56"),
        _NEW,
        hears("X", E.CANCELED, S.CANCELED, "10000/0/0", restated=R.CANCELED),
        forks=(_NOT_TAKEN,),
    ),
)  # fmt: skip

TWICE: tuple[Case, ...] = (
    case(
        # The refusal of the second order tells how the first one stands
        "F.1.a", "D22", "a second order under a ClOrdID that was used",
        _ORDER,
        _NEW,
        _FIRST_2000,
        sends("D", "X", 15000),
        hears("X", E.REJECTED, S.PARTIALLY_FILLED, "10000/2000/8000", rejected=OrdRejReason.DUPLICATE_ORDER),
        not_client=_NEVER_TWICE,
    ),
    case(
        "F.1.b", "D31", "orders with PossResend(97)=Y, one that came before and one that did not",
        _ORDER,
        _NEW,
        sends("D", "X", 10000, poss_resend=True),
        hears("X", E.ORDER_STATUS, S.NEW, "10000/0/10000"),
        sends("D", "X", 20000),
        hears("X", E.REJECTED, S.NEW, "10000/0/10000", rejected=OrdRejReason.DUPLICATE_ORDER),
        sends("D", "Y", 15000, poss_resend=True),
        hears("Y", E.NEW, S.NEW, "15000/0/15000"),
        not_client=_NEVER_TWICE,
    ),
    case(
        "F.1.c", "D23", "an order that was given by telephone before it came",
        _ORDER,
        hears("X", E.REJECTED, S.REJECTED, "10000/0/0", rejected=_VERBAL),
        not_counterparty="nobody telephones Manifold: there is no verbal order that one could repeat",
    ),
)  # fmt: skip

STATUS: tuple[Case, ...] = (
    case(
        "G.1.a", "D24", "asked for an order that the broker does not know",
        sends("H", "X"),
        hears("X", E.ORDER_STATUS, S.REJECTED, "0/0/0", rejected=OrdRejReason.UNKNOWN_ORDER),
    ),
    case(
        "G.1.b", "D25", "asked for an order that has not traded",
        _ORDER,
        _NEW,
        sends("H", "X"),
        hears("X", E.ORDER_STATUS, S.NEW, "10000/0/10000"),
    ),
    case(
        # Once replaced, the order answers to either name, and the answer carries the one that was asked for
        "G.1.c", "D26", "asked at once, and again all through its life",
        _ORDER,
        sends("H", "X"),
        hears("X", E.ORDER_STATUS, S.PENDING_NEW, "10000/0/10000"),
        _NEW,
        sends("H", "X"),
        hears("X", E.ORDER_STATUS, S.NEW, "10000/0/10000"),
        _FIRST_2000,
        sends("H", "X"),
        hears("X", E.ORDER_STATUS, S.PARTIALLY_FILLED, "10000/2000/8000"),
        hears("X", E.TRADE, S.FILLED, "10000/10000/0", last="8000"),
        forks=(
            fork(
                10, "asked when it is filled, and after it was raised",
                sends("H", "X"),
                hears("X", E.ORDER_STATUS, S.FILLED, "10000/10000/0"),
                sends("G", "Y of X", 12000),
                hears("Y of X", E.PENDING_REPLACE, S.PENDING_REPLACE, "10000/10000/0"),
                hears("Y of X", E.REPLACED, S.PARTIALLY_FILLED, "12000/10000/2000"),
                sends("H", "X"),
                hears("X", E.ORDER_STATUS, S.PARTIALLY_FILLED, "12000/10000/2000"),
                sends("H", "Y"),
                hears("Y", E.ORDER_STATUS, S.PARTIALLY_FILLED, "12000/10000/2000"),
                not_client="a venue is asked while there is doubt, and of a filled child there is none",
            ),
        ),
    ),
)  # fmt: skip

_GTC = sends("D", "X", 10000, time_in_force=TimeInForce.GTC)
_OVERNIGHT = (
    _GTC,
    _NEW,
    _FIRST_2000,
    hears("X", E.DONE_FOR_DAY, S.DONE_FOR_DAY, "10000/2000/8000", optional=True),
    NextDay(),
)
_RENEWED = hears(
    "X", E.RESTATED, S.PARTIALLY_FILLED, "10000/2000/8000", day="8000/0", restated=R.GT_RENEWAL, optional=True
)

DAYS: tuple[Case, ...] = (
    case(
        "H.1.a", "D27", "good till canceled: renewed the next day, and trades again",
        *_OVERNIGHT,
        _RENEWED,
        hears("X", E.TRADE, S.PARTIALLY_FILLED, "10000/3000/7000", last="1000", day="8000/1000"),
    ),
    case(
        # What has traded counts double as well, and is no trade of the day. The Appendix goes without the renewal here
        "H.1.b", "D28", "good till canceled: two for one overnight, then trades until it is filled",
        *_OVERNIGHT,
        _RENEWED,
        hears(
            "X", E.RESTATED, S.PARTIALLY_FILLED, "20000/4000/16000", day="16000/0", restated=R.GT_CORPORATE_ACTION
        ),
        hears("X", E.TRADE, S.PARTIALLY_FILLED, "20000/9000/11000", last="5000", day="16000/5000"),
        hears("X", E.TRADE, S.FILLED, "20000/20000/0", last="11000", day="16000/16000"),
    ),
    case(
        "H.1.c", "D29", "good till canceled: renewed the next day, then canceled",
        *_OVERNIGHT,
        _RENEWED,
        sends("F", "Y of X", 10000),
        hears("Y of X", E.PENDING_CANCEL, S.PENDING_CANCEL, "10000/2000/8000", day="8000/0"),
        hears("Y of X", E.CANCELED, S.CANCELED, "10000/2000/0", day="8000/0"),
        forks=(
            fork(7, "refused at once", refuses("Y of X", S.PARTIALLY_FILLED)),
            fork(8, "announced, then refused", refuses("Y of X", S.PARTIALLY_FILLED)),
        ),
    ),
    case(
        "H.1.d", "D30", "good till canceled: renewed the next day, raised, and trades before that is done",
        *_OVERNIGHT,
        _RENEWED,
        sends("G", "Y of X", 15000, time_in_force=TimeInForce.GTC),
        hears("Y of X", E.PENDING_REPLACE, S.PENDING_REPLACE, "10000/2000/8000", day="8000/0"),
        hears("X", E.TRADE, S.PENDING_REPLACE, "10000/3000/7000", last="1000", day="8000/1000"),
        hears("Y of X", E.REPLACED, S.PARTIALLY_FILLED, "15000/3000/12000", day="13000/1000"),
        forks=(
            fork(7, "refused at once", refuses("Y of X", S.PARTIALLY_FILLED)),
            fork(9, "announced, then refused", refuses("Y of X", S.PARTIALLY_FILLED)),
        ),
        not_client=_NEVER_RAISED,
    ),
)  # fmt: skip

IMMEDIATE: tuple[Case, ...] = (
    case(
        "I.1.a", "D32", "fill or kill, and cannot be filled",
        sends("D", "X", 10000, time_in_force=TimeInForce.FOK),
        _NEW,
        hears("X", E.CANCELED, S.CANCELED, "10000/0/0"),
        forks=(_NOT_TAKEN,),
    ),
    case(
        "I.1.b", "D33", "immediate or cancel, and only part can be had",
        sends("D", "X", 10000, time_in_force=TimeInForce.IOC),
        _NEW,
        _FIRST_1000,
        hears("X", E.CANCELED, S.CANCELED, "10000/1000/0"),
        forks=(_NOT_TAKEN,),
    ),
)  # fmt: skip

CORRECTIONS: tuple[Case, ...] = (
    case(
        # A correction names the last report of the trade: H corrects F, not D
        "J.1.a", "D34", "filled; then a trade of it is cancelled and others are corrected",
        _ORDER,
        hears("X", E.NEW, S.NEW, "10000/0/10000", exec_id="B"),
        hears("X", E.TRADE, S.PARTIALLY_FILLED, "10000/1000/9000", last="1000 at 100", avg="100", exec_id="C"),
        hears("X", E.TRADE, S.FILLED, "10000/10000/0", last="9000 at 110", avg="109", exec_id="D"),
        hears("X", E.TRADE_CANCEL, S.PARTIALLY_FILLED, "10000/9000/1000", avg="110", exec_id="E", ref="C"),
        hears(
            "X", E.TRADE_CORRECT, S.PARTIALLY_FILLED, "10000/9000/1000", last="9000 at 100", avg="100",
            exec_id="F", ref="D",
        ),
        hears("X", E.TRADE, S.FILLED, "10000/10000/0", last="1000 at 120", avg="102", exec_id="G"),
        hears("X", E.TRADE_CORRECT, S.FILLED, "10000/10000/0", last="9000 at 120", avg="120", exec_id="H", ref="F"),
        forks=(
            fork(1, "the order is not taken", hears("X", E.REJECTED, S.REJECTED, "10000/0/0", exec_id="A")),
            fork(
                8, "raised, and corrected once more",
                sends("G", "Y of X", 12000),
                hears("Y of X", E.PENDING_REPLACE, S.PENDING_REPLACE, "10000/10000/0", avg="120", exec_id="I"),
                hears("Y of X", E.REPLACED, S.PARTIALLY_FILLED, "12000/10000/2000", avg="120", exec_id="J"),
                hears(
                    "Y", E.TRADE_CORRECT, S.PARTIALLY_FILLED, "12000/10500/1500", last="9500 at 120", avg="120",
                    exec_id="K", ref="H",
                ),
                not_client=_NEVER_RAISED,
            ),
        ),
    ),
    case(
        # Canceled outranks New, and stays: the new trade is one of the same order
        "J.1.b", "D35", "canceled; then its trade is cancelled, and another one takes its place",
        _ORDER,
        hears("X", E.NEW, S.NEW, "10000/0/10000", exec_id="A"),
        hears("X", E.TRADE, S.PARTIALLY_FILLED, "10000/5000/5000", last="5000 at 50", exec_id="B"),
        sends("F", "Y of X", 10000),
        hears("Y of X", E.PENDING_CANCEL, S.PENDING_CANCEL, "10000/5000/5000", exec_id="C"),
        hears("Y of X", E.CANCELED, S.CANCELED, "10000/5000/0", exec_id="D"),
        hears("Y", E.TRADE_CANCEL, S.CANCELED, "10000/0/0", exec_id="E", ref="B"),
        hears("Y", E.TRADE, S.CANCELED, "10000/4000/0", last="4000 at 51", exec_id="F"),
    ),
    case(
        # Correcting the day before changes what is left for the day
        "J.1.c", "D36", "good till canceled: a trade of each day is corrected on the second",
        _GTC,
        hears("X", E.NEW, S.NEW, "10000/0/10000", exec_id="A"),
        hears("X", E.TRADE, S.PARTIALLY_FILLED, "10000/2000/8000", last="2000", exec_id="B"),
        hears("X", E.DONE_FOR_DAY, S.DONE_FOR_DAY, "10000/2000/8000", exec_id="C", optional=True),
        NextDay(),
        hears(
            "X", E.RESTATED, S.PARTIALLY_FILLED, "10000/2000/8000", day="8000/0", restated=R.GT_RENEWAL,
            exec_id="D", optional=True,
        ),
        hears("X", E.TRADE, S.PARTIALLY_FILLED, "10000/3000/7000", last="1000", day="8000/1000", exec_id="E"),
        hears(
            "X", E.TRADE_CORRECT, S.PARTIALLY_FILLED, "10000/2500/7500", last="1500", day="8500/1000",
            exec_id="F", ref="B",
        ),
        hears(
            "X", E.TRADE_CORRECT, S.PARTIALLY_FILLED, "10000/2000/8000", last="500", day="8500/500",
            exec_id="G", ref="E",
        ),
    ),
    case(
        "J.1.d", "", "done for the day; then its trade is corrected, and cancelled",
        _ORDER,
        hears("X", E.NEW, S.NEW, "10000/0/10000", exec_id="A"),
        hears("X", E.TRADE, S.PARTIALLY_FILLED, "10000/5000/5000", last="5000 at 50", exec_id="B"),
        hears("X", E.DONE_FOR_DAY, S.DONE_FOR_DAY, "10000/5000/0", exec_id="C"),
        hears("X", E.TRADE_CORRECT, S.DONE_FOR_DAY, "10000/4000/0", last="4000 at 50", exec_id="D", ref="B"),
        hears("X", E.TRADE_CANCEL, S.DONE_FOR_DAY, "10000/0/0", exec_id="E", ref="D"),
    ),
)  # fmt: skip

HALTS: tuple[Case, ...] = (
    case(
        "K.1.a", "", "trading halts, and the order is to come back with it",
        _ORDER,
        _NEW,
        hears("X", E.SUSPENDED, S.SUSPENDED, "10000/0/10000"),
        hears("X", E.NEW, S.NEW, "10000/0/10000"),
        forks=(_NOT_TAKEN,),
    ),
    case(
        "K.1.b", "", "trading halts, and the order is not to outlast it",
        _ORDER,
        _NEW,
        hears("X", E.CANCELED, S.CANCELED, "10000/0/0", restated=R.CANCEL_ON_TRADING_HALT),
        forks=(_NOT_TAKEN,),
    ),
)  # fmt: skip

SPECIAL: tuple[Case, ...] = (
    case(
        # LastQty(32) of the guarantee is a promise: nothing has traded yet
        "L.1.a", "D37", "part is guaranteed before it trades",
        _ORDER,
        _NEW,
        hears("X", E.STOPPED, S.STOPPED, "10000/0/10000", last="1000"),
        _FIRST_1000,
        hears("X", E.TRADE, S.FILLED, "10000/10000/0", last="9000"),
        forks=(_NOT_TAKEN,),
    ),
    case(
        "L.1.b", "", "an order for an amount of money, CashOrderQty(152)",
        sends("D", "X"),
        not_counterparty="an order says how many: one without OrderQty(38) is refused",
        not_client="children are made in the venue's units and say how many",
    ),
)  # fmt: skip

CASES = (*UNSOLICITED, *TWICE, *STATUS, *DAYS, *IMMEDIATE, *CORRECTIONS, *HALTS, *SPECIAL)
