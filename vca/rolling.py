"""An upgrade while the platform runs: `kill -HUP` of `vca up`, once the new version's files lie where the old ones lay.

The new version is tried in a process of its own first. Then the supervisor gives its place to it: the same process, with
the new program, and all that it started goes on (docs/adr/0020). It expands the databases and has a new copy of each
service start beside the old one, one service after the other; the old one leaves when the gateway asks it no more.
"""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

from services.gateway import envoy
from services.gateway.config import GatewayConfig
from vca.errors import Refusal
from vca.services import PORTAL, SERVICES
from vca.supervisor import Child, Supervisor

FORMAT = 1
"""Of what one version tells the next; a version that tells otherwise is refused before anything is done."""
_TOLD = "VCA_HANDOVER"
_CHECK = "check"
_HELD_BACK = {signal.SIGHUP, signal.SIGINT, signal.SIGTERM}
_CHECK_SECONDS, _READY_SECONDS, _GATEWAY_SECONDS = 120.0, 60.0, 30.0


def _folder() -> str:
    """Return where we were started, as it was typed: a link on the way may lead to the new version later."""
    typed = os.environ.get("PWD", "")
    with contextlib.suppress(OSError):
        if os.path.samefile(typed, "."):
            return typed
    return os.getcwd()


_FOLDER = _folder()


@dataclass(frozen=True)
class Kept:
    """A process that goes on. `leaving`: another has taken its place."""

    name: str
    pid: int
    port: int
    ready_path: str
    title: str
    environment: dict[str, str]
    leaving: bool


@dataclass(frozen=True)
class Handover:
    """What one program tells the one that takes its place. `locks`: open files that hold the home and PostgreSQL's data."""

    children: list[Kept]
    inside_port: int
    hangup_ends: bool
    locks: dict[str, int]
    postgres_pid: int = 0
    postgres_port: int = 0
    format: int = FORMAT

    def port(self, name: str) -> int | None:
        """Return where a child listens; None where there is none."""
        return next((child.port for child in self.children if child.name == name and not child.leaving), None)


def terminal() -> bool:
    """Say whether we have a terminal, whose end also comes as SIGHUP."""
    with contextlib.suppress(OSError):
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
        return True
    return False


def taken_over() -> Handover | None:
    """Return what the program told whose place we took; None for a start."""
    told = os.environ.pop(_TOLD, None)
    if told is None:
        return None
    with os.fdopen(int(told), encoding="utf-8") as file:
        handover = _handover(json.load(file))
    for lock in handover.locks.values():
        os.set_inheritable(lock, False)
    return handover


def _handover(document: dict[str, Any]) -> Handover:
    return Handover(**document | {"children": [Kept(**child) for child in document["children"]]})


def begin_signals() -> None:
    """Take the signals that came while one program took the other's place."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _HELD_BACK)


def is_check() -> bool:
    """Say whether we are only asked if we could take a running version's place."""
    return os.environ.get(_TOLD) == _CHECK


def check(told: IO[str]) -> None:
    """Import what a run imports, and look at the steps that the databases lack. Raises Refusal, and changes nothing."""
    from migrations.run import AheadError, pending
    from vca.databases import ahead_of

    document = json.load(told)
    try:
        understood = _handover(document["handover"]).format == FORMAT
    except (KeyError, TypeError):
        understood = False
    if not understood:
        raise Refusal(
            "phiên bản mới không nhận bàn giao từ phiên bản đang chạy: hãy dừng vca up rồi chạy lại.",
            "the new version takes no handover from the one that runs: stop vca up, then start it again.",
        )
    for module in ("alembic.command", *(app.partition(":")[0] for app in (PORTAL, *(each.app for each in SERVICES)))):
        importlib.import_module(module)
    for service, url in document["urls"].items():
        try:
            steps = pending(service, url)
        except AheadError as ahead:
            raise ahead_of(service, ahead) from None
        if contracts := [step for step, kind in steps.items() if kind != "expand"]:
            raise Refusal(
                f"bước {', '.join(contracts)} không chỉ thêm vào cơ sở dữ liệu: hãy dừng vca up rồi chạy lại.",
                f"{', '.join(contracts)} does more than add to the database: stop vca up, then start it again.",
            )


def command() -> list[str]:
    """Return how this program is started anew: as it was started, from what lies there now."""
    return [sys.executable, *sys.orig_argv[1:]]


