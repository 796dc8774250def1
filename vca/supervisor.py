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

from setproctitle import setproctitle

from vca.adopted import Adopted, Process
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
# A copy that leaves is asked nothing new; what it does still may take as long as the gateway lets a call take.
_QUIET_SECONDS, _LONGEST_LEAVING, _LONGEST_ENDING = 1.0, 660.0, 30.0


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
    process: Process | None = None
    started: float = 0.0
    pause: float = _FIRST_PAUSE
    due: float = 0.0
    told_to_end: float = 0.0

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

    @property
    def pid(self) -> int:
        """The process's number; 0 where none runs."""
        return self.process.pid if self.process is not None and self.is_alive else 0


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


def connections_to(port: int) -> int:
    """Return how many connections are open to a port of the loopback; 0 where the system does not say (it is no Linux)."""
    at = f"0100007F:{port:04X}" if sys.byteorder == "little" else f"7F000001:{port:04X}"
    try:
        lines = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    except OSError:
        return 0
    # Columns: number, local address, remote address, state; 01 is established.
    return sum(columns[1] == at and columns[3] == "01" for columns in map(str.split, lines))


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
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
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
        self._leaving: list[Child] = []
        self.stopping = False
        if logs is not None:
            logs.mkdir(parents=True, exist_ok=True)

    def start(self, *children: Child) -> None:
        """Start children side by side; `wait` waits for them."""
        for child in children:
            self._children.append(child)
            self._keep_logs(child)
            self._spawn(child)

    def child(self, name: str) -> Child | None:
        """Return the child of this name, if there is one."""
        return next((child for child in self._children if child.name == name), None)

    def all(self) -> list[tuple[Child, bool]]:
        """Return every child, and whether another has taken its place; of these only who runs still."""
        leaving = [child for child in self._leaving if child.is_alive]
        return [(child, False) for child in self._children] + [(child, True) for child in leaving]

    def adopt(self, child: Child, pid: int, *, leaving: bool = False) -> None:
        """Look after a process that was started before we were; `pid` 0: it had died, and is started again."""
        child.process, child.started = Adopted(pid) if pid else None, time.monotonic()
        (self._leaving if leaving else self._children).append(child)
        self._keep_logs(child)

    def begin(self, child: Child, seconds: float, meanwhile: Callable[[], None]) -> bool:
        """Start a child beside that of its name, and say whether it was ready in time; else it is ended again."""
        self._spawn(child)
        end = time.monotonic() + seconds
        while time.monotonic() < end and child.is_alive and not self.stopping:
            if answers(child.port, child.ready_path):
                return True
            meanwhile()
        self.give_up(child)
        return False

    def give_up(self, child: Child) -> None:
        """End a child that was begun and takes no place."""
        if child.is_alive:
            self._end([child], lambda: True, 0)

    def put(self, new: Child) -> None:
        """Have a child that was begun take the place of that of its name, which finishes what it does and leaves."""
        old = self.child(new.name)
        self._keep_logs(new)
        if old is None:
            self._children.append(new)
            return
        self._children[self._children.index(old)] = new
        self._leaving.append(old)
        old.started = time.monotonic()
        if old.is_alive:
            assert old.process is not None
            old.process.send_signal(signal.SIGUSR1)

    def exchange(self, new: Child) -> None:
        """Start a child in the place of that of its name, on the same port: after it, as nobody waits for what it says."""
        if (old := self.child(new.name)) is not None:
            self._children.remove(old)
            if old.is_alive:
                self._end([old], lambda: False, _ENDING_SECONDS)
        self.start(new)

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
        self._see_off(now)
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

    def _see_off(self, now: float) -> None:
        """End those that another has replaced, when nobody is connected to them any more."""
        self._leaving = [child for child in self._leaving if child.is_alive]
        for child in self._leaving:
            assert child.process is not None
            since = now - child.started
            if child.told_to_end:
                if now - child.told_to_end > _LONGEST_ENDING:
                    child.process.kill()
            elif since > _LONGEST_LEAVING or (since > _QUIET_SECONDS and not connections_to(child.port)):
                child.process.terminate()
                child.told_to_end = now

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
                [child for child in (*self._leaving, *self._children) if child.ends_last is last and child.is_alive],
                at_once,
                seconds,
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
