"""Orders that end by the clock, the end of a day, a halt, a session that ends, and requests about many orders."""

from __future__ import annotations

from decimal import Decimal

from fix.enums import Side
from sessions.simulator.liquidity import Enter
from sessions.simulator.venue import Conduct
from tests.sessions.cycle.standin import AT, NOW
from tests.sessions.simulator.scene import Scene, new

SECOND = 1_000_000_000
HOUR = 3600 * SECOND
TEN = 22 * HOUR  # NOW is 22:13:20
MIDNIGHT = NOW + 2 * HOUR - 800 * SECOND
ACME = f"55=ACME|60={AT}|"


def said(answers: list[tuple[str, ...]]) -> list[str]:
    """ClOrdID, ExecType and OrdStatus of reports; other messages by name."""
    shown = []
    for kind, text in answers:
        fields = dict(field.split("=", 1) for field in text.split("|") if field)
        named = kind == "EXECUTION_REPORT"
        shown.append(f"{fields['11']} {fields['150']} {fields['39']} {fields.get('58', '')}".strip() if named else kind)
    return shown


def rests(scene: Scene, cl_ord_id: str, more: str = "59=0|", side: int = 1, now: int = NOW) -> None:
    """10 more in between bid and offer."""
    price = "10.00" if side == 1 else "10.01"
    [answer] = scene.order(f"11={cl_ord_id}|38=10|40=2|44={price}|54={side}|{more}", now)
    assert "|150=0|" in answer[1], answer


# -- good till -----------------------------------------------------------------------------------------------------


def test_an_order_expires_at_its_time_and_no_earlier() -> None:
    scene = Scene()
    rests(scene, "C1", "59=6|126=20231114-22:13:30.000|")
    assert scene.turn(NOW + 10 * SECOND - 1) == []
    [(_, text)] = scene.turn(NOW + 10 * SECOND)
    assert "|39=C|" in text
    assert "|58=its ExpireTime(126) has come|" in text
    assert text.endswith("|150=C|151=0|424=10|425=0|426=0|")
    assert scene.turn(NOW + HOUR) == []


def test_a_replace_gives_it_more_time_or_takes_the_limit_away() -> None:
    scene = Scene()
    for name in ("A", "B"):
        rests(scene, name, "59=6|126=20231114-22:13:30.000|")
    terms = f"38=10|40=2|44=10.00|54=1|{ACME}"
    scene.says("G", f"11=A2|41=A|59=6|126=20231114-22:13:40.000|{terms}")
    scene.says("G", f"11=B2|41=B|59=1|{terms}")
    assert scene.turn(NOW + 10 * SECOND) == []
    assert said(scene.turn(NOW + 20 * SECOND)) == ["A2 C C its ExpireTime(126) has come"]
    assert scene.turn(NOW + HOUR) == []


def test_a_time_that_is_past_is_refused() -> None:
    [(_, text)] = Scene().order("11=C1|38=10|40=2|44=10.00|54=1|59=6|126=20231114-22:13:20.000|")
    assert "|58=ExpireTime(126) is missing or past|" in text


def test_without_an_end_of_day_a_day_order_stays() -> None:
    scene = Scene()
    rests(scene, "C1")
    assert scene.turn(NOW + 100 * HOUR) == []


def test_at_the_end_of_the_day_day_orders_expire_and_the_others_begin_a_new_day() -> None:
    """FIX 4.4 Appendix D, H.1.a: DayOrderQty(424) is what was open when the day began."""
    scene = Scene(Conduct(day_ends=24 * HOUR))
    rests(scene, "C1", "59=1|")
    scene.due = [Enter("S", Side.SELL, Decimal(10), Decimal("10.00"))]
    assert said(scene.turn()) == ["C1 F 2"]
    scene.order("11=C2|38=30|40=2|44=10.00|54=1|59=1|")
    rests(scene, "C3")
    scene.due = [Enter("T", Side.SELL, Decimal(20), Decimal("10.00"))]
    [(_, text)] = scene.turn()
    assert text.endswith("|150=F|151=10|424=30|425=20|426=10.00000000|")
    assert scene.turn(MIDNIGHT - 1) == []
    restated, expired = scene.turn(MIDNIGHT)
    assert said([restated, expired]) == ["C2 D 1", "C3 C C the day has ended"]
    assert "|11=C2|14=20|" in restated[1]
    assert restated[1].endswith("|150=D|151=10|378=1|424=10|425=0|426=0|")
    assert scene.turn(MIDNIGHT + 1) == []
    assert said(scene.turn(MIDNIGHT + 24 * HOUR)) == ["C2 D 1"]


# -- halts and lost sessions ---------------------------------------------------------------------------------------


