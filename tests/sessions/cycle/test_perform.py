from __future__ import annotations

import logging
from decimal import Decimal

import pytest

from engine.core.commands import (
    Closed,
    Command,
    Decide,
    Decision,
    Keep,
    Opened,
    RefuseCancel,
    Reopened,
    Report,
    ReportMassCancel,
    SendCancel,
    SendDontKnow,
    SendMassCancel,
    SendOrder,
    SendReplace,
    SendStatusRequest,
    Subscribe,
    Used,
)
from engine.dropcopy.store import Opened as OpenedEntry
from fix.business import (
    DontKnowTrade,
    ExecutionReport,
    NewOrderSingle,
    OrderCancelReject,
    OrderCancelReplaceRequest,
    OrderCancelRequest,
    OrderMassCancelReport,
    OrderMassCancelRequest,
    OrderStatusRequest,
)
from fix.enums import (
    CxlRejReason,
    CxlRejResponseTo,
    DKReason,
    ExecType,
    MassCancelRequestType,
    MassCancelResponse,
    OrdStatus,
    OrdType,
    Side,
    TimeInForce,
)
from sessions.cycle.outbox import Outbox
from sessions.cycle.perform import Performer
from tests.sessions.cycle.standin import AT, NOW, StandIn, shown

HEAD = f"49=MANIFOLD|52={AT}|56="
FILL = ExecutionReport(
    order_id="T-1",
    cl_ord_id="C1",
    exec_id="T-1-E2",
    exec_type=ExecType.TRADE,
    ord_status=OrdStatus.PARTIALLY_FILLED,
    symbol="ACME",
    side=Side.BUY,
    order_qty=Decimal(100),
    cum_qty=Decimal(40),
    leaves_qty=Decimal(60),
    avg_px=Decimal("10.5"),
    last_qty=Decimal(40),
    last_px=Decimal("10.5"),
    transact_time=NOW,
)
FILLED_44 = f"6=10.5|11=C1|14=40|17=T-1-E2|31=10.5|32=40|37=T-1|38=100|39=1|54=1|55=ACME|60={AT}|150=F|151=60|"
FILLED_42 = f"6=10.5|11=C1|14=40|17=T-1-E2|20=0|31=10.5|32=40|37=T-1|38=100|39=1|54=1|55=ACME|60={AT}|150=1|151=60|"


class Scene:
    """An OMS speaking 4.4, venues speaking 4.2 and 5.0 SP2, and compliance systems in 4.4 and 4.2."""

    def __init__(self) -> None:
        versions = {
            "OMS": "FIX.4.4",
            "ALPHA": "FIX.4.2",
            "GAMMA": "FIX.5.0SP2",
            "COPY44": "FIX.4.4",
            "COPY42": "FIX.4.2",
        }
        self.sessions = {name: StandIn(name, version) for name, version in versions.items()}
        self.out = Outbox()
        copies = [self.sessions["COPY44"], self.sessions["COPY42"]]
        self.performer = Performer(self.sessions, copies, self.out)

    def perform(self, *commands: Command) -> list[tuple[str, str]]:
        """What is to be sent: to whom, and from MsgType(35) on without the checksum."""
        self.performer.perform(commands, NOW)
        return [
            (session.name, shown(raw).partition("35=")[2].rpartition("10=")[0].replace(HEAD + session.name + "|", ""))
            for session, raw, _, _ in self.out.sends
        ]


def test_an_order_is_said_in_its_venues_own_words() -> None:
    order = NewOrderSingle(
        "T-1-1", "ACME", Side.BUY, Decimal(40), OrdType.LIMIT, Decimal("10.5"), TimeInForce.DAY, NOW, "ACC"
    )
    text = f"38=40|40=2|44=10.5|54=1|55=ACME|59=0|60={AT}|"
    assert Scene().perform(SendOrder("T-1", "ALPHA", order), SendOrder("T-1", "GAMMA", order)) == [
        ("ALPHA", f"D|34=1|1=ACC|11=T-1-1|21=1|{text}"),
        ("GAMMA", f"D|34=1|1=ACC|11=T-1-1|{text}"),
    ]


