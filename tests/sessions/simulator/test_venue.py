from __future__ import annotations

from decimal import Decimal

import pytest

from fix.enums import Side
from sessions.gateway.session import Came
from sessions.simulator.liquidity import Enter
from sessions.simulator.reporter import Fill
from sessions.simulator.venue import Conduct
from tests.sessions.cycle.standin import AT, NOW
from tests.sessions.simulator.scene import ORDER, Scene, new, rejected, report


def test_a_limit_order_within_the_book_is_acknowledged_and_filled() -> None:
    scene = Scene()
    assert scene.order("11=C1|38=60|40=2|44=10.02|54=1|59=0|") == [
        new("C1", 1, 1, 1, 60),
        report(
            f"6=10.02000000|11=C1|14=60|17=XTST-X2|31=10.02|32=60|37=XTST-1|38=60|39=2|54=1|55=ACME|60={AT}|150=F|151=0|"
        ),
    ]
    assert scene.fills == [Fill(NOW, "C1", "XTST-X2", Side.BUY, Decimal(60), Decimal("10.02"))]


def test_what_an_ioc_order_cannot_take_is_canceled() -> None:
    scene = Scene()
    assert scene.order("11=C1|38=130|40=2|44=10.02|54=1|59=3|") == [
        new("C1", 1, 1, 1, 130),
        report(
            f"6=10.02000000|11=C1|14=100|17=XTST-X2|31=10.02|32=100|37=XTST-1|38=130|39=1|54=1|55=ACME|60={AT}|150=F|151=30|"
        ),
        report(
            f"6=10.02000000|11=C1|14=100|17=XTST-X3|37=XTST-1|38=130|39=4|54=1|55=ACME|"
            f"58=nothing more at this price|60={AT}|150=4|151=0|"
        ),
    ]


def test_a_resting_order_trades_when_the_background_comes_to_it() -> None:
    scene = Scene()
    assert scene.order("11=C1|38=20|40=2|44=10.00|54=1|59=0|") == [new("C1", 1, 1, 1, 20)]
    scene.due = [Enter("BG3", Side.SELL, Decimal(10), Decimal("10.00"))]
    assert scene.turn() == [
        report(
            f"6=10.00000000|11=C1|14=10|17=XTST-X2|31=10.00|32=10|37=XTST-1|38=20|39=1|54=1|55=ACME|60={AT}|150=F|151=10|"
        )
    ]


def test_a_client_may_trade_with_itself_and_hears_both_sides() -> None:
    scene = Scene()
    scene.order("11=C1|38=10|40=2|44=10.00|54=1|59=0|")
    assert scene.order("11=C2|38=10|40=2|44=10.00|54=2|59=0|") == [
        new("C2", 2, 2, 2, 10),
        report(
            f"6=10.00000000|11=C1|14=10|17=XTST-X3|31=10.00|32=10|37=XTST-1|38=10|39=2|54=1|55=ACME|60={AT}|150=F|151=0|"
        ),
        report(
            f"6=10.00000000|11=C2|14=10|17=XTST-X4|31=10.00|32=10|37=XTST-2|38=10|39=2|54=2|55=ACME|60={AT}|150=F|151=0|"
        ),
    ]
    assert [fill.cl_ord_id for fill in scene.fills] == ["C1", "C2"]


@pytest.mark.parametrize(
    ("order", "qty", "text", "reason"),
    [
        ("38=0|40=1|54=1|", "0", "OrderQty(38) 0 is no multiple of 10", "13"),
        ("38=15|40=1|54=1|", "15", "OrderQty(38) 15 is no multiple of 10", "13"),
        ("38=10|40=3|54=1|99=9|", "10", "MARKET and LIMIT with DAY, IOC, FOK, GTC or GTD are supported", "11"),
        ("38=10|40=1|54=1|59=7|", "10", "MARKET and LIMIT with DAY, IOC, FOK, GTC or GTD are supported", "11"),
        ("38=10|40=2|54=1|", "10", "Price(44) is missing or not above zero", "99"),
        ("38=10|40=2|44=-1|54=1|", "10", "Price(44) is missing or not above zero", "99"),
        ("38=10|40=2|44=10.005|54=1|", "10", "Price(44) 10.005 is no multiple of 0.01", "99"),
    ],
)
def test_an_order_it_cannot_take_is_rejected_with_the_reason(order: str, qty: str, text: str, reason: str) -> None:
    assert Scene().order(f"11=C1|{order}") == [rejected("C1", 1, 1, qty, text, reason)]


def test_a_side_it_does_not_trade_is_rejected() -> None:
    text = f"58=Side(54) CROSS is not supported|60={AT}|103=11|150=8|151=0|"
    assert Scene().order("11=C1|38=10|40=1|54=8|") == [
        report(f"6=0|11=C1|14=0|17=XTST-X1|37=XTST-1|38=10|39=8|54=8|55=ACME|{text}")
    ]


def test_a_symbol_it_does_not_trade_is_rejected() -> None:
    text = f"58=Symbol(55) NOPE is not traded here|60={AT}|103=1|150=8|151=0|"
    assert Scene().says("D", f"11=C1|38=10|40=1|54=1|55=NOPE|60={AT}|") == [
        report(f"6=0|11=C1|14=0|17=XTST-X1|37=XTST-1|38=10|39=8|54=1|55=NOPE|{text}")
    ]


