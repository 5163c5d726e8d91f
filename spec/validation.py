"""Is this message what its dictionary says? The first fault in FIX's order, with tag, reason and a sentence.

FIX 4.4 Volume 2, "Reject": SessionRejectReason(373). The checks of a message type are compiled once into a table from
tag to check; a flat message then costs one look-up and one comparison per field.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass

from fix import tags
from fix.enums import SessionRejectReason
from fix.message import GroupShape, Message
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
_INTEGER = re.compile(r"-?\d+\Z")
_NATURAL = re.compile(r"\d+\Z")
_DATE = re.compile(r"\d{4}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\Z")
_MONTH = re.compile(r"\d{4}(0[1-9]|1[0-2])([0-3]\d|w[1-5])?\Z")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d{1,9})?\Z")
_CONTROL = re.compile(r"[\x00-\x1f]")
_UTC = re.compile(
    r"\d{4}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])-([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d{1,9})?\Z", re.ASCII
)


def _matches(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    match = pattern.match
    return lambda value: match(value) is not None


_FORMATS: dict[str, tuple[Callable[[str], bool], str]] = {
    **dict.fromkeys(("QTY", "PRICE", "PRICEOFFSET", "AMT", "FLOAT", "PERCENTAGE"), (_matches(_DECIMAL), "a number")),
    "INT": (_matches(_INTEGER), "a whole number"),
    **dict.fromkeys(("SEQNUM", "LENGTH", "NUMINGROUP", "TAGNUM", "DAYOFMONTH"), (_matches(_NATURAL), "a count")),
    "CHAR": (lambda value: len(value) == 1, "one character"),
    "BOOLEAN": (lambda value: value in ("Y", "N"), "Y or N"),
    **dict.fromkeys(("UTCTIMESTAMP", "TIME"), (_matches(_UTC), "a time YYYYMMDD-HH:MM:SS in UTC")),
    **dict.fromkeys(("UTCDATE", "UTCDATEONLY", "LOCALMKTDATE", "DATE"), (_matches(_DATE), "a date YYYYMMDD")),
    **dict.fromkeys(("UTCTIMEONLY", "LOCALMKTTIME"), (_matches(_TIME), "a time HH:MM:SS")),
    "MONTHYEAR": (_matches(_MONTH), "a month YYYYMM"),
    "DATA": (lambda _: True, "data"),
    "XMLDATA": (lambda _: True, "data"),
}
_TEXT = (lambda value: _CONTROL.search(value) is None, "plain text")
_LISTS = frozenset({"MULTIPLEVALUESTRING", "MULTIPLECHARVALUE", "MULTIPLESTRINGVALUE"})

Check = Callable[[str], Fault | None]


@dataclass(frozen=True, slots=True)
class _Plan:
    """One message type: a check for each tag it may hold, what it must hold, and its groups."""

    name: str
    checks: Mapping[int, Check]
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
        checks = plan.checks
        for tag, value in fields.items():
            check = checks.get(tag)
            fault = check(value) if check is not None else self._foreign(tag, value, plan)
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
        checks = {tag: _field_check(fields[tag]) for tag in allowed if tag in fields}
        return _Plan(definition.name, checks, required, groups)

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
            check = plan.checks.get(tag)
            fault = check(value) if check is not None else self._foreign(tag, value, plan)
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
                yield Fault(R.INCORRECT_NUMINGROUP_COUNT, tag, text)
            elif tag in held:
                text = f"{self._dictionary.name_of(tag)}({tag}) appears more than once in an entry"
                yield Fault(R.TAG_APPEARS_MORE_THAN_ONCE, tag, text)
            held.add(tag)
            fault = _field_check(self._dictionary.fields[tag])(value)
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


def _inner(group: GroupShape) -> frozenset[int]:
    """Tags of a group and of the groups in it: outside of the group they are out of place, not unknown."""
    return group.members.union(*(_inner(inner) for inner in group.groups.values()))


def _empty(tag: int, name: str) -> Fault:
    return Fault(R.TAG_SPECIFIED_WITHOUT_A_VALUE, tag, f"{name} has no value")


def _field_check(definition: FieldDef) -> Check:
    tag, name = definition.number, f"{definition.name}({definition.number})"
    fits, what = _FORMATS.get(definition.type, _TEXT)
    values = frozenset(definition.values)
    several = definition.type in _LISTS

    def check(value: str) -> Fault | None:
        if value in values or (value and not values and fits(value)):
            return None
        if not value:
            return _empty(tag, name)
        if not fits(value):
            reason = R.INCORRECT_DATA_FORMAT_FOR_VALUE
            return Fault(reason, tag, f"{name}: {value!r} is not {what} ({definition.type})")
        if several and values.issuperset(value.split(" ")):
            return None
        return Fault(R.VALUE_IS_INCORRECT, tag, f"{name}: {value!r} is none of the values FIX gives it")

    return check
