"""The translation every FIX version shares. What a version says otherwise is in its own file.

FIX 4.4 is the canonical meaning: a fill is ExecType(150)=F whatever it leaves open, corrections and cancels of trades
are G and H, an answer to a status request is I.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum

from fix import tags
from fix.business import (
    ExecutionReport,
    NewOrderSingle,
    OrderCancelReject,
    OrderCancelRequest,
    OrderStatusRequest,
    Reject,
)
from fix.enums import (
    BusinessRejectReason,
    CxlRejReason,
    CxlRejResponseTo,
    ExecType,
    MsgType,
    OrdRejReason,
    OrdStatus,
    OrdType,
    SessionRejectReason,
    Side,
    TimeInForce,
)
from fix.message import Fields, Message, body
from fix.timestamp import format_utc
from spec.dialects import reading as read
from spec.dialects.marketdata import MarketDataWords
from spec.dialects.reading import DialectError, plain

SIDES = read.members(Side)
ORD_TYPES = read.members(OrdType)
TIMES_IN_FORCE = read.members(TimeInForce)
ORD_STATUSES = read.members(OrdStatus)
EXEC_TYPES = read.members(ExecType)
ORD_REJ_REASONS = read.members(OrdRejReason)
CXL_REJ_REASONS = read.members(CxlRejReason)
CXL_REJ_RESPONSES = read.members(CxlRejResponseTo)
_REPORT_NUMBERS = (tags.OrderQty, tags.CumQty, tags.LeavesQty, tags.AvgPx, tags.LastQty, tags.LastPx)
_REPORT_ENUMERATED: Mapping[int, Mapping[str, StrEnum]] = {tags.OrdStatus: ORD_STATUSES, tags.Side: SIDES}
_WITH_LAST = (ExecType.TRADE, ExecType.TRADE_CORRECT)  # LastQty(32): "Required if ExecType = Trade or Trade Correct"


class Dialect(MarketDataWords):
    """Stateless; `read_*` raise DialectError, `write_*` give body text in ascending order of tag."""

    name: str
    begin_string: str
    default_appl_ver_id: str = ""
    copy_mark: str = "797=Y\x01"  # CopyMsgIndicator(797), ends the body of a drop copy

    # -- orders ----------------------------------------------------------------------------------------------------

    def read_order(self, message: Message) -> NewOrderSingle:
        """Price(44) of a MARKET order means nothing; some systems send one all the same."""
        fields = message.fields
        ord_type = read.member(fields, tags.OrdType, ORD_TYPES)
        price = read.optional_number(fields, tags.Price)
        return NewOrderSingle(
            cl_ord_id=read.text(fields, tags.ClOrdID),
            symbol=read.text(fields, tags.Symbol),
            side=read.member(fields, tags.Side, SIDES),
            order_qty=read.number(fields, tags.OrderQty),
            ord_type=ord_type,
            price=None if ord_type is OrdType.MARKET else price,
            time_in_force=self._time_in_force(fields),
            transact_time=read.instant(fields, tags.TransactTime),
            account=fields.get(tags.Account, ""),
        )

    @staticmethod
    def _time_in_force(fields: Fields) -> TimeInForce:
        if tags.TimeInForce in fields:
            return read.member(fields, tags.TimeInForce, TIMES_IN_FORCE)
        return TimeInForce.DAY  # FIX: "Absence of this field is interpreted as DAY"

    def write_order(self, order: NewOrderSingle) -> str:
        """In one piece and in ascending order of tag, as is `write_execution`: these two are the hot path."""
        return (
            f"{_optional(1, order.account)}11={order.cl_ord_id}\x01{self._handl_inst}38={plain(order.order_qty)}\x01"
            f"40={order.ord_type}\x01"
            f"{_price(order.price)}54={order.side}\x0155={order.symbol}\x0159={order.time_in_force}\x01"
            f"60={format_utc(order.transact_time)}\x01"
        )

    # -- cancel and status requests ----------------------------------------------------------------------------------

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

    # -- reports -----------------------------------------------------------------------------------------------------

    def read_execution(self, message: Message) -> ExecutionReport:
        fields = message.fields
        get, number = fields.get, read.decimal
        try:
            return ExecutionReport(
                order_id=get(tags.OrderID, ""),
                cl_ord_id=get(tags.ClOrdID, ""),
                exec_id=get(tags.ExecID, ""),
                exec_type=self._exec_type(fields),
                ord_status=ORD_STATUSES[fields[tags.OrdStatus]],
                symbol=get(tags.Symbol, ""),
                side=SIDES[fields[tags.Side]],
                order_qty=number(get(tags.OrderQty, "0")),
                cum_qty=number(get(tags.CumQty, "0")),
                leaves_qty=number(get(tags.LeavesQty, "0")),
                avg_px=number(get(tags.AvgPx, "0")),
                last_qty=number(get(tags.LastQty, "0")),
                last_px=number(get(tags.LastPx, "0")),
                orig_cl_ord_id=get(tags.OrigClOrdID, ""),
                exec_ref_id=get(tags.ExecRefID, ""),
                ord_rej_reason=ORD_REJ_REASONS.get(get(tags.OrdRejReason, "")),
                text=get(tags.Text, ""),
                last_mkt=get(tags.LastMkt, ""),
            )
        except DialectError:
            raise
        except (KeyError, ValueError):
            raise read.fault(fields, _REPORT_NUMBERS, _REPORT_ENUMERATED) from None

    def _exec_type(self, fields: Fields) -> ExecType:
        return read.member(fields, tags.ExecType, EXEC_TYPES)

    def write_execution(self, report: ExecutionReport) -> str:
        last = ""
        if report.exec_type in _WITH_LAST:
            last = f"31={plain(report.last_px)}\x0132={plain(report.last_qty)}\x01"
        return (
            f"{_optional(1, report.account)}6={plain(report.avg_px)}\x0111={report.cl_ord_id}\x01"
            f"14={plain(report.cum_qty)}\x0117={report.exec_id}\x01{_optional(19, report.exec_ref_id)}"
            f"{self._trans_type(report)}{_optional(30, report.last_mkt)}{last}"
            f"37={report.order_id}\x0138={plain(report.order_qty)}\x0139={report.ord_status}\x01"
            f"{_optional(40, report.ord_type)}{_optional(41, report.orig_cl_ord_id)}{_price(report.price)}"
            f"54={report.side}\x01{_optional(55, report.symbol)}"
            f"{_optional(58, report.text)}{_optional(59, report.time_in_force)}"
            f"60={format_utc(report.transact_time)}\x01{_optional(103, self._rej_reason(report))}"
            f"150={self._exec_type_of(report)}\x01151={plain(report.leaves_qty)}\x01"
        )

    # What a version says otherwise: ready-made pieces of the two bodies above

    _handl_inst = ""

    def _trans_type(self, report: ExecutionReport) -> str:  # noqa: ARG002  4.2 needs it
        return ""

    def _exec_type_of(self, report: ExecutionReport) -> ExecType:
        return report.exec_type

    def _rej_reason(self, report: ExecutionReport) -> OrdRejReason | None:
        return report.ord_rej_reason

    # Reasons as the version knows them

    def _cxl_rej_reason(self, reason: CxlRejReason | None) -> CxlRejReason | None:
        return reason

    def _session_reject_reason(self, reason: SessionRejectReason) -> SessionRejectReason | None:
        return reason

    def _business_reject_reason(self, reason: BusinessRejectReason) -> BusinessRejectReason:
        return reason

    def read_cancel_reject(self, message: Message) -> OrderCancelReject:
        fields = message.fields
        return OrderCancelReject(
            order_id=fields.get(tags.OrderID, ""),
            cl_ord_id=read.text(fields, tags.ClOrdID),
            orig_cl_ord_id=fields.get(tags.OrigClOrdID, ""),
            ord_status=read.member(fields, tags.OrdStatus, ORD_STATUSES),
            response_to=read.optional_member(fields, tags.CxlRejResponseTo, CXL_REJ_RESPONSES)
            or CxlRejResponseTo.ORDER_CANCEL_REQUEST,
            reason=read.optional_member(fields, tags.CxlRejReason, CXL_REJ_REASONS),
            text=fields.get(tags.Text, ""),
        )

    def write_cancel_reject(self, reject: OrderCancelReject) -> str:
        fields = {
            tags.ClOrdID: reject.cl_ord_id,
            tags.OrderID: reject.order_id,
            tags.OrdStatus: reject.ord_status,
            tags.OrigClOrdID: reject.orig_cl_ord_id,
            tags.CxlRejResponseTo: reject.response_to,
        }
        reason = self._cxl_rej_reason(reject.reason)
        if reason is not None:
            fields[tags.CxlRejReason] = reason
        if reject.text:
            fields[tags.Text] = reject.text
        return body(fields)

    # -- refusals of whole messages ----------------------------------------------------------------------------------

    @staticmethod
    def read_reject(message: Message) -> Reject:
        """Reject(3) and BusinessMessageReject(j) alike."""
        fields = message.fields
        business = message.msg_type == MsgType.BUSINESS_MESSAGE_REJECT
        return Reject(
            ref_seq_num=_integer(fields.get(tags.RefSeqNum, "")),
            ref_msg_type=fields.get(tags.RefMsgType, ""),
            reason=fields.get(tags.BusinessRejectReason if business else tags.SessionRejectReason, ""),
            text=fields.get(tags.Text, ""),
            ref_tag_id=_integer(fields.get(tags.RefTagID, "")),
            ref_id=fields.get(tags.BusinessRejectRefID, ""),
        )

    def write_reject(self, message: Message, reason: SessionRejectReason, tag: int, why: str) -> str:
        """Body of a Reject(3) of `message`."""
        fields = {
            tags.RefSeqNum: message.get(tags.MsgSeqNum),
            tags.RefMsgType: message.msg_type,
            tags.Text: why,
        }
        known = self._session_reject_reason(reason)
        if known is not None:
            fields[tags.SessionRejectReason] = known
        if tag:
            fields[tags.RefTagID] = str(tag)
        return body(fields)

    def write_business_reject(self, message: Message, reason: BusinessRejectReason, why: str) -> str:
        """Body of a BusinessMessageReject(j) of `message`."""
        fields = {
            tags.RefSeqNum: message.get(tags.MsgSeqNum),
            tags.RefMsgType: message.msg_type,
            tags.BusinessRejectReason: self._business_reject_reason(reason),
            tags.Text: why,
        }
        if tags.ClOrdID in message:
            fields[tags.BusinessRejectRefID] = message[tags.ClOrdID]
        return body(fields)


def _integer(value: str) -> int:
    """0 where it is no number or none that a store could hold. isdigit() takes "²" as well, int() does not."""
    return int(value) if value.isdecimal() and len(value) < 19 else 0


def _optional(tag: int, value: str | None) -> str:
    return f"{tag}={value}\x01" if value else ""


def _price(price: Decimal | None) -> str:
    return "" if price is None else f"44={plain(price)}\x01"


__all__ = ["Dialect", "DialectError"]
