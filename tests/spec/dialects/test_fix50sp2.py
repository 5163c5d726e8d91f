"""FIX 5.0 SP2 has 4.4's words for orders; the transport is another, and a snapshot has a time."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from fix import tags
from fix.business import MDEntry
from fix.enums import MDEntryType
from fix.message import SOH
from spec.dialects.fix44 import Fix44
from spec.dialects.fix50sp2 import Fix50SP2
from spec.dictionary import for_session
from tests.spec.dialects import making

FIX44, FIX50SP2 = Fix44(), Fix50SP2()


def test_a_session_speaks_the_transport_and_says_which_application_version() -> None:
    assert (FIX50SP2.name, FIX50SP2.begin_string) == ("FIX.5.0SP2", "FIXT.1.1")
    values = for_session("FIXT.1.1").fields[tags.ApplVerID].values
    assert values[FIX50SP2.default_appl_ver_id] == "FIX50_SP2"
    assert FIX44.default_appl_ver_id == ""


@given(st.data())
def test_what_is_said_about_orders_is_what_4_4_says(data: st.DataObject) -> None:
    order = data.draw(making.orders(FIX44))
    report = data.draw(making.executions(FIX44))
    replace = data.draw(making.replaces(FIX44))
    reject = data.draw(making.CANCEL_REJECTS)
    assert FIX50SP2.write_order(order) == FIX44.write_order(order)
    assert FIX50SP2.write_replace(replace) == FIX44.write_replace(replace)
    assert FIX50SP2.write_execution(report) + FIX50SP2.copy_mark == FIX44.write_execution(report) + FIX44.copy_mark
    assert FIX50SP2.write_cancel_reject(reject) == FIX44.write_cancel_reject(reject)


def test_a_snapshot_says_when_the_book_stood_like_this() -> None:
    levels = [MDEntry(MDEntryType.BID, Decimal("9.5"), Decimal(100))]
    assert FIX50SP2.write_md_snapshot("M-1", "IBM", levels, making.NOW).replace(SOH, "|") == (
        "55=IBM|262=M-1|268=1|269=0|270=9.5|271=100|779=20240229-12:00:00.000|"
    )
