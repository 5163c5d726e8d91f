"""Asks a running engine, from another process."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path

from pydantic import ValidationError

from sessions.control.words import Answer, Request

PATIENCE = 30.0  # seconds; an engine whose database restarts takes ten
_ANSWER_MAX = 1_000_000  # bytes; what a status may list is bounded


class ChannelError(RuntimeError):
    """No engine answers, in a sentence."""


def ask(path: Path, request: Request) -> Answer:
    """What the engine at `path` answers; ChannelError."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(PATIENCE)
        try:
            line.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError):
            raise ChannelError(f"{path}: no engine listens there; is it running, with this configuration?") from None
        except OSError as error:
            raise ChannelError(f"{path}: {error.strerror or error}; ask as the engine's own user or root") from None
        try:
            with contextlib.suppress(BrokenPipeError):  # it may have said why
                line.sendall(request.model_dump_json().encode() + b"\n")
            heard = line.makefile("rb").readline(_ANSWER_MAX)
        except TimeoutError:
            why = f"did not answer in {PATIENCE:g} s; `manifold run` says what it is waiting for"
            raise ChannelError(f"{path}: the engine {why}") from None
        except OSError:
            heard = b""
    if not heard:
        raise ChannelError(f"{path}: hung up without an answer; the engine's log says why")
    try:
        return Answer.model_validate_json(heard)
    except ValidationError:
        raise ChannelError(f"{path}: what answers there is no engine of this version") from None
