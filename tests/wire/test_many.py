"""What an OMS asks of many orders at once, and what ends or repeats an order without anybody asking for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.wire.foreign import Oms, cancel, new_order, utc_now
from tests.wire.market import VERSIONS, Market, market

pytestmark = pytest.mark.wire
RESTS = "40=2|44=50|59=0"


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    with market(tmp_path_factory.mktemp("many")) as made:
        yield made


def _rest(oms: Oms, name: str) -> None:
    """Two of ACME, one to buy and one to sell, and one of GLOBEX."""
    for number, symbol, terms, side in (
        (1, "ACME", RESTS, "1"),
        (2, "ACME", "40=2|44=150", "2"),
        (3, "GLOBEX", RESTS, "1"),
    ):
        oms.says("D", new_order(f"{name}-{number}", symbol, "300", terms, side))
        oms.hears("8", f"11={name}-{number}|150=0|39=0|151=300")


# -- at once -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["OMS", "OMS50"])
def test_all_are_told_and_canceled_at_once(scene: Market, name: str) -> None:
    """Those of another OMS are nobody else's."""
    with scene.oms(name) as oms, scene.oms("LEAVER") as other:
        other.says("D", new_order(f"{name}-OTHER", "ACME", "300", RESTS))
        other.hears("8", "150=0")
        _rest(oms, name)
        oms.says("AF", "584=S1|585=7")
        status = "584=S1|150=I|17=0|39=0|911=3|14=0|151=300"
        oms.hears("8", f"11={name}-1|{status}|912=N")
        oms.hears("8", f"11={name}-2|{status}|912=N")
        oms.hears("8", f"11={name}-3|{status}|912=Y")
        oms.says("AF", "584=S2|585=1|55=ACME|54=2")
        oms.hears("8", f"11={name}-2|584=S2|150=I|39=0|911=1|912=Y")
        oms.says("q", f"11={name}-Q1|530=1|55=ACME|60={utc_now()}")
        done = oms.hears("r", f"11={name}-Q1|530=1|531=1|533=2|532=|55=ACME")
        assert bool(done.get(1369)) == (name == "OMS50")
        ended = [oms.hears("8", f"150=4|39=4|14=0|151=0|58=the OMS's mass cancel {name}-Q1") for _ in range(2)]
        assert sorted(report[11] for report in ended) == [f"{name}-1", f"{name}-2"]
        oms.says("AF", "584=S3|585=7")
        oms.hears("8", f"11={name}-3|584=S3|911=1|912=Y")
        oms.says("q", f"11={name}-Q2|530=7|60={utc_now()}")
        oms.hears("r", f"11={name}-Q2|530=7|531=7|533=1|532=")
        oms.hears("8", f"11={name}-3|150=4|39=4|58=the OMS's mass cancel {name}-Q2")
        oms.says("AF", "584=S4|585=7")
        oms.hears("8", "37=NONE|584=S4|150=I|39=8|911=0|912=Y|58=no open order")
        oms.hears_no_more()
        other.hears_no_more()
        other.says("F", cancel(f"{name}-OTHER-C", f"{name}-OTHER", "ACME"))
        other.hears("8", "150=6|39=6|151=300")
        other.hears("8", "150=4|39=4|14=0")


@pytest.mark.parametrize("name", ["OMS", "OMS50"])
def test_what_cannot_be_asked_of_many_is_refused(scene: Market, name: str) -> None:
    with scene.oms(name) as oms:
        _rest(oms, f"{name}-R")
        for number, (asked, told, why) in enumerate(
            (
                ("530=1|55=ATLANTIS", "530=1|531=0|532=1", "Symbol(55) ATLANTIS is not traded here"),
                ("530=5", "530=5|531=0|532=0", "MassCancelRequestType(530) CANCEL_ORDERS_FOR_A_SECURITY_TYPE is not"),
            )
        ):
            raw = oms.says("q", f"11={name}-N{number}|{asked}|60={utc_now()}")
            assert oms.hears("r", f"11={name}-N{number}|{told}")[58].startswith(why)
            assert scene.verdict(raw).startswith(f"refuse: {why}")
        oms.says("q", f"11={name}-R-1|530=7|60={utc_now()}")
        oms.hears("r", f"11={name}-R-1|531=0|532=99|58=ClOrdID(11) {name}-R-1 was used before")
        oms.says("q", f"11={name}-N9|530=1|60={utc_now()}")
        oms.hears("3", "371=55|372=q|373=1")
        oms.says("AF", "584=S|585=1")
        oms.hears("3", "371=55|372=AF|373=1")
        oms.says("AF", "584=S|585=4")
        assert oms.hears("8", "37=NONE|584=S|39=8|911=0|912=Y")[58].startswith("MassStatusReqType(585) ")
        oms.says("AF", "584=S|585=7")
        for number in (1, 2, 3):
            oms.hears("8", f"11={name}-R-{number}|39=0|911=3")
        oms.says("q", f"11={name}-END|530=7|60={utc_now()}")
        oms.hears("r", "531=7|533=3")
        for _ in range(3):
            oms.hears("8", "150=4|39=4")
        oms.hears_no_more()


