"""The translation every FIX version shares. What a version says otherwise is in its own file.

FIX 4.4 is the canonical meaning: a fill is ExecType(150)=F whatever it leaves open, corrections and cancels of trades
are G and H, an answer to a status request is I.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from fix import tags
from fix.business import ExecutionReport, OrderCancelReject, Reject
from fix.enums import (
    BusinessRejectReason,
    CxlRejReason,
    CxlRejResponseTo,
    ExecRestatementReason,
    ExecType,
    MsgType,
    OrdRejReason,
    OrdStatus,
    SessionRejectReason,
)
from fix.message import Fields, Message, body
from fix.timestamp import format_utc
from spec.dialects import reading as read
from spec.dialects.marketdata import MarketDataWords
from spec.dialects.mass import MassWords
from spec.dialects.orders import SIDES, OrderWords
from spec.dialects.reading import DialectError, optional, optional_plain, plain

# FIX 4.2 calls an order "replaced" of which nothing traded since; from 4.4 on it is new again, as it is to us.
ORD_STATUSES = {**read.members(OrdStatus), OrdStatus.REPLACED.value: OrdStatus.NEW}
# A fill is TRADE, whoever says PARTIAL_FILL or FILL as FIX did before 4.3.
EXEC_TYPES = {
    **read.members(ExecType),
    ExecType.PARTIAL_FILL.value: ExecType.TRADE,
    ExecType.FILL.value: ExecType.TRADE,
}
RESTATEMENT_REASONS = read.members(ExecRestatementReason)
ORD_REJ_REASONS = read.members(OrdRejReason)
CXL_REJ_REASONS = read.members(CxlRejReason)
CXL_REJ_RESPONSES = read.members(CxlRejResponseTo)
_REPORT_NUMBERS = (tags.OrderQty, tags.CumQty, tags.LeavesQty, tags.AvgPx, tags.LastQty, tags.LastPx)
_REPORT_ENUMERATED: Mapping[int, Mapping[str, StrEnum]] = {tags.OrdStatus: ORD_STATUSES, tags.Side: SIDES}
_WITH_LAST = (ExecType.TRADE, ExecType.TRADE_CORRECT)  # LastQty(32): "Required if ExecType = Trade or Trade Correct"
# What few reports have; to look at each of them would cost the others too much
_SELDOM_FROM = ExecutionReport._fields.index("restatement_reason")
_NOTHING_SELDOM = tuple(ExecutionReport._field_defaults[name] for name in ExecutionReport._fields[_SELDOM_FROM:])


class Dialect(OrderWords, MassWords, MarketDataWords):
    """Stateless; `read_*` raise DialectError, `write_*` give body text in ascending order of tag."""

    name: str
    begin_string: str
    default_appl_ver_id: str = ""
    copy_mark: str = "797=Y\x01"  # CopyMsgIndicator(797), ends the body of a drop copy

    # -- reports -----------------------------------------------------------------------------------------------------

    def read_execution(self, message: Message) -> ExecutionReport:
        """An ExecType(150) nobody knows says where the order stands, and no more; `text` names it.

        A field that only adds to what happened is read leniently: a fill with an odd one is a fill.
        """
        fields = message.fields
        get, number = fields.get, read.decimal
        try:
            exec_type = self._exec_type(fields)
            report = ExecutionReport(  # by position: to name them all would take as long as to read them
                get(tags.OrderID, ""),
                get(tags.ClOrdID, ""),
                get(tags.ExecID, ""),
                exec_type or ExecType.ORDER_STATUS,
                ORD_STATUSES[fields[tags.OrdStatus]],
                get(tags.Symbol, ""),
                SIDES[fields[tags.Side]],
                number(get(tags.OrderQty, "0")),
                number(get(tags.CumQty, "0")),
                number(get(tags.LeavesQty, "0")),
                number(get(tags.AvgPx, "0")),
                number(get(tags.LastQty, "0")),
                number(get(tags.LastPx, "0")),
                get(tags.OrigClOrdID, ""),
                get(tags.ExecRefID, ""),
                ORD_REJ_REASONS.get(get(tags.OrdRejReason, "")),
                get(tags.Text, ""),
                get(tags.LastMkt, ""),
                read.any_instant(get(tags.TransactTime, "")),
                None,  # OrdType(40) we know ourselves
                read.any_number(get(tags.Price, "")),
            )
        except DialectError:
            raise
        except (KeyError, ValueError):
            raise read.fault(fields, _REPORT_NUMBERS, _REPORT_ENUMERATED) from None
        if exec_type is None:
            unknown = f"ExecType(150) {fields[tags.ExecType]!r} is not known"
            report = report._replace(text=f"{unknown}: {report.text}" if report.text else unknown)
        if (
            tags.ExpireTime in fields
            or tags.ExecRestatementReason in fields
            or tags.DayCumQty in fields
            or tags.MassStatusReqID in fields
        ):
            return _with_seldom(report, fields)
        return report

    def _exec_type(self, fields: Fields) -> ExecType | None:
        """None where nobody knows it."""
        return EXEC_TYPES.get(read.text(fields, tags.ExecType))

    def write_execution(self, report: ExecutionReport) -> str:
        last = expires = seldom = ""
        if report.exec_type in _WITH_LAST:
            last = f"31={plain(report.last_px)}\x0132={plain(report.last_qty)}\x01"
        if report[_SELDOM_FROM:] != _NOTHING_SELDOM:
            expires, seldom = self._seldom(report)
        return (
            f"{optional(1, report.account)}6={plain(report.avg_px)}\x01{optional(11, report.cl_ord_id)}"
            f"14={plain(report.cum_qty)}\x0117={report.exec_id}\x01{optional(19, report.exec_ref_id)}"
            f"{self._trans_type(report)}{optional(30, report.last_mkt)}{last}"
            f"37={report.order_id}\x0138={plain(report.order_qty)}\x0139={report.ord_status!s}\x01"
            f"{optional(40, report.ord_type)}{optional(41, report.orig_cl_ord_id)}{optional_plain(44, report.price)}"
            f"54={report.side!s}\x01{optional(55, report.symbol)}"
            f"{optional(58, report.text)}{optional(59, report.time_in_force)}"
            f"60={format_utc(report.transact_time)}\x01{optional(103, self._rej_reason(report))}{expires}"
            f"150={self._exec_type_of(report)!s}\x01151={plain(report.leaves_qty)}\x01{seldom}"
        )

    def _seldom(self, report: ExecutionReport) -> tuple[str, str]:
        """What few reports have, before ExecType(150) and behind LeavesQty(151)."""
        expires = f"126={format_utc(report.expire_time)}\x01" if report.expire_time else ""
        mass = ""
        if report.mass_status_req_id and self.has_mass_messages:
            last = "Y" if report.last_rpt_requested else "N"
            mass = f"584={report.mass_status_req_id}\x01911={report.tot_num_reports}\x01912={last}\x01"
        return expires, (
            f"{optional(378, self._restatement_reason(report.restatement_reason))}"
            f"{optional_plain(424, report.day_order_qty)}{optional_plain(425, report.day_cum_qty)}"
            f"{optional_plain(426, report.day_avg_px)}{mass}"
        )

    # What a version says otherwise: ready-made pieces of the body above

    def _trans_type(self, report: ExecutionReport) -> str:  # noqa: ARG002  4.2 needs it
        return ""

    def _exec_type_of(self, report: ExecutionReport) -> ExecType:
        return report.exec_type

    def _rej_reason(self, report: ExecutionReport) -> OrdRejReason | None:
        return report.ord_rej_reason

    # Reasons as the version knows them

    def _restatement_reason(self, reason: ExecRestatementReason | None) -> ExecRestatementReason | None:
        return reason

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
            ref_seq_num=read.any_count(fields.get(tags.RefSeqNum, "")),
            ref_msg_type=fields.get(tags.RefMsgType, ""),
            reason=fields.get(tags.BusinessRejectReason if business else tags.SessionRejectReason, ""),
            text=fields.get(tags.Text, ""),
            ref_tag_id=read.any_count(fields.get(tags.RefTagID, "")),
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
        named = message.get(tags.ClOrdID) or message.get(tags.MassStatusReqID)
        if named:
            fields[tags.BusinessRejectRefID] = named
        return body(fields)


def _with_seldom(report: ExecutionReport, fields: Fields) -> ExecutionReport:
    get, number = fields.get, read.any_number
    try:
        expire_time = read.expiry(fields)
    except DialectError:
        expire_time = 0
    return report._replace(
        restatement_reason=read.optional_member(fields, tags.ExecRestatementReason, RESTATEMENT_REASONS),
        expire_time=expire_time,
        day_order_qty=number(get(tags.DayOrderQty, "")),
        day_cum_qty=number(get(tags.DayCumQty, "")),
        day_avg_px=number(get(tags.DayAvgPx, "")),
        mass_status_req_id=get(tags.MassStatusReqID, ""),
        tot_num_reports=read.any_count(get(tags.TotNumReports, "")),
        last_rpt_requested=get(tags.LastRptRequested) == "Y",
    )


__all__ = ["Dialect", "DialectError"]