def try_new(handover: Handover, urls: Mapping[str, str], supervisor: Supervisor, meanwhile: Callable[[], None]) -> None:
    """Have the new version look whether it can take our place, and knows what it is told. Raises Refusal."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as told, tempfile.TemporaryFile("w+") as said:
        json.dump({"handover": dataclasses.asdict(handover), "urls": dict(urls)}, told)
        told.seek(0)
        process = subprocess.Popen(
            command(),
            cwd=_FOLDER,
            env={**os.environ, _TOLD: _CHECK},
            stdin=told,
            stdout=subprocess.DEVNULL,
            stderr=said,
            start_new_session=True,
        )
        end = time.monotonic() + _CHECK_SECONDS
        try:
            while process.poll() is None and time.monotonic() < end and not supervisor.stopping:
                meanwhile()
        finally:
            process.kill()
            process.wait()
        said.seek(0)
        lines = [line.removeprefix("vca: ").strip() for line in said.read().splitlines() if line.strip()]
    if process.returncode == 0:
        return
    if process.returncode == 2 and len(lines) >= 2:
        raise Refusal(*lines[-2:])
    last = lines[-1] if lines else f"exit {process.returncode}"
    raise Refusal(f"phiên bản mới không chạy được: {last}", f"the new version does not run: {last}")


def hand_over(handover: Handover) -> None:
    """Become the new version, in this process. Returns only if that cannot be: then all is as before. Raises OSError."""
    with tempfile.TemporaryFile("w", encoding="utf-8") as file:
        json.dump(dataclasses.asdict(handover), file)
        file.flush()
        file.seek(0)
        passed = [file.fileno(), *handover.locks.values()]
        signal.pthread_sigmask(signal.SIG_BLOCK, _HELD_BACK)
        for number in passed:
            os.set_inheritable(number, True)
        os.environ[_TOLD] = str(file.fileno())
        try:
            os.chdir(_FOLDER)
            sys.stdout.flush()
            sys.stderr.flush()
            os.execv(sys.executable, command())
        finally:
            del os.environ[_TOLD]
            for number in passed:
                os.set_inheritable(number, False)
            begin_signals()


@dataclass
class Rolling:
    """Puts new copies in the places of the old ones.

    `config`: what the gateway runs with; `use` has it run with another; `meanwhile` takes a moment.
    """

    supervisor: Supervisor
    config: GatewayConfig
    use: Callable[[GatewayConfig], None]
    meanwhile: Callable[[], None]
    say: Callable[[str], None]

    def replace(self, copies: Sequence[Child]) -> None:
        """Put each in the place of the child of its name, one after the other; one that is new is only started.

        Raises Refusal where one is not ready in time: it is ended, the old one stays, and so do those that follow.
        """
        for new in copies:
            self.say(f"{new.name}: bản mới / a new copy")
            if not self.supervisor.begin(new, _READY_SECONDS, self.meanwhile):
                raise Refusal(
                    f"bản mới của {new.name} không sẵn sàng, bản cũ vẫn chạy; xem logs/{new.name}.log.",
                    f"the new copy of {new.name} is not ready, the old one stays; see logs/{new.name}.log.",
                )
            before = self.config
            try:
                self._lead_to(new)
            except BaseException:
                self._change(before)
                self.supervisor.give_up(new)
                raise
            self.supervisor.put(new)

    def _lead_to(self, new: Child) -> None:
        """Have the gateway send calls to the new copy as well, then to it alone."""
        at, old = f"127.0.0.1:{new.port}", self.supervisor.child(new.name)
        for where in ([f"127.0.0.1:{old.port},{at}"] if old is not None else []) + [at]:
            self._change(dataclasses.replace(self.config, upstreams={**self.config.upstreams, new.name: where}))
            end = time.monotonic() + _GATEWAY_SECONDS
            while not self._is_led(new.name, where.split(","), at):
                if time.monotonic() > end or self.supervisor.stopping:
                    raise Refusal(
                        f"cổng vào chưa nhận bản mới của {new.name}; bản cũ vẫn chạy.",
                        f"the gateway has not taken up the new copy of {new.name}; the old one stays.",
                    )
                self.meanwhile()

    def _change(self, config: GatewayConfig) -> None:
        self.config = config
        self.use(config)

    def _is_led(self, name: str, addresses: list[str], new: str) -> bool:
        hosts = envoy.hosts(self.config, name)
        return sorted(hosts) == sorted(addresses) and hosts[new]
