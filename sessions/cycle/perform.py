"""From the core's commands to what has to be recorded and sent: words into the dialect of each session."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from engine.core import commands as do
from engine.dropcopy.store import Opened
from fix.enums import MsgType, SubscriptionRequestType
from sessions.cycle.outbox import Outbox
from sessions.gateway.session import FixSession
from spec.dialects.marketdata import MarketDataRequest

logger = logging.getLogger("manifold.engine")
# The two of the hot path as plain text: a database driver takes a subclass of str the long way
_NEW_ORDER_SINGLE, _EXECUTION_REPORT = MsgType.NEW_ORDER_SINGLE.value, MsgType.EXECUTION_REPORT.value


class Performer:
    """`sessions` by name; every ExecutionReport(8) goes to all of `drop_copies` as well."""

    def __init__(self, sessions: Mapping[str, FixSession], drop_copies: Sequence[FixSession], out: Outbox) -> None:
        self._sessions = sessions
        self._drop_copies = drop_copies
        self._out = out
        self._actions: dict[type, Callable[[Any, int], None]] = {
            do.Opened: self._opened,
            do.Closed: lambda command, _: out.closed.append(command.order_id),
            do.Reopened: lambda command, _: out.reopened.append(command.order_id),
            do.Used: lambda command, _: out.use(command.order_id, command.session, command.cl_ord_id),
            do.Keep: self._keep,
            do.Decide: self.decide,
            do.SendOrder: self._send_order,
            do.SendCancel: self._send_cancel,
            do.SendReplace: self._send_replace,
            do.SendMassCancel: self._send_mass_cancel,
            do.SendDontKnow: self._send_dont_know,
            do.SendStatusRequest: self._send_status_request,
            do.Report: self._report,
            do.RefuseCancel: self._refuse_cancel,
            do.ReportMassCancel: self._report_mass_cancel,
            do.Subscribe: self._subscribe,
        }

    def perform(self, commands: Iterable[do.Command], now: int) -> None:
        for command in commands:
            self._actions[type(command)](command, now)

    def decide(self, command: do.Decide, now: int) -> None:
        """On record; an alert is logged as well."""
        self._out.decision(now, command.order_id, command.kind.value, command.reason, command.detail)
        if command.kind is do.Decision.ALERT:
            logger.warning("%s", command.reason)

    def alert(self, reason: str, now: int) -> None:
        self.decide(do.Decide("", do.Decision.ALERT, reason), now)

    def _opened(self, command: do.Opened, now: int) -> None:
        self._out.open(Opened(command.order_id, command.session, command.cl_ord_id, now))

    def _keep(self, command: do.Keep, _: int) -> None:
        self._out.kept[command.key] = command.value

    # -- to venues ---------------------------------------------------------------------------------------------------

    def _send_order(self, command: do.SendOrder, now: int) -> None:
        session = self._sessions[command.venue]
        text = session.dialect.write_order(command.order)
        self._out.message(session, _NEW_ORDER_SINGLE, text, command.order_id, now)

    def _send_cancel(self, command: do.SendCancel, now: int) -> None:
        session = self._sessions[command.venue]
        text = session.dialect.write_cancel(command.request)
        self._out.message(session, MsgType.ORDER_CANCEL_REQUEST, text, command.order_id, now)

    def _send_replace(self, command: do.SendReplace, now: int) -> None:
        session = self._sessions[command.venue]
        text = session.dialect.write_replace(command.request)
        self._out.message(session, MsgType.ORDER_CANCEL_REPLACE_REQUEST, text, command.order_id, now)

    def _send_mass_cancel(self, command: do.SendMassCancel, now: int) -> None:
        session = self._sessions[command.venue]
        if not session.dialect.has_mass_messages:
            version = session.dialect.name
            self.alert(f"{command.venue} speaks {version}, which has no OrderMassCancelRequest(q): none was sent", now)
            return
        text = session.dialect.write_mass_cancel(command.request)
        self._out.message(session, MsgType.ORDER_MASS_CANCEL_REQUEST, text, command.order_id, now)

    def _send_dont_know(self, command: do.SendDontKnow, now: int) -> None:
        session = self._sessions[command.venue]
        text = session.dialect.write_dont_know(command.denial)
        self._out.message(session, MsgType.DONT_KNOW_TRADE, text, command.order_id, now)

    def _send_status_request(self, command: do.SendStatusRequest, now: int) -> None:
        session = self._sessions[command.venue]
        text = session.dialect.write_status_request(command.request)
        self._out.message(session, MsgType.ORDER_STATUS_REQUEST, text, command.order_id, now)

    def _subscribe(self, command: do.Subscribe, now: int) -> None:
        session = self._sessions[command.venue]
        wanted = SubscriptionRequestType.SNAPSHOT_PLUS_UPDATES
        request_id = command.request_id or f"MD-{session.next_out()}"
        request = MarketDataRequest(request_id, wanted, 0, command.symbols, command.trades)
        text = session.dialect.write_md_request(request)
        self._out.message(session, MsgType.MARKET_DATA_REQUEST, text, "", now)

    # -- to OMSs -----------------------------------------------------------------------------------------------------

    def _report(self, command: do.Report, now: int) -> None:
        session = self._oms(command, now)
        if session is not None:
            text = session.dialect.write_execution(command.report)
            self._out.message(session, _EXECUTION_REPORT, text, command.order_id, now)
        for copy in self._drop_copies:
            marked = f"{copy.dialect.write_execution(command.report)}{copy.dialect.copy_mark}"
            self._out.message(copy, _EXECUTION_REPORT, marked, command.order_id, now)

    def _refuse_cancel(self, command: do.RefuseCancel, now: int) -> None:
        session = self._oms(command, now)
        if session is not None:
            text = session.dialect.write_cancel_reject(command.reject)
            self._out.message(session, MsgType.ORDER_CANCEL_REJECT, text, command.order_id, now)

    def _report_mass_cancel(self, command: do.ReportMassCancel, now: int) -> None:
        session = self._oms(command, now)
        if session is not None:
            text = session.dialect.write_mass_cancel_report(command.report)
            self._out.message(session, MsgType.ORDER_MASS_CANCEL_REPORT, text, command.order_id, now)

    def _oms(self, command: do.Report | do.RefuseCancel | do.ReportMassCancel, now: int) -> FixSession | None:
        """None for an OMS that has left the configuration since: a venue may speak late of its order."""
        session = self._sessions.get(command.session)
        if session is None:
            what = command.order_id or "its mass cancel"
            self.alert(f"{command.session} is not configured: it will not hear of {what}", now)
        return session
