"""Appendix D with the engine as the broker: an OMS sends the client's lines and hears the broker's, all of them and
nothing else. One friendly venue does what each line of the broker comes from.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import product

import pytest

from engine.core.commands import Command, RefuseCancel, Report, SendCancel, SendOrder, SendReplace
from engine.core.events import CancelRejected, Executed
from engine.orders.order import Child
from fix.business import ZERO, ExecutionReport, OrderCancelReject
from fix.enums import CxlRejReason, ExecType, OrdStatus, Side
from spec.appendix_d import Case, Day, Heard, Line, NextDay, Quantities, Refused, Sent, Step
from tests.engine.core.appendix_d import PATHS, RESPONSE_TO, TRADED_AT, VENUE, Table, in_brokers_order

PENDING = (ExecType.PENDING_CANCEL, ExecType.PENDING_REPLACE)
APPLY = [name for name, (case, _) in PATHS.items() if not case.why_not_counterparty(name)]
Asked = SendOrder | SendCancel | SendReplace


@pytest.mark.parametrize("name", APPLY)
def test_the_oms_hears_the_brokers_lines(name: str) -> None:
    broker = Broker(*PATHS[name])
    broker.run()
    assert broker.told == broker.expected()


class Broker(Table):
    """The OMS sends the client's lines; the venue causes the broker's. `told`: what the OMS was told, as lines."""

    def __init__(self, case: Case, steps: tuple[Step, ...]) -> None:
        super().__init__(case)
        self.told: list[Line] = []
        self._steps = steps
        self._asked: list[Asked] = []  # of the venue, and not yet answered
        self._exec_ids_told: list[str] = []

    def run(self) -> None:
        for step in in_brokers_order(self._steps):
            if isinstance(step, NextDay):
                self._hear(self.next_day())
            elif isinstance(step, Sent):
                self._hear(self.does(step, known=self._refused_at_once(step)))
            else:
                self._cause(step)

    def _refused_at_once(self, sent: Sent) -> bool:
        """The broker refuses it and never announces it: it finds that the ClOrdID was used."""
        answers = [s for s in self._steps if isinstance(s, (Heard, Refused)) and s.cl_ord_id == sent.cl_ord_id]
        return bool(answers) and isinstance(answers[0], Refused) and answers[0].reason is None

    def _hear(self, commands: tuple[Command, ...]) -> None:
        for command in commands:
            if isinstance(command, (SendOrder, SendCancel, SendReplace)):
                self._asked.append(command)
            elif isinstance(command, Report):
                self.told.append(_line(command.report))
                self._exec_ids_told.append(command.report.exec_id)
            elif isinstance(command, RefuseCancel):
                self.told.append(_refusal(command.reject))
                self._exec_ids_told.append("")

    # -- what the venue does -------------------------------------------------------------------------------------------

    def _cause(self, line: Line) -> None:
        if isinstance(line, Refused):
            self._keep(line)
        elif line.exec_type in (*PENDING, ExecType.ORDER_STATUS) or line.rejected is not None:
            return  # the engine says it by itself
        elif line.exec_type in (ExecType.REPLACED, ExecType.CANCELED) and self._asked:
            self._agree()
        elif line.exec_type is ExecType.TRADE:
            self._trade(line)
        else:
            self._say(self._whose(line), line)

    def _keep(self, line: Refused) -> None:
        """Where the venue was asked, it refuses; elsewhere the engine has refused by itself."""
        if self._asked and line.reason is not CxlRejReason.ALREADY_PENDING:
            command = self._asked.pop(0)
            assert not isinstance(command, SendOrder)
            request = command.request
            reject = OrderCancelReject(
                "V-1",
                request.cl_ord_id,
                request.orig_cl_ord_id,
                line.ord_status,
                RESPONSE_TO[type(command)],
                line.reason,
            )
            self._hear(self.desk.does(CancelRejected(VENUE, reject)))

    def _agree(self) -> None:
        """To all it was asked, and to what is asked of it then."""
        while self._asked:
            command = self._asked.pop(0)
            child = self._child(command)
            if isinstance(command, SendOrder):
                self._report(child, ExecType.NEW)
            elif isinstance(command, SendCancel):
                self._report(child, ExecType.CANCELED, cl_ord_id=command.request.cl_ord_id)
            else:
                qty = max(command.request.order_qty, child.cum)
                self._report(child, ExecType.REPLACED, cl_ord_id=command.request.cl_ord_id, order_qty=qty)

    def _trade(self, line: Heard) -> None:
        """One trade of the order is one of each child that it takes; the OMS hears the sum."""
        left, before = line.last_qty, len(self.told)
        for child in list(self.parent.children.values()):
            qty = min(left, child.qty - child.cum)
            if qty > 0:
                self._report(child, ExecType.TRADE, last_qty=qty, said=line)
                left -= qty
        assert not left, f"{line}: {left} are open at no venue"
        parts = [told for told in self.told[before:] if isinstance(told, Heard) and told.exec_type is ExecType.TRADE]
        if len(parts) > 1:
            self.told[before : before + len(parts)] = [parts[-1]._replace(last_qty=line.last_qty)]
            del self._exec_ids_told[before : before + len(parts) - 1]

    def _whose(self, line: Heard) -> Child:
        orders = [asked for asked in self._asked if isinstance(asked, SendOrder)]
        if line.exec_type in (ExecType.NEW, ExecType.REJECTED) and orders:
            self._asked.remove(orders[0])
            return self._child(orders[0])
        children = list(self.parent.children.values())
        return next((child for child in children if line.exec_ref_id in child.trades), children[0])

    def _say(self, child: Child, line: Heard) -> None:
        """The line itself, of the one child there is."""
        cum = line.qty.cum_qty
        if line.exec_ref_id:
            cum = child.cum + line.last_qty - child.trades[line.exec_ref_id].qty
        order_qty = line.qty.order_qty if line.exec_type is ExecType.RESTATED else child.qty
        self._report(child, line.exec_type, last_qty=line.last_qty, cum=cum, order_qty=order_qty, said=line)

    def _report(
        self,
        child: Child,
        exec_type: ExecType,
        *,
        cl_ord_id: str = "",
        last_qty: Decimal = ZERO,
        cum: Decimal | None = None,
        order_qty: Decimal | None = None,
        said: Heard | None = None,
    ) -> None:
        traded = last_qty if exec_type is ExecType.TRADE else ZERO
        cum_qty, qty = child.cum + traded if cum is None else cum, order_qty or child.qty
        ended = exec_type in (ExecType.CANCELED, ExecType.REJECTED) or (said is not None and not said.qty.leaves_qty)
        report = ExecutionReport(
            order_id="V-1",
            cl_ord_id=cl_ord_id or child.name,
            exec_id=self.exec_id(said.exec_id if said else ""),
            exec_type=exec_type,
            ord_status=said.ord_status if said else OrdStatus.NEW,
            symbol=child.symbol,
            side=Side.BUY,
            order_qty=qty,
            cum_qty=cum_qty,
            leaves_qty=ZERO if ended else qty - cum_qty,
            avg_px=ZERO,
            last_qty=last_qty,
            last_px=(said.last_px if said else None) or TRADED_AT,
            exec_ref_id=said.exec_ref_id if said else "",
            restatement_reason=said.restated if said else None,
        )
        self._hear(self.desk.does(Executed(VENUE, report)))

    def _child(self, command: Asked) -> Child:
        name = command.order.cl_ord_id if isinstance(command, SendOrder) else command.request.cl_ord_id
        found = self.desk.core.orders.child(name)
        assert found is not None
        return found[1]

    # -- what came of it -------------------------------------------------------------------------------------------

    def expected(self) -> list[Line]:
        """The broker's lines of the case, without those it may leave out and has, open where the case is."""
        lines = [step for step in in_brokers_order(self._steps) if isinstance(step, (Heard, Refused))]
        choices = [(True, False) if isinstance(line, Heard) and line.optional else (True,) for line in lines]
        kinds = [type(told) if isinstance(told, Refused) else told.exec_type for told in self.told]
        for taken in product(*choices):
            chosen = [line for line, yes in zip(lines, taken, strict=True) if yes]
            if kinds == [type(line) if isinstance(line, Refused) else line.exec_type for line in chosen]:
                break
        else:
            chosen = [line for line in lines if not (isinstance(line, Heard) and line.optional)]
        return [_open(line, told, ref) for line, told, ref in self._beside(chosen)]

    def _beside(self, lines: list[Line]) -> Iterator[tuple[Line, Line | None, str]]:
        """Each line with what was told in its place, and the ExecID that a letter of the case stands for."""
        letters = {line.exec_id: place for place, line in enumerate(lines) if isinstance(line, Heard) and line.exec_id}
        for place, line in enumerate(lines):
            told = self.told[place] if place < len(self.told) else None
            ref = letters.get(line.exec_ref_id) if isinstance(line, Heard) else None
            told_by = self._exec_ids_told[ref] if ref is not None and ref < len(self._exec_ids_told) else ""
            yield line, told, told_by


