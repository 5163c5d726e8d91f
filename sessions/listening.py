"""A listener that cannot be bound, as a sentence that names the key, the value and what to do."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

_WHY = {
    errno.EADDRINUSE: "another process listens there; stop it or choose another port, 0 takes a free one",
    errno.EADDRNOTAVAIL: "no interface of this machine has this address; 127.0.0.1 hears this machine, 0.0.0.0 all",
    errno.EACCES: "this user may not take this port; choose one above 1023",
}


class ListenError(RuntimeError):
    """See the module."""


@contextmanager
def bound(key: str, host: str, port: int) -> Iterator[None]:
    """Around the binding and nothing else. Errors that are not about the address pass."""
    try:
        yield
    except OSError as error:
        why = _WHY.get(error.errno or 0)
        if why is None:
            raise
        raise ListenError(f"{key} = {host}:{port}: {why}") from None
