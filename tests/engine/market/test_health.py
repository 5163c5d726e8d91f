"""A venue is taken out, probed and taken back by rule; each change comes back once, with its figures."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine.market.health import SECOND, Change, Health, State, Watch

IN, OUT, PROBING = State.IN, State.OUT, State.PROBING
MS = 1_000_000
SLOW = Watch(latency=500 * MS, quantile=Decimal("0.5"), window=4, samples=2)
REJECTING = Watch(rejects=2, of=4)
STALE = Watch(stale=10 * SECOND)
ALL = Watch(
    latency=500 * MS,
    quantile=Decimal("0.5"),
    window=4,
    samples=2,
    rejects=2,
    of=4,
    stale=10 * SECOND,
    probe_after=20 * SECOND,
    probe_at_most=60 * SECOND,
    good_for=100 * SECOND,
)


class Ward:
    """ALPHA under one Watch, at an instant of its own; what happens goes in as a method, the changes come out."""

    def __init__(self, watch: Watch, *, up: bool = True, kept: dict[str, dict[str, object]] | None = None) -> None:
        self.health = Health({"ALPHA": watch}, kept or {})
        self.now = 1_000 * SECOND
        if up:
            self.health.up("ALPHA", self.now)

    def acks(self, *ms: int, of: str = "T-1-1") -> Change | None:
        """The change that the last of these acknowledgements brings; those before it bring none."""
        *before, last = [self.health.acked("ALPHA", each * MS, self.now, of) for each in ms]
        assert not any(before)
        return last

    def rejects(self, reason: str = "halted", of: str = "T-1-1") -> Change | None:
        return self.health.rejected("ALPHA", reason, self.now, of)

    def is_silent(self, of: str = "T-1-1") -> Change | None:
        return self.health.unanswered("ALPHA", self.now, of)

    def shows(self) -> Change | None:
        return self.health.data("ALPHA", self.now)

    def up(self) -> Change | None:
        return self.health.up("ALPHA", self.now)

    def down(self) -> Change | None:
        return self.health.down("ALPHA", self.now)

    def waits(self, seconds: float) -> Change | None:
        self.now += int(seconds * SECOND)
        changes = self.health.tick(self.now)
        return changes[0] if changes else None

    def probe(self, cl_ord_id: str = "T-9-1") -> bool:
        """Whether this child may go."""
        may = self.health.may_probe("ALPHA")
        self.health.probe_sent("ALPHA", cl_ord_id)
        return may

    def state(self) -> tuple[bool, bool, bool]:
        return self.health.eligible("ALPHA"), self.health.probing("ALPHA"), self.health.may_probe("ALPHA")


def out(why: str, seconds: int = 30) -> Change:
    return Change("ALPHA", OUT, f"{why}; to be probed after {seconds} s")


def to_be_probed(after: int = 30) -> Change:
    return Change("ALPHA", PROBING, f"out for {after} s; one order may go there to try it")


def taken_back(ms: int) -> Change:
    return Change("ALPHA", IN, f"the probe T-9-1 was acknowledged in {ms} ms")


# -- sessions ----------------------------------------------------------------------------------------------------------


def test_a_venue_is_in_while_its_session_is_up() -> None:
    ward = Ward(Watch(), up=False)
    assert ward.state() == (False, False, False)
    assert ward.down() is None
    assert [ward.up(), ward.up()] == [Change("ALPHA", IN, "its session is up"), None]
    assert ward.state() == (True, False, False)
    assert [ward.down(), ward.down()] == [Change("ALPHA", OUT, "its session ended"), None]
    assert ward.health.kept() == {}


def test_without_rules_nothing_takes_it_out() -> None:
    ward = Ward(Watch())
    ward.shows()
    assert [ward.acks(10**6), ward.rejects(), ward.is_silent(), ward.waits(10**6)] == [None] * 4


def test_a_venue_that_nobody_named_has_no_rules() -> None:
    health = Health({}, {})
    assert health.eligible("BETA") is False
    assert health.up("BETA", 1) == Change("BETA", IN, "its session is up")


def test_a_venue_that_is_out_by_rule_comes_up_out_and_is_probed_when_its_time_has_come() -> None:
    ward = Ward(REJECTING)
    ward.rejects()
    ward.rejects()
    assert [ward.down(), ward.waits(20), ward.up()] == [None, None, None]
    assert [ward.down(), ward.waits(20), ward.up()] == [None, None, to_be_probed(after=40)]
    assert [ward.down(), ward.up()] == [
        Change("ALPHA", OUT, "its session ended"),
        Change("ALPHA", PROBING, "its session is up; one order may go there to try it"),
    ]


# -- the rules ---------------------------------------------------------------------------------------------------------


def test_slow() -> None:
    ward = Ward(SLOW)
    why = "50 % of the last 4 acknowledgements took up to 600 ms, the limit is 500 ms"
    assert [ward.acks(100, 100, 600, 700), ward.acks(800)] == [None, out(why)]
    assert ward.state() == (False, False, False)
    assert ward.health.kept() == {"ALPHA": {"reason": out(why).reason}}


def test_one_slow_answer_is_none_too_many_while_there_are_few() -> None:
    ward = Ward(SLOW)
    assert ward.acks(10_000) is None


def test_an_order_without_an_answer_is_the_slowest() -> None:
    ward = Ward(SLOW)
    why = "2 of the last 2 orders were not acknowledged, 50 % must be within 500 ms"
    assert [ward.is_silent(), ward.is_silent()] == [None, out(why)]


def test_rejecting() -> None:
    ward = Ward(REJECTING)
    why = "2 of the last 3 orders were rejected, the limit is 2 of 4; the last: halted"
    assert [ward.rejects("no credit"), ward.acks(1), ward.rejects("halted")] == [None, None, out(why)]


def test_rejects_are_forgotten_as_others_are_taken() -> None:
    ward = Ward(REJECTING)
    assert [ward.rejects(), ward.acks(1, 1, 1), ward.rejects(), ward.acks(1, 1, 1), ward.rejects()] == [None] * 5


def test_stale() -> None:
    ward = Ward(STALE)
    assert [ward.waits(100), ward.shows(), ward.waits(9.5)] == [None] * 3
    assert ward.waits(1) == out("no market data for 10.5 s, the limit is 10 s")


def test_a_venue_that_is_still_silent_is_not_probed_and_one_that_shows_data_is_at_once() -> None:
    ward = Ward(STALE)
    ward.shows()
    ward.waits(10)
    assert [ward.waits(30), ward.waits(30), ward.shows(), ward.shows()] == [None, None, to_be_probed(60), None]


def test_market_data_does_not_shorten_the_wait() -> None:
    ward = Ward(STALE)
    ward.shows()
    ward.waits(10)
    assert [ward.shows(), ward.waits(9), ward.shows(), ward.waits(9), ward.shows()] == [None] * 5
    assert [ward.waits(9), ward.shows(), ward.waits(3)] == [None, None, to_be_probed(30)]


def test_a_new_session_must_show_data_before_it_can_be_silent() -> None:
    ward = Ward(STALE)
    ward.shows()
    ward.down()
    ward.up()
    assert ward.waits(1000) is None


# -- the probe ---------------------------------------------------------------------------------------------------------


def ward_with_a_probe(watch: Watch = ALL) -> Ward:
    ward = Ward(watch)
    ward.rejects()
    ward.rejects()
    assert ward.waits(watch.probe_after / SECOND) is not None
    assert ward.probe()
    return ward


def test_one_child_at_a_time_tries_a_venue() -> None:
    ward = Ward(REJECTING)
    assert ward.probe() is False
    ward.rejects()
    ward.rejects()
    assert [ward.probe(), ward.waits(29.9), ward.waits(0.1)] == [False, None, to_be_probed()]
    assert [ward.state(), ward.probe("T-9-1"), ward.state()] == [(False, True, True), True, (False, True, False)]
    assert ward.probe("T-9-2") is False
    assert [ward.acks(3, of="T-9-2"), ward.acks(3, of="T-9-1")] == [None, taken_back(3)]
    assert ward.state() == (True, False, False)
    assert ward.health.kept() == {}


def test_what_was_sent_before_says_nothing_of_the_probe() -> None:
    ward = ward_with_a_probe()
    assert [ward.acks(1), ward.rejects(), ward.is_silent()] == [None] * 3
    assert ward.acks(500, of="T-9-1") == taken_back(500)


@pytest.mark.parametrize(
    ("fails", "why"),
    [
        (lambda ward: ward.acks(501, of="T-9-1"), "the probe T-9-1 was acknowledged in 501 ms, the limit is 500 ms"),
        (lambda ward: ward.rejects("halted", of="T-9-1"), "the probe T-9-1 was rejected: halted"),
        (lambda ward: ward.is_silent(of="T-9-1"), "the probe T-9-1 was not acknowledged"),
    ],
)
def test_a_probe_that_fails_doubles_the_wait_up_to_its_end(fails: Any, why: str) -> None:
    ward = ward_with_a_probe()
    for wait in (40, 60, 60):
        assert fails(ward) == out(why, wait)
        assert [ward.probe(), ward.waits(wait - 1), ward.waits(1)] == [False, None, to_be_probed(wait)]
        assert ward.probe()
    assert ward.acks(5, of="T-9-1") == taken_back(5)


def test_a_venue_that_fails_again_soon_waits_longer_and_one_that_was_good_for_long_does_not() -> None:
    ward = ward_with_a_probe()
    ward.acks(5, of="T-9-1")
    ward.waits(99)
    ward.rejects()
    why = "2 of the last 2 orders were rejected, the limit is 2 of 4; the last: halted"
    assert ward.rejects() == out(why, 40)
    ward.waits(40)
    ward.probe()
    assert ward.acks(5, of="T-9-1") == taken_back(5)
    ward.waits(100)
    ward.rejects()
    assert ward.rejects() == out(why, 20)


def test_a_venue_that_falls_silent_while_it_is_probed_is_out_again() -> None:
    ward = ward_with_a_probe()
    ward.shows()
    assert ward.waits(10) == out("no market data for 10 s, the limit is 10 s", 40)
    assert ward.acks(1, of="T-9-1") is None


def test_a_probe_that_its_session_takes_along_is_followed_by_another() -> None:
    ward = ward_with_a_probe()
    ward.down()
    ward.up()
    assert [ward.probe("T-9-2"), ward.acks(1, of="T-9-1")] == [True, None]
    assert ward.acks(1, of="T-9-2") == Change("ALPHA", IN, "the probe T-9-2 was acknowledged in 1 ms")


def test_taken_back_it_is_judged_anew() -> None:
    ward = Ward(SLOW)
    ward.acks(600, 700)
    ward.waits(30)
    ward.probe()
    assert [ward.acks(5, of="T-9-1"), ward.acks(600)] == [taken_back(5), None]


def test_a_probe_that_fails_late_is_not_forgiven() -> None:
    ward = ward_with_a_probe()
    ward.waits(1000)
    assert ward.rejects(of="T-9-1") == out("the probe T-9-1 was rejected: halted", 40)


def test_a_clock_that_is_set_back_keeps_nobody_out_for_longer() -> None:
    ward = Ward(REJECTING)
    ward.rejects()
    ward.rejects()
    assert [ward.waits(-29), ward.waits(-3600)] == [None, to_be_probed(3629)]


# -- by hand and over a restart ----------------------------------------------------------------------------------------


def test_out_by_hand_it_stays_out_whatever_happens_until_it_is_taken_back_by_hand() -> None:
    ward = Ward(ALL)
    assert ward.health.take_out("ALPHA", "ANNA", "fees") == Change("ALPHA", OUT, "taken out by ANNA: fees")
    happened = [ward.shows(), ward.rejects(), ward.rejects(), ward.waits(1000), ward.down(), ward.up(), ward.acks(1)]
    assert happened == [None] * 7
    assert [ward.probe(), ward.state()] == [False, (False, False, False)]
    assert ward.health.kept() == {"ALPHA": {"by": "ANNA", "reason": "fees"}}
    assert ward.health.take_back("ALPHA", "BERT", "paid") == Change("ALPHA", IN, "taken back by BERT: paid")
    assert [ward.state(), ward.health.kept()] == [(True, False, False), {}]


def test_no_rule_and_no_probe_takes_back_what_a_person_took_out() -> None:
    ward = ward_with_a_probe()
    ward.health.take_out("ALPHA", "ANNA", "fees")
    assert ward.acks(1, of="T-9-1") is None
    ward = Ward(REJECTING)
    ward.rejects()
    ward.rejects()
    ward.health.take_out("ALPHA", "ANNA", "fees")
    assert [ward.waits(1000), ward.down(), ward.up()] == [None] * 3


def test_taken_back_by_hand_it_is_judged_anew() -> None:
    ward = Ward(REJECTING)
    ward.rejects()
    ward.health.take_out("ALPHA", "ANNA", "fees")
    ward.health.take_back("ALPHA", "ANNA", "paid")
    assert ward.rejects() is None


def test_a_person_may_take_back_what_a_rule_took_out_and_its_failures_are_forgotten() -> None:
    ward = ward_with_a_probe()
    assert ward.health.take_back("ALPHA", "ANNA", "asked them") == Change("ALPHA", IN, "taken back by ANNA: asked them")
    why = "2 of the last 2 orders were rejected, the limit is 2 of 4; the last: halted"
    assert [ward.rejects(), ward.rejects()] == [None, out(why, 20)]


def test_silence_before_it_was_taken_back_by_hand_does_not_count() -> None:
    ward = Ward(STALE)
    ward.shows()
    ward.waits(10)
    ward.health.take_back("ALPHA", "ANNA", "lunch")
    assert [ward.waits(1000), ward.shows(), ward.waits(9)] == [None] * 3


def test_a_person_cannot_take_back_a_venue_whose_session_is_down() -> None:
    ward = Ward(ALL, up=False)
    ward.health.take_out("ALPHA", "ANNA", "fees")
    said = Change("ALPHA", OUT, "its session is down; taken back by ANNA: paid")
    assert ward.health.take_back("ALPHA", "ANNA", "paid") == said
    assert ward.up() == Change("ALPHA", IN, "its session is up")


def test_after_a_restart_out_by_hand_is_out_and_out_by_rule_is_probed() -> None:
    kept: dict[str, dict[str, object]] = {"ALPHA": {"by": "ANNA", "reason": "fees"}, "BETA": {"reason": "slow"}}
    health = Health({"ALPHA": ALL, "BETA": ALL, "GAMMA": ALL}, kept)
    assert health.kept() == kept
    assert [health.up(venue, 1) for venue in ("ALPHA", "BETA", "GAMMA")] == [
        None,
        Change("BETA", PROBING, "its session is up; one order may go there to try it"),
        Change("GAMMA", IN, "its session is up"),
    ]
    health.probe_sent("BETA", "T-9-1")
    assert health.acked("BETA", 1, 2, "T-9-1") == Change("BETA", IN, "the probe T-9-1 was acknowledged in 0.001 µs")
    assert health.kept() == {"ALPHA": kept["ALPHA"]}
