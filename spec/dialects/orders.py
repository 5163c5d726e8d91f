"""What an OMS asks of one order: NewOrderSingle(D), cancel(F), cancel/replace(G), status(H) and DontKnowTrade(Q)."""

from __future__ import annotations

from decimal import Decimal

from fix import tags
from fix.business import (
    DontKnowTrade,
    NewOrderSingle,
    OrderCancelReplaceRequest,
    OrderCancelRequest,
    OrderStatusRequest,
)
from fix.enums import DKReason, OrdType, SessionRejectReason, Side, StrategyParameterType, TimeInForce
from fix.message import Message, body
from fix.timestamp import format_utc
from spec.dialects import reading as read
from spec.dialects.marketdata import Members
from spec.dialects.reading import DialectError, optional, optional_plain, plain
from spec.strategies import TYPES

SIDES = read.members(Side)
ORD_TYPES = read.members(OrdType)
TIMES_IN_FORCE = read.members(TimeInForce)
DK_REASONS = read.members(DKReason)

STRATEGY_PARAMETERS = Members(
    tags.StrategyParameterName, frozenset({tags.StrategyParameterType, tags.StrategyParameterValue})
)

# What few orders have, and how it looks in one that has none of it
_TAIL = NewOrderSingle._fields.index("expire_time")
_NO_TAIL = tuple(NewOrderSingle._field_defaults[name] for name in NewOrderSingle._fields[_TAIL:])


class OrderWords:
    """`read_*` raise DialectError, `write_*` give body text in ascending order of tag."""

    # What a version says otherwise

    _handl_inst = ""  # HandlInst(21), a whole field

    # -- orders and what they are to become ------------------------------------------------------------------------

    def read_order(self, message: Message) -> NewOrderSingle:
        """Price(44) of a MARKET order means nothing, nor does ExpireTime(126) of one that is not GTD; some systems send
        them all the same. TargetStrategy(847) is read in every version, its parameters as FIX 5.0 has them.
        """
        fields = message.fields
        get = fields.get
        # Looked up here, and asked what is wrong only where nothing is found: three calls less
        ord_type = ORD_TYPES.get(get(tags.OrdType, "")) or read.member(fields, tags.OrdType, ORD_TYPES)
        side = SIDES.get(get(tags.Side, "")) or read.member(fields, tags.Side, SIDES)
        price = read.optional_number(fields, tags.Price)
        # FIX: "Absence of this field is interpreted as DAY"
        time_in_force = TIMES_IN_FORCE.get(get(tags.TimeInForce, "0")) or read.member(
            fields, tags.TimeInForce, TIMES_IN_FORCE
        )
        order = NewOrderSingle(  # by position: to name them all takes half as long again
            read.text(fields, tags.ClOrdID),
            read.text(fields, tags.Symbol),
            side,
            read.number(fields, tags.OrderQty),
            ord_type,
            None if ord_type is OrdType.MARKET else price,
            time_in_force,
            read.instant(fields, tags.TransactTime),
            get(tags.Account, ""),
            read.expiry(fields) if time_in_force is TimeInForce.GTD else 0,
            get(tags.LocateReqd, ""),
        )
        if (
            tags.TargetStrategy in fields
            or tags.StrategyParameterName in fields
            or tags.ExDestination in fields
            or tags.MaxFloor in fields
            or tags.MinQty in fields
            or tags.ExecInst in fields
        ):
            return _with_seldom(order, message)
        return order

    def write_order(self, order: NewOrderSingle) -> str:
        """In one piece and in ascending order of tag, as is `write_execution`: these two are the hot path."""
        exec_inst, tail = ("", "") if order[_TAIL:] == _NO_TAIL else _tail(order)
        return (
            f"{optional(1, order.account)}11={order.cl_ord_id}\x01{exec_inst}{self._handl_inst}"
            f"38={plain(order.order_qty)}\x0140={order.ord_type!s}\x01{optional_plain(44, order.price)}"
            f"54={order.side!s}\x0155={order.symbol}\x0159={order.time_in_force!s}\x01"
            f"60={format_utc(order.transact_time)}\x01{tail}"
        )

    def read_replace(self, message: Message) -> OrderCancelReplaceRequest:
        order = self.read_order(message)
        return OrderCancelReplaceRequest(
            cl_ord_id=order.cl_ord_id,
            orig_cl_ord_id=read.text(message.fields, tags.OrigClOrdID),
            symbol=order.symbol,
            side=order.side,
            order_qty=order.order_qty,
            ord_type=order.ord_type,
            price=order.price,
            time_in_force=order.time_in_force,
            transact_time=order.transact_time,
            order_id=message.get(tags.OrderID),
            account=order.account,
            expire_time=order.expire_time,
        )

    def write_replace(self, request: OrderCancelReplaceRequest) -> str:
        return (
            f"{optional(1, request.account)}11={request.cl_ord_id}\x01{self._handl_inst}"
            f"{optional(37, request.order_id)}38={plain(request.order_qty)}\x0140={request.ord_type!s}\x01"
            f"41={request.orig_cl_ord_id}\x01{optional_plain(44, request.price)}54={request.side!s}\x01"
            f"55={request.symbol}\x0159={request.time_in_force!s}\x0160={format_utc(request.transact_time)}\x01"
            f"{_expire_time(request.expire_time)}"
        )

    # -- cancel and status requests --------------------------------------------------------------------------------

    def read_cancel(self, message: Message) -> OrderCancelRequest:
        fields = message.fields
        return OrderCancelRequest(
            cl_ord_id=read.text(fields, tags.ClOrdID),
            orig_cl_ord_id=read.text(fields, tags.OrigClOrdID),
            symbol=fields.get(tags.Symbol, ""),
            side=read.member(fields, tags.Side, SIDES),
            order_qty=read.number_or(fields, tags.OrderQty),
            transact_time=read.instant(fields, tags.TransactTime),
            order_id=fields.get(tags.OrderID, ""),
        )

    def write_cancel(self, request: OrderCancelRequest) -> str:
        fields = {
            tags.ClOrdID: request.cl_ord_id,
            tags.OrigClOrdID: request.orig_cl_ord_id,
            tags.OrderQty: plain(request.order_qty),
            tags.Side: request.side,
            tags.Symbol: request.symbol,
            tags.TransactTime: format_utc(request.transact_time),
        }
        if request.order_id:
            fields[tags.OrderID] = request.order_id
        return body(fields)

    def read_status_request(self, message: Message) -> OrderStatusRequest:
        fields = message.fields
        return OrderStatusRequest(
            cl_ord_id=read.text(fields, tags.ClOrdID),
            symbol=fields.get(tags.Symbol, ""),
            side=read.member(fields, tags.Side, SIDES),
            order_id=fields.get(tags.OrderID, ""),
        )

    def write_status_request(self, request: OrderStatusRequest) -> str:
        fields = {
            tags.ClOrdID: request.cl_ord_id,
            tags.Side: request.side,
            tags.Symbol: request.symbol,
        }
        if request.order_id:
            fields[tags.OrderID] = request.order_id
        return body(fields)

    # -- executions that are not acknowledged ----------------------------------------------------------------------

    def read_dont_know(self, message: Message) -> DontKnowTrade:
        fields = message.fields
        return DontKnowTrade(
            order_id=read.text(fields, tags.OrderID),
            exec_id=read.text(fields, tags.ExecID),
            reason=read.member(fields, tags.DKReason, DK_REASONS),
            symbol=fields.get(tags.Symbol, ""),
            side=read.member(fields, tags.Side, SIDES),
            order_qty=read.number_or(fields, tags.OrderQty),
            last_qty=read.number_or(fields, tags.LastQty),
            last_px=read.number_or(fields, tags.LastPx),
            text=fields.get(tags.Text, ""),
        )

    def write_dont_know(self, denial: DontKnowTrade) -> str:
        """LastQty(32) and LastPx(31) only where the execution has them (FIX 4.4: "Required if specified on the
        ExecutionReport"). What it should have and lacks, is called NONE, for FIX requires both identifiers.
        """
        return (
            f"17={denial.exec_id or 'NONE'}\x01{_unless_zero(31, denial.last_px)}{_unless_zero(32, denial.last_qty)}"
            f"37={denial.order_id or 'NONE'}\x01{_unless_zero(38, denial.order_qty)}54={denial.side}\x01"
            f"{optional(55, denial.symbol)}{optional(58, denial.text)}127={denial.reason}\x01"
        )


