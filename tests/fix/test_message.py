"""Wire in, value out: what a message is, when it is garbled, and that what we write is what we read."""

from __future__ import annotations

import pytest
import quickfix
from hypothesis import given
from hypothesis import strategies as st

from fix.message import (
    HEADER_TAGS,
    SOH,
    GarbledMessageError,
    GroupShape,
    Header,
    Message,
    body,
    check_frame,
    checksum,
    encode,
)
from spec.dictionary import for_session, shape

VALUES = st.text(st.characters(max_codepoint=255, exclude_characters=SOH))
PAIRS = st.lists(st.tuples(st.integers(1, 9999), VALUES))
NAMES = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=12)
HEADERS = st.builds(
    Header,
    begin_string=st.sampled_from(["FIX.4.2", "FIX.4.4", "FIXT.1.1"]),
    sender=NAMES,
    target=NAMES,
    seq_num=st.integers(1, 10**9),
    sending_time=st.just("20240229-12:00:00.000"),
    extra=st.lists(st.tuples(st.sampled_from([50, 57, 97, 115, 128]), NAMES), max_size=2).map(tuple),
)
LOGON = b"8=FIX.4.2\x019=65\x0135=A\x0149=SERVER\x0156=CLIENT\x0134=177\x0152=20090107-18:15:16\x0198=0\x01108=30\x0110=062\x01"


def wire(text: str) -> bytes:
    return text.replace("|", SOH).encode("latin-1")


def group_of(msg_type: str, count_tag: int) -> GroupShape:
    found = shape(for_session("FIX.4.4"), msg_type, count_tag)
    assert found is not None
    return found


# -- reading ---------------------------------------------------------------------------------------------------------


def test_a_message_keeps_its_bytes_and_its_order() -> None:
    raw = wire("8=FIX.4.4|9=30|35=D|55=IBM|11=O-1|58=a=b|10=000|")
    message = Message.parse(raw)
    assert message.raw == raw
    assert message.msg_type == "D"
    assert message.ordered() == [
        (8, "FIX.4.4"),
        (9, "30"),
        (35, "D"),
        (55, "IBM"),
        (11, "O-1"),
        (58, "a=b"),
        (10, "000"),
    ]
    assert str(message) == "8=FIX.4.4|9=30|35=D|55=IBM|11=O-1|58=a=b|10=000|"


@given(PAIRS, st.data())
def test_whatever_stands_in_a_message_comes_back(pairs: list[tuple[int, str]], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(pairs)), label="where 35 stands")
    pairs = [*pairs[:at], (35, "D"), *pairs[at:]]
    raw = "".join(f"{tag}={value}{SOH}" for tag, value in pairs).encode("latin-1")
    message = Message.parse(raw)
    first: dict[int, str] = {}
    for tag, value in pairs:
        first.setdefault(tag, value)
    assert (message.raw, message.ordered(), message.fields) == (raw, pairs, first)
    assert message.msg_type == first[35]


def test_a_repeated_tag_keeps_its_first_value() -> None:
    message = Message.parse(wire("35=D|55=IBM|55=MSFT|54=1|55=ORCL|"))
    assert message.fields == {35: "D", 55: "IBM", 54: "1"}


def test_fields_are_asked_for_by_tag() -> None:
    message = Message.parse(wire("35=D|55=IBM|58=|"))
    assert (message[55], message.get(55), message.get(58, "none")) == ("IBM", "IBM", "")
    assert (message.get(44), message.get(44, "none")) == ("", "none")
    assert (55 in message, 44 in message) == (True, False)
    with pytest.raises(KeyError):
        message[44]


@pytest.mark.parametrize("tag", [" 55", "55 ", "5_5", "+5", "-5", "5.5", "", "x", "²", "٣", "0x37"])
def test_a_tag_is_digits_and_nothing_else(tag: str) -> None:
    raw = f"35=D{SOH}{tag}=IBM{SOH}".encode("latin-1", "replace")
    shown = f"{tag}=IBM".encode("latin-1", "replace").decode("latin-1")
    with pytest.raises(GarbledMessageError) as refused:
        Message.parse(raw)
    assert str(refused.value) == f"field 2 ({shown!r}) is not tag=value"


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "field 1 ('') is not tag=value"),
        (b"\x01", "field 1 ('') is not tag=value"),
        (b"35=D\x01hello\x01", "field 2 ('hello') is not tag=value"),
        (b"35=D\x01\x0155=IBM\x01", "field 2 ('') is not tag=value"),
        (b"8=FIX.4.4\x0155=IBM\x01", "MsgType(35) not found"),
    ],
)
def test_what_has_no_tag_or_no_type_is_garbled(raw: bytes, why: str) -> None:
    with pytest.raises(GarbledMessageError) as refused:
        Message.parse(raw)
    assert str(refused.value) == why


# -- groups ----------------------------------------------------------------------------------------------------------


def test_a_group_is_read_entry_by_entry() -> None:
    message = Message.parse(wire("35=D|11=O-1|453=2|448=A|447=D|452=1|448=B|452=3|55=IBM|"))
    assert message.groups(453, group_of("D", 453)) == [{448: "A", 447: "D", 452: "1"}, {448: "B", 452: "3"}]