def test_cancel_and_status_request_go_to_their_venue() -> None:
    cancel = OrderCancelRequest("T-1-1_1", "T-1-1", "ACME", Side.SELL, Decimal(40), NOW, "V7")
    status = OrderStatusRequest("T-1-1", "ACME", Side.SELL, "V7")
    assert Scene().perform(SendCancel("T-1", "ALPHA", cancel), SendStatusRequest("T-1", "ALPHA", status)) == [
        ("ALPHA", f"F|34=1|11=T-1-1_1|37=V7|38=40|41=T-1-1|54=2|55=ACME|60={AT}|"),
        ("ALPHA", "H|34=2|11=T-1-1|37=V7|54=2|55=ACME|"),
    ]


def test_replaces_go_to_their_venue_in_its_own_words() -> None:
    replace = OrderCancelReplaceRequest(
        "T-1-1_1", "T-1-1", "ACME", Side.BUY, Decimal(30), OrdType.LIMIT, Decimal("10.4"), TimeInForce.DAY, NOW, "V7"
    )
    text = f"37=V7|38=30|40=2|41=T-1-1|44=10.4|54=1|55=ACME|59=0|60={AT}|"
    assert Scene().perform(SendReplace("T-1", "ALPHA", replace), SendReplace("T-1", "GAMMA", replace)) == [
        ("ALPHA", f"G|34=1|11=T-1-1_1|21=1|{text}"),
        ("GAMMA", f"G|34=1|11=T-1-1_1|{text}"),
    ]


def test_a_trade_that_is_none_of_ours_is_denied_at_its_venue() -> None:
    denial = DontKnowTrade(
        "V7", "X1", DKReason.WRONG_SIDE, "ACME", Side.SELL, last_qty=Decimal(40), last_px=Decimal("10.5"), text="no"
    )
    assert Scene().perform(SendDontKnow("T-1", "ALPHA", denial)) == [
        ("ALPHA", "Q|34=1|17=X1|31=10.5|32=40|37=V7|54=2|55=ACME|58=no|127=B|")
    ]


ALL = MassCancelRequestType.CANCEL_ALL_ORDERS


def test_all_orders_are_cancelled_at_once_where_the_venues_version_can(caplog: pytest.LogCaptureFixture) -> None:
    request = OrderMassCancelRequest("T-K1", ALL, "", None, NOW)
    assert Scene().perform(SendMassCancel("", "ALPHA", request), SendMassCancel("", "GAMMA", request)) == [
        ("GAMMA", f"q|34=1|11=T-K1|60={AT}|530=7|")
    ]
    assert caplog.messages == ["ALPHA speaks FIX.4.2, which has no OrderMassCancelRequest(q): none was sent"]


def test_a_report_goes_to_its_oms_and_marked_as_a_copy_to_every_compliance_system_in_its_version() -> None:
    assert Scene().perform(Report("T-1", "OMS", FILL)) == [
        ("OMS", f"8|34=1|{FILLED_44}"),
        ("COPY44", f"8|34=1|{FILLED_44}797=Y|"),
        ("COPY42", f"8|34=1|{FILLED_42}"),  # 4.2 has no CopyMsgIndicator(797)
    ]


