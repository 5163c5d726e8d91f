"""Venues that never lie, behind sessions that break: orders may be lost on the way, what a venue says never is.

What a venue says arrives in its order, as FIX sequence numbers make sure, save that now and then two messages change
places and one comes twice. It is the truth against which the core's opinion is held.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from decimal import Decimal
from random import Random

from engine.core.commands import Command, SendCancel, SendOrder, SendStatusRequest
from engine.core.events import CancelRejected, Executed
from fix.business import ZERO, ExecutionReport, NewOrderSingle, OrderCancelReject, OrderCancelRequest
from fix.enums import CxlRejReason, CxlRejResponseTo, ExecType, OrdRejReason, OrdStatus, OrdType, TimeInForce

OPEN = (OrdStatus.NEW, OrdStatus.PARTIALLY_FILLED)
D = Decimal


@dataclass
class Held:
    """An order as the venue has it."""

    order: NewOrderSingle
    status: OrdStatus = OrdStatus.NEW
    cum: Decimal = ZERO

    @property
    def leaves(self) -> Decimal:
        return self.order.order_qty - self.cum if self.status in OPEN else ZERO


class HonestVenue:
    """`heard` is on its way to the venue, `says` on its way from it."""

    def __init__(self, name: str, random: Random) -> None:
        self.name = name
        self.up = True
        self.tired = False  # nothing new: cancels are granted, nothing trades by itself
        self.heard: deque[Command] = deque()
        self.says: deque[Executed | CancelRejected] = deque()
        self.held: dict[str, Held] = {}
        self._random = random
        self._numbers = 0

    def committed(self) -> dict[str, Decimal]:
        """By ClOrdID(11): what has traded and what may still trade, orders on their way included."""
        found = {cl_ord_id: held.cum + held.leaves for cl_ord_id, held in self.held.items()}
        for command in self.heard:
            if isinstance(command, SendOrder):
                found[command.order.cl_ord_id] = command.order.order_qty
        return found

    def disconnects(self) -> None:
        """What was still on its way to the venue may be lost, the last messages first."""
        self.up = False
        for _ in range(self._random.randint(0, len(self.heard))):
            self.heard.pop()

    def next(self) -> list[Executed | CancelRejected]:
        """The next message, rarely the one after it first, rarely twice."""
        chance = self._random.random()
        if chance < 0.05 and len(self.says) > 1:
            self.says[0], self.says[1] = self.says[1], self.says[0]
        said = self.says.popleft()
        return [said, said] if chance > 0.95 else [said]

    def acts(self) -> None:
        """Reads one message, or does something of its own."""
        if self.heard and self._random.random() < 0.7:
            command = self.heard.popleft()
            if isinstance(command, SendOrder):
                self._receive(command.order)
            elif isinstance(command, SendCancel):
                self._cancel(command.request)
            elif isinstance(command, SendStatusRequest):
                self._answer(command)
            return
        held = [each for each in self.held.values() if each.leaves]
        if held and not self.tired:
            self._live(self._random.choice(held))

    def _receive(self, order: NewOrderSingle) -> None:
        assert order.cl_ord_id not in self.held, "an order twice"
        held = self.held[order.cl_ord_id] = Held(order)
        chance = self._random.random()
        if chance < 0.1:
            self._end(held, OrdStatus.REJECTED)
            return
        if chance < 0.2:
            self._say(held, ExecType.PENDING_NEW)
        if chance < 0.9:  # some venues say a first trade, or the end, without it
            self._say(held, ExecType.NEW)
        if order.time_in_force is not TimeInForce.DAY or order.ord_type is OrdType.MARKET:
            if chance < 0.6:
                self._trade(held, whole=order.time_in_force is TimeInForce.FOK)
            if held.leaves:
                self._end(held, OrdStatus.CANCELED)

    def _cancel(self, request: OrderCancelRequest) -> None:
        held = self.held.get(request.orig_cl_ord_id)
        if held is not None and held.leaves and (self.tired or self._random.random() < 0.8):
            self._end(held, OrdStatus.CANCELED)
            return
        reason = CxlRejReason.UNKNOWN_ORDER if held is None else CxlRejReason.TOO_LATE_TO_CANCEL
        if held is not None and held.leaves:
            reason = CxlRejReason.BROKER_OPTION
        status = OrdStatus.REJECTED if held is None else held.status
        answer_to = CxlRejResponseTo.ORDER_CANCEL_REQUEST
        reject = OrderCancelReject("", request.cl_ord_id, request.orig_cl_ord_id, status, answer_to, reason)
        self.says.append(CancelRejected(self.name, reject))

    def _answer(self, command: SendStatusRequest) -> None:
        request = command.request
        held = self.held.get(request.cl_ord_id)
        if held is not None:
            self._say(held, ExecType.ORDER_STATUS)
            return
        nobody = NewOrderSingle(
            cl_ord_id=request.cl_ord_id,
            symbol=request.symbol,
            side=request.side,
            order_qty=ZERO,
            ord_type=OrdType.LIMIT,
            price=None,
            time_in_force=TimeInForce.DAY,
            transact_time=0,
        )
        self._say(Held(nobody, OrdStatus.REJECTED), ExecType.ORDER_STATUS)

    def _live(self, held: Held) -> None:
        chance = self._random.random()
        if chance < 0.9:
            self._trade(held, whole=chance < 0.3)
        else:
            self._end(held, OrdStatus.EXPIRED if chance < 0.95 else OrdStatus.CANCELED)

    def _trade(self, held: Held, *, whole: bool) -> None:
        qty = held.leaves if whole else D(self._random.randint(1, int(held.leaves)))
        held.cum += qty
        held.status = OrdStatus.FILLED if held.cum == held.order.order_qty else OrdStatus.PARTIALLY_FILLED
        self._say(held, ExecType.TRADE, qty, D(self._random.randint(9900, 10100)) / 100)

    def _end(self, held: Held, status: OrdStatus) -> None:
        held.status = status
        self._say(held, ExecType(status.value))

    def _say(self, held: Held, exec_type: ExecType, last_qty: Decimal = ZERO, last_px: Decimal = ZERO) -> None:
        self._numbers += 1
        report = ExecutionReport(
            order_id=f"{self.name}{held.order.cl_ord_id}",
            cl_ord_id=held.order.cl_ord_id,
            exec_id=f"{self.name}{self._numbers}",
            exec_type=exec_type,
            ord_status=held.status,
            symbol=held.order.symbol,
            side=held.order.side,
            order_qty=held.order.order_qty,
            cum_qty=held.cum,
            leaves_qty=held.leaves,
            avg_px=ZERO,
            last_qty=last_qty,
            last_px=last_px,
            ord_rej_reason=OrdRejReason.BROKER_OPTION if exec_type is ExecType.REJECTED else None,
        )
        self.says.append(Executed(self.name, report))
