from __future__ import annotations

from decimal import Decimal

from fix.business import OrderCancelReplaceRequest, OrderCancelRequest
from fix.enums import CxlRejReason, ExecType, OrdType, Side, TimeInForce
from sessions.simulator.orders import VenueOrder, VenueOrders
from sessions.simulator.reporter import Fill, Reporter
from tests.sessions.cycle.standin import NOW, StandIn
from tests.sessions.simulator.making import AT, order


class Scene:
    """A reporter, and C1 that was replaced by C2."""

    def __init__(self) -> None:
        self.session = StandIn("XTST")
        self.fills: list[Fill] = []
        self.reporter = Reporter(self.session, self.fills.append)
        self.held = VenueOrder("V-1", order("C1"))
        orders = VenueOrders()
        orders.add(self.held)
        orders.replace(self.held, order("C2"))

    def said(self) -> list[str]:
        return [text for _, text in self.session.journal]


def test_every_report_has_an_exec_id_of_its_own_but_an_answer_to_a_question() -> None:
    scene = Scene()
    kinds = (ExecType.NEW, ExecType.ORDER_STATUS, ExecType.CANCELED)
    assert [scene.reporter.report(scene.held, kind, NOW) for kind in kinds] == ["XTST-X1", "0", "XTST-X3"]
    assert all("|11=C2|" in text for text in scene.said())


def test_a_fill_is_told_under_the_last_name_and_written_down_under_the_first() -> None:
    scene = Scene()
    scene.reporter.fill(scene.held, Decimal(40), Decimal("9.99"), NOW)
    [text] = scene.said()
    assert "|11=C2|14=40|17=XTST-X1|31=9.99|32=40|" in text
    assert scene.fills == [Fill(NOW, "C1", "XTST-X1", Side.BUY, Decimal(40), Decimal("9.99"))]


def test_a_refusal_names_the_last_accepted_name_and_which_request_it_answers() -> None:
    scene = Scene()
    refusal = (CxlRejReason.OTHER, "no")
    cancel = OrderCancelRequest("R1", "C1", "ACME", Side.BUY, Decimal(100), AT)
    replace = OrderCancelReplaceRequest(
        "R2", "C1", "ACME", Side.BUY, Decimal(100), OrdType.LIMIT, Decimal(10), TimeInForce.DAY, AT
    )
    scene.reporter.refuse(scene.held, cancel, refusal, NOW)
    scene.reporter.refuse(scene.held, replace, refusal, NOW)
    scene.reporter.refuse(None, replace, refusal, NOW)
    assert scene.said() == [
        "11=R1|37=V-1|39=0|41=C2|58=no|102=99|434=1|",
        "11=R2|37=V-1|39=0|41=C2|58=no|102=99|434=2|",
        "11=R2|37=NONE|39=8|41=C1|58=no|102=99|434=2|",
    ]


def test_who_asks_for_what_is_not_here_is_told_so() -> None:
    scene = Scene()
    scene.reporter.nobody("C9", "ACME", None, NOW)
    [text] = scene.said()
    assert text.startswith("6=0|11=C9|14=0|17=0|37=NONE|38=0|39=8|54=7|55=ACME|58=no such order here|")
