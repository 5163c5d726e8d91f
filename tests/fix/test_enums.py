"""Every value we name exists in FIX, and means there what we call it."""

from __future__ import annotations

import re
from enum import StrEnum

import pytest

from fix import enums, tags
from fix.enums import ADMIN_MSG_TYPES, MsgType, Side
from tests.fix.dictionaries import versions

ENUMERATIONS = [e for e in vars(enums).values() if isinstance(e, type) and issubclass(e, StrEnum) and e is not StrEnum]
MEMBERS = [member for enumeration in ENUMERATIONS for member in enumeration]

# FIX's own words where the dictionaries use others: theirs in the order of their age.
OTHER_NAMES = {
    "TimeInForce.GTC": {"GOOD_TILL_CANCEL"},
    "TimeInForce.OPG": {"AT_THE_OPENING"},
    "TimeInForce.IOC": {"IMMEDIATE_OR_CANCEL"},
    "TimeInForce.FOK": {"FILL_OR_KILL"},
    "TimeInForce.GTX": {"GOOD_TILL_CROSSING"},
    "TimeInForce.GTD": {"GOOD_TILL_DATE"},
    "OrdRejReason.BROKER_OPTION": {"BROKER_CREDIT"},
    "CxlRejReason.BROKER_OPTION": {"BROKER_CREDIT"},
    "CxlRejReason.ALREADY_PENDING": {"ORDER_ALREADY_IN_PENDING_STATUS"},
    "CxlRejResponseTo.ORDER_CANCEL_REPLACE_REQUEST": {"ORDER_CANCEL", "ORDER_CANCEL_REPLACE_REQUEST"},
    "SessionRejectReason.INVALID_MSGTYPE": {"INVALID_MSG_TYPE", "INVALID_MSGTYPE"},
    "SessionRejectReason.INCORRECT_NUMINGROUP_COUNT": {
        "INCORRECT_NUM_IN_GROUP_COUNT_FOR_REPEATING_GROUP",
        "INCORRECT_NUMINGROUP_COUNT_FOR_REPEATING_GROUP",
    },
    "SubscriptionRequestType.SNAPSHOT_PLUS_UPDATES": {"SNAPSHOT_AND_UPDATES"},
    "SubscriptionRequestType.DISABLE": {"DISABLE_PREVIOUS_SNAPSHOT"},
}


def words(member: StrEnum) -> set[str]:
    """What the versions that have this value call it."""
    if isinstance(member, MsgType):
        known = [version.messages.get(member) for version in versions().values()]
        return {re.sub(r"(?<!^)(?=[A-Z])", "_", message.name).upper() for message in known if message is not None}
    number: int = getattr(tags, type(member).__name__)
    fields = [version.fields[number] for version in versions().values() if number in version.fields]
    return {field.values[member] for field in fields if member in field.values}


@pytest.mark.parametrize("member", MEMBERS, ids=str.__repr__)
def test_fix_knows_the_value_by_our_name(member: StrEnum) -> None:
    name = f"{type(member).__name__}.{member.name}"
    assert words(member) == OTHER_NAMES.get(name, {member.name})


def test_every_other_name_is_needed() -> None:
    ours = {f"{type(member).__name__}.{member.name}": member for member in MEMBERS}
    assert [name for name in OTHER_NAMES if OTHER_NAMES[name] == {ours[name].name}] == []


def test_an_enumeration_is_named_after_its_field() -> None:
    assert [e.__doc__ for e in ENUMERATIONS if f"{e.__name__}({getattr(tags, e.__name__)})" not in str(e.__doc__)] == []


def test_a_member_is_its_value_on_the_wire() -> None:
    assert (Side.BUY, f"54={Side.SELL}", {"1": "buy"}[Side.BUY]) == ("1", "54=2", "buy")


def test_a_buy_adds_and_every_sell_takes_away() -> None:
    sells = [Side.SELL, Side.SELL_PLUS, Side.SELL_SHORT, Side.SELL_SHORT_EXEMPT, Side.SELL_UNDISCLOSED]
    assert [Side.BUY.sign, *(side.sign for side in sells)] == [1, -1, -1, -1, -1, -1]


def test_the_messages_of_the_session_are_those_of_the_transport() -> None:
    transport = versions()["FIXT11"].messages.keys() - {"n"}  # XMLnonFIX(n) carries what is no FIX
    assert transport == ADMIN_MSG_TYPES
