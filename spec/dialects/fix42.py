"""FIX 4.2: HandlInst(21) is required, ExecTransType(20) says what 4.4 says in ExecType(150), a fill is 1 or 2.

LastShares(32) is 4.4's LastQty(32) under an older name.
"""

from __future__ import annotations

from fix import tags
from fix.business import ZERO, ExecutionReport
from fix.enums import ExecTransType, ExecType, OrdRejReason, OrdStatus
from fix.message import Fields
from spec.dialects import reading as read
from spec.dialects.base import EXEC_TYPES, Dialect

_FILLS = {ExecType.PARTIAL_FILL, ExecType.FILL}
_TRANS_TYPES = {
    ExecTransType.CANCEL.value: ExecType.TRADE_CANCEL,
    ExecTransType.CORRECT.value: ExecType.TRADE_CORRECT,
    ExecTransType.STATUS.value: ExecType.ORDER_STATUS,
}
_TRANS_TYPE_OF = {exec_type: trans_type for trans_type, exec_type in _TRANS_TYPES.items()}
# FIX 4.2 ends OrdRejReason(103) at 8
_KNOWN_REJ_REASONS = frozenset("012345678")


class Fix42(Dialect):
    name = "FIX.4.2"
    begin_string = "FIX.4.2"

    _handl_inst = "21=1\x01"  # automated, private, no broker intervention

    def _exec_type(self, fields: Fields) -> ExecType:
        corrected = _TRANS_TYPES.get(fields.get(tags.ExecTransType, ""))
        if corrected is not None:
            return corrected
        exec_type = read.member(fields, tags.ExecType, EXEC_TYPES)
        return ExecType.TRADE if exec_type in _FILLS else exec_type

    def _trans_type(self, report: ExecutionReport) -> str:
        return f"20={_TRANS_TYPE_OF.get(report.exec_type, ExecTransType.NEW)}\x01"

    def _exec_type_of(self, report: ExecutionReport) -> ExecType:
        if report.exec_type is ExecType.TRADE:
            return ExecType.FILL if report.leaves_qty == ZERO else ExecType.PARTIAL_FILL
        if report.exec_type in _TRANS_TYPE_OF:
            return _STATUS_AS_EXEC_TYPE.get(report.ord_status, ExecType.NEW)
        return report.exec_type

    def _rej_reason(self, report: ExecutionReport) -> OrdRejReason | None:
        reason = report.ord_rej_reason
        return OrdRejReason.BROKER_OPTION if reason is not None and reason not in _KNOWN_REJ_REASONS else reason


_STATUS_AS_EXEC_TYPE = {
    status: ExecType(status.value) for status in OrdStatus if status.value in {member.value for member in ExecType}
}