def test_while_it_is_halted_nothing_trades_and_only_cancels_are_taken() -> None:
    scene = Scene(Conduct(halt_at=5 * SECOND, halt_for=10 * SECOND))
    rests(scene, "C1", now=NOW + 1)
    at = NOW + 5 * SECOND
    scene.due = [Enter("S", Side.SELL, Decimal(10), Decimal("10.00"))]
    assert scene.turn(at) == []
    assert said(scene.order("11=C2|38=10|40=1|54=1|", at)) == ["C2 8 8 trading is halted"]
    [refused] = scene.says("G", f"11=C3|38=20|40=2|41=C1|44=10.00|54=1|59=0|{ACME}", at)
    assert refused[1] == "11=C3|37=XTST-1|39=0|41=C1|58=trading is halted|102=99|434=2|"
    assert scene.turn(at + 10 * SECOND - 1) == []
    assert said(scene.turn(at + 10 * SECOND)) == ["C1 F 2"]
    scene = Scene(Conduct(halt_at=0, halt_for=1), at=NOW)
    rests(scene, "C1", now=NOW + 1)


def test_orders_stay_when_the_session_ends() -> None:
    scene = Scene()
    rests(scene, "C1")
    scene.session.logged(up=False)
    assert scene.turn() == []


def test_orders_end_with_the_session_where_that_is_asked_for() -> None:
    """Those it had sent as well that were still on their way; a session that comes back starts with none."""
    scene = Scene(Conduct(latency=5, cancel_on_disconnect=True))
    scene.session.heard("D", f"11=C1|38=10|40=2|44=10.00|54=1|59=0|{ACME}")
    scene.session.logged(up=False)
    assert scene.turn(NOW + 4) == []
    assert said(scene.turn(NOW + 9)) == ["C1 0 0", "C1 4 4 canceled on disconnect"]
    scene.session.logged(up=True)
    scene.session.heard("D", f"11=C2|38=10|40=2|44=10.00|54=1|59=0|{ACME}", NOW + 10)
    assert scene.turn(NOW + 15) == [new("C2", 2, 3, 1, 10)]
    assert scene.turn(NOW + 100) == []


# -- many orders at once -------------------------------------------------------------------------------------------


def many() -> Scene:
    """A and B buy, C sells, D is over."""
    scene = Scene()
    for name in ("A", "B"):
        rests(scene, name)
    rests(scene, "C", side=2)
    scene.order("11=D|38=10|40=2|44=9.99|54=1|59=3|")
    return scene


def test_a_mass_cancel_is_reported_first_and_then_order_by_order() -> None:
    scene = many()
    answers = scene.says("q", f"11=M1|60={AT}|530=7|")
    assert answers[0] == ("ORDER_MASS_CANCEL_REPORT", f"11=M1|37=XTST-M1|60={AT}|530=7|531=7|533=3|")
    assert said(answers[1:]) == [f"{name} 4 4 mass cancel M1" for name in "ABC"]
    assert scene.says("q", f"11=M2|55=ACME|60={AT}|530=1|") == [
        ("ORDER_MASS_CANCEL_REPORT", f"11=M2|37=XTST-M2|55=ACME|60={AT}|530=1|531=1|533=0|")
    ]


def test_a_mass_cancel_may_be_of_one_side() -> None:
    assert said(many().says("q", f"11=M1|54=1|60={AT}|530=7|")[1:]) == [f"{name} 4 4 mass cancel M1" for name in "AB"]


def test_a_mass_cancel_of_what_is_not_traded_or_known_is_refused_and_cancels_nothing() -> None:
    scene = many()
    assert scene.says("q", f"11=M1|55=OTHER|60={AT}|530=1|") == [
        (
            "ORDER_MASS_CANCEL_REPORT",
            f"11=M1|37=XTST-M1|55=OTHER|58=Symbol(55) OTHER is not traded here|60={AT}|530=1|531=0|532=1|",
        )
    ]
    [(_, text)] = scene.says("q", f"11=M2|60={AT}|530=3|")
    assert text.endswith("|530=3|531=0|532=0|")
    assert len(scene.says("q", f"11=M3|60={AT}|530=7|")) == 4


def test_a_mass_status_request_finds_what_works() -> None:
    scene = many()
    answers = scene.says("AF", "584=S1|585=7|")
    assert said(answers) == ["A I 0", "B I 0", "C I 0"]
    assert ["|584=S1|911=3|912=Y|" in text for _, text in answers] == [False, False, True]
    assert ["|584=S1|911=3|912=N|" in text for _, text in answers] == [True, True, False]
    assert said(scene.says("AF", "54=2|55=ACME|584=S2|585=1|")) == ["C I 0"]


def test_a_mass_status_request_that_finds_nothing_is_told_so() -> None:
    for request in ("55=OTHER|584=S1|585=1|", "584=S1|585=3|"):
        [(kind, text)] = many().says("AF", request)
        assert (kind, "|11=S1|" in text and "|37=NONE|" in text, "|39=8|" in text) == ("EXECUTION_REPORT", True, True)
        assert "|58=no such order here|" in text
        assert "584=S1|911=0|912=Y|" in text


def test_a_4_2_venue_does_not_know_requests_about_many_orders() -> None:
    scene = Scene(version="FIX.4.2")
    for msg_type in ("q", "AF"):
        [(kind, text)] = scene.says(msg_type, "11=M1|")
        assert (kind, f"58=MsgType(35) {msg_type} is not supported here" in text) == ("BUSINESS_MESSAGE_REJECT", True)
