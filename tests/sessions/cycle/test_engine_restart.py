"""What a restart finds and what a counterparty asks to hear again: both come from the store."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.core.placing import Rules
from engine.dropcopy.store import SessionNumbers
from fix.message import Header, encode
from sessions.gateway.session import Came
from tests.sessions.cycle.scene import ORDER, TO_ALPHA, TO_BETA, Scene, filled, reported, said, sent
from tests.sessions.cycle.standin import AT, StandIn, shown, wire

# -- restart ---------------------------------------------------------------------------------------------------------


def restarted(scene: Scene) -> Scene:
    """The engine was killed and starts again on what it had recorded; nobody has logged on yet."""
    scene.killed()
    again = Scene(scene.folder, prefix="U")
    assert again.engine.recover() == len(again.store.open_orders())
    return again


def test_after_a_restart_children_in_doubt_are_asked_for_before_anything_else(scene: Scene) -> None:
    scene.oms.heard("D", ORDER)
    scene.turn()
    again = restarted(scene)
    assert again.journal == [("commit", "event started", "decision doubt", "decision doubt")]
    again.oms.heard("D", ORDER.replace("11=C1", "11=C2"))
    again.alpha.logged(up=True)
    refused, asked = again.turn(), again.turn()
    assert asked == []
    assert [(name, body[:15]) for name, body in sent(refused) if name == "ALPHA"] == [
        ("ALPHA", "35=H|11=T-1-1|5"),
        ("ALPHA", "35=V|146=1|55=A"),
    ]
    again.oms.heard("D", ORDER.replace("11=C1", "11=C3"))
    assert sent(again.turn()) == [("ALPHA", TO_ALPHA.replace("T-1-1|38=50", "U-2-1|38=100"))]
    again.store.close()


def test_a_recovered_parent_goes_on_where_it_was(scene: Scene) -> None:
    scene.oms.heard("D", ORDER)
    scene.turn()
    scene.alpha.heard("8", filled("T-1-1", "A1", 50))
    scene.turn()
    again = restarted(scene)
    for session in (again.oms, again.copy, again.alpha, again.beta):
        session.logged(up=True)
    again.turn()
    again.alpha.heard("8", filled("T-1-1", "A1", 50))  # resent: applied once
    again.beta.heard("8", said(child="T-1-2", exec_id="0", exec_type="I", status="0", cum=0))
    again.beta.heard("8", filled("T-1-2", "B1", 50))
    assert sent(again.turn())[::2] == [("OMS", reported("3", "F", "2", 100, 0, "31=10|32=50|"))]
    assert again.reasons("ignore") == ["ExecID(17) A1 was applied before"]
    assert again.store.open_orders() == []
    again.store.close()


def test_a_child_whose_venue_never_got_it_is_routed_again_after_the_restart(scene: Scene) -> None:
    scene.oms.heard("D", ORDER)
    scene.turn()
    again = restarted(scene)
    for session in (again.oms, again.alpha, again.beta):
        session.logged(up=True)
    again.turn()
    unknown = said(child="T-1-1", exec_id="0", exec_type="I", status="8", cum=0, order="NONE")
    again.alpha.heard("8", unknown)
    assert sent(again.turn()) == [("BETA", TO_BETA.replace("T-1-2", "T-1-3"))]
    again.store.close()


def test_sequence_numbers_are_those_of_the_last_commit(scene: Scene) -> None:
    scene.oms.heard("D", ORDER)
    scene.turn()
    scene.oms.heard("H", "11=C1|54=1|55=ACME|")  # received, and not recorded any more
    numbers = {name: (session.next_in(), session.next_out()) for name, session in scene.engine._sessions.items()}
    assert numbers == {"OMS": (3, 1), "COPY": (1, 1), "ALPHA": (1, 3), "BETA": (1, 3)}
    again = restarted(scene)
    numbers = {name: (session.next_in(), session.next_out()) for name, session in again.engine._sessions.items()}
    assert numbers == {"OMS": (2, 1), "COPY": (1, 1), "ALPHA": (1, 3), "BETA": (1, 3)}
    again.store.close()


def test_a_cl_ord_id_used_before_the_restart_is_a_duplicate(scene: Scene) -> None:
    scene.oms.heard("D", ORDER)
    scene.turn()
    for venue, child in ((scene.alpha, "T-1-1"), (scene.beta, "T-1-2")):
        venue.heard("8", filled(child, f"X-{child}", 50))
    scene.turn()
    again = restarted(scene)
    again.alpha.logged(up=True)
    again.turn()
    again.oms.heard("D", ORDER)
    (refusal, _) = sent(again.turn())
    assert "|58=ClOrdID(11) C1 was used before|" in refusal[1]
    assert "|103=6|" in refusal[1]
    again.store.close()


def test_what_a_venue_still_says_of_a_parent_finished_before_the_restart_is_known_to_be_said_before(
    scene: Scene,
) -> None:
    scene.oms.heard("D", ORDER)
    scene.turn()
    for venue, child in ((scene.alpha, "T-1-1"), (scene.beta, "T-1-2")):
        venue.heard("8", filled(child, f"X-{child}", 50))
    scene.turn()
    again = restarted(scene)
    again.alpha.heard("8", filled("T-1-1", "X-T-1-1", 50))
    assert again.turn() == [("commit", "in ALPHA 8", "decision ignore")]
    again.oms.heard("H", "11=C1|54=1|55=ACME|")
    assert sent(again.turn())[0] == ("OMS", reported("0", "I", "2", 100, 0).replace("17=T-1-E0", "17=0"))
    again.store.close()


def test_a_reset_of_the_sequence_numbers_begins_a_new_epoch(scene: Scene) -> None:
    scene.oms.heard("D", ORDER.replace("38=100", "38=0"))
    scene.turn()
    scene.oms.start_from(2, 2)
    scene.oms.says_logon(1, "98=0|108=30|141=Y|")
    assert scene.store.sessions()["OMS"] == SessionNumbers(next_in=1, next_out=2, epoch=1)
    assert [record.msg_type for record in scene.store.outbound("OMS", 1, 99)] == ["A"]


# -- resend requests -------------------------------------------------------------------------------------------------


def history(scene: Scene, session: StandIn, begin: int, end: int) -> list[tuple[int, str, str]]:
    """What a ResendRequest(2) for these numbers would get."""
    return [(sent.number, sent.msg_type, shown(sent.raw)) for sent in session.history(session, begin, end)]


def test_an_oms_hears_again_what_it_was_told_and_no_session_messages(scene: Scene) -> None:
    scene.oms.says_logon(1, "98=0|108=30|")
    for number in (1, 2):
        scene.oms.heard("D", ORDER.replace("11=C1", f"11=C{number}").replace("38=100", "38=0"))
        scene.turn()
    scene.oms.says_logon(4, "98=0|108=30|")
    scene.oms.heard("D", ORDER.replace("38=100", "38=ten"))
    scene.turn()
    told = [text for text in scene.records("out") if "|56=OMS|" in text and "|35=A|" not in text]
    again = [(2, "8", told[0]), (3, "8", told[1]), (5, "3", told[2])]
    assert history(scene, scene.oms, 1, 5) == again
    assert history(scene, scene.oms, 3, 4) == again[1:2]
    assert history(scene, scene.oms, 6, 9) == []


def test_what_leaves_again_is_recorded_for_its_order_before_it_leaves(scene: Scene) -> None:
    scene.oms.heard("D", ORDER)
    scene.turn()
    scene.alpha.heard("8", filled("T-1-1", "A1", 50))
    scene.turn()
    scene.journal.clear()
    scene.oms.on_resent(scene.oms, list(scene.oms.history(scene.oms, 1, 2)))
    assert scene.journal == [("commit", "resent OMS 8", "resent OMS 8")]
    resent = [record for record in scene.all_records() if record.kind == "resent"]
    assert [(record.msg_seq_num, record.order_id) for record in resent] == [(1, "T-1"), (2, "T-1")]
    assert scene.store.sessions()["OMS"] == SessionNumbers(next_in=2, next_out=3, epoch=0)


def test_a_venue_gets_no_order_twice_only_what_was_asked_of_it_since_its_logon(scene: Scene) -> None:
    scene.oms.heard("D", ORDER)
    scene.turn()
    assert history(scene, scene.alpha, 2, 2) == []
    scene.alpha.says_logon(3, "98=0|108=30|")
    scene.alpha.logged(up=False)
    scene.alpha.logged(up=True)
    asked = [entry[2] for entry in scene.turn() if entry[0] == "send"]
    assert history(scene, scene.alpha, 1, 99) == [(4, "H", asked[0]), (5, "V", asked[1])]


class Killed(BaseException):
    """kill -9, as near as a test in the same process can come to it."""


@pytest.mark.parametrize("pieces", [1, 2, 3])
def test_a_kill_in_the_middle_of_a_flood_leaves_the_rest_to_be_asked_for(
    scene: Scene, pieces: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sessions.cycle.engine.TAKEN_MAX", 2)
    for number in range(1, 8):
        scene.oms.heard("D", ORDER.replace("11=C1", f"11=C{number}"))
    send, left = scene.alpha.flush, iter(range(pieces))

    def flush() -> None:
        send()
        if next(left) == pieces - 1:
            raise Killed

    monkeypatch.setattr(scene.alpha, "flush", flush)
    with pytest.raises(Killed):
        scene.engine.turn()
    taken = len([text for text in scene.records("in") if "|35=D|" in text])
    assert (taken, scene.store.sessions()["OMS"].next_in) == (2 * pieces, 2 * pieces + 1)
    assert [order.cl_ord_id for order in scene.store.open_orders()] == [f"C{n}" for n in range(1, 2 * pieces + 1)]


def test_what_fills_a_gap_is_asked_for_again_though_what_came_behind_it_was_delivered_first(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """QuickFIX delivers a Logon(A) or ResendRequest(2) whose number is too high at once, and then what is resent."""
    monkeypatch.setattr("sessions.cycle.engine.TAKEN_MAX", 2)
    for _ in range(2):
        scene.alpha.heard("0", "")
    scene.oms.heard_bytes(encode("2", wire("7=1|16=0|"), Header("FIX.4.4", "OMS", "MANIFOLD", 50, AT)), came=Came.IN)
    for number in range(1, 4):
        scene.oms.heard("D", ORDER.replace("11=C1", f"11=C{number}"))
    commit = scene.store.commit

    def killed(*arguments: Any, **named: Any) -> None:
        commit(*arguments, **named)
        raise Killed

    monkeypatch.setattr(scene.store, "commit", killed)
    before = scene.store.sessions()
    with pytest.raises(Killed):
        scene.engine.turn()
    assert scene.store.sessions()["ALPHA"].next_in == before["ALPHA"].next_in + 2
    assert scene.store.sessions().get("OMS") == before.get("OMS")


def test_a_start_is_the_end_of_the_session_for_orders_that_end_with_it(tmp_path: Path) -> None:
    rules = Rules(cancel_on_disconnect=frozenset({"OMS"}))
    scene = Scene(tmp_path, rules=rules)
    scene.start()
    scene.oms.heard("D", ORDER)
    scene.turn()
    scene.killed()
    again = Scene(tmp_path, prefix="U", rules=rules)
    again.engine.recover()
    assert again.reasons("close") == ["the session with OMS ended"]
    again.store.close()
