from __future__ import annotations

import json
from decimal import Decimal

import pytest

from engine.core.events import OrderReceived
from engine.core.placing import Rules
from engine.market.health import Watch
from engine.market.venues import Listing, Venue
from engine.risk.limits import CustomerLimits, Limits
from fix.business import NewOrderSingle
from fix.enums import OrdType, Side, TimeInForce
from sessions.cycle.outbox import canonical
from sessions.cycle.setup import Party, Role, Setup, core_of, described, restored

D = Decimal
ORDER = NewOrderSingle("C1", "BTC", Side.BUY, D(1), OrdType.LIMIT, D(1), TimeInForce.DAY, 1)
FULL = Setup(
    prefix="T5K3QG",
    venues=(
        Venue(
            "ALPHA",
            "XALP",
            D("0.30"),
            {"BTC": Listing("PERP", D(2), D(6), D("0.1"), D(100), True, D("-0.00010"))},
            times_in_force=frozenset({TimeInForce.IOC, TimeInForce.DAY}),
        ),
        Venue("BETA"),
    ),
    rules=Rules(max_attempts=3, ack_timeout=7, cancel_on_disconnect=frozenset({"OMS", "DESK"})),
    limits=Limits(
        every=CustomerLimits(collar=D("0.10")), credit={"ACC": D("1E+6")}, restricted=frozenset({"B", "A", "C"})
    ),
    watch={"ALPHA": Watch(latency=5, quantile=D("0.99"))},
    kept={"kill": {"scope": "all", "by": ["Ada", 1, None, True]}},
    parties=(
        Party("OMS", Role.OMS, "FIX.4.2"),
        Party("ALPHA", Role.VENUE, "FIX.4.4"),
        Party("C", Role.DROP_COPY, "FIX.4.4"),
    ),
)


@pytest.mark.parametrize("setup", [FULL, Setup("T", ())], ids=["full", "empty"])
def test_what_is_on_record_is_what_it_was_made_of(setup: Setup) -> None:
    again = restored(json.loads(canonical(described(setup))))
    assert again == setup
    assert described(again) == described(setup)


def test_numbers_are_text_and_sets_are_in_order() -> None:
    described_limits = json.loads(canonical(described(FULL)))["limits"]
    assert described_limits["restricted"] == ["A", "B", "C"]
    assert (described_limits["every"]["collar"], described_limits["credit"]) == ("0.10", {"ACC": "1E+6"})


def test_what_is_no_setup_is_an_error_that_names_the_key() -> None:
    with pytest.raises(ValueError, match=r"venues\.0\.name"):
        restored({"prefix": "T", "venues": [{}]})


def test_sessions_have_roles() -> None:
    assert [FULL.named(role) for role in Role] == [["OMS"], ["C"], ["ALPHA"]]


def test_a_core_is_made_of_it() -> None:
    core = core_of(FULL)
    core.handle(OrderReceived("OMS", ORDER), 1)
    assert [command.order_id for command in core.handle(OrderReceived("OMS", ORDER), 2)] == ["T5K3QG-2"] * 2
