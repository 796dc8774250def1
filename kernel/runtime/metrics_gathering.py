"""One page of metrics out of several processes' own, as Prometheus wants it: each family once, with all of its values."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from kernel.runtime.metrics import Metrics, Sample

_ANSWER_SECONDS = 3.0
"""Whoever takes longer counts as down: Prometheus itself gives up after ten."""


class SocketConnection(http.client.HTTPConnection):
    """HTTP over a socket of the file system."""

    def __init__(self, path: str, *, timeout: float = _ANSWER_SECONDS) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        """Connect to the socket."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def read_socket(path: Path, address: str = "/metrics") -> str | None:
    """Return what is answered there; None if nobody answers."""
    connection = SocketConnection(str(path))
    try:
        connection.request("GET", address)
        answer = connection.getresponse()
        return answer.read().decode() if answer.status == 200 else None
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()


class Gathering:
    """The pages of one deployment's parts. `parts`: whose absence is told of; `others`: sockets beside the folder."""

    def __init__(self, folder: Path, parts: Sequence[str], others: Mapping[str, tuple[Path, str]] = {}) -> None:
        self.own = Metrics("platform")
        self.own.add(self._up)
        self._folder, self._parts, self._others = folder, parts, others
        self._answered: set[str] = set()

    def page(self) -> bytes:
        """Return the page of all, read side by side."""
        asked = [(path.name.partition(".")[0], path, "/metrics") for path in sorted(self._folder.glob("*.sock"))]
        asked += [(part, path, address) for part, (path, address) in self._others.items()]
        with ThreadPoolExecutor(max_workers=max(1, len(asked))) as readers:
            pages = list(readers.map(lambda each: read_socket(each[1], each[2]), asked))
        answered = [(part, text) for (part, _, _), text in zip(asked, pages, strict=True) if text is not None]
        self._answered = {part for part, _ in answered}
        texts = (with_service(text, part) if part in self._others else text for part, text in answered)
        return merged([self.own.page().decode(), *texts]).encode()

    def _up(self) -> Iterator[Sample]:
        for part in (*self._parts, *self._others):
            yield Sample("vca_part_up", part in self._answered, {"service": part})


def with_service(page: str, service: str) -> str:
    """Return a page with the label `service` on each value."""
    lines = []
    for line in page.splitlines():
        if line and not line.startswith("#"):
            name, brace, rest = line.partition("{")
            if not brace:
                name, _, rest = line.partition(" ")
                rest = f"}} {rest}"
            line = f'{name}{{service="{service}"{"" if rest.startswith("}") else ","}{rest}'
        lines.append(line)
    return "\n".join(lines)


def merged(pages: Sequence[str]) -> str:
    """Return one page of several: the lines of each family together, below the first heading that it had."""
    headings: dict[str, list[str]] = {}
    values: dict[str, list[str]] = {}
    for page in pages:
        family, fresh = "", False
        for line in page.splitlines():
            if line.startswith(("# HELP ", "# TYPE ")):
                name = line.split(" ", 3)[2]
                if name != family:
                    family, fresh = name, name not in headings
                    headings.setdefault(name, [])
                if fresh:
                    headings[name].append(line)
            elif line and not line.startswith("#"):
                values.setdefault(family, []).append(line)
    return "".join(
        "".join(f"{line}\n" for line in (*heading, *values.get(family, ()))) for family, heading in headings.items()
    )
