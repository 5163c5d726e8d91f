"""`python -m tests.docs` writes into the documentation what is generated from the code; a test sees that it was run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from engine.orders.diagram import diagram, table

ROOT = Path(__file__).parent.parent
PARTS: dict[str, Callable[[], str]] = {"diagram": lambda: f"```mermaid\n{diagram()}\n```", "table": table}
PLACES = {ROOT / "README.md": ("diagram",), ROOT / "docs" / "orders.md": ("table",)}


def generated(text: str, parts: Iterable[str]) -> str:
    """`text` with each part between `<!-- NAME -->` and `<!-- /NAME -->` as the code has it now."""
    for name in parts:
        part = PARTS[name]
        start, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        before, opening, rest = text.partition(start)
        _, closing, after = rest.partition(end)
        assert opening, f"{start.strip()} stands in the text"
        assert closing, f"{end} stands behind it"
        text = f"{before}{start}{part()}\n{end}{after}"
    return text


if __name__ == "__main__":
    for place, parts in PLACES.items():
        place.write_text(generated(place.read_text(encoding="utf-8"), parts), encoding="utf-8")
