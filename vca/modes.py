"""Who may read what a deployment keeps: files of mode 0600 in folders of mode 0700, also where they were wider before."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

OTHERS = 0o077
_FOLDERS = ("files", "keys", "logs", "postgres", "restore", "run")
"""What we make in a home."""
# Its data are another user's where we are root, and PostgreSQL itself refuses to start on wider ones.
_POSTGRES_DATA = Path("postgres") / "data"


def keep_private() -> None:
    """Have everything that this process and its children make from now on readable by its user alone."""
    os.umask(OTHERS)


def narrow(home: Path) -> tuple[list[Path], list[Path]]:
    """Take from others what they may do in a home; return what was narrowed, and what could not be.

    Of a folder that was wide what is in it is told of no more. A home that is shared with others' things stays as it is.
    """
    narrowed: list[Path] = []
    left: list[Path] = []
    if _is_wide(home):
        (narrowed if _is_ours(home) and _narrow(home) else left).append(home)
    for path in (*(home / name for name in _FOLDERS), *_files(home)):
        was_wide = _is_wide(path)
        if was_wide:
            (narrowed if _narrow(path) else left).append(path)
        # Below `files` there may be very many: they are gone through once.
        if path.is_dir() and (was_wide or path.name != "files"):
            for below in _below(path, home / _POSTGRES_DATA):
                if _is_wide(below) and not _narrow(below):
                    left.append(below)
    return narrowed, left


def _is_ours(home: Path) -> bool:
    """Say whether a home holds only what a home holds: /tmp, or a user's own folder, is not closed to its other users."""
    if home.stat().st_mode & stat.S_ISVTX:
        return False
    return all(each.name in (*_FOLDERS, "lost+found") for each in home.iterdir() if each.is_dir())


def _files(home: Path) -> Iterator[Path]:
    yield from (path for path in home.iterdir() if path.is_file() and not path.is_symlink())


def _below(folder: Path, left_out: Path) -> Iterator[Path]:
    for path, folders, files in os.walk(folder):
        if Path(path) == left_out.parent:
            folders[:] = [name for name in folders if name != left_out.name]
        yield from (Path(path) / name for name in (*folders, *files))


def _is_wide(path: Path) -> bool:
    with contextlib.suppress(FileNotFoundError):
        mode = path.lstat().st_mode
        return not stat.S_ISLNK(mode) and not stat.S_ISSOCK(mode) and bool(mode & OTHERS)
    return False


def _narrow(path: Path) -> bool:
    try:
        path.chmod(stat.S_IMODE(path.stat().st_mode) & ~OTHERS)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True
