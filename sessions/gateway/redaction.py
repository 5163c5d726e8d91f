"""Secrets never reach the store or a log: Logon(A) and UserRequest(BE) are kept without them."""

from __future__ import annotations

import re

# RawData(96), Password(554), NewPassword(925), EncryptedPassword(1402), EncryptedNewPassword(1404). Data fields may
# hold SOH: how long they are stands in the field before, RawDataLength(95), 1401 and 1403.
_SECRET = re.compile(rb"(?<=\x01)(?:(?:95|1401|1403)=(\d{1,9})\x01)?(?:96|554|925|1402|1404)=")
_CARRIERS = (b"\x0135=A\x01", b"\x0135=BE\x01")


def redacted(raw: bytes) -> bytes:
    """`raw` with the values of secret fields replaced; untouched where the message type carries none.

    BodyLength(9) and CheckSum(10) stay those of the original, which shows that something was taken out.
    """
    if not any(mark in raw for mark in _CARRIERS):
        return raw
    kept, position = b"", 0
    while secret := _SECRET.search(raw, position):
        end = raw.find(b"\x01", secret.end() + int(secret[1] or 0))
        kept += raw[position : secret.end()] + b"***"
        position = end if end >= 0 else len(raw)
    return kept + raw[position:]
