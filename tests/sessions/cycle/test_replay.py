"""What real engines recorded, decided again."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

import pytest

from engine.core.actions import Kill, Scope
from engine.dropcopy.chain import GENESIS, digest
from engine.dropcopy.store import Kind, Record, Store
from sessions.cycle.outbox import canonical
from sessions.cycle.replay import Outcome, replay
from sessions.gateway.session import Came
from tests.engine.dropcopy.entries import query
from tests.sessions.cycle.scene import ORDER, SECOND, Scene, filled, said
from tests.sessions.cycle.standin import wire
from tests.sessions.cycle.test_engine_control import asked


@contextmanager
def reading(scene: Scene) -> Iterator[Store]:
    with closing(Store.open(str(scene.folder / "store.db"), create=False)) as store:
        yield store


def replayed(scene: Scene) -> Outcome:
    with reading(scene) as store:
        return replay(store)


def clean(scene: Scene, starts: int = 1) -> None:
    """All there is was decided again, and is the same."""
    counts = scene.store.counts()
    session_messages = sum(record.kind == Kind.OUT and record.msg_type in "A0125" for record in scene.store.records())
    assert replayed(scene) == Outcome(counts["decision"], counts["out"] - session_messages, starts)


def traded(scene: Scene, number: int = 1, cl_ord_id: str = "C1") -> None:
    """An order that both venues fill."""
    scene.oms.heard("D", ORDER.replace("11=C1", f"11={cl_ord_id}"), at=scene.now)
    scene.turn()
    prefix = "T" if scene.engine.core.orders.by_id(f"T-{number}") else "U"
    for venue, child in ((scene.alpha, f"{prefix}-{number}-1"), (scene.beta, f"{prefix}-{number}-2")):
        venue.heard("8", filled(child, f"X-{child}", 50), at=scene.now + 1)
    scene.turn()


def restarted(scene: Scene) -> Scene:
    scene.killed()
    again = Scene(scene.folder, prefix="U")
    again.now = scene.now + SECOND
    again.start()
    return again


# -- the same ----------------------------------------------------------------------------------------------------------


def test_a_day_is_decided_again_and_is_the_same(scene: Scene) -> None:
    traded(scene)
    scene.oms.heard("D", ORDER.replace("38=100", "38=0"))
    scene.oms.heard("D", ORDER.replace("38=100", "38=ten"))
    scene.oms.heard("R", "131=Q1|146=1|55=ACME|")
    scene.oms.heard("H", "11=C1|54=1|55=ACME|")
    scene.copy.heard("D", ORDER)
    scene.alpha.heard("8", filled("T-9-9", "A9", 50))
    scene.alpha.heard("3", "45=77|58=what?|373=5|")
    scene.oms.heard_bytes(b"GET / HTTP/1.1\r\n\r\n\xff")
    scene.oms.heard("D", ORDER, came=Came.SKIPPED)
    scene.oms.heard("BE", "95=6|96=sec|et|553=me|554=secret|923=U1|924=1|")
    scene.oms.heard("A", "95=6|96=sec|et|98=0|108=30|553=me|554=secret|", came=Came.SKIPPED)
    scene.turn()
    clean(scene)


def test_the_instants_of_the_messages_count_not_those_of_the_turns(scene: Scene) -> None:
    for number in (1, 2, 3):
        scene.oms.heard("D", ORDER.replace("11=C1", f"11=C{number}"), at=scene.now - number * SECOND)
        scene.now += 7_000_000
    scene.turn()
    clean(scene)


def test_a_cancel_and_its_refusals(scene: Scene) -> None:
    scene.oms.heard("D", ORDER)
    scene.turn()
    for venue, child in ((scene.alpha, "T-1-1"), (scene.beta, "T-1-2")):
        venue.heard("8", said(child=child, exec_id=f"N-{child}", exec_type="0", status="0", cum=0))
    cancel = f"11=C2|38=100|41=C1|54=1|55=ACME|60={ORDER.partition('60=')[2]}"
    scene.oms.heard("F", cancel)
    scene.oms.heard("F", cancel)
    scene.oms.heard("F", cancel.replace("41=C1", "41=C8"))
    scene.turn()
    for venue, child in ((scene.alpha, "T-1-1"), (scene.beta, "T-1-2")):
        canceled = said(child=child, exec_id=f"K-{child}", exec_type="4", status="4", cum=0)
        venue.heard("8", canceled.replace(f"11={child}|", f"11={child}_1|41={child}|"))
    scene.turn()
    scene.oms.heard("F", cancel)
    scene.turn()
    clean(scene)


def test_what_stayed_without_an_answer_is_asked_for_at_the_tick_on_record(scene: Scene) -> None:
    scene.oms.heard("D", ORDER)
    scene.turn()
    for _ in range(320):
        scene.now += SECOND // 20
        scene.turn()
    events = [json.loads(body)["event"] for body in scene.records("event")]
    asked = len(scene.reasons("doubt") + scene.reasons("alert")) // 2
    assert events.count("tick") == asked > 1
    clean(scene)


def test_a_disconnect_and_what_follows(scene: Scene) -> None:
    scene.oms.heard("D", ORDER)
    scene.turn()
    scene.alpha.heard("8", filled("T-1-1", "A1", 20))
    scene.alpha.logged(up=False)
    scene.turn()
    scene.now += SECOND
    scene.oms.heard("D", ORDER.replace("11=C1", "11=C2"), at=scene.now)
    scene.turn()
    scene.alpha.logged(up=True)
    scene.turn()
    unknown = said(child="T-1-1", exec_id="0", exec_type="I", status="4", cum=20)
    scene.alpha.heard("8", unknown, at=scene.now)
    scene.oms.logged(up=False)
    scene.turn()
    clean(scene)


def test_a_venue_that_refuses_a_message_means_the_one_of_that_number_since_the_last_reset(scene: Scene) -> None:
    scene.oms.heard("D", ORDER)
    scene.turn()
    scene.alpha.heard("3", "45=2|58=Side(54) is odd|372=D|373=5|")
    scene.turn()
    scene.alpha.start_from(1, 1)
    scene.alpha.says_logon(1, "98=0|108=30|141=Y|")
    scene.oms.heard("D", ORDER.replace("11=C1", "11=C2"))
    scene.turn()
    scene.alpha.heard("3", "45=2|58=again|372=D|373=5|")
    scene.turn()
    assert len(scene.reasons("refused")) == 2
    clean(scene)


def test_what_the_session_layer_sends_by_itself_is_not_decided(scene: Scene) -> None:
    scene.oms.says_logon(9, "98=0|108=30|")
    traded(scene)
    scene.copy.on_slow(scene.copy, 9_000_000)
    scene.turn()
    clean(scene)


def test_one_commit_or_many_it_is_the_same(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was opened in a commit is known to what comes later in it, and to nothing before."""
    monkeypatch.setattr("engine.core.orders.FINISHED_KEPT", 1)
    scene.oms.heard("H", "11=C1|54=1|55=ACME|")
    scene.oms.heard("F", f"11=C0|38=100|41=C1|54=1|55=ACME|60={ORDER.partition('60=')[2]}")
    for number in (1, 2):
        scene.oms.heard("D", ORDER.replace("11=C1", f"11=C{number}"))
        scene.alpha.heard("8", filled(f"T-{number}-1", f"A{number}", 50))
        scene.beta.heard("8", filled(f"T-{number}-2", f"B{number}", 50))
    scene.oms.heard("D", ORDER)
    scene.oms.heard("H", "11=C1|54=1|55=ACME|")
    scene.beta.heard("8", filled("T-2-2", "B2", 50))
    scene.turn()
    assert scene.reasons("ignore") == ["ExecID(17) B2 was applied before"]
    assert "ClOrdID(11) C1 was used before" in scene.reasons("refuse")
    assert sum(body.startswith("8=") and "|150=I|" in body and "|37=T-1|" in body for body in scene.records("out")) == 2
    clean(scene)


