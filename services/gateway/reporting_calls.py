"""Tells identity whose calls came, so that everybody can read their own (docs/adr/0021).

The access log is the buffer: it is on disk, bounded by its rotation, and survives identity and this process. Where the
last report ended, identity itself keeps with the calls, in one transaction: none is told twice. What was rotated away
before it was told is counted and said.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import hashlib
import os
import re
import socket
import threading
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from kernel.runtime.given import given_text, is_given
from kernel.runtime.logging import configure_logging, get_logger
from kernel.web.http_client import Credentials, Refused, Tokens, Unavailable, Upstream, open_client
from services.gateway.access_log import AccessLine, files_of, read_line
from services.gateway.config import CONTRACT
from services.gateway.portal.contracts import Contracts
from services.gateway.portal.upstreams import base_url
from services.gateway.replies import REPLIES

Json = dict[str, Any]
log = get_logger()

MOST_A_REPORT = 1_000
_MOST_BYTES = 200_000
_LOOK_SECONDS, _LONGEST_PAUSE = 1.0, 30.0
CLIENT_ID, SECRET_SETTING = "service-gateway", "VCA_CLIENT_SECRET_GATEWAY"
_PATH = "/v1/identity/requests/batch"
_FILE_MARK_BYTES = 4096
_LONGEST_SOURCE = 100


@dataclass
class _File:
    """A file of the log: `mark` tells it from others whatever it is called now; lines counted up to `counted`."""

    path: Path
    mark: str
    counted: int = 0
    lines: int = 0


@dataclass
class Position:
    """A place in the log, as identity keeps it: the file's mark and how many of its bytes were told."""

    mark: str = ""
    offset: int = 0

    @classmethod
    def of(cls, text: str) -> Position:
        """Read what `str()` wrote; nothing told yet where it is empty or not to be read."""
        mark, _, offset = text.partition(":")
        return cls(mark, int(offset)) if offset.isascii() and offset.isdigit() else cls()

    def __str__(self) -> str:
        return f"{self.mark}:{self.offset}" if self.mark else ""


@dataclass
class LogReader:
    """Reads the log's files one after the other, whatever they are called by now.

    `dropped`: lines that were there and went before they were read.
    """

    path: Path
    position: Position = field(default_factory=Position)
    dropped: int = 0
    _known: dict[str, _File] = field(default_factory=dict)

    def look(self) -> None:
        """Learn which files there are, count their lines, and pass over those that went before they were read."""
        found = {file.mark: file for file in self._files()}
        gone = [file for mark, file in self._known.items() if mark not in found]
        for mark, file in self._known.items():
            if mark in found:
                found[mark].counted, found[mark].lines = file.counted, file.lines
        for file in found.values():
            self._count(file)
        self.dropped += sum(file.lines for file in gone)
        if self.position.mark not in found:
            self.position = Position()
        for mark, file in found.items():
            if mark == self.position.mark:
                break
            # What lies before the place where we are was told.
            file.lines = 0 if self.position.mark else file.lines
        self._known = found

    def read(self) -> tuple[list[bytes], Position]:
        """Return the next lines and the position behind them; none where everything was read."""
        for file in self._from_here():
            start = self.position.offset if file.mark == self.position.mark else 0
            lines, end = _lines_from(file.path, start)
            if lines:
                return lines, Position(file.mark, end)
        return [], self.position

    def begin(self, position: Position) -> None:
        """Read from `position` on, and count anew what is unread."""
        self.position, self.dropped, self._known = position, 0, {}

    def go_on(self, position: Position, lines: int) -> None:
        """Go on from `position`, behind so many lines that were told."""
        if (file := self._known.get(position.mark)) is not None:
            file.lines -= lines
        self.position, self.dropped = position, 0

    def _from_here(self) -> list[_File]:
        files = list(self._known.values())
        at = next((number for number, file in enumerate(files) if file.mark == self.position.mark), 0)
        return files[at:]

    def _files(self) -> Iterable[_File]:
        for path in files_of(self.path):
            if (mark := _mark_of(path)) is not None:
                yield _File(path, mark)

    def _count(self, file: _File) -> None:
        """Count the lines that came since; those up to the position were told, and so were files before its own."""
        start = file.counted or (self.position.offset if file.mark == self.position.mark else 0)
        try:
            with file.path.open("rb") as opened:
                opened.seek(start)
                while part := opened.read(1 << 20):
                    file.lines += part.count(b"\n")
                    start += len(part)
        except OSError:
            return
        file.counted = start


