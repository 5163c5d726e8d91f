from __future__ import annotations

from engine.dropcopy.store import Changes, Entry, Opened
from fix.enums import MsgType
from fix.message import Message, check_frame
from sessions.cycle.outbox import Outbox, canonical
from tests.sessions.cycle.standin import AT, NOW, StandIn, shown, wire


def shown_entries(out: Outbox) -> list[tuple[object, ...]]:
    return [(*head, shown(body)) for *head, body in out.entries]


def test_a_message_takes_the_next_number_and_is_recorded_as_it_will_leave() -> None:
    out, session = Outbox(), StandIn("ALPHA")
    session.start_from(next_out=5, next_in=1)
    out.message(session, MsgType.NEW_ORDER_SINGLE, wire("11=T-1-1|38=5|"), "T-1", NOW)
    text = f"8=FIX.4.4|9=70|35=D|34=5|49=MANIFOLD|52={AT}|56=ALPHA|11=T-1-1|38=5|10=017|"
    assert shown_entries(out) == [(NOW, "out", "ALPHA", 5, "D", "T-1", text)]
    assert [(s.name, shown(raw), *rest) for s, raw, *rest in out.sends] == [("ALPHA", text, 5, "T-1")]
    check_frame(out.sends[0][1])


def test_numbers_go_on_within_a_turn_while_the_session_has_sent_nothing_yet() -> None:
    out, alpha, beta = Outbox(), StandIn("ALPHA"), StandIn("BETA", "FIX.5.0SP2")
    alpha.start_from(next_out=5, next_in=1)
    for session in (alpha, beta, alpha):
        out.message(session, MsgType.ORDER_STATUS_REQUEST, wire("11=T-1-1|"), "T-1", NOW)
    assert [(entry[2], entry[3]) for entry in out.entries] == [("ALPHA", 5), ("BETA", 1), ("ALPHA", 6)]
    assert out.next_out == {"ALPHA": 7, "BETA": 2}
    assert [Message.parse(raw)[8] for _, raw, *_ in out.sends] == ["FIX.4.4", "FIXT.1.1", "FIX.4.4"]


def test_the_sending_time_is_the_turns_own() -> None:
    out, session = Outbox(), StandIn("ALPHA")
    for now in (NOW, NOW, NOW + 1_500_000_000):
        out.message(session, MsgType.ORDER_STATUS_REQUEST, "", "", now)
    assert [Message.parse(raw)[52] for _, raw, *_ in out.sends] == [AT, AT, "20231114-22:13:21.500"]


def test_in_an_engine_the_sending_time_is_that_of_the_turn() -> None:
    out, session = Outbox(), StandIn("ALPHA")
    out.sending = NOW + 1_500_000_000
    out.message(session, MsgType.ORDER_STATUS_REQUEST, "", "", NOW)
    assert out.entries[0][0] == NOW + 1_500_000_000
    assert Message.parse(out.entries[0][6])[52] == "20231114-22:13:21.500"


def test_what_was_opened_and_used_is_so_from_the_entry_on_with_which_it_was() -> None:
    out, one, two = Outbox(), Opened("T-1", "OMS", "C1", NOW), Opened("T-2", "OMS", "C2", NOW)
    out.received(NOW, "OMS", 1, "D", "T-1", b"")
    out.open(one)
    out.decision(NOW, "T-1", "route", "", {})
    out.received(NOW, "OMS", 2, "F", "T-1", b"")
    out.use("T-1", "OMS", "C9")
    out.closed.append("T-1")
    out.kept["kill"] = None
    out.open(two)
    out.reopened.append("T-1")
    assert out.changes() == Changes([one, two], ["T-1"], ["T-1"], [("T-1", "OMS", "C9")], {"kill": None}, [1, 3], [3])
    out.recorded()
    assert (out.entries, out.changes()) == ([], Changes([], [], [], [], {}, [], []))


def test_what_came_is_recorded_as_it_came() -> None:
    out = Outbox()
    out.received(NOW, "OMS", 7, "D", "T-1", b"\xff\x00raw")
    assert out.entries == [(NOW, "in", "OMS", 7, "D", "T-1", b"\xff\x00raw")]


def test_skipped_bytes_are_recorded_and_a_type_that_is_none_stays_out_of_the_columns() -> None:
    out = Outbox()
    for msg_type in ("D", "BE", "", "\n", "D\x00", "x" * 9, "\xc4", "A B"):
        out.skipped(NOW, "OMS", 0, msg_type, b"raw")
    kinds: list[Entry] = [(NOW, "skipped", "OMS", 0, kind, "", b"raw") for kind in ("D", "BE", *[""] * 6)]
    assert out.entries == kinds


def test_a_decision_is_recorded_with_its_reason_in_one_form() -> None:
    out = Outbox()
    out.decision(NOW, "T-1", "route", "swept 5 at ÄLPHA", {"b": "1", "a": ["x"]})
    body = '{"detail":{"a":["x"],"b":"1"},"kind":"route","reason":"swept 5 at ÄLPHA"}'
    assert out.entries == [(NOW, "decision", "", 0, "", "T-1", body.encode())]


def test_an_event_is_recorded_for_its_session() -> None:
    out = Outbox()
    out.event(NOW, "ALPHA", {"event": "logon"})
    assert out.entries == [(NOW, "event", "ALPHA", 0, "", "", b'{"event":"logon"}')]


def test_canonical_json_is_the_same_whatever_the_order() -> None:
    assert canonical({"b": 1, "a": {"d": "2", "c": None}}) == canonical({"a": {"c": None, "d": "2"}, "b": 1})
    assert canonical({"b": 1, "a": 2}) == b'{"a":2,"b":1}'
