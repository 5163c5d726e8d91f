"""What the intakes are made of, and what they are told."""

from __future__ import annotations

from engine.core.core import Core
from engine.core.events import VenueUp
from engine.core.placing import Rules
from engine.market.venues import Listing, Venue
from sessions.cycle.intake import OmsIntake, VenueIntake
from sessions.cycle.seen import Seen
from spec.dialects import DIALECTS, dialect
from spec.dictionary import for_session
from spec.validation import Validator
from tests.sessions.cycle.standin import AT, NOW

ORDER = f"11=C1|38=100|40=2|44=10.50|54=1|55=ACME|59=0|60={AT}|"
EXECUTION = f"6=10|11=T-1-1|14=5|17=X1|31=10|32=5|37=V1|38=100|39=1|54=1|55=ACME|60={AT}|150=F|151=95|"
VERSIONS = sorted(DIALECTS)


def oms(version: str = "FIX.4.4", used: tuple[str, ...] = ()) -> OmsIntake:
    speaks = dialect(version)
    seen = Seen([("OMS", cl_ord_id) for cl_ord_id in used], lambda _, cl_ord_id: cl_ord_id in used)
    return OmsIntake("OMS", speaks, Validator(for_session(speaks.begin_string)), seen)


def without(tag: int, text: str = ORDER) -> str:
    return "|".join(field for field in text.split("|") if not field.startswith(f"{tag}="))


def having(tag: int, value: str, text: str = ORDER) -> str:
    return without(tag, text) + f"{tag}={value}|"


def venue(version: str = "FIX.4.4") -> VenueIntake:
    return VenueIntake("ALPHA", dialect(version))


def core(*, up: bool = True) -> Core:
    made = Core([Venue("ALPHA", listings={"ACME": Listing("ACME")})], Rules(), "T")
    if up:
        made.handle(VenueUp("ALPHA"), NOW)
    return made
