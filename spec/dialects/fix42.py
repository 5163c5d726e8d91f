"""FIX 4.2: HandlInst(21) is required, ExecTransType(20) says what 4.4 says in ExecType(150), a fill is 1 or 2.

It knows fewer reasons than 4.4: what it has no code for is said by its general one, or by none where that is optional.

LastShares(32) is 4.4's LastQty(32) under an older name.
"""

from __future__ import annotations

from fix import tags
from fix.business import ExecutionReport
from fix.enums import (
    BusinessRejectReason,
    CxlRejReason,
    ExecRestatementReason,
    ExecTransType,
    ExecType,
    OrdRejReason,
    OrdStatus,
    SessionRejectReason,
)
from fix.message import Fields
from spec.dialects.base import Dialect

_TRANS_TYPES = {
    ExecTransType.CANCEL.value: ExecType.TRADE_CANCEL,
    ExecTransType.CORRECT.value: ExecType.TRADE_CORRECT,
    ExecTransType.STATUS.value: ExecType.ORDER_STATUS,
}
# ExecTransType(20) as it stands in a body, where it is not New
_TRANS_TYPE_OF = {exec_type: f"20={trans_type}\x01" for trans_type, exec_type in _TRANS_TYPES.items()}
_TRANS_TYPE_NEW = f"20={ExecTransType.NEW}\x01"
# Where FIX 4.2 ends OrdRejReason(103), ExecRestatementReason(378), CxlRejReason(102) …
_REJ_REASONS = frozenset("012345678")
_RESTATEMENT_REASONS = frozenset("012345")
_CXL_REASONS = frozenset("0123")
# … SessionRejectReason(373) and BusinessRejectReason(380)
_SESSION_REASONS = frozenset(map(str, range(12)))
_BUSINESS_REASONS = frozenset("012345")


class Fix42(Dialect):
    name = "FIX.4.2"
    begin_string = "FIX.4.2"
    copy_mark = ""  # 4.2 has no CopyMsgIndicator(797)

    has_mass_messages = False  # they came with FIX 4.3

    _handl_inst = "21=1\x01"  # automated, private, no broker intervention

    def _exec_type(self, fields: Fields) -> ExecType | None:
        corrected = _TRANS_TYPES.get(fields.get(tags.ExecTransType, ""))
        return corrected if corrected is not None else super()._exec_type(fields)

    def write_execution(self, report: ExecutionReport) -> str:
        """FIX 4.2, "OrdStatus precedence": Replaced stands above New and below Partially filled."""
        if report.exec_type is ExecType.REPLACED and report.ord_status is OrdStatus.NEW:
            report = report._replace(ord_status=OrdStatus.REPLACED)
        return super().write_execution(report)

    def _trans_type(self, report: ExecutionReport) -> str:
        return _TRANS_TYPE_OF.get(report.exec_type, _TRANS_TYPE_NEW)

    def _exec_type_of(self, report: ExecutionReport) -> ExecType:
        if report.exec_type is ExecType.TRADE:
            return ExecType.FILL if report.cum_qty >= report.order_qty else ExecType.PARTIAL_FILL
        if report.exec_type in _TRANS_TYPE_OF:
            return _STATUS_AS_EXEC_TYPE.get(report.ord_status, ExecType.NEW)
        return report.exec_type

    def _rej_reason(self, report: ExecutionReport) -> OrdRejReason | None:
        reason = report.ord_rej_reason
        return OrdRejReason.BROKER_OPTION if reason is not None and reason not in _REJ_REASONS else reason

    def _restatement_reason(self, reason: ExecRestatementReason | None) -> ExecRestatementReason | None:
        known = reason is None or reason in _RESTATEMENT_REASONS
        return reason if known else ExecRestatementReason.BROKER_OPTION

    def _cxl_rej_reason(self, reason: CxlRejReason | None) -> CxlRejReason | None:
        return CxlRejReason.BROKER_OPTION if reason is not None and reason not in _CXL_REASONS else reason

    def _session_reject_reason(self, reason: SessionRejectReason) -> SessionRejectReason | None:
        return reason if reason in _SESSION_REASONS else None

    def _business_reject_reason(self, reason: BusinessRejectReason) -> BusinessRejectReason:
        return reason if reason in _BUSINESS_REASONS else BusinessRejectReason.OTHER


_STATUS_AS_EXEC_TYPE = {
    status: ExecType(status.value) for status in OrdStatus if status.value in {member.value for member in ExecType}
}
