from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from engine.dropcopy.store import StoreError
from sessions.cycle.engine import STORE_ATTEMPTS
from sessions.gateway.door import Refused
from sessions.gateway.session import Came
from tests.sessions.cycle.scene import ORDER, SECOND, TO_ALPHA, TO_BETA, Scene, filled, reported, said, sent
from tests.sessions.cycle.standin import message, shown, wire

# -- the main job ----------------------------------------------------------------------------------------------------


def test_logons_are_recorded_and_venues_are_asked_for_their_market_data(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.engine.recover()
    for session in (scene.oms, scene.alpha):
        session.logged(up=True)
    journal = scene.turn()
    assert journal[0] == ("commit", "event logon OMS", "event logon ALPHA", "out ALPHA V")
    assert sent(journal) == [("ALPHA", "35=V|146=1|55=ACME|262=T-MD1|263=1|264=0|265=1|267=2|269=0|269=1|")]
    scene.store.close()


def test_an_order_is_recorded_with_its_children_before_any_of_them_leaves(scene: Scene) -> None:
    scene.oms.heard("D", ORDER)
    journal = scene.turn()
    assert [entry[0] for entry in journal] == ["commit", "send", "send"]
    assert journal[0] == ("commit", "in OMS D", "decision route", "out ALPHA D", "out BETA D")
    assert sent(journal) == [("ALPHA", TO_ALPHA), ("BETA", TO_BETA)]


def test_the_bytes_that_leave_are_the_bytes_on_record(scene: Scene) -> None:
    scene.oms.heard("D", ORDER)
    before = len(scene.records("out"))
    left = [entry[2] for entry in scene.turn() if entry[0] == "send"]
    assert scene.records("out")[before:] == left


def test_one_stream_of_reports_comes_back_and_compliance_hears_all_of_it(scene: Scene) -> None:
    scene.oms.heard("D", ORDER)
    scene.turn()
    scene.beta.heard("8", said(child="T-1-2", exec_id="B1", exec_type="0", status="0", cum=0))
    scene.alpha.heard("8", filled("T-1-1", "A1", 50))
    reports = [reported("1", "0", "0", 0, 100), reported("2", "F", "1", 50, 50, "31=10|32=50|")]
    copies = [report + "797=Y|" for report in reports]
    assert sent(scene.turn()) == [("OMS", reports[0]), ("OMS", reports[1]), ("COPY", copies[0]), ("COPY", copies[1])]
    scene.beta.heard("8", filled("T-1-2", "B2", 50))
    done = reported("3", "F", "2", 100, 0, "31=10|32=50|")
    assert sent(scene.turn()) == [("OMS", done), ("COPY", done + "797=Y|")]
    assert scene.store.open_orders() == []


def test_a_refused_order_is_answered_copied_and_recorded_and_nothing_is_open(scene: Scene) -> None:
    scene.oms.heard("D", ORDER.replace("38=100", "38=0"))
    journal = scene.turn()
    assert journal[0] == ("commit", "in OMS D", "decision refuse", "out OMS 8", "out COPY 8")
    assert [name for name, _ in sent(journal)] == ["OMS", "COPY"]
    assert scene.store.open_orders() == []
    assert scene.reasons("refuse") == ["OrderQty(38) 0 is not above zero"]


def test_nothing_to_do_is_nothing_done(scene: Scene) -> None:
    assert scene.turn() == []
    assert scene.engine.turn() is False


def test_what_stays_without_an_answer_is_asked_for(scene: Scene) -> None:
    scene.oms.heard("D", ORDER)
    scene.turn()
    scene.now += 5 * SECOND - 1
    assert scene.turn() == []
    scene.now += 50_000_000
    journal = scene.turn()
    assert journal[0] == ("commit", "event tick", *["decision doubt", "out ALPHA H", "decision doubt", "out BETA H"])
    assert sent(journal)[0] == ("ALPHA", "35=H|11=T-1-1|54=1|55=ACME|")


# -- the store fails -------------------------------------------------------------------------------------------------


def test_while_the_store_fails_nothing_leaves_and_it_is_tried_again(scene: Scene) -> None:
    scene.oms.heard("D", ORDER)
    scene.store.failures = 3
    journal = scene.turn()
    assert [entry[0] for entry in journal] == ["commit failed"] * 3 + ["commit", "send", "send"]
    assert journal[3] == ("commit", "in OMS D", "decision route", "out ALPHA D", "out BETA D")


def test_a_store_that_stays_broken_ends_the_engine_and_the_order_comes_again_at_the_next_start(
    scene: Scene, tmp_path: Path
) -> None:
    scene.oms.heard("D", ORDER)
    scene.store.failures = STORE_ATTEMPTS
    with pytest.raises(StoreError, match="the disk is full"):
        scene.turn()
    assert scene.journal == [("commit failed",)] * STORE_ATTEMPTS
    scene.killed()
    again = Scene(tmp_path, prefix="U")
    assert (again.oms.next_in(), scene.oms.next_in()) == (1, 2)
    again.start()
    again.oms.heard("D", ORDER)
    assert [body for _, body in sent(again.turn())] == [body.replace("T-", "U-") for body in (TO_ALPHA, TO_BETA)]
    again.store.close()


def test_a_session_message_waits_for_its_record_as_everything_does(scene: Scene) -> None:
    scene.journal.clear()
    scene.store.failures = 1
    scene.oms.says_logon(9, "98=0|108=30|")
    assert scene.journal == [("commit failed",), ("commit", "out OMS A")]


def test_a_session_message_that_could_not_be_recorded_in_time_is_recorded_with_the_turn(scene: Scene) -> None:
    scene.store.failures = STORE_ATTEMPTS
    scene.oms.says_logon(9, "98=0|108=30|")
    assert scene.journal[-1] == ("cut", "OMS")  # or it would leave, and its number be used again
    assert scene.turn() == [("commit", "out OMS A")]


# -- what is no business, strange or garbled -------------------------------------------------------------------------


def test_session_messages_are_recorded_and_nothing_else_follows(scene: Scene) -> None:
    scene.oms.heard("0", "112=hello|")
    scene.alpha.heard("1", "112=there?|")
    assert scene.turn() == [("commit", "in OMS 0", "in ALPHA 1")]


def test_skipped_bytes_are_recorded_as_they_came(scene: Scene) -> None:
    early = scene.oms.heard("D", ORDER, came=Came.SKIPPED)
    scene.oms.heard_bytes(wire("8=FIX.4.4|9=5|35=D|34=x|10=000|").encode())
    assert scene.turn() == [("commit", "skipped OMS D", "skipped OMS D")]
    records = [record for record in scene.all_records() if record.kind == "skipped"]
    assert [record.msg_seq_num for record in records] == [1, 0]
    assert records[0].body == early


def test_bytes_that_are_no_message_are_recorded_and_alerted(scene: Scene) -> None:
    scene.oms.heard_bytes(b"GET / HTTP/1.1\r\n\r\n\xff")
    scene.oms.heard("H", "11=C9|54=1|55=ACME|")
    journal = scene.turn()
    assert journal[0] == ("commit", "skipped OMS", "decision alert", "in OMS H", "out OMS 8", "out COPY 8")
    assert scene.records("skipped") == ["GET / HTTP/1.1\r\n\r\n\xff"]
    assert scene.reasons("alert")[0].startswith("OMS: field 1 ")


def test_what_is_wrong_in_itself_gets_its_reject(scene: Scene) -> None:
    scene.oms.heard("D", ORDER.replace("38=100", "38=ten"))
    journal = scene.turn()
    assert journal[0] == ("commit", "in OMS D", "decision refuse", "out OMS 3")
    why = "OrderQty(38): 'ten' is not a number (QTY)"
    assert sent(journal) == [("OMS", f"35=3|45=1|58={why}|371=38|372=D|373=6|")]


def test_a_message_type_we_do_not_handle_gets_its_business_message_reject(scene: Scene) -> None:
    scene.oms.heard("R", "131=Q1|146=1|55=ACME|")
    why = "MsgType(35) R is not supported on this session"
    assert sent(scene.turn()) == [("OMS", f"35=j|45=1|58={why}|372=R|380=3|")]


def test_a_compliance_system_only_listens(scene: Scene) -> None:
    scene.copy.heard("D", ORDER)
    journal = scene.turn()
    assert journal[0] == ("commit", "in COPY D", "decision refuse", "out COPY j")
    assert scene.store.open_orders() == []


@pytest.mark.parametrize("child", ["T-1-9", "T-77-1", "X-1-1", "strange", "' OR ''='"])
def test_an_answer_for_an_unknown_child_is_recorded_and_alerted_and_never_fatal(
    scene: Scene, child: str, caplog: pytest.LogCaptureFixture
) -> None:
    scene.oms.heard("D", ORDER)
    scene.turn()
    scene.alpha.heard("8", filled(child, "A1", 50))
    with caplog.at_level(logging.WARNING, "manifold.engine"):
        assert scene.turn()[0] == ("commit", "in ALPHA 8", "decision alert", "out ALPHA Q")
    why = f"ALPHA sent EXECUTION_REPORT for ClOrdID(11) {child}, which is no order of ours there"
    assert scene.reasons("alert") == [why]
    assert [record.message for record in caplog.records] == [why]


def test_a_child_of_another_venue_is_unknown_at_this_one(scene: Scene) -> None:
    scene.oms.heard("D", ORDER)
    scene.turn()
    scene.beta.heard("8", filled("T-1-1", "B1", 50))
    assert scene.turn()[0] == ("commit", "in BETA 8", "decision alert", "out BETA Q")


def test_a_venues_reject_of_our_order_is_matched_by_its_number_and_the_quantity_goes_elsewhere(scene: Scene) -> None:
    scene.oms.heard("D", ORDER)
    scene.turn()
    scene.alpha.heard("3", "45=2|58=Side(54) is odd|372=D|373=5|")
    journal = scene.turn()
    assert journal[0] == ("commit", "in ALPHA 3", "decision refused", "decision route", "out BETA D")
    assert sent(journal) == [("BETA", TO_BETA.replace("T-1-2", "T-1-3"))]


def test_a_venues_reject_of_no_message_of_ours_is_noted(scene: Scene) -> None:
    scene.alpha.heard("3", "45=77|58=what?|373=5|")
    assert scene.turn() == [("commit", "in ALPHA 3", "decision alert")]
    assert scene.reasons("alert") == ["ALPHA refused our message 77: what?"]


def test_who_was_turned_away_at_the_door_is_on_record(scene: Scene) -> None:
    raw = message("A", "98=0|108=30|553=me|554=secret|").raw
    answer = message("5", "58=who are you?|").raw
    scene.engine._turned_away(Refused("192.0.2.7:4711", raw, "SenderCompID(49) OMS is not known here", answer))
    assert scene.turn() == [("commit", "skipped door", "event refused door")]
    assert "|554=***|" in scene.records("skipped")[0]
    assert json.loads(scene.records("event")[-1]) == {
        "event": "refused",
        "address": "192.0.2.7:4711",
        "reason": "SenderCompID(49) OMS is not known here",
        "answer": shown(answer),
    }


def test_a_session_that_leaves_too_much_unread_is_on_record(scene: Scene) -> None:
    scene.copy.on_slow(scene.copy, 9_000_000)
    assert scene.turn() == [("commit", "event too slow COPY")]
    assert json.loads(scene.records("event")[-1]) == {
        "event": "too slow",
        "reason": "COPY leaves 9000000 bytes unread; disconnected, it may ask for them when it comes back",
    }


def test_a_business_message_reject_without_a_number_is_matched_by_what_it_names(scene: Scene) -> None:
    scene.oms.heard("D", ORDER)
    scene.turn()
    scene.alpha.heard("j", "58=closed|372=D|379=T-1-1|380=4|")
    assert scene.turn()[0] == ("commit", "in ALPHA j", "decision refused", "decision route", "out BETA D")


# -- secrets ---------------------------------------------------------------------------------------------------------


def test_no_secret_is_ever_recorded_or_logged(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    logon = "95=9|96=my|secret|98=0|108=30|553=me|554=secret|925=newsecret|"
    scene.oms.heard("A", logon)
    scene.oms.heard("A", logon, came=Came.SKIPPED)
    scene.oms.heard("BE", "553=me|554=secret|923=U1|924=1|")
    scene.copy.heard("BE", "553=me|554=secret|923=U1|924=1|")
    scene.oms.heard_bytes(wire("8=FIX.4.4|9=3|35=A|nonsense|554=secret|10=000|").encode())
    scene.oms.says_logon(9, logon)
    with caplog.at_level(logging.DEBUG):
        scene.turn()
    bodies = [shown(record.body) for record in scene.all_records()]
    assert sum("554=***" in body for body in bodies) == 6
    assert not [text for text in (*bodies, *caplog.messages) if "secret" in text]


# -- stopping --------------------------------------------------------------------------------------------------------


def test_stopping_logs_out_records_why_and_leaves_what_is_open_for_the_next_start(scene: Scene) -> None:
    scene.oms.heard("D", ORDER)
    scene.turn()
    scene.journal.clear()
    scene.engine.stop("SIGTERM")
    parties = ["OMS", "COPY", "ALPHA", "BETA"]
    assert scene.journal[0] == ("commit", "event stopped")
    assert scene.journal[1:-1] == [*[("logout", n, "SIGTERM") for n in parties], *[("stop", n) for n in parties]]
    assert [line for line in scene.journal[-1] if line.startswith("event")] == [f"event logout {n}" for n in parties]
    again = Scene(scene.folder, prefix="U")
    assert again.engine.recover() == 1
    assert '"reason":"SIGTERM"' in again.records("event")[-6]
    again.store.close()
