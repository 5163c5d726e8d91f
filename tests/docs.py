"""`python -m tests.docs` writes into the documentation what is generated from the code; a test sees that it was run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engine.orders.diagram import diagram, table

ORDERS = Path(__file__).parent.parent / "docs" / "orders.md"
PARTS: dict[str, Callable[[], str]] = {"diagram": lambda: f"```mermaid\n{diagram()}\n```", "table": table}


def generated(text: str) -> str:
    """`text` with each part between `<!-- NAME -->` and `<!-- /NAME -->` as the code has it now."""
    for name, part in PARTS.items():
        start, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        before, opening, rest = text.partition(start)
        _, closing, after = rest.partition(end)
        assert opening, f"{start.strip()} stands in the text"
        assert closing, f"{end} stands behind it"
        text = f"{before}{start}{part()}\n{end}{after}"
    return text


if __name__ == "__main__":
    ORDERS.write_text(generated(ORDERS.read_text(encoding="utf-8")), encoding="utf-8")
