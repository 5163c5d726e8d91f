"""What a session needs to know, and the same in QuickFIX's settings."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from typing import Any

import quickfix

from spec.dialects import Dialect


@dataclass(frozen=True, slots=True)
class Terms:
    """What a session needs to know. `connect` is (host address, port) of an initiator, None for an acceptor.

    `settings` are QuickFIX's own, by its names; they win over ours.
    """

    name: str
    dialect: str
    sender: str
    target: str
    connect: tuple[str, int] | None = None
    heartbeat: int = 30
    keeps_messages: bool = False  # QuickFIX answers ResendRequests from memory; the engine does so from its store
    settings: dict[str, str] = field(default_factory=dict)


def settings(terms: Terms, speaks: Dialect, session_id: Any, dictionaries: dict[str, str]) -> tuple[Any, int]:
    """QuickFIX's settings of one session, and the port an acceptor will bind (see `sessions.gateway.door`)."""
    common = dictionaries | {
        "ConnectionType": "initiator" if terms.connect else "acceptor",
        "NonStopSession": "Y",
        "PersistMessages": "Y" if terms.keeps_messages else "N",
        "TimestampPrecision": "3",
        "SocketNodelay": "Y",
        "ReconnectInterval": "1",
        "HeartBtInt": str(terms.heartbeat),
    }
    port = 0
    if speaks.default_appl_ver_id:
        common["DefaultApplVerID"] = speaks.default_appl_ver_id
    if terms.connect:
        own = {"SocketConnectHost": terms.connect[0], "SocketConnectPort": str(terms.connect[1])}
    else:
        port = _free_port()
        own = {"SocketAcceptPort": str(port)}
    made = quickfix.SessionSettings()
    made.set(_dictionary(common | terms.settings))
    made.set(session_id, _dictionary(own))
    return made, port


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _dictionary(values: dict[str, str]) -> Any:
    made = quickfix.Dictionary()
    for key, value in values.items():
        made.setString(key, value)
    return made
