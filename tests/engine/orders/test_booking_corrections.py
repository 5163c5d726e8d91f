"""Trades that are corrected or cancelled: what they leave of a child, of its parent, and of the day."""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.orders.booking import Booked, Effect, book
from engine.orders.order import Child, Fill, Parent
from engine.orders.states import Event, Request, Step
from fix.business import ExecutionReport
from fix.enums import DKReason, ExecType, OrdStatus, TimeInForce
from tests.engine.orders.making import D, corrected, new_child, new_order, new_parent, said, trade

LATER = 2_000_000_000


@pytest.fixture
def parent() -> Parent:
    return new_parent()


@pytest.fixture
def child(parent: Parent) -> Child:
    """40 of its 100 traded at 100, as F1."""
    made = new_child(parent)
    book(parent, made, trade(made, "40"), LATER)
    return made


def _sums(parent: Parent, child: Child) -> tuple[str, str, str, str]:
    return str(child.cum), str(parent.cum), str(parent.avg_px), str(child.exposure)


# -- of an open order --------------------------------------------------------------------------------------------------


def test_a_bust_opens_what_it_takes_back(parent: Parent, child: Child) -> None:
    busted = Booked(Effect.BUSTED, D(0), fill=Fill(D(0), D(0)))
    assert book(parent, child, corrected(child, "F1", "0"), LATER) == busted
    assert (_sums(parent, child), child.notional) == (("0", "0", "0", "100"), D(0))
    assert (child.state, child.ord_status) == (OrdStatus.PARTIALLY_FILLED, OrdStatus.NEW)


@pytest.mark.parametrize(
    ("qty", "price", "sums"),
    [
        ("30", "100", ("30", "30", "100", "70")),
        ("50", "101", ("50", "50", "101", "50")),
        ("40", "99.5", ("40", "40", "99.5", "60")),
    ],
)
def test_a_correction_stands_in_the_place_of_its_trade(
    parent: Parent, child: Child, qty: str, price: str, sums: tuple[str, str, str, str]
) -> None:
    now = Booked(Effect.CORRECTED, D(qty), fill=Fill(D(qty), D(price)))
    assert book(parent, child, corrected(child, "F1", qty, price), LATER + 5) == now
    assert (_sums(parent, child), child.state) == (sums, OrdStatus.PARTIALLY_FILLED)


def test_a_correction_in_contracts_is_credited_in_parent_units(parent: Parent) -> None:
    contracts = new_child(parent, "5", unit="20")
    book(parent, contracts, trade(contracts, "2"), LATER)
    assert book(parent, contracts, corrected(contracts, "F1", "3"), LATER).credited == D(60)
    assert (contracts.cum, parent.cum, contracts.exposure) == (D(3), D(60), D(40))


def test_a_chain_of_corrections_names_the_last_or_any_of_them(parent: Parent, child: Child) -> None:
    """FIX 4.4, ExecRefID(19): "the ExecID of the last correction"; some venues name the first report all the same."""
    book(parent, child, trade(child, "10", exec_id="F2"), LATER)
    for number, (ref, qty, price) in enumerate([("F1", "30", "99"), ("G1", "35", "98"), ("F1", "20", "97")], start=1):
        book(parent, child, corrected(child, ref, qty, price, exec_id=f"G{number}"), LATER)
    assert _sums(parent, child) == ("30", "30", "98", "70")
    assert {name: trade.qty for name, trade in child.trades.items()} == dict.fromkeys(
        ["F1", "G1", "G2", "G3"], D(20)
    ) | {"F2": D(10)}
    book(parent, child, corrected(child, "G3", "0", exec_id="H1"), LATER)
    assert _sums(parent, child) == ("10", "10", "100", "90")
    book(parent, child, corrected(child, "H1", "5", "90", exec_id="G4"), LATER)  # it was none, and was one after all
    assert (parent.cum, parent.notional) == (D(15), D(1450))


def test_a_correction_counts_once(parent: Parent, child: Child) -> None:
    report = corrected(child, "F1", "30")
    book(parent, child, report, LATER)
    before = deepcopy(parent)
    assert book(parent, child, report, LATER) == Booked(Effect.DUPLICATE)
    assert parent == before


# -- of one that is filled ---------------------------------------------------------------------------------------------


def _filled(parent: Parent, child: Child) -> None:
    book(parent, child, trade(child, "60", exec_id="F2"), LATER)
    assert child.state is OrdStatus.FILLED


