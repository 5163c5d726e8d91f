"""QuickFIX data dictionaries as values: fields, groups and messages by tag and MsgType(35).

The XML files come with `quickfix` (share/quickfix under the prefix of the environment). Components are resolved here,
so that a message knows all its tags; a required field of an optional component is not required of the message.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from lxml import etree

from fix.message import GroupShape


class DictionaryError(ValueError):
    """What is wrong with a data dictionary: file, line and fault."""


@dataclass(frozen=True, slots=True)
class FieldDef:
    """`values` by their wire form; empty where the field is not enumerated."""

    number: int
    name: str
    type: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class GroupDef:
    """A repeating group; satisfies `fix.message.GroupShape`."""

    count_tag: int
    delimiter: int
    members: frozenset[int]
    required: frozenset[int]
    groups: Mapping[int, GroupDef]


@dataclass(frozen=True, slots=True)
class MessageDef:
    """`fields` are the tags at the top level, counts of groups included."""

    msg_type: str
    name: str
    fields: frozenset[int]
    required: frozenset[int]
    groups: Mapping[int, GroupDef]


@dataclass(frozen=True, slots=True)
class Dictionary:
    """One FIX version."""

    begin_string: str
    fields: Mapping[int, FieldDef]
    messages: Mapping[str, MessageDef]
    header: MessageDef
    trailer: MessageDef
    _numbers: dict[str, int] = field(default_factory=dict, compare=False, repr=False)  # made when first asked

    def name_of(self, tag: int) -> str:
        """The field's name, or the tag itself where the version does not know it."""
        known = self.fields.get(tag)
        return known.name if known is not None else str(tag)

    def number_of(self, name: str) -> int:
        """KeyError where the version has no such field."""
        if not self._numbers:
            self._numbers.update({known.name: known.number for known in self.fields.values()})
        return self._numbers[name]


def installed(name: str) -> Path:
    """The dictionary of that name (FIX44, FIXT11 …) as `quickfix` installs it; DictionaryError says where it looked."""
    places = [Path(prefix) / "share" / "quickfix" / f"{name}.xml" for prefix in (sys.prefix, sys.base_prefix)]
    for path in places:
        if path.is_file():
            return path
    raise DictionaryError(f"data dictionary {name} is not installed; looked for {' and '.join(map(str, places))}")


@lru_cache(maxsize=16)
def for_session(begin_string: str, appl: str = "FIX50SP2") -> Dictionary:
    """What a session that starts with this BeginString(8) may say: over FIXT.1.1, `appl`'s messages as well."""
    transport = _session_part(begin_string.replace(".", ""))
    if begin_string != "FIXT.1.1":
        return transport
    application = _session_part(appl)
    return Dictionary(
        begin_string,
        {**application.fields, **transport.fields},
        {**application.messages, **transport.messages},
        transport.header,
        transport.trailer,
    )


def _session_part(name: str) -> Dictionary:
    return _Reader(installed(name), extended(name).getroot()).read()


_STRATEGY_FIELDS = (
    "TargetStrategy",
    "NoStrategyParameters",
    "StrategyParameterName",
    "StrategyParameterType",
    "StrategyParameterValue",
)


def extended(name: str) -> etree._ElementTree:
    """The installed dictionary as XML, with what D and G need to ask for a strategy where its version lacks that.

    TargetStrategy(847) came with FIX 4.4 and StrategyParametersGrp with 5.0. Systems of older versions send both all
    the same; here they are as 5.0 SP2 has them.
    """
    tree = _parsed(installed(name))
    root = tree.getroot()
    orders = [message for message in root.iterfind("messages/message") if message.get("msgtype") in ("D", "G")]
    if not orders or root.find("components/component[@name='StrategyParametersGrp']") is not None:
        return tree
    later = _parsed(installed("FIX50SP2")).getroot()
    known = {str(element.get("name")) for element in root.iterfind("fields/field")}
    _lend(later, root, "components", ["StrategyParametersGrp"])
    _lend(later, root, "fields", [field for field in _STRATEGY_FIELDS if field not in known])
    for message in orders:
        if message.find("field[@name='TargetStrategy']") is None:
            etree.SubElement(message, "field", name="TargetStrategy", required="N")
        etree.SubElement(message, "component", name="StrategyParametersGrp", required="N")
    return tree


def _lend(later: etree._Element, root: etree._Element, section: str, names: Iterable[str]) -> None:
    for name in names:
        next(root.iterfind(section)).append(next(later.iterfind(f"{section}/*[@name='{name}']")))


def load(path: Path) -> Dictionary:
    """Reads a dictionary; DictionaryError naming file, line and fault when it contradicts itself."""
    return _Reader(path, _parsed(path).getroot()).read()


def _parsed(path: Path) -> etree._ElementTree:
    try:
        return etree.parse(str(path))
    except OSError as error:
        raise DictionaryError(f"{path}: cannot be read: {error}") from None
    except etree.XMLSyntaxError as error:
        raise DictionaryError(f"{path}: is not XML: {error}") from None


