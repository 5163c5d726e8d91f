from __future__ import annotations

from sessions.cycle.fanout import FanOut


def send(fan_out: FanOut, *sent: tuple[str, int]) -> None:
    for order_id, at in sent:
        fan_out.sent(order_id, at * 1_000)
    fan_out.end()


def test_nothing_sent_measures_nothing() -> None:
    fan_out = FanOut()
    fan_out.end()
    assert fan_out.summary() == {"count": 0, "p50": 0, "p99": 0}


def test_a_parent_counts_from_its_first_child_to_its_last() -> None:
    fan_out = FanOut()
    send(fan_out, ("P1", 100), ("P1", 120), ("P1", 170))
    assert fan_out.summary() == {"count": 1, "p50": 70, "p99": 70}


def test_the_order_in_which_children_are_named_does_not_matter() -> None:
    fan_out = FanOut()
    send(fan_out, ("P1", 120), ("P1", 100), ("P1", 110))
    assert fan_out.summary() == {"count": 1, "p50": 20, "p99": 20}


def test_the_next_parent_begins_where_the_order_changes() -> None:
    fan_out = FanOut()
    send(fan_out, ("P1", 100), ("P1", 110), ("P2", 500), ("P2", 540))
    assert fan_out.summary() == {"count": 2, "p50": 40, "p99": 40}


def test_an_only_child_has_nothing_to_be_apart_from() -> None:
    fan_out = FanOut()
    send(fan_out, ("P1", 100), ("P2", 105))
    assert fan_out.summary() == {"count": 0, "p50": 0, "p99": 0}


def test_children_of_another_turn_are_another_round() -> None:
    fan_out = FanOut()
    send(fan_out, ("P1", 100), ("P1", 110))
    send(fan_out, ("P1", 900), ("P1", 930))
    assert fan_out.summary() == {"count": 2, "p50": 30, "p99": 30}


def test_p99_is_the_hundredth_of_a_hundred() -> None:
    fan_out = FanOut()
    for span in range(1, 101):
        send(fan_out, ("P", 0), ("P", span))
    assert fan_out.summary() == {"count": 100, "p50": 51, "p99": 100}


def test_only_the_latest_are_kept() -> None:
    fan_out = FanOut()
    for _ in range(FanOut.KEPT):
        send(fan_out, ("P", 0), ("P", 1))
    for _ in range(FanOut.KEPT):
        send(fan_out, ("P", 0), ("P", 5))
    assert fan_out.summary() == {"count": FanOut.KEPT, "p50": 5, "p99": 5}
