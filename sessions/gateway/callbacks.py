"""QuickFIX's callbacks of one session, each of them guarded.

No exception may leave a callback: it would end the process. So each catches all and logs it; what a message means is
judged later, outside.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import quickfix

from fix import tags
from fix.enums import MsgType

logger = logging.getLogger("manifold.session")
C = TypeVar("C", bound=Callable[..., None])


class Listener(Protocol):
    """Who hears: the exact bytes that came, what QuickFIX delivers and sends by itself, and how the session stands."""

    def arrived(self, raw: str) -> None: ...

    def delivered(self, message: Any) -> None: ...

    def told(self, text: str) -> None: ...

    def logged(self, *, up: bool) -> None: ...

    def on_admin_out(self, message: Any) -> None: ...

    def on_resend_request(self, message: Any) -> None: ...


def guarded(callback: C) -> C:
    """`callback` with every exception logged and none let out."""

    @functools.wraps(callback)
    def safe(*arguments: Any) -> None:
        try:
            callback(*arguments)
        except Exception:
            logger.exception("%s failed; the session goes on", callback.__name__)

    return safe  # type: ignore[return-value]


class Log(quickfix.Log):  # type: ignore[misc]
    """QuickFIX's log of one session, which is where the exact bytes pass by."""

    def __init__(self, session: Listener) -> None:
        super().__init__()
        self._session = session

    def clear(self) -> None:
        pass

    def backup(self) -> None:
        pass

    @guarded
    def onIncoming(self, raw: str) -> None:
        self._session.arrived(raw)

    def onOutgoing(self, raw: str) -> None:
        pass  # QuickFIX sends session messages only, and `toAdmin` has shown them before

    @guarded
    def onEvent(self, text: str) -> None:
        self._session.told(text)


class LogFactory(quickfix.LogFactory):  # type: ignore[misc]
    def __init__(self, session: Listener) -> None:
        super().__init__()
        self._session = session
        self._logs: list[Log] = []

    def create(self, *_: Any) -> Log:
        log = Log(self._session)
        log.__disown__()  # QuickFIX deletes it; Python must not
        self._logs.append(log)
        return log

    def destroy(self, log: Log) -> None:
        pass


class Application(quickfix.Application):  # type: ignore[misc]
    def __init__(self, session: Listener) -> None:
        super().__init__()
        self._session = session

    def onCreate(self, _: Any) -> None:
        pass

    @guarded
    def onLogon(self, _: Any) -> None:
        self._session.logged(up=True)

    @guarded
    def onLogout(self, _: Any) -> None:
        self._session.logged(up=False)

    @guarded
    def toAdmin(self, message: Any, _: Any) -> None:
        self._session.on_admin_out(message)

    def toApp(self, message: Any, _: Any) -> None:
        pass  # business messages do not leave through QuickFIX

    @guarded
    def fromAdmin(self, message: Any, _: Any) -> None:
        self._session.delivered(message)
        if message.getHeader().getField(tags.MsgType) == MsgType.RESEND_REQUEST:
            self._session.on_resend_request(message)

    @guarded
    def fromApp(self, message: Any, _: Any) -> None:
        self._session.delivered(message)
