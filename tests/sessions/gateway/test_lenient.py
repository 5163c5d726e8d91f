from __future__ import annotations

from pathlib import Path

import pytest
import quickfix

from sessions.gateway.lenient import lenient
from spec.dialects import DIALECTS, dialect
from spec.dictionary import load
from tests.sessions.cycle.standin import message

VERSIONS = sorted(DIALECTS)
BOOK = "262=MD|268=2|279=0|269=0|55=ACME|270=9|271=5|83=7|279=1|269=1|55=ACME|270=10|271=5|83=8|"
STRATEGY = "11=C1|38=1|847=1001|957=2|958=Slices|959=1|960=3|958=Where|959=14|960=dark|"
FILES = ("DataDictionary", "AppDataDictionary", "TransportDataDictionary")


def files(settings: dict[str, str]) -> list[Path]:
    return [Path(settings[key]) for key in FILES if key in settings]


@pytest.mark.parametrize("version", VERSIONS)
def test_they_require_nothing_and_know_no_values(version: str) -> None:
    with lenient(dialect(version)) as settings:
        for path in files(settings):
            dictionary = load(path)
            assert not dictionary.header.required
            assert not any(made.required for made in dictionary.messages.values())
            kinds = {(known.type, *known.values) for known in dictionary.fields.values()}
            assert kinds - {("DATA",), ("XMLDATA",)} == {("STRING",)}


@pytest.mark.parametrize("version", VERSIONS)
def test_the_files_are_gone_afterwards(version: str) -> None:
    with lenient(dialect(version)) as settings:
        made = files(settings)
        assert all(path.is_file() for path in made)
    assert not any(path.exists() for path in made)


def test_fixt_gets_a_dictionary_for_each_layer_and_4_x_one_for_both() -> None:
    with lenient(dialect("FIX.5.0SP2")) as settings:
        assert [path.name for path in files(settings)] == ["FIX50SP2.xml", "FIXT11.xml"]
    with lenient(dialect("FIX.4.2")) as settings:
        assert [path.name for path in files(settings)] == ["FIX42.xml"]


@pytest.mark.parametrize("version", ["FIX.4.2", "FIX.4.4"])
def test_quickfix_takes_odd_messages_and_repeated_groups_by_them(version: str) -> None:
    odd = "11=C1|38=ten|40=?|55=|60=never|103=77|9999=x|"
    with lenient(dialect(version)) as settings:
        dictionary = quickfix.DataDictionary(settings["DataDictionary"])
        dictionary.checkFieldsHaveValues(False)
        dictionary.checkUserDefinedFields(False)
        dictionary.allowUnknownMsgFields(True)
        for made in (message("D", odd, version), message("D", STRATEGY, version), message("X", BOOK, version)):
            text = made.raw.decode()
            parsed = quickfix.Message(text, dictionary, True)
            dictionary.validate(parsed, False)
            assert parsed.toString() == text


def test_messages_of_5_0_sp2_that_we_speak_keep_their_groups() -> None:
    with lenient(dialect("FIX.5.0SP2")) as settings:
        kept = load(Path(settings["AppDataDictionary"])).messages
    assert set(kept["X"].groups[268].members) >= {279, 269, 55, 270, 271}
    assert kept["D"].groups[453].delimiter == 448
    assert not kept["AE"].fields  # TradeCaptureReport: never spoken here, and slow to load