def _open(line: Line, told: Line | None, ref: str) -> Line:
    """The line with what was told, wherever the case leaves it open."""
    if isinstance(line, Refused):
        if isinstance(told, Refused):
            return line._replace(reason=line.reason or told.reason, order_id=line.order_id or told.order_id)
        return line
    line = line._replace(exec_id="", exec_ref_id=ref, optional=False)
    if not isinstance(told, Heard):
        return line._replace(also=None)
    stopped = line.exec_type is ExecType.STOPPED  # LastQty(32) of a guarantee is the venue's affair
    refused = line.exec_type is ExecType.REJECTED
    return line._replace(
        qty=told.qty if told.qty == line.also else line.qty,
        also=None,
        last_qty=told.last_qty if stopped else line.last_qty,
        last_px=told.last_px if line.last_px is None else line.last_px,
        avg_px=told.avg_px if line.avg_px is None else line.avg_px,
        rejected=told.rejected if refused and line.rejected is None else line.rejected,
        day=told.day if line.day is None else line.day,
    )


def _line(report: ExecutionReport) -> Heard:
    day = None
    if report.day_order_qty is not None and report.day_cum_qty is not None:
        day = Day(report.day_order_qty, report.day_cum_qty)
    return Heard(
        cl_ord_id=report.cl_ord_id,
        orig_cl_ord_id=report.orig_cl_ord_id,
        exec_type=report.exec_type,
        ord_status=report.ord_status,
        qty=Quantities(report.order_qty, report.cum_qty, report.leaves_qty),
        last_qty=report.last_qty,
        last_px=report.last_px,
        avg_px=report.avg_px,
        exec_id="",
        exec_ref_id=report.exec_ref_id,
        rejected=report.ord_rej_reason,
        restated=report.restatement_reason,
        day=day,
        optional=False,
        also=None,
    )


def _refusal(reject: OrderCancelReject) -> Refused:
    return Refused(reject.cl_ord_id, reject.orig_cl_ord_id, reject.ord_status, reject.reason, reject.order_id)
