"""`manifold operator`: what a named person asks of a running engine. Exit codes as everywhere; 3: no engine answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sessions.terminal import fail, say

if TYPE_CHECKING:
    from sessions.control.words import Answer, Status

app = typer.Typer(
    help="Ask a running engine: kill, release, settle, limits, venues, status.",
    epilog="Whoever asks gives a name and a reason; both are on record before anything happens.",
    no_args_is_help=True,
)
venue_app = typer.Typer(help="Take a venue out of routing, and back in.", no_args_is_help=True)
app.add_typer(venue_app, name="venue")

_CONFIG = "--config engine.toml"
_SIGNED = f'--by "A. Smith" --reason "as agreed with B. Jones" {_CONFIG}'

ConfigFile = Annotated[Path, typer.Option("--config", metavar="CONFIG.toml", help="The engine's configuration.")]
By = Annotated[str, typer.Option(metavar="NAME", help="Who asks; goes on record.")]
Reason = Annotated[str, typer.Option(metavar="TEXT", help="Why; goes on record.")]
All = Annotated[bool, typer.Option("--all", help="Everything.")]
Customer = Annotated[str | None, typer.Option(metavar="NAME", help="One OMS, by the name of its session.")]
Strategy = Annotated[str | None, typer.Option(metavar="NAME", help="One TargetStrategy(847).")]
Venue = Annotated[str | None, typer.Option(metavar="NAME", help="One venue.")]
VenueName = Annotated[str, typer.Argument(metavar="NAME", help="The venue.")]


@app.command(epilog=f"Example: manifold operator kill --all {_SIGNED}")
def kill(
    config: ConfigFile,
    by: By,
    reason: Reason,
    everything: All = False,
    customer: Customer = None,
    strategy: Strategy = None,
    venue: Venue = None,
) -> None:
    """Stop new orders at once and cancel what is open; in force until it is released, over restarts too."""
    scope, name = _scope(everything=everything, customer=customer, strategy=strategy, venue=venue)
    _told(config, ask="kill", by=by, reason=reason, scope=scope, name=name)


@app.command(epilog=f"Example: manifold operator release --all {_SIGNED}")
def release(
    config: ConfigFile,
    by: By,
    reason: Reason,
    everything: All = False,
    customer: Customer = None,
    strategy: Strategy = None,
    venue: Venue = None,
) -> None:
    """End a kill of the same scope and name."""
    scope, name = _scope(everything=everything, customer=customer, strategy=strategy, venue=venue)
    _told(config, ask="release", by=by, reason=reason, scope=scope, name=name)


@app.command(epilog=f"Example: manifold operator settle R1-7-2 --canceled --cum-qty 300 {_SIGNED}")
def settle(
    cl_ord_id: Annotated[str, typer.Argument(metavar="CLORDID", help="ClOrdID(11) of the child in doubt.")],
    config: ConfigFile,
    by: By,
    reason: Reason,
    working: Annotated[bool, typer.Option("--working", help="The venue has it, and it is open.")] = False,
    canceled: Annotated[bool, typer.Option("--canceled", help="It is over.")] = False,
    rejected: Annotated[bool, typer.Option("--rejected", help="The venue never had it.")] = False,
    cum_qty: Annotated[
        str | None, typer.Option(metavar="N", help="What it traded at the venue, in the venue's units.")
    ] = None,
) -> None:
    """Decide the fate of a child in doubt, as the venue told by telephone."""
    flags = {"working": working, "canceled": canceled, "rejected": rejected}
    outcome = _one({name: name for name, given in flags.items() if given}, flags)[0]
    _told(config, ask="settle", by=by, reason=reason, cl_ord_id=cl_ord_id, outcome=outcome, cum_qty=cum_qty)


@app.command(epilog=f"Example: manifold operator enable DESK-1 {_SIGNED}")
def enable(
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help="An OMS, by the name of its session.")],
    config: ConfigFile,
    by: By,
    reason: Reason,
) -> None:
    """Let a customer go on whom the repeated-execution throttle stopped."""
    _told(config, ask="enable", by=by, reason=reason, customer=customer)


@app.command(epilog=f"Example: manifold operator reload {_SIGNED}")
def reload(config: ConfigFile, by: By, reason: Reason) -> None:
    """Make the engine read the limits in its configuration again; a fault in them changes nothing."""
    _told(config, ask="reload", by=by, reason=reason)


@venue_app.command("out", epilog=f"Example: manifold operator venue out ALPHA {_SIGNED}")
def venue_out(venue: VenueName, config: ConfigFile, by: By, reason: Reason) -> None:
    """Route nothing to a venue until it is taken back."""
    _told(config, ask="out", by=by, reason=reason, venue=venue)


@venue_app.command("in", epilog=f"Example: manifold operator venue in ALPHA {_SIGNED}")
def venue_in(venue: VenueName, config: ConfigFile, by: By, reason: Reason) -> None:
    """Route to a venue again."""
    _told(config, ask="in", by=by, reason=reason, venue=venue)


@app.command("roll-back", epilog=f"Example: manifold operator roll-back {_SIGNED}")
def roll_back(config: ConfigFile, by: By, reason: Reason) -> None:
    """Route by what was learned a generation ago, and learn nothing new until told to."""
    _told(config, ask="rollback", by=by, reason=reason)


@app.command(epilog=f"Example: manifold operator learn {_SIGNED}")
def learn(config: ConfigFile, by: By, reason: Reason) -> None:
    """Let routing learn again after a roll-back."""
    _told(config, ask="learn", by=by, reason=reason)


@app.command(epilog=f"Example: manifold operator status {_CONFIG}")
def status(config: ConfigFile) -> None:
    """Say how the engine stands: sessions, venues, kills, stopped customers, children in doubt, open orders."""
    stands = _answered(config, ask="status").status
    for line in _lines(stands) if stands else []:
        say(line)


def _scope(*, everything: bool, **names: str | None) -> tuple[str, str]:
    given = {scope: name for scope, name in names.items() if name is not None}
    return _one(given | ({"all": ""} if everything else {}), ["all", *names])


def _one(given: dict[str, str], names: list[str] | dict[str, bool]) -> tuple[str, str]:
    if len(given) != 1:
        fail(f"give one of {', '.join(f'--{name}' for name in names)}", 2)
    return next(iter(given.items()))


def _told(config: Path, **values: str | None) -> None:
    say(_answered(config, **values).text)


def _answered(config: Path, **values: str | None) -> Answer:
    """Ends the command where the answer is no."""
    from sessions.config import ConfigError, control_socket  # noqa: PLC0415  --help should not wait for pydantic
    from sessions.control.client import ChannelError, ask  # noqa: PLC0415
    from sessions.control.words import RequestError, understood  # noqa: PLC0415

    try:
        request = understood(json.dumps(values).encode())
        answer = ask(control_socket(config), request)
    except (RequestError, ConfigError) as error:
        fail(str(error), 2)
    except ChannelError as error:
        fail(str(error), 3)
    if not answer.ok:
        fail(answer.text, 1)
    return answer


def _lines(status: Status) -> list[str]:
    """A table whose first column says what the line is about."""
    rows: list[tuple[str, str, str, str]] = []
    rows += [("session", each.name, each.role, "up" if each.up else "down") for each in status.sessions]
    rows += [("venue", each.name, each.state, each.reason) for each in status.venues]
    rows += [
        ("kill", f"{each.scope} {each.name}".strip(), _flat(each.open), f"by {each.by}: {each.reason}")
        for each in status.kills
    ]
    rows += [("stopped", name, "", "repeats its orders; a named person has to enable it") for name in status.stopped]
    rows += [
        ("in doubt", each.cl_ord_id, each.venue, f"{each.open_qty} {each.symbol} of {each.order}: {each.reason}")
        for each in status.in_doubt
    ]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(3)]
    table = ["  ".join(text.ljust(width) for text, width in zip(row, [*widths, 0], strict=True)) for row in rows]
    counts = [
        _count(status.open_orders, "open order"),
        _count(status.doubts, "child in doubt", "children in doubt"),
        _count(len(status.kills), "kill in force", "kills in force"),
        _count(len(status.stopped), "customer stopped", "customers stopped"),
    ]
    more = status.doubts - len(status.in_doubt)
    return [
        f"{status.instance}: {', '.join(counts)}",
        *(line.rstrip() for line in table),
        *([f"and {more} more in doubt"] if more else []),
    ]


def _count(number: int, what: str, many: str = "") -> str:
    return f"{number or 'no'} {what if number == 1 else many or f'{what}s'}"


def _flat(children: int) -> str:
    return f"{children} open" if children else "flat"
