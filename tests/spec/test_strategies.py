"""What an order asks for is a strategy with its parameters, or a sentence that says what is wrong."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from fix.business import NewOrderSingle
from fix.enums import OrdType, Side, TimeInForce
from fix.enums import StrategyParameterType as Type
from fix.timestamp import format_utc
from spec.dictionary import for_session
from spec.strategies import (
    POV,
    STRATEGIES,
    TWAP,
    TYPES,
    VWAP,
    WHERE,
    Dark,
    Fault,
    Iceberg,
    Parameter,
    Placement,
    Ranking,
    Shortfall,
    Smart,
    Strategy,
    Timed,
    Weights,
    When,
    asked,
    parameters,
)

NOON, HOUR = 1_709_208_000 * 10**9, 3600 * 10**9  # 2024-02-29 12:00:00
ORDER = NewOrderSingle(
    "O-1", "IBM", Side.BUY, Decimal(100), OrdType.LIMIT, Decimal("9.5"), TimeInForce.DAY, transact_time=NOON
)
NONE = "\u2013"  # as the tables of the documentation write it
AT_ONE, AT_TWO = "20240229-13:00:00", "20240229-14:00:00"
END = f"EndTime={AT_TWO}"


def order(strategy: str, text: str = "", **more: Any) -> NewOrderSingle:
    """Parameters as NAME=VALUE with spaces between."""
    pairs = [part.partition("=") for part in text.split()]
    return ORDER._replace(strategy=strategy, parameters=tuple((name, value) for name, _, value in pairs), **more)


def fault(strategy: str, text: str = "", **more: Any) -> tuple[str, int]:
    found = asked(order(strategy, text, **more))
    assert isinstance(found, Fault), found
    return found.text, found.tag


# -- what can be asked for -------------------------------------------------------------------------------------------


def test_every_strategy_has_a_value_of_its_own() -> None:
    assert {
        "1": VWAP,
        "2": POV,
        "3": Shortfall,
        "1000": Smart,
        "1001": TWAP,
        "1002": Iceberg,
        "1003": Placement,
        "1004": Dark,
        "1005": Ranking,
        "1006": Weights,
    } == STRATEGIES


def test_values_below_1000_mean_what_fix_means_by_them() -> None:
    assert for_session("FIX.4.4").fields[847].values == {"1": "VWAP", "2": "PARTICIPATE", "3": "MININIZE_MARKET_IMPACT"}


def test_a_strategy_that_says_when_may_say_where_as_well() -> None:
    assert {"smart": Smart, "placement": Placement, "dark": Dark, "ranking": Ranking, "weights": Weights} == WHERE
    assert {kind.title for kind in STRATEGIES.values() if issubclass(kind, When)} == {
        kind.title for kind in (VWAP, POV, Shortfall, TWAP, Iceberg)
    }
    (where,) = {each for kind in STRATEGIES.values() for each in parameters(kind) if each.name == "Where"}
    words = "How each part is divided among the venues."
    assert where == Parameter("Where", Type.STRING, False, "smart", None, None, tuple(WHERE), words)


TIMED = ["Where?", "StartTime?", "EndTime", "Slices?", "SizeJitter?", "TimeJitter?", "Participation?"]


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (VWAP, TIMED),
        (TWAP, TIMED),
        (Shortfall, [*TIMED, "Urgency", "Volatility"]),
        (POV, ["Where?", "StartTime?", "EndTime?", "Participation"]),
        (Iceberg, ["Where?", "DisplayQty", "DisplayLow?"]),
        *((kind, []) for kind in WHERE.values()),
    ],
)
def test_a_strategy_has_parameters_of_which_some_are_required(kind: type[Strategy], names: list[str]) -> None:
    assert [each.name + ("" if each.required else "?") for each in parameters(kind)] == names


def test_a_parameter_has_one_type_in_all_strategies_and_fix_knows_it() -> None:
    assert TYPES == {
        "Where": Type.STRING,
        "StartTime": Type.UTC_TIMESTAMP,
        "EndTime": Type.UTC_TIMESTAMP,
        "Slices": Type.INT,
        "SizeJitter": Type.PERCENTAGE,
        "TimeJitter": Type.PERCENTAGE,
        "Participation": Type.PERCENTAGE,
        "Urgency": Type.FLOAT,
        "Volatility": Type.PERCENTAGE,
        "DisplayQty": Type.QTY,
        "DisplayLow": Type.QTY,
    }
    said = {(each.name, each.type) for kind in STRATEGIES.values() for each in parameters(kind)}
    assert said == set(TYPES.items())


@pytest.mark.parametrize("kind", STRATEGIES.values())
def test_everything_is_described_in_a_sentence(kind: type[Strategy]) -> None:
    for words in (str(kind.__doc__), *(each.words for each in parameters(kind))):
        assert words.endswith(".")
        assert "\n" not in words


def test_the_documentation_names_every_strategy_and_parameter() -> None:
    lines = (Path(__file__).parents[2] / "docs" / "fix.md").read_text(encoding="utf-8").splitlines()
    for kind in STRATEGIES.values():
        required = ", ".join(each.name for each in parameters(kind) if each.required)
        optional = ", ".join(each.name for each in parameters(kind) if not each.required)
        assert f"| {kind.value} | {kind.title} | {required or NONE} | {optional or NONE} |" in lines
    rows = {line.split(" | ")[0].removeprefix("| "): line.split(" | ")[1:3] for line in lines if line.count(" | ") == 3}
    for each in (each for kind in STRATEGIES.values() for each in parameters(kind)):
        number, allowed = rows[each.name]
        assert number == each.type
        assert [
            bound
            for bound in (each.low, each.high)
            if bound and each.type is not Type.QTY and f"{bound:f}" not in allowed
        ] == []


# -- what is asked for -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (ORDER, Smart()),
        (order("1000"), Smart()),
        (order("1004"), Dark()),
        (order("1001", END), TWAP(end_time=NOON + 2 * HOUR)),
        (
            order(
                "1", f"{END} StartTime={AT_ONE}.5 Slices=007 SizeJitter=.2 TimeJitter=0.50 Participation=1 Where=dark"
            ),
            VWAP(
                where="dark",
                start_time=NOON + HOUR + 500_000_000,
                end_time=NOON + 2 * HOUR,
                slices=7,
                size_jitter=Decimal("0.2"),
                time_jitter=Decimal("0.5"),
                participation=Decimal(1),
            ),
        ),
        (order("2", "Participation=0.1"), POV(participation=Decimal("0.1"))),
        (
            order("3", f"{END} Urgency=0.000001 Volatility=0.02"),
            Shortfall(end_time=NOON + 2 * HOUR, urgency=Decimal("0.000001"), volatility=Decimal("0.02")),
        ),
        (order("1002", "DisplayQty=20 DisplayLow=20"), Iceberg(display_qty=Decimal(20), display_low=Decimal(20))),
    ],
)
def test_an_order_asks_for_a_strategy_with_its_parameters(wanted: NewOrderSingle, found: Strategy) -> None:
    strategy = asked(wanted)
    assert (type(strategy), strategy) == (type(found), found)


def test_max_floor_is_how_fix_asks_for_an_iceberg() -> None:
    ten = Decimal(10)
    assert asked(order("", max_floor=ten)) == Iceberg(display_qty=ten)
    assert asked(order("1002", max_floor=ten)) == Iceberg(display_qty=ten)
    assert asked(order("", "DisplayLow=5", max_floor=ten)) == Iceberg(display_qty=ten, display_low=Decimal(5))
    assert asked(order("1002", "DisplayQty=9", max_floor=ten)) == Iceberg(display_qty=Decimal(9))
    assert asked(order("1001", END, max_floor=ten)) == TWAP(end_time=NOON + 2 * HOUR)
    assert asked(order("", max_floor=Decimal(100))) == Iceberg(display_qty=Decimal(100))


def test_a_min_qty_asks_for_no_strategy() -> None:
    assert asked(order("", min_qty=Decimal(100))) == Smart()
    assert asked(order("", min_qty=Decimal(0))) == Smart()


def test_a_strategy_is_a_value_that_nobody_changes() -> None:
    strategy = TWAP(end_time=NOON)
    with pytest.raises(ValidationError, match="Instance is frozen"):
        strategy.slices = 3


# -- what is wrong with it -------------------------------------------------------------------------------------------

KNOWN = (
    "1 (VWAP), 2 (POV), 3 (Implementation shortfall), 1000 (Smart), 1001 (TWAP), 1002 (Iceberg), 1003 (Placement), "
    "1004 (Dark), 1005 (Ranking), 1006 (Weights)"
)


@pytest.mark.parametrize("value", ["7", "01", "1007", "twap"])
def test_a_strategy_nobody_knows(value: str) -> None:
    said = f"TargetStrategy(847) = '{value}': is no strategy we know; use {KNOWN}"
    assert fault(value, END) == (said, 847)


@pytest.mark.parametrize(
    ("strategy", "text", "said", "tag"),
    [
        ("1001", f"{END} Slice=5", "'Slice': is no parameter of TWAP; did you mean Slices?", 958),
        ("1001", f"{END} end_time=5", "'end_time': is no parameter of TWAP; did you mean EndTime?", 958),
        ("1002", "Mood=good", "'Mood': is no parameter of Iceberg; it has Where, DisplayQty, DisplayLow", 958),
        ("1000", "Where=dark", "'Where': is no parameter of Smart; take it out", 958),
        ("", END, "'EndTime': is no parameter of Smart; take it out", 958),
        ("2", "Participation=0.1 Overbook=Y", "'Overbook': is no parameter of POV; it has Where, StartTime, EndTime, Participation", 958),
        ("1000", "X" * 80 + "=", f"'{'X' * 56}...: is no parameter of Smart; take it out", 958),
        ("1001", f"{END} Slices=5 {END}", "EndTime: is given twice; give it once", 958),
        ("1001", f"{END} {END}", "EndTime: is given twice; give it once", 958),
        ("1001", "", "EndTime: is missing; TWAP needs it, add it", 957),
        ("2", "", "Participation: is missing; POV needs it, add it", 957),
        ("3", END, "Urgency: is missing; Implementation shortfall needs it, add it", 957),
        ("1002", "", "DisplayQty: is missing; Iceberg needs it, add it", 957),
        ("1001", "EndTime=noon", "EndTime = 'noon': must be a time in UTC, YYYYMMDD-HH:MM:SS", 960),
        ("1001", "EndTime=20240230-12:00:00", "EndTime = '20240230-12:00:00': must be a time in UTC, YYYYMMDD-HH:MM:SS", 960),
        ("1001", f"{END} Slices=0", "Slices = '0': must be 1 or more", 960),
        ("1001", f"{END} Slices=2001", "Slices = '2001': must be 2000 or less", 960),
        ("1001", f"{END} Slices=2.5", "Slices = '2.5': must be a whole number", 960),
        ("1001", f"{END} Slices=1{'0' * 90}", f"Slices = '1{'0' * 55}...: must be a whole number", 960),
        ("1001", f"{END} SizeJitter=1.01", "SizeJitter = '1.01': must be 1 or less", 960),
        ("1001", f"{END} TimeJitter=0.51", "TimeJitter = '0.51': must be 0.5 or less", 960),
        ("1001", f"{END} SizeJitter=-0.1", "SizeJitter = '-0.1': must be 0 or more", 960),
        ("2", "Participation=20", "Participation = '20': must be 1 or less", 960),
        ("2", "Participation=0", "Participation = '0': must be 0.0001 or more", 960),
        ("2", "Participation=1e-2", "Participation = '1e-2': must be a number, such as 0.05", 960),
        ("2", "Participation=NaN", "Participation = 'NaN': must be a number, such as 0.05", 960),
        ("2", "Participation=", "Participation = '': must be a number, such as 0.05", 960),
        ("2", "Participation=.", "Participation = '.': must be a number, such as 0.05", 960),
        ("1001", f"{END} Where=lit", "Where = 'lit': must be one of smart, placement, dark, ranking, weights", 960),
        ("3", f"{END} Urgency=0 Volatility=20", "Volatility = '20': must be 1 or less", 960),
        ("1002", "DisplayQty=0", "DisplayQty = '0': must be 0.00000001 or more", 960),
        ("1002", "DisplayQty=1" + "0" * 15, "DisplayQty = '1000000000000000': must be a number, such as 0.05", 960),
    ],
)  # fmt: skip
def test_a_fault_names_the_parameter_its_value_and_what_to_do(strategy: str, text: str, said: str, tag: int) -> None:
    assert fault(strategy, text) == (said, tag)


@pytest.mark.parametrize(
    ("strategy", "text", "said"),
    [
        ("1001", f"EndTime={AT_ONE} StartTime={AT_ONE}", "EndTime = 20240229-13:00:00.000: must be after StartTime 20240229-13:00:00.000"),
        ("2", f"EndTime={AT_ONE} StartTime={AT_TWO} Participation=1", "EndTime = 20240229-13:00:00.000: must be after StartTime 20240229-14:00:00.000"),
        ("1", "EndTime=20240229-12:00:00", "EndTime = 20240229-12:00:00.000: must be after TransactTime(60) 20240229-12:00:00.000"),
        ("1002", "DisplayQty=20 DisplayLow=20.5", "DisplayLow = 20.5: must not be above DisplayQty 20"),
        ("1002", "DisplayQty=101", "DisplayQty = 101: must not be above OrderQty(38) 100"),
    ],
)  # fmt: skip
def test_parameters_have_to_go_together(strategy: str, text: str, said: str) -> None:
    assert fault(strategy, text) == (said, 960)


def test_an_order_that_began_before_it_came_begins_at_once() -> None:
    strategy = asked(order("1001", f"{END} StartTime=20240229-09:00:00"))
    assert strategy == TWAP(start_time=NOON - 3 * HOUR, end_time=NOON + 2 * HOUR)


@pytest.mark.parametrize("strategy", ["", "1000", "1001", "1002"])
def test_quantities_of_the_order_have_to_go_together_whatever_it_asks_for(strategy: str) -> None:
    many, few = Decimal("100.5"), Decimal("-1E+1")
    assert fault(strategy, max_floor=many) == ("MaxFloor(111) = 100.5: must not be above OrderQty(38) 100", 111)
    assert fault(strategy, min_qty=many) == ("MinQty(110) = 100.5: must not be above OrderQty(38) 100", 110)
    assert fault(strategy, max_floor=few) == ("MaxFloor(111) = -10: must be above 0", 111)
    assert fault(strategy, max_floor=Decimal(0)) == ("MaxFloor(111) = 0: must be above 0", 111)
    assert fault(strategy, min_qty=few) == ("MinQty(110) = -10: must be 0 or more", 110)


def test_no_more_is_shown_than_max_floor_allows() -> None:
    said = "DisplayQty = 20: must not be above MaxFloor(111) 10"
    assert fault("1002", "DisplayQty=20", max_floor=Decimal(10)) == (said, 960)


# -- whatever comes --------------------------------------------------------------------------------------------------

NAMES = st.sampled_from([*TYPES, "Slice", ""])
VALUES = st.sampled_from(["", "0", "1", "0.5", "-1", "100", "101", "dark", "x", AT_ONE, AT_TWO, "20240229-11:00:00"])
QUANTITIES = st.none() | st.sampled_from([Decimal(n) for n in (-1, 0, 1, 100, 101)])


@given(
    st.sampled_from(["", "0", *STRATEGIES]),
    st.lists(st.tuples(NAMES, VALUES), max_size=5),
    QUANTITIES,
    QUANTITIES,
)
def test_every_order_gets_a_strategy_or_a_sentence(
    strategy: str, given_ones: list[tuple[str, str]], max_floor: Decimal | None, min_qty: Decimal | None
) -> None:
    wanted = ORDER._replace(strategy=strategy, parameters=tuple(given_ones), max_floor=max_floor, min_qty=min_qty)
    found = asked(wanted)
    if isinstance(found, Fault):
        assert found.tag in {110, 111, 847, 957, 958, 960}
        assert found.text.isprintable()
        return
    assert isinstance(found, STRATEGIES[strategy or ("1000" if max_floor is None else "1002")])
    assert {each.name for each in parameters(type(found))} >= {name for name, _ in given_ones}


@given(st.data())
def test_what_is_within_its_bounds_is_read_as_it_was_written(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from([kind for kind in STRATEGIES.values() if issubclass(kind, Timed)]))
    written = {each.name: data.draw(_values(each)) for each in parameters(kind)}
    end = max(NOON, written["StartTime"]) + data.draw(st.integers(1, 10**6)) * 10**6
    written["EndTime"] = end
    pairs = tuple((name, _text(name, value)) for name, value in written.items())
    found = asked(ORDER._replace(strategy=kind.value, parameters=pairs))
    assert isinstance(found, kind)
    assert found.model_dump(by_alias=True) == written


def _values(parameter: Parameter) -> st.SearchStrategy[Any]:
    if parameter.values:
        return st.sampled_from(parameter.values)
    if parameter.type is Type.UTC_TIMESTAMP:
        return st.integers(0, 10**6).map(lambda n: NOON + n * 10**6)
    assert parameter.low is not None
    assert parameter.high is not None
    if parameter.type is Type.INT:
        return st.integers(int(parameter.low), int(parameter.high))
    return st.decimals(parameter.low, parameter.high, places=6)


def _text(name: str, value: Any) -> str:
    return (
        format_utc(value)
        if TYPES[name] is Type.UTC_TIMESTAMP
        else f"{value:f}"
        if isinstance(value, Decimal)
        else str(value)
    )
