from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from fix import tags
from fix.enums import MsgType
from fix.message import Header, Message, body, encode
from fix.timestamp import format_utc
from sessions.gateway.session import Came, FixSession, Incoming, Sent
from tests.sessions.cycle.standin import shown, wire
from tests.sessions.gateway.links import House, bodies

pytestmark = pytest.mark.wire

ORDER = "11=C1|38=100|40=1|54=1|55=ACME|60=20231114-22:13:20.000|"
BOOK = "262=MD|268=2|279=0|269=0|55=ACME|270=9|271=5|279=1|269=1|55=ACME|270=10|271=5|"


def make(session: FixSession, msg_type: str, text: str, number: int) -> Sent:
    header = Header(
        session.begin_string, session.terms.sender, session.terms.target, number, format_utc(time.time_ns())
    )
    return Sent(number, msg_type, encode(msg_type, wire(text), header))


def give(session: FixSession, msg_type: str, text: str) -> bytes:
    """The next message of this session, to leave with its next flush."""
    sent = make(session, msg_type, text, session.next_out())
    session.send(sent.raw, sent.number)
    return sent.raw


def send(session: FixSession, msg_type: str, text: str) -> bytes:
    raw = give(session, msg_type, text)
    session.flush()
    return raw


def test_a_logon_brings_both_up_and_each_hears_the_others(house: House) -> None:
    there = house.link()
    assert (house.here.up, there.up) == (True, True)
    logon = "35=A|34=1|98=0|108=30"
    assert (bodies(house.inbox), bodies(house.their_inbox)) == ([("in", logon)], [("in", logon)])


def test_a_logon_bears_what_its_owner_wants_it_to(house: House) -> None:
    house.connect({9001: "Y", 553: "desk"})
    house.wait(lambda: house.here.up, "logon")
    logon = shown(house.inbox[0].raw)
    assert ("|9001=Y|" in logon, "|553=desk|" in logon) == (True, True)


@pytest.mark.parametrize("version", ["FIX.4.2", "FIX.4.4", "FIX.5.0SP2"])
def test_what_arrives_is_byte_for_byte_what_was_given_in_every_version(version: str) -> None:
    house = House(version)
    there = house.link()
    sent = [
        send(there, "D", ORDER),
        send(there, "X", BOOK),
        send(there, "H", "11=C1|54=1|55=ACME|58=caf\xc3\xa9 \xe9 \xff|"),
        send(there, "j", "45=1|58=no|372=8|380=3|"),
        send(there, "3", "45=1|58=no such tag|372=8|373=0|"),
    ]
    answers = [send(house.here, "X", BOOK)]
    house.wait(lambda: len(house.inbox) == 6 and len(house.their_inbox) == 2, "all messages")
    assert [incoming.raw for incoming in house.inbox[1:]] == sent
    assert [incoming.raw for incoming in house.their_inbox[1:]] == answers
    house.close()


def test_what_is_given_leaves_with_the_flush_and_not_before(house: House) -> None:
    there = house.link()
    given = [give(there, "H", f"11=C{number}|54=1|55=ACME|") for number in (1, 2)]
    for _ in range(20):
        house.poll()
    assert len(house.inbox) == 1
    there.flush()
    house.wait(lambda: len(house.inbox) == 3, "both")
    assert [incoming.raw for incoming in house.inbox[1:]] == given


def test_say_builds_keeps_and_sends_in_one_go(house: House) -> None:
    there = house.link()
    there.say(MsgType.ORDER_STATUS_REQUEST, body({tags.ClOrdID: "C1", tags.Side: "1"}), time.time_ns())
    house.wait(lambda: len(house.inbox) == 2, "the message")
    assert bodies(house.inbox)[1] == ("in", "35=H|34=2|11=C1|54=1")
    assert list(there.history(there, 1, 9)) == [Sent(2, "H", house.inbox[1].raw)]


def test_numbers_to_start_from_are_those_on_the_wire(house: House) -> None:
    there = house.connect()
    there.start_from(next_out=41, next_in=7)
    house.here.start_from(next_out=7, next_in=41)
    house.wait(lambda: house.here.up and there.up, "logon")
    send(there, "D", ORDER)
    house.wait(lambda: len(house.inbox) == 2, "the order")
    assert [Message.parse(incoming.raw)[tags.MsgSeqNum] for incoming in house.inbox] == ["41", "42"]
    assert (there.next_out(), there.next_in(), house.here.next_in()) == (43, 8, 43)


def test_session_messages_are_shown_before_they_leave_as_they_leave(house: House) -> None:
    there = house.connect()
    before: list[Sent] = []
    there.on_admin = lambda _, sent: before.append(sent)
    house.wait(lambda: house.here.up and there.up, "logon")
    assert before == [Sent(1, "A", house.inbox[0].raw)]


