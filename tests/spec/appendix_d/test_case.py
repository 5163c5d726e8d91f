"""The whole table obeys FIX's own rules: sums, precedence, which ClOrdID is in force, what may follow what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

import pytest

from engine.orders.states import Event, Request, advance, ord_status
from fix.business import ZERO
from fix.enums import ExecType, MsgType, OrdStatus, TimeInForce
from spec.appendix_d import CASES, Case, Day, Heard, NextDay, Quantities, Refused, Sent, Step
from spec.appendix_d.case import fork, hears, refused, sends
from tests.engine.orders.making import D

PATHS = {name: steps for case in CASES for name, steps in case.paths().items()}
EVERY_PATH = pytest.mark.parametrize("name", PATHS)
# FIX 4.4 Volume 4, Appendix D: of several statuses that apply the first of these is reported
PRECEDENCE = (
    OrdStatus.PENDING_CANCEL,
    OrdStatus.PENDING_REPLACE,
    OrdStatus.DONE_FOR_DAY,
    OrdStatus.CALCULATED,
    OrdStatus.FILLED,
    OrdStatus.STOPPED,
    OrdStatus.SUSPENDED,
    OrdStatus.CANCELED,
    OrdStatus.EXPIRED,
    OrdStatus.PARTIALLY_FILLED,
    OrdStatus.NEW,
    OrdStatus.REJECTED,
    OrdStatus.PENDING_NEW,
)
ENDED = {OrdStatus.CANCELED, OrdStatus.REJECTED, OrdStatus.DONE_FOR_DAY}
PENDING = {ExecType.PENDING_CANCEL: OrdStatus.PENDING_CANCEL, ExecType.PENDING_REPLACE: OrdStatus.PENDING_REPLACE}
WORKED = {ExecType.NEW, ExecType.RESTATED}
STICKY = {ExecType.DONE_FOR_DAY, ExecType.STOPPED, ExecType.SUSPENDED, ExecType.CANCELED}


def _heard(name: str) -> list[Heard]:
    return [step for step in PATHS[name] if isinstance(step, Heard)]


@dataclass
class Order:
    """A broker's order as simply as it can be told: what it has said so far, and which statuses apply."""

    accepted: str = ""
    acknowledged: bool = False
    qty: Decimal = ZERO
    cum: Decimal = ZERO
    stays: OrdStatus | None = None  # done for the day, stopped, suspended or canceled
    pending: dict[str, OrdStatus] = field(default_factory=dict)  # announced and not answered, by ClOrdID
    trades: dict[str, Decimal] = field(default_factory=dict)  # by ExecID

    def follow(self, line: Heard) -> None:
        if line.exec_type in PENDING:
            self.pending[line.cl_ord_id] = PENDING[line.exec_type]
        elif line.exec_type in (ExecType.REPLACED, ExecType.CANCELED):
            self.pending.pop(line.cl_ord_id, None)
            self.accepted = line.cl_ord_id
        if line.exec_type is ExecType.TRADE:
            self.trades[line.exec_id] = line.last_qty
            self.cum += line.last_qty
        elif line.exec_type in (ExecType.TRADE_CORRECT, ExecType.TRADE_CANCEL):
            self.trades[line.exec_id] = line.last_qty
            self.cum += line.last_qty - self.trades[line.exec_ref_id]
        elif line.exec_type is ExecType.RESTATED:
            self.cum = line.qty.cum_qty
        self.acknowledged = self.acknowledged or line.exec_type is ExecType.NEW
        self._stay(line.exec_type)
        self.qty = line.qty.order_qty

    def _stay(self, exec_type: ExecType) -> None:
        if exec_type in STICKY:
            self.stays = OrdStatus(exec_type.value)
        elif exec_type in WORKED or (exec_type is ExecType.TRADE and self.stays is OrdStatus.STOPPED):
            self.stays = None  # worked again, or what was guaranteed has traded

    @property
    def ord_status(self) -> OrdStatus:
        apply = {*self.pending.values(), OrdStatus.NEW if self.acknowledged else OrdStatus.PENDING_NEW}
        if self.stays is not None:
            apply.add(self.stays)
        if self.cum:
            apply.add(OrdStatus.FILLED if self.cum == self.qty else OrdStatus.PARTIALLY_FILLED)
        return min(apply, key=PRECEDENCE.index)