def _mark_of(path: Path) -> str | None:
    """Return what a file begins with, in short: no two lines are the same. None where there is no line yet."""
    try:
        with path.open("rb") as opened:
            line, end, _ = opened.read(_FILE_MARK_BYTES).partition(b"\n")
    except OSError:
        return None
    return hashlib.sha256(line).hexdigest()[:16] if end or len(line) == _FILE_MARK_BYTES else None


def _lines_from(path: Path, start: int) -> tuple[list[bytes], int]:
    try:
        with path.open("rb") as opened:
            opened.seek(start)
            part = opened.read(_MOST_BYTES)
    except OSError:
        return [], start
    lines = part.split(b"\n")[:-1][:MOST_A_REPORT]
    return lines, start + sum(len(line) + 1 for line in lines)


class Routes:
    """The operations of the contract: by name, and by method and path where a call reached none."""

    def __init__(self, contract: Json) -> None:
        self._by_operation: dict[str, tuple[str, str]] = {}
        self._by_service: dict[tuple[str, str], list[tuple[re.Pattern[str], str]]] = {}
        for path, item in contract.get("paths", {}).items():
            pattern = re.compile("[^/]+".join(map(re.escape, re.split(r"\{[^}]*\}", path))))
            for method, operation in item.items():
                if isinstance(operation, dict) and "operationId" in operation:
                    self._by_operation[operation["operationId"]] = (method.upper(), path)
                    self._by_service.setdefault((method.upper(), _service_of(path)), []).append((pattern, path))

    def of(self, line: AccessLine) -> tuple[str | None, str | None]:
        """Return method and path of a call as the contract writes them."""
        if line.operation is not None:
            return self._by_operation.get(line.operation, (line.method, None))
        path = line.path or ""
        known = self._by_service.get((line.method or "", _service_of(path)), ())
        # A plain path before one with a parameter in its place.
        found = min(
            (each for pattern, each in known if pattern.fullmatch(path)), key=lambda each: each.count("{"), default=None
        )
        return line.method, found


def _service_of(path: str) -> str:
    parts = path.split("/", 3)
    return parts[2] if len(parts) > 2 and parts[1] == "v1" else ""


_OWN_CODES = {reply.shown: reply.code for reply in reversed(REPLIES) if reply.only_if_absent is None}
"""Status → what the gateway's own refusal is called."""


def reported(line: AccessLine, routes: Routes) -> Json | None:
    """Return what identity is told of a call; None where nobody's token was good."""
    if line.caller is None:
        return None
    method, path = routes.of(line)
    own = _OWN_CODES.get(line.status) if line.operation is None and line.status >= 400 else None
    return {
        "subject": line.caller[:200],
        "at": line.at.isoformat(),
        "request_id": line.request_id[:200],
        "service": _service_of(path) if path is not None else None,
        "method": method,
        "path": path,
        "status": line.status,
        "milliseconds": min(line.milliseconds, 2**31 - 1),
        "problem": line.problem or own,
    }


