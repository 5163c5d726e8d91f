"""The same router on fixcore-engine: pure Python, asyncio, a store in memory, a file log."""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
import time
from pathlib import Path

from fixcore.application import Application
from fixcore.log.file_log import FileLogFactory
from fixcore.message.message import Message
from fixcore.session.session_settings import SessionSettings
from fixcore.transport.acceptor import SocketAcceptor
from fixcore.transport.initiator import SocketInitiator

from tests.bench.peer_typed import Parent


class Router(Application):
    def __init__(self) -> None:
        self.parents: dict[str, Parent] = {}
        self.sessions: dict[str, object] = {}
        self.exec_id = 0
        self.tasks: set = set()

    def from_app(self, message, session_id):
        if message.header.get(35) == "D":
            self.on_order(message)
        elif message.header.get(35) == "8":
            self.on_report(message)

    def send(self, name, message):
        """From a callback a message is sent by a task, as the library's documentation says."""
        task = asyncio.create_task(self.sessions[name].send_app(message))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def on_order(self, message):
        parent = Parent(message[11], message[55], message[54], int(message[38]))
        self.parents[parent.cl_ord_id] = parent
        now = time.strftime("%Y%m%d-%H:%M:%S", time.gmtime())
        for number in range(3):
            child = Message()
            child.header.set(35, "D")
            for tag, value in (
                (11, f"{parent.cl_ord_id}-{number}"),
                (55, parent.symbol),
                (54, parent.side),
                (60, now),
                (40, message[40]),
                (38, str(parent.qty // 3)),
                (44, message[44]),
                (59, message[59]),
            ):
                child.set_field(tag, value)
            self.send(f"V{number + 1}", child)

    def on_report(self, message):
        parent = self.parents[message[11].rsplit("-", 1)[0]]
        if message[17] in parent.exec_ids:
            return
        parent.exec_ids.add(message[17])
        parent.children[message[11]] = (message[39], int(message[14]), int(message[151]))
        if message[150] == "0":
            if not parent.announced:
                parent.announced = True
                self.report(parent, "0", 0, 0.0)
        elif message[150] == "F":
            qty, price = int(message[32]), float(message[31])
            parent.cum += qty
            parent.notional += qty * price
            self.report(parent, "F", qty, price)

    def report(self, parent, exec_type, last_qty, last_px):
        self.exec_id += 1
        status = "0" if not parent.cum else "2" if parent.cum == parent.qty else "1"
        report = Message()
        report.header.set(35, "8")
        now = time.strftime("%Y%m%d-%H:%M:%S", time.gmtime())
        for tag, value in (
            (37, parent.cl_ord_id),
            (11, parent.cl_ord_id),
            (17, str(self.exec_id)),
            (150, exec_type),
            (39, status),
            (55, parent.symbol),
            (54, parent.side),
            (38, str(parent.qty)),
            (14, str(parent.cum)),
            (151, str(parent.qty - parent.cum)),
            (6, str(parent.notional / parent.cum if parent.cum else 0)),
            (32, str(last_qty)),
            (31, str(last_px)),
            (60, now),
        ):
            report.set_field(tag, value)
        self.send("OMS", report)
        if parent.cum == parent.qty:
            del self.parents[parent.cl_ord_id]


def settings(oms_port: int, venue_ports: list[int]) -> str:
    text = "[DEFAULT]\nHeartBtInt=30\nReconnectInterval=1\n"
    text += "[SESSION]\nConnectionType=acceptor\nBeginString=FIX.4.4\nSenderCompID=ROUTER\nTargetCompID=OMS\n"
    text += f"SocketAcceptPort={oms_port}\nSocketAcceptHost=127.0.0.1\n"
    for number, port in enumerate(venue_ports, start=1):
        text += (
            f"[SESSION]\nConnectionType=initiator\nBeginString=FIX.4.4\nSenderCompID=ROUTER\nTargetCompID=V{number}\n"
        )
        text += f"SocketConnectHost=127.0.0.1\nSocketConnectPort={port}\n"
    return text


async def main() -> None:
    logging.disable(logging.CRITICAL)
    oms_port, *venue_ports = (int(argument) for argument in sys.argv[1:])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "router.cfg"
        path.write_text(settings(oms_port, venue_ports))
        made = SessionSettings.from_file(path)
    router, logs = Router(), tempfile.mkdtemp(prefix="peer-")
    acceptor = SocketAcceptor(made, router, log_factory=FileLogFactory(logs))
    initiator = SocketInitiator(made, router, log_factory=FileLogFactory(logs))
    for owner in (acceptor, initiator):
        for session_id, session in owner._sessions.items():
            router.sessions[session_id.target_comp_id] = session
    await acceptor.start()
    await initiator.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
