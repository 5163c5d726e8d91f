"""The dictionaries that `quickfix` installs load; one that contradicts itself is refused by file, line and fault."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from fix import tags
from spec.dictionary import (
    Dictionary,
    DictionaryError,
    FieldDef,
    GroupDef,
    extended,
    for_session,
    installed,
    load,
    shape,
)
from tests.fix.dictionaries import NAMES, versions

SMALL = """<fix type="FIX" major="4" minor="4">
 <header><field name="MsgType" required="Y"/></header>
 <trailer><field name="CheckSum" required="Y"/></trailer>
 <messages>
  <message name="NewOrderSingle" msgtype="D" msgcat="app">
   <field name="ClOrdID" required="Y"/>
   <component name="Instrument" required="Y"/>
   <component name="Parties" required="N"/>
  </message>
 </messages>
 <components>
  <component name="Instrument"><field name="Symbol" required="Y"/><field name="Side" required="N"/></component>
  <component name="Parties">
   <group name="NoPartyIDs" required="Y">
    <!-- the first field is the delimiter -->
    <field name="PartyID" required="Y"/>
    <field name="PartyRole" required="N"/>
    <component name="SubParties" required="N"/>
   </group>
  </component>
  <component name="SubParties"><group name="NoPartySubIDs" required="N"><field name="PartySubID"/></group></component>
 </components>
 <fields>
  <field number="10" name="CheckSum" type="STRING"/>
  <field number="11" name="ClOrdID" type="STRING"/>
  <field number="35" name="MsgType" type="STRING"/>
  <field number="54" name="Side" type="CHAR"><value enum="1" description="BUY"/><value enum="2"/></field>
  <field number="55" name="Symbol" type="STRING"/>
  <field number="448" name="PartyID" type="STRING"/>
  <field number="452" name="PartyRole" type="INT"/>
  <field number="453" name="NoPartyIDs" type="NUMINGROUP"/>
  <field number="523" name="PartySubID" type="STRING"/>
  <field number="802" name="NoPartySubIDs" type="NUMINGROUP"/>
 </fields>
</fix>
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "OURS.xml"
    path.write_text(text, encoding="utf-8")
    return path


def fault(folder: Path, old: str, new: str) -> str:
    """What is said of the small dictionary with `old` replaced by `new`; the file and the line of `new` come first."""
    before, found, after = SMALL.partition(old)
    assert found
    path = written(folder, before + new + after)
    with pytest.raises(DictionaryError) as refused:
        load(path)
    place = f"{path}, line {before.count(chr(10)) + 1}: "
    assert str(refused.value).startswith(place)
    return str(refused.value).removeprefix(place)


# -- those installed -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "begin_string", "fields", "messages"),
    [
        ("FIX40", "FIX.4.0", 138, 27),
        ("FIX42", "FIX.4.2", 405, 46),
        ("FIX44", "FIX.4.4", 912, 93),
        ("FIX50SP2", "FIX.5.0", 6028, 156),
        ("FIXT11", "FIXT.1.1", 71, 8),
    ],
)
def test_a_version_knows_its_fields_and_messages(name: str, begin_string: str, fields: int, messages: int) -> None:
    version = versions()[name]
    assert version.begin_string == begin_string
    assert len(version.fields) >= fields
    assert len(version.messages) >= messages


@pytest.mark.parametrize("name", NAMES)
def test_every_tag_a_message_names_is_defined(name: str) -> None:
    version = versions()[name]
    assert [tag for tag in members(version) if tag not in version.fields] == []


def members(version: Dictionary) -> list[int]:
    parts = [version.header, version.trailer, *version.messages.values()]
    return [tag for part in parts for tag in [*part.fields, *part.required, *grouped(list(part.groups.values()))]]


def grouped(groups: list[GroupDef]) -> list[int]:
    found = []
    for group in groups:
        assert group.delimiter in group.members
        assert group.required <= group.members
        found += [group.count_tag, *group.members, *grouped(list(group.groups.values()))]
    return found


