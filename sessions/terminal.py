"""What every command shares: where it prints, and how it ends."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer
from rich.console import Console

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

# What an operating system refuses for reasons that a person can remove; anything else is a bug and shows where.
_FORESEEABLE = frozenset(
    (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.EMFILE)
)


def fail(message: str, code: int) -> NoReturn:
    """Says what is wrong and ends."""
    err.print(message, style="red", markup=False)
    raise typer.Exit(code)


@contextmanager
def sentences() -> Iterator[None]:
    """Foreseeable failures as sentences; whatever else happens is a bug and shows where."""
    from engine.dropcopy.recovery import RecoveryError  # noqa: PLC0415  --help should not wait for SQLAlchemy
    from engine.dropcopy.store import StoreError  # noqa: PLC0415
    from sessions.config import ConfigError  # noqa: PLC0415
    from sessions.gateway.terms import SettingsError  # noqa: PLC0415
    from sessions.listening import ListenError  # noqa: PLC0415
    from sessions.oms.orderfile import OrderFileError  # noqa: PLC0415
    from sessions.simulator.recorded import RecordingError  # noqa: PLC0415
    from spec.dictionary import DictionaryError  # noqa: PLC0415

    try:
        yield
    except (ConfigError, SettingsError, OrderFileError, RecordingError) as error:
        fail(str(error), 2)
    except (StoreError, RecoveryError, DictionaryError, ListenError) as error:
        fail(str(error), 3)
    except OSError as error:
        if error.errno not in _FORESEEABLE:
            raise
        where = f"{error.filename}: " if error.filename else ""
        fail(f"{where}{os.strerror(error.errno or 0)}; make room or give permission, then start again", 3)


def say(line: str) -> None:
    out.print(line, markup=False)
