"""The committed contracts as JSON: of each service, and all merged. Read when one is first asked for, not at the start."""

from __future__ import annotations

import contextlib
import hashlib
import threading
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson
import yaml

from services.gateway.portal.examples import Examples


@dataclass(frozen=True)
class Served:
    """A contract as it is served: JSON, and a digest of it."""

    body: bytes
    version: str

    @classmethod
    def of(cls, body: bytes) -> Served:
        """Return JSON with its digest."""
        return cls(body, hashlib.sha256(body).hexdigest()[:20])


class Contracts:
    """What stands beside `merged`, a file of YAML. Reading so much takes seconds: what it became is kept in `folder`."""

    def __init__(self, merged: Path, folder: Path | None = None) -> None:
        self.examples = Examples(merged.parent / "examples")
        self._merged, self._folder = merged, folder
        self._files = {path.stem: path for path in merged.parent.glob("*.yaml") if path != merged}
        self._served: dict[Path, Served] = {}
        self._with_examples: dict[str, Served] = {}
        self._lock = threading.Lock()

    @property
    def merged(self) -> Served:
        """All of them as one."""
        return self._of(self._merged)

    @cached_property
    def document(self) -> dict[str, Any]:
        """All of them as one, read."""
        document: dict[str, Any] = orjson.loads(self.merged.body)
        return document

    def of_service(self, service: str) -> Served | None:
        """Return that of one service; None if there is no such service."""
        file = self._files.get(service)
        return None if file is None else self._of(file)

    def with_examples(self, contract: Served) -> Served:
        """Return a contract with the recorded examples in it."""
        with self._lock:
            if contract.version not in self._with_examples:
                document = orjson.loads(contract.body)
                self.examples.put_into(document)
                self._with_examples[contract.version] = Served.of(orjson.dumps(document))
            return self._with_examples[contract.version]

    def _of(self, file: Path) -> Served:
        # Who asks meanwhile waits for what the first one reads.
        with self._lock:
            if file not in self._served:
                self._served[file] = Served.of(self._as_json(file.read_bytes()))
            return self._served[file]

    def _as_json(self, text: bytes) -> bytes:
        name = f"contract-{hashlib.sha256(text).hexdigest()[:16]}.json"
        kept = None if self._folder is None else self._folder / name
        if kept is not None and kept.exists():
            return kept.read_bytes()
        body = orjson.dumps(yaml.load(text, Loader=yaml.CSafeLoader), default=str)
        if kept is not None:
            with contextlib.suppress(OSError):
                fresh = kept.with_suffix(".new")
                fresh.write_bytes(body)
                fresh.replace(kept)
        return body