class _Reader:
    def __init__(self, path: Path, root: etree._Element) -> None:
        self._path = path
        self._root = root
        self._fields: dict[int, FieldDef] = {}
        self._by_name: dict[str, int] = {}
        self._components = {str(c.get("name")): c for c in root.iterfind("components/component")}

    def read(self) -> Dictionary:
        root = self._root
        if root.tag != "fix" or root.find("fields") is None or root.find("messages") is None:
            raise self._error(root, "is no data dictionary: <fix> with <fields> and <messages> is missing")
        for element in root.iterfind("fields/field"):
            self._field(element)
        messages: dict[str, MessageDef] = {}
        for element in root.iterfind("messages/message"):
            message = self._message(element)
            if message.msg_type in messages:
                first = messages[message.msg_type].name
                raise self._error(element, f"MsgType {message.msg_type} is defined twice: {first} and {message.name}")
            messages[message.msg_type] = message
        return Dictionary(
            begin_string=f"{root.get('type')}.{root.get('major')}.{root.get('minor')}",
            fields=self._fields,
            messages=messages,
            header=self._part("header"),
            trailer=self._part("trailer"),
        )

    def _field(self, element: etree._Element) -> None:
        digits, name = self._attribute(element, "number"), self._attribute(element, "name")
        if not (digits.isascii() and digits.isdigit()):
            raise self._error(element, f"field {name}: number {digits!r} is no tag")
        number = int(digits)
        if number in self._fields:
            raise self._error(element, f"field {number} is defined twice: {self._fields[number].name} and {name}")
        if name in self._by_name:
            raise self._error(element, f"field name {name} is used twice: {self._by_name[name]} and {number}")
        values = {str(v.get("enum")): str(v.get("description", "")) for v in element.iterfind("value")}
        self._fields[number] = FieldDef(number, name, self._attribute(element, "type"), values)
        self._by_name[name] = number

    def _part(self, name: str) -> MessageDef:
        element = self._root.find(name)
        return (
            MessageDef("", name, *self._members(element))
            if element is not None
            else MessageDef("", name, frozenset(), frozenset(), {})
        )

    def _message(self, element: etree._Element) -> MessageDef:
        name = self._attribute(element, "name")
        return MessageDef(self._attribute(element, "msgtype"), name, *self._members(element))

    def _members(
        self, element: etree._Element, inside: tuple[str, ...] = ()
    ) -> tuple[frozenset[int], frozenset[int], dict[int, GroupDef]]:
        """Fields, required fields and groups of an element that stands in the components `inside`."""
        fields, required, groups = [], set(), {}
        for member, needed, around in self._flat(element, inside, needed=True):
            tag = self._tag(member)
            fields.append(tag)
            if needed:
                required.add(tag)
            if member.tag == "group":
                groups[tag] = self._group(member, tag, around)
        return frozenset(fields), frozenset(required), groups

    def _group(self, element: etree._Element, tag: int, inside: tuple[str, ...]) -> GroupDef:
        first = next(self._flat(element, inside, needed=True), None)
        if first is None:
            raise self._error(element, f"group {element.get('name')} has no fields")
        members, required, groups = self._members(element, inside)
        return GroupDef(tag, self._tag(first[0]), members, required, groups)

    def _flat(
        self, element: etree._Element, inside: tuple[str, ...], *, needed: bool
    ) -> Iterator[tuple[etree._Element, bool, tuple[str, ...]]]:
        """Fields and groups with components resolved, in order; whether each is required, and what is around it."""
        for member in element.iterchildren("*"):  # no comments
            must = needed and member.get("required") == "Y"
            if member.tag != "component":
                yield member, must, inside
                continue
            name = self._attribute(member, "name")
            if name in inside:
                raise self._error(member, f"component {name} contains itself")
            if name not in self._components:
                raise self._error(member, f"component {name} is not defined")
            yield from self._flat(self._components[name], (*inside, name), needed=must)

    def _tag(self, element: etree._Element) -> int:
        name = self._attribute(element, "name")
        try:
            return self._by_name[name]
        except KeyError:
            raise self._error(element, f"field {name} is not defined") from None

    def _attribute(self, element: etree._Element, name: str) -> str:
        value = element.get(name)
        if value is None:
            raise self._error(element, f"<{element.tag}> has no {name}")
        return str(value)

    def _error(self, element: etree._Element, fault: str) -> DictionaryError:
        return DictionaryError(f"{self._path}, line {element.sourceline}: {fault}")


def shape(dictionary: Dictionary, msg_type: str, count_tag: int) -> GroupShape | None:
    """The group that `count_tag` counts in messages of this type, for `Message.groups`."""
    message = dictionary.messages.get(msg_type)
    return None if message is None else message.groups.get(count_tag)
