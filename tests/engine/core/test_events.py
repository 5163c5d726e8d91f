from __future__ import annotations

from typing import get_args

from engine.core import events
from engine.core.events import CancelReceived, Event, OrderReceived, Tick
from tests.engine.core.script import Desk
from tests.engine.orders.making import new_order


def test_everything_that_can_happen_is_an_event() -> None:
    defined = {made for made in vars(events).values() if isinstance(made, type) and made.__module__ == events.__name__}
    assert defined == set(get_args(Event))


def test_what_an_oms_sends_is_new_unless_the_store_remembers_it() -> None:
    assert OrderReceived("OMS", new_order()) == OrderReceived("OMS", new_order(), known=False)
    request = Desk().request()
    assert CancelReceived("OMS", request) == CancelReceived("OMS", request, known=False)


def test_time_alone_is_an_event_too() -> None:
    assert Desk().does(Tick()) == ()
