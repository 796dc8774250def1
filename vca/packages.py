"""`python -m vca.packages LOCK`: install what a lock file pins, saying from the first second how much and how far.

Runs before anything is installed, so with the standard library alone. Takes uv where it is found, else pip; both are
listened to, so that of their many lines one is shown, and all that are no progress where they fail.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import threading
import time
from pathlib import Path

MEGABYTES = {"requirements.lock": 370, "requirements-dev.lock": 850}
"""What the environment takes on disk, measured on Linux x86-64 with Python 3.11 and pip: said before it is taken."""
_TELL_SECONDS = 5.0
"""How often a log is told of progress; a terminal is twice a second."""
_FETCHED = re.compile(r"(?:Collecting|Processing|Requirement already satisfied:) ([^\s(]+)")
_FETCHING = re.compile(r"\s*Download(?:ing|ed) (\S+)")
_INSTALLED = re.compile(r"Installing collected|Successfully installed|Installed \d+| \+ ")


def pinned(lock: Path) -> int:
    """Return how many packages of a lock file are for this platform; only Windows's own have markers."""
    lines = lock.read_text(encoding="utf-8").splitlines()
    return sum("==" in line and "; sys_platform == 'win32'" not in line for line in lines if line[:1].isalnum())


def _command(lock: Path) -> list[str]:
    """Nothing is built: what has no wheel for this machine is refused."""
    if uv := shutil.which("uv"):
        return [uv, "pip", "sync", "--only-binary", ":all:", str(lock)]
    if importlib.util.find_spec("pip") is None:
        # uv, when it was there, took pip away as something that the lock does not name.
        subprocess.run([sys.executable, "-m", "ensurepip"], stdout=subprocess.DEVNULL, check=False)
    quiet = ["--progress-bar", "off", "--no-input", "--disable-pip-version-check", "--root-user-action", "ignore"]
    wanted = ["--only-binary", ":all:", "--require-hashes", "--no-deps", "-r", str(lock)]
    return [sys.executable, "-m", "pip", "install", *quiet, *wanted]


class Listener(threading.Thread):
    """Reads what the installer says: how many packages it has, which is the last, and all lines that are no progress."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        super().__init__(daemon=True)
        self._process = process
        self.fetched, self.last = 0, ""
        self.rest: list[str] = []

    def run(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line_parts := _FETCHED.match(line):
                self.fetched += 1
                self.last = re.split(r"[=@]", Path(line_parts[1]).name.partition("-")[0])[0]
            elif line_parts := _FETCHING.match(line):
                self.last = (
                    line_parts[1].partition("-")[0] if line_parts[1].endswith((".whl", ".metadata")) else line_parts[1]
                )
            elif not _INSTALLED.match(line):
                self.rest.append(line)


def _installed() -> int:
    return sum(1 for _ in Path(sysconfig.get_paths()["purelib"]).glob("*.dist-info"))


def megabytes(folder: Path) -> int:
    """Return what a folder takes on disk; files may come and go meanwhile."""
    return sum(_blocks(path) for path in folder.rglob("*")) * 512 // 1_000_000


def _blocks(path: Path) -> int:
    try:
        return path.lstat().st_blocks
    except FileNotFoundError:
        return 0


def _tell(listener: Listener, begun: float, total: int, before: int) -> str:
    installed = min(_installed() - before, total)
    seconds = f"{time.monotonic() - begun:.0f} s"
    if installed > 0:
        return f"    {installed}/{total} đã cài / installed, {seconds}"
    return f"    {listener.fetched or '…'}/{total} đã tải / fetched, {seconds}  {listener.last}"


def install(lock: Path) -> int:
    """Install the packages of `lock` into this interpreter's environment; return the installer's exit code."""
    folder, total = Path(sys.prefix), pinned(lock)
    size, free = MEGABYTES[lock.name], shutil.disk_usage(folder).free / 1e9
    print(f"  · {total} gói Python, khoảng {size} MB trên đĩa, còn trống {free:.1f} GB")
    print(f"    {total} Python packages, some {size} MB on disk, {free:.1f} GB free", flush=True)
    begun, before, terminal = time.monotonic(), _installed(), sys.stdout.isatty()
    process = subprocess.Popen(
        _command(lock),
        env={**os.environ, "VIRTUAL_ENV": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    listener = Listener(process)
    listener.start()
    printed = begun
    while process.poll() is None:
        time.sleep(0.5)
        if terminal:
            print(f"\r\033[K{_tell(listener, begun, total, before)}", end="", flush=True)
        elif time.monotonic() - printed >= _TELL_SECONDS:
            printed = time.monotonic()
            print(_tell(listener, begun, total, before), flush=True)
    listener.join()
    if terminal:
        print("\r\033[K", end="")
    if process.returncode != 0:
        sys.stderr.writelines(listener.rest)
    else:
        print(f"    {folder.name}: {megabytes(folder)} MB, {time.monotonic() - begun:.0f} s", flush=True)
    return process.returncode


if __name__ == "__main__":
    raise SystemExit(install(Path(sys.argv[1])))
