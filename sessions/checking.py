"""`manifold config check`: whatever a TOML file describes."""

from __future__ import annotations

import tomllib
from pathlib import Path

from sessions import config
from sessions.study.config import load


def check(path: Path) -> str:
    """Says what a sound configuration describes; ConfigError when it is not sound."""
    if not _is_study(path):
        return config.check_file(path)
    study = load(path)
    strategies = "1 strategy" if len(study.strategy) == 1 else f"{len(study.strategy)} strategies"
    venues = "1 venue" if len(study.venue) == 1 else f"{len(study.venue)} venues"
    return f"sound: a study of {strategies} over {venues}"


def _is_study(path: Path) -> bool:
    """Only a study has these; what cannot be read is said by whoever reads it next."""
    try:
        return {"strategy", "parents"} <= tomllib.loads(path.read_text(encoding="utf-8-sig")).keys()
    except (OSError, ValueError, RecursionError):
        return False
