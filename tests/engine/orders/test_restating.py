"""Terms other than we sent: a replace taken, the venue's own restatement, and what a lost answer was."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine.orders.booking import Booked, Effect, book
from engine.orders.order import REFUSED, Child, Parent, Terms
from engine.orders.states import Request, Step
from fix.business import ExecutionReport
from fix.enums import ExecRestatementReason, ExecType, OrdStatus, TimeInForce
from tests.engine.orders.making import D, answer, corrected, new_child, new_order, new_parent, said, trade

LATER = 2_000_000_000
CHANGED = Booked(Effect.CHANGED)
SPLIT = ExecRestatementReason.GT_CORPORATE_ACTION


@pytest.fixture
def parent() -> Parent:
    return new_parent(new_order(time_in_force=TimeInForce.GTC))


@pytest.fixture
def child(parent: Parent) -> Child:
    """40 of its 100 traded."""
    made = new_child(parent)
    book(parent, made, said(made, ExecType.NEW), LATER)
    book(parent, made, trade(made, "40"), LATER)
    return made


def _asked(child: Child, qty: str, price: str = "99") -> Terms:
    """For a replace of it, on its way."""
    terms = Terms(D(qty), D(price), TimeInForce.GTC, 0)
    child.changes += 1
    child.asked = terms
    child.note(Step.REPLACE_SENT)
    return terms


def _replaced(child: Child, **more: Any) -> ExecutionReport:
    asked = child.asked or child.terms
    usual: dict[str, Any] = {"cl_ord_id": child.request_id, "order_qty": asked.qty, "price": asked.price}
    return said(child, ExecType.REPLACED, exec_id=f"R{child.changes}", **(usual | more))


def _restated(child: Child, qty: str, exec_id: str = "D1", **more: Any) -> ExecutionReport:
    return said(child, ExecType.RESTATED, exec_id=exec_id, order_qty=D(qty), **more)


# -- a replace that we asked for ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("qty", ["150", "60", "100"])
def test_what_we_asked_for_is_in_force(parent: Parent, child: Child, qty: str) -> None:
    terms = _asked(child, qty)
    child.kept = 1
    assert book(parent, child, _replaced(child), LATER) == CHANGED
    assert (child.terms, child.asked, child.name, child.request) == (terms, None, "T-1-1_1", Request.NONE)
    assert (child.state, child.exposure, child.kept, parent.changed) == (
        OrdStatus.PARTIALLY_FILLED,
        D(qty) - 40,
        0,
        True,
    )


@pytest.mark.parametrize(("qty", "said_qty"), [("40", "40"), ("30", "40")])
def test_a_quantity_amended_to_what_has_traded_fills(parent: Parent, child: Child, qty: str, said_qty: str) -> None:
    """Appendix D, C.3.b and C.3.c: the fills crossed the replace."""
    _asked(child, qty)
    assert book(parent, child, _replaced(child, order_qty=D(said_qty)), LATER) == CHANGED
    assert (child.qty, child.state, child.exposure, parent.cum) == (D(40), OrdStatus.FILLED, D(0), D(40))
    assert parent.unrouted == D(260)


def test_a_venue_that_says_no_quantity_has_what_we_asked_for(parent: Parent, child: Child) -> None:
    _asked(child, "150")
    book(parent, child, _replaced(child, order_qty=D(0), price=None), LATER)
    assert (child.qty, child.price) == (D(150), D(99))


def test_a_replace_that_is_taken_while_its_cancel_is_under_way_leaves_the_cancel(parent: Parent, child: Child) -> None:
    _asked(child, "150")
    child.note(Step.CANCEL_SENT)
    book(parent, child, _replaced(child), LATER)
    assert (child.request, child.qty, child.ord_status) == (Request.CANCEL, D(150), OrdStatus.PENDING_CANCEL)


def test_a_replace_to_what_has_traded_leaves_no_dust_behind() -> None:
    """Dust counts with the last of a child: where that is amended away, it is the parent's to send again."""
    parent = new_parent(new_order("100.1", time_in_force=TimeInForce.GTC))
    child = new_child(parent, dust="0.1")
    book(parent, child, trade(child, "40"), LATER)
    _asked(child, "40")
    book(parent, child, _replaced(child), LATER)
    assert (child.state, parent.cum, child.credit(child.cum)) == (OrdStatus.FILLED, D(40), D(40))
    assert parent.unrouted == D("60.1")


