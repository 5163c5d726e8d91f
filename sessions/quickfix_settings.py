"""QuickFIX's settings by name, as its configuration page and SessionSettings.h list them.

QuickFIX passes over a name it does not know, so that a misspelt setting would do nothing without a word. A setting that
can do nothing here is refused as well, with the reason: who writes it believes in it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import NamedTuple, TypeVar

T = TypeVar("T")


class Form(NamedTuple):
    """How a value is written: the pattern it must match, and the same in words."""

    pattern: str
    words: str


FLAG = Form(r"[YN]", "Y or N")
WHOLE = Form(r"\d{1,9}", "a whole number")
TIME = Form(r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d", "a time of day, HH:MM:SS")
DAY = Form(r"(?i:su|mo|tu|we|th|fr|sa)[a-z]*", "a day of the week, such as monday")
TEXT = Form(r"[ -~]+", "printable ASCII text")

FORMS: Mapping[str, Form] = {
    "AllowUnknownMsgFields": FLAG,
    "CheckCompID": FLAG,
    "CheckLatency": FLAG,
    "MillisecondsInTimeStamp": FLAG,
    "NonStopSession": FLAG,
    "PersistMessages": FLAG,
    "PreserveMessageFieldsOrder": FLAG,
    "RefreshOnLogon": FLAG,
    "ResetOnDisconnect": FLAG,
    "ResetOnLogon": FLAG,
    "ResetOnLogout": FLAG,
    "SendNextExpectedMsgSeqNum": FLAG,
    "SendRedundantResendRequests": FLAG,
    "SendResetSeqNumFlag": FLAG,
    "SocketNodelay": FLAG,
    "UseDataDictionary": FLAG,
    "UseLocalTime": FLAG,
    "ValidateFieldsHaveValues": FLAG,
    "ValidateFieldsOutOfOrder": FLAG,
    "ValidateLengthAndChecksum": FLAG,
    "ValidateUserDefinedFields": FLAG,
    "HeartBtInt": WHOLE,
    "HostSelectionPolicyPriorityStartOverInterval": WHOLE,
    "LogonTimeout": WHOLE,
    "LogoutTimeout": WHOLE,
    "MaxLatency": WHOLE,
    "ReconnectInterval": WHOLE,
    "SocketConnectSourcePort": WHOLE,
    "SocketReceiveBufferSize": WHOLE,
    "SocketSendBufferSize": WHOLE,
    "TimestampPrecision": Form(r"[0-9]", "the number of decimals, 0 to 9"),
    "EndTime": TIME,
    "LogonTime": TIME,
    "LogoutTime": TIME,
    "StartTime": TIME,
    "EndDay": DAY,
    "LogonDay": DAY,
    "LogoutDay": DAY,
    "StartDay": DAY,
    "AppDataDictionary": TEXT,
    "DataDictionary": TEXT,
    "DefaultApplVerID": TEXT,
    "HostSelectionPolicy": TEXT,
    "SocketConnectSourceHost": TEXT,
    "TransportDataDictionary": TEXT,
}
# Names that QuickFIX completes: further hosts to connect to, a dictionary for each application version.
FAMILIES: Mapping[str, Form] = {
    r"SocketConnectHost\d+": TEXT,
    r"SocketConnectPort\d+": WHOLE,
    r"SocketConnectSourceHost\d+": TEXT,
    r"SocketConnectSourcePort\d+": WHOLE,
    r"AppDataDictionary\.[A-Z0-9.]+": TEXT,
}

_OWN = "our own key says it; set {}"
_KEPT = "messages and events are kept in the store of the engine; take it out"
_TLS = "QuickFIX is built without TLS; take it out and put a TLS tunnel in front"
REFUSED: Mapping[str, str] = {
    "BeginString": _OWN.format("dialect"),
    "SenderCompID": _OWN.format("sender"),
    "TargetCompID": _OWN.format("target"),
    "SocketConnectHost": _OWN.format("host"),
    "SocketConnectPort": _OWN.format("port"),
    "SocketAcceptPort": "the listener is ours; set its port where we listen",
    "SocketReuseAddress": "the listener is ours; take it out",
    "AllowedRemoteAddresses": "the listener is ours; take it out and limit who may connect in the firewall",
    "ConnectionType": "venues are connected to, all others connect; take it out",
    "SessionQualifier": "CompIDs tell sessions apart; take it out",
    "HttpAcceptPort": "nothing answers HTTP; take it out",
}
REFUSED_FAMILIES: Mapping[str, str] = {
    r"File(Store|Log)\w+": _KEPT,
    r"ScreenLog\w+": "--verbose shows the events of a session; take it out",
    r"(MySQL|PostgreSQL|Odbc)(Store|Log)\w+": _KEPT,
    r"SSL\w+|TLS\w+|(Server|Client)?Certificat\w+": _TLS,
}


def fault(name: str, value: str) -> str:
    """What is wrong with this setting, in words that follow its name; "" when nothing is."""
    refused = REFUSED.get(name) or _matching(REFUSED_FAMILIES, name)
    if refused:
        return f"has no effect here: {refused}"
    form = FORMS.get(name) or _matching(FAMILIES, name)
    if form is None:
        near = difflib.get_close_matches(name, FORMS, n=1, cutoff=0.7)
        return f"is no setting of QuickFIX; {f'did you mean {near[0]}?' if near else 'take it out'}"
    return "" if re.fullmatch(form.pattern, value) else f"= {value!r}: must be {form.words}"


def conflict(settings: Mapping[str, str]) -> str:
    """What settings, sound by themselves, say against each other; "" when nothing."""
    times = [name for name in ("StartTime", "EndTime", "StartDay", "EndDay") if name in settings]
    if settings.get("NonStopSession", "Y") == "Y":
        return f'{times[0]} needs NonStopSession = "N" beside it' if times else ""
    if not {"StartTime", "EndTime"} <= settings.keys():
        return 'NonStopSession = "N" needs StartTime and EndTime beside it'
    if ("StartDay" in settings) != ("EndDay" in settings):
        return "StartDay and EndDay go together; set both or none"
    return ""


def _matching(families: Mapping[str, T], name: str) -> T | None:
    return next((found for pattern, found in families.items() if re.fullmatch(pattern, name)), None)