def _told(name: str) -> Iterator[tuple[Order, Heard | Refused]]:
    """Each line of the broker, and the order before it."""
    [first] = [step for step in PATHS[name] if isinstance(step, Sent) and step.msg_type is MsgType.NEW_ORDER_SINGLE]
    order = Order(first.cl_ord_id)
    for step in PATHS[name]:
        if isinstance(step, (Heard, Refused)):
            yield order, step


# -- the table ---------------------------------------------------------------------------------------------------------


def test_every_case_stands_once_in_the_table() -> None:
    assert len({case.id for case in CASES}) == len(CASES) == 47
    numbered = [case.fix42 for case in CASES if case.fix42]
    assert sorted(numbered, key=lambda number: int(number[1:])) == [f"D{number}" for number in range(1, 38)]


def test_a_case_that_is_not_for_us_says_why() -> None:
    reasons = [(case.id, why) for case in CASES for why in (case.not_counterparty, case.not_client) if why]
    assert [(name, why) for name, why in reasons if len(why.split()) < 8] == []


@EVERY_PATH
def test_what_is_open_is_what_was_ordered_and_has_not_traded(name: str) -> None:
    for line in _heard(name):
        order_qty, cum_qty, leaves_qty = line.qty
        ended = line.ord_status in ENDED and leaves_qty == 0
        assert leaves_qty == (0 if ended else order_qty - cum_qty), line


@EVERY_PATH
def test_trades_add_up_to_what_has_traded(name: str) -> None:
    told = Order()
    for line in _heard(name):
        told.follow(line)
        assert told.cum == line.qty.cum_qty, line


@EVERY_PATH
def test_the_days_quantities_leave_out_what_traded_before(name: str) -> None:
    for line in _heard(name):
        if line.day is not None and line.ord_status is not OrdStatus.CANCELED:
            assert line.day.order_qty - line.day.cum_qty == line.qty.leaves_qty, line


ONE_ORDER = sorted(name for name in PATHS if not name.startswith(("E.1.a", "F.1.", "G.1.a", "B.1.f", "L.1.b")))


@pytest.mark.parametrize("name", ONE_ORDER)
def test_status_is_the_first_that_applies(name: str) -> None:
    for order, line in _told(name):
        if isinstance(line, Refused):
            order.pending.pop(line.cl_ord_id, None)
        elif line.exec_type is not ExecType.ORDER_STATUS:
            order.follow(line)
        expected = OrdStatus.REJECTED if _never_taken(line) else order.ord_status
        assert line.ord_status is expected, line


def _never_taken(line: Heard | Refused) -> bool:
    return isinstance(line, Heard) and line.exec_type is ExecType.REJECTED


@pytest.mark.parametrize("name", ONE_ORDER)
def test_every_line_names_the_order_as_it_was_last_accepted(name: str) -> None:
    for order, line in _told(name):
        if line.orig_cl_ord_id:
            assert line.orig_cl_ord_id == order.accepted, line
        elif not (isinstance(line, Heard) and line.exec_type is ExecType.ORDER_STATUS):
            assert line.cl_ord_id == order.accepted, line
        if isinstance(line, Heard):
            order.follow(line)


@EVERY_PATH
def test_the_client_sends_each_id_once_and_names_one_that_it_sent(name: str) -> None:
    sent = [
        step for step in PATHS[name] if isinstance(step, Sent) and step.msg_type is not MsgType.ORDER_STATUS_REQUEST
    ]
    known: list[str] = []
    for step in sent:
        again = step.msg_type is MsgType.NEW_ORDER_SINGLE and name.startswith("F.1.")
        assert again or step.cl_ord_id not in known, step
        assert name == "B.1.f" or step.orig_cl_ord_id in ("", *known), step
        known.append(step.cl_ord_id)


@EVERY_PATH
def test_what_crosses_a_message_follows_it(name: str) -> None:
    steps = PATHS[name]
    for place, step in enumerate(steps):
        if isinstance(step, Sent):
            assert all(isinstance(each, Heard) for each in steps[place + 1 : place + 1 + step.crosses]), step


def test_every_fork_leaves_its_case_where_the_case_has_steps() -> None:
    assert [case.id for case in CASES for way in case.forks if not 0 < way.after <= len(case.steps)] == []


# -- the state table of the house knows every way ----------------------------------------------------------------------

EVENTS = {
    ExecType.NEW: Event.ACCEPTED,
    ExecType.CANCELED: Event.CANCELED,
    ExecType.REJECTED: Event.REJECTED,
    ExecType.DONE_FOR_DAY: Event.DONE_FOR_DAY,
    ExecType.SUSPENDED: Event.SUSPENDED,
    ExecType.STOPPED: Event.STOPPED,
    ExecType.RESTATED: Event.RESTATED,
}


def _events(line: Heard, state: OrdStatus) -> list[Event]:
    filled = line.qty.cum_qty == line.qty.order_qty
    if line.exec_type is ExecType.TRADE:
        return [Event.FILL if filled else Event.TRADE]
    if state is OrdStatus.FILLED and not filled:  # raised, or a trade of it cancelled
        return [Event.REOPENED]
    if line.exec_type is ExecType.REPLACED:
        return [Event.REPLACED, Event.FILL] if filled else [Event.REPLACED]
    return [EVENTS[line.exec_type]] if line.exec_type in EVENTS else []


@pytest.mark.parametrize("name", ONE_ORDER)
def test_the_state_table_knows_every_way(name: str) -> None:
    state, pending = OrdStatus.PENDING_NEW, dict[str, Request]()
    for line in PATHS[name]:
        if isinstance(line, Refused):
            pending.pop(line.cl_ord_id, None)
        if not isinstance(line, Heard) or line.exec_type is ExecType.ORDER_STATUS:
            continue
        for event in _events(line, state):
            state = advance(state, event)
        if line.exec_type in PENDING:
            pending[line.cl_ord_id] = Request[line.exec_type.name.removeprefix("PENDING_")]
        elif line.exec_type in (ExecType.REPLACED, ExecType.CANCELED):
            pending.pop(line.cl_ord_id, None)
        request = next(iter(pending.values()), Request.NONE)
        assert ord_status(state, request, line.qty.cum_qty) is line.ord_status, line


# -- how a case is written ---------------------------------------------------------------------------------------------


def test_a_line_is_written_as_it_is_read() -> None:
    assert sends("G", "Y of X", 7000, crosses=1) == Sent(
        MsgType.ORDER_CANCEL_REPLACE_REQUEST, "Y", "X", D("7000"), None, TimeInForce.DAY, False, 1
    )
    line = hears(
        "Y of X", ExecType.TRADE, OrdStatus.NEW, "3/2/1", last="2 at 1.5", avg="1.5", exec_id="B", ref="A", day="3/2"
    )
    assert (line.cl_ord_id, line.orig_cl_ord_id, line.qty) == ("Y", "X", Quantities(D("3"), D("2"), D("1")))
    assert (line.last_qty, line.last_px, line.avg_px) == (D("2"), D("1.5"), D("1.5"))
    assert (line.exec_id, line.exec_ref_id, line.day) == ("B", "A", Day(D("3"), D("2")))
    assert refused("Y of X", OrdStatus.NEW) == Refused("Y", "X", OrdStatus.NEW, None, "")


def test_a_fork_leaves_its_case_after_so_many_steps() -> None:
    order, new = sends("D", "X", 1), hears("X", ExecType.NEW, OrdStatus.NEW, "1/0/1")
    rejected = hears("X", ExecType.REJECTED, OrdStatus.REJECTED, "1/0/0")
    steps: tuple[Step, ...] = (order, new, NextDay())
    case = Case("Q.1.a", "", "none", steps, (fork(1, "the order is not taken", rejected),))
    assert case.paths() == {"Q.1.a": steps, "Q.1.a-1": (order, rejected)}