# -- by the venue itself -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("qty", "state", "exposure", "avoid"),
    [
        ("70", OrdStatus.PARTIALLY_FILLED, D(30), {"ALPHA": REFUSED}),  # Appendix D, E.1.d
        ("40", OrdStatus.FILLED, D(0), {"ALPHA": REFUSED}),
        ("30", OrdStatus.FILLED, D(0), {"ALPHA": REFUSED}),
        ("130", OrdStatus.PARTIALLY_FILLED, D(90), {}),
    ],
)
def test_a_venue_that_restates_the_quantity(
    parent: Parent, child: Child, qty: str, state: OrdStatus, exposure: Decimal, avoid: dict[str, int]
) -> None:
    alert = f"T-1-1: ALPHA restates it to {max(D(qty), D(40))} of 100"
    assert book(parent, child, _restated(child, qty), LATER) == Booked(Effect.CHANGED, alert=alert)
    assert (child.state, child.exposure, parent.avoid, parent.changed) == (state, exposure, avoid, False)
    assert parent.order.order_qty == D(300)


@pytest.mark.parametrize("exec_type", [ExecType.RESTATED, ExecType.REPLACED])
def test_a_venue_that_restates_the_price(parent: Parent, child: Child, exec_type: ExecType) -> None:
    """Appendix D, E.1.c: a replace that nobody asked for is a restatement."""
    report = _restated(child, "100", price=D("99.5"))._replace(exec_type=exec_type)
    assert book(parent, child, report, LATER) == CHANGED
    assert (child.price, child.qty, child.name) == (D("99.5"), D(100), "T-1-1")
    assert parent.order.price == D(100)


def test_a_restatement_that_says_nothing_of_terms_leaves_them(parent: Parent, child: Child) -> None:
    terms = child.terms
    assert book(parent, child, _restated(child, "0"), LATER) == CHANGED
    assert child.terms == terms


def test_a_restatement_that_speaks_of_unseen_trades_is_alerted(parent: Parent, child: Child) -> None:
    alert = "T-1-1: ALPHA restates it to 100 of 100, CumQty(14) 60; its trades add up to 40"
    assert book(parent, child, _restated(child, "100", cum_qty=D(60)), LATER) == Booked(Effect.CHANGED, alert=alert)
    assert (child.cum, parent.cum) == (D(40), D(40))


# -- a corporate action ------------------------------------------------------------------------------------------------


def _split(child: Child, exec_id: str = "D1") -> ExecutionReport:
    """Two for one."""
    price = None if child.price is None else child.price / 2
    return _restated(
        child,
        str(child.qty * 2),
        exec_id,
        cum_qty=child.cum * 2,
        leaves_qty=child.leaves * 2,
        price=price,
        restatement_reason=SPLIT,
    )


def test_a_split_counts_everything_anew_but_what_was_paid(parent: Parent, child: Child) -> None:
    """Appendix D, H.1.b."""
    parent.begin_day(LATER + 1)
    assert book(parent, child, _split(child), LATER + 2) == CHANGED
    assert (child.qty, child.cum, child.price, child.exposure) == (D(200), D(80), D(50), D(120))
    assert (parent.cum, parent.cum_before, parent.day_cum) == (D(80), D(80), D(0))
    assert (parent.notional, str(parent.avg_px)) == (D(4000), "50")


def test_a_split_of_several_children_halves_the_limit_once(parent: Parent, child: Child) -> None:
    children = [child, new_child(parent, "120", venue="BETA"), new_child(parent, "4", venue="GAMMA", unit="20")]
    for each in children[1:]:
        book(parent, each, said(each, ExecType.NEW), LATER)
    assert parent.unrouted == D(0)
    for each in children:
        assert book(parent, each, _split(each), LATER) == CHANGED
    assert (parent.order.order_qty, parent.order.price, parent.cum) == (D(600), D(50), D(80))
    assert (parent.unrouted, parent.working) == (D(0), D(520))
    assert [(each.qty, each.price) for each in children] == [(D(200), D(50)), (D(240), D(50)), (D(8), D(50))]


def test_a_split_of_a_limit_between_two_ticks_halves_it_as_well(parent: Parent) -> None:
    parent.order = parent.order._replace(price=D("100.004"))
    for venue in ("ALPHA", "BETA"):
        child = new_child(parent, venue=venue)
        child.price = D(100)
        book(parent, child, said(child, ExecType.NEW), LATER)
        book(parent, child, _split(child), LATER)
    assert parent.order.price == D("50.002")


