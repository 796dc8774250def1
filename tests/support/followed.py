"""The follower of docs/sync.md, run as it stands on the page, and what it holds compared with what the service says."""

from __future__ import annotations

import asyncio
import importlib
import re
import types
from pathlib import Path
from typing import Any

import httpx

from kernel.records import Resource
from kernel.records.embedding import Embed
from tests.support.answers import every_item, ok

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "sync.md"


def program() -> Any:
    """Return the page's program as a module."""
    (text,) = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    module = types.ModuleType("follower_of_the_page")
    exec(compile(text, str(PAGE), "exec"), module.__dict__)
    # In process a snapshot is there at once: the pause between two looks at its job is for a network.
    module.__dict__["asyncio"] = types.SimpleNamespace(sleep=lambda seconds: asyncio.sleep(seconds / 10))
    return module


def _resource(service: str, name: str) -> Resource[Any]:
    resources = importlib.import_module(f"services.{service}.main").RESOURCES
    return next(each for each in resources if each.name == name)


def _without_names(document: dict[str, Any], embeds: tuple[Embed, ...]) -> dict[str, Any]:
    """Return an answer as a copy has it."""
    names = {embed.field for embed in embeds if embed.within is None}
    kept = {name: value for name, value in document.items() if name not in names}
    for embed in embeds:
        if embed.within is not None and kept[embed.within] is not None:
            held = kept[embed.within]
            bare = [
                {name: value for name, value in each.items() if name != embed.field}
                for each in (held if isinstance(held, list) else [held])
            ]
            kept[embed.within] = bare if isinstance(held, list) else bare[0]
    return kept


class Followed:
    """A copy of one service's records in one area, kept by the program of the page."""

    def __init__(self, client: httpx.AsyncClient, service: str) -> None:
        self.client, self.service, self.program = client, service, program()
        self.copy: Any = self.program.Copy()
        self.started_over = 0
        self.events: list[dict[str, Any]] = []

    async def begin(self) -> None:
        """Load a snapshot of every type."""
        self.copy = await self.program.load(self.client, self.service)

    async def catch_up(self) -> None:
        """Read the feed to its present end."""
        at_head = False
        while not at_head:
            before = self.copy
            if before.cursor is not None:
                path = f"/v1/{self.service}/changes"
                response = await self.client.get(path, params={"after": before.cursor})
                self.events += response.json()["items"] if response.status_code == 200 else []
            self.copy, at_head = await self.program.step(self.client, self.service, before, wait=0)
            self.started_over += self.copy is not before

    async def assert_equal(self) -> None:
        """Check record by record and by checksum that the copy is what its area holds."""
        await self.catch_up()
        for item in ok(await self.client.get(f"/v1/{self.service}/changes/types"))["items"]:
            copied = {each["id"]: each for each in self.copy.records(item["type"])}
            # A copy has ids alone; what is answered has the names of other records beside them.
            embeds = _resource(self.service, item["type"]).embeds
            stands = {
                each["id"]: _without_names(each, embeds) for each in await every_item(self.client, item["resource"])
            }
            assert copied == stands, item["type"]
            assert await self.program.is_equal(self.client, self.service, self.copy, item["type"]), item["type"]

    def told_of(self, id_: str) -> list[tuple[str, int]]:
        """Return what the feed said of one record: the last word of each event's type, and its version."""
        return [(e["type"].rpartition(".")[2], e["resource_version"]) for e in self.events if e["resource_id"] == id_]
