"""Those who operate the engine, and what they find out on the telephone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from engine.core.actions import Action, Outcome, Settle
from engine.core.orders import Orders
from engine.orders.order import Child
from fix.business import ZERO
from fix.enums import ExecType
from tests.simulation.venue import SimVenue


@dataclass(slots=True)
class Asked:
    person: str
    action: Action
    user: str = "nobody"
    reason: str = "as drawn"
    answers: list[tuple[str, bool]] = field(default_factory=list)

    def answer(self, text: str, *, ok: bool = True) -> None:
        self.answers.append((text, ok))


class SimChannel:
    """Where the engine hears of them. What it took when it ended is lost, and nobody asks again."""

    def __init__(self) -> None:
        self._waiting: list[Asked] = []

    def ask(self, person: str, action: Action) -> bool:
        self._waiting.append(Asked(person, action))
        return True

    def poll(self) -> list[Asked]:
        taken, self._waiting = self._waiting, []
        return taken

    def filenos(self) -> list[int]:
        return []

    def close(self) -> None:
        pass


def truth(child: Child, venues: Mapping[str, SimVenue], coming: Decimal) -> Settle | None:
    """What a careful person says of a child in doubt; None where it cannot be told yet: its order is on its way, or
    trades were taken back of which the engine has not heard.
    """
    venue = venues[child.venue]
    held = venue.held.get(child.cl_ord_id)
    if held is None:
        return None if coming or child.cum else Settle(child.cl_ord_id, Outcome.REJECTED, ZERO)
    busted = any(said.exec_type in (ExecType.TRADE_CANCEL, ExecType.TRADE_CORRECT) for said in held.said)
    if busted or child.cl_ord_id in venue.dishonored or not child.cum <= held.cum <= child.qty:
        return None
    return Settle(child.cl_ord_id, Outcome.WORKING if held.leaves else Outcome.CANCELED, held.cum)


def doubtful(orders: Orders) -> list[Child]:
    return [child for parent in orders.open() for child in parent.live if child.in_doubt]
