"""What operators ask, on record: an action as JSON can hold it, and where a running engine hears of one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Protocol, get_args, get_type_hints

from pydantic import BaseModel, ConfigDict, create_model

from engine.core.actions import Action
from sessions.cycle.setup import plain


class Asked(Protocol):
    """An instruction that came. `person` is the name given, `user` the operating system's."""

    @property
    def person(self) -> str: ...
    @property
    def user(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def action(self) -> Action: ...
    def answer(self, text: str, *, ok: bool = True) -> None: ...


class Channel(Protocol):
    """Where they come from; nothing there waits or raises."""

    def poll(self) -> list[Any]: ...
    def filenos(self) -> list[int]: ...
    def close(self) -> None: ...


def described(action: Action) -> dict[str, object]:
    """{"kind": "Kill", …} and the action's own fields."""
    kind = type(action)
    fields: dict[str, object] = plain(_models()[kind.__name__][1](**action._asdict()).model_dump())
    return {"kind": kind.__name__, **fields}


def restored(values: Mapping[str, Any]) -> Action:
    """What `described` wrote, or a person typed; ValueError saying what is wrong with it."""
    fields = dict(values)
    name = str(fields.pop("kind", ""))
    if name not in _models():
        raise ValueError(f"kind = {name!r}: no such action; known are {', '.join(_models())}")
    kind, model = _models()[name]
    read = model.model_validate(fields)
    made: Action = kind(**{key: getattr(read, key) for key in model.model_fields})
    return made


@cache
def _models() -> dict[str, tuple[type, type[BaseModel]]]:
    return {kind.__name__: (kind, _model(kind)) for kind in get_args(Action)}


def _model(kind: Any) -> type[BaseModel]:
    defaults = kind._field_defaults
    fields: dict[str, Any] = {name: (hint, defaults.get(name, ...)) for name, hint in get_type_hints(kind).items()}
    return create_model(kind.__name__, __config__=ConfigDict(extra="forbid"), **fields)
