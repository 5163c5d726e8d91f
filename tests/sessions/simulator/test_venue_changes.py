"""An order amended and canceled at the venue: terms, place in the queue, names, and what comes too late."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fix.enums import Side
from sessions.simulator.liquidity import Enter
from tests.sessions.cycle.standin import AT, NOW
from tests.sessions.simulator.scene import Scene, new, report

ACME = f"55=ACME|60={AT}|"


def buy(cl_ord_id: str, qty: int, price: str) -> str:
    return f"11={cl_ord_id}|38={qty}|40=2|44={price}|54=1|59=0|"


def replace(cl_ord_id: str, orig: str, qty: int, price: str, more: str = "") -> str:
    return f"11={cl_ord_id}|38={qty}|40=2|41={orig}|44={price}|54=1|59=0|{ACME}{more}"


def refused(cl_ord_id: str, orig: str, status: int, reason: int, text: str, order: str = "XTST-1") -> tuple[str, str]:
    return (
        "ORDER_CANCEL_REJECT",
        f"11={cl_ord_id}|37={order}|39={status}|41={orig}|58={text}|102={reason}|434=2|",
    )


def traded(name: str, n: int, qty: int, cum: int, total: int, px: str = "10.00", status: int = 1) -> tuple[str, str]:
    return report(
        f"6={px}000000|11={name}|14={cum}|17=XTST-X{n}|31={px}|32={qty}|37=XTST-1|38={total}|39={status}|"
        f"54=1|55=ACME|60={AT}|150=F|151={total - cum}|"
    )


def terms(name: str, was: str, n: int, qty: int, price: str, cum: int = 0, status: int = 0) -> tuple[str, str]:
    avg_px = "10.00000000" if cum else "0"
    return report(
        f"6={avg_px}|11={name}|14={cum}|17=XTST-X{n}|37=XTST-1|38={qty}|39={status}|40=2|41={was}|44={price}|"
        f"54=1|55=ACME|59=0|60={AT}|150=5|151={qty - cum}|"
    )


@pytest.fixture
def scene() -> Scene:
    """C1 buys 60 at 10.00, between bid and offer; nothing done."""
    made = Scene()
    assert made.order(buy("C1", 60, "10.00")) == [new("C1", 1, 1, 1, 60)]
    return made


def sells(scene: Scene, qty: int) -> list[tuple[str, ...]]:
    """Somebody sells at 10.00; what the venue says then."""
    scene.due = [Enter(f"S{qty}", Side.SELL, Decimal(qty), Decimal("10.00"))]
    return scene.turn()


def bids(scene: Scene) -> list[tuple[Decimal, Decimal]]:
    return scene.market.book.levels(Side.BUY, 9)


def test_a_replace_is_answered_with_the_new_terms_and_both_names(scene: Scene) -> None:
    assert scene.says("G", replace("C2", "C1", 90, "9.99")) == [terms("C2", "C1", 2, 90, "9.99")]
    assert bids(scene) == [(Decimal("9.99"), Decimal(90)), (Decimal("9.98"), Decimal(50))]


def test_the_order_answers_to_its_new_name_and_no_more_to_the_old_one(scene: Scene) -> None:
    scene.says("G", replace("C2", "C1", 50, "10.00"))
    late = refused("C3", "C2", 0, 99, "C1 was replaced: the order is C2 now")
    assert scene.says("G", replace("C3", "C1", 40, "10.00")) == [late]
    assert sells(scene, 10) == [traded("C2", 3, 10, 10, 50)]
    assert [fill.cl_ord_id for fill in scene.fills] == ["C1"]
    assert scene.says("F", f"11=C4|38=50|41=C2|54=1|{ACME}") == [
        report(
            f"6=10.00000000|11=C4|14=10|17=XTST-X4|37=XTST-1|38=50|39=4|41=C2|54=1|55=ACME|"
            f"58=canceled on request|60={AT}|150=4|151=0|"
        )
    ]


def test_a_status_request_under_an_old_name_is_answered_with_the_new_one(scene: Scene) -> None:
    scene.says("G", replace("C2", "C1", 50, "10.01"))
    body = f"14=0|17=0|37=XTST-1|38=50|39=0|40=2|{{}}44=10.01|54=1|55=ACME|59=0|60={AT}|150=I|151=50|"
    assert scene.says("H", "11=C2|54=1|55=ACME|") == [report("6=0|11=C2|" + body.format(""))]
    assert scene.says("H", "11=C1|54=1|55=ACME|") == [report("6=0|11=C2|" + body.format("41=C1|"))]


def test_more_after_a_partial_fill_leaves_it_partially_filled(scene: Scene) -> None:
    sells(scene, 20)
    assert scene.says("G", replace("C2", "C1", 100, "10.00")) == [terms("C2", "C1", 3, 100, "10.00", 20, 1)]
    assert bids(scene)[0] == (Decimal("10.00"), Decimal(80))


@pytest.mark.parametrize("qty", [20, 10])
def test_as_much_as_was_filled_or_less_means_filled(scene: Scene, qty: int) -> None:
    """FIX 4.4 Appendix D, C.3.b and C.3.c."""
    sells(scene, 20)
    assert scene.says("G", replace("C2", "C1", qty, "10.00")) == [terms("C2", "C1", 3, 20, "10.00", 20, 2)]
    assert bids(scene) == [(Decimal("9.98"), Decimal(50))]
    too_late = refused("C3", "C2", 2, 0, "nothing is left to replace")
    assert scene.says("G", replace("C3", "C2", 90, "10.00")) == [too_late]


def test_a_price_that_crosses_trades_under_the_new_name(scene: Scene) -> None:
    assert scene.says("G", replace("C2", "C1", 60, "10.02")) == [
        terms("C2", "C1", 2, 60, "10.02"),
        traded("C2", 3, 60, 60, 60, "10.02", 2),
    ]


def test_an_order_that_may_no_longer_rest_ends(scene: Scene) -> None:
    replaced, canceled = scene.says("G", replace("C2", "C1", 60, "10.00").replace("59=0", "59=3"))
    assert "|39=0|" in replaced[1]
    assert "|11=C2|" in canceled[1]
    assert "|58=nothing more at this price|" in canceled[1]
    assert bids(scene) == [(Decimal("9.98"), Decimal(50))]


def test_replaces_come_one_upon_another(scene: Scene) -> None:
    """FIX 4.4 Appendix D, D.2.a and D.2.c: the second names the first; without it, it is nobody's."""
    scene.session.heard("G", replace("C2", "C1", 50, "10.00"))
    assert scene.says("G", replace("C3", "C2", 40, "10.00")) == [
        terms("C2", "C1", 2, 50, "10.00"),
        terms("C3", "C2", 3, 40, "10.00"),
    ]
    scene.session.heard("G", replace("C4", "C3", 45, "10.00"))
    assert scene.says("G", replace("C5", "C4", 30, "10.00")) == [
        refused("C4", "C3", 0, 99, "OrderQty(38) 45 is no multiple of 10"),
        refused("C5", "C4", 8, 1, "no such order here", "NONE"),
    ]