# -- restarts ----------------------------------------------------------------------------------------------------------


def test_restarts_with_open_orders(scene: Scene) -> None:
    traded(scene)
    for number in range(2, 13):
        scene.oms.heard("D", ORDER.replace("11=C1", f"11=C{number}"))
    scene.turn()
    scene.beta.heard("8", filled("T-2-2", "B2", 50))
    scene.turn()
    again = restarted(scene)
    unknown = said(child="T-2-1", exec_id="0", exec_type="I", status="8", cum=0, order="NONE")
    again.alpha.heard("8", unknown, at=again.now)
    again.alpha.heard("8", filled("T-1-1", "X-T-1-1", 50), at=again.now)
    again.oms.heard("D", ORDER, at=again.now)
    again.turn()
    traded(again, 2, "C99")
    third = restarted(again)
    clean(third, starts=3)
    third.store.close()


class Killed(BaseException):
    """kill -9, as near as a test in the same process can come to it."""


def test_a_kill_in_the_middle_of_a_flood(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sessions.cycle.engine.TAKEN_MAX", 2)
    for number in range(1, 8):
        scene.oms.heard("D", ORDER.replace("11=C1", f"11=C{number}"))

    def flush() -> None:
        raise Killed

    monkeypatch.setattr(scene.alpha, "flush", flush)
    with pytest.raises(Killed):
        scene.engine.turn()
    again = restarted(scene)
    for number in range(3, 8):
        again.oms.heard("D", ORDER.replace("11=C1", f"11=C{number}"), at=again.now)
    again.turn()
    clean(again, starts=2)
    again.store.close()


def test_a_clock_that_jumps_back(scene: Scene) -> None:
    scene.oms.heard("D", ORDER)
    scene.turn()
    scene.now -= 3600 * SECOND
    scene.alpha.heard("8", filled("T-1-1", "A1", 50), at=scene.now)
    scene.turn()
    scene.alpha.logged(up=False)
    scene.turn()
    scene.now += 3610 * SECOND
    scene.turn()
    clean(scene)


def test_an_instruction(scene: Scene) -> None:
    traded(scene)
    asked(scene, Kill(Scope.ALL))
    scene.turn()
    scene.oms.heard("D", ORDER.replace("11=C1", "11=C2"))
    scene.turn()
    again = restarted(scene)
    clean(again, starts=2)
    again.store.close()


# -- not the same ------------------------------------------------------------------------------------------------------


def doctored(scene: Scene, wanted: Mapping[str, Any]) -> int:
    """Changes the body of one record, as somebody would who can count digests too; its number."""
    records = list(scene.store.records())
    scene.killed()
    place = next(n for n, record in enumerate(records) if matches(record, wanted))
    old, new = wanted["old"], wanted["new"]
    last = GENESIS if not place else records[place - 1].digest
    for record in records[place:]:
        body = record.body.replace(old, new) if record is records[place] else record.body
        entry = (record.at, record.kind, record.session, record.msg_seq_num, record.msg_type, record.order_id, body)
        last = digest(last, record.seq, *entry)
        query(
            str(scene.folder / "store.db"),
            "UPDATE record SET body = :body, digest = :digest WHERE seq = :seq",
            body=body,
            digest=last,
            seq=record.seq,
        )
    return records[place].seq


def matches(record: Record, wanted: Mapping[str, Any]) -> bool:
    return record.kind == wanted["kind"] and wanted["old"] in record.body


def test_a_decision_that_was_changed_is_found_with_both_sides(scene: Scene) -> None:
    traded(scene)
    seq = doctored(scene, {"kind": "decision", "old": b'"attempt":1', "new": b'"attempt":2'})
    outcome = replayed(scene)
    there, again = outcome.difference.splitlines()[1:]
    assert outcome.difference.startswith(f"record {seq}\n  on record:     decision T-1 {{")
    assert there.partition("decision")[2].replace('"attempt":2', '"attempt":1') == again.partition("decision")[2]


def test_a_message_that_was_changed_is_found(scene: Scene) -> None:
    traded(scene)
    seq = doctored(
        scene, {"kind": "out", "old": wire("11=T-1-2|38=50").encode(), "new": wire("11=T-1-2|38=51").encode()}
    )
    difference = replayed(scene).difference
    assert difference.startswith(f"record {seq}\n  on record:     out BETA T-1 35=D|11=T-1-2|38=51|")
    assert "\n  decided again: out BETA T-1 35=D|11=T-1-2|38=50|" in difference


def test_a_message_received_that_was_changed_shows_in_what_it_causes(scene: Scene) -> None:
    traded(scene)
    doctored(scene, {"kind": "in", "old": wire("|38=100|").encode(), "new": wire("|38=102|").encode()})
    assert "on record:     decision T-1" in replayed(scene).difference


@pytest.mark.parametrize("last", [False, True])
def test_what_is_missing_on_record_is_found(scene: Scene, last: bool) -> None:
    traded(scene)
    records = list(scene.store.records())
    scene.killed()
    missing = [record for record in records if record.kind == "out" and record.session == "COPY"]
    number = missing[-1 if last else 0].seq
    query(str(scene.folder / "store.db"), "DELETE FROM record WHERE seq = :number", number=number)
    outcome = replayed(scene)
    assert outcome.difference.startswith(f"record {number if last else number + 1}\n")
    assert "decided again: out COPY T-1 35=8|" in outcome.difference
    assert outcome.difference.splitlines()[1].endswith("nothing more") == last


def test_a_tick_that_asks_for_nothing_is_found(scene: Scene) -> None:
    scene.engine._out.event(scene.now, "", {"event": "tick"})
    scene.turn()
    assert replayed(scene).difference.endswith('on record:     event {"event":"tick"}\n  decided again: nothing')


def test_what_was_made_of_something_else_is_found(scene: Scene) -> None:
    traded(scene)
    doctored(scene, {"kind": "event", "old": b'"max_attempts":4', "new": b'"max_attempts":0'})
    assert "decision T-1" in replayed(scene).difference


# -- what cannot be -----------------------------------------------------------------------------------------------------


def test_records_without_a_setup_are_counted_and_what_was_open_is_known(scene: Scene) -> None:
    traded(scene)
    scene.oms.heard("D", ORDER.replace("11=C1", "11=C2"))
    scene.turn()
    number = scene.store.last
    started = next(record for record in scene.store.records() if record.kind == "event")
    old = json.loads(started.body)
    setup = canonical({"setup": old["setup"]})[1:-1]
    doctored(scene, {"kind": "event", "old": b"," + setup, "new": b""})
    assert replayed(scene) == Outcome(without_setup=number)
    again = Scene(scene.folder, prefix="U")
    again.start()
    traded(again, 1, "C3")
    outcome = replayed(again)
    assert (outcome.difference, outcome.starts, outcome.without_setup) == ("", 1, number)
    assert outcome.decisions > 0
    again.store.close()


def test_the_alerts_of_another_day_are_not_logged(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    scene.alpha.heard("8", filled("T-9-9", "A9", 50))
    scene.turn()
    caplog.clear()
    clean(scene)
    assert caplog.messages == []
    assert not logging.getLogger("manifold.engine").disabled


def test_it_says_how_far_it_is(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sessions.cycle.replay.STEP", 5)
    traded(scene)
    heard: list[int] = []
    with reading(scene) as store:
        replay(store, heard.append)
        assert heard == list(range(5, store.last + 1, 5))
