"""A real PostgreSQL server of our own: made, started, crashed, started again and thrown away.

`missing()` says why there can be none. Listens on a unix socket only, in a folder under /tmp because the path of a
socket may not be longer than about a hundred characters.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

PATIENCE = 60.0
_ROOT = "manifold"  # the superuser, whom everybody on the socket may be
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",  # what the operating system has taken is not lost with the server
    "full_page_writes": "off",
    "autovacuum": "off",
    "shared_buffers": "16MB",
    "max_connections": "40",
}


def missing() -> str:
    """Why no server can be started here, "" when one can."""
    if _binaries() is None:
        return "PostgreSQL is not installed: initdb and postgres are neither on PATH nor under /usr/lib/postgresql"
    if os.geteuid() == 0 and _servant() is None:
        return "PostgreSQL refuses to run as root, and there is no user postgres or nobody to run it as"
    return ""


@contextlib.contextmanager
def server() -> Iterator[Server]:
    """A running server; stopped, and its data removed, whatever happens."""
    folder = Path(tempfile.mkdtemp(prefix="manifold-pg-", dir="/tmp"))
    made = Server(folder)
    try:
        made.make()
        made.start()
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder)


class Server:
    """`database()` gives an SQLAlchemy URL."""

    def __init__(self, folder: Path) -> None:
        binaries = _binaries()
        assert binaries is not None, missing()
        self._binaries = binaries
        self._folder = folder
        self._data = folder / "data"
        self._log = folder / "log"
        self._process: subprocess.Popen[bytes] | None = None
        self._names = (f"test_{number}" for number in itertools.count(1))
        self._free: list[str] = []
        self._user: dict[str, Any] = {}
        if os.geteuid() == 0:
            servant = _servant()
            assert servant is not None, missing()
            os.chown(folder, servant.pw_uid, servant.pw_gid)
            self._user = {"user": servant.pw_uid, "group": servant.pw_gid, "extra_groups": []}

    @contextlib.contextmanager
    def database(self) -> Iterator[str]:
        """The URL of an empty database that nobody is connected to.

        Emptied and used again afterwards: that takes a tenth of the time of making another.
        """
        name = self._free.pop() if self._free else self._new()
        yield f"postgresql+psycopg://{_ROOT}@/{name}?host={self._folder}"
        self.run(f"SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{name}'")
        self.run("DROP SCHEMA public CASCADE", name)
        self.run("CREATE SCHEMA public", name)
        self._free.append(name)

    def _new(self) -> str:
        name = next(self._names)
        self.run(f"CREATE DATABASE {name}")
        return name

    def run(self, statement: str, database: str = "postgres") -> None:
        """One statement as superuser, outside any transaction."""
        with psycopg.connect(user=_ROOT, dbname=database, host=str(self._folder), autocommit=True) as connection:
            connection.execute(statement.encode())

    def make(self) -> None:
        options = ["-U", _ROOT, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        process = self._launch("initdb", *options)
        try:
            assert process.wait(PATIENCE) == 0, f"initdb failed: {self._last_words()}"
        finally:
            process.kill()
            process.wait()

    def start(self) -> None:
        settings = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
        self._process = process = self._launch("postgres", "-k", str(self._folder), *settings)
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            assert process.poll() is None, f"PostgreSQL ended: {self._last_words()}"
            assert time.monotonic() < deadline, f"PostgreSQL does not answer: {self._last_words()}"
            time.sleep(0.02)

    def crash(self) -> None:
        """Ends at once, without a checkpoint: the next start recovers from the log, as after a power cut."""
        self._end(signal.SIGQUIT)

    def stop(self) -> None:
        self._end(signal.SIGINT)

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how)
        try:
            process.wait(PATIENCE)
        finally:
            process.kill()
            process.wait()

    def _answers(self) -> bool:
        try:
            self.run("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def _launch(self, program: str, *options: str) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [self._binaries / program, "-D", self._data, *options],
                cwd=self._folder,
                env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for pytest, which ends the server afterwards
                **self._user,
            )

    def _last_words(self) -> str:
        return self._log.read_text(errors="replace")[-2000:]


def _binaries() -> Path | None:
    """The folder of initdb and postgres, the newest where there are several."""
    on_path = shutil.which("initdb")
    installed = sorted(Path("/usr/lib/postgresql").glob("[0-9]*/bin"), key=lambda path: float(path.parent.name))
    folders = [*([Path(on_path).resolve().parent] if on_path else []), *reversed(installed)]
    return next((f for f in folders if (f / "initdb").is_file() and (f / "postgres").is_file()), None)


def _servant() -> pwd.struct_passwd | None:
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    return None
