"""The strategies that an order may ask for, and their parameters: one model for each TargetStrategy(847).

FIX gives 1, 2 and 3 a meaning and leaves 1000 and above to the two sides (FIX 4.4 Volume 6). Names, types, bounds and
words stand here once: what an order asks for is read by them, its StrategyParameterType(959) is written by them, and
the FIXatdl file is made of them. A percentage is a fraction, as it is everywhere in FIX: 0.05 is 5 %.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from fix import tags
from fix.business import NewOrderSingle
from fix.enums import StrategyParameterType as Type
from fix.timestamp import format_utc, parse_utc


class Fault(NamedTuple):
    """Why an order's strategy cannot be followed: a sentence fit for Text(58), and the tag it is about."""

    text: str
    tag: int


class Rule(NamedTuple):
    """Where both are given, `field` must be GT (after) or LE (not above) `other`.

    Operators and names are FIXatdl's: FIX_OrderQty is the field of the order, EndTime a parameter.
    """

    field: str
    operator: Literal["GT", "LE"]
    other: str


MUST = {"GT": "must be after", "LE": "must not be above"}  # a rule's operator in words


class Parameter(NamedTuple):
    """One parameter: `name` is its StrategyParameterName(958), `default` "" for none, as it would stand in 960.

    `low` and `high` are allowed, None is no bound; `values` is empty where they are not enumerated.
    """

    name: str
    type: Type
    required: bool
    default: str
    low: Decimal | None
    high: Decimal | None
    values: tuple[str, ...]
    words: str


# -- values as they stand in StrategyParameterValue(960) ---------------------------------------------------------------


