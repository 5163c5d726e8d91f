"""FIX 4.4 says what we mean by itself."""

from __future__ import annotations

import pytest

from fix.enums import ExecType, OrdRejReason
from fix.message import SOH, Message
from spec.dialects.fix44 import Fix44
from tests.spec.dialects import making

FIX44 = Fix44()
REPORT = making.REPORT._replace(last_mkt="XNYS")


def test_a_fill_is_a_trade() -> None:
    assert FIX44.write_execution(REPORT).replace(SOH, "|") == (
        "6=9.5|11=O-1|14=40|17=X-1|30=XNYS|31=9.5|32=40|37=V-1|38=100|39=1|54=1|55=IBM|60=20240229-12:00:00.000|"
        "150=F|151=60|"
    )


@pytest.mark.parametrize("exec_type", [ExecType.TRADE_CORRECT, ExecType.TRADE_CANCEL, ExecType.ORDER_STATUS])
def test_corrections_and_answers_are_kinds_of_execution(exec_type: ExecType) -> None:
    report = REPORT._replace(exec_type=exec_type, exec_ref_id="X-0")
    message = Message.parse(f"35=8\x01{FIX44.write_execution(report)}".encode())
    assert (message[150], message[19], message.get(20)) == (exec_type, "X-0", "")


def test_only_a_trade_and_its_correction_say_how_much_at_which_price() -> None:
    """FIX 4.4, LastQty(32): "Required if ExecType = Trade or Trade Correct"."""
    says = {
        exec_type
        for exec_type in ExecType
        if {31, 32}
        <= Message.parse(
            f"35=8\x01{FIX44.write_execution(REPORT._replace(exec_type=exec_type))}".encode()
        ).fields.keys()
    }
    assert says == {ExecType.TRADE, ExecType.TRADE_CORRECT}


@pytest.mark.parametrize("reason", OrdRejReason)
def test_every_reason_has_its_code(reason: OrdRejReason) -> None:
    report = REPORT._replace(exec_type=ExecType.REJECTED, ord_rej_reason=reason)
    assert f"{SOH}103={reason.value}{SOH}150=8{SOH}" in FIX44.write_execution(report)


def test_a_copy_is_marked() -> None:
    assert FIX44.copy_mark == "797=Y\x01"
