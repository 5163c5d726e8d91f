from __future__ import annotations

from copy import deepcopy
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.orders.order import GOOD_TILL, Child, Fill, Terms, average, trimmed
from engine.orders.states import ORDER, Event, Request, Step, TransitionError
from fix.business import OrderCancelReplaceRequest, OrderCancelRequest
from fix.enums import OrdStatus, OrdType, Side, TimeInForce
from tests.engine.orders.making import NOW, D, fill, new_child, new_order, new_parent

QUANTITIES = st.decimals("0.01", "999999", places=2)
PRICES = st.decimals("0.0001", "99999", places=4)
UNITS = st.sampled_from([D(1), D(100), D("0.001"), D("0.0017")])
FILLS = st.lists(st.tuples(st.integers(0, 2), QUANTITIES, PRICES), min_size=1, max_size=20)


def _cancel() -> OrderCancelRequest:
    return OrderCancelRequest("C", "A", "ACME", Side.BUY, D(300), NOW)


@given(units=st.tuples(UNITS, UNITS, UNITS), fills=FILLS)
def test_fills_of_all_children_add_up_exactly(
    units: tuple[Decimal, Decimal, Decimal], fills: list[tuple[int, Decimal, Decimal]]
) -> None:
    parent = new_parent(new_order("100000000"))
    children = [new_child(parent, "50000000", unit=str(unit)) for unit in units]
    credited = [parent.book(children[which], f"F{n}", Fill(qty, price)) for n, (which, qty, price) in enumerate(fills)]

    exact = [Fraction(qty) * Fraction(units[which]) for which, qty, _ in fills]
    worth = [qty * Fraction(price) for qty, (_, _, price) in zip(exact, fills, strict=True)]
    notional = sum(worth, Fraction(0))
    assert [Fraction(qty) for qty in credited] == exact
    assert Fraction(parent.cum) == sum(exact)
    assert Fraction(parent.leaves) == max(100_000_000 - sum(exact), Fraction(0))
    assert Fraction(parent.notional) == notional == Fraction(sum(child.notional for child in children))
    assert abs(Fraction(parent.avg_px) - notional / sum(exact)) <= Fraction(1, 2 * 10**8)
    assert sum(len(child.trades) for child in children) == len(fills)
    assert Fraction(parent.unrouted) == 100_000_000 - sum(exact) - sum(
        (Fraction(child.qty) - Fraction(child.cum)) * Fraction(child.unit) for child in children
    )


def test_an_order_of_one_venue_has_the_average_of_its_fills() -> None:
    parent = new_parent()
    child = new_child(parent, "300")
    assert parent.avg_px == 0
    assert parent.book(child, "F1", fill("100", "100.5")) == D(100)
    assert parent.book(child, "F2", fill("200", "99.75")) == D(200)
    assert (parent.cum, parent.leaves, str(parent.avg_px)) == (D(300), D(0), "100")


def test_an_average_without_end_has_eight_decimals() -> None:
    parent = new_parent()
    child = new_child(parent)
    parent.book(child, "F3", fill("1", "1"))
    parent.book(child, "F4", fill("2", "2"))
    assert str(parent.avg_px) == "1.66666667"


def test_contracts_count_in_parent_units_with_the_price_as_it_is() -> None:
    """5 contracts of 0.001 BTC each, at 60000 USD: 0.005 BTC for 300 USD."""
    parent = new_parent(new_order("1"))
    child = new_child(parent, "10", unit="0.001")
    assert (child.leaves, child.exposure, parent.unrouted) == (D(10), D("0.01"), D("0.99"))
    assert str(parent.book(child, "F5", fill("5", "60000"))) == "0.005"
    assert (child.cum, parent.cum, parent.notional, parent.avg_px) == (D(5), D("0.005"), D(300), D(60000))
    assert (child.leaves, child.exposure, parent.working) == (D(5), D("0.005"), D("0.005"))


def test_what_works_at_venues_is_not_to_be_sent_again() -> None:
    parent = new_parent()
    first, second = new_child(parent, "100"), new_child(parent, "150", venue="BETA")
    assert (parent.working, parent.unrouted) == (D(250), D(50))
    first.note(Step.LOST)
    assert first.in_doubt
    assert (parent.working, parent.unrouted) == (D(250), D(50))  # law 5
    second.apply(Event.CANCELED)
    assert (parent.working, parent.unrouted, parent.live) == (D(100), D(200), [first])
    first.apply(Event.FILL)
    parent.book(first, "F6", fill("100", "100"))
    assert (parent.working, parent.unrouted, parent.live) == (D(0), D(200), [])


