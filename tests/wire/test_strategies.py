"""What an OMS asks for with TargetStrategy(847), in each version, against simulated venues."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from engine.dropcopy.store import Kind
from tests.wire.foreign import cancel, new_order
from tests.wire.market import VENUES, VERSIONS, Market, market

pytestmark = pytest.mark.wire
TRADES = "40=2|44=110|59=3"


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    with market(tmp_path_factory.mktemp("strategies")) as made:
        yield made


def in_seconds(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).strftime("%Y%m%d-%H:%M:%S.%f")[:-3]


def asks(strategy: str, **parameters: object) -> str:
    """The group as it stands in an order."""
    given = "".join(f"|958={name}|960={value}" for name, value in parameters.items())
    return f"|847={strategy}|957={len(parameters)}{given}" if parameters else f"|847={strategy}"


def children(scene: Market, order_id: str) -> list[str]:
    """OrderQty(38) of each child, as sent."""
    sent = [record for record in scene.records() if record.kind == Kind.OUT and record.order_id == order_id]
    orders = [record.body.decode() for record in sent if record.session in VENUES and record.msg_type == "D"]
    return [order.partition("\x0138=")[2].partition("\x01")[0] for order in orders]


def decided(scene: Market, order_id: str, kind: str) -> list[dict[str, object]]:
    records = [record for record in scene.records() if record.kind == Kind.DECISION and record.order_id == order_id]
    return [each["detail"] for each in map(json.loads, (record.body for record in records)) if each["kind"] == kind]


@pytest.mark.parametrize("name", VERSIONS)
def test_a_twap_goes_in_slices_and_its_plan_is_on_record(scene: Market, name: str) -> None:
    with scene.oms(name) as oms:
        strategy = asks("1001", EndTime=in_seconds(3), Slices=3)
        oms.says("D", new_order(f"{name}-TWAP", "ACME", "30", TRADES) + strategy)
        order_id = oms.hears("8", f"11={name}-TWAP|150=0|39=0|151=30")[37]
        told = oms.hears("8", f"11={name}-TWAP")
        while told[39] != "2":
            told = oms.hears("8", f"11={name}-TWAP")
        assert told.picked(14, 151) == "14=30|151=0"
        assert sum(map(int, children(scene, order_id))) >= 30
        [plan] = decided(scene, order_id, "schedule")
        assert (plan["strategy"], len(plan["release"]["profile"])) == ("TWAP", 3)  # type: ignore[index]
        assert len(decided(scene, order_id, "route")) >= 3


@pytest.mark.parametrize("name", VERSIONS)
def test_an_iceberg_shows_no_more_than_its_part(scene: Market, name: str) -> None:
    with scene.oms(name) as oms:
        oms.says("D", new_order(f"{name}-ICE", "ACME", "300", "40=2|44=50|59=0|111=90"))
        order_id = oms.hears("8", f"11={name}-ICE|150=0|39=0|151=300")[37]
        assert children(scene, order_id) == ["30", "30", "30"]
        oms.says("F", cancel(f"{name}-ICE-C", f"{name}-ICE", "ACME"))
        oms.hears("8", "150=6|39=6|151=300")
        oms.hears("8", "150=4|39=4|14=0")


@pytest.mark.parametrize("name", VERSIONS)
@pytest.mark.parametrize(
    ("number", "more", "why"),
    [
        (1, asks("1999"), "TargetStrategy(847) = '1999'"),
        (2, asks("1001"), "EndTime"),
        (3, asks("1", EndTime="20990101-00:00:00"), "no volume curve of ACME is configured"),
        (4, asks("1001", EndTime="soon"), "EndTime = 'soon'"),
        (5, "|111=900", "MaxFloor(111) = 900"),
        (6, "|100=XXXX", "ExDestination(100) XXXX is no venue of ACME; ALPHA, BETA, GAMMA are"),
    ],
)
def test_what_cannot_be_followed_is_refused_in_words(
    scene: Market, name: str, number: int, more: str, why: str
) -> None:
    with scene.oms(name) as oms:
        oms.says("D", new_order(f"{name}-NO{number}", "ACME", "300", "40=2|44=50|59=0") + more)
        reason = "0" if name == "OMS42" else "11"  # 4.2 has no word for what it cannot do
        told = oms.hears("8", f"11={name}-NO{number}|150=8|39=8|103={reason}")
        assert why in told[58]
        oms.hears_no_more()


@pytest.mark.parametrize("name", VERSIONS)
def test_one_venue_is_the_only_one_where_it_is_named(scene: Market, name: str) -> None:
    with scene.oms(name) as oms:
        oms.says("D", new_order(f"{name}-ONE", "ACME", "30", TRADES) + "|100=XBET")
        order_id = oms.hears("8", f"11={name}-ONE|150=0")[37]
        while oms.hears("8", f"11={name}-ONE")[39] != "2":
            pass
        assert children(scene, order_id) == ["30"]
