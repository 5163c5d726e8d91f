"""An order as its OMS sees it: every report is held against all that was said before."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from engine.orders.states import DAY_ENDS, TERMINAL
from fix.business import ZERO, ExecutionReport, OrderCancelReject
from fix.enums import ExecRestatementReason, ExecType, OrdStatus
from tests.simulation.rules import Violation

HALF = Fraction(1, 2 * 10**8)  # AvgPx(6) has eight decimals
# What may follow a final state: a fill that was on its way, a trade taken back, an order raised again (C.1.c), an answer
AFTER = frozenset(
    {
        ExecType.TRADE,
        ExecType.TRADE_CANCEL,
        ExecType.TRADE_CORRECT,
        ExecType.REPLACED,
        ExecType.PENDING_REPLACE,
        ExecType.RESTATED,
        ExecType.ORDER_STATUS,
    }
)
REOPENS = frozenset({ExecType.TRADE_CANCEL, ExecType.TRADE_CORRECT, ExecType.REPLACED, ExecType.PENDING_REPLACE})


HALTS = frozenset({ExecType.SUSPENDED, ExecType.STOPPED, ExecType.DONE_FOR_DAY})


@dataclass(slots=True)
class Account:
    """One OrderID(37). `trades` by ExecID(17) of the report that told them."""

    order_id: str
    qty: Decimal
    trades: dict[str, tuple[Decimal, Decimal]] = field(default_factory=dict)
    kinds: list[ExecType] = field(default_factory=list)
    exec_ids: set[str] = field(default_factory=set)
    status: OrdStatus = OrdStatus.PENDING_NEW
    leaves: Decimal = ZERO
    avg_px: Decimal = ZERO
    before: set[str] = field(default_factory=set)  # trades of days before
    renewed: int = 0  # when it was first spoken of, or its day last began
    expire_time: int = 0

    @property
    def open(self) -> bool:
        return self.leaves > 0

    @property
    def cum(self) -> Decimal:
        return sum((qty for qty, _ in self.trades.values()), ZERO)

    def hear(self, report: ExecutionReport) -> None:
        kind = report.exec_type
        if kind is not ExecType.ORDER_STATUS:
            self._once(report)
        if kind is ExecType.NEW and not self._reinstated() and (kind in self.kinds[:-1] or self.trades):
            self._wrong("New comes once, before any trade", report)
        self._day(report)
        self._trade(kind, report)
        if kind in (ExecType.REPLACED, ExecType.RESTATED):
            self.qty = report.order_qty
        self._final(kind, report)
        self._sums(report)
        self.status, self.leaves, self.avg_px = report.ord_status, report.leaves_qty, report.avg_px

    def _day(self, report: ExecutionReport) -> None:
        """It begins when the engine says so, and a GTD order ends no earlier than its time."""
        self.renewed = self.renewed or report.transact_time
        self.expire_time = report.expire_time
        if report.restatement_reason is ExecRestatementReason.GT_RENEWAL:
            self.before = set(self.trades)
            self.renewed = report.transact_time
        timed = report.exec_type is ExecType.EXPIRED and "ExpireTime(126)" in report.text
        if timed and report.transact_time < report.expire_time:
            self._wrong("a GTD order ends at its time", report)

    def refused(self, reject: OrderCancelReject) -> None:
        """OrderCancelReject(9) says how the order stands; it moves nothing that is final."""
        if self.status in TERMINAL and reject.ord_status is not self.status:
            raise Violation("a final state stays final", f"{reject} after {self.status.name}")
        self.status = reject.ord_status

    def _reinstated(self) -> bool:
        """New once more, after a halt (Appendix D, K.1.a)."""
        halts = [at for at, kind in enumerate(self.kinds[:-1]) if kind in HALTS]
        return bool(halts) and ExecType.NEW not in self.kinds[halts[-1] : -1]

    def _once(self, report: ExecutionReport) -> None:
        if report.exec_id in self.exec_ids or not report.exec_id:
            self._wrong("no ExecID(17) twice", report)
        self.exec_ids.add(report.exec_id)
        self.kinds.append(report.exec_type)

    def _trade(self, kind: ExecType, report: ExecutionReport) -> None:
        if kind in (ExecType.TRADE_CANCEL, ExecType.TRADE_CORRECT) and report.exec_ref_id not in self.trades:
            self._wrong("a correction names a trade", report)
        if kind is ExecType.TRADE:
            if report.last_qty <= 0:
                self._wrong("a trade has a quantity", report)
            self.trades[report.exec_id] = (report.last_qty, report.last_px)
        elif kind is ExecType.TRADE_CANCEL:
            del self.trades[report.exec_ref_id]
        elif kind is ExecType.TRADE_CORRECT:
            del self.trades[report.exec_ref_id]
            if report.exec_ref_id in self.before:
                self.before.add(report.exec_id)
            self.trades[report.exec_id] = (report.last_qty, report.last_px)

    def _final(self, kind: ExecType, report: ExecutionReport) -> None:
        before, after = self.status, report.ord_status
        if before not in TERMINAL:
            return
        late = {before, OrdStatus.FILLED} if before is not OrdStatus.REJECTED else {before}
        if kind is ExecType.REJECTED and after is before:
            return  # of a duplicate of the order (F.1.a)
        if kind not in AFTER or (after not in late and kind not in REOPENS):
            self._wrong("a final state stays final", report)

    def _sums(self, report: ExecutionReport) -> None:
        if report.order_qty != self.qty:
            self._wrong("OrderQty(38) is what was agreed", report)
        if report.cum_qty != self.cum:
            self._wrong("CumQty(14) is the sum of the trades", report)
        if report.leaves_qty != (ZERO if ended(report) else max(self.qty - self.cum, ZERO)):
            self._wrong("CumQty(14) + LeavesQty(151) = OrderQty(38) while it is open", report)
        worth = sum((Fraction(qty) * Fraction(px) for qty, px in self.trades.values()), Fraction(0))
        exact = worth / Fraction(self.cum) if self.cum else Fraction(0)
        if abs(Fraction(report.avg_px) - exact) > HALF:
            self._wrong("AvgPx(6) is the trades' values over their quantity", report)
        self._of_the_day(report)

    def _of_the_day(self, report: ExecutionReport) -> None:
        if report.day_cum_qty is None:
            return
        earlier = sum((qty for name, (qty, _) in self.trades.items() if name in self.before), ZERO)
        today = [trade for name, trade in self.trades.items() if name not in self.before]
        if report.day_cum_qty != self.cum - earlier or report.day_order_qty != self.qty - earlier:
            seen = f"DayCumQty {report.day_cum_qty}, DayOrderQty {report.day_order_qty}, {earlier} before"
            self._wrong("the day's quantities are those of the day's trades", report, seen)
        qty = sum((qty for qty, _ in today), ZERO)
        worth = sum((Fraction(qty) * Fraction(px) for qty, px in today), Fraction(0))
        exact = worth / Fraction(qty) if qty else Fraction(0)
        if abs(Fraction(report.day_avg_px or ZERO) - exact) > HALF:
            self._wrong("DayAvgPx(426) is that of the day's trades", report, f"{report.day_avg_px}, not {float(exact)}")

    def _wrong(self, rule: str, report: ExecutionReport, more: str = "") -> None:
        heard = ", ".join(kind.name for kind in self.kinds)
        seen = f"{shown(report)}; it was {self.status.name}, {self.cum} of {self.qty}; heard: {heard}"
        raise Violation(rule, f"{self.order_id}: {more and more + '; '}{seen}")


def ended(report: ExecutionReport) -> bool:
    """Nothing of it can trade any more; what outlives the day does tomorrow."""
    if report.ord_status in DAY_ENDS:
        return report.day_cum_qty is None  # which only those tell that outlive it
    return report.ord_status in TERMINAL


def shown(report: ExecutionReport) -> str:
    """What matters of a report, in a line."""
    last = f" {report.last_qty} at {report.last_px}" if report.last_qty else ""
    sums = f"OrderQty {report.order_qty}, CumQty {report.cum_qty}, LeavesQty {report.leaves_qty}, AvgPx {report.avg_px}"
    names = f"{report.exec_type.name}/{report.ord_status.name}"
    return f"{names}{last} of {report.cl_ord_id}, ExecID {report.exec_id}, {sums}"


class Accounts:
    """All that one OMS was told, in order. ExecIDs(17) are unlike over all its orders."""

    def __init__(self) -> None:
        self.by_id: dict[str, Account] = {}
        self.exec_ids: set[str] = set()

    def hear(self, report: ExecutionReport) -> None:
        if report.order_id == "NONE":
            if report.ord_status is not OrdStatus.REJECTED:
                raise Violation("an unknown order is Rejected", shown(report))
            return
        if report.exec_type is not ExecType.ORDER_STATUS:
            if report.exec_id in self.exec_ids:
                raise Violation("no ExecID(17) twice", shown(report))
            self.exec_ids.add(report.exec_id)
        account = self.by_id.get(report.order_id)
        if account is None:
            account = self.by_id[report.order_id] = Account(report.order_id, report.order_qty)
        account.hear(report)

    def refused(self, reject: OrderCancelReject) -> None:
        account = self.by_id.get(reject.order_id)
        if account is not None:
            account.refused(reject)

    def state(self) -> dict[str, tuple[Decimal, Decimal, Decimal, OrdStatus]]:
        return {key: (each.cum, each.leaves, each.avg_px, each.status) for key, each in self.by_id.items()}
