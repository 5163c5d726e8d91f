"""An OMS that believes nothing: every report is held against all it has heard before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from engine.core.commands import Closed, Command, Opened, RefuseCancel, Report
from engine.orders.states import TERMINAL
from fix.business import ZERO, ExecutionReport, NewOrderSingle
from fix.enums import ExecType, OrdStatus

HALF = Fraction(1, 2 * 10**8)  # AvgPx(6) has eight decimals


@dataclass
class Account:
    """What the OMS knows of one order."""

    order: NewOrderSingle
    kinds: list[ExecType] = field(default_factory=list)
    cum: Decimal = ZERO
    worth: Fraction = Fraction(0)
    status: OrdStatus = OrdStatus.PENDING_NEW
    closed: bool = False

    def hear(self, report: ExecutionReport) -> None:
        kind = report.exec_type
        if kind is not ExecType.ORDER_STATUS:
            self.kinds.append(kind)
        if kind is ExecType.TRADE:
            assert report.last_qty > 0
            self.cum += report.last_qty
            self.worth += Fraction(report.last_qty) * Fraction(report.last_px)
        elif kind is ExecType.NEW:
            assert self.kinds.count(kind) == 1, "New twice"
            assert ExecType.TRADE not in self.kinds, "New after a trade"
        self._check_status(kind, report.ord_status)
        self._check_sums(report)
        self.status = report.ord_status

    def _check_status(self, kind: ExecType, after: OrdStatus) -> None:
        """Final stays final; only a fill that a cancel overtook may still come, and may fill the order."""
        before = self.status
        if before not in TERMINAL:
            return
        assert kind in (ExecType.TRADE, ExecType.ORDER_STATUS), f"{kind.name} after {before.name}"
        assert before is not OrdStatus.REJECTED or kind is ExecType.ORDER_STATUS, "a trade after Rejected"
        late = {before, OrdStatus.FILLED} if before is OrdStatus.CANCELED else {before}
        assert after in late, f"{after.name} after {before.name}"

    def _check_sums(self, report: ExecutionReport) -> None:
        assert report.order_qty == self.order.order_qty
        assert report.cum_qty == self.cum
        final = report.ord_status in TERMINAL
        assert report.leaves_qty == (ZERO if final else self.order.order_qty - self.cum)
        assert (report.ord_status is OrdStatus.FILLED) == (self.cum >= self.order.order_qty)
        exact = self.worth / Fraction(self.cum) if self.cum else Fraction(0)
        assert abs(Fraction(report.avg_px) - exact) <= HALF


class Ledger:
    """All orders of one OMS, by OrderID(37)."""

    def __init__(self) -> None:
        self.accounts: dict[str, Account] = {}
        self._exec_ids: set[str] = set()

    def hear(self, commands: Iterable[Command], order: NewOrderSingle | None = None) -> None:
        """`order` is what the OMS has just sent."""
        for command in commands:
            if isinstance(command, Opened):
                assert order is not None
                assert command.order_id not in self.accounts
                self.accounts[command.order_id] = Account(order)
            elif isinstance(command, Report):
                self._report(command.report)
            elif isinstance(command, RefuseCancel):
                self._cancel_refused(command)
            elif isinstance(command, Closed):
                account = self.accounts[command.order_id]
                assert not account.closed, "closed twice"
                assert account.status in TERMINAL, "closed before it was final"
                account.closed = True

    def _report(self, report: ExecutionReport) -> None:
        if report.exec_type is ExecType.ORDER_STATUS:
            assert report.exec_id == "0"
        else:
            assert report.exec_id not in self._exec_ids, "an ExecID(17) twice"
            self._exec_ids.add(report.exec_id)
        account = self.accounts.get(report.order_id)
        if account is not None:
            account.hear(report)
        else:  # refused, and only then: nothing follows that could be held against anything
            assert report.ord_status is OrdStatus.REJECTED
            assert report.ord_rej_reason is not None

    def _cancel_refused(self, command: RefuseCancel) -> None:
        account = self.accounts.get(command.order_id)
        if account is None:
            assert command.reject.order_id == "NONE"
            return
        assert account.status not in TERMINAL or command.reject.ord_status is account.status
        account.status = command.reject.ord_status
