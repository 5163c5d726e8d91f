from __future__ import annotations

from decimal import Decimal

from fix.enums import Side, TimeInForce
from sessions.simulator.liquidity import Enter, Withdraw
from tests.sessions.simulator.scene import Scene

SUBSCRIBE = "146=1|55=ACME|262=MD1|263=1|264=0|265=1|267=2|269=0|269=1|"
SNAPSHOT = ("MARKET_DATA_SNAPSHOT_FULL_REFRESH", "55=ACME|262=MD1|268=2|269=0|270=9.98|271=50|269=1|270=10.02|271=100|")


def test_a_subscription_gets_the_book_now_and_each_change_from_then_on() -> None:
    scene = Scene()
    assert scene.says("V", SUBSCRIBE) == [SNAPSHOT]
    scene.due = [Withdraw("BG2"), Enter("BG3", Side.BUY, Decimal(30), Decimal("9.97"))]
    assert scene.turn() == [
        (
            "MARKET_DATA_INCREMENTAL_REFRESH",
            "262=MD-ACME|268=2|279=2|269=0|55=ACME|270=9.98|271=0|279=1|269=0|55=ACME|270=9.97|271=30|",
        )
    ]
    assert scene.turn() == []


def test_a_level_that_changes_twice_in_a_turn_is_told_once() -> None:
    scene = Scene()
    scene.says("V", SUBSCRIBE)
    scene.due = [Enter(f"BG{n}", Side.BUY, Decimal(10), Decimal("9.98")) for n in (3, 4)]
    assert scene.turn() == [
        ("MARKET_DATA_INCREMENTAL_REFRESH", "262=MD-ACME|268=1|279=1|269=0|55=ACME|270=9.98|271=70|")
    ]


def test_a_client_sees_its_own_orders_in_the_book() -> None:
    scene = Scene()
    scene.says("V", SUBSCRIBE)
    assert scene.order("11=C1|38=10|40=2|44=10.00|54=1|")[1:] == [
        ("MARKET_DATA_INCREMENTAL_REFRESH", "262=MD-ACME|268=1|279=1|269=0|55=ACME|270=10.00|271=10|")
    ]


def test_who_asks_for_a_snapshot_hears_nothing_more_and_who_disables_hears_nothing() -> None:
    scene = Scene()
    assert scene.says("V", SUBSCRIBE.replace("263=1", "263=0")) == [SNAPSHOT]
    scene.due = [Withdraw("BG2")]
    assert scene.turn() == []
    scene.says("V", SUBSCRIBE)
    assert scene.says("V", SUBSCRIBE.replace("263=1", "263=2")) == []
    scene.due = [Withdraw("BG1")]
    assert scene.turn() == []


def test_market_data_of_an_unknown_symbol_is_refused() -> None:
    assert Scene().says("V", SUBSCRIBE.replace("ACME", "NOPE")) == [
        ("MARKET_DATA_REQUEST_REJECT", "58=Symbol(55) NOPE is not traded here|262=MD1|281=0|")
    ]


def test_a_subscription_ends_with_the_session() -> None:
    scene = Scene()
    scene.says("V", SUBSCRIBE)
    scene.session.logged(up=False)
    scene.session.logged(up=True)
    scene.due = [Withdraw("BG1")]
    assert scene.turn() == []


def test_nothing_is_published_while_the_session_is_down() -> None:
    scene = Scene()
    scene.says("V", SUBSCRIBE)
    scene.session.up = False
    scene.due = [Withdraw("BG1")]
    assert scene.turn() == []


def test_background_orders_alone_say_nothing_and_make_no_fills() -> None:
    scene = Scene()
    scene.due = [Enter("BG3", Side.BUY, Decimal(100), Decimal("10.02"))]
    assert scene.turn() == []
    assert scene.fills == []
    scene.market.book.enter("BG4", Side.SELL, Decimal(10), Decimal("9.98"), TimeInForce.DAY)
    assert scene.market.book.levels(Side.BUY, 9) == [(Decimal("9.98"), Decimal(40))]
