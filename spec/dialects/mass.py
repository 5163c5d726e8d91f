"""Many orders at once: OrderMassCancelRequest(q) and its report(r), OrderMassStatusRequest(AF).

FIX has them since 4.3; the words are the same in every version that does.
"""

from __future__ import annotations

from fix import tags
from fix.business import OrderMassCancelReport, OrderMassCancelRequest, OrderMassStatusRequest
from fix.enums import MassCancelRejectReason, MassCancelRequestType, MassCancelResponse, MassStatusReqType, Side
from fix.message import SOH, Fields, Message
from fix.timestamp import format_utc
from spec.dialects import reading as read
from spec.dialects.orders import SIDES
from spec.dialects.reading import optional

CANCEL_TYPES = read.members(MassCancelRequestType)
RESPONSES = read.members(MassCancelResponse)
REJECT_REASONS = read.members(MassCancelRejectReason)
STATUS_TYPES = read.members(MassStatusReqType)


class MassWords:
    """A request for one security names it in Symbol(55), or is refused; in any other the symbol means nothing."""

    has_mass_messages = True
    _mass_action_report_id = False  # MassActionReportID(1369) of an r: 5.0 SP2 asks for it, 4.4 does not know it

    def read_mass_cancel(self, message: Message) -> OrderMassCancelRequest:
        fields = message.fields
        request_type = read.member(fields, tags.MassCancelRequestType, CANCEL_TYPES)
        one = request_type is MassCancelRequestType.CANCEL_ORDERS_FOR_A_SECURITY
        return OrderMassCancelRequest(
            cl_ord_id=read.text(fields, tags.ClOrdID),
            request_type=request_type,
            symbol=read.text(fields, tags.Symbol) if one else "",
            side=_side(fields),
            transact_time=read.instant(fields, tags.TransactTime),
        )

    def write_mass_cancel(self, request: OrderMassCancelRequest) -> str:
        return (
            f"11={request.cl_ord_id}\x01{optional(54, request.side)}{optional(55, request.symbol)}"
            f"60={format_utc(request.transact_time)}\x01530={request.request_type}\x01"
        )

    def read_mass_cancel_report(self, message: Message) -> OrderMassCancelReport:
        """Leniently: what it says is whether the venue does it, and of how many orders."""
        fields = message.fields
        return OrderMassCancelReport(
            order_id=fields.get(tags.OrderID, ""),
            cl_ord_id=fields.get(tags.ClOrdID, ""),
            request_type=read.member(fields, tags.MassCancelRequestType, CANCEL_TYPES),
            response=read.member(fields, tags.MassCancelResponse, RESPONSES),
            reject_reason=read.optional_member(fields, tags.MassCancelRejectReason, REJECT_REASONS),
            total_affected=read.any_count(fields.get(tags.TotalAffectedOrders, "")),
            symbol=fields.get(tags.Symbol, ""),
            side=read.optional_member(fields, tags.Side, SIDES),
            transact_time=read.any_instant(fields.get(tags.TransactTime, "")),
            text=fields.get(tags.Text, ""),
        )

    def write_mass_cancel_report(self, report: OrderMassCancelReport) -> str:
        rejected = report.response is MassCancelResponse.CANCEL_REQUEST_REJECTED
        at = format_utc(report.transact_time) if report.transact_time else ""
        return (
            f"{optional(11, report.cl_ord_id)}37={report.order_id}\x01{optional(54, report.side)}"
            f"{optional(55, report.symbol)}{optional(58, report.text)}{optional(60, at)}"
            f"530={report.request_type}\x01531={report.response}\x01{optional(532, report.reject_reason)}"
            f"{'' if rejected else f'533={report.total_affected}{SOH}'}"
            f"{optional(1369, report.order_id if self._mass_action_report_id else '')}"
        )

    def read_mass_status_request(self, message: Message) -> OrderMassStatusRequest:
        fields = message.fields
        request_type = read.member(fields, tags.MassStatusReqType, STATUS_TYPES)
        one = request_type is MassStatusReqType.STATUS_FOR_ORDERS_FOR_A_SECURITY
        return OrderMassStatusRequest(
            mass_status_req_id=read.text(fields, tags.MassStatusReqID),
            request_type=request_type,
            symbol=read.text(fields, tags.Symbol) if one else "",
            side=_side(fields),
        )

    def write_mass_status_request(self, request: OrderMassStatusRequest) -> str:
        return (
            f"{optional(54, request.side)}{optional(55, request.symbol)}"
            f"584={request.mass_status_req_id}\x01585={request.request_type}\x01"
        )


def _side(fields: Fields) -> Side | None:
    """None asks for both; a side nobody knows must not become that."""
    return read.member(fields, tags.Side, SIDES) if tags.Side in fields else None
