"""QuickFIX passes over settings it does not know; here none does nothing without a word."""

from __future__ import annotations

import re

import pytest
import quickfix

from sessions.quickfix_settings import FAMILIES, FORMS, REFUSED, REFUSED_FAMILIES, conflict, fault


def test_every_setting_that_the_installed_quickfix_has_is_known_here_and_no_other() -> None:
    theirs = {value for name, value in vars(quickfix).items() if name.isupper() and isinstance(value, str)}
    ours = FORMS.keys() | REFUSED.keys()
    families = [name for name in theirs if any(re.fullmatch(family, name) for family in REFUSED_FAMILIES)]
    assert len(theirs) > 100
    assert theirs - set(families) == ours
    assert not set(families) & ours


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("ResetOnLogon", "Y", ""),
        ("ResetOnLogon", "yes", "= 'yes': must be Y or N"),
        ("ResetOnLogin", "Y", "is no setting of QuickFIX; did you mean ResetOnLogon?"),
        ("resetonlogon", "Y", "is no setting of QuickFIX; did you mean ResetOnLogon?"),
        ("Zzz", "Y", "is no setting of QuickFIX; take it out"),
        ("HeartBtInt", "30", ""),
        ("HeartBtInt", "-1", "= '-1': must be a whole number"),
        ("StartTime", "23:59:59", ""),
        ("StartTime", "24:00:00", "= '24:00:00': must be a time of day, HH:MM:SS"),
        ("StartDay", "Monday", ""),
        ("StartDay", "mo", ""),
        ("StartDay", "1", "= '1': must be a day of the week, such as monday"),
        ("TimestampPrecision", "10", "= '10': must be the number of decimals, 0 to 9"),
        ("DataDictionary", "", "= '': must be printable ASCII text"),
        ("SocketConnectPort1", "9881", ""),
        ("SocketConnectPort1", "x", "= 'x': must be a whole number"),
        ("AppDataDictionary.FIX.4.4", "FIX44.xml", ""),
        ("SenderCompID", "A", "has no effect here: our own key says it; set sender"),
        (
            "AllowedRemoteAddresses",
            "10.0.0.1",
            "has no effect here: the listener is ours; take it out and limit who may connect in the firewall",
        ),
        (
            "MySQLLogPassword",
            "secret",
            "has no effect here: messages and events are kept in the store of the engine; take it out",
        ),
        (
            "CertificationAuthoritiesFile",
            "ca.pem",
            "has no effect here: QuickFIX is built without TLS; take it out and put a TLS tunnel in front",
        ),
    ],
)
def test_a_setting_is_sound_or_says_what_to_do(name: str, value: str, said: str) -> None:
    assert fault(name, value) == said


def test_forms_and_families_are_patterns_that_can_match() -> None:
    for form in {*FORMS.values(), *FAMILIES.values()}:
        assert any(re.fullmatch(form.pattern, value) for value in ("Y", "3", "08:00:00", "friday"))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, ""),
        ({"StartTime": "08:00:00", "EndTime": "17:00:00"}, 'StartTime needs NonStopSession = "N" beside it'),
        ({"StartDay": "mo", "NonStopSession": "Y"}, 'StartDay needs NonStopSession = "N" beside it'),
        ({"NonStopSession": "N"}, 'NonStopSession = "N" needs StartTime and EndTime beside it'),
        (
            {"NonStopSession": "N", "StartTime": "08:00:00"},
            'NonStopSession = "N" needs StartTime and EndTime beside it',
        ),
        ({"NonStopSession": "N", "StartTime": "08:00:00", "EndTime": "17:00:00"}, ""),
        (
            {"NonStopSession": "N", "StartTime": "08:00:00", "EndTime": "17:00:00", "EndDay": "fr"},
            "StartDay and EndDay go together; set both or none",
        ),
    ],
)
def test_times_without_an_end_and_ends_without_times_are_told(settings: dict[str, str], said: str) -> None:
    assert conflict(settings) == said
