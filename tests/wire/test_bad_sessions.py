"""Strangers at the door, and sessions that go wrong: nobody else notices, and everything is on record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random, SystemRandom

import pytest

from tests.wire.foreign import Oms, Venue, new_order, utc_now
from tests.wire.stage import Stage, stage

pytestmark = pytest.mark.wire
LOGON = "98=0|108=30|141=Y"


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("bad-sessions"), [Venue("FIX.4.4", "EAST")]) as made:
        yield made


# -- before the logon --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dialect", "sender", "target", "why"),
    [
        ("FIX.4.4", "NOBODY", "MANIFOLD", "SenderCompID(49) NOBODY is not known here"),
        ("FIX.4.4", "OMS", "SOMEBODY", "TargetCompID(56) SOMEBODY is not whom OMS may talk to here"),
        ("FIX.4.2", "OMS", "MANIFOLD", "BeginString(8) FIX.4.2 is not what OMS speaks here"),
        ("FIX.4.4", "EAST", "MANIFOLD", "SenderCompID(49) EAST is not known here"),
    ],
)
def test_a_logon_in_wrong_names_is_answered_with_the_reason(
    scene: Stage, oms: Oms, dialect: str, sender: str, target: str, why: str
) -> None:
    stranger = Oms(dialect, sender, target).connect(scene.port)
    raw = stranger.says("A", LOGON)
    stranger.hears("5", f"58={why}")
    stranger.hears_the_end()
    scene.works(oms, f"NOT FOR {sender} {dialect} {target}")
    assert scene.turned_away(raw) == why


def test_a_second_logon_is_refused_while_the_first_lives(scene: Stage, oms: Oms) -> None:
    scene.works(oms, "FIRST")
    second = scene.visitor()
    raw = second.says("A", LOGON)
    second.hears("5", "58=SenderCompID(49) OMS is logged on already")
    second.hears_the_end()
    scene.works(oms, "STILL FIRST")
    assert scene.turned_away(raw) == "SenderCompID(49) OMS is logged on already"


def test_what_is_no_logon_gets_no_answer(scene: Stage, oms: Oms) -> None:
    seed = SystemRandom().randrange(1_000_000)
    print(f"seed {seed}")
    logon = Oms("FIX.4.4", "OMS", "MANIFOLD").encoded("A", LOGON)
    endless = b"8=FIX.4.4\x019=100000\x0135=A\x01" + b"58=x\x01" * 20_000
    visitors = [
        (b"GET / HTTP/1.1\r\nHost: manifold\r\n\r\n", "the first bytes are no FIX message"),
        (b"\x16\x03\x01" + Random(seed).randbytes(200), "the first bytes are no FIX message"),
        (
            Oms("FIX.4.4", "OMS", "MANIFOLD").encoded("D", new_order("EARLY", "EASTCO", "1")),
            "MsgType(35) D, not Logon(A)",
        ),
        (spoiled(logon), "garbled: CheckSum(10) says"),
        (endless, "no complete message in the first 4096 bytes"),
        (b"", "closed before a Logon(A)"),
        (logon[:40], "no complete message in 10 s"),
    ]
    strangers = [scene.visitor("NOBODY") for _ in visitors]
    for stranger, (raw, _) in zip(strangers, visitors, strict=True):
        stranger.sends(raw)
        if not raw:
            stranger.hang_up()
    scene.works(oms, "AMONG STRANGERS")
    for stranger, (raw, _) in zip(strangers, visitors, strict=True):
        if raw:
            stranger.hears_the_end()
    scene.works(oms, "STRANGERS GONE")
    reasons = {raw[:4096]: why for raw, why in visitors}
    assert all(why in scene.turned_away(raw) for raw, why in reasons.items())


def test_a_password_reaches_neither_store_nor_log(scene: Stage) -> None:
    secrets = "553=me|554=sesame|925=sesame|95=6|96=sesame"
    with scene.oms("OMS50") as other:
        other.log_out()
        other.connect(scene.port)
        other.next_out = other.next_in = 1
        other.says("A", f"{LOGON}|1137=9|{secrets}")
        other.hears("A")
        scene.works(other, "SESAME")
    stranger = scene.visitor("NOBODY")
    stranger.says("A", f"{LOGON}|{secrets}")
    stranger.hears("5")
    stranger.hears_the_end()
    assert [record for record in scene.records() if b"sesame" in record.body] == []
    assert b"sesame" not in (scene.folder / "engine.log").read_bytes()


# -- in a session ------------------------------------------------------------------------------------------------------


def spoiled(raw: bytes) -> bytes:
    """Another CheckSum(10)."""
    return raw[:-4] + b"%03d\x01" % ((int(raw[-4:-1]) + 1) % 256)


def longer(raw: bytes) -> bytes:
    return _with_length(raw, 1)


def shorter(raw: bytes) -> bytes:
    return _with_length(raw, -1)


def _with_length(raw: bytes, change: int) -> bytes:
    head, length, rest = raw.split(b"\x01", 2)
    return b"\x01".join([head, b"9=%d" % (int(length[2:]) + change), rest])


@pytest.mark.parametrize("harm", [spoiled, longer, shorter])
def test_a_garbled_message_is_ignored_and_the_next_one_shows_the_gap(
    scene: Stage, oms: Oms, harm: Callable[[bytes], bytes]
) -> None:
    [east] = scene.venues
    bodies = [new_order(f"{harm.__name__}-{n}", "EASTCO", "10") for n in (2, 3, 4)]
    messages = [oms.encoded("D", body) for body in bodies]
    oms.sends(harm(messages[0]))
    for message in messages[1:]:
        oms.sends(message)
    oms.hears("2", "7=2|16=0")
    for number, body in enumerate(bodies, start=2):
        oms.says("D", body, number=number, header=f"43=Y|122={utc_now()}")
    for number in (2, 3, 4):
        east.fills(east.hears("D"), "10", "5")
        oms.hears("8", f"11={harm.__name__}-{number}|150=0")
        oms.hears("8", f"11={harm.__name__}-{number}|39=2")
    oms.hears_no_more()
    east.hears_no_more()
    assert scene.kept(harm(messages[0])) == "skipped"


def test_garbled_bytes_never_take_the_place_of_a_message_that_waits(scene: Stage, oms: Oms) -> None:
    [east] = scene.venues
    oms.next_out += 1
    oms.says("D", new_order("WAITS", "EASTCO", "10"))
    oms.hears("2", "7=2|16=0")
    oms.sends(spoiled(oms.encoded("D", new_order("WAITS", "EASTCO", "9999"), number=3)))
    oms.says("4", "123=Y|36=3", number=2, header=f"43=Y|122={utc_now()}")
    east.fills(east.hears("D", "38=10"), "10", "5")
    oms.hears("8", "11=WAITS|150=0|38=10")
    oms.hears("8", "11=WAITS|39=2|38=10")
    scene.works(oms, "AFTER THE WAIT")


def test_another_comp_id_in_mid_session_ends_it(scene: Stage, oms: Oms) -> None:
    raw = oms.says("D", new_order("FORGED", "EASTCO", "10"), header="49=OMS50")
    oms.hears("3", "45=2|372=D|373=9|58=CompID problem")
    oms.hears("5")
    oms.says("5")
    oms.hears_the_end()
    with scene.oms() as again:
        scene.works(again, "NOT FORGED")
    assert scene.kept(raw) == "skipped"


def test_a_low_number_ends_the_session_with_the_reason(scene: Stage, oms: Oms) -> None:
    scene.works(oms, "HIGH")
    due = oms.next_out
    raw = oms.says("D", new_order("LOW", "EASTCO", "10"), number=2)
    oms.hears("5", f"58=MsgSeqNum too low, expecting {due} but received 2")
    oms.hears_the_end()
    with scene.oms() as again:
        scene.works(again, "NOT LOW")
    assert scene.kept(raw) == "skipped"


def test_an_order_sent_twice_under_one_number_is_applied_once(scene: Stage, oms: Oms) -> None:
    [east] = scene.venues
    body = new_order("REPEATED", "EASTCO", "10")
    oms.says("D", body)
    child = east.hears("D")
    raw = oms.says("D", body, number=2, header=f"43=Y|122={utc_now()}")
    oms.hears_no_more()
    east.hears_no_more()
    assert scene.kept(raw) == "skipped"
    again = oms.says("D", body, header="97=Y")  # PossResend(97): a new number, so that only ClOrdID(11) can tell
    told = oms.hears("8", "11=REPEATED|17=0|150=I|39=A|14=0|151=10|103=")
    east.hears_no_more()
    assert scene.verdict(again) == "ignore: PossResend(97)=Y of ClOrdID(11) REPEATED, which came before"
    east.fills(child, "10", "5")
    oms.hears("8", f"11=REPEATED|37={told[37]}|150=0")
    oms.hears("8", "11=REPEATED|39=2")
    scene.works(oms, "NOT REPEATED")


def test_a_message_type_that_fix_does_not_have_is_rejected(scene: Stage, oms: Oms) -> None:
    raw = oms.says("U9", "58=hello")
    oms.hears("3", "45=2|372=U9|373=11|58=Invalid MsgType")
    scene.works(oms, "AFTER U9")
    assert scene.kept(raw) == "skipped"


def test_bytes_between_messages_are_an_alert_and_what_they_spoil_is_asked_for(scene: Stage, oms: Oms) -> None:
    """QuickFIX throws away all it has read when a length is no number, so the order in the same packet goes too."""
    [east] = scene.venues
    body = new_order("SPOILED", "EASTCO", "10")
    oms.sends(b"garbage\x01\x01====8=FIX.4.4\x019=abc\x01" + oms.encoded("D", body))
    scene.says("OMS: field 1 ('') is not tag=value")
    oms.says("0")
    oms.hears("2", "7=2|16=0")
    oms.says("D", body, number=2, header=f"43=Y|122={utc_now()}")
    east.fills(east.hears("D"), "10", "5")
    oms.hears("8", "11=SPOILED|150=0")
    oms.hears("8", "11=SPOILED|39=2")
    scene.works(oms, "AFTER GARBAGE")


def test_an_oms_that_vanished_gets_what_it_missed(scene: Stage) -> None:
    [east] = scene.venues
    with scene.oms() as oms:
        oms.says("D", new_order("VANISHED", "EASTCO", "10"))
        child = east.hears("D")
        oms.hang_up()
        scene.says("OMS logged off")
        east.fills(child, "4", "5")
        east.fills(child, "6", "5")
        east.hears_no_more()
        missed = oms.comes_back(scene.port)
        oms.says("2", f"7={missed}|16=0")
        oms.hears("8", f"43=Y|34={missed}|11=VANISHED|150=0|14=0")
        oms.hears("8", f"43=Y|34={missed + 1}|11=VANISHED|39=1|32=4|14=4")
        oms.hears("8", f"43=Y|34={missed + 2}|11=VANISHED|39=2|32=6|14=10")
        oms.hears("4", f"43=Y|34={missed + 3}|123=Y|36={missed + 4}")
        oms.hears("4", f"43=Y|34={missed}|123=Y|36={missed + 4}")  # QuickFIX's own, which comes too late to count
        scene.works(oms, "BACK")


def test_a_resend_request_that_makes_no_sense_is_rejected(scene: Stage, oms: Oms) -> None:
    oms.says("2", "7=first|16=last")
    oms.hears("3", "45=2|372=2|373=6")
    oms.says("2", "7=1")
    oms.hears("3", "45=3|372=2|373=1|371=16")
    scene.works(oms, "SENSIBLE")
