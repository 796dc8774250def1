"""What takes long to make and is the same for all processes of a run: the first that needs it makes it, the others read it."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

_shared: list[Path] = []


def share_in(folder: Path) -> None:
    """Have what is made kept in a folder of this run alone; without one each process makes its own."""
    _shared[:] = [folder]


def once_a_run(name: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return the document that `make` makes, or that another process of this run made by this name."""
    if not _shared:
        return make()
    kept = _shared[0] / f"{name}.json"
    with kept.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            made = make()
            fresh = kept.with_suffix(".fresh")
            fresh.write_text(json.dumps(made, ensure_ascii=False), encoding="utf-8")
            fresh.replace(kept)
            return made
    document: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
    return document
