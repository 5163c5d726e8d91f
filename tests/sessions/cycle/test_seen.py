from __future__ import annotations

from random import Random

from sessions.cycle.seen import Seen


class Store:
    """Remembers pairs and how often it was asked."""

    def __init__(self, *used: tuple[str, str]) -> None:
        self.used = set(used)
        self.asked: list[tuple[str, str]] = []

    def look_up(self, session: str, cl_ord_id: str) -> bool:
        self.asked.append((session, cl_ord_id))
        return (session, cl_ord_id) in self.used


def test_what_the_store_holds_is_known_and_the_store_has_the_last_word() -> None:
    store = Store(("OMS", "C1"))
    seen = Seen(store.used, store.look_up)
    assert seen.has("OMS", "C1")
    store.used.clear()
    assert not seen.has("OMS", "C1")
    assert store.asked == [("OMS", "C1")] * 2


def test_what_was_never_used_is_known_not_to_be_without_asking_the_store() -> None:
    store = Store()
    seen = Seen([], store.look_up)
    assert not seen.has("OMS", "C1")
    assert store.asked == []


def test_what_was_added_is_asked_for_from_then_on() -> None:
    store = Store(("OMS", "C1"))
    seen = Seen([], store.look_up)
    seen.add("OMS", "C1")
    assert seen.has("OMS", "C1")


def test_using_says_whether_it_was_used_before_and_asks_the_store_only_then() -> None:
    store = Store()
    seen = Seen([], store.look_up)
    assert not seen.use("OMS", "C1")
    assert store.asked == []
    store.used.add(("OMS", "C1"))
    assert seen.use("OMS", "C1")
    store.used.clear()  # a stranger that only looks like one that was used
    assert not seen.use("OMS", "C1")
    assert store.asked == [("OMS", "C1")] * 2


def test_a_request_is_looked_up_once_somebody_has_asked_of_it() -> None:
    store = Store()
    seen = Seen([], store.look_up)
    assert [seen.has("OMS", "C1"), seen.has("OMS", "C1")] == [False, False]
    store.used.add(("OMS", "C1"))
    assert seen.has("OMS", "C1")


def test_the_same_cl_ord_id_of_another_session_is_another() -> None:
    store = Store(("OMS", "C1"), ("C1", "OMS"))
    seen = Seen([("OMS", "C1")], store.look_up)
    assert seen.has("OMS", "C1")
    assert not seen.has("OMS2", "C1")
    assert store.asked == [("OMS", "C1")]


def test_none_that_was_used_is_ever_missed_and_few_new_ones_are_looked_up_for_nothing() -> None:
    random = Random(1)
    used = {("OMS", f"C{random.getrandbits(64)}") for _ in range(20_000)}
    store = Store(*used)
    seen = Seen(used, store.look_up)
    assert all(seen.has(*pair) for pair in used)
    store.asked.clear()
    assert not any(seen.has("OMS", f"N{number}") for number in range(20_000))
    assert len(store.asked) < 20
