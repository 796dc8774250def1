"""Keeps processes running: starts them, waits for them, starts again what dies, ends all with us."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from setproctitle import setproctitle

from vca.errors import Refusal
from vca.liveness import HUNG_SECONDS, Pulse, Question
from vca.log_rotation import Rotation
from vca.privileges import die_with_parent

# Copied where that is safe.
if sys.platform == "linux":
    from multiprocessing.context import ForkProcess as _MadeProcess
else:
    from multiprocessing.context import SpawnProcess as _MadeProcess

_FIRST_PAUSE, _LONGEST_PAUSE, _STEADY_SECONDS, _ENDING_SECONDS = 0.1, 5.0, 20.0, 8.0


class _Process(Protocol):
    """What we need of a process."""

    @property
    def pid(self) -> int: ...
    def poll(self) -> int | None: ...
    def wait(self, timeout: float) -> int | None: ...
    def send_signal(self, number: int) -> None: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...


@dataclass
class Child:
    """One process: how it is run, and how we know that it is ready.

    `run` is the command of a program, or what a copy of this process does: so a service starts with what we have
    imported already (docs/adr/0004), under the name `title`. `ends_last`: only when all others have ended. `asked`: how we
    know that it does not hang.
    """

    name: str
    run: Sequence[str] | Callable[[], None]
    port: int
    ready_path: str
    environment: dict[str, str] = field(default_factory=dict)
    title: str = ""
    ends_last: bool = False
    other_logs: Sequence[Path] = ()
    """What a program writes beside its own log; on SIGUSR1 it opens all of them anew."""
    asked: Question | None = None
    pulse: Pulse | None = None
    process: _Process | None = None
    started: float = 0.0
    pause: float = _FIRST_PAUSE
    due: float = 0.0

    @property
    def is_alive(self) -> bool:
        """Say whether the process runs."""
        return self.process is not None and self.process.poll() is None

    @property
    def hangs(self) -> bool:
        """Say whether the process runs and does not answer. Takes no time; to be asked again and again."""
        if self.process is None or self.asked is None:
            return False
        self.pulse = self.pulse or Pulse(self.asked)
        return self.pulse.hangs(self.process.pid)


def answers(port: int, path: str) -> bool:
    """Say whether something on the loopback answers `path` with 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


class _Copy:
    """A copy of this process that runs what the child says; where processes are not copied, a new one."""

    def __init__(self, child: Child, log: Path | None) -> None:
        # Our services go on in a new file by themselves (kernel/runtime/logging.py).
        environment = child.environment if log is None else {**child.environment, "VCA_LOG_PATH": str(log)}
        to = None if log is None else str(log)
        self._process = _MadeProcess(target=_become, args=(child.run, environment, child.title, to), name=child.name)
        self._process.start()

    @property
    def pid(self) -> int:
        return self._process.pid or 0

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float) -> int | None:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(self._process.name, timeout)
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        if self._process.pid is not None and self._process.exitcode is None:
            os.kill(self._process.pid, number)

    def terminate(self) -> None:
        self._process.terminate()

    def kill(self) -> None:
        self._process.kill()


def _become(run: Callable[[], None], environment: dict[str, str], title: str, log: str | None) -> None:
    """Leave what was the parent's behind: signals, session, streams, name; then run."""
    die_with_parent(signal.SIGTERM)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    os.setsid()
    for stream, target in enumerate((os.devnull, log, log) if log is not None else (os.devnull,)):
        opened = os.open(target, os.O_RDWR | os.O_APPEND)
        os.dup2(opened, stream)
        os.close(opened)
    os.environ.update(environment)
    setproctitle(title)
    run()