@pytest.mark.parametrize(("kind", "body"), [("q", "11=OLD|530=7"), ("AF", "584=S|585=7")])
def test_the_oldest_version_has_none_of_it(scene: Market, kind: str, body: str) -> None:
    with scene.oms("OMS42") as oms:
        raw = oms.says(kind, body)
        oms.hears("3", f"45=2|372={kind}|373=11|58=Invalid MsgType")
        assert scene.kept(raw) == "skipped"
        oms.hears_no_more()


# -- without being asked -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", VERSIONS)
def test_an_order_ends_at_its_expire_time(scene: Market, name: str) -> None:
    ends = (datetime.now(UTC) + timedelta(seconds=2)).strftime("%Y%m%d-%H:%M:%S.000")
    with scene.oms(name) as oms:
        oms.says("D", new_order(f"{name}-GTD", "ACME", "300", f"40=2|44=50|59=6|126={ends}"))
        told = oms.hears("8", f"11={name}-GTD|150=0|39=0|59=6|126={ends}|424=300|425=0")
        over = oms.hears("8", f"11={name}-GTD|37={told[37]}|150=C|39=C|14=0|151=0|32=")
        assert over[52] >= ends
        oms.hears_no_more()


@pytest.mark.parametrize("name", VERSIONS)
def test_what_may_have_come_before_comes_once(scene: Market, name: str) -> None:
    """PossResend(97)=Y: taken for new where it is, else answered with how it stands (Appendix D, F.1.b)."""
    with scene.oms(name) as oms:
        body = new_order(f"{name}-PR", "ACME", "300", RESTS)
        oms.says("D", body, header="97=Y")
        order = oms.hears("8", f"11={name}-PR|150=0|39=0|151=300")[37]
        raw = oms.says("D", body, header="97=Y")
        state = "20=3" if name == "OMS42" else "150=I"
        oms.hears("8", f"11={name}-PR|37={order}|17=0|{state}|39=0|38=300|14=0|151=300|103=")
        assert scene.verdict(raw) == f"ignore: PossResend(97)=Y of ClOrdID(11) {name}-PR, which came before"
        assert scene.asked(order) == "DDD"
        oms.says("F", cancel(f"{name}-PR-C", f"{name}-PR", "ACME"))
        oms.hears("8", f"11={name}-PR-C|150=6|39=6")
        oms.hears("8", f"11={name}-PR-C|150=4|39=4")
        oms.says("D", body, header="97=Y")
        oms.hears("8", f"11={name}-PR|37={order}|17=0|{state}|39=4|14=0|151=0")
        oms.hears_no_more()


@pytest.mark.parametrize("name", VERSIONS)
def test_a_trade_that_the_oms_does_not_know_is_for_people(scene: Market, name: str) -> None:
    with scene.oms(name) as oms:
        oms.says("D", new_order(f"{name}-DK", "ACME", "3", "40=2|44=200|59=3"))
        order = oms.hears("8", f"11={name}-DK|150=0")[37]
        trades = [oms.hears("8", f"11={name}-DK")]
        while trades[-1][39] != "2":
            trades.append(oms.hears("8", f"11={name}-DK"))
        trade = f"17={trades[0][17]}|55=ACME|54=1|38=3|32={trades[0][32]}|31={trades[0][31]}"
        raw = oms.says("Q", f"37={order}|{trade}|127=C|58=we asked for less")
        oms.says("Q", f"37=NEVER|{trade}|127=D")
        oms.hears_no_more()
        what = f"{name} does not know the trade {trades[0][17]} of"
        assert scene.verdict(raw) == f"alert: {what} {order}: DKReason(127) QUANTITY_EXCEEDS_ORDER we asked for less"
        assert scene.alerts()[-1] == f"{what} NEVER: DKReason(127) NO_MATCHING_ORDER"
        oms.says("H", f"11={name}-DK|55=ACME|54=1")
        oms.hears("8", f"11={name}-DK|39=2|14=3")  # nothing is taken back that a venue has not


@pytest.mark.parametrize("how", ["hangs up", "logs out"])
def test_the_orders_of_an_oms_end_with_its_session(scene: Market, oms: Oms, how: str) -> None:
    """If it is configured so; those of others stay."""
    name = how.upper()
    oms.says("D", new_order(f"{name} STAYS", "ACME", "300", RESTS))
    oms.hears("8", "150=0")
    with scene.oms("LEAVER") as leaver:
        leaver.says("D", new_order(f"{name}", "ACME", "300", RESTS))
        order = leaver.hears("8", f"11={name}|150=0|39=0")[37]
        if how == "hangs up":
            leaver.hang_up()
        else:
            leaver.log_out()
        scene.says("LEAVER logged off")
        scene.decides("finish: the session with LEAVER ended")
        assert scene.asked(order) == "DDDFFF"
        missed = leaver.comes_back(scene.port)
        leaver.says("2", f"7={missed}|16=0")
        over = "150=4|39=4|14=0|151=0|58=the session with LEAVER ended"
        leaver.hears("8", f"43=Y|34={missed}|11={name}|37={order}|{over}")
        leaver.leaves()
    oms.says("H", f"11={name} STAYS|55=ACME|54=1")
    oms.hears("8", f"11={name} STAYS|39=0|151=300")
    oms.says("F", cancel(f"{name} GOES", f"{name} STAYS", "ACME"))
    oms.hears("8", "150=6|39=6")
    oms.hears("8", "150=4|39=4")
    oms.hears_no_more()