def test_a_group_in_a_group_stands_in_its_entry() -> None:
    message = Message.parse(wire("35=D|453=2|448=A|452=1|802=2|523=X|803=1|523=Y|448=B|802=1|523=Z|54=1|"))
    assert message.groups(453, group_of("D", 453)) == [
        {448: "A", 452: "1", 802: [{523: "X", 803: "1"}, {523: "Y"}]},
        {448: "B", 802: [{523: "Z"}]},
    ]


def test_the_entries_decide_not_the_count() -> None:
    message = Message.parse(wire("35=D|453=7|448=A|448=B|"))
    assert message.groups(453, group_of("D", 453)) == [{448: "A"}, {448: "B"}]


def test_a_group_that_is_absent_or_empty_has_no_entries() -> None:
    assert Message.parse(wire("35=D|55=IBM|")).groups(453, group_of("D", 453)) == []
    assert Message.parse(wire("35=D|453=0|55=IBM|")).groups(453, group_of("D", 453)) == []


def test_a_member_before_the_delimiter_is_no_entry() -> None:
    assert Message.parse(wire("35=D|453=1|452=1|448=A|")).groups(453, group_of("D", 453)) == []


# -- framing ---------------------------------------------------------------------------------------------------------


@given(st.binary(max_size=2000))
def test_the_checksum_is_the_sum_of_the_bytes_modulo_256(data: bytes) -> None:
    assert checksum(data) == sum(data) % 256


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 512, 65_536, 70_001])
def test_the_checksum_of_the_highest_bytes_does_not_overflow(size: int) -> None:
    assert checksum(b"\xff" * size) == 255 * size % 256


def test_a_logon_from_elsewhere_is_well_framed() -> None:
    check_frame(LOGON)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "BeginString(8), BodyLength(9) and MsgType(35) must come first, in this order"),
        (
            LOGON.replace(b"35=A\x01", b"").replace(b"49=", b"35=A\x0149=", 1)[5:],
            "BeginString(8), BodyLength(9) and MsgType(35) must come first, in this order",
        ),
        (
            LOGON.replace(b"9=65\x0135=A\x01", b"35=A\x019=65\x01"),
            "BeginString(8), BodyLength(9) and MsgType(35) must come first, in this order",
        ),
        (LOGON[:-1], "CheckSum(10) must come last and end with SOH"),
        (LOGON[:-7], "CheckSum(10) must come last and end with SOH"),
        (LOGON.replace(b"9=65", b"9=66"), "BodyLength(9) says 66, counted 65"),
        (LOGON.replace(b"9=65", b"9=-5"), "BodyLength(9) says -5, counted 65"),
        (LOGON.replace(b"9=65", b"9="), "BodyLength(9) says , counted 65"),
        (LOGON.replace(b"10=062", b"10=063"), "CheckSum(10) says 063, counted 062"),
        (LOGON.replace(b"10=062", b"10=62"), "CheckSum(10) says 62, counted 062"),
        (LOGON.replace(b"SERVER", b"SERVES"), "CheckSum(10) says 062, counted 063"),
        (LOGON + b"58=after\x01", "CheckSum(10) says 062\x0158=after, counted 062"),
    ],
)
def test_a_bad_frame_says_what_is_wrong(raw: bytes, why: str) -> None:
    with pytest.raises(GarbledMessageError) as refused:
        check_frame(raw)
    assert str(refused.value) == why


@given(HEADERS, st.data())
def test_one_changed_byte_is_noticed(header: Header, data: st.DataObject) -> None:
    raw = encode("D", "11=O-1\x0155=IBM\x01", header)
    at = data.draw(st.integers(0, len(raw) - 1), label="which byte")
    changed = raw[:at] + bytes([raw[at] ^ data.draw(st.integers(1, 255), label="how")]) + raw[at + 1 :]
    with pytest.raises(GarbledMessageError):
        check_frame(changed)


# -- writing ---------------------------------------------------------------------------------------------------------


def test_a_body_is_written_in_ascending_order_of_tag() -> None:
    assert body({55: "IBM", 11: "O-1", 100: "X", 38: "5"}) == "11=O-1\x0138=5\x0155=IBM\x01100=X\x01"
    assert body({}) == ""


def test_a_message_is_written_as_quickfix_writes_it() -> None:
    header = Header("FIX.4.4", "US", "THEM", 7, "20240229-12:00:00.000", ((97, "Y"),))
    raw = encode("D", "11=O-1\x0155=IBM\x01", header)
    text = "8=FIX.4.4|9=68|35=D|34=7|49=US|52=20240229-12:00:00.000|56=THEM|97=Y|11=O-1|55=IBM|10=134|"
    assert raw == wire(text)
    assert quickfix.Message(raw.decode("latin-1"), False).toString().encode("latin-1") == raw


@given(st.sampled_from(["D", "8", "AB"]), st.dictionaries(st.integers(200, 5000), VALUES), HEADERS)
def test_what_is_written_is_framed_and_reads_back(msg_type: str, fields: dict[int, str], header: Header) -> None:
    raw = encode(msg_type, body(fields), header)
    check_frame(raw)
    assert Message.parse(raw).ordered()[2:-1] == [
        (35, msg_type),
        (34, str(header.seq_num)),
        (49, header.sender),
        (52, header.sending_time),
        (56, header.target),
        *header.extra,
        *sorted(fields.items()),
    ]


def test_the_header_tags_are_those_that_encode_writes() -> None:
    header = Header("FIX.4.4", "US", "THEM", 7, "20240229-12:00:00.000")
    assert Message.parse(encode("0", "", header)).fields.keys() == HEADER_TAGS
