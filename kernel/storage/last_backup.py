"""When this deployment was last backed up: a small file below VCA_HOME/run that whoever tells of it reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import orjson

from kernel.storage.keys import write_whole


@dataclass(frozen=True, kw_only=True)
class LastBackup:
    """The newest backup that was written whole. It says not where it lies."""

    made_at: datetime
    bytes: int
    is_encrypted: bool
    has_keys: bool


def _file(home: Path) -> Path:
    return home / "run" / "last-backup.json"


def record(home: Path, backup: LastBackup) -> None:
    """Have `backup` known as the newest. Raises OSError."""
    write_whole(_file(home), orjson.dumps(backup), replace=True)


def last_backup(home: Path) -> LastBackup | None:
    """Return the newest backup, or None where none was made, or what is there cannot be read."""
    try:
        found = orjson.loads(_file(home).read_bytes())
        return LastBackup(**{**found, "made_at": datetime.fromisoformat(found["made_at"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None
