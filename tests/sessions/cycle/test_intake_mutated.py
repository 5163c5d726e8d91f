"""Messages that are nearly right: read or refused, and nothing they become is too much for the core."""

from __future__ import annotations

from decimal import Decimal
from random import Random, SystemRandom

from engine.core.events import OrderReceived
from fix.business import NewOrderSingle
from fix.enums import OrdType, Side, TimeInForce
from fix.message import GarbledMessageError, Message
from sessions.cycle.intake import Answer, Note, Refused, order_of
from tests.sessions.cycle.intakes import EXECUTION, ORDER, VERSIONS, core, oms, venue
from tests.sessions.cycle.standin import AT, NOW, message

TYPICAL = [
    ("D", ORDER + "21=1|453=1|448=P|447=D|452=1|"),
    ("F", f"11=C2|38=100|41=C1|54=1|55=ACME|60={AT}|"),
    ("H", "11=C1|54=1|55=ACME|"),
    ("G", f"11=C2|38=100|40=1|41=C1|54=1|55=ACME|60={AT}|"),
    ("G", f"11=C2|38=200|40=2|41=C1|44=10.60|54=1|55=ACME|59=1|60={AT}|21=1|126=20231115-10:00:00|"),
    ("q", f"11=Q1|54=1|55=ACME|60={AT}|530=1|"),
    ("AF", "54=1|55=ACME|584=S1|585=1|"),
    ("Q", "17=T-1-E2|31=10.5|32=40|37=T-1|54=1|55=ACME|127=D|"),
    ("8", EXECUTION),
    ("8", EXECUTION.replace("150=F", "150=D") + "126=20231115-10:00:00|378=0|424=100|425=5|426=10|"),
    ("8", EXECUTION.replace("150=F", "150=G") + "19=X0|"),
    ("8", EXECUTION.replace("150=F", "150=5") + "41=T-1-1|44=10|"),
    ("r", "11=T-K1|37=M1|530=7|531=7|533=2|"),
    ("9", "11=T-1-1_1|37=V1|39=1|41=T-1-1|102=0|434=1|"),
    ("3", "45=7|58=no|371=44|372=D|373=5|"),
    ("j", "45=7|58=no|372=D|379=T-1-1|380=3|"),
    ("W", "55=ACME|262=MD|268=2|269=0|270=9|271=5|269=1|270=10|271=5|"),
    ("X", "262=MD|268=2|279=0|269=0|55=ACME|270=9|271=5|279=2|269=1|55=ACME|270=10|"),
    ("Y", "262=MD|281=0|"),
    ("BE", "923=U1|924=1|553=me|554=secret|"),
]
NASTY = ["", "0", "-1", "-0", "1e9", "NaN", "Infinity", "\xb2", "\xff", "9" * 18, "9" * 40, "0." + "1" * 60, "9" * 5_000, " 1", "+1", "Y", "Z", "\n", "=", "00000000-00:00:00", AT]  # fmt: skip


def mutated(random: Random, raw: bytes) -> bytes:
    for _ in range(random.randint(1, 3)):
        fields = raw.split(b"\x01")
        where = random.randrange(len(fields))
        tag = fields[where].partition(b"=")[0]
        change = random.randrange(6)
        if change == 0:
            fields[where] = tag + b"=" + random.choice(NASTY).encode("latin-1")
        elif change == 1:
            del fields[where]
        elif change == 2:
            fields.insert(random.randrange(len(fields)), fields[where])
        elif change == 3:
            fields[where] = str(random.choice([0, 5, 41, 268, 453, 9_999, 10**9])).encode() + b"=" + fields[where][3:]
        raw = b"\x01".join(fields)
        if change >= 4 and raw:
            at = random.randrange(len(raw))
            raw = raw[:at] + bytes([random.randrange(256)]) * random.randint(0, 2) + raw[at + 1 :]
    return raw


def test_mutated_messages_are_read_or_refused_and_nothing_they_become_is_too_much_for_the_core() -> None:
    seed = SystemRandom().randrange(1_000_000)
    print(f"seed {seed}")
    random = Random(seed)
    intakes = [(oms(version), venue(version), version) for version in VERSIONS]
    handled = 0
    for number in range(6_000):
        from_oms, from_venue, version = random.choice(intakes)
        raw = mutated(random, message(*random.choice(TYPICAL), version).raw)
        try:
            parsed = Message.parse(raw)
        except GarbledMessageError:
            continue
        if number % 500 == 0 or not handled:
            deciding = core()
            deciding.handle(OrderReceived("OMS", _typical_order()), NOW)
        for read in (from_oms.read(parsed), from_venue.read(parsed)):
            order_of(parsed)
            if not isinstance(read, Answer | Note | Refused):
                deciding.handle(read, NOW + number)
                handled += 1
    assert handled > 500


def _typical_order() -> NewOrderSingle:
    return NewOrderSingle("C1", "ACME", Side.BUY, Decimal(100), OrdType.LIMIT, Decimal(10), TimeInForce.DAY, NOW)
