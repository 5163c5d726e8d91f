"""The FIXatdl file says what the models say, and a ticket that is filled from it asks for a strategy we follow."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from lxml import etree

from fix.business import NewOrderSingle
from fix.enums import OrdType, Side, TimeInForce
from fix.enums import StrategyParameterType as Type
from sessions.atdl import SPACES, document, run, write
from spec.strategies import STRATEGIES, WHERE, Fault, Strategy, asked, parameters

IN = {"core": str(SPACES[None]), **{prefix: uri for prefix, uri in SPACES.items() if prefix}}
TYPE = f"{{{SPACES['xsi']}}}type"
ROOT = etree.fromstring(document())
NOON = 1_709_208_000 * 10**9  # 2024-02-29 12:00:00
TIMES = {"StartTime": "20240229-13:00:00", "EndTime": "20240229-14:00:00"}
ORDER = NewOrderSingle("O-1", "IBM", Side.BUY, Decimal(100), OrdType.LIMIT, Decimal(9), TimeInForce.DAY, NOON)


def found(within: etree._Element, path: str) -> list[etree._Element]:
    return list(within.iterfind(path, IN))


def strategy(kind: type[Strategy]) -> etree._Element:
    (element,) = found(ROOT, f"core:Strategy[@wireValue='{kind.value}']")
    return element


def attributes(element: etree._Element) -> dict[str, str]:
    return {str(name).rpartition("}")[2]: str(value) for name, value in element.attrib.items()}


def controls(element: etree._Element) -> dict[str, etree._Element]:
    """By the parameter they are for."""
    bound = [each for each in found(element, ".//lay:Control") if "parameterRef" in each.attrib]
    made = {str(each.get("parameterRef")): each for each in bound}
    assert len(made) == len(bound), "one control for each parameter"
    return made


EVERY = pytest.mark.parametrize("kind", STRATEGIES.values(), ids=lambda kind: str(kind.__name__))


# -- strategies ------------------------------------------------------------------------------------------------------


def test_a_strategy_is_named_in_847_and_its_parameters_travel_in_957() -> None:
    assert ROOT.tag == f"{{{SPACES[None]}}}Strategies"
    assert attributes(ROOT) == {
        "strategyIdentifierTag": "847",
        "tag957Support": "true",
        "changeStrategyOnCxlRpl": "false",
    }
    assert [each.get("fixTag") for each in found(ROOT, ".//core:Parameter[@fixTag]")] == []


def test_every_strategy_is_in_it_under_its_value() -> None:
    assert [attributes(each) for each in found(ROOT, "core:Strategy")] == [
        {
            "name": kind.__name__,
            "uiRep": kind.title,
            "wireValue": value,
            "version": "1",
            "fixMsgType": "D",
            "providerID": "MANIFOLD",
        }
        for value, kind in STRATEGIES.items()
    ]


def test_names_are_names_of_the_standard_and_each_is_one_strategys_own() -> None:
    paths = [("core:Strategy", "name"), (".//core:Parameter", "name"), (".//lay:Control", "ID")]
    names = [str(each.get(name)) for path, name in paths for each in found(ROOT, path)]
    assert [name for name in names if not re.fullmatch("[A-Za-z][A-Za-z0-9_]{0,255}", name)] == []
    for within, path, name in [(ROOT, *paths[0]), *((each, *p) for each in found(ROOT, "*") for p in paths[1:])]:
        own = [each.get(name) for each in found(within, path)]
        assert len(own) == len(set(own))


ORDERED = ["Description", "Parameter", "StrategyLayout", "StrategyEdit"]


def test_elements_stand_in_the_order_of_the_schema() -> None:
    for element in found(ROOT, "core:Strategy"):
        places = [ORDERED.index(etree.QName(child).localname) for child in element]
        assert places == sorted(places)
    for panel in found(ROOT, ".//lay:StrategyPanel"):
        assert len({child.tag for child in panel}) == 1, "a panel holds either panels or controls"


@EVERY
def test_everything_is_described_in_the_words_of_the_models(kind: type[Strategy]) -> None:
    element = strategy(kind)
    assert element.findtext("core:Description", namespaces=IN) == kind.__doc__
    said = {
        each.get("name"): each.findtext("core:Description", namespaces=IN) for each in found(element, "core:Parameter")
    }
    assert said == {each.name: each.words for each in parameters(kind)}
    assert {name: control.get("tooltip") for name, control in controls(element).items()} == said


# -- parameters ------------------------------------------------------------------------------------------------------

KINDS = {
    Type.INT: "Int_t",
    Type.FLOAT: "Float_t",
    Type.QTY: "Qty_t",
    Type.PERCENTAGE: "Percentage_t",
    Type.STRING: "String_t",
    Type.UTC_TIMESTAMP: "UTCTimestamp_t",
}


@EVERY
def test_parameters_have_the_types_and_bounds_of_the_models(kind: type[Strategy]) -> None:
    said = [attributes(each) for each in found(strategy(kind), "core:Parameter")]
    for each in said:
        each |= {name: str(Decimal(each[name]).normalize()) for name in ("minValue", "maxValue") if name in each}
    assert said == [
        {
            "name": each.name,
            "type": KINDS[each.type],
            "use": "required" if each.required else "optional",
            "mutableOnCxlRpl": "false",
            "revertOnCxlRpl": "true",
            **({} if each.low is None else {"minValue": str(each.low.normalize())}),
            **({} if each.high is None else {"maxValue": str(each.high.normalize())}),
        }
        for each in parameters(kind)
    ]


def test_no_number_has_an_exponent() -> None:
    bounds = [str(each.get(name)) for each in found(ROOT, ".//core:Parameter") for name in ("minValue", "maxValue")]
    assert [bound for bound in bounds if bound != "None" and not re.fullmatch(r"\d+(\.\d+)?", bound)] == []


@EVERY
def test_what_may_be_chosen_is_listed_in_the_control(kind: type[Strategy]) -> None:
    element = strategy(kind)
    for parameter in parameters(kind):
        path = f"core:Parameter[@name='{parameter.name}']/core:EnumPair"
        pairs = {str(each.get("enumID")): each.get("wireValue") for each in found(element, path)}
        assert tuple(pairs.values()) == parameter.values
        items = found(controls(element)[parameter.name], "lay:ListItem")
        assert [each.get("enumID") for each in items] == list(pairs)
        assert [each.get("uiRep") for each in items] == [WHERE[value].title for value in parameter.values]


# -- the ticket ------------------------------------------------------------------------------------------------------


@EVERY
def test_every_parameter_has_a_control_of_its_kind_and_every_control_a_parameter(kind: type[Strategy]) -> None:
    fits = {
        Type.INT: "lay:SingleSpinner_t",
        Type.FLOAT: "lay:TextField_t",
        Type.QTY: "lay:SingleSpinner_t",
        Type.PERCENTAGE: "lay:SingleSpinner_t",
        Type.STRING: "lay:DropDownList_t",
        Type.UTC_TIMESTAMP: "lay:Clock_t",
    }
    made = {name: str(control.get(TYPE)) for name, control in controls(strategy(kind)).items()}
    assert made == {each.name: fits[each.type] for each in parameters(kind)}


@EVERY
def test_a_time_that_may_be_left_out_has_a_box_that_says_so(kind: type[Strategy]) -> None:
    element = strategy(kind)
    boxes = {str(each.get("ID")) for each in found(element, ".//lay:Control") if "parameterRef" not in each.attrib}
    rules = {}
    for name, control in controls(element).items():
        for rule in found(control, "flow:StateRule"):
            (edit,) = found(rule, "val:Edit")
            rules[name] = (attributes(rule), attributes(edit))
    times = [each for each in parameters(kind) if each.type is Type.UTC_TIMESTAMP and not each.required]
    assert rules == {
        each.name: (
            {"enabled": "false", "value": "{NULL}"},
            {"field": f"{each.name}_Given", "operator": "EQ", "value": "false"},
        )
        for each in times
    }
    assert boxes == {f"{each.name}_Given" for each in times}
    for before, control in pairwise(found(element, ".//lay:Control")):
        if control.get("parameterRef") in rules:
            assert attributes(before) == {
                "ID": f"{control.get('parameterRef')}_Given",
                "type": "lay:CheckBox_t",
                "label": control.get("label"),
                "initValue": "false",
            }


def test_what_is_shown_of_an_iceberg_is_taken_from_the_order() -> None:
    filled = [attributes(each) for each in found(ROOT, ".//lay:Control[@initPolicy]")]
    assert [(each["parameterRef"], each["initPolicy"], each["initFixField"]) for each in filled] == [
        ("DisplayQty", "UseFixField", "FIX_MaxFloor")
    ]


def test_a_label_is_the_name_in_words() -> None:
    labels = {str(each.get("parameterRef")): each.get("label") for each in found(ROOT, ".//lay:Control[@parameterRef]")}
    assert {name: str(label).replace(" ", "") for name, label in labels.items()} == {name: name for name in labels}
    assert labels["SizeJitter"] == "Size Jitter"


# -- rules -----------------------------------------------------------------------------------------------------------


@EVERY
def test_a_rule_holds_unless_both_are_given_and_do_not_go_together(kind: type[Strategy]) -> None:
    names = {each.name for each in parameters(kind)} | {"FIX_OrderQty", "FIX_MaxFloor", "FIX_TransactTime"}
    assert {name for rule in kind.rules for name in (rule.field, rule.other)} <= names
    said = []
    for edit in found(strategy(kind), "val:StrategyEdit"):
        (rule,) = found(edit, "val:Edit")
        said.append(
            (edit.get("errorMessage"), attributes(rule), [attributes(each) for each in found(rule, "val:Edit")])
        )
    words = {"GT": "must be after", "LE": "must not be above"}
    assert said == [
        (
            f"{rule.field} {words[rule.operator]} {rule.other.removeprefix('FIX_')}",
            {"logicOperator": "OR"},
            [
                {"field": rule.field, "operator": "NX"},
                {"field": rule.other, "operator": "NX"},
                {"field": rule.field, "operator": rule.operator, "field2": rule.other},
            ],
        )
        for rule in kind.rules
    ]


# -- there and back --------------------------------------------------------------------------------------------------


def ticket(element: etree._Element, bound: str) -> dict[str, str]:
    """A ticket filled in by the file alone: with initial values, else with the bounds, and with times of the day."""
    filled = {}
    for parameter in found(element, "core:Parameter"):
        name = str(parameter.get("name"))
        initial = controls(element)[name].get("initValue")
        pairs = {each.get("enumID"): each.get("wireValue") for each in found(parameter, "core:EnumPair")}
        value = TIMES.get(name) or (pairs.get(initial, initial) if bound == "initValue" else parameter.get(bound))
        if value is not None or parameter.get("use") == "required":
            filled[name] = str(value or parameter.get("minValue"))
    return filled


@EVERY
@pytest.mark.parametrize("bound", ["initValue", "minValue", "maxValue"])
def test_a_ticket_that_is_filled_in_asks_for_its_strategy(kind: type[Strategy], bound: str) -> None:
    element = strategy(kind)
    values = ticket(element, bound)
    found_in_it = asked(ORDER._replace(strategy=str(element.get("wireValue")), parameters=tuple(values.items())))
    assert not isinstance(found_in_it, Fault), found_in_it
    assert type(found_in_it) is kind
    assert {each.name for each in parameters(kind) if each.required} <= values.keys()


@EVERY
@pytest.mark.parametrize(("bound", "beyond"), [("minValue", -1), ("maxValue", 1)])
def test_a_ticket_beyond_a_bound_is_refused_by_name(kind: type[Strategy], bound: str, beyond: int) -> None:
    element = strategy(kind)
    values = ticket(element, "initValue")
    for parameter in found(element, f"core:Parameter[@{bound}]"):
        name, most = str(parameter.get("name")), Decimal(str(parameter.get(bound)))
        step = Decimal(beyond) if parameter.get(TYPE) == "Int_t" else Decimal(beyond).scaleb(-9)
        wrong = {**values, name: f"{most + step:f}"}
        refused = asked(ORDER._replace(strategy=kind.value, parameters=tuple(wrong.items())))
        assert isinstance(refused, Fault)
        assert refused.text.startswith(f"{name} = '")


@EVERY
def test_a_ticket_without_a_required_value_is_refused_by_name(kind: type[Strategy]) -> None:
    values = ticket(strategy(kind), "initValue")
    for parameter in found(strategy(kind), "core:Parameter[@use='required']"):
        name = parameter.get("name")
        rest = tuple((key, value) for key, value in values.items() if key != name)
        refused = asked(ORDER._replace(strategy=kind.value, parameters=rest))
        assert isinstance(refused, Fault)
        assert refused.text == f"{name}: is missing; {kind.title} needs it, add it"


# -- the file --------------------------------------------------------------------------------------------------------


def test_it_is_written_where_it_is_wanted(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    write(tmp_path / "a.xml")
    assert run(tmp_path / "b.xml") == 0
    assert capfdbinary.readouterr() == (b"", b"")
    assert run(None) == 0
    assert capfdbinary.readouterr() == (document(), b"")
    assert [(tmp_path / name).read_bytes() for name in ("a.xml", "b.xml")] == [document(), document()]
    assert document().startswith(b"<?xml version='1.0' encoding='UTF-8'?>\n<Strategies ")


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "none" / "b.xml"
    assert run(path) == 2
    told = "cannot be written: No such file or directory; give the path of a file in a folder that you may change"
    assert capsys.readouterr() == ("", f"{path}: {told}\n")
