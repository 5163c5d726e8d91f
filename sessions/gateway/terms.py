"""What a session needs to know, and the same in QuickFIX's settings."""

from __future__ import annotations

import contextlib
import os
import socket
from dataclasses import dataclass, field
from typing import Any

import quickfix

from spec.dialects import Dialect


class SettingsError(ValueError):
    """QuickFIX takes settings of a session for wrong; the sentence names the session and says which."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a session needs to know. `connect` is (host address, port) of an initiator, None for an acceptor.

    `settings` are QuickFIX's own, by its names; they win over ours. `logon`: further fields of our Logon(A), by tag.
    """

    name: str
    dialect: str
    sender: str
    target: str
    connect: tuple[str, int] | None = None
    heartbeat: int = 30
    settings: dict[str, str] = field(default_factory=dict)
    logon: dict[int, str] = field(default_factory=dict)


class KeptPort:
    """A free port that the system gives to nobody else until `release`, by when QuickFIX has bound it.

    QuickFIX cannot let the system choose: with SocketAcceptPort=0 it looks for the session under the port it got. Two
    sockets may be bound to one port when both say SO_REUSEADDR and neither listens yet.
    """

    def __init__(self) -> None:
        self._descriptor = -1
        probe = socket.socket()
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("0.0.0.0", 0))  # as QuickFIX will
        self.number: int = probe.getsockname()[1]
        self._descriptor = probe.detach()

    def release(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def __del__(self) -> None:
        with contextlib.suppress(OSError):
            self.release()


def settings(
    terms: Terms, speaks: Dialect, session_id: Any, dictionaries: dict[str, str]
) -> tuple[Any, KeptPort | None]:
    """QuickFIX's settings of one session, and the port an acceptor will bind (see `sessions.gateway.door`)."""
    common = dictionaries | {
        "ConnectionType": "initiator" if terms.connect else "acceptor",
        "NonStopSession": "Y",
        "PersistMessages": "N",
        "TimestampPrecision": "3",
        "SocketNodelay": "Y",
        "ReconnectInterval": "1",
        "HeartBtInt": str(terms.heartbeat),
    }
    port = None
    if speaks.default_appl_ver_id:
        common["DefaultApplVerID"] = speaks.default_appl_ver_id
    if terms.connect:
        own = {"SocketConnectHost": terms.connect[0], "SocketConnectPort": str(terms.connect[1])}
    else:
        port = KeptPort()
        own = {"SocketAcceptPort": str(port.number), "SocketReuseAddress": "Y"}
    made = quickfix.SessionSettings()
    made.set(_dictionary(common | terms.settings))
    made.set(session_id, _dictionary(own))
    return made, port


def _dictionary(values: dict[str, str]) -> Any:
    made = quickfix.Dictionary()
    for key, value in values.items():
        made.setString(key, value)
    return made
