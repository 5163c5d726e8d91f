"""A stage whose venues are processes, `manifold simulate`, one in each FIX version, and an OMS that must not leave.

ACME and GLOBEX are at 100 at each of them: what is to rest is far below, what is to trade above.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from engine.dropcopy.store import Kind
from sessions.demo.processes import Process, start
from tests.wire.stage import Stage
from tests.world import PATIENCE

VENUES = {"ALPHA": "FIX.4.2", "BETA": "FIX.4.4", "GAMMA": "FIX.5.0SP2"}
SYMBOLS = ("ACME", "GLOBEX")
VERSIONS = ("OMS42", "OMS", "OMS50")
LEAVER = """
[[oms]]
name = "LEAVER"
dialect = "FIX.4.4"
sender = "MANIFOLD"
target = "LEAVER"
cancel_on_disconnect = true
"""


class Market(Stage):
    """Of three simulated venues."""

    def starts(self, *, log_on: bool = True) -> None:
        """With all venues logged on."""
        super().starts(log_on=log_on)
        assert self.engine is not None
        for _ in VENUES:
            self.engine.wait_for(r"^(ALPHA|BETA|GAMMA) logged on", time.monotonic() + PATIENCE)

    def asked(self, order_id: str) -> str:
        """MsgTypes(35) of what venues have been asked for this order, one letter each."""
        sent = [record for record in self.records() if record.kind == Kind.OUT and record.order_id == order_id]
        return "".join(record.msg_type for record in sent if record.session in VENUES)


@contextmanager
def market(folder: Path, settings: str = "") -> Iterator[Market]:
    with ExitStack() as stack:
        starting = {name: _starts(stack, folder, name) for name in VENUES}
        venues = [_venue(name, process) for name, process in starting.items()]
        made = Market(folder, (), "\n".join([settings, LEAVER, *venues]))
        try:
            made.starts()
            yield made
        finally:
            made.stops()


def _starts(stack: ExitStack, folder: Path, name: str) -> Process:
    books = "".join(f'\n[[instrument]]\nsymbol = "{symbol}"\nmid = 100\nlevels = 1\n' for symbol in SYMBOLS)
    path = folder / f"{name.lower()}.toml"
    path.write_text(f'{_session(name)}sender = "{name}"\ntarget = "MANIFOLD"\nport = 0\n{books}')
    process = start(path.stem, ["simulate", str(path)], folder)
    stack.callback(process.stop)
    return process


def _venue(name: str, process: Process) -> str:
    """Its table in the configuration of the engine; the oldest version has no mass cancel."""
    port = process.wait_for(r"listening on \S+:(\d+)", time.monotonic() + PATIENCE)[1]
    mass_cancel = "" if VENUES[name] == "FIX.4.2" else "mass_cancel = true\n"
    listings = "".join(f'instruments.{symbol} = {{ symbol = "{symbol}" }}\n' for symbol in SYMBOLS)
    reached = f'sender = "MANIFOLD"\ntarget = "{name}"\nhost = "127.0.0.1"\nport = {port}\nmic = "X{name[:3]}"\n'
    return f"\n[[venue]]\n{_session(name)}{reached}{mass_cancel}{listings}"


def _session(name: str) -> str:
    return f'name = "{name}"\ndialect = "{VENUES[name]}"\n'