@pytest.mark.parametrize(
    ("leaves", "state", "exposure"), [("60", OrdStatus.PARTIALLY_FILLED, D(60)), ("0", OrdStatus.CANCELED, D(0))]
)
def test_what_is_missing_of_a_filled_order_is_open_at_the_venue_or_is_not(
    parent: Parent, child: Child, leaves: str, state: OrdStatus, exposure: Decimal
) -> None:
    """Appendix D, J.1.a: LeavesQty(151) says which. What is open there may trade again, and must not be sent twice."""
    _filled(parent, child)
    assert book(parent, child, corrected(child, "F2", "0", leaves_qty=D(leaves)), LATER).effect is Effect.BUSTED
    assert (child.state, child.exposure, parent.cum) == (state, exposure, D(40))
    assert parent.unrouted == 300 - 40 - exposure


def test_a_correction_upwards_fills_and_downwards_opens(parent: Parent, child: Child) -> None:
    seen = []
    for number, qty in enumerate(["100", "70", "100"]):
        report = corrected(child, "F1", qty, exec_id=f"G{number}")
        seen.append((book(parent, child, report, LATER).effect, child.state))
    assert seen == [
        (Effect.CORRECTED, OrdStatus.FILLED),
        (Effect.CORRECTED, OrdStatus.PARTIALLY_FILLED),
        (Effect.CORRECTED, OrdStatus.FILLED),
    ]


def test_a_correction_of_the_price_alone_leaves_a_filled_order_filled(parent: Parent, child: Child) -> None:
    _filled(parent, child)
    book(parent, child, corrected(child, "F2", "60", "101"), LATER)
    assert (child.state, str(parent.avg_px)) == (OrdStatus.FILLED, "100.6")


def test_a_pending_cancel_of_a_filled_order_survives_its_bust(parent: Parent, child: Child) -> None:
    child.note(Step.CANCEL_SENT)
    _filled(parent, child)
    assert child.request is Request.CANCEL
    book(parent, child, corrected(child, "F2", "0"), LATER)
    assert (child.state, child.ord_status) == (OrdStatus.PARTIALLY_FILLED, OrdStatus.PENDING_CANCEL)


# -- of one that has ended ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", [Event.CANCELED, Event.EXPIRED])
def test_a_bust_after_the_end_opens_nothing_at_the_venue(parent: Parent, child: Child, end: Event) -> None:
    """Appendix D, J.1.b."""
    child.apply(end)
    ended = child.state
    assert book(parent, child, corrected(child, "F1", "0", leaves_qty=D(0)), LATER).effect is Effect.BUSTED
    assert (child.state, child.exposure, parent.cum, parent.unrouted) == (ended, D(0), D(0), D(300))
    assert book(parent, child, trade(child, "25", exec_id="F2"), LATER).effect is Effect.TRADED
    assert (child.state, parent.cum) == (ended, D(25))


def test_what_the_end_spoke_of_and_was_seen_is_not_held_back_when_it_is_busted(parent: Parent) -> None:
    """The end came before its trades; all of them came; one of them never was."""
    child = new_child(parent)
    book(parent, child, said(child, ExecType.CANCELED, cum="40"), LATER)
    book(parent, child, trade(child, "40"), LATER)
    assert (child.exposure, parent.unrouted) == (D(0), D(260))
    book(parent, child, corrected(child, "F1", "0", leaves_qty=D(0)), LATER)
    assert (child.exposure, parent.unrouted) == (D(0), D(300))


# -- of a day before ---------------------------------------------------------------------------------------------------


def test_a_bust_of_an_earlier_days_trade_changes_nothing_of_today() -> None:
    """Appendix D, J.1.c: 100 traded on the first day, 50 on the second; 20 of the first never were."""
    parent = new_parent(new_order(time_in_force=TimeInForce.GTC))
    child = new_child(parent, "300")
    for exec_id, qty, at in (("F1", "80", LATER), ("F2", "20", LATER), ("F3", "50", LATER + 9)):
        if exec_id == "F3":
            parent.begin_day(LATER + 1)
        book(parent, child, trade(child, qty, exec_id=exec_id), at)
    book(parent, child, corrected(child, "F2", "0"), LATER + 10)
    assert (parent.cum, parent.cum_before, parent.day_cum, parent.day_order_qty) == (D(130), D(80), D(50), D(220))
    book(parent, child, corrected(child, "F3", "40", "90", exec_id="G2"), LATER + 11)
    assert (parent.cum, parent.cum_before, parent.day_cum, parent.day_avg_px) == (D(120), D(80), D(40), D(90))


# -- what is not applied -----------------------------------------------------------------------------------------------


def _refused(parent: Parent, child: Child, report: ExecutionReport) -> Booked:
    """Books what may change nothing but the list of ExecIDs."""
    before = deepcopy(parent)
    booked = book(parent, child, report, LATER)
    before.children[child.cl_ord_id].exec_ids = set(child.exec_ids)
    assert parent == before
    return booked