@pytest.mark.parametrize(
    ("old", "text"),
    [
        ("38=60", "38=0"),
        ("44=10.00", "44=10.001"),
        ("55=ACME", "55=OTHER"),
        ("54=1", "54=2"),
        ("59=0", "59=7"),
        ("59=0", "59=6"),
    ],
)
def test_terms_that_cannot_be_leave_the_order_as_it_is(scene: Scene, old: str, text: str) -> None:
    [(kind, said)] = scene.says("G", replace("C2", "C1", 60, "10.00").replace(old, text))
    assert (kind, said.partition("|58=")[0]) == ("ORDER_CANCEL_REJECT", "11=C2|37=XTST-1|39=0|41=C1")
    assert sells(scene, 60) == [traded("C1", 2, 60, 60, 60, status=2)]


def test_a_name_is_used_once_whatever_for(scene: Scene) -> None:
    scene.says("G", replace("C2", "C1", 50, "10.00"))
    scene.says("G", replace("C3", "C1", 50, "10.00"))
    for name in ("C1", "C2", "C3"):
        twice = f"ClOrdID(11) {name} was used before"
        assert scene.says("G", replace(name, "C2", 40, "10.00")) == [refused(name, "C2", 0, 6, twice)]
        [answer] = scene.order(buy(name, 10, "9.99"))
        assert f"|58={twice}|60={AT}|103=6|150=8|" in answer[1]


def test_an_order_that_may_have_come_before_is_not_entered_twice(scene: Scene) -> None:
    """FIX 4.4 Appendix D, F.1.b."""
    scene.says("G", replace("C2", "C1", 50, "10.00"))
    for name in ("C1", "C2"):
        [answer] = scene.order(buy(name, 60, "10.00") + "97=Y|")
        assert "|11=C2|14=0|17=0|37=XTST-1|38=50|39=0|" in answer[1]
        assert answer[1].endswith("|150=I|151=50|")
    assert scene.order(buy("C3", 20, "9.99") + "97=Y|") == [new("C3", 2, 5, 1, 20)]
    assert bids(scene)[:2] == [(Decimal("10.00"), Decimal(50)), (Decimal("9.99"), Decimal(20))]


def test_who_watches_the_book_sees_a_replace_at_both_prices(scene: Scene) -> None:
    scene.says("V", "146=1|55=ACME|262=MD1|263=1|264=0|265=1|267=2|269=0|269=1|")
    assert scene.says("G", replace("C2", "C1", 70, "9.99"), NOW + 1)[1:] == [
        (
            "MARKET_DATA_INCREMENTAL_REFRESH",
            "262=MD-ACME|268=2|279=2|269=0|55=ACME|270=10.00|271=0|279=1|269=0|55=ACME|270=9.99|271=70|",
        )
    ]


def test_a_4_2_venue_says_replaced_in_its_own_words() -> None:
    scene = Scene(version="FIX.4.2")
    scene.order("21=1|" + buy("C1", 60, "10.00"))
    [answer] = scene.says("G", "21=1|" + replace("C2", "C1", 50, "10.00"))
    assert "|11=C2|14=0|17=XTST-X2|20=0|37=XTST-1|38=50|39=5|40=2|41=C1|" in answer[1]
    assert "|150=5|151=50|" in answer[1]
