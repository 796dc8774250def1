"""Whether a process that runs also answers. It is asked without waiting: whoever looks after all never stands still.

One question at a time: a late answer is an answer, since a busy process is no hung one.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import socket
import struct
import time
from dataclasses import dataclass
from pathlib import Path

HUNG_SECONDS, BUSY_SECONDS = 15.0, 60.0
"""Without an answer so long, a process hangs; one that works all the while is given longer."""
_PAUSE_SECONDS = 1.0
# Of one processor. Whoever waits for nothing but a lock, or was stopped, uses none.
_BUSY_SHARE = 0.05
# While we did not run ourselves (a machine that slept), nobody could answer.
_LONGEST_STEP = 1.0


@dataclass(frozen=True)
class Question:
    """What is sent to know that somebody is there. Whatever comes back is an answer.

    `address`: host and port, or a socket of the file system.
    """

    address: tuple[str, int] | str
    sent: bytes


def http_question(address: tuple[str, int] | str, path: str) -> Question:
    """Return the question to a server of HTTP."""
    return Question(address, f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())


def postgres_question(port: int) -> Question:
    """Return the question to PostgreSQL: whether it speaks TLS, which it answers before it knows who asks."""
    return Question(("127.0.0.1", port), struct.pack("!II", 8, 80877103))


class Pulse:
    """One process, asked once a second. Nobody at the address is no hang: a process that starts or ends listens to nobody."""

    def __init__(self, question: Question) -> None:
        self._question = question
        self._socket: socket.socket | None = None
        self._is_asked = False
        self._due = self._looked = 0.0
        self._silent = self._cpu_before = 0.0

    def hangs(self, pid: int) -> bool:
        """Ask on, and say whether the process has not answered for too long. Takes no time."""
        now = time.monotonic()
        step, self._looked = min(now - self._looked, _LONGEST_STEP), now
        if self._socket is None and now >= self._due:
            self._ask()
        if self._socket is None:
            return False
        if self._is_answered():
            self._end(now)
            return False
        if self._silent == 0.0:
            self._cpu_before = _cpu_seconds(pid)
        self._silent += step
        if self._silent < HUNG_SECONDS:
            return False
        is_busy = _cpu_seconds(pid) - self._cpu_before > self._silent * _BUSY_SHARE
        return self._silent >= BUSY_SECONDS or not is_busy

    def forget(self) -> None:
        """Begin anew, with another process."""
        self._end(time.monotonic())

    def _ask(self) -> None:
        family = socket.AF_UNIX if isinstance(self._question.address, str) else socket.AF_INET
        asked = socket.socket(family, socket.SOCK_STREAM)
        asked.setblocking(False)
        if asked.connect_ex(self._question.address) in (0, errno.EINPROGRESS):
            self._socket, self._is_asked = asked, False
        else:
            asked.close()
            self._end(time.monotonic())

    def _is_answered(self) -> bool:
        """Send when the connection stands, and say whether anything came back or the connection was refused or ended."""
        asked = self._socket
        assert asked is not None
        try:
            if not self._is_asked:
                _, writable, _ = select.select([], [asked], [], 0)
                if writable:
                    asked.send(self._question.sent)
                    self._is_asked = True
                return False
            asked.recv(1)
        except BlockingIOError:
            return False
        except OSError:
            return True
        return True

    def _end(self, now: float) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket, self._silent, self._due = None, 0.0, now + _PAUSE_SECONDS


def _cpu_seconds(pid: int) -> float:
    """Return how long a process has worked; 0 where that is not told."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def children_of(pid: int) -> list[int]:
    """Return the processes that `pid` started; none where that is not told."""
    with contextlib.suppress(OSError, ValueError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []
