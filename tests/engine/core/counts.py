"""What goes to venues and what may come of it, counted and said in a few words."""

from __future__ import annotations

from decimal import Decimal

from engine.core.actions import Outcome, Settle
from engine.core.commands import (
    Command,
    RefuseCancel,
    Report,
    SendCancel,
    SendMassCancel,
    SendOrder,
    SendReplace,
    SendStatusRequest,
)
from engine.core.events import CancelRejected, Event, Executed, Instructed
from engine.core.orders import child_id, parent_id
from engine.orders.order import GOOD_TILL
from engine.orders.states import TERMINAL
from fix.business import ZERO, ExecutionReport
from fix.enums import ExecType


class Counts:
    """What each child may come to, counted from what was sent and what venues said, and from nothing else."""

    def __init__(self) -> None:
        self._asked: dict[str, dict[str, Decimal]] = {}  # by child, then by the request not yet answered
        self._qty: dict[str, Decimal] = {}
        self._trades: dict[str, dict[str, Decimal]] = {}
        self._over: set[str] = set()
        self._lasting: set[str] = set()  # beyond the day

    def of(self, order_id: str) -> Decimal:
        return sum([self._of(child) for child in self._qty if parent_id(child) == order_id], ZERO)

    def _of(self, child: str) -> Decimal:
        traded = sum(self._trades[child].values(), ZERO)
        return traded if child in self._over else max([traded, self._qty[child], *self._asked[child].values()])

    def sees(self, event: Event, commands: tuple[Command, ...]) -> None:
        if isinstance(event, Executed) and child_id(event.report.cl_ord_id) in self._qty:
            self._report(child_id(event.report.cl_ord_id), event.report)
        elif isinstance(event, CancelRejected):
            self._asked.get(child_id(event.reject.cl_ord_id), {}).pop(event.reject.cl_ord_id, None)
        elif isinstance(event, Instructed) and isinstance(event.action, Settle) and commands[0].order_id:
            self._settled(event.action)
        for command in commands:
            if isinstance(command, SendOrder):
                name, qty = command.order.cl_ord_id, command.order.order_qty
                self._qty[name], self._asked[name], self._trades[name] = qty, {}, {}
                self._lasting |= {name} if command.order.time_in_force in GOOD_TILL else set()
            elif isinstance(command, SendReplace):
                asked = command.request
                self._asked[child_id(asked.cl_ord_id)][asked.cl_ord_id] = asked.order_qty

    def _settled(self, action: Settle) -> None:
        """A person's word is as good as the venue's."""
        if action.outcome is not Outcome.WORKING:
            self._qty[action.cl_ord_id] = action.cum_qty
            self._asked[action.cl_ord_id].clear()

    def _report(self, child: str, report: ExecutionReport) -> None:
        kind, trades = report.exec_type, self._trades[child]
        if kind is ExecType.TRADE:
            trades[report.exec_id] = report.last_qty
        elif kind in (ExecType.TRADE_CORRECT, ExecType.TRADE_CANCEL):
            trades.pop(report.exec_ref_id, None)
            trades[report.exec_id] = report.last_qty
            if report.leaves_qty > 0:
                self._over.discard(child)
        elif kind in (ExecType.REPLACED, ExecType.RESTATED) or (
            kind is ExecType.ORDER_STATUS and report.ord_status not in TERMINAL and report.order_qty
        ):
            self._qty[child] = report.order_qty
            self._asked[child].clear()
        elif kind is ExecType.DONE_FOR_DAY:
            self._over |= {child} - self._lasting
        elif kind.value in {status.value for status in TERMINAL} or (
            kind is ExecType.ORDER_STATUS and report.ord_status in TERMINAL and report.cl_ord_id == child
        ):
            self._over.add(child)
        if sum(trades.values(), ZERO) >= self._qty[child]:
            self._over.add(child)


def sent(commands: tuple[Command, ...]) -> list[str]:
    """What goes to venues, in words: "new 4 BETA 50", "replace 1 ALPHA 50 at 100", "cancel 2 BETA"."""
    words = []
    for each in commands:
        if isinstance(each, SendOrder):
            words.append(
                f"new {each.order.cl_ord_id.rpartition('-')[2]} {each.venue} {each.order.order_qty.normalize():f}"
            )
        elif isinstance(each, SendReplace):
            name = child_id(each.request.cl_ord_id).rpartition("-")[2]
            words.append(f"replace {name} {each.venue} {each.request.order_qty.normalize():f} at {each.request.price}")
        elif isinstance(each, SendCancel):
            words.append(f"cancel {child_id(each.request.cl_ord_id).rpartition('-')[2]} {each.venue}")
        elif isinstance(each, SendStatusRequest):
            words.append(f"ask {each.request.cl_ord_id.rpartition('-')[2]} {each.venue}")
        elif isinstance(each, SendMassCancel):
            words.append(f"cancel all {each.venue}")
    return words


def said(commands: tuple[Command, ...]) -> list[str]:
    """What the OMS is told, in words: "REPLACED NEW 250", "9 B BROKER_OPTION"."""
    words = []
    for each in commands:
        if isinstance(each, Report):
            words.append(f"{each.report.exec_type.name} {each.report.ord_status.name} {each.report.order_qty:f}")
        elif isinstance(each, RefuseCancel):
            assert each.reject.reason is not None
            words.append(f"9 {each.reject.cl_ord_id} {each.reject.reason.name}")
    return words
