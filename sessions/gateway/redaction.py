"""Secrets never reach the store or a log: Logon(A) and UserRequest(BE) are kept without them."""

from __future__ import annotations

import re

# RawData(96), Password(554), NewPassword(925), EncryptedPassword(1402), EncryptedNewPassword(1404)
_SECRET = re.compile(rb"(?<=\x01)(96|554|925|1402|1404)=[^\x01]*")
_CARRIERS = (b"\x0135=A\x01", b"\x0135=BE\x01")


def redacted(raw: bytes) -> bytes:
    """`raw` with the values of secret fields replaced; untouched where the message type carries none.

    BodyLength(9) and CheckSum(10) stay those of the original, which shows that something was taken out.
    """
    return _SECRET.sub(rb"\1=***", raw) if any(mark in raw[:40] for mark in _CARRIERS) else raw