def test_an_oms_that_is_not_configured_any_more_is_an_alert_and_compliance_still_hears(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert [name for name, _ in Scene().perform(Report("T-1", "GONE", FILL))] == ["COPY44", "COPY42"]
    assert caplog.messages == ["GONE is not configured: it will not hear of T-1"]


def test_the_refusal_of_a_cancel_goes_to_its_oms_alone() -> None:
    reject = OrderCancelReject(
        "T-1", "C2", "C1", OrdStatus.NEW, CxlRejResponseTo.ORDER_CANCEL_REQUEST, CxlRejReason.BROKER_OPTION, "kept"
    )
    assert Scene().perform(RefuseCancel("T-1", "OMS", reject)) == [
        ("OMS", "9|34=1|11=C2|37=T-1|39=0|41=C1|58=kept|102=2|434=1|")
    ]


def test_the_report_on_a_mass_cancel_goes_to_its_oms_alone() -> None:
    report = OrderMassCancelReport("T-K1", "Q1", ALL, MassCancelResponse.CANCEL_ALL_ORDERS, total_affected=2)
    assert Scene().perform(ReportMassCancel("", "OMS", report)) == [("OMS", "r|34=1|11=Q1|37=T-K1|530=7|531=7|533=2|")]


def test_what_an_oms_that_is_not_configured_any_more_asked_for_is_an_alert(caplog: pytest.LogCaptureFixture) -> None:
    reject = OrderCancelReject("T-1", "C2", "C1", OrdStatus.NEW, CxlRejResponseTo.ORDER_CANCEL_REPLACE_REQUEST)
    report = OrderMassCancelReport("T-K1", "Q1", ALL, MassCancelResponse.CANCEL_ALL_ORDERS)
    assert Scene().perform(RefuseCancel("T-1", "GONE", reject), ReportMassCancel("", "GONE", report)) == []
    assert caplog.messages == [
        "GONE is not configured: it will not hear of T-1",
        "GONE is not configured: it will not hear of its mass cancel",
    ]


def test_market_data_is_asked_for_by_symbol() -> None:
    assert Scene().perform(Subscribe("", "ALPHA", ("ACME", "GLOBEX"))) == [
        ("ALPHA", "V|34=1|146=2|55=ACME|55=GLOBEX|262=MD-1|263=1|264=0|265=1|267=2|269=0|269=1|")
    ]


def test_market_data_is_asked_for_under_the_name_it_is_given() -> None:
    assert Scene().perform(Subscribe("", "ALPHA", ("ACME",), "MD-ALPHA-3")) == [
        ("ALPHA", "V|34=1|146=1|55=ACME|262=MD-ALPHA-3|263=1|264=0|265=1|267=2|269=0|269=1|")
    ]


def test_what_is_to_be_remembered_is_noted_for_the_store() -> None:
    scene = Scene()
    kill = Keep("", "kill all", {"person": "Ann"})
    assert scene.perform(kill, Keep("", "out ALPHA", None), Used("T-1", "OMS", "C2"), Reopened("T-1")) == []
    assert scene.out.kept == {"kill all": {"person": "Ann"}, "out ALPHA": None}
    assert scene.out.used == [("T-1", "OMS", "C2")]
    assert scene.out.reopened == ["T-1"]
    assert scene.out.entries == []


def test_opened_and_closed_parents_are_noted_for_the_store() -> None:
    scene = Scene()
    assert scene.perform(Opened("T-1", "OMS", "C1"), Closed("T-1")) == []
    assert scene.out.opened == [OpenedEntry("T-1", "OMS", "C1", NOW)]
    assert scene.out.closed == ["T-1"]
    assert scene.out.entries == []


def test_commands_are_done_in_their_order_and_each_is_recorded_for_its_parent() -> None:
    scene = Scene()
    status = OrderStatusRequest("T-1-1", "ACME", Side.SELL)
    scene.perform(
        Decide("T-1", Decision.DOUBT, "no answer"),
        SendStatusRequest("T-1", "ALPHA", status),
        Decide("", Decision.IGNORE, "said before", {"child": "T-1-1"}),
    )
    assert [(entry[1], entry[2], entry[5]) for entry in scene.out.entries] == [
        ("decision", "", "T-1"),
        ("out", "ALPHA", "T-1"),
        ("decision", "", ""),
    ]
    assert scene.out.entries[2][6] == b'{"detail":{"child":"T-1-1"},"kind":"ignore","reason":"said before"}'


def test_an_alert_is_recorded_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    scene = Scene()
    with caplog.at_level(logging.WARNING, "manifold.engine"):
        scene.performer.alert("ALPHA sent nonsense", NOW)
        scene.perform(Decide("T-1", Decision.ROUTE, "nothing to see"))
    assert [(record.levelname, record.message) for record in caplog.records] == [("WARNING", "ALPHA sent nonsense")]
    assert scene.out.entries[0][6] == b'{"detail":{},"kind":"alert","reason":"ALPHA sent nonsense"}'


def test_every_command_the_core_knows_has_its_action() -> None:
    assert set(Scene().performer._actions) == set(Command.__args__)
