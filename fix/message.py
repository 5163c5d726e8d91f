"""A FIX message as a value: the bytes as they stood on the wire, and its fields by tag.

FIX Volume 1, "Message format": fields are tag=value, separated by SOH; 8, 9 and 35 come first, 10 last; BodyLength(9)
counts the bytes after it up to and including the SOH before CheckSum(10); CheckSum is their sum modulo 256.
Text is Latin-1 here, so that every byte stands for itself and `raw` comes back exactly.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import NamedTuple, Protocol
from zlib import adler32

from fix.tags import (
    BeginString,
    BodyLength,
    CheckSum,
    MsgSeqNum,
    MsgType,
    SenderCompID,
    SendingTime,
    TargetCompID,
)

SOH = "\x01"
Fields = Mapping[int, str]


class GarbledMessageError(ValueError):
    """These bytes are no FIX message; the sentence says where."""


class _Tags(dict[str, int]):
    """Tag numbers by their digits; a look-up costs half of int(), which would also take " 55" and "5_5" for 55."""

    def __missing__(self, text: str) -> int:
        if not (text.isascii() and text.isdigit()):
            raise ValueError(text)
        return int(text)


_UNMARKED = bytes(set(range(256)) - set(b"=\x01"))
_TAGS = _Tags({str(tag): tag for tag in range(1, 2000)})


class GroupShape(Protocol):
    """What a dictionary knows of one repeating group."""

    @property
    def delimiter(self) -> int: ...

    @property
    def members(self) -> Container[int]: ...

    @property
    def groups(self) -> Mapping[int, GroupShape]: ...


class Message:
    """`raw` as received or sent; `fields` holds the first occurrence of every tag. Nobody writes to it."""

    __slots__ = ("fields", "msg_type", "raw")

    def __init__(self, raw: bytes, msg_type: str, fields: dict[int, str]) -> None:
        self.raw, self.msg_type, self.fields = raw, msg_type, fields

    @classmethod
    def parse(cls, raw: bytes) -> Message:
        """Reads the fields; GarbledMessageError when one has no tag or 35 is missing. Framing: see `check_frame`."""
        marks = raw.translate(None, _UNMARKED)
        if marks == b"=\x01" * (len(marks) >> 1) and raw.endswith(b"\x01"):
            # no value holds a "=": tags and values alternate, which is faster
            parts = raw.decode("latin-1").replace("=", SOH).split(SOH)
            tags, values = parts[:-1:2], parts[1::2]
        else:
            pairs = [field.partition("=") for field in raw.decode("latin-1")[:-1].split(SOH)]
            tags, values = [tag if mark else "" for tag, mark, _ in pairs], [value for _, _, value in pairs]
        try:
            fields = dict(zip(map(_TAGS.__getitem__, tags), values, strict=True))
            if len(fields) != len(tags):  # a repeated tag: keep the first, groups() reads the rest in order
                fields = {_TAGS[tag]: value for tag, value in zip(reversed(tags), reversed(values), strict=True)}
            return cls(raw, fields[MsgType], fields)
        except (ValueError, KeyError):
            raise GarbledMessageError(_first_fault(raw)) from None

    def get(self, tag: int, default: str = "") -> str:
        return self.fields.get(tag, default)

    def __getitem__(self, tag: int) -> str:
        return self.fields[tag]

    def __contains__(self, tag: int) -> bool:
        return tag in self.fields

    def ordered(self) -> list[tuple[int, str]]:
        """All fields in wire order, repeated ones included."""
        return [(int(tag), value) for tag, _, value in (f.partition("=") for f in _text(self.raw).split(SOH))]

    def groups(self, count_tag: int, shape: GroupShape) -> list[Group]:
        """The entries of the repeating group counted by `count_tag`, each a mapping of tag to value or sub-group."""
        fields = self.ordered()
        for index, (tag, _) in enumerate(fields):
            if tag == count_tag:
                return _read_group(fields, index + 1, shape)[0]
        return []

    def __str__(self) -> str:
        return _text(self.raw).replace(SOH, "|") + "|"


Group = dict[int, "str | list[Group]"]


def _text(raw: bytes) -> str:
    return raw.decode("latin-1").removesuffix(SOH)


def _first_fault(raw: bytes) -> str:
    for position, field in enumerate(raw.decode("latin-1")[:-1].split(SOH), start=1):
        tag, mark, _ = field.partition("=")
        if not (mark and tag.isascii() and tag.isdigit()):
            return f"field {position} ({field!r}) is not tag=value"
    return "MsgType(35) not found"


def _read_group(fields: list[tuple[int, str]], start: int, shape: GroupShape) -> tuple[list[Group], int]:
    """Entries from `start`; each begins with the delimiter; a tag that is no member ends the group."""
    entries: list[Group] = []
    index = start
    while index < len(fields):
        tag, value = fields[index]
        index += 1
        if tag == shape.delimiter:
            entries.append({tag: value})
        elif tag in shape.members and entries:
            inner = shape.groups.get(tag)
            if inner is None:
                entries[-1][tag] = value
            else:
                entries[-1][tag], index = _read_group(fields, index, inner)
        else:
            return entries, index - 1
    return entries, index


def checksum(data: bytes) -> int:
    """Sum of the bytes modulo 256. Adler-32's low half is 1 + sum while that stays under 65521, hence the slices."""
    if len(data) <= 256:
        return ((adler32(data) & 0xFFFF) - 1) & 0xFF
    return sum([(adler32(data[i : i + 256]) & 0xFFFF) - 1 for i in range(0, len(data), 256)]) & 0xFF