@pytest.mark.parametrize(("ref", "named"), [("F9", "F9"), ("", "none")])
@pytest.mark.parametrize("qty", ["0", "30"])
def test_what_no_trade_of_it_is_named_for_is_denied(
    parent: Parent, child: Child, qty: str, ref: str, named: str
) -> None:
    kind = "TRADE_CORRECT" if D(qty) else "TRADE_CANCEL"
    alert = f"T-1-1: ALPHA sends {kind} of ExecID(17) {named}, which is no trade of it"
    booked = _refused(parent, child, corrected(child, ref, qty))
    assert booked == Booked(Effect.NOTHING, alert=alert, deny=DKReason.NO_MATCHING_ORDER)


def test_a_correction_without_an_exec_id_could_be_any(parent: Parent, child: Child) -> None:
    assert _refused(parent, child, corrected(child, "F1", "30", exec_id="")).effect is Effect.NOTHING


@pytest.mark.parametrize(("qty", "price"), [("0", "100"), ("-5", "100"), ("30", "0"), ("30", "-1")])
def test_a_correction_to_nothing_is_none(parent: Parent, child: Child, qty: str, price: str) -> None:
    alert = f"T-1-1: ALPHA sends TRADE_CORRECT of ExecID(17) F1 to {qty} at {price}; not applied"
    report = corrected(child, "F1", qty, price)._replace(exec_type=ExecType.TRADE_CORRECT)
    assert _refused(parent, child, report) == Booked(Effect.NOTHING, alert=alert)


def test_a_cum_qty_that_does_not_follow_is_alerted(parent: Parent, child: Child) -> None:
    booked = book(parent, child, corrected(child, "F1", "30", cum_qty=D(40)), LATER)
    alert = "T-1-1: ALPHA sends TRADE_CORRECT of ExecID(17) F1: it says CumQty(14) 40, its trades add up to 30"
    assert booked == Booked(Effect.CORRECTED, D(30), alert, Fill(D(30), D(100)))


# -- always ------------------------------------------------------------------------------------------------------------

QUANTITIES, PRICES = st.integers(1, 30).map(D), st.decimals("90", "110", places=2)
TRADES = st.tuples(st.just("trade"), st.integers(0, 2), QUANTITIES, PRICES)
CHANGES = st.tuples(st.sampled_from(["correct", "bust"]), st.integers(0, 9), QUANTITIES, PRICES)


@given(dusty=st.booleans(), acts=st.lists(st.one_of(TRADES, CHANGES), max_size=30))
def test_what_stands_adds_up_whatever_was_corrected(dusty: bool, acts: list[tuple[str, int, Decimal, Decimal]]) -> None:
    """Against plain sums over the trades that stand. Dust is worth what the trade it counted with was worth."""
    parent = new_parent(new_order("5000"))
    units = [D(1), D(20), D("0.25")]
    children = [new_child(parent, "20", unit=str(unit), dust="0.0125" if dusty else "0") for unit in units]
    stand: dict[str, tuple[int, Decimal, Decimal]] = {}
    for number, (act, which, qty, price) in enumerate(acts):
        if act == "trade":
            child, ref = children[which], f"F{number}"
            if book(parent, child, trade(child, str(qty), str(price), exec_id=ref), LATER).effect is Effect.TRADED:
                stand[ref] = (which, qty, price)
        elif stand:
            ref = [*stand][which % len(stand)]
            child = children[stand[ref][0]]
            now = qty if act == "correct" else D(0)
            report = corrected(child, ref, str(now), str(price), exec_id=f"G{number}")
            assert book(parent, child, report, LATER).effect in (Effect.CORRECTED, Effect.BUSTED)
            stand[ref] = (stand[ref][0], now, price)

    cums = [sum([qty for which, qty, _ in stand.values() if which == each], D(0)) for each in range(3)]
    full = [child for child, cum in zip(children, cums, strict=True) if cum >= child.qty]
    dust = sum([child.dust for child in full], D(0))
    worth = sum(
        (Fraction(qty) * Fraction(units[which]) * Fraction(price) for which, qty, price in stand.values()), Fraction()
    )
    assert [child.cum for child in children] == cums
    assert parent.cum == sum([cum * unit for cum, unit in zip(cums, units, strict=True)], dust)
    assert parent.cum == sum([child.credit(child.cum) for child in children], D(0))
    assert parent.notional == sum([child.notional for child in children], D(0))
    if not dust:
        assert Fraction(parent.notional) == worth
    else:
        assert Fraction(dust) * 90 <= Fraction(parent.notional) - worth <= Fraction(dust) * 110
    assert parent.avg_px == (0 if not parent.cum else pytest.approx(parent.notional / parent.cum, abs=D("1e-8")))
