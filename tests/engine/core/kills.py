"""What a kill says, for tests of it."""

from __future__ import annotations

from engine.core.commands import Command, Decide, Decision, Keep
from tests.engine.core.script import decided

KILLED = "killed by ada: a test"
EVERYTHING = f"everything is {KILLED}"


def value(scope: str = "all", name: str = "", *, flat: bool = False) -> dict[str, object]:
    return {"scope": scope, "name": name, "person": "ada", "reason": "a test", "flat": flat}


def kept(scope: str = "all", name: str = "", *, flat: bool = False) -> Command:
    return Keep("", "kills", {f"{scope}:{name}": value(scope, name, flat=flat)})


def killed(children: int, words: str = EVERYTHING) -> Command:
    return decided(Decision.KILL, words, {"children": str(children)}, order_id="")


def flat(words: str = EVERYTHING) -> Command:
    return decided(Decision.FLAT, f"{words}: flat, every child is confirmed gone", order_id="")


def closed(reason: str = KILLED, order_id: str = "T-1") -> Command:
    return decided(Decision.CLOSE, reason, {"as": "CANCELED"}, order_id)


def is_flat(commands: tuple[Command, ...]) -> bool:
    return any(isinstance(each, Decide) and each.kind is Decision.FLAT for each in commands)
