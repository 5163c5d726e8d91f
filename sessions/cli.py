"""The command line. Exit codes: 0 done, 1 the answer is no, 2 wrong input, 3 the store or the network failed."""

from __future__ import annotations

import logging
import time
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from sessions import operate
from sessions.terminal import fail, out, say, sentences

app = typer.Typer(
    name="manifold",
    help="One order in, many out, one stream of reports back, everything on record.",
    epilog="Exit codes: 0 done, 1 the answer is no, 2 wrong input, 3 the store or the network failed.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
show_app = typer.Typer(help="Look into a store.", no_args_is_help=True)
config_app = typer.Typer(help="Look at configurations.", no_args_is_help=True)
app.add_typer(show_app, name="show")
app.add_typer(config_app, name="config")
app.add_typer(operate.app, name="operator")

ConfigFile = Annotated[Path, typer.Argument(metavar="CONFIG.toml", help="The configuration.")]
StorePath = Annotated[str, typer.Argument(metavar="STORE", help="Path of an SQLite file, or a database URL.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Log every session event to stderr.")]


def _log_to_stderr(*, verbose: bool) -> None:
    logging.Formatter.converter = time.gmtime
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING,
        format="%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s: %(message)s",
        datefmt="%Y%m%d-%H:%M:%S",
    )


def _print_version(wanted: bool) -> None:
    if wanted:
        say(f"manifold {version('manifold-fix')}")
        raise typer.Exit


