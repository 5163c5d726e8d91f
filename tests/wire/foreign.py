"""FIX without QuickFIX and without our own `fix`: counterparties on raw sockets, read and written with simplefix.

A test speaks for them line by line: `says` sends, `hears` takes the next message, which must be the one it names.
Fields are written 11=A|55=ACME; in what is heard, a field without a value must be absent.
"""

from __future__ import annotations

import contextlib
import socket
from datetime import UTC, datetime
from decimal import Decimal
from typing import Self

import simplefix

PATIENCE = 20.0  # seconds to wait for what must come
BEGIN_STRINGS = {"FIX.4.2": "FIX.4.2", "FIX.4.4": "FIX.4.4", "FIX.5.0SP2": "FIXT.1.1"}


def pairs(text: str) -> list[tuple[int, str]]:
    return [(int(tag), value) for tag, _, value in (field.partition("=") for field in text.split("|") if field)]


def utc_now() -> str:
    return datetime.now(UTC).strftime("%Y%m%d-%H:%M:%S.%f")[:-3]


def new_order(cl_ord_id: str, symbol: str, qty: str, terms: str = "40=1", side: str = "1") -> str:
    """Body of a NewOrderSingle(D), a market order to buy unless told otherwise."""
    return f"11={cl_ord_id}|21=1|55={symbol}|54={side}|60={utc_now()}|38={qty}|{terms}"


def cancel(cl_ord_id: str, order: str, symbol: str, side: str = "1") -> str:
    """Body of an OrderCancelRequest(F)."""
    return f"11={cl_ord_id}|41={order}|55={symbol}|54={side}|60={utc_now()}"


def replace(cl_ord_id: str, order: str, symbol: str, qty: str, terms: str, side: str = "1") -> str:
    """Body of an OrderCancelReplaceRequest(G): the whole order as it is to be."""
    return f"11={cl_ord_id}|41={order}|21=1|55={symbol}|54={side}|60={utc_now()}|38={qty}|{terms}"


class Heard:
    """A message as it came."""

    def __init__(self, message: simplefix.FixMessage) -> None:
        self.raw: bytes = message.encode(raw=True)
        self.fields: list[tuple[int, str]] = [(int(tag), value.decode("latin-1")) for tag, value in message.pairs]

    def get(self, tag: int) -> str:
        return next((value for number, value in self.fields if number == tag), "")

    def __getitem__(self, tag: int) -> str:
        return next(value for number, value in self.fields if number == tag)

    @property
    def number(self) -> int:
        return int(self[34])

    def picked(self, *tags: int) -> str:
        return "|".join(f"{tag}={self[tag]}" for tag in tags)

    def body(self, *, without: tuple[int, ...] = ()) -> list[tuple[int, str]]:
        """The fields but for the header, the trailer and those named, in order of tag."""
        framing = {8, 9, 35, 34, 43, 49, 52, 56, 122, 10, *without}
        return sorted((tag, value) for tag, value in self.fields if tag not in framing)

    def __str__(self) -> str:
        return "|".join(f"{tag}={value}" for tag, value in self.fields)


