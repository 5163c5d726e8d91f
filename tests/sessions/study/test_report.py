from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path

from lxml import etree

from sessions.study.config import StudyConfig, checked
from sessions.study.measures import Bin, Interval, Summary
from sessions.study.report import described, page
from tests.sessions.study.making import STUDY, D


def config() -> StudyConfig:
    return checked(Path("study.toml"), tomllib.loads(STUDY, parse_float=Decimal))


def summary(name: str, mean: float, *, baseline: bool = False, refused: str = "") -> Summary:
    figure = Interval(mean, mean - 1, mean + 1)
    return Summary(
        name=name,
        net=figure,
        against=None if baseline else Interval(mean - 2, mean - 3, mean - 1),
        gross=figure,
        own=figure,
        vwap=None,
        left=-0.001,
        rate=0.98765,
        seconds=0.0041,
        children=2.5,
        rejects=3,
        refused=refused,
        venues={"ALPHA": D(30), "BETA": D(70)},
    )


SUMMARIES = [summary("smart", 1.5), summary("equal split", 2.0, baseline=True)]


def parsed(text: str) -> etree._Element:
    """It is XML but for its first lines."""
    return etree.fromstring(text[text.index("<body>") : text.index("</html>")])


def words(element: etree._Element) -> str:
    return " ".join("".join(map(str, element.itertext())).split())


def rows(text: str) -> list[list[str]]:
    return [[words(cell) for cell in row] for row in parsed(text).iter("tr")]


def test_the_table_has_a_row_for_each_strategy() -> None:
    head, smart, equal = rows(page(config(), SUMMARIES, []))
    assert len(head) == len(smart) == len(equal) == 11
    spread = "1.50 0.50 to 2.50"
    assert smart == ["smart", spread, "-0.50 -1.50 to 0.50", spread, spread, "", "0.00", "98.8%", "0.004", "2.5", "3"]
    assert equal[:3] == ["equal split baseline", "2.00 1.00 to 3.00", ""]


def test_there_is_a_plot_of_costs_one_of_differences_one_of_venues_and_one_of_predictions() -> None:
    made = parsed(page(config(), SUMMARIES, [Bin(0.5, 3, 5)]))
    assert [words(each) for each in made.iter("h2")] == [
        "Implementation shortfall, net of fees",
        "Paired difference to equal split",
        "Fills by venue",
        "How well fills are predicted",
        "What is assumed",
    ]
    assert len(list(made.iter("svg"))) == 4


def test_where_nothing_was_predicted_a_word_says_so_and_a_baseline_alone_has_no_difference() -> None:
    made = parsed(page(config(), SUMMARIES[1:], []))
    assert "No child waited in a queue: nothing was predicted." in words(made)
    assert len(list(made.iter("svg"))) == 2


def test_it_needs_nothing_from_elsewhere_and_names_are_escaped() -> None:
    text = page(config(), [summary("<i>x</i>", 1.0, refused="a < b"), SUMMARIES[1]], [])
    assert not [word for word in ("http", "src=", "href=", "@import", "url(", "<script", "<i>") if word in text]
    assert "<li>&lt;i&gt;x&lt;/i&gt;: a &lt; b</li>" in text
    assert "prefers-color-scheme: dark" in text


def test_a_study_is_described_in_a_sentence() -> None:
    assert described(config()) == (
        "Seed 7. 4 parents of 1500 ACME, buying and selling in turn, limit 2 bp beyond the midpoint, "
        "10 s each and 12 s apart, over 2 seeded venues. Costs in basis points, above zero is worse."
    )
