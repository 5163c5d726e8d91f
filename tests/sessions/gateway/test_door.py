from __future__ import annotations

import socket
import struct

import pytest

from fix import tags
from fix.message import Message, check_frame
from sessions.gateway.door import FIRST_MESSAGE_MAX, Door
from tests.sessions.cycle.standin import wire
from tests.sessions.gateway.links import House

pytestmark = pytest.mark.wire


def turned_away(house: House, sent: bytes) -> str:
    """Why somebody who sends this does not get in; they are hung up on without a byte."""
    with house.knock() as visitor:
        visitor.sendall(sent)
        house.wait(lambda: bool(house.refused), "the refusal")
        assert house.hears(visitor) == ""
        (refused,) = house.refused
        assert refused.raw == sent
        assert refused.address == f"127.0.0.1:{visitor.getsockname()[1]}"
        return refused.reason


def test_a_logon_of_a_known_counterparty_reaches_its_session(house: House) -> None:
    with house.knock() as visitor:
        logon = house.logon()
        visitor.sendall(logon)
        house.wait(lambda: house.here.up, "logon")
        assert [(incoming.session, incoming.came, incoming.raw) for incoming in house.inbox] == [("here", "in", logon)]
        assert house.refused == []


@pytest.mark.parametrize("sent", [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00", b"8", b"8=FIQ"])
def test_bytes_that_are_no_fix_are_turned_away(house: House, sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    if sent == b"8":  # so far it could be a Logon(A)
        monkeypatch.setattr("sessions.gateway.door.PATIENCE", 0.0)
        assert turned_away(house, sent) == "no complete message in 0 s"
    else:
        assert turned_away(house, sent) == "the first bytes are no FIX message"


def test_a_first_message_that_is_no_logon_is_turned_away(house: House) -> None:
    reason = turned_away(house, house.encoded("D", "11=C1|38=1|40=1|54=1|55=ACME|"))
    assert reason == "the first message is MsgType(35) D, not Logon(A)"


def test_a_garbled_logon_is_turned_away(house: House) -> None:
    logon = house.logon()
    wrong = logon[:-4] + b"%03d\x01" % ((int(logon[-4:-1]) + 1) % 256)
    assert turned_away(house, wrong) == (
        f"garbled: CheckSum(10) says {wrong[-4:-1].decode()}, counted {logon[-4:-1].decode()}"
    )


def test_the_reason_why_a_logon_is_garbled_shows_no_secret(house: House) -> None:
    reason = turned_away(house, house.logon("98=0|108=30|95=9|96=my|secret|what?|"))
    assert reason == "garbled: field 12 ('what?') is not tag=value"


def test_a_logon_with_a_secret_that_holds_soh_passes(house: House) -> None:
    with house.knock() as visitor:
        visitor.sendall(house.logon("95=9|96=my|secret|98=0|108=30|"))
        house.wait(lambda: house.here.up, "logon")


# -- strangers hear why ----------------------------------------------------------------------------------------------


def answered(house: House, sent: bytes) -> str:
    """Text(58) of the Logout(5) that a stranger hears before being hung up on."""
    with house.knock() as visitor:
        visitor.sendall(sent)
        heard = wire(house.hears(visitor)).encode()
        check_frame(heard)
        logout, theirs = Message.parse(heard), Message.parse(sent)
        assert (logout.msg_type, logout[tags.MsgSeqNum]) == ("5", "1")
        assert logout[tags.BeginString] == theirs[tags.BeginString]
        assert (logout[tags.SenderCompID], logout[tags.TargetCompID]) == (
            theirs[tags.TargetCompID],
            theirs[tags.SenderCompID],
        )
        assert house.hears(visitor) == ""
        assert [refused.reason for refused in house.refused] == [logout[tags.Text]]
        return logout[tags.Text]


def test_an_unknown_sender_hears_a_logout_with_the_reason(house: House) -> None:
    house.them, them = "NOBODY", house.them
    assert answered(house, house.logon()) == "SenderCompID(49) NOBODY is not known here"
    house.them = them


def test_a_known_sender_with_a_wrong_target_hears_so(house: House) -> None:
    logon = house.logon().replace(b"56=MANIFOLD", b"56=ELSEWHER")  # as long, and the sum is put right
    total = sum(logon[:-7]) % 256
    text = answered(house, logon[:-4] + b"%03d\x01" % total)
    assert text == f"TargetCompID(56) ELSEWHER is not whom {house.them} may talk to here"


def test_a_known_pair_in_another_version_hears_so(house: House) -> None:
    text = answered(house, house.encoded("A", "98=0|108=30|", begin_string="FIX.4.2"))
    assert text == f"BeginString(8) FIX.4.2 is not what {house.them} speaks here"


def test_a_second_logon_of_a_live_session_is_refused_and_the_first_goes_on(house: House) -> None:
    with house.enter() as first:
        assert answered(house, house.logon()) == f"SenderCompID(49) {house.them} is logged on already"
        assert house.here.up
        first.sendall(house.encoded("1", "112=still there?|", number=2))
        assert "|35=0|" in house.hears(first)


def test_of_two_that_log_on_at_the_same_moment_the_first_gets_in_and_the_other_hears_why(house: House) -> None:
    with house.knock() as first, house.knock() as second:
        for visitor in (first, second):
            visitor.sendall(house.logon())
        assert "|35=A|" in house.hears(first)
        assert f"|58=SenderCompID(49) {house.them} is logged on already|" in house.hears(second)
        assert len(house.refused) == 1


def test_after_a_logout_the_same_counterparty_may_come_again(house: House) -> None:
    with house.enter() as first:
        first.sendall(house.encoded("5", "", number=2))
        house.wait(lambda: not house.here.up, "logout")
    with house.knock() as second:
        second.sendall(house.encoded("A", "98=0|108=30|", number=3))
        house.wait(lambda: house.here.up, "the second logon")


def test_who_vanished_may_come_again_at_once(house: House) -> None:
    for _ in range(10):
        with house.knock() as visitor:
            visitor.sendall(house.logon("98=0|108=30|141=Y|"))
            house.wait(lambda: house.here.up, "logon")
            visitor.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closes with a reset
        house.wait(lambda: not house.here.up, "the end of the session")
    assert house.refused == []


# -- slow, silent and many -------------------------------------------------------------------------------------------


def test_a_logon_that_comes_byte_by_byte_is_accepted_and_holds_nobody_up(house: House) -> None:
    other = House()
    with house.knock() as visitor:
        for byte in house.logon():
            visitor.sendall(bytes([byte]))
            house.poll()
        with other.enter():
            house.wait(lambda: house.here.up, "logon")
    other.close()


def test_what_comes_in_one_piece_with_the_logon_is_read_with_whatever_comes_next(house: House) -> None:
    """QuickFIX reads one message from a new connection, and the rest of that piece when more bytes come."""
    with house.knock() as visitor:
        visitor.sendall(house.logon() + house.encoded("1", "112=already|", number=2))
        house.wait(lambda: house.here.up, "logon")
        visitor.sendall(house.encoded("0", "", number=3))
        house.wait(lambda: len(house.inbox) == 3, "all messages")
        assert [Message.parse(incoming.raw).msg_type for incoming in house.inbox] == ["A", "1", "0"]


def test_who_says_nothing_is_hung_up_on(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sessions.gateway.door.PATIENCE", 0.0)
    assert turned_away(house, b"") == "nothing came in 0 s"


def test_who_says_half_a_logon_is_hung_up_on(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sessions.gateway.door.PATIENCE", 0.0)
    assert turned_away(house, house.logon()[:40]) == "no complete message in 0 s"


def test_a_first_message_without_an_end_is_cut_off(house: House) -> None:
    reason = turned_away(house, (b"8=FIX.4.4\x01" + b"58=x\x01" * 1_000)[:FIRST_MESSAGE_MAX])
    assert reason == f"no complete message in the first {FIRST_MESSAGE_MAX} bytes"


def test_who_leaves_without_a_word_is_on_record(house: House) -> None:
    house.knock().close()
    house.wait(lambda: bool(house.refused), "the refusal")
    assert [refused.reason for refused in house.refused] == ["closed before a Logon(A)"]


def test_a_connection_that_is_reset_is_on_record(house: House) -> None:
    visitor = house.knock()
    house.poll()
    visitor.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    visitor.close()
    house.wait(lambda: bool(house.refused), "the refusal")
    assert house.refused[0].reason.startswith("connection lost: ")


def test_only_so_many_may_wait(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sessions.gateway.door.WAITING_MAX", 2)
    early = [house.knock() for _ in range(2)]
    house.poll()
    with house.knock() as late:
        house.wait(lambda: bool(house.refused), "the refusal")
        assert house.hears(late) == ""
    assert house.refused[0].reason == "2 connections are waiting to log on already"
    early[0].sendall(house.logon())  # who was there before still gets in
    house.wait(lambda: house.here.up, "logon")
    for visitor in early:
        visitor.close()


# -- where it listens ------------------------------------------------------------------------------------------------


def test_it_listens_where_it_was_told_and_nowhere_else(house: House) -> None:
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", house.door.port))
    assert house.here.kept_port is not None
    with pytest.raises(ConnectionRefusedError):  # where QuickFIX itself listened for a moment
        socket.create_connection(("127.0.0.1", house.here.kept_port.number))


def test_an_address_that_is_taken_says_so(house: House) -> None:
    with pytest.raises(OSError, match="Address already in use"):
        Door("127.0.0.1", house.door.port, [], house.refused.append)


def test_a_closed_door_lets_nobody_in(house: House) -> None:
    waiting = house.knock()
    house.poll()
    house.door.close()
    assert waiting.recv(1) == b""
    waiting.close()
    with pytest.raises(ConnectionRefusedError):
        house.knock()


def test_one_door_leads_to_many_sessions_each_by_its_comp_ids() -> None:
    house = House(sessions=3)
    visitors = []
    for session in reversed(house.sessions):
        visitor = house.knock()
        house.them = session.terms.target
        visitor.sendall(house.logon())
        visitors.append(visitor)
        house.wait(lambda: [each.up for each in house.sessions].count(True) == len(visitors), "logon")
        assert session.up
    house.close()
    for visitor in visitors:
        visitor.close()