@pytest.mark.parametrize("asked", [Step.CANCEL_SENT, Step.REPLACE_SENT])
def test_a_fill_leaves_what_was_asked_to_be_answered(asked: Step) -> None:
    """Appendix D, B.1.c and C.2.a: the venue still refuses it."""
    child = new_child(new_parent())
    child.apply(Event.ACCEPTED)
    child.note(Step.ANSWERED_NEW)
    child.note(asked)
    request = child.request
    child.apply(Event.FILL)
    assert (child.live, child.request) == (False, request)


def test_the_end_of_a_child_ends_its_request() -> None:
    child = new_child(new_parent())
    child.note(Step.LOST)
    child.apply(Event.EXPIRED)
    assert (child.live, child.leaves, child.exposure, child.request) == (False, D(0), D(0), Request.NONE)


@pytest.mark.parametrize("state", list(ORDER))
def test_a_refused_transition_changes_nothing(state: OrdStatus) -> None:
    for event in set(Event) - set(ORDER[state]):
        parent = new_parent()
        child = new_child(parent)
        parent.state = child.state = state
        parent.book(child, "F7", fill("10", "100"))
        before = deepcopy(parent)
        with pytest.raises(TransitionError):
            child.apply(event)
        with pytest.raises(TransitionError):
            parent.apply(event)
        assert parent == before


def test_a_refused_step_changes_nothing() -> None:
    child = new_child(new_parent())
    child.note(Step.LOST)
    before = deepcopy(child)
    for what in (Step.CANCEL_SENT, Step.REPLACE_SENT):
        with pytest.raises(TransitionError):
            child.note(what)
    assert child == before


def test_a_parent_is_announced_once_it_is_new_and_done_once_it_is_final() -> None:
    parent = new_parent()
    assert (parent.announced, parent.done, parent.leaves) == (False, False, D(300))
    parent.apply(Event.ACCEPTED)
    assert (parent.announced, parent.done, parent.leaves) == (True, False, D(300))
    parent.apply(Event.CANCELED)
    assert (parent.announced, parent.done, parent.leaves) == (True, True, D(0))


def test_a_pending_cancel_outranks_what_has_traded_until_it_is_answered() -> None:
    parent = new_parent()
    parent.apply(Event.ACCEPTED)
    parent.requests.append(_cancel())
    seen = [parent.ord_status]
    for event in (Event.TRADE, Event.FILL):
        parent.apply(event)
        seen.append(parent.ord_status)
    assert seen == [OrdStatus.PENDING_CANCEL] * 3  # Appendix D, B.1.c
    parent.answered(parent.requests[0])
    assert parent.ord_status is OrdStatus.FILLED


def test_an_overfill_leaves_nothing_open_and_less_than_nothing_to_route() -> None:
    parent = new_parent()
    child = new_child(parent, "300")
    child.apply(Event.FILL)
    parent.book(child, "F8", fill("310", "100"))
    assert (parent.leaves, child.leaves, parent.working, parent.unrouted) == (D(0), D(0), D(0), D(-10))


def test_exec_ids_of_a_parent_are_numbered() -> None:
    parent = new_parent()
    assert [parent.next_exec_id() for _ in range(3)] == ["T-1-E1", "T-1-E2", "T-1-E3"]


@pytest.mark.parametrize(
    ("value", "written"),
    [("100.50000000", "100.5"), ("1E+2", "100"), ("0.00000000", "0"), ("0.00000001", "1E-8"), ("-3.10", "-3.1")],
)
def test_numbers_are_trimmed(value: str, written: str) -> None:
    assert str(trimmed(D(value))) == written


@given(st.decimals("-1e15", "1e15", places=6))
def test_trimming_changes_no_value(value: Decimal) -> None:
    assert trimmed(value) == value


def test_dust_counts_with_the_last_of_a_child_and_with_nothing_before() -> None:
    parent = new_parent(new_order("0.1"))
    coins = Child("T-1-1", "COIN", "XBT", D(50), D("0.00166667"), OrdType.MARKET, None, TimeInForce.IOC, 0)
    coins.dust = D("0.0000065")
    parent.children["T-1-1"] = coins
    assert (coins.exposure, parent.unrouted) == (D("0.08334"), D("0.01666"))
    assert parent.book(coins, "F9", fill("20", "60000")) == D("0.0333334")
    assert (coins.credit(coins.cum), coins.exposure) == (D("0.0333334"), D("0.0500066"))
    assert parent.book(coins, "F10", fill("30", "60000")) == D("0.0500066")
    assert (parent.cum, coins.credit(coins.cum)) == (D("0.08334"), D("0.08334"))