def _read(make: Callable[[str], object], pattern: str, words: str) -> BeforeValidator:
    """Makes a value of text; what is none already is taken as it is."""
    form = re.compile(pattern, re.ASCII)

    def read(value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            if form.fullmatch(value):
                return make(value)
        except ValueError:
            pass
        raise ValueError(f"must be {words}")

    return BeforeValidator(read)


_INSTANT = _read(parse_utc, r".*", "a time in UTC, YYYYMMDD-HH:MM:SS")  # nanoseconds since the epoch
_WHOLE = _read(int, r"-?\d{1,9}", "a whole number")
# FIX 4.4 Volume 1: a float has up to fifteen digits
_NUMBER = _read(Decimal, r"-?(\d{1,15}(\.\d{0,15})?|\.\d{1,15})", "a number, such as 0.05")

Instant = Annotated[int, Type.UTC_TIMESTAMP, _INSTANT]
# As many slices as a day has minutes, and some: who wants more does not want slices
Slices = Annotated[int, Type.INT, _WHOLE, Field(ge=1, le=2000)]
Rate = Annotated[Decimal, Type.PERCENTAGE, _NUMBER, Field(ge=Decimal("0.0001"), le=1)]
SizeJitter = Annotated[Decimal, Type.PERCENTAGE, _NUMBER, Field(ge=0, le=1)]
# At half an interval two slices may meet; further they would change places
TimeJitter = Annotated[Decimal, Type.PERCENTAGE, _NUMBER, Field(ge=0, le=Decimal("0.5"))]
# In a day hardly any price deviates by all of itself; who writes 20 means 0.2
Volatility = Annotated[Decimal, Type.PERCENTAGE, _NUMBER, Field(ge=Decimal("0.0001"), le=1)]
RiskAversion = Annotated[Decimal, Type.FLOAT, _NUMBER, Field(ge=0, le=1)]
# The smallest part into which anything we trade is divided: a bound that is none, but for zero and below
Quantity = Annotated[Decimal, Type.QTY, _NUMBER, Field(ge=Decimal("0.00000001"))]
Place = Annotated[Literal["smart", "placement", "dark", "ranking", "weights"], Type.STRING]


# -- the strategies ----------------------------------------------------------------------------------------------------


def _fix_name(name: str) -> str:
    """EndTime of `end_time`."""
    return "".join(map(str.capitalize, name.split("_")))


class Strategy(BaseModel):
    """What an order asks for. `value` is its TargetStrategy(847), `title` what a person calls it."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=_fix_name, populate_by_name=True)

    value: ClassVar[str]
    title: ClassVar[str]
    rules: ClassVar[tuple[Rule, ...]] = ()


class Smart(Strategy):
    """Takes what is displayed within the limit at all venues at once and rests what is left."""

    value = "1000"
    title = "Smart"


class Placement(Strategy):
    """Divides between taking and waiting in the queue of each venue, by what either costs (Cont and Kukanov)."""

    value = "1003"
    title = "Placement"


class Dark(Strategy):
    """First among the venues that show nothing, by what each has taken before; then as Smart."""

    value = "1004"
    title = "Dark"


class Ranking(Strategy):
    """Whole to one venue after the other, the best one first."""

    value = "1005"
    title = "Ranking"


class Weights(Strategy):
    """Divides by the weights of the venues alone, whatever they display."""

    value = "1006"
    title = "Weights"


class When(Strategy):
    """A strategy that says when; `where` is the one that says how each release is divided among the venues."""

    where: Place = Field(default="smart", description="How each part is divided among the venues.")


class Spanning(When):
    """One that has a time to begin and a time to end."""

    start_time: Instant | None = Field(default=None, description="When it begins; at once where none is given.")
    end_time: Instant | None = Field(default=None, description="When everything is out; never where none is given.")

    rules = (Rule("EndTime", "GT", "StartTime"), Rule("EndTime", "GT", "FIX_TransactTime"))


class POV(Spanning):
    """Trades along with the market, as a fixed part of its volume."""

    value = "2"
    title = "POV"

    participation: Rate = Field(description="Our part of the volume that trades, our own included.")


class Timed(Spanning):
    """One that is cut into slices over a time."""

    end_time: Instant = Field(description="When everything is out.")
    slices: Slices = Field(default=20, description="How many parts are released, one after the other.")
    size_jitter: SizeJitter = Field(
        default=Decimal(0), description="How much a slice may grow or shrink, as a fraction."
    )
    time_jitter: TimeJitter = Field(default=Decimal(0), description="How much of its interval a slice may move by.")
    participation: Rate | None = Field(default=None, description="The most we may be of the volume that trades.")


class VWAP(Timed):
    """Trades along the volume curve of a usual day, to come near its volume-weighted average price."""

    value = "1"
    title = "VWAP"


class TWAP(Timed):
    """Trades evenly over a time, to come near its time-weighted average price."""

    value = "1001"
    title = "TWAP"


class Shortfall(Timed):
    """Trades the sooner the more the price may change, the later the more our trading moves it (Almgren and Chriss)."""

    value = "3"
    title = "Implementation shortfall"

    urgency: RiskAversion = Field(description="Risk aversion, for each unit of money: 0 is even, 0.000001 usual.")
    volatility: Volatility = Field(description="Standard deviation of the price over a day, as a fraction of it.")


class Iceberg(When):
    """Shows a part of the order, and the next one when that is filled."""

    value = "1002"
    title = "Iceberg"
    rules = (
        Rule("DisplayQty", "LE", "FIX_OrderQty"),
        Rule("DisplayQty", "LE", "FIX_MaxFloor"),
        Rule("DisplayLow", "LE", "DisplayQty"),
    )

    display_qty: Quantity = Field(description="The most that is shown at once; MaxFloor(111) where it is not given.")
    display_low: Quantity | None = Field(
        default=None, description="The least that is shown; chance decides in between."
    )


_KINDS = (VWAP, POV, Shortfall, Smart, TWAP, Iceberg, Placement, Dark, Ranking, Weights)
STRATEGIES: Mapping[str, type[Strategy]] = {kind.value: kind for kind in _KINDS}  # by TargetStrategy(847)
WHERE: Mapping[str, type[Strategy]] = {  # by what `where` may be
    kind.__name__.lower(): kind for kind in (Smart, Placement, Dark, Ranking, Weights)
}


# -- a strategy as data ------------------------------------------------------------------------------------------------


@cache
def parameters(kind: type[Strategy]) -> tuple[Parameter, ...]:
    """What a strategy may be given, as FIX and FIXatdl describe it."""
    return tuple(_parameter(str(field.alias), field) for field in kind.model_fields.values())


def _parameter(name: str, field: Any) -> Parameter:
    marks = [*field.metadata, *_marks(field.annotation)]
    return Parameter(
        name=name,
        type=next(mark for mark in marks if isinstance(mark, Type)),
        required=field.is_required(),
        default="" if field.is_required() or field.default is None else str(field.default),
        low=_bound(marks, "ge"),
        high=_bound(marks, "le"),
        values=get_args(field.annotation) if get_origin(field.annotation) is Literal else (),
        words=str(field.description),
    )


def _marks(annotation: Any) -> Iterator[object]:
    """What stands beside a type that is one of several; pydantic itself gathers only what stands beside the whole."""
    for mark in getattr(annotation, "__metadata__", ()):
        yield from getattr(mark, "metadata", (mark,))  # a Field() holds those of its own
    for part in get_args(annotation):
        yield from _marks(part)


def _bound(marks: Iterable[object], name: str) -> Decimal | None:
    return next((Decimal(str(getattr(mark, name))) for mark in marks if hasattr(mark, name)), None)


# StrategyParameterType(959) by StrategyParameterName(958)
TYPES: Mapping[str, Type] = {each.name: each.type for kind in _KINDS for each in parameters(kind)}


# -- what an order asks for --------------------------------------------------------------------------------------------

_PLAIN = Smart()
_ORDER_FIELDS = {
    "FIX_OrderQty": "OrderQty(38)",
    "FIX_MaxFloor": "MaxFloor(111)",
    "FIX_TransactTime": "TransactTime(60)",
}


def asked(order: NewOrderSingle) -> Strategy | Fault:
    """The strategy that an order asks for, or the first thing that is wrong with that.

    MaxFloor(111) alone asks for an iceberg that shows as much, and nothing at all for Smart.
    """
    if not (order.strategy or order.parameters or order.max_floor is not None or order.min_qty is not None):
        return _PLAIN
    value = order.strategy or (Smart if order.max_floor is None else Iceberg).value
    kind = STRATEGIES.get(value)
    if kind is None:
        known = ", ".join(f"{kind.value} ({kind.title})" for kind in _KINDS)
        return Fault(f"TargetStrategy(847) = {_shown(value)}: is no strategy we know; use {known}", tags.TargetStrategy)
    fault = _quantities(order) or _names(order.parameters, kind)
    return _strategy(order, kind) if fault is None else fault


def _quantities(order: NewOrderSingle) -> Fault | None:
    for name, tag, qty in (("MinQty", tags.MinQty, order.min_qty), ("MaxFloor", tags.MaxFloor, order.max_floor)):
        if qty is not None and qty > order.order_qty:
            return Fault(f"{name}({tag}) = {qty:f}: must not be above OrderQty(38) {order.order_qty:f}", tag)
    if order.min_qty is not None and order.min_qty < 0:
        return Fault(f"MinQty(110) = {order.min_qty:f}: must be 0 or more", tags.MinQty)
    if order.max_floor is not None and order.max_floor <= 0:
        return Fault(f"MaxFloor(111) = {order.max_floor:f}: must be above 0", tags.MaxFloor)
    return None


def _names(given: Iterable[tuple[str, str]], kind: type[Strategy]) -> Fault | None:
    known, seen = [each.name for each in parameters(kind)], set()
    for name, _ in given:
        if name not in known:
            return Fault(
                f"{_shown(name)}: is no parameter of {kind.title}{_advice(name, known)}", tags.StrategyParameterName
            )
        if name in seen:
            return Fault(f"{name}: is given twice; give it once", tags.StrategyParameterName)
        seen.add(name)
    return None


def _strategy(order: NewOrderSingle, kind: type[Strategy]) -> Strategy | Fault:
    values: dict[str, object] = dict(order.parameters)
    if kind is Iceberg and order.max_floor is not None:
        values.setdefault("DisplayQty", order.max_floor)
    try:
        strategy = kind.model_validate(values)
    except ValidationError as error:
        return _fault(error, kind)
    return _broken(strategy, order) or strategy


def _broken(strategy: Strategy, order: NewOrderSingle) -> Fault | None:
    """The first rule that does not hold between the parameters and the order."""
    values = strategy.model_dump(by_alias=True) | {
        "FIX_OrderQty": order.order_qty,
        "FIX_MaxFloor": order.max_floor,
        "FIX_TransactTime": order.transact_time,
    }
    for rule in strategy.rules:
        value, other = values[rule.field], values[rule.other]
        if value is None or other is None or (value > other if rule.operator == "GT" else value <= other):
            continue
        than = f"{_ORDER_FIELDS.get(rule.other, rule.other)} {_written(other)}"
        text = f"{rule.field} = {_written(value)}: {MUST[rule.operator]} {than}"
        return Fault(text, tags.StrategyParameterValue)
    return None


def _fault(error: ValidationError, kind: type[Strategy]) -> Fault:
    """The first of pydantic's as a sentence: the parameter, its value and what to do."""
    first = error.errors(include_url=False)[0]
    name = str(first["loc"][0])
    if first["type"] == "missing":
        return Fault(f"{name}: is missing; {kind.title} needs it, add it", tags.NoStrategyParameters)
    must = _must(first, next(each for each in parameters(kind) if each.name == name))
    return Fault(f"{name} = {_shown(first['input'])}: {must}", tags.StrategyParameterValue)


def _must(fault: Mapping[str, Any], parameter: Parameter) -> str:
    if fault["type"] == "greater_than_equal":
        return f"must be {parameter.low:f} or more"
    if fault["type"] == "less_than_equal":
        return f"must be {parameter.high:f} or less"
    if fault["type"] == "literal_error":
        return f"must be one of {', '.join(parameter.values)}"
    return str(fault["msg"]).removeprefix("Value error, ")


def _written(value: int | Decimal) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else format_utc(value)


def _shown(text: str) -> str:
    shown = repr(text)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."


def _advice(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return f"; did you mean {near[0]}?"
    return f"; it has {', '.join(known)}" if known else "; take it out"
