from __future__ import annotations

from hashlib import sha256
from itertools import pairwise
from typing import Any, NamedTuple

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engine.dropcopy.chain import GENESIS, digest


class Link(NamedTuple):
    before: bytes
    seq: int
    at: int
    kind: str
    session: str
    msg_seq_num: int
    msg_type: str
    order_id: str
    body: bytes


numbers = st.integers(min_value=0, max_value=2**63 - 1)
words = st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=12)
digests = st.binary(min_size=32, max_size=32)
links = st.builds(Link, digests, numbers, numbers, words, words, numbers, words, words, st.binary(max_size=50))


def test_the_digest_is_the_one_in_the_books() -> None:
    first = digest(GENESIS, 1, 1_700_000_000_000_000_000, "in", "OMS", 7, "D", "A-1", b"8=FIX.4.4\x0135=D\x01")
    assert (
        first == sha256(bytes(32) + b"1\n1700000000000000000\nin\nOMS\n7\nD\nA-1\n15\n8=FIX.4.4\x0135=D\x01").digest()
    )
    second = digest(first, 2, 0, "event", "", 0, "", "", b"")
    assert second == sha256(first + b"2\n0\nevent\n\n0\n\n\n0\n").digest()
    assert second.hex() == "774f5282afefc566a983cb9699873bc480b3543cb6ea26550b7b71cf51c61313"  # sha256sum


def test_text_is_utf_8_and_bytes_that_are_none_keep_their_value() -> None:
    odd = b"\xff".decode("utf-8", "surrogateescape")
    assert (
        digest(GENESIS, 1, 0, "in", "Börse", 0, odd, "", b"")
        == sha256(bytes(32) + b"1\n0\nin\nB\xc3\xb6rse\n0\n\xff\n\n0\n").digest()
    )


@given(links, st.sampled_from(Link._fields), st.data())
def test_any_other_value_gives_another_digest(link: Link, field: str, data: st.DataObject) -> None:
    other: Any = getattr(data.draw(links), field)
    assume(other != getattr(link, field))
    assert digest(*link._replace(**{field: other})) != digest(*link)


@pytest.mark.parametrize(("left", "right"), [*pairwise(Link._fields[1:])])
def test_a_value_cannot_flow_into_the_next(left: str, right: str) -> None:
    link = Link(GENESIS, 1, 1, "1", "1", 1, "1", "1", b"1")
    splits = [(b"1111"[:place], b"1111"[place:]) for place in (1, 2, 3)]
    split = [link._replace(**{left: _as(left, one), right: _as(right, two)}) for one, two in splits]
    assert len({digest(*each) for each in split}) == 3


def _as(field: str, text: bytes) -> Any:
    kind = type(getattr(Link(GENESIS, 1, 1, "1", "1", 1, "1", "1", b"1"), field))
    return text if kind is bytes else kind(text.decode())


@given(st.lists(links, min_size=2, max_size=8), st.data())
def test_a_change_shows_in_every_digest_after_it(chain: list[Link], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(chain) - 1))
    changed = [*chain]
    changed[place] = changed[place]._replace(body=changed[place].body + b"!")
    pairs = list(zip(_digests(chain), _digests(changed), strict=True))
    assert [one == two for one, two in pairs] == [number < place for number in range(len(chain))]


def _digests(chain: list[Link]) -> list[bytes]:
    made = [GENESIS]
    for link in chain:
        made.append(digest(*link._replace(before=made[-1])))
    return made[1:]
