"""The strategies as FIXatdl 1.1, from which an OMS makes its order tickets.

Everything in it comes from the models in `spec.strategies`. Parameters travel in StrategyParametersGrp, hence
tag957Support and no fixTag; elements stand in the order of the standard's schema (fixatdl-core-1-1.xsd, 2010).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import typer
from lxml import etree

from fix import tags
from fix.enums import MsgType
from fix.enums import StrategyParameterType as Type
from sessions.terminal import err
from spec.dialects.reading import plain
from spec.strategies import MUST, STRATEGIES, WHERE, Parameter, Rule, Strategy, parameters

SPACE = "http://www.fixprotocol.org/FIXatdl-1-1"
SPACES = {
    None: f"{SPACE}/Core",
    "lay": f"{SPACE}/Layout",
    "val": f"{SPACE}/Validation",
    "flow": f"{SPACE}/Flow",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
VERSION = "1"  # of the strategies: another one when a parameter comes, goes or means something else
PROVIDER = "MANIFOLD"

_KINDS = {
    Type.INT: "Int_t",
    Type.FLOAT: "Float_t",
    Type.QTY: "Qty_t",
    Type.PERCENTAGE: "Percentage_t",
    Type.STRING: "String_t",
    Type.UTC_TIMESTAMP: "UTCTimestamp_t",
}
_CONTROLS = {
    Type.INT: {"xsi:type": "lay:SingleSpinner_t", "increment": "1"},
    Type.FLOAT: {"xsi:type": "lay:TextField_t"},  # no step of a spinner fits 0.000001 and 0.01
    Type.QTY: {"xsi:type": "lay:SingleSpinner_t", "incrementPolicy": "LotSize"},
    Type.PERCENTAGE: {"xsi:type": "lay:SingleSpinner_t"},
    Type.STRING: {"xsi:type": "lay:DropDownList_t"},
    Type.UTC_TIMESTAMP: {"xsi:type": "lay:Clock_t"},
}
_FROM_ORDER = {"DisplayQty": "FIX_MaxFloor"}  # what a ticket fills in from the order's own fields


def run(output: Path | None) -> int:
    """`manifold atdl`: to standard output, or into a file. The exit code, 2 where the file cannot be written."""
    if output is None:
        typer.echo(document(), nl=False)
        return 0
    try:
        write(output)
    except OSError as error:
        why = f"{output}: cannot be written: {error.strerror}; give the path of a file in a folder that you may change"
        err.print(why, style="red", markup=False)
        return 2
    return 0


def write(path: Path) -> None:
    """OSError where that cannot be done."""
    path.write_bytes(document())


def document() -> bytes:
    """A whole file, in UTF-8."""
    root = etree.Element(_spaced(":Strategies"), nsmap=SPACES)  # type: ignore[arg-type]  # the stubs know no default namespace
    # A replace(G) says the order anew and nothing of its strategy
    root.attrib.update(
        {"strategyIdentifierTag": str(tags.TargetStrategy), "tag957Support": "true", "changeStrategyOnCxlRpl": "false"}
    )
    for kind in STRATEGIES.values():
        _strategy(root, kind)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _strategy(root: etree._Element, kind: type[Strategy]) -> None:
    named = {"name": kind.__name__, "uiRep": kind.title, "wireValue": kind.value}
    issued = {"version": VERSION, "fixMsgType": MsgType.NEW_ORDER_SINGLE.value, "providerID": PROVIDER}
    strategy = _add(root, "Strategy", named | issued)
    _describe(strategy, str(kind.__doc__))
    asked = parameters(kind)
    for parameter in asked:
        _parameter(strategy, parameter)
    if asked:
        _layout(strategy, asked)
    for rule in kind.rules:
        _edit(strategy, rule)


def _parameter(strategy: etree._Element, parameter: Parameter) -> None:
    attributes = {
        "name": parameter.name,
        "xsi:type": _KINDS[parameter.type],
        "use": "required" if parameter.required else "optional",
        "mutableOnCxlRpl": "false",
        "revertOnCxlRpl": "true",
    }
    bounds = {"minValue": parameter.low, "maxValue": parameter.high}
    attributes |= {name: plain(bound) for name, bound in bounds.items() if bound is not None}
    element = _add(strategy, "Parameter", attributes)
    _describe(element, parameter.words)
    for value in parameter.values:
        _describe(_add(element, "EnumPair", {"enumID": value, "wireValue": value}), str(WHERE[value].__doc__))


# -- the ticket --------------------------------------------------------------------------------------------------------


def _layout(strategy: etree._Element, asked: Iterable[Parameter]) -> None:
    """Panels hold either panels or controls."""
    whole = {"orientation": "VERTICAL", "collapsible": "false"}
    outer = _add(_add(strategy, "lay:StrategyLayout", {}), "lay:StrategyPanel", whole)
    times = [each for each in asked if each.type is Type.UTC_TIMESTAMP]
    for title, some in (("Time", times), ("How", [each for each in asked if each not in times])):
        if some:
            panel = _add(outer, "lay:StrategyPanel", {"title": title, "border": "Line"} | whole)
            for parameter in some:
                _control(panel, parameter)


def _control(panel: etree._Element, parameter: Parameter) -> None:
    name = parameter.name
    control = {"ID": f"{name}_Control", "parameterRef": name, "tooltip": parameter.words}
    control |= {"label": re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)} | _CONTROLS[parameter.type]
    if parameter.default:
        control["initValue"] = parameter.default
    if name in _FROM_ORDER:
        control |= {"initPolicy": "UseFixField", "initFixField": _FROM_ORDER[name]}
    if parameter.type is Type.UTC_TIMESTAMP and not parameter.required:
        _optional_clock(panel, control)
        return
    element = _add(panel, "lay:Control", control)
    for value in parameter.values:
        _add(element, "lay:ListItem", {"enumID": value, "uiRep": WHERE[value].title})


def _optional_clock(panel: etree._Element, control: dict[str, str]) -> None:
    """A clock always shows a time, so that a box beside it has to say whether it counts."""
    box = f"{control['parameterRef']}_Given"
    _add(
        panel, "lay:Control", {"ID": box, "xsi:type": "lay:CheckBox_t", "label": control["label"], "initValue": "false"}
    )
    state = _add(_add(panel, "lay:Control", control), "flow:StateRule", {"enabled": "false", "value": "{NULL}"})
    _add(state, "val:Edit", {"field": box, "operator": "EQ", "value": "false"})


def _edit(strategy: etree._Element, rule: Rule) -> None:
    """A rule holds where one of the two is not given; an OMS that does not know a field skips the rule."""
    said = f"{rule.field} {MUST[rule.operator]} {rule.other.removeprefix('FIX_')}"
    rest = _add(_add(strategy, "val:StrategyEdit", {"errorMessage": said}), "val:Edit", {"logicOperator": "OR"})
    for field in (rule.field, rule.other):
        _add(rest, "val:Edit", {"field": field, "operator": "NX"})
    _add(rest, "val:Edit", {"field": rule.field, "operator": rule.operator, "field2": rule.other})


# -- elements ----------------------------------------------------------------------------------------------------------


def _add(parent: etree._Element, name: str, attributes: Mapping[str, str]) -> etree._Element:
    """Names with a prefix are of its space; elements without one are of the core, attributes of none."""
    element = etree.SubElement(parent, _spaced(name if ":" in name else f":{name}"))
    for key, value in attributes.items():
        element.set(_spaced(key), value)
    return element


def _spaced(name: str) -> str:
    prefix, colon, local = name.rpartition(":")
    return f"{{{SPACES[prefix or None]}}}{local}" if colon else local


def _describe(element: etree._Element, words: str) -> None:
    _add(element, "Description", {}).text = words
