from __future__ import annotations

import errno
import os
import socket

import pytest

from sessions.listening import ListenError, bound


def test_a_port_that_is_taken_is_told_with_key_value_and_fix() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with (
            pytest.raises(ListenError) as caught,
            bound("t.toml: listen.host:port", "127.0.0.1", port),
            socket.create_server(("127.0.0.1", port)),
        ):
            pass
    assert str(caught.value) == (
        f"t.toml: listen.host:port = 127.0.0.1:{port}: another process listens there; "
        "stop it or choose another port, 0 takes a free one"
    )


def test_an_address_of_another_machine_is_told() -> None:
    with pytest.raises(ListenError) as caught, bound("host:port", "192.0.2.1", 0):
        socket.create_server(("192.0.2.1", 0))
    assert str(caught.value) == (
        "host:port = 192.0.2.1:0: no interface of this machine has this address; "
        "127.0.0.1 hears this machine, 0.0.0.0 all"
    )


def test_a_privileged_port_is_told() -> None:
    with pytest.raises(ListenError) as caught, bound("host:port", "127.0.0.1", 80):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    assert str(caught.value) == "host:port = 127.0.0.1:80: this user may not take this port; choose one above 1023"


def test_an_error_that_is_not_about_the_address_passes() -> None:
    with pytest.raises(FileNotFoundError), bound("host:port", "127.0.0.1", 0):
        raise FileNotFoundError(errno.ENOENT, "no such file")
