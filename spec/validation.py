"""Is this message what its dictionary says? The first fault in FIX's order, with tag, reason and a sentence.

FIX 4.4 Volume 2, "Reject": SessionRejectReason(373). What a message type accepts is compiled once into a table from
tag to test; a flat message then costs one look-up and one call into C per field.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass

from fix import tags
from fix.enums import SessionRejectReason
from fix.message import Message
from spec.dictionary import Dictionary, FieldDef, GroupDef, MessageDef

R = SessionRejectReason
USER_TAGS = 5000  # user-defined fields start here (FIX 4.4 Volume 1, "User Defined Fields")


@dataclass(frozen=True, slots=True)
class Fault:
    """`text` names the tag, the field and why, in one sentence fit for Text(58)."""

    reason: SessionRejectReason
    tag: int
    text: str


_DECIMAL = re.compile(r"-?(\d+(\.\d*)?|\.\d+)\Z")
_INTEGER = re.compile(r"-?\d{1,18}\Z")  # 4.2 counts its groups with these, and int() of thousands of digits raises
_NATURAL = re.compile(r"\d{1,18}\Z")
_DATE = re.compile(r"\d{4}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\Z")
_MONTH = re.compile(r"\d{4}(0[1-9]|1[0-2])([0-3]\d|w[1-5])?\Z")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d{1,9})?\Z")
_PLAIN_TEXT = re.compile(r"[^\x00-\x1f]+\Z")
_UTC = re.compile(
    r"\d{4}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])-([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d{1,9})?\Z", re.ASCII
)


Accepts = Callable[[str], object]  # truthy for a value that fits; none of them takes an empty one

_FORMATS: dict[str, tuple[Accepts, str]] = {
    **dict.fromkeys(("QTY", "PRICE", "PRICEOFFSET", "AMT", "FLOAT", "PERCENTAGE"), (_DECIMAL.match, "a number")),
    "INT": (_INTEGER.match, "a whole number"),
    **dict.fromkeys(("SEQNUM", "LENGTH", "NUMINGROUP", "TAGNUM", "DAYOFMONTH"), (_NATURAL.match, "a count")),
    "CHAR": (re.compile(r".\Z", re.DOTALL).match, "one character"),
    "BOOLEAN": (frozenset("YN").__contains__, "Y or N"),
    **dict.fromkeys(("UTCTIMESTAMP", "TIME"), (_UTC.match, "a time YYYYMMDD-HH:MM:SS in UTC")),
    **dict.fromkeys(("UTCDATE", "UTCDATEONLY", "LOCALMKTDATE", "DATE"), (_DATE.match, "a date YYYYMMDD")),
    **dict.fromkeys(("UTCTIMEONLY", "LOCALMKTTIME"), (_TIME.match, "a time HH:MM:SS")),
    "MONTHYEAR": (_MONTH.match, "a month YYYYMM"),
    "DATA": (len, "data"),
    "XMLDATA": (len, "data"),
}
_TEXT = (_PLAIN_TEXT.match, "plain text")
# Values from here on are for the two sides to agree on (FIX 4.4 Volume 6); the dictionaries name only the others
_AGREED_FROM = {tags.TargetStrategy: 1000}
_LISTS = frozenset({"MULTIPLEVALUESTRING", "MULTIPLECHARVALUE", "MULTIPLESTRINGVALUE"})


@dataclass(frozen=True, slots=True)
class _Plan:
    """One message type: what each tag it may hold accepts, what it must hold, and its groups."""

    name: str
    accepted: Mapping[int, Accepts]
    required: frozenset[int]
    groups: Mapping[int, GroupDef]


class Validator:
    """Checks messages of one FIX version. Framing (8, 9, 10) is `fix.message.check_frame`'s affair."""

    def __init__(self, dictionary: Dictionary, *, allow_unknown_user_tags: bool = True) -> None:
        self._dictionary = dictionary
        self._allow_user_tags = allow_unknown_user_tags
        self._plans: dict[str, _Plan] = {}

    def check(self, message: Message) -> Fault | None:
        """The first fault, None when there is none."""
        plan = self._plans.get(message.msg_type) or self._plan(message.msg_type)
        if plan is None:
            text = f"MsgType(35) {message.msg_type} is no message of {self._dictionary.begin_string}"
            return Fault(R.INVALID_MSGTYPE, tags.MsgType, text)
        fields = message.fields
        if not plan.groups.keys().isdisjoint(fields) or message.raw.count(b"\x01") != len(fields):
            return next(self._walk(message, plan), None)
        accepted = plan.accepted
        for tag, value in fields.items():
            accepts = accepted.get(tag)
            if accepts is None or not accepts(value):
                fault = self._fault(tag, value, plan)
                if fault is not None:
                    return fault
        return None if plan.required <= fields.keys() else self._missing(fields, plan)

    def faults(self, message: Message) -> list[Fault]:
        """Every fault of a message, for tools."""
        plan = self._plan(message.msg_type)
        if plan is None:
            first = self.check(message)
            return [first] if first is not None else []
        return list(self._walk(message, plan))

    def _plan(self, msg_type: str) -> _Plan | None:
        definition = self._dictionary.messages.get(msg_type)
        if definition is None:
            return None
        plan = self._plans.get(msg_type)
        if plan is None:
            plan = self._plans[msg_type] = self._compile(definition)
        return plan

    def _compile(self, definition: MessageDef) -> _Plan:
        parts = (self._dictionary.header, definition, self._dictionary.trailer)
        allowed = frozenset().union(*(part.fields for part in parts), *(_inner(g) for g in definition.groups.values()))
        required = frozenset().union(*(part.required for part in parts))
        groups = {tag: group for part in parts for tag, group in part.groups.items()}
        fields = self._dictionary.fields
        accepted = {tag: _acceptance(fields[tag]) for tag in allowed if tag in fields}
        return _Plan(definition.name, accepted, required, groups)

    def _fault(self, tag: int, value: str, plan: _Plan) -> Fault | None:
        return (
            _explain(self._dictionary.fields[tag], value) if tag in plan.accepted else self._foreign(tag, value, plan)
        )

    def _foreign(self, tag: int, value: str, plan: _Plan) -> Fault | None:
        name = f"{self._dictionary.name_of(tag)}({tag})"
        if tag >= USER_TAGS and self._allow_user_tags and tag not in self._dictionary.fields:
            return None if value else _empty(tag, f"tag {tag}")
        if tag <= 0:
            return Fault(R.INVALID_TAG_NUMBER, tag, f"{tag} is no tag number")
        if tag not in self._dictionary.fields:
            return Fault(R.UNDEFINED_TAG, tag, f"tag {tag} is not defined in {self._dictionary.begin_string}")
        return Fault(R.TAG_NOT_DEFINED_FOR_THIS_MESSAGE_TYPE, tag, f"{name} does not belong into {plan.name}")

    def _missing(self, fields: Mapping[int, str], plan: _Plan) -> Fault:
        tag = min(plan.required - fields.keys())
        return self._required(tag, plan.name)

    def _required(self, tag: int, name: str) -> Fault:
        text = f"{self._dictionary.name_of(tag)}({tag}) is missing: {name} requires it"
        return Fault(R.REQUIRED_TAG_MISSING, tag, text)

    # -- the long way, for groups and for repeated tags ----------------------------------------------------------------

    def _walk(self, message: Message, plan: _Plan) -> Iterator[Fault]:
        fields = message.ordered()
        seen: set[int] = set()
        index = 0
        while index < len(fields):
            tag, value = fields[index]
            index += 1
            fault = self._fault(tag, value, plan)
            if fault is not None:
                yield fault
            if tag in seen:
                text = f"{self._dictionary.name_of(tag)}({tag}) appears more than once"
                yield Fault(R.TAG_APPEARS_MORE_THAN_ONCE, tag, text)
            seen.add(tag)
            group = plan.groups.get(tag)
            if group is not None and fault is None:
                end = yield from self._group(fields, index, group, int(value), plan)
                index = end
        for tag in sorted(plan.required - seen):
            yield self._required(tag, plan.name)

    def _group(
        self, fields: Sequence[tuple[int, str]], start: int, group: GroupDef, count: int, plan: _Plan
    ) -> Generator[Fault, None, int]:
        """Checks the entries from `start`; returns where they end."""
        index, entries = start, 0
        held: set[int] = set()
        while index < len(fields) and (fields[index][0] in group.members):
            tag, value = fields[index]
            index += 1
            if tag == group.delimiter:
                yield from self._entry_complete(held, group, entries)
                entries, held = entries + 1, set()
            elif not entries:
                delimiter = f"{self._dictionary.name_of(group.delimiter)}({group.delimiter})"
                text = f"{self._dictionary.name_of(tag)}({tag}) stands before {delimiter}, which starts an entry"
                yield Fault(R.REPEATING_GROUP_FIELDS_OUT_OF_ORDER, tag, text)
            elif tag in held:
                text = f"{self._dictionary.name_of(tag)}({tag}) appears more than once in an entry"
                yield Fault(R.TAG_APPEARS_MORE_THAN_ONCE, tag, text)
            held.add(tag)
            fault = _explain(self._dictionary.fields[tag], value)
            if fault is not None:
                yield fault
            elif tag in group.groups:
                index = yield from self._group(fields, index, group.groups[tag], int(value), plan)
        yield from self._entry_complete(held, group, entries)
        if entries != count:
            name = f"{self._dictionary.name_of(group.count_tag)}({group.count_tag})"
            yield Fault(R.INCORRECT_NUMINGROUP_COUNT, group.count_tag, f"{name} says {count}, counted {entries}")
        return index

    def _entry_complete(self, held: set[int], group: GroupDef, entries: int) -> Iterator[Fault]:
        if entries:
            name = f"an entry of {self._dictionary.name_of(group.count_tag)}({group.count_tag})"
            for tag in sorted(group.required - held):
                yield self._required(tag, name)


