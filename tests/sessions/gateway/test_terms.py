from __future__ import annotations

import contextlib
import os
import socket

import pytest
import quickfix

from sessions.gateway.lenient import lenient
from sessions.gateway.terms import KeptPort, Terms, settings
from spec.dialects import dialect


def made(terms: Terms) -> tuple[dict[str, str], KeptPort | None]:
    """QuickFIX's settings of the one session, by name."""
    speaks = dialect(terms.dialect)
    session_id = quickfix.SessionID(speaks.begin_string, terms.sender, terms.target)
    with lenient(speaks) as dictionaries:
        result, port = settings(terms, speaks, session_id, dictionaries)
        own = result.get(session_id)
        return {name: own.getString(name) for name in NAMES if own.has(name)}, port


NAMES = (
    "ConnectionType", "SocketConnectHost", "SocketConnectPort", "SocketAcceptPort", "SocketReuseAddress", "HeartBtInt",
    "PersistMessages", "ResetOnLogon", "DefaultApplVerID", "SocketNodelay", "NonStopSession",
)  # fmt: skip


def test_an_initiator_knows_where_to_connect_to() -> None:
    terms = Terms("ALPHA", "FIX.4.2", "MANIFOLD", "ALPHA", ("127.0.0.1", 9876), heartbeat=7)
    assert made(terms) == (
        {
            "ConnectionType": "initiator",
            "SocketConnectHost": "127.0.0.1",
            "SocketConnectPort": "9876",
            "HeartBtInt": "7",
            "PersistMessages": "N",
            "SocketNodelay": "Y",
            "NonStopSession": "Y",
        },
        None,
    )


def test_an_acceptor_gets_a_port_kept_for_it() -> None:
    own, port = made(Terms("OMS", "FIX.4.4", "MANIFOLD", "OMS"))
    assert port is not None
    assert own["ConnectionType"] == "acceptor"
    assert (own["SocketAcceptPort"], own["SocketReuseAddress"]) == (str(port.number), "Y")
    assert own["PersistMessages"] == "N"  # whoever owns the session keeps them, and resends
    assert "SocketConnectHost" not in own
    port.release()


def test_settings_given_by_name_win_over_ours() -> None:
    given = {"HeartBtInt": "5", "ResetOnLogon": "Y"}
    own, _ = made(Terms("A", "FIX.4.4", "MANIFOLD", "A", ("127.0.0.1", 1), heartbeat=30, settings=given))
    assert (own["HeartBtInt"], own["ResetOnLogon"]) == ("5", "Y")


def test_fixt_says_its_application_version_at_logon() -> None:
    own, _ = made(Terms("GAMMA", "FIX.5.0SP2", "MANIFOLD", "GAMMA", ("127.0.0.1", 1)))
    assert own["DefaultApplVerID"] == "9"


def test_a_kept_port_is_given_to_nobody_but_who_may_share_it() -> None:
    port = KeptPort()
    with socket.socket() as stranger, contextlib.suppress(OSError):
        stranger.bind(("127.0.0.1", port.number))
        raise AssertionError("a stranger took the port")
    with socket.socket() as quickfixs:
        quickfixs.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        quickfixs.bind(("0.0.0.0", port.number))
        port.release()
        quickfixs.listen()


def test_a_kept_port_is_released_once_and_at_the_latest_when_nobody_holds_it() -> None:
    port = KeptPort()
    descriptor = port._descriptor
    port.release()
    with socket.socket() as later:  # takes the descriptor that became free: a second release must not close it
        port.release()
        assert later.fileno() == descriptor
        os.fstat(descriptor)
    kept = KeptPort()
    descriptor = kept._descriptor
    del kept
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)