def _with_seldom(order: NewOrderSingle, message: Message) -> NewOrderSingle:
    """What few orders have."""
    fields = message.fields
    return order._replace(
        strategy=fields.get(tags.TargetStrategy, ""),
        parameters=_parameters(message),
        destination=fields.get(tags.ExDestination, ""),
        max_floor=read.optional_number(fields, tags.MaxFloor),
        min_qty=read.optional_number(fields, tags.MinQty),
        exec_inst=fields.get(tags.ExecInst, ""),
    )


def _parameters(message: Message) -> tuple[tuple[str, str], ...]:
    """Names and values of StrategyParametersGrp, and ParticipationRate(849), which FIX 4.4 has for one of them.

    The order must not be worked without a part of what it asks for: a group that is not whole is refused.
    """
    entries = message.groups(tags.NoStrategyParameters, STRATEGY_PARAMETERS)
    names = message.raw.count(b"\x01958=")
    count = message.get(tags.NoStrategyParameters, "0")
    if not read.any_count(count) == names == len(entries):
        why = f"NoStrategyParameters(957) says {count}; {len(entries)} of {names} entries stand behind it"
        raise DialectError(why, tags.NoStrategyParameters, SessionRejectReason.INCORRECT_NUMINGROUP_COUNT)
    fields = [{tag: str(value) for tag, value in entry.items()} for entry in entries]
    found = [(each[tags.StrategyParameterName], read.text(each, tags.StrategyParameterValue)) for each in fields]
    rate = message.get(tags.ParticipationRate)
    return (*found, ("Participation", rate)) if rate else tuple(found)


def _tail(order: NewOrderSingle) -> tuple[str, str]:
    """What few orders have: ExecInst(18), and what stands behind TransactTime(60)."""
    return optional(18, order.exec_inst), (
        f"{optional(100, order.destination)}{optional_plain(110, order.min_qty)}{optional_plain(111, order.max_floor)}"
        f"{optional(114, order.locate)}{_expire_time(order.expire_time)}{optional(847, order.strategy)}"
        f"{_written(order.parameters)}"
    )


def _written(parameters: tuple[tuple[str, str], ...]) -> str:
    if not parameters:
        return ""
    entries = [
        f"958={name}\x01959={TYPES.get(name, StrategyParameterType.STRING)!s}\x01960={value}\x01"
        for name, value in parameters
    ]
    return f"957={len(entries)}\x01{''.join(entries)}"


def _expire_time(at: int) -> str:
    return f"126={format_utc(at)}\x01" if at else ""


def _unless_zero(tag: int, value: Decimal) -> str:
    return optional_plain(tag, value or None)