def _inner(group: GroupDef) -> frozenset[int]:
    """Tags of a group and of the groups in it: outside of the group they are out of place, not unknown."""
    return group.members.union(*(_inner(inner) for inner in group.groups.values()))


def _empty(tag: int, name: str) -> Fault:
    return Fault(R.TAG_SPECIFIED_WITHOUT_A_VALUE, tag, f"{name} has no value")


def _acceptance(definition: FieldDef) -> Accepts:
    """The quick yes of one field, a single call into C: nearly every value passes. A no is for `_explain` to judge."""
    return frozenset(definition.values).__contains__ if definition.values else _FORMATS.get(definition.type, _TEXT)[0]


def _explain(definition: FieldDef, value: str) -> Fault | None:
    """The fault of a field's value, None where it has none."""
    tag, name, values = definition.number, f"{definition.name}({definition.number})", definition.values
    fits, what = _FORMATS.get(definition.type, _TEXT)
    if not value:
        return _empty(tag, name)
    if value in values:
        return None
    if not fits(value):
        reason = R.INCORRECT_DATA_FORMAT_FOR_VALUE
        return Fault(reason, tag, f"{name}: {value!r} is not {what} ({definition.type})")
    if not values or (definition.type in _LISTS and values.keys() >= set(value.split(" "))):
        return None
    if tag in _AGREED_FROM and int(value) >= _AGREED_FROM[tag]:
        return None
    return Fault(R.VALUE_IS_INCORRECT, tag, f"{name}: {value!r} is none of the values FIX gives it")
