"""The hash chain: each record's digest covers the record and the digest before it.

digest_n = SHA-256(digest_{n-1} + head + body), digest_0 = 32 zero bytes, where head is the UTF-8 text of

    seq at kind session msg_seq_num msg_type order_id len(body)

with one LF after each value. None of the values may contain LF, so the encoding is unambiguous; the body comes last and
its length is in the head. Changing, removing, inserting or exchanging any record changes every digest after it.
"""

from __future__ import annotations

from hashlib import sha256

GENESIS = bytes(32)


def digest(
    before: bytes,
    seq: int,
    at: int,
    kind: str,
    session: str,
    msg_seq_num: int,
    msg_type: str,
    order_id: str,
    body: bytes,
) -> bytes:
    """Digest of record `seq`, 32 bytes."""
    head = f"{seq}\n{at}\n{kind}\n{session}\n{msg_seq_num}\n{msg_type}\n{order_id}\n{len(body)}\n"
    return sha256(before + head.encode("utf-8", "surrogateescape") + body).digest()