class Reporter:
    """Tells identity of the calls in a log, as long as the process runs."""

    def __init__(self, log_file: Path, source: str, identity: Upstream, routes: Routes) -> None:
        self._reader, self._source, self._identity, self._routes = LogReader(log_file), source, identity, routes
        # As identity has it; until it says otherwise, nothing was told yet.
        self._behind = ""

    async def step(self) -> bool:
        """Tell of the next calls; return whether there were any. Raises Unavailable, Refused."""
        reader = self._reader
        await asyncio.to_thread(reader.look)
        lines, position = await asyncio.to_thread(reader.read)
        if not lines:
            return False
        items = [
            item
            for line in map(read_line, lines)
            if line is not None and (item := reported(line, self._routes)) is not None
        ]
        report = {"source": self._source, "behind": self._behind, "position": str(position)}
        try:
            await self._identity.post(_PATH, report | {"dropped": reader.dropped, "items": items})
        except Refused as refused:
            if refused.code != "reported_elsewhere":
                raise
            # We were started anew, or identity was restored: it says from where.
            self._behind = str(refused.problem["position"])
            reader.begin(Position.of(self._behind))
            return True
        if reader.dropped:
            log.warning("calls.dropped", count=reader.dropped)
        self._behind = str(position)
        reader.go_on(position, len(lines))
        return True

    async def run(self) -> None:
        """Tell until cancelled; identity may be down for as long as it likes."""
        pause = _LOOK_SECONDS
        while True:
            try:
                while await self.step():
                    pause = _LOOK_SECONDS
            except (Unavailable, Refused) as error:
                log.warning("calls.not_reported", error=str(error))
                pause = min(pause * 2, _LONGEST_PAUSE)
            except Exception:  # A log that cannot be read is no reason to take the portal down.
                log.exception("calls.not_reported")
                pause = _LONGEST_PAUSE
            await asyncio.sleep(pause)


async def _credentials(identity_url: str, home: Path | None) -> Credentials:
    """Return whom the gateway calls as: by the settings, or by what `vca up` leaves in its home, once it is there."""
    while True:
        secret = given_text(SECRET_SETTING)
        if not secret and home is not None:
            with contextlib.suppress(OSError, ValueError):
                secret = orjson.loads((home / "keys" / "service-clients.json").read_bytes()).get(CLIENT_ID)
        if secret:
            return Credentials(identity_url, CLIENT_ID, secret)
        await asyncio.sleep(_LOOK_SECONDS)


async def report_calls(log_file: Path, identity_url: str, home: Path | None = None) -> None:
    """Tell identity of the calls in `log_file` until cancelled, once there is a secret to call it with."""
    credentials = await _credentials(identity_url, home)
    async with open_client() as client:
        upstream = Upstream(identity_url, client, Tokens(client, credentials))
        routes = Routes(await asyncio.to_thread(_contract, home))
        await Reporter(log_file, _source(log_file), upstream, routes).run()


def _contract(home: Path | None) -> Json:
    contract: Json = orjson.loads(Contracts(CONTRACT, None if home is None else home / "run").merged.body)
    return contract


@contextlib.asynccontextmanager
async def reporting_calls(identity: int | str | None) -> AsyncIterator[None]:
    """Tell of the calls in the access log beside us (VCA_ACCESS_LOG), where there is one."""
    log_file, home = os.environ.get("VCA_ACCESS_LOG"), os.environ.get("VCA_HOME")
    if not log_file or identity is None:
        yield
        return
    running = asyncio.create_task(report_calls(Path(log_file), base_url(identity), Path(home) if home else None))
    yield
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


def report_in_background(log_file: Path, identity: int | str) -> None:
    """Tell of them from a thread of this process, where a secret is given; it ends with the process."""
    if is_given(SECRET_SETTING):
        configure_logging(os.environ.get("VCA_LOG_LEVEL") or "INFO", "gateway")
        work = functools.partial(asyncio.run, report_calls(log_file, base_url(identity)))
        threading.Thread(target=work, daemon=True, name="calls").start()


def _source(log_file: Path) -> str:
    """Return the name of this gateway, of 100 characters at most: the machine's, and which of its logs."""
    machine, path = socket.gethostname(), str(log_file.resolve())
    name = f"{machine}:{path}"
    if len(name) <= _LONGEST_SOURCE:
        return name
    # Cut off at either end it would be the name of another machine's log too.
    return f"{machine[:60]}:{hashlib.sha256(name.encode()).hexdigest()[:32]}"