@pytest.mark.parametrize(
    ("name", "msg_type", "required"),
    [
        ("FIX42", "D", {"ClOrdID", "HandlInst", "Symbol", "Side", "TransactTime", "OrdType"}),
        ("FIX44", "D", {"ClOrdID", "Side", "TransactTime", "OrdType"}),
        ("FIX50SP2", "D", {"ClOrdID", "Side", "TransactTime", "OrdType"}),
        ("FIX44", "9", {"OrderID", "ClOrdID", "OrigClOrdID", "OrdStatus", "CxlRejResponseTo"}),
        ("FIXT11", "A", {"EncryptMethod", "HeartBtInt", "DefaultApplVerID"}),
        ("FIX44", "3", {"RefSeqNum"}),
    ],
)
def test_a_message_knows_what_it_requires(name: str, msg_type: str, required: set[str]) -> None:
    version = versions()[name]
    assert {version.name_of(tag) for tag in version.messages[msg_type].required} == required


@pytest.mark.parametrize("name", ["FIX42", "FIX44", "FIXT11"])
def test_header_and_trailer_require_what_frames_a_message(name: str) -> None:
    version = versions()[name]
    assert {version.name_of(tag) for tag in version.header.required} == {
        "BeginString",
        "BodyLength",
        "MsgType",
        "SenderCompID",
        "TargetCompID",
        "MsgSeqNum",
        "SendingTime",
    }
    assert version.trailer.required == {tags.CheckSum}


def test_an_enumerated_field_knows_its_values() -> None:
    assert versions()["FIX42"].fields[tags.ExecTransType] == FieldDef(
        20, "ExecTransType", "CHAR", {"0": "NEW", "1": "CANCEL", "2": "CORRECT", "3": "STATUS"}
    )


def test_a_tag_has_a_name_and_a_name_a_number() -> None:
    version = versions()["FIX44"]
    assert (version.name_of(tags.ClOrdID), version.name_of(20_000)) == ("ClOrdID", "20000")
    assert version.number_of("ClOrdID") == tags.ClOrdID
    with pytest.raises(KeyError):
        version.number_of("LastShares")


def test_over_the_transport_a_session_speaks_the_application_version_as_well() -> None:
    session, transport, application = for_session("FIXT.1.1"), versions()["FIXT11"], versions()["FIX50SP2"]
    assert session.begin_string == "FIXT.1.1"
    assert session.messages.keys() == transport.messages.keys() | application.messages.keys()
    assert (session.header, session.trailer) == (transport.header, transport.trailer)
    assert session.fields.keys() == transport.fields.keys() | application.fields.keys()
    assert session.messages == {**application.messages, **transport.messages}


@pytest.mark.parametrize(("name", "more"), [("FIX42", {847, 957, 958, 959, 960}), ("FIX44", {957, 958, 959, 960})])
def test_an_older_version_may_ask_for_a_strategy_in_the_words_of_5_0_sp2(name: str, more: set[int]) -> None:
    session, installed_one, later = for_session(f"FIX.{name[3]}.{name[4]}"), versions()[name], versions()["FIX50SP2"]
    assert {tag: session.fields[tag] for tag in session.fields.keys() - installed_one.fields.keys()} == {
        tag: later.fields[tag] for tag in more
    }
    assert session.fields.items() >= installed_one.fields.items()
    changed = {kind: made for kind, made in session.messages.items() if made != installed_one.messages[kind]}
    assert changed == {
        kind: replace(
            before := installed_one.messages[kind],
            fields=before.fields | {847, 957},
            groups={**before.groups, 957: later.messages["D"].groups[957]},
        )
        for kind in ("D", "G")
    }


@pytest.mark.parametrize("name", ["FIX50SP2", "FIXT11"])
def test_what_has_it_already_or_has_no_orders_stays_as_it_is(name: str) -> None:
    assert etree.tostring(extended(name)) == etree.tostring(etree.parse(str(installed(name))))


def test_a_version_that_is_not_installed_says_where_it_was_looked_for() -> None:
    with pytest.raises(DictionaryError, match=r"data dictionary FIX99 is not installed; looked for .*FIX99\.xml and "):
        installed("FIX99")


# -- reading ---------------------------------------------------------------------------------------------------------


def test_components_are_resolved_and_an_optional_one_requires_nothing(tmp_path: Path) -> None:
    read = load(written(tmp_path, SMALL))
    sub_parties = GroupDef(802, 523, frozenset({523}), frozenset(), {})
    parties = GroupDef(453, 448, frozenset({448, 452, 802}), frozenset({448}), {802: sub_parties})
    order = read.messages["D"]
    assert (read.begin_string, order.msg_type, order.name) == ("FIX.4.4", "D", "NewOrderSingle")
    assert order.fields == {11, 54, 55, 453}
    assert order.required == {11, 55}
    assert order.groups == {453: parties}
    assert read.fields[54] == FieldDef(54, "Side", "CHAR", {"1": "BUY", "2": ""})
    assert read.header.required == {35}
    assert read.trailer.required == {10}