# -- gaps ------------------------------------------------------------------------------------------------------------


def kept(*sent: Sent) -> Callable[[FixSession, int, int], list[Sent]]:
    """A history of these."""
    return lambda _, begin, end: [each for each in sent if begin <= each.number <= end]


def test_a_gap_is_asked_for_filled_and_what_came_too_early_follows_as_it_came(house: House) -> None:
    there = house.link()
    lost = make(there, "D", ORDER, 3)  # on record, and never arrived; number 2 was a session message
    there.history = kept(lost, make(there, "H", "11=C1|54=1|55=ACME|", 4))
    again: list[Sent] = []
    there.on_resent = lambda _, sent: again.extend(sent)
    there.start_from(4, there.next_in())
    early = send(there, "H", "11=C1|54=1|55=ACME|")
    house.wait(lambda: house.here.next_in() == 5, "the gap to be filled")
    assert bodies(house.inbox)[1:5] == [
        ("skipped", "35=H|34=4|11=C1|54=1|55=ACME"),
        ("in", "35=4|34=2|43=Y|36=3|123=Y"),
        ("in", f"35=D|34=3|43=Y|{ORDER[:-1]}"),
        ("in", "35=H|34=4|11=C1|54=1|55=ACME"),
    ]
    assert [incoming.raw for incoming in house.inbox[1:5]] == [early, again[0].raw, again[1].raw, early]
    assert [sent.number for sent in again] == [2, 3, 4]
    assert Message.parse(again[1].raw)[tags.OrigSendingTime] == Message.parse(lost.raw)[tags.SendingTime]
    send(there, "H", "11=C2|54=1|55=ACME|")
    house.wait(lambda: house.here.next_in() == 6, "the next message")
    assert bodies(house.inbox)[-1] == ("in", "35=H|34=5|11=C2|54=1|55=ACME")


def test_what_was_said_while_nobody_was_there_is_asked_for_at_the_next_logon(house: House) -> None:
    there = house.connect()
    there.say(MsgType.ORDER_STATUS_REQUEST, wire("11=C1|54=1|55=ACME|"), time.time_ns())
    assert there.next_out() == 2
    asked = ("in", "35=H|34=1|43=Y|11=C1|54=1|55=ACME")
    house.wait(lambda: asked in bodies(house.inbox) and house.here.next_in() == 3, "the message")
    assert [each for each in bodies(house.inbox) if "35=H" in each[1]] == [asked]


def test_where_nothing_is_kept_the_gap_is_filled(house: House) -> None:
    there = house.link()
    there.start_from(7, there.next_in())
    send(there, "H", "11=C1|54=1|55=ACME|")
    house.wait(lambda: house.here.next_in() == 8, "the gap to be filled")
    (skipped, filled, *_) = bodies(house.inbox)[1:]
    assert skipped == ("skipped", "35=H|34=7|11=C1|54=1|55=ACME")
    assert filled[0] == "in"
    assert filled[1].startswith("35=4|34=2|")


# -- time and connections --------------------------------------------------------------------------------------------


@pytest.fixture
def quick() -> Iterator[House]:
    """Heartbeats every second."""
    made = House(heartbeat=1)
    made.link()
    yield made
    made.close()


def test_heartbeats_go_both_ways_while_nothing_else_does(quick: House) -> None:
    def beaten(inbox: list[Incoming]) -> bool:
        return any(text.startswith("35=0|") for _, text in bodies(inbox))

    quick.wait(lambda: beaten(quick.inbox) and beaten(quick.their_inbox), "heartbeats")
    assert quick.here.up


def test_who_is_silent_for_too_long_is_asked_and_answers(quick: House) -> None:
    there, quick.there = quick.there, None  # it is not polled: silent
    assert there is not None
    admin: list[str] = []
    quick.here.on_admin = lambda _, sent: admin.append(sent.msg_type)
    quick.wait(lambda: "1" in admin, "a TestRequest(1)")
    quick.there = there
    quick.wait(lambda: any("|112=" in text for _, text in bodies(quick.inbox)), "the answer")
    assert quick.here.up


def test_after_a_disconnect_it_connects_again_and_the_numbers_go_on(house: House) -> None:
    there = house.link()
    states: list[tuple[str, bool]] = []
    for session in (there, house.here):
        session.on_state = lambda which: states.append((which.name, which.up))
    send(there, "D", ORDER)
    house.wait(lambda: len(house.inbox) == 2, "the order")
    there.disconnect()
    house.wait(lambda: not there.up and not house.here.up, "the disconnect")
    house.wait(lambda: there.up and house.here.up, "the next logon")
    assert sorted(states[:2]) == [("here", False), ("there", False)]
    assert sorted(states[2:]) == [("here", True), ("there", True)]
    assert bodies(house.inbox)[2:] == [("in", "35=A|34=3|98=0|108=30")]
    assert bodies(house.their_inbox)[1:] == [("in", "35=A|34=2|98=0|108=30")]


