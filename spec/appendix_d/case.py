"""What Appendix D is made of: a case is the lines that a client and its broker send each other, in the client's order.

The facts are those of "Order State Change Matrices" (FIX 4.4 Volume 4, Appendix D; the same in FIX 5.0 SP2): who sends
what under which ClOrdID(11), ExecType(150), OrdStatus(39) and quantities. X, Y and Z are ClOrdIDs, "Y of X" is ClOrdID
Y with OrigClOrdID(41) X, and "10000/7000/3000" is OrderQty(38), CumQty(14) and LeavesQty(151).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from fix.business import ZERO
from fix.enums import CxlRejReason, ExecRestatementReason, ExecType, MsgType, OrdRejReason, OrdStatus, TimeInForce


class Quantities(NamedTuple):
    """OrderQty(38), CumQty(14), LeavesQty(151)."""

    order_qty: Decimal
    cum_qty: Decimal
    leaves_qty: Decimal


class Day(NamedTuple):
    """DayOrderQty(424) and DayCumQty(425) of an order that outlives its day."""

    order_qty: Decimal
    cum_qty: Decimal


class Sent(NamedTuple):
    """A line of the client. `crosses`: so many of the lines below it are on their way when it is sent.

    `price` is Price(44) where the case is about it.
    """

    msg_type: MsgType
    cl_ord_id: str
    orig_cl_ord_id: str
    order_qty: Decimal
    price: Decimal | None
    time_in_force: TimeInForce
    poss_resend: bool
    crosses: int


class Heard(NamedTuple):
    """An ExecutionReport(8) of the broker.

    Prices are None where the case is not about them, ExecIDs "" likewise. `optional`: the broker may leave the line
    out. `also`: quantities that may stand instead, for the reason given beside the row.
    """

    cl_ord_id: str
    orig_cl_ord_id: str
    exec_type: ExecType
    ord_status: OrdStatus
    qty: Quantities
    last_qty: Decimal
    last_px: Decimal | None
    avg_px: Decimal | None
    exec_id: str
    exec_ref_id: str
    rejected: OrdRejReason | None
    restated: ExecRestatementReason | None
    day: Day | None
    optional: bool
    also: Quantities | None


class Refused(NamedTuple):
    """An OrderCancelReject(9) of the broker; `order_id` is OrderID(37) where the case is about it."""

    cl_ord_id: str
    orig_cl_ord_id: str
    ord_status: OrdStatus
    reason: CxlRejReason | None
    order_id: str


class NextDay(NamedTuple):
    """The trading day ends; what follows is the next one's."""


Line = Heard | Refused
Step = Sent | Line | NextDay


class Fork(NamedTuple):
    """Another way for the case to go on: `steps` follow the first `after` steps of the case. `why` in a few words.

    `not_counterparty`, `not_client`: as of a case, where it is this way alone that is not for us.
    """

    after: int
    why: str
    steps: tuple[Step, ...]
    not_counterparty: str = ""
    not_client: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """`fix42` is its number in FIX 4.2, "" where that has none.

    `chained`: how many requests for one order the broker of this case has under way at a time; 0 is no limit.
    `not_counterparty`: why Manifold never is this broker; `not_client`: why its children never are this client.
    """

    id: str
    fix42: str
    title: str
    steps: tuple[Step, ...]
    forks: tuple[Fork, ...] = ()
    chained: int = 0
    not_counterparty: str = ""
    not_client: str = ""

    def paths(self) -> dict[str, tuple[Step, ...]]:
        """Every way through the case by its name: "B.1.a", then "B.1.a-1" for the first fork."""
        ways = {self.id: self.steps}
        for number, fork in enumerate(self.forks, start=1):
            ways[f"{self.id}-{number}"] = (*self.steps[: fork.after], *fork.steps)
        return ways

    def why_not_counterparty(self, path: str) -> str:
        """Why Manifold never is the broker of this path, "" where it may be."""
        return self.not_counterparty or next((way.not_counterparty for way in self._fork(path)), "")

    def why_not_client(self, path: str) -> str:
        """Why a child never is the client of this path, "" where it may be."""
        return self.not_client or next((way.not_client for way in self._fork(path)), "")

    def _fork(self, path: str) -> tuple[Fork, ...]:
        number = path.partition("-")[2]
        return (self.forks[int(number) - 1],) if number else ()


def case(
    name: str,
    fix42: str,
    title: str,
    *steps: Step,
    forks: tuple[Fork, ...] = (),
    chained: int = 0,
    not_counterparty: str = "",
    not_client: str = "",
) -> Case:
    return Case(name, fix42, title, steps, forks, chained, not_counterparty, not_client)


def fork(after: int, why: str, *steps: Step, not_counterparty: str = "", not_client: str = "") -> Fork:
    return Fork(after, why, steps, not_counterparty, not_client)


def sends(
    msg_type: str,
    ids: str,
    qty: int = 0,
    *,
    price: str = "",
    time_in_force: TimeInForce = TimeInForce.DAY,
    poss_resend: bool = False,
    crosses: int = 0,
) -> Sent:
    """`msg_type` as on the wire: D, F, G, H."""
    mine, orig = _ids(ids)
    limit = Decimal(price) if price else None
    return Sent(MsgType(msg_type), mine, orig, Decimal(qty), limit, time_in_force, poss_resend, crosses)


def hears(
    ids: str,
    exec_type: ExecType,
    ord_status: OrdStatus,
    qty: str,
    *,
    last: str = "",
    avg: str = "",
    exec_id: str = "",
    ref: str = "",
    rejected: OrdRejReason | None = None,
    restated: ExecRestatementReason | None = None,
    day: str = "",
    optional: bool = False,
    also: str = "",
) -> Heard:
    """`last` is "1000" or "1000 at 100", `day` "8000/1000"."""
    mine, orig = _ids(ids)
    last_qty, _, last_px = last.partition(" at ")
    return Heard(
        cl_ord_id=mine,
        orig_cl_ord_id=orig,
        exec_type=exec_type,
        ord_status=ord_status,
        qty=_quantities(qty),
        last_qty=Decimal(last_qty) if last_qty else ZERO,
        last_px=Decimal(last_px) if last_px else None,
        avg_px=Decimal(avg) if avg else None,
        exec_id=exec_id,
        exec_ref_id=ref,
        rejected=rejected,
        restated=restated,
        day=Day(*(Decimal(each) for each in day.split("/"))) if day else None,
        optional=optional,
        also=_quantities(also) if also else None,
    )


def refused(ids: str, ord_status: OrdStatus, *, reason: CxlRejReason | None = None, order_id: str = "") -> Refused:
    mine, orig = _ids(ids)
    return Refused(mine, orig, ord_status, reason, order_id)


def _ids(text: str) -> tuple[str, str]:
    mine, _, orig = text.partition(" of ")
    return mine, orig


def _quantities(text: str) -> Quantities:
    return Quantities(*(Decimal(each) for each in text.split("/")))
