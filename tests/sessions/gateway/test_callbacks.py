from __future__ import annotations

import logging
from typing import Any

import pytest
import quickfix

from sessions.gateway.callbacks import Application, Log, LogFactory, guarded
from tests.sessions.cycle.standin import message


class Sick:
    """A listener that writes down what it hears and fails at it every time."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, object]] = []

    def _fail(self, what: str, detail: object = None) -> None:
        self.heard.append((what, detail))
        raise RuntimeError(f"sick of {what}")

    def arrived(self, raw: str) -> None:
        self._fail("arrived", raw)

    def delivered(self, message: Any) -> None:
        self._fail("delivered", message.getHeader().getField(35))

    def told(self, text: str) -> None:
        self._fail("told", text)

    def logged(self, *, up: bool) -> None:
        self._fail("logged", up)

    def on_admin_out(self, message: Any) -> None:
        self._fail("on_admin_out")

    def on_resend_request(self, message: Any) -> None:
        self._fail("on_resend_request")


class Well(Sick):
    """The same, but nothing fails."""

    def _fail(self, what: str, detail: object = None) -> None:
        self.heard.append((what, detail))


def quick(msg_type: str, text: str = "") -> Any:
    return quickfix.Message(message(msg_type, text).raw.decode(), False)


ID = quickfix.SessionID("FIX.4.4", "MANIFOLD", "OMS")


def call_all(listener: Sick) -> list[tuple[str, object]]:
    log, application = Log(listener), Application(listener)
    log.onIncoming("in")
    log.onOutgoing("out")
    log.onEvent("event")
    log.clear()
    log.backup()
    application.onCreate(ID)
    application.onLogon(ID)
    application.onLogout(ID)
    application.toAdmin(quick("0"), ID)
    application.toApp(quick("D"), ID)
    application.fromAdmin(quick("0"), ID)
    application.fromAdmin(quick("2", "7=1|16=0|"), ID)
    application.fromApp(quick("D"), ID)
    return listener.heard


ALL: list[tuple[str, object]] = [
    ("arrived", "in"),
    ("told", "event"),
    ("logged", True),
    ("logged", False),
    ("on_admin_out", None),
    ("delivered", "0"),
    ("delivered", "2"),
]


def test_every_callback_reaches_its_listener() -> None:
    assert call_all(Well()) == [*ALL, ("on_resend_request", None), ("delivered", "D")]


def test_no_exception_leaves_a_callback_and_each_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "manifold.session"):
        assert call_all(Sick()) == [*ALL, ("delivered", "D")]
    assert [record.message for record in caplog.records] == [
        f"{name} failed; the session goes on"
        for name in (
            "onIncoming",
            "onEvent",
            "onLogon",
            "onLogout",
            "toAdmin",
            "fromAdmin",
            "fromAdmin",
            "fromApp",
        )
    ]
    assert all(record.exc_info is not None for record in caplog.records)


def test_guarded_keeps_the_name_of_what_it_guards() -> None:
    @guarded
    def callback() -> None:
        raise ValueError

    callback()
    assert callback.__name__ == "callback"


def test_the_factory_makes_a_log_for_its_session() -> None:
    listener = Well()
    log = LogFactory(listener).create()
    log.onIncoming("8=FIX")
    assert listener.heard == [("arrived", "8=FIX")]