class Supervisor:
    """The children of one run. Use from the main thread only: children die with the thread that spawned them.

    `logs`: the folder of their logs; None: they write where we do.
    """

    def __init__(self, logs: Path | None, say: Callable[[str], None]) -> None:
        self._logs, self._say = logs, say
        self._children: list[Child] = []
        self.rotation = Rotation.from_environment()
        self.stopping = False
        if logs is not None:
            logs.mkdir(parents=True, exist_ok=True)

    def start(self, *children: Child) -> None:
        """Start children side by side; `wait` waits for them."""
        for child in children:
            self._children.append(child)
            self._keep_logs(child)
            self._spawn(child)

    def wait(self) -> None:
        """Wait until every child that was started is ready. Raises Refusal."""
        for child in self._children:
            self._wait(child)

    def _keep_logs(self, child: Child) -> None:
        def reopen() -> None:
            if child.process is not None and child.is_alive:
                child.process.send_signal(signal.SIGUSR1)

        told = None if callable(child.run) else reopen
        own = self._log_of(child)
        for log in (*([own] if own is not None else []), *child.other_logs):
            self.rotation.keep(log, told)

    def _log_of(self, child: Child) -> Path | None:
        return None if self._logs is None else self._logs / f"{child.name}.log"

    def _spawn(self, child: Child) -> None:
        path = self._log_of(child)
        with contextlib.nullcontext() if path is None else path.open("ab") as log:
            child.process = (
                _Copy(child, path)
                if callable(child.run)
                else subprocess.Popen(
                    list(child.run),
                    env={**os.environ, **child.environment},
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    preexec_fn=lambda: die_with_parent(signal.SIGTERM),
                )
            )
        child.started, child.pulse = time.monotonic(), None

    def _wait(self, child: Child, seconds: float = 60.0) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self.stopping:
            if not child.is_alive:
                break
            if answers(child.port, child.ready_path):
                return
            time.sleep(0.03)
        if self.stopping:
            return
        if self._logs is None:
            raise Refusal(f"{child.name} không khởi động được.", f"{child.name} did not start.")
        raise Refusal(
            f"{child.name} không khởi động được; xem {self._logs / child.name}.log.",
            f"{child.name} did not start; see {self._logs / child.name}.log.",
        )

    def look(self) -> None:
        """Start again what died, each time after a longer pause; a process that ran a while starts afresh.

        What hangs is killed, and so started again.
        """
        self.rotation.look()
        now = time.monotonic()
        for child in self._children:
            if child.is_alive:
                if child.hangs:
                    assert child.process is not None
                    self._say(
                        f"{child.name} không trả lời trong {HUNG_SECONDS:.0f} giây, bị dừng / "
                        f"has not answered for {HUNG_SECONDS:.0f} seconds, it is killed"
                    )
                    child.process.kill()
                    child.pulse = None
                if now - child.started > _STEADY_SECONDS:
                    child.pause = _FIRST_PAUSE
                continue
            if child.due == 0.0:
                child.due = now + child.pause
                child.pause = min(child.pause * 2, _LONGEST_PAUSE)
                self._say(f"{child.name} dừng đột ngột, khởi động lại / stopped, starting it again")
            elif now >= child.due:
                child.due = 0.0
                self._spawn(child)

    def runs(self, name: str) -> bool:
        """Say whether the child of this name runs."""
        return any(child.name == name and child.is_alive for child in self._children)

    def drain(self) -> None:
        """Tell our services that the end is near: they are ready no more. Portal and Envoy are told nothing."""
        self.stopping = True
        for child in self._children:
            if callable(child.run) and child.is_alive:
                assert child.process is not None
                child.process.send_signal(signal.SIGUSR1)

    def stop(self, *, at_once: Callable[[], bool] = lambda: False, seconds: float = _ENDING_SECONDS) -> None:
        """End all children, those that end last after the others; what does not end in `seconds`, or `at_once`, is killed."""
        self.stopping = True
        for last in (False, True):
            self._end(
                [child for child in self._children if child.ends_last is last and child.is_alive], at_once, seconds
            )

    def _end(self, children: Sequence[Child], at_once: Callable[[], bool], seconds: float) -> None:
        for child in children:
            assert child.process is not None
            child.process.terminate()
        end = time.monotonic() + seconds
        while any(child.is_alive for child in children) and time.monotonic() < end and not at_once():
            time.sleep(0.02)
        for child in children:
            assert child.process is not None
            if child.is_alive:
                child.process.kill()
            child.process.wait(5)
