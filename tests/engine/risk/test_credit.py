from __future__ import annotations

from engine.risk.credit import DAY, Traded
from tests.engine.orders.making import D

EVENING = 22 * 3_600 * 1_000_000_000  # the day begins at ten in the evening, UTC


def test_what_an_account_traded_is_added_up_and_forgotten_with_the_day() -> None:
    traded = Traded({}, EVENING)
    traded.add("ACC", D(100), 10 * DAY + EVENING)
    traded.add("ACC", D(50), 11 * DAY + EVENING - 1)
    assert traded.today("ACC", 11 * DAY + EVENING - 1) == 150
    assert traded.today("ACC", 11 * DAY + EVENING) == 0
    assert traded.accounts() == []


def test_a_trade_that_is_cancelled_gives_back_what_it_took_and_no_more() -> None:
    traded = Traded({}, 0)
    traded.add("ACC", D(100), 0)
    traded.add("ACC", D(-30), 0)
    assert traded.today("ACC", 0) == 70
    traded.add("ACC", D(-500), 0)
    assert traded.today("ACC", 0) == 0


def test_what_is_kept_comes_back() -> None:
    traded = Traded({}, 0)
    traded.add("ACC", D("100.5"), 3 * DAY)
    key, value = traded.kept("ACC")
    assert (key, value) == ("credit:ACC", {"day": 3, "traded": "100.5"})
    assert value is not None
    again = Traded({key: value}, 0)
    assert (again.today("ACC", 3 * DAY + 1), again.today("ACC", 4 * DAY)) == (D("100.5"), D(0))


def test_what_was_kept_of_an_earlier_day_is_over() -> None:
    kept: dict[str, dict[str, object]] = {
        "credit:A": {"day": 3, "traded": "1"},
        "credit:B": {"day": 4, "traded": "2"},
        "kill": {"scope": "all"},
    }
    traded = Traded(kept, 0)
    assert [traded.today(account, 4 * DAY) for account in "AB"] == [0, 2]


def test_a_clock_that_steps_back_over_midnight_forgets_nothing() -> None:
    traded = Traded({}, 0)
    traded.add("ACC", D(1), DAY)
    traded.add("ACC", D(1), DAY - 1)
    assert traded.today("ACC", DAY) == 2
