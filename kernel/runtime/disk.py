"""A disk that is full, or soon will be: ours, or the one that the database is on."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import asyncpg

ALMOST_FULL_PERCENT = 95
_FULL = (errno.ENOSPC, errno.EDQUOT)


def is_storage_full(error: BaseException) -> bool:
    """Say whether `error` means that something could not be written for want of room."""
    return isinstance(error, asyncpg.DiskFullError) or (isinstance(error, OSError) and error.errno in _FULL)


def used_percent(folder: Path) -> int:
    """Return how much of the disk is used that `folder` lies on, or will lie on. Raises OSError."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    disk = os.statvfs(folder)
    used = disk.f_blocks - disk.f_bfree
    # What is kept back for the system is nobody's else: to us the disk is full before it.
    return round(used * 100 / max(1, used + disk.f_bavail))
