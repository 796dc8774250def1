"""Folders that others write to while a test looks at them."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def statuses(folder: Path) -> dict[Path, os.stat_result]:
    """Return what each file and folder below is, and the folder itself; what goes away meanwhile is not among them."""
    found: dict[Path, os.stat_result] = {}
    # os.walk passes over a folder that has gone.
    for place, folders, files in os.walk(folder):
        for path in (Path(place), *(Path(place, name) for name in (*folders, *files))):
            with contextlib.suppress(FileNotFoundError):
                found[path] = path.lstat()
    return found