# -- amendments --------------------------------------------------------------------------------------------------------


def _replace(cl_ord_id: str = "B", orig: str = "A", qty: str = "500", price: str = "99") -> OrderCancelReplaceRequest:
    return OrderCancelReplaceRequest(
        cl_ord_id, orig, "ACME", Side.BUY, D(qty), OrdType.LIMIT, D(price), TimeInForce.GTC, NOW + 9
    )


def test_a_replace_puts_its_terms_in_force_and_routing_begins_anew() -> None:
    parent = new_parent()
    parent.apply(Event.ACCEPTED)
    parent.attempts, parent.avoid, parent.changed = 4, {"ALPHA": -1}, True
    child = new_child(parent)
    child.kept = 2
    request = _replace()
    parent.requests = [request, _replace("C", "B")]
    parent.replace(request, D(450))  # more than asked where more had traded
    order = new_order("450", "99", cl_ord_id="B", time_in_force=TimeInForce.GTC)._replace(transact_time=NOW + 9)
    assert (parent.order, parent.names, parent.state) == (order, ["A"], OrdStatus.NEW)
    assert (parent.requests, parent.pending) == ([_replace("C", "B")], Request.REPLACE)
    assert (parent.attempts, parent.avoid, parent.changed, child.kept) == (0, {}, False, 0)


def test_a_replace_to_what_has_traded_fills_and_one_to_more_reopens() -> None:
    parent = new_parent()
    parent.book(new_child(parent, "300"), "F1", fill("200"))
    parent.apply(Event.TRADE)
    for cl_ord_id, orig, qty, state in (
        ("B", "A", "200", OrdStatus.FILLED),
        ("C", "B", "300", OrdStatus.PARTIALLY_FILLED),
    ):
        request = _replace(cl_ord_id, orig)
        parent.requests.append(request)
        parent.replace(request, D(qty))
        assert parent.state is state
    assert (parent.names, parent.order.cl_ord_id, parent.leaves) == (["A", "B"], "C", D(100))


def test_answers_name_the_order_as_it_was_last_accepted() -> None:
    parent = new_parent()
    parent.apply(Event.ACCEPTED)
    first, second = _replace(), _replace("C", "B")
    parent.requests = [first, second]
    assert [parent.last_accepted(each) for each in (first, second)] == ["A", "A"]
    parent.replace(first, D(500))
    assert [parent.last_accepted(each) for each in (first, second)] == ["A", "B"]
    parent.answered(second)
    assert (parent.last_accepted(second), parent.names) == ("B", ["A", "C"])


def test_a_canceled_order_is_called_by_the_request_that_ended_it() -> None:
    """Appendix D, J.1.b."""
    parent = new_parent()
    parent.apply(Event.CANCELED)
    parent.requests = [_cancel()]
    cancel = parent.cancel
    assert cancel is not None
    parent.canceled(cancel)
    assert (parent.order.cl_ord_id, parent.names, parent.requests) == ("C", ["A"], [])
    assert parent.last_accepted(cancel) == "A"


def test_a_cancel_is_what_is_pending_whatever_came_before_it() -> None:
    parent = new_parent()
    parent.apply(Event.ACCEPTED)
    parent.requests = [_replace(), _cancel()]
    assert (parent.pending, parent.cancel, parent.ord_status) == (Request.CANCEL, _cancel(), OrdStatus.PENDING_CANCEL)


def test_what_a_replace_asks_for_may_trade_before_it_is_answered() -> None:
    """Law 4: up counts at once, down only when the venue has it in force."""
    parent = new_parent()
    child = new_child(parent)
    exposure = []
    for qty in ("150", "60"):
        child.asked = Terms(D(qty), D(99), TimeInForce.DAY, 0)
        exposure.append(child.exposure)
    child.take(child.asked or child.terms)
    assert (exposure, child.exposure, child.terms) == ([D(150), D(100)], D(60), Terms(D(60), D(99), TimeInForce.DAY, 0))
    assert child.asked is None


def test_requests_are_numbered_and_the_venue_has_it_by_the_last_that_it_took() -> None:
    child = new_child(new_parent())
    child.changes = 3
    assert (child.name, child.request_id) == ("T-1-1", "T-1-1_3")
    child.named = child.request_id
    child.changes = 4
    assert (child.name, child.request_id) == ("T-1-1_3", "T-1-1_4")


