"""The business messages in one canonical form, FIX 4.4's meaning under FIX's names.

A dialect (`spec.dialects`) turns a wire message into one of these and back, so that nothing above it asks for a
version. Quantities and prices are Decimal; instants are nanoseconds since the epoch; "" or None means the field was
absent. The two that travel by the thousand are named tuples, made in a third of the time of a frozen dataclass.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from fix.enums import (
    CxlRejReason,
    CxlRejResponseTo,
    DKReason,
    ExecRestatementReason,
    ExecType,
    MassCancelRejectReason,
    MassCancelRequestType,
    MassCancelResponse,
    MassStatusReqType,
    OrdRejReason,
    OrdStatus,
    OrdType,
    Side,
    TimeInForce,
)
from fix.market import MarketData as MarketData  # noqa: PLC0414  of the vocabulary, though it has a file of its own
from fix.market import MDEntry as MDEntry  # noqa: PLC0414  the same

ZERO = Decimal(0)


class NewOrderSingle(NamedTuple):
    """NewOrderSingle(D). `price` is None where the order has none.

    `expire_time`: ns at which a GTD order ends, from ExpireTime(126) or the end of ExpireDate(432); 0 where none is.
    `locate` is LocateReqd(114), `strategy` TargetStrategy(847) and `parameters` its names and values in the order of
    StrategyParametersGrp; `destination` is ExDestination(100), `exec_inst` the codes of ExecInst(18) with a space
    between one and the next.
    """

    cl_ord_id: str
    symbol: str
    side: Side
    order_qty: Decimal
    ord_type: OrdType
    price: Decimal | None
    time_in_force: TimeInForce
    transact_time: int
    account: str = ""
    expire_time: int = 0
    locate: str = ""
    strategy: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    destination: str = ""
    max_floor: Decimal | None = None
    min_qty: Decimal | None = None
    exec_inst: str = ""


@dataclass(frozen=True, slots=True)
class OrderCancelReplaceRequest:
    """OrderCancelReplaceRequest(G): the order as it is to be from now on, `order_qty` in total."""

    cl_ord_id: str
    orig_cl_ord_id: str
    symbol: str
    side: Side
    order_qty: Decimal
    ord_type: OrdType
    price: Decimal | None
    time_in_force: TimeInForce
    transact_time: int
    order_id: str = ""
    account: str = ""
    expire_time: int = 0


@dataclass(frozen=True, slots=True)
class OrderCancelRequest:
    """OrderCancelRequest(F)."""

    cl_ord_id: str
    orig_cl_ord_id: str
    symbol: str
    side: Side
    order_qty: Decimal
    transact_time: int
    order_id: str = ""


@dataclass(frozen=True, slots=True)
class OrderStatusRequest:
    """OrderStatusRequest(H)."""

    cl_ord_id: str
    symbol: str
    side: Side
    order_id: str = ""


@dataclass(frozen=True, slots=True)
class OrderMassCancelRequest:
    """OrderMassCancelRequest(q); `symbol` where the type asks for one, `side` None for both."""

    cl_ord_id: str
    request_type: MassCancelRequestType
    symbol: str
    side: Side | None
    transact_time: int


@dataclass(frozen=True, slots=True)
class OrderMassCancelReport:
    """OrderMassCancelReport(r). `total_affected`: orders that are being canceled."""

    order_id: str
    cl_ord_id: str
    request_type: MassCancelRequestType
    response: MassCancelResponse
    reject_reason: MassCancelRejectReason | None = None
    total_affected: int = 0
    symbol: str = ""
    side: Side | None = None
    transact_time: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True)
class OrderMassStatusRequest:
    """OrderMassStatusRequest(AF)."""

    mass_status_req_id: str
    request_type: MassStatusReqType
    symbol: str = ""
    side: Side | None = None


@dataclass(frozen=True, slots=True)
class DontKnowTrade:
    """DontKnowTrade(Q): the execution named here is not one of ours, or not what it should be."""

    order_id: str
    exec_id: str
    reason: DKReason
    symbol: str
    side: Side
    order_qty: Decimal = ZERO
    last_qty: Decimal = ZERO
    last_px: Decimal = ZERO
    text: str = ""


class ExecutionReport(NamedTuple):
    """ExecutionReport(8); `exec_type` is never 1 or 2: a fill is TRADE, whole or partial.

    The day's quantities are None but in reports of GTC and GTD orders. `mass_status_req_id` and what follows belong to
    the answers to an OrderMassStatusRequest(AF).
    """

    order_id: str
    cl_ord_id: str
    exec_id: str
    exec_type: ExecType
    ord_status: OrdStatus
    symbol: str
    side: Side
    order_qty: Decimal
    cum_qty: Decimal
    leaves_qty: Decimal
    avg_px: Decimal
    last_qty: Decimal = ZERO
    last_px: Decimal = ZERO
    orig_cl_ord_id: str = ""
    exec_ref_id: str = ""
    ord_rej_reason: OrdRejReason | None = None
    text: str = ""
    last_mkt: str = ""
    transact_time: int = 0
    ord_type: OrdType | None = None
    price: Decimal | None = None
    time_in_force: TimeInForce | None = None
    account: str = ""
    restatement_reason: ExecRestatementReason | None = None
    expire_time: int = 0
    day_order_qty: Decimal | None = None
    day_cum_qty: Decimal | None = None
    day_avg_px: Decimal | None = None
    mass_status_req_id: str = ""
    tot_num_reports: int = 0
    last_rpt_requested: bool = False


@dataclass(frozen=True, slots=True)
class OrderCancelReject:
    """OrderCancelReject(9)."""

    order_id: str
    cl_ord_id: str
    orig_cl_ord_id: str
    ord_status: OrdStatus
    response_to: CxlRejResponseTo
    reason: CxlRejReason | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Reject:
    """Reject(3) or BusinessMessageReject(j): the counterparty refused message `ref_seq_num`."""

    ref_seq_num: int
    ref_msg_type: str
    reason: str
    text: str
    ref_tag_id: int = 0
    ref_id: str = ""
