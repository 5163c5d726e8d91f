"""`manifold` as a person runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MANIFOLD = [sys.executable, "-m", "sessions"]
PATIENCE = 60.0


def manifold(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Runs to its end. The terminal is 80 columns wide and no terminal."""
    command = [*MANIFOLD, *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENCE, check=False, env=_environment(), cwd=cwd
    )


@contextmanager
def manifold_running(*arguments: str | Path) -> Iterator[subprocess.Popen[str]]:
    """While it runs; a process that the test has not ended is killed."""
    command = [*MANIFOLD, *map(str, arguments)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=_environment()) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def children_of(folder: Path) -> list[str]:
    """Command lines of processes that speak of `folder`."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().decode(errors="replace").replace("\0", " ")
        except OSError:  # it has ended meanwhile
            continue
        if str(folder) in words:
            found.append(words)
    return found


def _environment() -> dict[str, str]:
    root = str(Path(__file__).parents[2])
    return os.environ | {"COLUMNS": "80", "PYTHONPATH": root}