# -- days --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("time_in_force", list(TimeInForce))
@pytest.mark.parametrize("end", [Event.DONE_FOR_DAY, Event.CALCULATED])
def test_the_end_of_the_day_is_the_end_but_for_what_outlives_it(time_in_force: TimeInForce, end: Event) -> None:
    parent = new_parent(new_order(time_in_force=time_in_force))
    child = new_child(parent)
    for each in (parent, child):
        each.apply(Event.ACCEPTED)
        each.apply(end)
    lasts = time_in_force in GOOD_TILL
    assert (parent.done, child.live, parent.leaves) == (not lasts, lasts, D(300) if lasts else D(0))
    assert child.exposure == (D(100) if lasts else D(0))


def test_the_days_quantities_begin_anew_each_day() -> None:
    """Appendix D, H.1.a: 300, 100 traded on the first day, 150 on the second."""
    parent = new_parent(new_order(time_in_force=TimeInForce.GTC))
    child = new_child(parent, "300")

    def day() -> list[str]:
        return [
            str(each) for each in (parent.day_order_qty, parent.day_cum, parent.day_avg_px, parent.cum, parent.avg_px)
        ]

    seen = [day()]
    parent.book(child, "F1", fill("100", "98"))
    seen.append(day())
    parent.begin_day(NOW + 7)
    seen.append(day())
    parent.book(child, "F2", fill("50", "99"))
    parent.book(child, "F3", fill("100", "102"))
    assert [*seen, day()] == [
        ["300", "0", "0", "0", "0"],
        ["300", "100", "98", "100", "98"],
        ["200", "0", "0", "100", "98"],
        ["200", "150", "101", "250", "99.8"],
    ]


def test_what_changes_of_an_earlier_days_trade_is_of_that_day() -> None:
    """Appendix D, J.1.c."""
    parent = new_parent(new_order(time_in_force=TimeInForce.GTC))
    child = new_child(parent, "300")
    first, second = fill("100", "98"), fill("100", "100")
    parent.book(child, "F1", first)
    parent.begin_day(NOW + 7)
    parent.book(child, "F2", second)
    parent.amend(child, first, D(80), D(99))
    assert (parent.cum, parent.day_cum, parent.day_order_qty, parent.day_avg_px) == (D(180), D(100), D(220), D(100))
    parent.amend(child, second, D(0), D(0))
    assert (parent.cum, parent.day_cum, parent.day_avg_px, parent.avg_px, child.cum) == (
        D(80),
        D(0),
        D(0),
        D(99),
        D(80),
    )


def test_what_traded_at_the_instant_in_which_a_day_begins_is_of_the_day_before() -> None:
    parent = new_parent(new_order(time_in_force=TimeInForce.GTC))
    child = new_child(parent, "300")
    last = fill("100", "98")
    parent.book(child, "F1", last)
    parent.begin_day(NOW + 7)
    parent.amend(child, last, D(80), D(99))
    assert (parent.cum, parent.day_cum, parent.day_order_qty, parent.day_avg_px) == (D(80), D(0), D(220), D(0))


def test_an_average_of_nothing_is_nothing() -> None:
    assert average(D(0), D(0)) == 0


# -- corrections -------------------------------------------------------------------------------------------------------


def test_dust_goes_with_a_bust_of_the_last_and_comes_back_with_a_correction() -> None:
    parent = new_parent(new_order("50.1"))
    child = new_child(parent, "5", unit="10", dust="0.1")
    first, last = fill("3", "100"), fill("2", "110")
    parent.book(child, "F1", first)
    parent.book(child, "F2", last)
    assert (parent.cum, parent.notional) == (D("50.1"), D(3000) + D("20.1") * 110)
    parent.amend(child, last, D(0), D(0))
    assert (parent.cum, parent.notional, child.cum) == (D(30), D(3000), D(3))
    parent.amend(child, first, D(5), D(90))
    assert (parent.cum, parent.notional, child.credit(child.cum)) == (D("50.1"), D("50.1") * 90, D("50.1"))


def test_dust_is_worth_what_the_trade_was_it_came_with_whichever_trade_takes_it_away() -> None:
    parent = new_parent(new_order("50.1"))
    child = new_child(parent, "5", unit="10", dust="0.1")
    first, last = fill("3", "100"), fill("2", "110")
    parent.book(child, "F1", first)
    parent.book(child, "F2", last)
    parent.amend(child, first, D(0), D(0))
    assert (parent.cum, parent.notional) == (D(20), D(2200))
    parent.amend(child, last, D(0), D(0))
    assert (parent.cum, parent.notional, child.notional) == (D(0), D(0), D(0))
