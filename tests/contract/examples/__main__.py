"""`make examples`: records an example of every operation anew, into openapi/examples, or into the folder that is named."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.contract.examples.deployment import deployment
from tests.contract.examples.recording import recorded
from tests.support.databases import Databases
from tests.support.kept_connections import KeptConnections
from vca.openapi import EXAMPLES


def text(example: dict[str, Any]) -> str:
    """Return an example as its file has it."""
    return json.dumps(example, ensure_ascii=False, indent=1) + "\n"


async def write(into: Path) -> list[str]:
    """Write a file for each operation, take away those of operations that are gone; return the names of what changed."""
    into.mkdir(exist_ok=True)
    before = {path.name: path.read_text(encoding="utf-8") for path in into.glob("*.json")}
    after: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        databases = Databases(Path(folder) / "postgres", KeptConnections())
        with databases.server:
            async with deployment(databases, Path(folder)) as running:
                async for operation_id, example in recorded(running):
                    after[f"{operation_id}.json"] = text(example)
    for name in before.keys() - after.keys():
        (into / name).unlink()
    changed = [name for name in after if before.get(name) != after[name]]
    for name in changed:
        (into / name).write_text(after[name], encoding="utf-8")
    return sorted([*changed, *(before.keys() - after.keys())])


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else EXAMPLES
    names = asyncio.run(write(folder))
    sys.stdout.write("".join(f"{folder.name}/{name}\n" for name in names) or f"{folder.name}: nothing changed\n")
