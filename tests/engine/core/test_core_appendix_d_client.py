"""Appendix D with a child of the engine as the client: the venue sends exactly the broker's lines, and after each of
them the child stands as the line says. What the OMS does makes the child send the client's lines.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.core.commands import Command, Decide, Decision, SendCancel, SendOrder, SendReplace, SendStatusRequest
from engine.core.events import CancelRejected, Executed, VenueDown, VenueUp
from engine.orders.order import Child
from engine.orders.states import Request, ord_status
from fix.business import ExecutionReport, OrderCancelReject
from fix.enums import ExecType, MsgType, OrdStatus, Side
from spec.appendix_d import Case, Heard, Line, NextDay, Refused, Sent, Step
from spec.appendix_d.case import sends
from tests.engine.core.appendix_d import PATHS, RESPONSE_TO, TRADED_AT, VENUE, Table
from tests.engine.orders.making import D

PENDING = {SendCancel: OrdStatus.PENDING_CANCEL, SendReplace: OrdStatus.PENDING_REPLACE}
ANSWERS = (ExecType.CANCELED, ExecType.REPLACED)


def _ways() -> Iterator[tuple[str, Case, tuple[Step, ...]]]:
    """Each path that applies, with and without the lines that a broker may leave out."""
    for name, (case, steps) in PATHS.items():
        if case.why_not_client(name):
            continue
        yield name, case, steps
        bare = tuple(step for step in steps if not (isinstance(step, Heard) and step.optional))
        if bare != steps:
            yield f"{name}-bare", case, bare


WAYS = {name: (case, steps) for name, case, steps in _ways()}


@pytest.mark.parametrize("name", WAYS)
def test_the_child_stands_as_the_venue_says(name: str) -> None:
    case, steps = WAYS[name]
    client = Client(case)
    for step in steps:
        client.takes(step)
        assert client.parent.unrouted >= 0, f"law 4 after {step}"


# -- why some cases are not for a child --------------------------------------------------------------------------------


def _after(name: str, steps: int) -> tuple[Client, Step]:
    """A client after so many steps of a case that does not apply, and the next one."""
    case, path = PATHS[name]
    assert case.why_not_client(name)
    client = Client(case)
    for step in path[:steps]:
        client.takes(step)
    return client, path[steps]


def test_what_an_order_has_more_goes_out_as_a_new_child() -> None:
    client, raised = _after("C.1.c", 3)
    assert isinstance(raised, Sent)
    sent = [each.order.order_qty for each in client.does(raised) if isinstance(each, SendOrder)]
    assert (sent, client.child.qty, client.child.state) == ([D("2000")], D("10000"), OrdStatus.FILLED)


def test_a_child_that_its_venue_raises_is_canceled() -> None:
    client, raised = _after("E.1.c", 2)
    assert isinstance(raised, Heard)
    commands = client.says(raised)
    assert [each.request.orig_cl_ord_id for each in commands if isinstance(each, SendCancel)] == [client.names["X"]]
    assert client.parent.order.order_qty == D("10000")


def test_a_report_of_an_order_that_was_not_sent_is_booked_nowhere() -> None:
    client, new = _after("E.1.a", 0)
    assert isinstance(new, Heard)
    [alert] = client.says(new)
    assert isinstance(alert, Decide)
    assert alert.kind is Decision.ALERT
    assert list(client.desk.core.orders.open()) == []


class Client(Table):
    """`names`: the ClOrdIDs at the venue of what the case calls X, Y and Z; the OMS calls its own so."""

    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self.names: dict[str, str] = {}
        self._pending: dict[str, type[SendCancel | SendReplace]] = {}  # sent and not answered, by the case's name
        self._crossing = 0  # so many lines of the venue were on their way when the last request was sent

    def takes(self, step: Step) -> None:
        if isinstance(step, NextDay):
            self.next_day()
        elif isinstance(step, Sent):
            self._send(step)
        else:
            self.says(step)
            self._compare(step)

    @property
    def child(self) -> Child:
        return self.parent.children["T-1-1"]

    # -- the client's lines --------------------------------------------------------------------------------------------

    def _send(self, step: Sent) -> None:
        if step.msg_type is MsgType.ORDER_STATUS_REQUEST:
            self._doubt(step)
            return
        for command in self.does(step):
            if isinstance(command, SendOrder):
                assert command.order.order_qty == step.order_qty
                self.names[step.cl_ord_id] = command.order.cl_ord_id
            elif isinstance(command, (SendCancel, SendReplace)):
                self._change(step, command)
        assert step.cl_ord_id in self.names, f"{step} sends nothing to the venue"

    def _change(self, step: Sent, command: SendCancel | SendReplace) -> None:
        request = command.request
        assert (request.orig_cl_ord_id, request.order_qty) == (self.names[step.orig_cl_ord_id], step.order_qty)
        self.names[step.cl_ord_id] = request.cl_ord_id
        self._pending[step.cl_ord_id] = type(command)
        self._crossing = step.crosses

    def _doubt(self, step: Sent) -> None:
        """A venue is asked when there is doubt: it has not answered in time, or the session with it was lost."""
        if step.cl_ord_id not in self.names:
            self._send(sends("D", step.cl_ord_id, 10000))
        if self.child.request is Request.NEW:
            commands = self.desk.waits(5)
        else:
            commands = (*self.desk.does(VenueDown(VENUE)), *self.desk.does(VenueUp(VENUE)))
        [asked] = [each.request.cl_ord_id for each in commands if isinstance(each, SendStatusRequest)]
        assert asked == self.names[step.cl_ord_id]

    # -- the broker's lines --------------------------------------------------------------------------------------------

    def says(self, line: Line) -> tuple[Command, ...]:
        mine, orig = self.names.get(line.cl_ord_id, ""), self.names.get(line.orig_cl_ord_id, "")
        if isinstance(line, Refused):
            response_to = RESPONSE_TO[self._pending.pop(line.cl_ord_id)]
            reject = OrderCancelReject("V-1", mine, orig, line.ord_status, response_to, line.reason)
            return self.desk.does(CancelRejected(VENUE, reject))
        if line.exec_type in ANSWERS:
            self._pending.pop(line.cl_ord_id, None)
        report = ExecutionReport(
            order_id="V-1",
            cl_ord_id=mine,
            exec_id=self.exec_id(line.exec_id),
            exec_type=line.exec_type,
            ord_status=line.ord_status,
            symbol=f"ACME.{VENUE}",
            side=Side.BUY,
            order_qty=line.qty.order_qty,
            cum_qty=line.qty.cum_qty,
            leaves_qty=line.qty.leaves_qty,
            avg_px=line.avg_px or TRADED_AT,
            last_qty=line.last_qty,
            last_px=line.last_px or TRADED_AT,
            orig_cl_ord_id=orig,
            exec_ref_id=line.exec_ref_id,
            ord_rej_reason=line.rejected,
            restatement_reason=line.restated,
            day_order_qty=line.day.order_qty if line.day else None,
            day_cum_qty=line.day.cum_qty if line.day else None,
        )
        return self.desk.does(Executed(VENUE, report))

    def _compare(self, line: Line) -> None:
        child = self.child
        status = ord_status(child.state, child.request, child.cum)
        assert status is self._status(line), line
        if isinstance(line, Heard):
            qty = child.qty if line.qty.order_qty else line.qty.order_qty  # an order it does not know has no quantity
            assert (qty, child.cum, child.leaves) == line.qty, line

    def _status(self, line: Line) -> OrdStatus:
        """What the line says, unless the venue had not seen our request when it said so."""
        if not self._crossing:
            return line.ord_status
        self._crossing -= 1
        [pending] = self._pending.values()
        return PENDING[pending]
