"""The small OMS and a counterparty that says what the test tells it to, both ends polled in one thread."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Literal

from fix.business import ExecutionReport, NewOrderSingle
from fix.enums import ExecType, MsgType, OrdType, Side, TimeInForce
from fix.message import Message
from sessions.gateway.session import Came
from sessions.oms.client import Oms, Ticket, terms
from tests.sessions.cycle.standin import wire
from tests.sessions.gateway.links import House


def order(cl_ord_id: str) -> NewOrderSingle:
    """BUY 300 ACME at 10.5."""
    return NewOrderSingle(
        cl_ord_id=cl_ord_id,
        symbol="ACME",
        side=Side.BUY,
        order_qty=Decimal(300),
        ord_type=OrdType.LIMIT,
        price=Decimal("10.5"),
        time_in_force=TimeInForce.DAY,
        transact_time=time.time_ns(),
    )


FILLED = "14=300|151=0|6=10|32=300|31=10"  # the rest of a report of an order's only fill


class Desk:
    """`heard` is (ClOrdID, ExecType) of every report that the OMS took for new."""

    def __init__(self, version: str, heard: Callable[[Ticket, ExecutionReport], None] | None) -> None:
        self.house = House(version)
        self.heard: list[tuple[str, ExecType]] = []
        address = (self.house.door.host, self.house.door.port)
        self.oms = Oms(terms(version, self.house.them, "MANIFOLD", address), heard or self._told)
        self._waiting: list[Message] = []
        self._executions = 0

    def _told(self, ticket: Ticket, report: ExecutionReport) -> None:
        self.heard.append((ticket.order.cl_ord_id, report.exec_type))

    def poll(self) -> bool:
        self.oms.poll()
        return self.house.poll()

    def logs_on(self) -> None:
        self.house.wait(lambda: self._polled() and self.oms.session.up and self.house.here.up, "logon")

    def until(self, what: Literal["final", "refusals", "denials"]) -> None:
        """Until no order is open, or the counterparty has refused a message or a request."""

        def reached() -> bool:
            return not self.oms.open if what == "final" else bool(getattr(self.oms, what))

        self.house.wait(lambda: self._polled() and reached(), what)

    def _polled(self) -> bool:
        self.oms.poll()
        return True

    def sends(self, *cl_ord_ids: str) -> list[Message]:
        """Orders of the OMS as the counterparty hears them."""
        for cl_ord_id in cl_ord_ids:
            self.oms.send(order(cl_ord_id), time.time_ns())
        return [self.hears("D") for _ in cl_ord_ids]

    def hears(self, msg_type: str) -> Message:
        """The next business message that comes to the counterparty; it must be of this type."""
        self.house.wait(lambda: self._polled() and bool(self._came()), f"MsgType(35) {msg_type}")
        heard = self._waiting.pop(0)
        assert heard.msg_type == msg_type, str(heard)
        return heard

    def all_heard(self) -> list[Message]:
        """Every business message that has come to the counterparty by now."""
        self.house.poll()
        heard, self._waiting = self._came(), []
        return heard

    def _came(self) -> list[Message]:
        came, self.house.inbox[:] = self.house.inbox[:], []
        messages = [Message.parse(incoming.raw) for incoming in came if incoming.came is Came.IN]
        self._waiting += [message for message in messages if message.msg_type not in {"A", "0", "1", "5"}]
        return self._waiting

    def says(self, msg_type: str, text: str) -> None:
        self.house.here.say(MsgType(msg_type), wire(text), time.time_ns())

    def reports(self, of: Message, exec_type: str, status: str, more: str = "") -> None:
        """ExecutionReport(8) of an order of 300; `more` goes before what would be said otherwise."""
        self._executions += 1
        fields = {
            "37": f"E-{of[11]}",
            "11": of[11],
            "17": f"X{self._executions}",
            "20": "0" if self.house.version == "FIX.4.2" else "",
            "150": exec_type,
            "39": status,
            "55": "ACME",
            "54": "1",
            "38": "300",
            "14": "0",
            "151": "0" if status in "248C" else "300",
            "6": "0",
        }
        fields |= dict(field.split("=") for field in more.split("|") if field)
        self.says("8", "".join(f"{tag}={value}|" for tag, value in fields.items() if value))

    def close(self) -> None:
        self.oms.session.stop()
        self.house.close()


@contextmanager
def desk(version: str = "FIX.4.4", heard: Callable[[Ticket, ExecutionReport], None] | None = None) -> Iterator[Desk]:
    """Both logged on."""
    made = Desk(version, heard)
    try:
        made.logs_on()
        yield made
    finally:
        made.close()
