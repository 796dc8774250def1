"""Where sandboxes are on this machine: folders of the temporary one, each held by the run that made it."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from kernel.storage.keys import write_whole
from vca.errors import Refusal
from vca.postgres import free_port
from vca.settings import Place

_PREFIX, _LEFT_SECONDS = "vca-sandbox-", 60.0
# All else that is set would lead out of the sandbox: to a server, a home, a store of the user's own.
_TAKEN = frozenset(
    {
        "VCA_BIND",
        "VCA_CORS_ORIGINS",
        "VCA_LOG_LEVEL",
        "VCA_PUBLIC_URL",
        "VCA_RATE_LIMIT_PER_MINUTE",
        "VCA_SIGN_IN_LIMIT_PER_MINUTE",
        "VCA_TODAY",
    }
)


def _folder() -> Path:
    """Return where sandboxes lie: a path short enough for a socket below it."""
    folder = Path(tempfile.gettempdir())
    return folder if len(str(folder)) <= 40 else Path("/tmp")


@contextlib.contextmanager
def new_place(port: int | None) -> Iterator[Place]:
    """Lend a home and a port of its own; nothing is left of the home afterwards, nor of those that were killed."""
    _sweep()
    forget_settings()
    home = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_folder())).resolve()
    try:
        yield _place(home, port or free_port())
    finally:
        shutil.rmtree(home, ignore_errors=True)


def forget_settings() -> None:
    """Take away what is set in the environment for a deployment."""
    for name in [name for name in os.environ if name.startswith("VCA_") and name not in _TAKEN]:
        del os.environ[name]


def _place(home: Path, port: int) -> Place:
    return Place(home, port, (os.environ.get("VCA_PUBLIC_URL") or f"http://127.0.0.1:{port}").rstrip("/"))


@contextlib.contextmanager
def changing(place: Place) -> Iterator[None]:
    """Have commands that change the sandbox wait for one another."""
    with (place.home / "change.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def clock_file(place: Place) -> Path:
    """Return the file that says which day the sandbox has."""
    return place.home / "today"


def set_day(place: Place, day: date) -> None:
    """Have the sandbox be on this day, at once in every service."""
    write_whole(clock_file(place), str(day).encode(), replace=True)


def get_day(place: Place) -> date:
    """Return the day that the sandbox has."""
    return date.fromisoformat(clock_file(place).read_text())


def note_ready(place: Place, first_day: date) -> None:
    """Say to the other commands that the sandbox takes calls, and on which day it began."""
    document = {"port": place.port, "first_day": str(first_day)}
    write_whole(_note(place.home), json.dumps(document).encode(), replace=True)


def first_day(place: Place) -> date:
    """Return the day on which the sandbox began."""
    return date.fromisoformat(json.loads(_note(place.home).read_text())["first_day"])


def _note(home: Path) -> Path:
    return home / "sandbox.json"


def running(port: int | None) -> Place:
    """Return the sandbox that runs here, of several the one on `port`. Raises Refusal."""
    homes = [home for home in _homes() if _is_held(home)]
    notes = [home / "sandbox.json" for home in homes if _note(home).exists()]
    ports = {int(json.loads(note.read_text())["port"]): note.parent for note in notes}
    if port is not None and port not in ports:
        raise Refusal(
            f"Không có sandbox nào chạy ở cổng {port}; hãy chạy vca sandbox --port {port}.",
            f"No sandbox runs on port {port}; run vca sandbox --port {port}.",
        )
    if not ports and homes:
        raise Refusal(
            "Sandbox còn đang khởi động; hãy chờ vài giây.", "The sandbox is still starting; wait some seconds."
        )
    if not ports:
        raise Refusal(
            "Không có sandbox nào đang chạy; hãy chạy vca sandbox ở một cửa sổ khác.",
            "No sandbox is running; run vca sandbox in another terminal.",
        )
    if port is None and len(ports) > 1:
        listed = ", ".join(str(each) for each in sorted(ports))
        raise Refusal(
            f"Có nhiều sandbox đang chạy; hãy chọn một bằng --port: {listed}.",
            f"Several sandboxes are running; choose one by --port: {listed}.",
        )
    chosen = port if port is not None else next(iter(ports))
    return _place(ports[chosen], chosen)


def _homes() -> list[Path]:
    """Return the homes of this user's sandboxes, those that were killed as well."""
    return [
        home
        for home in sorted(_folder().glob(f"{_PREFIX}*"))
        if home.is_dir() and not home.is_symlink() and home.stat().st_uid == os.getuid()
    ]


def _is_held(home: Path) -> bool:
    try:
        with (home / "up.lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def _sweep() -> None:
    """Remove what killed sandboxes left; one that was made this minute may be about to be held."""
    for home in _homes():
        if time.time() - home.stat().st_ctime > _LEFT_SECONDS and not _is_held(home):
            shutil.rmtree(home, ignore_errors=True)