def check_frame(raw: bytes) -> None:
    """GarbledMessageError unless 8, 9, 35 lead, 10 ends, and length and checksum agree (FIX session case 2.d, 3.b)."""
    trailer = raw.rfind(b"\x0110=", 0, -1) + 1
    head = raw.split(b"\x01", 3)
    if len(head) < 4 or [part[: part.find(b"=") + 1] for part in head[:3]] != [b"8=", b"9=", b"35="]:
        raise GarbledMessageError("BeginString(8), BodyLength(9) and MsgType(35) must come first, in this order")
    if not trailer or not raw.endswith(b"\x01"):
        raise GarbledMessageError("CheckSum(10) must come last and end with SOH")
    body = len(head[0]) + len(head[1]) + 2
    stated = head[1][2:]
    if not stated.isdigit() or int(stated) != trailer - body:
        raise GarbledMessageError(f"BodyLength(9) says {stated.decode('latin-1')}, counted {trailer - body}")
    sum_stated, sum_counted = raw[trailer + 3 : -1], b"%03d" % checksum(raw[:trailer])
    if sum_stated != sum_counted:
        raise GarbledMessageError(f"CheckSum(10) says {sum_stated.decode('latin-1')}, counted {sum_counted.decode()}")


class Header(NamedTuple):
    """The standard header of one outgoing message. `sending_time` is a UTCTimestamp; `extra`, further header fields."""

    begin_string: str
    sender: str
    target: str
    seq_num: int
    sending_time: str
    extra: tuple[tuple[int, str], ...] = ()


def body(fields: Mapping[int, str]) -> str:
    """Fields without groups in ascending order of tag, the order in which QuickFIX writes them."""
    return "".join([f"{tag}={fields[tag]}\x01" for tag in sorted(fields)])


def encode(msg_type: str, text: str, header: Header) -> bytes:
    """The wire form of a message whose body fields are `text` (each ended by SOH), framed and summed.

    Header fields beyond the standard seven follow TargetCompID(56), as QuickFIX writes them.
    """
    begin_string, sender, target, seq_num, sending_time, extra = header
    more = "".join([f"{tag}={value}\x01" for tag, value in extra]) if extra else ""
    counted = f"35={msg_type}\x0134={seq_num}\x0149={sender}\x0152={sending_time}\x0156={target}\x01{more}{text}"
    framed = f"8={begin_string}\x019={len(counted)}\x01{counted}".encode("latin-1")
    return framed + b"10=%03d\x01" % checksum(framed)


HEADER_TAGS = frozenset(
    (BeginString, BodyLength, MsgType, MsgSeqNum, SenderCompID, SendingTime, TargetCompID, CheckSum),
)
