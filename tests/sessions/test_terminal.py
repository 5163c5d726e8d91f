"""What a person can remedy is a sentence and an exit code; what is a bug shows where."""

from __future__ import annotations

import errno

import pytest
import typer

from sessions.terminal import sentences


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            OSError(errno.ENOSPC, "No space left on device"),
            "No space left on device; make room or give permission, then start again",
        ),
        (
            PermissionError(errno.EACCES, "Permission denied", "f.csv"),
            "f.csv: Permission denied; make room or give permission, then start again",
        ),
    ],
)
def test_a_full_disk_and_a_missing_permission_are_sentences(
    capsys: pytest.CaptureFixture[str], error: OSError, said: str
) -> None:
    with pytest.raises(typer.Exit) as caught, sentences():
        raise error
    assert (caught.value.exit_code, capsys.readouterr().err) == (3, f"{said}\n")


def test_anything_else_is_a_bug_and_shows_where() -> None:
    with pytest.raises(ConnectionResetError), sentences():
        raise ConnectionResetError(errno.ECONNRESET, "reset")
