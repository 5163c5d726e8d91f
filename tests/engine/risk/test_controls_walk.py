"""Random histories, judged again by adding up everything that ever happened."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from engine.risk.controls import Controls
from engine.risk.exposure import Open
from engine.risk.limits import CustomerLimits, Limits
from fix.business import NewOrderSingle
from fix.enums import Side
from tests.engine.orders.making import D, new_order

SLOT = 1_000  # every instant is a multiple, so that a window of 64 holds exactly 65 of them
LIMITS = Limits(
    every=CustomerLimits(
        open_value=D(3_000),
        period_value=D(4_000),
        period=64 * SLOT,
        messages=4,
        message_window=5 * SLOT,
        duplicate_window=SLOT,
        repeats=3,
        repeat_window=20 * SLOT,
    ),
    credit={"ACC": D(4_500)},
    total_open_value=D(4_000),
    self_trade=True,
)


class Step(NamedTuple):
    """An order at an instant, and what then becomes of it: so much is traded, and the rest is over or stays."""

    wait: int
    session: str
    qty: int
    price: int
    side: Side
    traded: int
    over: bool


STEPS = st.lists(
    st.builds(
        Step,
        wait=st.sampled_from([0, 0, 1, 2, 6]),
        session=st.sampled_from(["OMS", "DESK"]),
        qty=st.sampled_from([1, 1, 1, 4, 12]),
        price=st.sampled_from([99, 100, 100, 101]),
        side=st.sampled_from([Side.BUY] * 7 + [Side.SELL]),
        traded=st.integers(0, 12),
        over=st.booleans(),
    ),
    max_size=40,
)


class Naive:
    """Remembers all and adds up anew each time; gives the first limit that an order breaks, "" when none."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, int]] = []
        self.tried: list[tuple[str, int, NewOrderSingle]] = []
        self.sent: list[tuple[str, int, NewOrderSingle]] = []
        self.open: dict[int, tuple[str, NewOrderSingle, Decimal]] = {}
        self.traded = D(0)
        self.stopped: set[str] = set()

    def judge(self, session: str, order: NewOrderSingle, now: int) -> str:
        if session in self.stopped:
            return "is stopped until"
        if sum(who == session and at > now - 5 * SLOT for who, at in self.messages) >= 4:
            return "the limit messages"
        self.messages.append((session, now))
        self.tried.append((session, now, order))
        if self._same(self.tried, session, order, now - 20 * SLOT) > 3:
            self.stopped.add(session)
            return "the limit repeats"
        if self._same(self.sent, session, order, now - SLOT):
            return "duplicate_window"
        broken = self._sums(session, order, now)
        if not broken:
            self.sent.append((session, now, order))
        return broken

    def _sums(self, session: str, order: NewOrderSingle, now: int) -> str:
        value = _value(order, order.order_qty)
        opened = {key: _value(each, leaves) for key, (_, each, leaves) in self.open.items()}
        own = sum(opened[key] for key, (who, _, _) in self.open.items() if who == session)
        recent = [o for who, at, o in self.sent if who == session and at > now - 65 * SLOT]
        if value + sum(_value(o, o.order_qty) for o in recent) > 4_000:
            return "period_value"
        if value + own > 3_000:
            return "above open_value"
        if value + sum(opened.values()) > 4_000:
            return "total_open_value"
        if value + sum(opened.values()) + self.traded > 4_500:
            return "credit"
        for _, other, leaves in self.open.values():
            if (
                leaves
                and other.side is not order.side
                and (order.price or 0) * order.side.sign >= (other.price or 0) * order.side.sign
            ):
                return "could trade with"
        return ""

    @staticmethod
    def _same(orders: list[tuple[str, int, NewOrderSingle]], session: str, order: NewOrderSingle, after: int) -> int:
        return sum(who == session and at > after and each == order for who, at, each in orders)


def _value(order: NewOrderSingle, qty: Decimal) -> Decimal:
    """At the higher of limit and reference for a sale; the reference is 100 throughout."""
    assert order.price is not None
    return qty * (order.price if order.side is Side.BUY else max(order.price, D(100)))


@given(STEPS)
def test_every_answer_is_that_of_who_adds_everything_up(steps: list[Step]) -> None:
    controls, naive, now = Controls(LIMITS, {}), Naive(), 0
    for number, step in enumerate(steps):
        now += step.wait * SLOT
        order = new_order(str(step.qty), str(step.price), side=step.side)
        expected = naive.judge(step.session, order, now)
        refusal = controls.refuse(step.session, order, D(100), now)
        assert (refusal is None) is (not expected)
        assert expected in (refusal.text if refusal else "")
        if refusal is not None:
            continue
        traded = min(D(step.traded), order.order_qty)
        leaves = D(0) if step.over else order.order_qty - traded
        entry = Open(step.session, "ACC", "ACME", step.side, leaves, order.price, D(100))
        controls.note(f"T-{number}", None if step.over else entry)
        controls.executed("ACC", traded * D(step.price), now)
        naive.open[number] = (step.session, order, leaves)
        naive.traded += traded * D(step.price)


def test_nothing_grows_with_what_is_over() -> None:
    controls = Controls(LIMITS, {})
    for number in range(3_000):
        order = new_order(str(number % 7 + 1), "100")
        if controls.refuse("OMS", order, D(100), number * 2 * SLOT) is None:
            controls.note(f"T-{number}", Open("OMS", "ACC", "ACME", Side.BUY, order.order_qty, D(100)))
            controls.note(f"T-{number}", None)
    history, exposure = controls._histories["OMS"], controls._exposure
    assert len(controls._histories) == 1
    assert (exposure._open, exposure._values, exposure._prices) == ({}, {}, {})
    assert len(history._sent) <= 1
    assert len(history._repeats) <= 20
    assert len(history.sent_value._slots) <= 66