@app.callback()
def manifold(
    _: Annotated[
        bool, typer.Option("--version", help="Say which version this is.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """One order in, many out, one stream of reports back, everything on record."""


@app.command(epilog="Example: manifold demo --seed 7")
def demo(
    seed: Annotated[int | None, typer.Option(help="Repeat a run's orders; printed by every run.")] = None,
    parents: Annotated[int, typer.Option(min=1, max=20_000, help="How many orders the OMS sends.")] = 200,
    folder: Annotated[Path | None, typer.Option(help="Where store and logs go; default runs/demo-TIME.")] = None,
) -> None:
    """Run the whole thing here: three simulated venues, the engine, an OMS; then check that all accounts agree."""
    from sessions.demo.processes import DemoError  # noqa: PLC0415
    from sessions.demo.run import run_demo  # noqa: PLC0415

    with sentences():
        try:
            agreed = run_demo(out, seed, parents, folder)
        except DemoError as error:
            fail(str(error), error.code)
    if not agreed:
        raise typer.Exit(1)


@app.command(epilog="Example: manifold run examples/engine.toml")
def run(config: ConfigFile, verbose: Verbose = False) -> None:
    """Run an engine until SIGINT or SIGTERM; started again, it goes on where it stopped."""
    _log_to_stderr(verbose=verbose)
    with sentences():
        from sessions.config import EngineConfig, load  # noqa: PLC0415
        from sessions.running import run_engine  # noqa: PLC0415

        run_engine(load(config, EngineConfig), config, say)


@app.command(epilog="Example: manifold simulate examples/venue-alpha.toml")
def simulate(config: ConfigFile, verbose: Verbose = False) -> None:
    """Run one simulated venue until SIGINT or SIGTERM."""
    _log_to_stderr(verbose=verbose)
    with sentences():
        from sessions.config import SimulatorConfig, load  # noqa: PLC0415
        from sessions.simulator.run import simulate as run_venue  # noqa: PLC0415

        loaded = load(config, SimulatorConfig)
        run_venue(
            loaded, config, lambda door: say(f"{loaded.name} listening on {door.host}:{door.port} ({loaded.dialect})")
        )


@app.command(epilog="Example: manifold submit examples/orders.csv --connect 127.0.0.1:9880")
def submit(
    orders: Annotated[Path, typer.Argument(metavar="ORDERS.csv", help="ClOrdID,Symbol,Side,OrderQty,OrdType,Price,…")],
    connect: Annotated[str, typer.Option(metavar="HOST:PORT", help="Where the engine listens.")],
    sender: Annotated[str, typer.Option(help="Our SenderCompID(49).")] = "OMS",
    target: Annotated[str, typer.Option(help="The engine's CompID, TargetCompID(56).")] = "MANIFOLD",
    dialect: Annotated[str, typer.Option(help="FIX.4.2, FIX.4.4 or FIX.5.0SP2.")] = "FIX.4.4",
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds to wait for all orders to finish.")] = 30.0,
) -> None:
    """Send the orders of a CSV over FIX and print the reports; exits 1 if any order is unfinished or not taken."""
    with sentences():
        from sessions.oms.submit import SubmitError, submit_orders  # noqa: PLC0415

        try:
            finished = submit_orders(out, orders, connect, (dialect, sender, target), timeout)
        except SubmitError as error:
            fail(str(error), error.code)
    if not finished:
        raise typer.Exit(1)


@app.command(epilog="Example: manifold verify runs/demo/store.db")
def verify(store: StorePath) -> None:
    """Check that a store is whole and unchanged; exits 1 if it is not."""
    with sentences():
        from engine.dropcopy.store import Store  # noqa: PLC0415
        from engine.dropcopy.verify import verify as check  # noqa: PLC0415

        with closing(Store.open(store, create=False)) as opened:
            name = opened.name if "://" in store else store  # a URL may hold a password
            result = check(opened)
    if not result.ok:
        fail(f"{name}: not as it was written: {result.problem}", 1)
    say(f"{name}: {result.records} records, chain verified, head {result.head}")


@app.command(epilog="Example: manifold replay runs/demo/store.db")
def replay(store: StorePath) -> None:
    """Decide everything in a store again and compare; exits 1 at the first difference."""
    with sentences():
        from engine.dropcopy.store import Store  # noqa: PLC0415
        from sessions.replaying import replay_store  # noqa: PLC0415

        with closing(Store.open(store, create=False)) as opened:
            same, sentence = replay_store(opened, out)
            name = opened.name if "://" in store else store
    if not same:
        fail(f"{name}: {sentence}", 1)
    say(f"{name}: {sentence}")


@app.command(epilog="Example: manifold study examples/study.toml --out runs/study")
def study(
    config: ConfigFile,
    out_folder: Annotated[
        Path | None, typer.Option("--out", help="Where the report goes; default runs/study-TIME.")
    ] = None,
) -> None:
    """Play strategies side by side over a recorded or seeded market and report what they cost."""
    with sentences():
        from sessions.study.run import run as run_study  # noqa: PLC0415

        code = run_study(config, out_folder, say)
    if code:
        raise typer.Exit(code)


@app.command(epilog="Example: manifold atdl --out manifold.xml")
def atdl(
    output: Annotated[Path | None, typer.Option("--out", "-o", help="The file; printed where none is given.")] = None,
) -> None:
    """Write our strategies and their parameters as FIXatdl 1.1, from which an OMS draws its tickets."""
    with sentences():
        from sessions.atdl import run as run_atdl  # noqa: PLC0415

        code = run_atdl(output)
    if code:
        raise typer.Exit(code)


@show_app.command("order", epilog="Example: manifold show order DEMO-0001 --store runs/demo/store.db")
def show_order(
    cl_ord_id: Annotated[str, typer.Argument(metavar="CLORDID", help="The OMS's ClOrdID(11), or our OrderID(37).")],
    store: Annotated[str, typer.Option(help="Path of an SQLite file, or a database URL.")],
) -> None:
    """Show everything about one order: parent, children, every message, every decision with its reason."""
    with sentences():
        from engine.dropcopy.store import Store  # noqa: PLC0415
        from sessions.show import order_trees  # noqa: PLC0415

        with closing(Store.open(store, create=False)) as opened:
            name = opened.name if "://" in store else store
            trees = list(order_trees(opened, cl_ord_id))
    if not trees:
        fail(f"{name}: no order with ClOrdID(11) or OrderID(37) {cl_ord_id}; capital letters count", 1)
    # Into a file or a pipe each record is one line, however long; a terminal gets them wrapped between fields.
    screen = out if out.is_terminal else Console(highlight=False, width=1_000_000)
    for tree in trees:
        screen.print(tree, soft_wrap=False)


@config_app.command("check", epilog="Example: manifold config check examples/engine.toml")
def config_check(config: ConfigFile) -> None:
    """Check a configuration, of an engine, a simulated venue or a study, without running it; exits 2 on errors."""
    with sentences():
        from sessions.checking import check  # noqa: PLC0415

        what = check(config)
    say(f"{config}: {what}")


def main() -> None:
    app()
