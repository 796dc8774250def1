"""The home of one run: held by one program at a time and closed to others, and a port that can be listened on."""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from rich.console import Console

from vca.errors import Refusal
from vca.modes import keep_private, narrow
from vca.settings import Place

console = Console(highlight=False, soft_wrap=True)


def say(text: str) -> None:
    """Tell who watches what is being done; where that is a file on a full disk, or nobody any more, it is not told."""
    with suppress(OSError):
        console.print(f"  · {text}")


def check_port(place: Place, setting: str = "VCA_PORT") -> None:
    """Refuse a port that cannot be listened on. `setting`: where the user chooses another."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", place.port))
        except PermissionError:
            raise Refusal(
                f"Tài khoản này không được mở cổng {place.port}; hãy đặt {setting} khác.",
                f"This account may not open port {place.port}; set {setting} to another.",
            ) from None
        except OSError:
            raise Refusal(
                f"Cổng {place.port} đang được dùng; hãy đặt {setting} khác.",
                f"Port {place.port} is in use; set {setting} to another.",
            ) from None


@contextmanager
def held(place: Place, lock_kept: int | None = None) -> Iterator[int]:
    """Hold a home for one run, made if need be, and closed to others; lend the lock's open file. Raises Refusal.

    `lock_kept`: that of the program whose place we took.
    """
    keep_private()
    try:
        for folder in (place.home, place.run, place.logs):
            folder.mkdir(parents=True, exist_ok=True)
        lock = (place.home / "up.lock").open("w") if lock_kept is None else os.fdopen(lock_kept, "w")
    except OSError as error:
        raise Refusal(
            f"Không ghi được vào {place.home}: {error.strerror}.", f"{place.home} cannot be written: {error.strerror}."
        ) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Refusal(f"Một bản khác đang chạy với {place.home}.", f"Another run is using {place.home}.") from None
        # Ours alone: a service that outlives us by some seconds would hold it too.
        os.register_at_fork(after_in_child=lock.close)
        _close_to_others(place.home)
        yield lock.fileno()


def _close_to_others(home: Path) -> None:
    narrowed, left = narrow(home)
    for path in narrowed:
        console.print(f"  · {path}: người khác không đọc được nữa / closed to others")
    for path in left:
        console.print(f"  · {path}: người khác đọc được, hãy tự đóng / open to others, close it yourself (chmod go=)")
