"""Processes of the drill: all are its own, also those that PostgreSQL's launchers leave behind, and none outlives it."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from vca.privileges import before_exec, unprivileged

# prctl(2)
_PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans() -> None:
    """Become the parent of whatever a child of ours leaves behind, so that it can be ended by its id."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def give(path: Path) -> Path:
    """Have a path belong to whom PostgreSQL runs as."""
    if (user := unprivileged()) is not None:
        os.chown(path, user.pw_uid, user.pw_gid)
    return path


def spawn(
    command: list[str],
    log: Path,
    *,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    as_postgres: bool = False,
) -> subprocess.Popen[bytes]:
    """Start a process that ends with us. Call it from the main thread: the kernel looks at the thread."""
    with log.open("ab") as out:
        return subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
            preexec_fn=before_exec(unprivileged() if as_postgres else None, dies=True),
        )


def run(command: list[str], *, environment: Mapping[str, str] | None = None, as_postgres: bool = False) -> str:
    """Run a program to its end and return what it said. Raises RuntimeError with its words."""
    done = subprocess.run(
        command,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=before_exec(unprivileged() if as_postgres else None, dies=True),
    )
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command[:3])}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def children_of(pid: int) -> list[int]:
    """Return the processes whose parent is `pid`."""
    return [each for each, parent in _parents() if parent == pid]


def _parents() -> Iterator[tuple[int, int]]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                yield int(folder.name), int((folder / "stat").read_text().rpartition(")")[2].split()[1])


def kill(*pids: int) -> None:
    """Kill processes, each by its id, and have them gone: what is dead and was not waited for still looks alive."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    until(lambda: not [pid for pid in pids if _is_there(pid)], "the killed are gone", seconds=20, pause=0.05)


def _is_there(pid: int) -> bool:
    with contextlib.suppress(ChildProcessError):
        # Ours only when its parent, which was killed as well, has left it to us.
        os.waitpid(pid, os.WNOHANG)
    return Path(f"/proc/{pid}").exists()


def end(process: subprocess.Popen[bytes], number: int = signal.SIGTERM, seconds: float = 20) -> None:
    """Ask a process to end, and kill it if it does not."""
    if process.poll() is None:
        process.send_signal(number)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(seconds)


def end_all() -> None:
    """End whatever is still a child of ours, adopted or not."""
    last = time.monotonic() + 15
    while (left := children_of(os.getpid())) and time.monotonic() < last:
        for pid in left:
            with contextlib.suppress(ChildProcessError):
                if os.waitpid(pid, os.WNOHANG)[0] == 0:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGQUIT)
        time.sleep(0.2)
    kill(*left)


def until(true: Callable[[], object], what: str, seconds: float = 180, pause: float = 0.2) -> float:
    """Wait until something is true; return how many seconds that took. Raises RuntimeError.

    `seconds` only ends the waiting, on a machine that does other work as well.
    """
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if true():
            return time.monotonic() - began
        time.sleep(pause)
    raise RuntimeError(f"not within {seconds:.0f} s: {what}")