def test_a_trade_of_before_the_split_is_busted_as_it_is_counted_now(parent: Parent, child: Child) -> None:
    """Appendix D, J.1.c and H.1.b together: 40 at 100 are 80 at 50."""
    parent.begin_day(LATER + 1)
    book(parent, child, _split(child), LATER + 2)
    book(parent, child, corrected(child, "F1", "0", cum_qty=D(0)), LATER + 3)
    assert (child.cum, parent.cum, parent.cum_before, parent.notional) == (D(0), D(0), D(0), D(0))


# -- after a lost answer -----------------------------------------------------------------------------------------------


def _lost(child: Child, qty: str, price: str = "99") -> Terms:
    terms = _asked(child, qty, price)
    child.note(Step.LOST)
    return terms


def _is(child: Child, **more: Any) -> ExecutionReport:
    return answer(child, OrdStatus.PARTIALLY_FILLED, str(child.cum))._replace(**more)


def test_the_name_tells_that_the_replace_is_in_force(parent: Parent, child: Child) -> None:
    terms = _lost(child, "150")
    assert book(parent, child, _is(child, cl_ord_id=child.request_id, order_qty=D(150)), LATER).effect is Effect.SETTLED
    assert (child.terms, child.asked, child.name, parent.changed) == (terms, None, "T-1-1_1", True)


@pytest.mark.parametrize(
    ("found", "in_force"),
    [
        ({"order_qty": D(150), "price": D(99)}, True),
        ({"order_qty": D(150), "price": None}, True),
        ({"order_qty": D(0), "price": D(99)}, True),
        ({"order_qty": D(100), "price": D(100)}, False),
        ({"order_qty": D(100), "price": None}, False),
        ({"order_qty": D(0), "price": None}, False),  # says nothing: it is as we last knew it
        ({"order_qty": D(120), "price": D(98)}, False),
    ],
)
def test_the_terms_tell_where_the_name_does_not(
    parent: Parent, child: Child, found: dict[str, Decimal | None], in_force: bool
) -> None:
    before, terms = child.terms, _lost(child, "150")
    book(parent, child, _is(child, **found), LATER)
    assert (child.terms, child.asked) == (terms if in_force else before, None)
    assert (child.name, child.in_doubt) == ("T-1-1_1" if in_force else "T-1-1", False)


def test_while_the_answer_is_lost_the_larger_of_both_counts(parent: Parent, child: Child) -> None:
    _lost(child, "150")
    assert (child.exposure, parent.unrouted) == (D(110), D(150))
    book(parent, child, _is(child, order_qty=D(100), price=D(100)), LATER)
    assert (child.exposure, parent.unrouted) == (D(60), D(200))


def test_an_order_unknown_by_its_old_name_is_asked_for_by_the_new_one(parent: Parent, child: Child) -> None:
    """The replace was taken, and the venue knows it by nothing else."""
    terms = _lost(child, "150")
    assert book(parent, child, answer(child, OrdStatus.REJECTED, "40"), LATER) == Booked(Effect.ASK)
    assert (child.denied, child.live) == (True, True)
    assert book(parent, child, _is(child, cl_ord_id=child.request_id, order_qty=D(150)), LATER).effect is Effect.SETTLED
    assert (child.terms, child.denied, child.name) == (terms, False, "T-1-1_1")


def test_an_order_unknown_by_either_name_is_gone(parent: Parent, child: Child) -> None:
    _lost(child, "150")
    effects = [book(parent, child, answer(child, OrdStatus.REJECTED, "40"), LATER).effect for _ in range(2)]
    assert effects == [Effect.ASK, Effect.ENDED]
    assert (child.state, child.exposure, parent.unrouted) == (OrdStatus.CANCELED, D(0), D(260))


def test_the_answer_to_the_replace_may_come_after_all(parent: Parent, child: Child) -> None:
    terms = _lost(child, "150")
    book(parent, child, _replaced(child), LATER)
    assert (child.terms, child.in_doubt) == (terms, True)  # law 5: only a settlement ends it
    assert book(parent, child, _is(child, order_qty=D(150)), LATER).effect is Effect.SETTLED
    assert (child.terms, child.name) == (terms, "T-1-1_1")


def test_an_answer_tells_the_terms_also_while_it_speaks_of_unseen_trades(parent: Parent, child: Child) -> None:
    """Else the trades would end the doubt, and the next request might name it as the venue does not."""
    _lost(child, "150")
    book(parent, child, _is(child, cl_ord_id=child.request_id, order_qty=D(150), cum_qty=D(60)), LATER)
    assert (child.in_doubt, child.qty, child.name, child.asked) == (True, D(150), "T-1-1_1", None)
    book(parent, child, trade(child, "20", exec_id="F2"), LATER)
    assert (child.in_doubt, child.exposure) == (False, D(90))
