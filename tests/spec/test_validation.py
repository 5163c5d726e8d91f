"""A message is what its dictionary says, or the first fault is named by reason, tag and sentence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fix.enums import SessionRejectReason as R
from fix.message import SOH, Header, Message, encode
from spec.dictionary import for_session
from spec.validation import Fault, Validator

NOW = "20240229-12:00:00.000"
ORDER = f"11=O-1|21=1|38=100|40=2|44=9.5|54=1|55=IBM|59=0|60={NOW}|"
# One of every message that concerns an order, with all the fields that every version has for it.
VALID = {
    "D": ORDER,
    "F": f"11=O-2|38=100|41=O-1|54=1|55=IBM|60={NOW}|",
    "G": f"11=O-2|21=1|38=200|40=2|41=O-1|44=9.6|54=1|55=IBM|60={NOW}|",
    "Q": "17=X-1|31=9.5|32=40|37=V-1|38=100|54=1|55=IBM|58=not ours|127=D|",
    "H": "11=O-1|37=V-1|54=1|55=IBM|",
    "8": f"6=9.5|11=O-1|14=40|17=X-1|31=9.5|32=40|37=V-1|38=100|39=1|54=1|55=IBM|60={NOW}|151=60|",
    "9": "11=O-2|37=V-1|39=2|41=O-1|58=too late|102=0|434=1|",
}
OWN_WORDS = {
    ("8", "FIX.4.2"): "20=0|150=1|",
    ("8", "FIX.4.4"): "150=F|",
    ("8", "FIXT.1.1"): "150=F|",
}
VERSIONS = ["FIX.4.2", "FIX.4.4", "FIXT.1.1"]
PARTIES = "453=2|448=A|447=D|452=1|448=B|447=D|452=3|"


def message(text: str, msg_type: str = "D", version: str = "FIX.4.4") -> Message:
    header = Header(version, "US", "THEM", 7, NOW)
    return Message.parse(encode(msg_type, text.replace("|", SOH), header))


def faults(text: str, msg_type: str = "D", version: str = "FIX.4.4", **settings: bool) -> list[Fault]:
    """All of them; the first is what `check` gives."""
    validator = Validator(for_session(version), **settings)
    found = validator.faults(message(text, msg_type, version))
    assert validator.check(message(text, msg_type, version)) == (found[0] if found else None)
    return found


# -- what passes -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("msg_type", VALID)
def test_a_valid_message_about_an_order_passes(version: str, msg_type: str) -> None:
    assert faults(VALID[msg_type] + OWN_WORDS.get((msg_type, version), ""), msg_type, version) == []


# What FIX 4.2 does not have
VALID_FROM_4_3 = {
    "q": f"11=Q-1|54=1|55=IBM|60={NOW}|530=1|",
    "r": f"11=Q-1|37=M-1|54=1|55=IBM|60={NOW}|530=1|531=0|532=1|",
    "AF": "54=1|55=IBM|584=S-1|585=1|",
}


@pytest.mark.parametrize("msg_type", VALID_FROM_4_3)
def test_a_message_about_many_orders_passes_where_the_version_has_it(msg_type: str) -> None:
    text = VALID_FROM_4_3[msg_type]
    assert faults(text, msg_type, "FIX.4.4") == []
    assert faults(text + ("1369=M-1|" if msg_type == "r" else ""), msg_type, "FIXT.1.1") == []
    unknown = Fault(R.INVALID_MSGTYPE, 35, f"MsgType(35) {msg_type} is no message of FIX.4.2")
    assert faults(text, msg_type, "FIX.4.2") == [unknown]


@pytest.mark.parametrize(
    ("msg_type", "text", "fault"),
    [
        ("G", VALID["G"].replace("41=O-1|", ""), Fault(R.REQUIRED_TAG_MISSING, 41, "OrigClOrdID(41) is missing: OrderCancelReplaceRequest requires it")),
        ("Q", VALID["Q"].replace("127=D", "127=X"), Fault(R.VALUE_IS_INCORRECT, 127, "DKReason(127): 'X' is none of the values FIX gives it")),
        ("q", VALID_FROM_4_3["q"].replace("530=1", "530=0"), Fault(R.VALUE_IS_INCORRECT, 530, "MassCancelRequestType(530): '0' is none of the values FIX gives it")),
        ("AF", VALID_FROM_4_3["AF"].replace("584=S-1|", ""), Fault(R.REQUIRED_TAG_MISSING, 584, "MassStatusReqID(584) is missing: OrderMassStatusRequest requires it")),
        ("D", ORDER + "847=4|", Fault(R.VALUE_IS_INCORRECT, 847, "TargetStrategy(847): '4' is none of the values FIX gives it")),
        ("D", ORDER + "847=-1000|", Fault(R.VALUE_IS_INCORRECT, 847, "TargetStrategy(847): '-1000' is none of the values FIX gives it")),
        ("D", ORDER + "847=dark|", Fault(R.INCORRECT_DATA_FORMAT_FOR_VALUE, 847, "TargetStrategy(847): 'dark' is not a whole number (INT)")),
    ],
)  # fmt: skip
def test_what_a_message_about_orders_does_not_say_right_is_named(msg_type: str, text: str, fault: Fault) -> None:
    assert faults(text, msg_type) == [fault]


@pytest.mark.parametrize(
    ("msg_type", "text"),
    [("0", ""), ("1", "112=T|"), ("2", "7=1|16=0|"), ("3", "45=7|58=no|"), ("4", "36=9|123=Y|"), ("5", "58=bye|")],
)
@pytest.mark.parametrize("version", VERSIONS)
def test_a_valid_message_of_the_session_passes(version: str, msg_type: str, text: str) -> None:
    assert faults(text, msg_type, version) == []


@pytest.mark.parametrize(
    "more",
    [
        "18=1 6 G|",  # several values in one field
        "64=20240304|",
        "114=Y|",
        "126=20240229-23:59:60.123456|",
        "432=20240229|",
        "847=1|",
        "847=1000|",  # for the two sides to agree on
        "200=202412|",
        "44=-0.25|",
        "44=.5|",
        "44=1.|",
        "44=0009.50|",
        "58=caf\xe9 = \xfcber|",
        "5001=ours|9999=ours|",
        PARTIES,
        "453=0|",
        "453=1|448=A|802=2|523=X|803=1|523=Y|",
        "453=1|448=A|802=1|523=X|803=1|452=1|",
    ],
)
def test_what_fix_allows_passes(more: str) -> None:
    order = VALID["D"].replace("44=9.5|", "") if more.startswith("44=") else VALID["D"]
    assert faults(order + more) == []


# -- one test for each reason ----------------------------------------------------------------------------------------


def test_a_tag_zero_is_no_tag() -> None:
    assert faults(ORDER + "0=x|") == [Fault(R.INVALID_TAG_NUMBER, 0, "0 is no tag number")]


def test_a_required_tag_is_missing() -> None:
    assert faults(ORDER.replace("54=1|", "")) == [
        Fault(R.REQUIRED_TAG_MISSING, 54, "Side(54) is missing: NewOrderSingle requires it")
    ]


def test_a_required_tag_of_the_header_is_missing() -> None:
    header = f"8=FIX.4.4|9=0|35=D|49=US|52={NOW}|56=THEM|"
    order = Message.parse(f"{header}{ORDER}10=000|".replace("|", SOH).encode())
    assert Validator(for_session("FIX.4.4")).faults(order) == [
        Fault(R.REQUIRED_TAG_MISSING, 34, "MsgSeqNum(34) is missing: NewOrderSingle requires it")
    ]


def test_a_tag_belongs_into_another_message() -> None:
    assert faults(ORDER + "102=0|") == [
        Fault(R.TAG_NOT_DEFINED_FOR_THIS_MESSAGE_TYPE, 102, "CxlRejReason(102) does not belong into NewOrderSingle")
    ]


def test_a_tag_is_of_no_field() -> None:
    assert faults(ORDER + "4999=x|") == [Fault(R.UNDEFINED_TAG, 4999, "tag 4999 is not defined in FIX.4.4")]


def test_a_tag_of_a_later_version_is_of_no_field() -> None:
    assert faults(ORDER + "797=Y|", version="FIX.4.2") == [
        Fault(R.UNDEFINED_TAG, 797, "tag 797 is not defined in FIX.4.2")
    ]


def test_a_tag_has_no_value() -> None:
    assert faults(ORDER.replace("55=IBM|", "55=|")) == [
        Fault(R.TAG_SPECIFIED_WITHOUT_A_VALUE, 55, "Symbol(55) has no value")
    ]


def test_a_value_is_none_of_the_enumerated() -> None:
    assert faults(ORDER.replace("54=1|", "54=Z|")) == [
        Fault(R.VALUE_IS_INCORRECT, 54, "Side(54): 'Z' is none of the values FIX gives it")
    ]


def test_one_of_several_values_is_none_of_the_enumerated() -> None:
    assert faults(ORDER + "18=1 ? G|") == [
        Fault(R.VALUE_IS_INCORRECT, 18, "ExecInst(18): '1 ? G' is none of the values FIX gives it")
    ]


def test_a_value_has_the_wrong_format() -> None:
    assert faults(ORDER.replace("38=100|", "38=a hundred|")) == [
        Fault(R.INCORRECT_DATA_FORMAT_FOR_VALUE, 38, "OrderQty(38): 'a hundred' is not a number (QTY)")
    ]


def test_a_message_type_is_of_no_message() -> None:
    fault = Fault(R.INVALID_MSGTYPE, 35, "MsgType(35) zz is no message of FIX.4.4")
    assert faults(ORDER, "zz") == [fault]


def test_a_tag_appears_twice() -> None:
    assert faults(ORDER + "55=MSFT|") == [Fault(R.TAG_APPEARS_MORE_THAN_ONCE, 55, "Symbol(55) appears more than once")]


def test_a_group_has_another_count_than_entries() -> None:
    assert faults(ORDER + PARTIES.replace("453=2", "453=3")) == [
        Fault(R.INCORRECT_NUMINGROUP_COUNT, 453, "NoPartyIDs(453) says 3, counted 2")
    ]


def test_every_reason_we_name_is_given() -> None:
    given_here = {
        R.INVALID_TAG_NUMBER: "0=x|",
        R.REQUIRED_TAG_MISSING: "",
        R.TAG_NOT_DEFINED_FOR_THIS_MESSAGE_TYPE: "102=0|",
        R.UNDEFINED_TAG: "4999=x|",
        R.TAG_SPECIFIED_WITHOUT_A_VALUE: "11=|",
        R.VALUE_IS_INCORRECT: "54=Z|",
        R.INCORRECT_DATA_FORMAT_FOR_VALUE: "38=x|",
        R.TAG_APPEARS_MORE_THAN_ONCE: "11=a|11=b|",
        R.REPEATING_GROUP_FIELDS_OUT_OF_ORDER: "453=1|447=D|448=A|",
        R.INCORRECT_NUMINGROUP_COUNT: "453=1|",
    }
    assert {faults(text)[0].reason for text in given_here.values()} == given_here.keys()
    assert set(R) - given_here.keys() == {R.INVALID_MSGTYPE}


# -- formats ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "tag", "what"),
    [
        ("38=1e3|", 38, "OrderQty(38): '1e3' is not a number (QTY)"),
        ("38=+5|", 38, "OrderQty(38): '+5' is not a number (QTY)"),
        ("38=5_000|", 38, "OrderQty(38): '5_000' is not a number (QTY)"),
        ("38= 5|", 38, "OrderQty(38): ' 5' is not a number (QTY)"),
        ("38=5\xb2|", 38, "OrderQty(38): '5\xb2' is not a number (QTY)"),
        ("38=.|", 38, "OrderQty(38): '.' is not a number (QTY)"),
        ("38=NaN|", 38, "OrderQty(38): 'NaN' is not a number (QTY)"),
        ("44=1,5|", 44, "Price(44): '1,5' is not a number (PRICE)"),
        ("54=12|", 54, "Side(54): '12' is not one character (CHAR)"),
        ("60=20240229|", 60, "TransactTime(60): '20240229' is not a time YYYYMMDD-HH:MM:SS in UTC (UTCTIMESTAMP)"),
        ("64=20241301|", 64, "SettlDate(64): '20241301' is not a date YYYYMMDD (LOCALMKTDATE)"),
        ("114=y|", 114, "LocateReqd(114): 'y' is not Y or N (BOOLEAN)"),
        ("200=202413|", 200, "MaturityMonthYear(200): '202413' is not a month YYYYMM (MONTHYEAR)"),
        ("58=a\nb|", 58, "Text(58): 'a\\nb' is not plain text (STRING)"),
        ("453=-1|", 453, "NoPartyIDs(453): '-1' is not a count (NUMINGROUP)"),
        ("453=2.0|", 453, "NoPartyIDs(453): '2.0' is not a count (NUMINGROUP)"),
    ],
)
def test_a_format_is_named_with_its_type(text: str, tag: int, what: str) -> None:
    order = "".join(f"{field}|" for field in ORDER.split("|")[:-1] if not field.startswith(f"{tag}="))
    assert faults(order + text) == [Fault(R.INCORRECT_DATA_FORMAT_FOR_VALUE, tag, what)]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_number_of_thousands_of_digits_is_refused_not_read(version: str) -> None:
    request = "146={count}|262=M|263=1|264={depth}|267=1|269=0|"
    nines = "9" * 5000
    found = faults(request.format(count=nines, depth=0), "V", version)
    assert (found[0].tag, found[0].reason) == (146, R.INCORRECT_DATA_FORMAT_FOR_VALUE)
    found = faults("55=IBM|" + request.format(count=0, depth=nines), "V", version)
    assert R.INCORRECT_DATA_FORMAT_FOR_VALUE in {fault.reason for fault in found if fault.tag == 264}


# -- groups ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("453=1|", [Fault(R.INCORRECT_NUMINGROUP_COUNT, 453, "NoPartyIDs(453) says 1, counted 0")]),
        ("453=0|448=A|", [Fault(R.INCORRECT_NUMINGROUP_COUNT, 453, "NoPartyIDs(453) says 0, counted 1")]),
        (
            "453=1|447=D|448=A|",
            [
                Fault(
                    R.REPEATING_GROUP_FIELDS_OUT_OF_ORDER,
                    447,
                    "PartyIDSource(447) stands before PartyID(448), which starts an entry",
                )
            ],
        ),
        (
            "453=1|448=A|452=1|452=3|",
            [Fault(R.TAG_APPEARS_MORE_THAN_ONCE, 452, "PartyRole(452) appears more than once in an entry")],
        ),
        (
            "453=1|448=A|447=|",
            [Fault(R.TAG_SPECIFIED_WITHOUT_A_VALUE, 447, "PartyIDSource(447) has no value")],
        ),
        (
            "453=1|448=A|452=first|",
            [Fault(R.INCORRECT_DATA_FORMAT_FOR_VALUE, 452, "PartyRole(452): 'first' is not a whole number (INT)")],
        ),
        (
            "453=1|448=A|802=2|523=X|",
            [Fault(R.INCORRECT_NUMINGROUP_COUNT, 802, "NoPartySubIDs(802) says 2, counted 1")],
        ),
        (
            "453=1|448=A|802=1|803=1|523=X|",
            [
                Fault(
                    R.REPEATING_GROUP_FIELDS_OUT_OF_ORDER,
                    803,
                    "PartySubIDType(803) stands before PartySubID(523), which starts an entry",
                )
            ],
        ),
    ],
)
def test_a_group_is_checked_entry_by_entry(text: str, found: list[Fault]) -> None:
    assert faults(ORDER + text) == found


STRATEGY = f"847=1001|957=2|958=EndTime|959=19|960={NOW}|958=Slices|960=12|"


@pytest.mark.parametrize("version", VERSIONS)
def test_an_order_of_any_version_may_ask_for_a_strategy_with_parameters(version: str) -> None:
    assert faults(ORDER + STRATEGY, version=version) == []
    assert faults(VALID["G"] + STRATEGY, "G", version) == []


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("old", "new", "reason", "tag", "what"),
    [
        ("957=2", "957=3", R.INCORRECT_NUMINGROUP_COUNT, 957, "NoStrategyParameters(957) says 3, counted 2"),
        ("957=2", "957=1", R.INCORRECT_NUMINGROUP_COUNT, 957, "NoStrategyParameters(957) says 1, counted 2"),
        ("958=EndTime|959=19", "959=19|958=EndTime", R.REPEATING_GROUP_FIELDS_OUT_OF_ORDER, 959, "StrategyParameterType(959) stands before StrategyParameterName(958), which starts an entry"),
        ("959=19", "959=77", R.VALUE_IS_INCORRECT, 959, "StrategyParameterType(959): '77' is none of the values FIX gives it"),
        ("959=19", "959=1|959=1", R.TAG_APPEARS_MORE_THAN_ONCE, 959, "StrategyParameterType(959) appears more than once in an entry"),
        ("960=12", "960=", R.TAG_SPECIFIED_WITHOUT_A_VALUE, 960, "StrategyParameterValue(960) has no value"),
    ],
)  # fmt: skip
def test_faulty_parameters_are_named(version: str, old: str, new: str, reason: R, tag: int, what: str) -> None:
    assert faults(ORDER + STRATEGY.replace(old, new), version=version) == [Fault(reason, tag, what)]


def test_only_orders_and_what_they_are_to_become_have_a_strategy() -> None:
    text = "StrategyParameterName(958) does not belong into OrderCancelRequest"
    found = faults(VALID["F"] + "958=Slices|", "F")
    assert found == [Fault(R.TAG_NOT_DEFINED_FOR_THIS_MESSAGE_TYPE, 958, text)]


def test_an_entry_that_lacks_a_field_says_which_group_requires_it() -> None:
    snapshot = "55=IBM|262=M|268=2|269=0|270=9.5|269=1|271=100|"
    assert faults(snapshot, "W", "FIX.4.2") == [
        Fault(R.REQUIRED_TAG_MISSING, 270, "MDEntryPx(270) is missing: an entry of NoMDEntries(268) requires it")
    ]


# -- the rest --------------------------------------------------------------------------------------------------------


def test_user_defined_tags_pass_unless_they_are_not_allowed() -> None:
    assert faults(ORDER + "5000=x|") == []
    assert faults(ORDER + "5000=x|", allow_unknown_user_tags=False) == [
        Fault(R.UNDEFINED_TAG, 5000, "tag 5000 is not defined in FIX.4.4")
    ]


def test_a_user_defined_tag_has_a_value_too() -> None:
    assert faults(ORDER + "5000=|") == [Fault(R.TAG_SPECIFIED_WITHOUT_A_VALUE, 5000, "tag 5000 has no value")]


def test_tools_hear_of_every_fault_in_the_order_of_the_fields() -> None:
    assert faults("11=|38=x|54=Z|55=IBM|55=MSFT|102=0|453=1|") == [
        Fault(R.TAG_SPECIFIED_WITHOUT_A_VALUE, 11, "ClOrdID(11) has no value"),
        Fault(R.INCORRECT_DATA_FORMAT_FOR_VALUE, 38, "OrderQty(38): 'x' is not a number (QTY)"),
        Fault(R.VALUE_IS_INCORRECT, 54, "Side(54): 'Z' is none of the values FIX gives it"),
        Fault(R.TAG_APPEARS_MORE_THAN_ONCE, 55, "Symbol(55) appears more than once"),
        Fault(R.TAG_NOT_DEFINED_FOR_THIS_MESSAGE_TYPE, 102, "CxlRejReason(102) does not belong into NewOrderSingle"),
        Fault(R.INCORRECT_NUMINGROUP_COUNT, 453, "NoPartyIDs(453) says 1, counted 0"),
        Fault(R.REQUIRED_TAG_MISSING, 40, "OrdType(40) is missing: NewOrderSingle requires it"),
        Fault(R.REQUIRED_TAG_MISSING, 60, "TransactTime(60) is missing: NewOrderSingle requires it"),
    ]


TAGS = st.sampled_from([0, 1, 11, 38, 40, 54, 55, 59, 60, 102, 447, 448, 452, 453, 523, 802, 803, 4999, 5000])
TEXTS = st.sampled_from(["", "0", "1", "2", "x", "IBM", "-1", NOW])


@given(st.lists(st.tuples(TAGS, TEXTS), max_size=12), st.sampled_from(VERSIONS))
def test_the_first_of_all_faults_is_the_one_that_is_answered(fields: list[tuple[int, str]], version: str) -> None:
    faults(ORDER + "".join(f"{tag}={value}|" for tag, value in fields), version=version)


@given(st.lists(st.tuples(TAGS, TEXTS), max_size=12), st.sampled_from(VERSIONS))
def test_an_order_of_anything_gets_an_answer_about_a_tag_it_has_or_lacks(
    fields: list[tuple[int, str]], version: str
) -> None:
    order = message("".join(f"{tag}={value}|" for tag, value in fields), version=version)
    for fault in Validator(for_session(version)).faults(order):
        assert (fault.tag in order) == (fault.reason is not R.REQUIRED_TAG_MISSING)
        assert f"{fault.tag}" in fault.text
