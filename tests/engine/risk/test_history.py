from __future__ import annotations

from engine.risk.history import History
from engine.risk.limits import CustomerLimits
from tests.engine.orders.making import D, new_order

ORDER = new_order()
SECOND = 1_000_000_000


def test_a_customer_without_limits_leaves_nothing_behind() -> None:
    history = History(CustomerLimits())
    assert history.free
    for now in range(100):
        history.message(now)
        assert not history.one_too_many(now)
        assert not history.repeats(ORDER, now)
        assert not history.sent_before(ORDER, now)
        history.sent(ORDER, D(1), now)
    assert (len(history._sent), len(history._repeats), history.sent_value.at(0)) == (0, 0, D(0))


def test_cancels_count_as_messages() -> None:
    history = History(CustomerLimits(messages=2))
    history.message(0)
    history.message(0)
    assert history.one_too_many(0)
    assert not history.one_too_many(SECOND)


def test_an_order_is_the_same_whatever_its_cl_ord_id_and_its_zeros() -> None:
    history = History(CustomerLimits(duplicate_window=SECOND))
    history.sent(ORDER, None, 0)
    same = ORDER._replace(cl_ord_id="B", price=D("100.00"))
    assert history.sent_before(same, SECOND - 1)
    assert not history.sent_before(same, SECOND)
    others = [
        ORDER._replace(order_qty=D(1)),
        ORDER._replace(price=D(1)),
        ORDER._replace(account="B"),
        ORDER._replace(symbol="X"),
    ]
    assert [history.sent_before(other, 0) for other in others] == [False] * 4


def test_repeats_are_counted_anew_for_a_customer_that_is_enabled() -> None:
    history = History(CustomerLimits(repeats=2))
    assert [history.repeats(ORDER, now) for now in range(3)] == [False, False, True]
    history.enable()
    assert [history.repeats(ORDER, now) for now in range(3)] == [False, False, True]


def test_other_limits_count_what_happened() -> None:
    history = History(CustomerLimits(messages=5, repeats=5, duplicate_window=SECOND, period_value=D(10)))
    assert not history.one_too_many(0)
    assert not history.repeats(ORDER, 0)
    history.sent(ORDER, D(7), 0)
    history.change(CustomerLimits(messages=1, repeats=1, duplicate_window=2 * SECOND, period_value=D(8)))
    assert history.one_too_many(1)
    assert history.repeats(ORDER, 1)
    assert history.sent_before(ORDER, SECOND)
    assert history.sent_value.at(1) == 7


def test_the_reference_at_the_beginning_of_the_period_is_by_symbol() -> None:
    history = History(CustomerLimits(period=64))
    assert history.oldest_reference("ACME", D(10), 0) == 10
    assert history.oldest_reference("ACME", D(11), 60) == 10
    assert history.oldest_reference("GLOBEX", D(5), 60) == 5
    history.change(CustomerLimits(period=6))
    assert history.oldest_reference("ACME", D(12), 67) == 12
