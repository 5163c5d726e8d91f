"""Orders that cannot be: each gets the FIX answer with its reason, is on record as it came, and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pytest

from tests.wire.foreign import Oms, Venue, cancel, new_order, utc_now
from tests.wire.stage import Stage, stage

pytestmark = pytest.mark.wire


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("bad-orders"), [Venue("FIX.4.4", "EAST")]) as made:
        yield made


class Bad(NamedTuple):
    """What an OMS sends, what it must hear, and the sentence that explains it in Text(58) and in the record."""

    name: str
    says: tuple[str, str]
    hears: tuple[str, str]
    why: str


REJECTED = "150=8|39=8|14=0|151=0"
BAD = (
    Bad("zero", ("D", new_order("B1", "EASTCO", "0")), ("8", f"{REJECTED}|103=13"), "OrderQty(38) 0 is not above zero"),
    Bad(
        "negative",
        ("D", new_order("B2", "EASTCO", "-5")),
        ("8", f"{REJECTED}|103=13"),
        "OrderQty(38) -5 is not above zero",
    ),
    Bad(
        "below the lot",
        ("D", new_order("B3", "EASTCO", "0.5")),
        ("8", f"{REJECTED}|103=13"),
        "OrderQty(38) 0.5 fits no lot or minimum, or nothing is displayed to price it",
    ),
    Bad(
        "a word",
        ("D", new_order("B4", "EASTCO", "many")),
        ("3", "371=38|372=D|373=6"),
        "OrderQty(38): 'many' is not a number (QTY)",
    ),
    Bad(
        "an exponent",
        ("D", new_order("B5", "EASTCO", "1e3")),
        ("3", "371=38|372=D|373=6"),
        "OrderQty(38): '1e3' is not a number (QTY)",
    ),
    Bad(
        "no quantity",
        ("D", f"11=B6|55=EASTCO|54=1|60={utc_now()}|40=1"),
        ("3", "371=38|372=D|373=1"),
        "required tag 38 is missing",
    ),
    Bad(
        "no Side",
        ("D", f"11=B7|55=EASTCO|60={utc_now()}|38=1|40=1"),
        ("3", "371=54|372=D|373=1"),
        "Side(54) is missing: NewOrderSingle requires it",
    ),
    Bad(
        "no ClOrdID",
        ("D", f"55=EASTCO|54=1|60={utc_now()}|38=1|40=1"),
        ("3", "371=11|372=D|373=1"),
        "ClOrdID(11) is missing: NewOrderSingle requires it",
    ),
    Bad(
        "unknown symbol",
        ("D", new_order("B8", "ATLANTIS", "10")),
        ("8", f"{REJECTED}|103=1|55=ATLANTIS"),
        "Symbol(55) ATLANTIS is not traded here",
    ),
    Bad(
        "a stop order",
        ("D", new_order("B9", "EASTCO", "10", "40=3|99=10")),
        ("8", f"{REJECTED}|103=11"),
        "OrdType(40) STOP is not supported; MARKET and LIMIT are",
    ),
    Bad(
        "at the opening",
        ("D", new_order("B10", "EASTCO", "10", "40=2|44=10|59=2")),
        ("8", f"{REJECTED}|103=11"),
        "TimeInForce(59) OPG is not supported; DAY, IOC, FOK, GTC and GTD are",
    ),
    Bad(
        "good till no date",
        ("D", new_order("B14", "EASTCO", "10", "40=2|44=10|59=6")),
        ("8", f"{REJECTED}|103=99"),
        "ExpireTime(126) or ExpireDate(432) is missing: a GTD order has one",
    ),
    Bad(
        "good till yesterday",
        ("D", new_order("B15", "EASTCO", "10", "40=2|44=10|59=6|126=20200101-00:00:00")),
        ("8", f"{REJECTED}|103=4"),
        "ExpireTime(126) is past: the GTD order would end at once",
    ),
    Bad(
        "a limit without price",
        ("D", new_order("B11", "EASTCO", "10", "40=2")),
        ("8", f"{REJECTED}|103=99"),
        "Price(44) is missing: a LIMIT order has one",
    ),
    Bad(
        "a price of nothing",
        ("D", new_order("B16", "EASTCO", "10", "40=2|44=0")),
        ("8", f"{REJECTED}|103=99"),
        "Price(44) 0 is not above zero",
    ),
    Bad(
        "a side FIX does not have",
        ("D", new_order("B12", "EASTCO", "10", side="Z")),
        ("3", "371=54|372=D|373=5"),
        "Side(54): 'Z' is none of the values FIX gives it",
    ),
    Bad(
        "a message we do not handle",
        ("R", "131=B13|146=1|55=EASTCO"),
        ("j", "372=R|380=3"),
        "MsgType(35) R is not supported on this session",
    ),
)


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
def test_it_is_refused_and_the_next_order_works(scene: Stage, oms: Oms, bad: Bad) -> None:
    raw = oms.says(*bad.says)
    number = f"|45={oms.next_out - 1}" if bad.hears[0] in "3j" else ""
    oms.hears(bad.hears[0], f"{bad.hears[1]}{number}|58={bad.why}")
    assert scene.verdict(raw) == f"refuse: {bad.why}"
    scene.works(oms, f"AFTER {bad.name}")


def test_a_cl_ord_id_is_used_once(scene: Stage, oms: Oms) -> None:
    scene.works(oms, "TWICE")
    why = "ClOrdID(11) TWICE was used before"
    raw = oms.says("D", new_order("TWICE", "EASTCO", "99"))
    oms.hears(
        "8", f"11=TWICE|38=10|150=8|39=2|14=10|151=0|6=5|103=6|58={why}"
    )  # Appendix D, F.1.a: how the first stands
    assert scene.verdict(raw) == f"refuse: {why}"
    oms.says("F", cancel("TWICE", "TWICE", "EASTCO"))
    oms.hears("9", f"11=TWICE|41=TWICE|39=2|102=6|58={why}")
    scene.works(oms, "ONCE")


def test_the_second_of_two_in_one_packet_is_refused(scene: Stage, oms: Oms) -> None:
    [east] = scene.venues
    body = new_order("TWINS", "EASTCO", "10")
    oms.sends(oms.encoded("D", body) + oms.encoded("D", body))
    twin = oms.hears("8", "11=TWINS|150=8|39=A|38=10|14=0|151=10|103=6")
    east.fills(east.hears("D", "38=10"), "10", "5")
    oms.hears("8", f"11=TWINS|37={twin[37]}|150=0")
    oms.hears("8", "11=TWINS|150=F|39=2|14=10")
    scene.works(oms, "NO TWIN")


def test_a_cl_ord_id_stays_used_when_the_engine_starts_again(scene: Stage) -> None:
    with scene.oms() as oms:
        scene.works(oms, "BEFORE")
    scene.is_killed()
    scene.starts()
    with scene.oms() as oms:
        oms.says("D", new_order("BEFORE", "EASTCO", "10"))
        oms.hears("8", "11=BEFORE|150=8|39=2|14=10|151=0|103=6|58=ClOrdID(11) BEFORE was used before")
        scene.works(oms, "BEHIND")


def test_an_order_is_refused_while_no_venue_is_there(scene: Stage, oms: Oms) -> None:
    [east] = scene.venues
    east.closes()
    scene.says("EAST logged off")
    why = "no venue for EASTCO is open to orders now"
    raw = oms.says("D", new_order("NOWHERE", "EASTCO", "10"))
    oms.hears("8", f"11=NOWHERE|{REJECTED}|103=2|58={why}")
    assert scene.verdict(raw) == f"refuse: {why}"
    east.opens()
    east.log_on()
    scene.works(oms, "SOMEWHERE")