class Peer:
    """One side of a session: numbers its messages, checks the numbers of the other side, answers TestRequest(1)."""

    question = ("R", "131=PING|146=1|55=PING")  # refused, and nothing comes of it

    def __init__(self, dialect: str, sender: str, target: str) -> None:
        self.dialect, self.sender, self.target = dialect, sender, target
        self.begin_string = BEGIN_STRINGS[dialect]
        self.next_out = self.next_in = 1
        self._socket: socket.socket | None = None
        self._parser = simplefix.FixParser()
        self.everything: list[Heard] = []  # ever heard

    @property
    def connection(self) -> socket.socket:
        assert self._socket is not None, f"{self.sender} is not connected"
        return self._socket

    @property
    def connected(self) -> bool:
        return self._socket is not None

    def adopt(self, connection: socket.socket) -> None:
        self.hang_up()
        connection.settimeout(PATIENCE)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket, self._parser = connection, simplefix.FixParser()

    # -- speaking ------------------------------------------------------------------------------------------------------

    def encoded(self, msg_type: str, body: str = "", *, number: int | None = None, header: str = "") -> bytes:
        """The bytes of a message; it takes the next MsgSeqNum(34) unless it is given one."""
        given = {tag: value for tag, value in pairs(header) if tag in (8, 49, 56)}
        if number is None:
            number, self.next_out = self.next_out, self.next_out + 1
        message = simplefix.FixMessage()
        message.append_pair(8, given.get(8, self.begin_string))
        message.append_pair(35, msg_type)
        message.append_pair(34, number)
        message.append_pair(49, given.get(49, self.sender))
        message.append_pair(56, given.get(56, self.target))
        message.append_pair(52, utc_now())
        for tag, value in pairs(header):
            if tag not in given:
                message.append_pair(tag, value)
        for tag, value in pairs(body):
            message.append_pair(tag, value)
        raw: bytes = message.encode()
        return raw

    def says(self, msg_type: str, body: str = "", *, number: int | None = None, header: str = "") -> bytes:
        """Sends a message and gives back its bytes."""
        return self.sends(self.encoded(msg_type, body, number=number, header=header))

    def sends(self, raw: bytes) -> bytes:
        self.connection.sendall(raw)
        return raw

    # -- listening -----------------------------------------------------------------------------------------------------

    def hears(self, msg_type: str, fields: str = "", *, due: bool = True) -> Heard:
        """The next message but for heartbeats; fails unless it is of this type and holds these fields."""
        heard = self.next(due=due)
        wanted = [(35, msg_type), *pairs(fields)]
        wrong = [f"{tag}={value}" for tag, value in wanted if heard.get(tag) != value]
        assert not wrong, f"{self.sender} expected {'|'.join(wrong)} in {heard}"
        return heard

    def next(self, *, due: bool = True) -> Heard:
        while True:
            heard = self.anything(due=due)
            if heard[35] == "1":
                self.says("0", f"112={heard[112]}")
            elif heard[35] != "0":
                return heard

    def anything(self, *, due: bool = True) -> Heard:
        """The next message, heartbeats included; fails when its MsgSeqNum(34) is not the one that is `due`."""
        while (message := self._parser.get_message()) is None:
            data = self.connection.recv(8192)
            assert data, f"{self.sender}: the other side closed the connection"
            self._parser.append_buffer(data)
        heard = Heard(message)
        self.everything.append(heard)
        if due and heard.get(43) != "Y":
            assert heard.number == self.next_in, f"{self.sender} is due MsgSeqNum(34) {self.next_in}: {heard}"
            self.next_in += 1
        return heard

    def hears_no_more(self) -> None:
        """Nothing else has been said to us: what comes is the refusal of a message that the engine decides on behind
        all that came before. A TestRequest(1) would not do, QuickFIX answers it while it reads.
        """
        number = self.next_out
        self.says(*self.question)
        heard = self.next()
        assert heard.get(45) == str(number), f"{self.sender} expected nothing: {heard}"

    def hears_the_end(self) -> None:
        """The other side closes, having said nothing more."""
        with contextlib.suppress(ConnectionResetError):
            data = self.connection.recv(65536)
            assert not data, f"{self.sender} expected the end: {data!r}"
        self.hang_up()

    def hang_up(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def log_out(self) -> None:
        self.says("5")
        self.hears("5")
        self.hears_the_end()

    def leaves(self) -> None:
        """Logs out, whatever else may still be on its way to us."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self.says("5")
                while self._socket.recv(65536):
                    pass
            self.hang_up()


class Oms(Peer):
    """An OMS, or whoever else logs on at the engine's door."""

    def connect(self, port: int) -> Self:
        self.adopt(socket.create_connection(("127.0.0.1", port), PATIENCE))
        return self

    def log_on(self, *, reset: bool = True, heartbeat: int = 60) -> Heard:
        """With `reset` both sides start from 1, otherwise they go on where they were."""
        if reset:
            self.next_out = self.next_in = 1
        version = "|1137=9" if self.begin_string == "FIXT.1.1" else ""
        self.says("A", f"98=0|108={heartbeat}{'|141=Y' if reset else ''}{version}")
        return self.hears("A")

    def comes_back(self, port: int) -> int:
        """Logs on where it was; the first MsgSeqNum(34) it has missed, which it has not asked for yet."""
        missed = self.next_in
        self.connect(port)
        self.says("A", "98=0|108=60")
        self.next_in = self.hears("A", due=False).number + 1
        return missed


class Venue(Peer):
    """A venue made by hand: it says what the test tells it to, and nothing by itself but its logon."""

    question = ("8", "37=0|11=0|17=0|150=0|39=0|55=PING|54=1|38=PING|14=0|151=0|6=0")  # `Stage.alerts` leaves it out

    def __init__(self, dialect: str, name: str, *, resets: bool = False) -> None:
        super().__init__(dialect, name, "MANIFOLD")
        self.resets = resets  # the engine starts anew with 1 at each logon
        self._listener: socket.socket | None = None
        self._executions = 0
        self._filled: dict[str, Decimal] = {}
        self.port = 0
        self.opens()

    def opens(self) -> None:
        """Listens, on the same port as before."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._listener.settimeout(PATIENCE)
        self.port = self._listener.getsockname()[1]

    def closes(self) -> None:
        """Nobody is there any more."""
        self.hang_up()
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def accepts(self, *, due: bool = True) -> Heard:
        """The engine connects; gives its Logon(A), which is not answered yet.

        Its number need not be the one that is `due` where nobody listened for a while: each attempt took one.
        """
        assert self._listener is not None
        self.adopt(self._listener.accept()[0])
        if self.resets:
            self.next_out = self.next_in = 1
        logon = self.hears("A", "141=Y" if self.resets else "141=", due=due)
        self.next_in = logon.number + 1
        return logon

    def answers_logon(self) -> None:
        version = "|1137=9" if self.begin_string == "FIXT.1.1" else ""
        self.says("A", f"98=0|108=60{'|141=Y' if self.resets else ''}{version}")

    def log_on(self, wanted: str = "", *, due: bool = True) -> Heard:
        """Up to the MarketDataRequest(V), which is given back."""
        self.accepts(due=due)
        self.answers_logon()
        return self.hears("V", wanted)

    # -- ExecutionReports in the words of the venue's version ------------------------------------------------------------

    def reports(self, order: Heard, exec_type: str, status: str, more: str = "", *, exec_id: str = "") -> bytes:
        """ExecutionReport(8) of an order as it stands; what `more` says goes before what would be said otherwise."""
        self._executions += 1
        cum = self._filled.get(order[11], Decimal(0))
        leaves = Decimal(0) if status in "248C" else Decimal(order[38]) - cum
        fields = {
            37: order.get(37) or f"{self.sender}-{order[11]}",
            11: order[11],
            17: exec_id or f"{self.sender}-{self._executions}",
            20: "0" if self.dialect == "FIX.4.2" else "",
            150: exec_type,
            39: status,
            55: order[55],
            54: order[54],
            38: order[38],
            14: str(cum),
            151: str(leaves),
            6: "0",
        }
        fields |= dict(pairs(more))
        return self.says("8", "|".join(f"{tag}={value}" for tag, value in fields.items() if value))

    def acknowledges(self, order: Heard) -> bytes:
        return self.reports(order, "0", "0")

    def fills(self, order: Heard, qty: str, price: str, *, exec_id: str = "") -> bytes:
        cum = self._filled[order[11]] = self._filled.get(order[11], Decimal(0)) + Decimal(qty)
        status = "2" if cum >= Decimal(order[38]) else "1"
        exec_type = status if self.dialect == "FIX.4.2" else "F"
        return self.reports(order, exec_type, status, f"32={qty}|31={price}", exec_id=exec_id)

    def replaces(self, order: Heard, request: Heard) -> None:
        """From now on the order is as `request` has it, and is spoken of as that."""
        cum = self._filled[request[11]] = self._filled.get(order[11], Decimal(0))
        untraded = "5" if self.dialect == "FIX.4.2" else "0"
        self.reports(request, "5", "1" if cum else untraded, f"41={order[11]}")

    def keeps(self, order: Heard, request: Heard, text: str, reason: str = "2") -> bytes:
        """OrderCancelReject(9): the order stays as it was."""
        kind = "2" if request[35] == "G" else "1"
        status = "1" if self._filled.get(order[11]) else "0"
        number = order.get(37) or f"{self.sender}-{order[11]}"
        fields = f"37={number}|11={request[11]}|41={order[11]}|39={status}|434={kind}|102={reason}|58={text}"
        return self.says("9", fields)

    def rejects(self, order: Heard, text: str, reason: str = "0") -> bytes:
        return self.reports(order, "8", "8", f"103={reason}|58={text}")

    def cancels(self, order: Heard, request: Heard | None = None, *, exec_type: str = "4") -> bytes:
        """On request, or by itself; `exec_type` C lets it expire."""
        answer = f"11={request[11]}|41={order[11]}" if request is not None else ""
        return self.reports(order, exec_type, exec_type, answer)