def test_a_logout_says_why_and_stops_for_good(house: House) -> None:
    there = house.link()
    there.logout("end of day")
    house.wait(lambda: not there.up and not house.here.up, "logout")
    assert bodies(house.inbox)[1] == ("in", "35=5|34=2|58=end of day")
    assert bodies(house.their_inbox)[1][1].startswith("35=5|34=2")


# -- a sick peer -----------------------------------------------------------------------------------------------------


def skipped(house: House) -> list[bytes]:
    return [incoming.raw for incoming in house.inbox if incoming.came is Came.SKIPPED]


def test_garbled_messages_are_noted_as_they_came_and_the_session_goes_on(house: House) -> None:
    with house.enter() as visitor:
        good = house.encoded("D", ORDER, number=2)
        wrong_sum = good[:-4] + b"%03d\x01" % ((int(good[-4:-1]) + 1) % 256)
        visitor.sendall(wrong_sum + good)
        house.wait(lambda: len(house.inbox) == 3, "both messages")
        assert [(incoming.came, incoming.raw) for incoming in house.inbox[1:]] == [
            (Came.SKIPPED, wrong_sum),
            (Came.IN, good),
        ]


def test_a_message_that_was_here_before_is_noted_and_not_delivered_again(house: House) -> None:
    with house.enter() as visitor:
        order = house.encoded("D", ORDER, number=2)
        again = house.encoded("D", f"43=Y|122={format_utc(time.time_ns())}|{ORDER}", number=2)
        visitor.sendall(order + again)
        house.wait(lambda: len(house.inbox) == 3, "both messages")
        assert [(incoming.came, incoming.raw) for incoming in house.inbox[1:]] == [
            (Came.IN, order),
            (Came.SKIPPED, again),
        ]


@pytest.mark.parametrize("number", ["\xb2", "9" * 19, "9" * 5_000, "x", ""])
def test_a_number_that_is_none_ends_nothing(house: House, number: str) -> None:
    """The bytes are no FIX, and they are on record."""
    with house.enter() as visitor:
        header = Header("FIX.4.4", house.them, "MANIFOLD", 2, format_utc(time.time_ns()))
        text = encode("D", wire(ORDER), header).decode("latin-1").replace("\x0134=2\x01", f"\x0134={number}\x01")
        count = len(text.partition("\x0135=")[2].rpartition("10=")[0]) + 3
        start = f"8=FIX.4.4\x019={count}\x01" + text.partition("\x01")[2].partition("\x01")[2].rpartition("10=")[0]
        raw = start.encode("latin-1")
        raw += b"10=%03d\x01" % (sum(raw) % 256)
        visitor.sendall(raw)
        house.wait(lambda: skipped(house) == [raw], "the garbled message")


def test_a_peer_that_leaves_too_much_unread_is_cut_off(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sessions.gateway.wire.WAITING_MAX", 100_000)
    slow: list[tuple[str, int]] = []
    house.here.on_slow = lambda session, waiting: slow.append((session.name, waiting))
    with house.enter():
        text = wire(f"11=C1|54=1|55=ACME|58={'x' * 50_000}|")

        def more() -> bool:
            house.here.say(MsgType.ORDER_STATUS_REQUEST, text, time.time_ns())
            return bool(slow)

        house.wait(more, "too much")
        assert slow[0][0] == "here"
        assert slow[0][1] > 100_000
        house.wait(lambda: not house.here.up, "the cut")


def test_data_that_holds_soh_is_one_field(house: House) -> None:
    with house.enter() as visitor:
        order = house.encoded("D", "11=C1|38=1|40=1|54=1|55=ACME|60=20231114-22:13:20|354=5|355=a|b=c|", number=2)
        visitor.sendall(order)
        house.wait(lambda: len(house.inbox) == 2, "the order")
        assert (house.inbox[1].came, house.inbox[1].raw) == (Came.IN, order)


def test_no_event_shows_a_secret(house: House) -> None:
    house.here.told("Session not found for incoming message: " + wire("8=FIX.4.4|9=5|35=A|554=secret|10=000|"))
    assert [shown(event) for event in house.events] == [
        "Session not found for incoming message: 8=FIX.4.4|9=5|35=A|554=***|10=000|"
    ]
