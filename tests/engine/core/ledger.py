"""An OMS that believes nothing: every report is held against all it has heard before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from engine.core.commands import Closed, Command, Decide, Decision, Opened, RefuseCancel, Reopened, Report
from engine.orders.order import GOOD_TILL
from engine.orders.states import TERMINAL
from fix.business import ZERO, ExecutionReport, NewOrderSingle
from fix.enums import ExecType, OrdStatus

HALF = Fraction(1, 2 * 10**8)  # AvgPx(6) has eight decimals


@dataclass
class Account:
    """What the OMS knows of one order."""

    order: NewOrderSingle
    kinds: list[ExecType] = field(default_factory=list)
    trades: dict[str, tuple[Decimal, Decimal]] = field(default_factory=dict)
    status: OrdStatus = OrdStatus.PENDING_NEW
    closed: bool = False
    slept: bool = False  # it was last told to be done for the day

    @property
    def cum(self) -> Decimal:
        return sum([qty for qty, _ in self.trades.values()], ZERO)

    def hear(self, report: ExecutionReport) -> None:
        kind = report.exec_type
        if kind is not ExecType.ORDER_STATUS:
            self.kinds.append(kind)
        if kind is ExecType.TRADE:
            assert report.last_qty > 0
            self.trades[report.exec_id] = (report.last_qty, report.last_px)
        elif kind in (ExecType.TRADE_CORRECT, ExecType.TRADE_CANCEL):
            del self.trades[report.exec_ref_id]  # it was told of it
            if kind is ExecType.TRADE_CORRECT:
                self.trades[report.exec_id] = (report.last_qty, report.last_px)
            else:
                self.trades[report.exec_id] = (ZERO, ZERO)
        elif kind is ExecType.NEW and self.status is not OrdStatus.SUSPENDED:
            assert self.kinds.count(kind) == 1, "New twice"
            assert ExecType.TRADE not in self.kinds, "New after a trade"
        elif kind in (ExecType.RESTATED, ExecType.REPLACED):
            tif = report.time_in_force or self.order.time_in_force
            self.order = self.order._replace(order_qty=report.order_qty, time_in_force=tif)
        self._check_status(kind, report)
        self._check_sums(report)
        self.status = report.ord_status
        if report.ord_status not in (OrdStatus.PENDING_CANCEL, OrdStatus.PENDING_REPLACE):
            self.slept = report.ord_status is OrdStatus.DONE_FOR_DAY

    def _check_status(self, kind: ExecType, report: ExecutionReport) -> None:
        """Final stays final; only a fill that a cancel overtook may still come, and may fill the order; and what was
        filled is open again when a trade of it is no more, or its quantity is raised.
        """
        before, after = self.status, report.ord_status
        if before not in TERMINAL:
            return
        taken_back = (ExecType.TRADE_CORRECT, ExecType.TRADE_CANCEL)
        if before is OrdStatus.FILLED and kind in (*taken_back, ExecType.PENDING_REPLACE, ExecType.REPLACED):
            return
        assert kind in (ExecType.TRADE, ExecType.ORDER_STATUS, *taken_back), f"{kind.name} after {before.name}"
        assert before is not OrdStatus.REJECTED or kind is ExecType.ORDER_STATUS, "a trade after Rejected"
        late = {before, OrdStatus.FILLED} if before in (OrdStatus.CANCELED, OrdStatus.EXPIRED) else {before}
        assert after in late, f"{after.name} after {before.name}"

    def _check_sums(self, report: ExecutionReport) -> None:
        cum, pending = self.cum, (OrdStatus.PENDING_CANCEL, OrdStatus.PENDING_REPLACE)
        assert report.order_qty == self.order.order_qty
        assert report.cum_qty == cum
        done = report.ord_status is OrdStatus.DONE_FOR_DAY or report.exec_type is ExecType.DONE_FOR_DAY
        day = report.time_in_force not in GOOD_TILL
        done = done or (
            self.slept and report.ord_status in pending
        )  # what slept as a GTC order and is one of a day now
        over = done and day
        final = report.ord_status in TERMINAL or over
        assert report.leaves_qty == (ZERO if final else max(self.order.order_qty - cum, ZERO))
        if report.ord_status not in pending:
            assert (report.ord_status is OrdStatus.FILLED) == (cum >= self.order.order_qty)
        worth = sum([Fraction(qty) * Fraction(px) for qty, px in self.trades.values()], Fraction(0))
        exact = worth / Fraction(cum) if cum else Fraction(0)
        assert abs(Fraction(report.avg_px) - exact) <= HALF


class Ledger:
    """All orders of one OMS, by OrderID(37)."""

    def __init__(self) -> None:
        self.accounts: dict[str, Account] = {}
        self._exec_ids: set[str] = set()

    def hear(self, commands: Iterable[Command], order: NewOrderSingle | None = None) -> None:
        """`order` is what the OMS has just sent."""
        refused = ""  # another order under the ClOrdID(11) of this one: the report tells how this one stands
        for command in commands:
            if isinstance(command, Decide) and command.kind is Decision.REFUSE:
                refused = command.order_id
            if isinstance(command, Opened):
                assert order is not None
                assert command.order_id not in self.accounts
                self.accounts[command.order_id] = Account(order)
            elif isinstance(command, Report):
                self._report(command.report, of_another=refused == command.order_id)
            elif isinstance(command, RefuseCancel):
                self._cancel_refused(command)
            elif isinstance(command, Closed):
                account = self.accounts[command.order_id]
                assert not account.closed, "closed twice"
                final = account.status in TERMINAL or account.status is OrdStatus.DONE_FOR_DAY
                assert final, "closed before it was final"
                account.closed = True
            elif isinstance(command, Reopened):
                account = self.accounts[command.order_id]
                assert account.closed, "reopened while open"
                account.closed = False

    def _report(self, report: ExecutionReport, *, of_another: bool) -> None:
        if report.exec_type is ExecType.ORDER_STATUS:
            assert report.exec_id == "0"
        else:
            assert report.exec_id not in self._exec_ids, "an ExecID(17) twice"
            self._exec_ids.add(report.exec_id)
        account = self.accounts.get(report.order_id)
        if account is not None:
            if not of_another:
                account.hear(report)
        else:  # refused, and only then: nothing follows that could be held against anything
            assert report.ord_status is OrdStatus.REJECTED
            assert report.ord_rej_reason is not None or report.mass_status_req_id

    def _cancel_refused(self, command: RefuseCancel) -> None:
        account = self.accounts.get(command.order_id)
        if account is None:
            assert command.reject.order_id == "NONE"
            return
        assert account.status not in TERMINAL or command.reject.ord_status is account.status
        account.status = command.reject.ord_status
