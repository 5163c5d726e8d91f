"""One command for whatever a file describes."""

from __future__ import annotations

from pathlib import Path

import pytest

from sessions.checking import check
from sessions.config import ConfigError
from tests.sessions.test_config import ENGINE, SIMULATOR

STUDY = (Path(__file__).resolve().parents[2] / "examples" / "study.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ENGINE, "sound: an engine demo with 1 OMS, 1 venue"),
        (SIMULATOR, "sound: a simulated venue ALPHA speaking FIX.4.2, 1 instrument"),
        (STUDY, "sound: a study of 4 strategies over 3 venues"),
    ],
)
def test_what_a_file_describes_is_said(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "some.toml"
    path.write_text(text, encoding="utf-8")
    assert check(path) == said


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (STUDY.replace("seed = ", "sed = ", 1), "sed: unknown key; did you mean seed?"),
        ("= 1", "is not TOML"),
        ("parents = 1", "instance: is missing; add it"),
    ],
)
def test_what_is_wrong_is_said_by_whoever_reads_it(tmp_path: Path, text: str, fault: str) -> None:
    path = tmp_path / "some.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        check(path)
    assert fault in str(caught.value)
