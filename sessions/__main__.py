"""`python -m sessions` is `manifold`."""

from __future__ import annotations

from sessions.cli import main

main()
