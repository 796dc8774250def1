"""A container's root without an engine: bubblewrap shows everything read-only, to a user that is a number and may do nothing special."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Root:
    """How a process sees the machine: what its mounts are and who it is."""

    is_read_only: bool
    writable: frozenset[str]
    user: int
    capabilities: int

    @classmethod
    def of(cls, pid: int) -> Root:
        """Look at a running process from outside."""
        mounts = [line.split() for line in Path(f"/proc/{pid}/mountinfo").read_text().splitlines()]
        options = {fields[4]: fields[5].split(",") for fields in mounts}
        status = dict(re.findall(r"^(\w+):\s+(\S+)", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE))
        inside = Path(f"/proc/{pid}/uid_map").read_text().split()
        return cls(
            "ro" in options["/"],
            frozenset(at for at, each in options.items() if "rw" in each and not at.startswith(("/proc", "/dev"))),
            int(inside[0]),
            int(status["CapEff"], 16),
        )


def read_only(user: str, writable: dict[Path, Path], *, cwd: Path) -> list[str]:
    """Return what starts a command on a read-only root as `user` (`uid:gid`), with these folders: place → where it lies."""
    uid, _, gid = user.partition(":")
    binds = (word for place, lies in writable.items() for word in ("--bind", str(lies), str(place)))
    return [
        "bwrap",
        *_as(uid, gid),
        "--ro-bind",
        "/",
        "/",
        "--dev",
        "/dev",
        "--proc",
        "/proc",
        *binds,
        # Also where it lies in a folder that is another one there.
        "--ro-bind",
        str(cwd),
        str(cwd),
        "--chdir",
        str(cwd),
    ]


def _as(uid: str, gid: str) -> Sequence[str]:
    return "--unshare-user", "--uid", uid, "--gid", gid


@cache
def why_not() -> str | None:
    """Return why this machine gives no such root, or None where it does."""
    if shutil.which("bwrap") is None:
        return "bubblewrap (bwrap) is not installed"
    tried = ["bwrap", *_as("10001", "10001"), "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "true"]
    done = subprocess.run(tried, capture_output=True, text=True, check=False)
    return None if done.returncode == 0 else f"no user namespaces: {done.stderr.strip()}"
