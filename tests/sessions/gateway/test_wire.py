from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator

import pytest

from sessions.gateway.wire import Wire, sockets, wait

pytestmark = pytest.mark.wire


class Line:
    """A connection on loopback: `near` is QuickFIX's descriptor, `far` the peer."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            self.far = socket.create_connection(server.getsockname())
            self.near, _ = server.accept()
        self.wire = Wire(self.near.fileno())

    def read(self, count: int) -> bytes:
        read = b""
        while len(read) < count:
            more = self.far.recv(count - len(read))
            assert more, f"the connection ended after {len(read)} of {count} bytes"
            read += more
        return read

    def close(self) -> None:
        self.wire.close()
        self.near.close()
        self.far.close()


@pytest.fixture
def line() -> Iterator[Line]:
    made = Line()
    yield made
    made.close()


def fill(line: Line) -> int:
    """Writes until the peer's window and our buffers are full; how many bytes were given."""
    given = 0
    while not line.wire.waiting:
        line.wire.write(bytes(65_536))
        given += 65_536
        assert line.wire.flush()
    return given


def test_what_was_written_leaves_with_the_flush_in_its_order(line: Line) -> None:
    line.wire.write(b"one")
    line.wire.write(b"two")
    line.far.setblocking(False)
    with pytest.raises(BlockingIOError):
        line.far.recv(1)
    assert line.wire.flush()
    line.far.setblocking(True)
    assert line.read(6) == b"onetwo"
    assert line.wire.waiting == 0


def test_a_flush_with_nothing_written_writes_nothing(line: Line) -> None:
    assert line.wire.flush()
    line.far.setblocking(False)
    with pytest.raises(BlockingIOError):
        line.far.recv(1)


def test_a_peer_that_does_not_read_holds_nobody_up_and_misses_nothing(line: Line) -> None:
    given = fill(line)
    assert 0 < line.wire.waiting <= given
    line.wire.write(b"behind")
    while line.wire.waiting:
        given -= len(line.far.recv(1 << 20))
        assert line.wire.flush()
    assert line.read(given + len(b"behind"))[-6:] == b"behind"


def test_too_much_left_standing_is_told(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(line)
    monkeypatch.setattr("sessions.gateway.wire.WAITING_MAX", line.wire.waiting)
    assert line.wire.flush()
    line.wire.write(b"x")
    assert not line.wire.flush()


def test_it_completes_what_is_half_out(line: Line) -> None:
    line.wire.write(b"whole")
    assert line.wire.complete()
    assert line.read(5) == b"whole"


def test_what_the_peer_does_not_take_cannot_be_completed(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sessions.gateway.wire.PATIENCE_MS", 1)
    fill(line)
    assert not line.wire.complete()


def test_a_connection_that_is_gone_takes_everything(line: Line) -> None:
    line.near.shutdown(socket.SHUT_WR)
    line.wire.write(b"lost")
    assert line.wire.flush()
    assert line.wire.waiting == 0


def test_it_never_writes_to_another_connection_that_got_the_same_descriptor(line: Line) -> None:
    number = line.near.fileno()
    line.near.close()
    with socket.socket() as other:
        assert other.fileno() == number
        line.wire.write(b"to the first")
        assert line.wire.flush()
        assert line.read(12) == b"to the first"


def test_closing_leaves_the_connection_as_it_is(line: Line) -> None:
    line.wire.close()
    line.near.sendall(b"still here")
    assert line.read(10) == b"still here"


def test_cutting_ends_the_connection_for_both(line: Line) -> None:
    fill(line)
    line.wire.cut()
    assert line.wire.waiting == 0
    assert line.near.recv(1) == b""
    while line.far.recv(1 << 20):
        pass


# -- waiting ---------------------------------------------------------------------------------------------------------


def test_waiting_ends_as_soon_as_something_can_be_read(line: Line) -> None:
    line.far.sendall(b"x")
    began = time.monotonic()
    wait([line.near.fileno()], 60.0)
    assert time.monotonic() - began < 30.0


def test_waiting_ends_when_nothing_comes(line: Line) -> None:
    wait([line.near.fileno()], 0.001)
    wait([], 0.001)


def test_the_sockets_of_this_process_are_those_and_no_other_files(line: Line) -> None:
    found = sockets()
    read, write = os.pipe()
    assert {line.near.fileno(), line.far.fileno(), line.wire.fileno()} <= found
    assert not {read, write} & sockets()
    os.close(read)
    os.close(write)