def test_a_cl_ord_id_used_before_is_rejected() -> None:
    scene = Scene()
    scene.order("11=C1|38=10|40=2|44=9.99|54=1|")
    text = "ClOrdID(11) C1 was used before"
    assert scene.order("11=C1|38=10|40=2|44=9.99|54=1|") == [rejected("C1", 2, 2, "10", text, "6")]


def test_every_nth_order_is_refused_where_that_is_asked_for() -> None:
    scene = Scene(Conduct(reject_every=2))
    assert scene.order("11=C1|38=10|40=2|44=9.99|54=1|") == [new("C1", 1, 1, 1, 10)]
    refused = rejected("C2", 2, 2, "10", "every 2th order is refused here", "0")
    assert scene.order("11=C2|38=10|40=2|44=9.99|54=1|") == [refused]


def test_what_cannot_be_read_gets_a_reject_and_changes_nothing() -> None:
    scene = Scene()
    assert scene.order("11=C1|38=ten|40=1|54=1|") == [
        ("REJECT", "45=1|58=tag 38: 'ten' is not a number|371=38|372=D|373=6|")
    ]
    assert scene.order("11=C1|38=10|40=2|44=9.99|54=1|") == [new("C1", 1, 1, 1, 10)]


def test_a_message_type_it_does_not_handle_gets_a_business_message_reject() -> None:
    scene = Scene()
    assert scene.says("J", "11=C2|70=A|") == [
        ("BUSINESS_MESSAGE_REJECT", "45=1|58=MsgType(35) J is not supported here|372=J|379=C2|380=3|")
    ]
    assert scene.says("0", "") == []


def test_bytes_that_are_no_message_do_not_end_it() -> None:
    scene = Scene()
    scene.session.heard_bytes(b"8=FIX.4.4\x019=5\x0135=D\x01junk\x0110=000\x01", came=Came.IN)
    scene.session.heard_bytes(b"\xff\xfe", came=Came.SKIPPED)
    assert scene.turn() == []
    assert scene.order("11=C1|38=10|40=2|44=9.99|54=1|") == [new("C1", 1, 1, 1, 10)]


# -- cancel and status ---------------------------------------------------------------------------------------------


def test_a_cancel_answers_with_both_cl_ord_ids_and_frees_what_is_open() -> None:
    scene = Scene()
    scene.order("11=C1|38=60|40=2|44=9.98|54=2|")  # 50 trade at once, 10 rest
    assert scene.says("F", f"11=C2|38=60|41=C1|54=2|55=ACME|60={AT}|") == [
        report(
            f"6=9.98000000|11=C2|14=50|17=XTST-X3|37=XTST-1|38=60|39=4|41=C1|54=2|55=ACME|"
            f"58=canceled on request|60={AT}|150=4|151=0|"
        )
    ]
    assert scene.market.book.levels(Side.SELL, 9) == [(Decimal("10.02"), Decimal(100))]


def test_a_cancel_that_comes_too_late_or_means_nothing_is_refused() -> None:
    scene = Scene()
    scene.order("11=C1|38=10|40=1|54=1|")
    assert scene.says("F", f"11=C2|38=10|41=C1|54=1|55=ACME|60={AT}|") == [
        ("ORDER_CANCEL_REJECT", "11=C2|37=XTST-1|39=2|41=C1|58=nothing is left to cancel|102=0|434=1|")
    ]
    assert scene.says("F", f"11=C4|38=10|41=C3|54=1|55=ACME|60={AT}|") == [
        ("ORDER_CANCEL_REJECT", "11=C4|37=NONE|39=8|41=C3|58=no such order here|102=1|434=1|")
    ]


def test_a_status_request_is_answered_with_the_order_as_it_stands() -> None:
    scene = Scene()
    scene.order("11=C1|38=60|40=2|44=9.98|54=2|")
    assert scene.says("H", "11=C1|54=2|55=ACME|") == [
        report(
            f"6=9.98000000|11=C1|14=50|17=0|37=XTST-1|38=60|39=1|40=2|44=9.98|54=2|55=ACME|59=0|60={AT}|150=I|151=10|"
        )
    ]


def test_a_status_request_for_an_unknown_order_is_answered_rejected() -> None:
    assert Scene().says("H", "11=C9|54=1|55=ACME|") == [
        report(f"6=0|11=C9|14=0|17=0|37=NONE|38=0|39=8|54=1|55=ACME|58=no such order here|60={AT}|103=5|150=I|151=0|")
    ]


def test_a_refused_order_is_unknown_afterwards() -> None:
    scene = Scene()
    scene.order("11=C1|38=15|40=1|54=1|")
    (answer,) = scene.says("H", "11=C1|54=1|55=ACME|")
    assert "|37=NONE|" in answer[1]


# -- latency, versions ---------------------------------------------------------------------------------------------


def test_nothing_is_answered_before_the_latency_has_passed() -> None:
    scene = Scene(Conduct(latency=5_000))
    scene.session.heard("D", "11=C1|38=10|40=2|44=9.99|54=1|" + ORDER)
    assert scene.turn(NOW + 4_999) == []
    assert [said[0] for said in scene.turn(NOW + 5_000)] == ["EXECUTION_REPORT"]


def test_a_4_2_venue_says_1_and_2_and_an_exec_trans_type() -> None:
    scene = Scene(version="FIX.4.2")
    assert scene.order("11=C1|21=1|38=60|40=2|44=10.02|54=1|59=0|")[1] == report(
        f"6=10.02000000|11=C1|14=60|17=XTST-X2|20=0|31=10.02|32=60|37=XTST-1|38=60|39=2|54=1|55=ACME|60={AT}|150=2|151=0|"
    )
