"""What is decided and recorded, without an engine around it: no clock but the one that comes with what happens."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from engine.core import commands as do
from engine.core import events
from engine.core.actions import Outcome, Settle
from engine.core.orders import Orders
from engine.core.placing import Rules
from engine.dropcopy.store import Store
from engine.market.venues import Listing, Venue
from sessions.cycle.decider import Decider, sequence_number
from sessions.cycle.history import Present
from sessions.cycle.outbox import Outbox
from sessions.cycle.setup import Party, Role, Setup
from sessions.gateway.session import Incoming
from tests.sessions.cycle.scene import ORDER, SECOND, Scene, filled
from tests.sessions.cycle.standin import NOW, Journal, StandIn, message, shown

PARTIES = (
    Party("OMS", Role.OMS, "FIX.4.4"),
    Party("COPY", Role.DROP_COPY, "FIX.4.4"),
    Party("ALPHA", Role.VENUE, "FIX.4.4"),
)


class Deciding:
    """A decider with an empty store behind it; ALPHA is logged on."""

    def __init__(self, folder: Path) -> None:
        self.store = Store.open(str(folder / "store.db"), durability="process")
        self.out, self.inbox = Outbox(), list[Incoming]()
        journal: Journal = []
        self.sessions = {p.name: StandIn(p.name, p.dialect, journal, self.inbox) for p in PARTIES}
        venue = Venue("ALPHA", listings={"ACME": Listing("ACME")})
        setup = Setup("T", (venue,), Rules(ack_timeout=5 * SECOND), parties=PARTIES)
        self.decider = Decider(setup, dict(self.sessions), self.out, Present(self.store, self.out))
        self.decider.start([], NOW)
        self.decider.logged("ALPHA", NOW, up=True)
        self.fresh()

    def hears(self, session: str, msg_type: str, text: str, at: int = NOW) -> list[tuple[int, str, str, str]]:
        self.sessions[session].heard(msg_type, text, at)
        self.decider.received(self.inbox.pop())
        return self.fresh()

    def fresh(self) -> list[tuple[int, str, str, str]]:
        """(at, kind, session, order) of what there is to record, and it counts as recorded."""
        entries = [(at, kind, session, order_id) for at, kind, session, _, _, order_id, _ in self.out.entries]
        self.store.commit(self.out.entries, self.out.changes())
        self.out.recorded()
        return entries


@pytest.fixture
def deciding(tmp_path: Path) -> Iterator[Deciding]:
    made = Deciding(tmp_path)
    yield made
    made.store.close()


def test_a_message_is_decided_at_the_instant_at_which_it_was_received(deciding: Deciding) -> None:
    deciding.out.sending = NOW + 9
    assert deciding.hears("OMS", "D", ORDER, NOW + 5) == [
        (NOW + 5, "in", "OMS", "T-1"),
        (NOW + 5, "decision", "", "T-1"),
        (NOW + 9, "out", "ALPHA", "T-1"),
    ]
    parent = deciding.decider.core.orders.by_id("T-1")
    assert parent is not None
    assert (parent.received_at, parent.children["T-1-1"].sent_at) == (NOW + 5, NOW + 5)


def test_instants_never_go_backwards(deciding: Deciding) -> None:
    deciding.hears("OMS", "D", ORDER, NOW + 5)
    assert deciding.hears("OMS", "D", ORDER.replace("11=C1", "11=C2"), NOW - SECOND)[:2] == [
        (NOW + 5, "in", "OMS", "T-2"),
        (NOW + 5, "decision", "", "T-2"),
    ]
    deciding.decider.logged("OMS", NOW, up=True)
    assert deciding.fresh() == [(NOW + 5, "event", "OMS", "")]


def test_a_tick_is_on_record_when_it_asks_for_something_and_leaves_no_trace_when_not(deciding: Deciding) -> None:
    deciding.hears("OMS", "D", ORDER, NOW)
    deciding.decider.tick(NOW + 4 * SECOND)
    assert deciding.fresh() == []
    assert deciding.hears("OMS", "H", "11=C9|54=1|55=ACME|", NOW + SECOND)[0] == (NOW + SECOND, "in", "OMS", "")
    deciding.decider.tick(NOW + 5 * SECOND)
    assert deciding.fresh()[0] == (NOW + 5 * SECOND, "event", "", "")


def test_the_core_hears_of_an_oms_that_left(deciding: Deciding, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[events.Event] = []

    def handle(event: events.Event, _: int) -> tuple[do.Command, ...]:
        heard.append(event)
        return ()

    monkeypatch.setattr(deciding.decider.core, "handle", handle)
    for session in ("OMS", "COPY", "ALPHA"):
        deciding.decider.logged(session, NOW, up=True)
        deciding.decider.logged(session, NOW, up=False)
    assert heard == [events.OmsDown("OMS"), events.VenueUp("ALPHA"), events.VenueDown("ALPHA")]
    assert [(kind, session) for _, kind, session, _ in deciding.fresh()] == [
        ("event", name) for name in ("OMS", "OMS", "COPY", "COPY", "ALPHA", "ALPHA")
    ]


def test_a_new_order_is_recorded_as_itself_whatever_the_core_has_to_say_of_others_first(
    deciding: Deciding, monkeypatch: pytest.MonkeyPatch
) -> None:
    deciding.hears("OMS", "D", ORDER)
    handle = deciding.decider.core.handle
    monkeypatch.setattr(
        deciding.decider.core,
        "handle",
        lambda event, now: (do.Decide("T-1", do.Decision.ALERT, "!"), *handle(event, now)),
    )
    assert deciding.hears("OMS", "D", ORDER.replace("11=C1", "11=C2"))[0] == (NOW, "in", "OMS", "T-2")
    assert deciding.hears("OMS", "D", ORDER.replace("11=C1", "11=C3").replace("38=100", "38=0"))[0][3] == "T-3"


def test_a_trade_is_denied_of_an_order_that_is_known(deciding: Deciding) -> None:
    deciding.hears("OMS", "D", ORDER)
    denial = "17=T-1-E1|127=A|37={}|54=1|55=ACME|"
    assert deciding.hears("OMS", "Q", denial.format("T-1"))[0] == (NOW, "in", "OMS", "T-1")
    assert deciding.hears("OMS", "Q", denial.format("T-7"))[0] == (NOW, "in", "OMS", "")


def test_a_parent_that_cannot_be_rebuilt_is_an_alert_behind_the_message_that_speaks_of_it(
    deciding: Deciding, monkeypatch: pytest.MonkeyPatch
) -> None:
    deciding.hears("OMS", "D", ORDER)
    monkeypatch.setattr(deciding.decider.core, "orders", Orders())
    monkeypatch.setattr(Store, "order_records", lambda *_, **__: iter(()))
    entries = deciding.hears("ALPHA", "8", filled("T-1-1", "A1", 50))
    assert [entry[1] for entry in entries[:2]] == ["in", "decision"]
    first = [record for record in deciding.store.records() if record.kind == "decision"][1]
    assert b"order T-1: its NewOrderSingle(D) is not on record" in first.body


def test_what_bears_a_secret_is_decided_as_it_is_recorded(deciding: Deciding) -> None:
    deciding.hears("OMS", "BE", "95=6|96=sec|et|553=me|554=secret|923=U1|924=1|")
    (body,) = [shown(record.body) for record in deciding.store.records() if record.msg_type == "BE"]
    assert "|96=***|553=me|554=***|" in body


def test_a_settlement_brings_back_a_parent_that_was_forgotten(scene: Scene) -> None:
    """Here of an order that never was: nothing is brought back, and it is refused with a reason."""
    action = Settle("T-9-1", Outcome.REJECTED, Decimal(0))
    decided = scene.engine._decider.instructed("Ada", "desk", "test", action, NOW)
    assert [each.kind for each in decided] == ["refuse"]
    assert "T-9-1" in decided[0].reason


@pytest.mark.parametrize(
    ("text", "number"), [("34=7", 7), ("34=x", 0), ("34=-1", 0), ("58=none", 0), ("34=" + "9" * 19, 0), ("34=\xb2", 0)]
)
def test_a_sequence_number_is_one_that_a_store_can_hold(text: str, number: int) -> None:
    made = message("0", "")
    made.fields.pop(34)
    tag, _, value = text.partition("=")
    made.fields[int(tag)] = value
    assert sequence_number(made) == number