def test_the_shape_of_a_group_is_found_by_message_and_count(tmp_path: Path) -> None:
    read = load(written(tmp_path, SMALL))
    assert shape(read, "D", 453) == read.messages["D"].groups[453]
    assert shape(read, "D", 802) is None
    assert shape(read, "8", 453) is None


def test_a_dictionary_without_header_and_trailer_is_one_of_messages(tmp_path: Path) -> None:
    text = SMALL.replace('<header><field name="MsgType" required="Y"/></header>', "")
    read = load(written(tmp_path, text))
    assert read.header.fields == set()
    assert read.trailer.fields == {10}


def test_a_field_defined_twice_is_refused_by_both_names(tmp_path: Path) -> None:
    told = fault(tmp_path, 'number="55" name="Symbol"', 'number="54" name="Symbol"')
    assert told == "field 54 is defined twice: Side and Symbol"


def test_a_name_used_twice_is_refused_by_both_numbers(tmp_path: Path) -> None:
    told = fault(tmp_path, 'number="55" name="Symbol"', 'number="55" name="Side"')
    assert told == "field name Side is used twice: 54 and 55"


def test_a_message_defined_twice_is_refused_by_both_names(tmp_path: Path) -> None:
    told = fault(tmp_path, " </messages>", ' <message name="Order" msgtype="D"/></messages>')
    assert told == "MsgType D is defined twice: NewOrderSingle and Order"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('<component name="Parties" required="N"/>', '<component name="Party"/>', "component Party is not defined"),
        ('<field name="ClOrdID" required="Y"/>', '<field name="ClOrdId"/>', "field ClOrdId is not defined"),
        ('name="SubParties" required="N"', 'name="Parties"', "component Parties contains itself"),
        ('<group name="NoPartySubIDs" required="N">', '<component name="SubParties"/><group name="NoPartySubIDs">',
         "component SubParties contains itself"),
        ('<group name="NoPartySubIDs" required="N"><field name="PartySubID"/></group>', '<group name="NoPartySubIDs"/>',
         "group NoPartySubIDs has no fields"),
        ('<field name="PartyRole" required="N"/>', "<field/>", "<field> has no name"),
        ('name="NewOrderSingle" msgtype="D"', 'name="NewOrderSingle"', "<message> has no msgtype"),
        ('number="55" name="Symbol" type="STRING"', 'number="55" name="Symbol"', "<field> has no type"),
        ('number="55" name="Symbol"', 'number="fifty" name="Symbol"', "field Symbol: number 'fifty' is no tag"),
        ('number="55" name="Symbol"', 'number="-5" name="Symbol"', "field Symbol: number '-5' is no tag"),
    ],
)  # fmt: skip
def test_a_contradiction_names_its_line(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert fault(tmp_path, old, new) == told


@pytest.mark.parametrize("text", ["<dictionary/>", "<fix><fields/></fix>", "<fix><messages/></fix>"])
def test_xml_of_another_kind_is_refused(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(DictionaryError) as refused:
        load(path)
    assert str(refused.value) == (
        f"{path}, line 1: is no data dictionary: <fix> with <fields> and <messages> is missing"
    )


@pytest.mark.parametrize(
    ("text", "line"), [("", 1), ("not xml", 1), ("<fix>\n", 2), ("<fix>\n<fields>\n</feelds>\n", 3)]
)
def test_what_is_no_xml_is_refused_by_file_and_line(tmp_path: Path, text: str, line: int) -> None:
    path = written(tmp_path, text)
    with pytest.raises(DictionaryError) as refused:
        load(path)
    assert str(refused.value).startswith(f"{path}: is not XML: ")
    assert str(refused.value).endswith(f"(OURS.xml, line {line})")


def test_a_file_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(DictionaryError) as refused:
        load(tmp_path / "FIX99.xml")
    assert str(refused.value).startswith(f"{tmp_path / 'FIX99.xml'}: cannot be read: ")
