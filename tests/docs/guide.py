"""The pages of the guide in both languages and their fenced blocks; docs/code-style.md says what each kind of block is."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from tests.docs.texts import pages, read

GUIDE = tuple(
    f"{name}.md"
    for name in (
        "first-call",
        "signing-in",
        "lists",
        "writing-safely",
        "offline-phones",
        "following",
        "figures",
        "plans",
        "reports",
        "errors",
    )
)
"""The pages in which each block is executed, checked, or compared with an answer."""
REST = "…"
"""Stands in an answer for what a page leaves out: any text or part of one, any value, other members, more items."""
_BLOCK = re.compile(r"^```([^\n`]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block: the words behind its fence, its text, and the line of the page on which it begins."""

    page: str
    line: int
    words: tuple[str, ...]
    text: str

    @property
    def where(self) -> str:
        """Page and line, for a message."""
        return f"{self.page}:{self.line}"


def blocks(page: str) -> list[Block]:
    """Return the fenced blocks of a page of docs/, for instance `vi/lists.md`, in their order."""
    text = read(f"docs/{page}")
    return [
        Block(page, text.count("\n", 0, found.start()) + 1, tuple(found[1].split()), found[2])
        for found in _BLOCK.finditer(text)
    ]


def with_runs() -> list[str]:
    """Return the pages of docs/ that have blocks to run, in both languages."""
    names = [name.removeprefix("docs/") for name in pages() if name.startswith("docs/")]
    return [name for name in names if any("run" in block.words for block in blocks(name))]


def differences(shown: Any, given: Any, at: str = "") -> list[str]:
    """Return where an answer differs from what a page shows of it; REST agrees with anything."""
    if shown == REST:
        return []
    if isinstance(shown, str) and isinstance(given, str):
        pattern = ".*".join(re.escape(part) for part in shown.split(REST))
        return [] if re.fullmatch(pattern, given, re.DOTALL) else [f"{at}: {shown!r} is {given!r}"]
    if isinstance(shown, dict) and isinstance(given, dict):
        missing = [f"{at}/{name} is not there" for name in shown if name not in given and name != REST]
        untold = [] if REST in shown else [f"{at}/{name} is not told of" for name in given if name not in shown]
        inner = [differences(shown[name], given[name], f"{at}/{name}") for name in shown if name in given]
        return [*missing, *untold, *(each for some in inner for each in some)]
    if isinstance(shown, list) and isinstance(given, list):
        whole = not shown or shown[-1] != REST
        told = shown if whole else shown[:-1]
        if len(given) < len(told) or (whole and len(given) != len(told)):
            return [f"{at}: {len(given)} items, not {len(told)}"]
        return [each for i, item in enumerate(told) for each in differences(item, given[i], f"{at}/{i}")]
    return [] if type(shown) is type(given) and shown == given else [f"{at}: {shown!r} is {given!r}"]


def last_document(output: str) -> Any:
    """Return the last JSON document of what a block printed; each begins a line, or follows another."""
    decoder, found, at = json.JSONDecoder(), None, 0
    while start := re.compile(r"^\s*(?=[\[{])", re.MULTILINE).search(output, at):
        found, at = decoder.raw_decode(output, start.end())
        while output[at : at + 1] == "{":
            found, at = decoder.raw_decode(output, at)
    return found
