from __future__ import annotations

import pytest

from sessions.gateway.redaction import redacted
from tests.sessions.cycle.standin import shown, wire

HEAD = "8=FIX.4.4|9=99|35=A|34=1|49=OMS|56=MANIFOLD|"


def clean(text: str) -> str:
    return shown(redacted(wire(text).encode("latin-1")))


@pytest.mark.parametrize("tag", [96, 554, 925, 1402, 1404])
def test_secret_fields_lose_their_values_and_nothing_else(tag: int) -> None:
    assert clean(f"{HEAD}553=me|{tag}=secret|108=30|10=123|") == f"{HEAD}553=me|{tag}=***|108=30|10=123|"


def test_all_of_them_do() -> None:
    text = HEAD + "95=6|96=secret|554=secret|925=secret|10=123|"
    assert clean(text) == HEAD + "95=6|96=***|554=***|925=***|10=123|"


def test_a_user_request_is_a_carrier_too() -> None:
    text = "8=FIX.4.4|9=99|35=BE|34=2|924=3|553=me|554=old|925=new|10=123|"
    assert clean(text) == "8=FIX.4.4|9=99|35=BE|34=2|924=3|553=me|554=***|925=***|10=123|"


def test_other_messages_stay_as_they_are() -> None:
    text = "8=FIX.4.4|9=99|35=D|34=2|95=3|96=abc|554=x|10=123|"
    assert clean(text) == text


@pytest.mark.parametrize("length", [95, 1401, 1403])
def test_a_secret_that_holds_soh_goes_whole(length: int) -> None:
    data = {95: 96, 1401: 1402, 1403: 1404}[length]
    assert clean(f"{HEAD}{length}=9|{data}=se|cr|et!|10=123|") == f"{HEAD}{length}=9|{data}=***|10=123|"


def test_a_length_that_is_too_short_or_too_long_shows_no_more() -> None:
    assert clean(HEAD + "95=2|96=secret|108=30|") == HEAD + "95=2|96=***|108=30|"
    assert clean(HEAD + "95=999|96=secret|108=30|10=123|") == HEAD + "95=999|96=***"


def test_a_secret_cut_short_by_the_end_of_what_came_goes_too() -> None:
    assert clean(HEAD + "554=secr") == HEAD + "554=***"


def test_a_carrier_is_known_wherever_its_type_stands() -> None:
    text = f"8=FIX.4.4|9=99|49={'X' * 60}|35=A|554=secret|"
    assert clean(text) == text.replace("secret", "***")


def test_a_tag_that_only_ends_like_one_is_none() -> None:
    assert clean(HEAD + "1554=open|58=554=open|10=123|") == HEAD + "1554=open|58=554=open|10=123|"


def test_an_empty_secret_is_marked_as_one() -> None:
    assert clean(HEAD + "554=|108=30|") == HEAD + "554=***|108=30|"
