"""The contract in Vietnamese: `x-summary-vi` and `x-description-vi` beside what it says in English.

The texts stand in openapi/vi/, one file a service and `common.toml` for what several say, each English text once.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from kernel.web.contract.nodes import DATA

Json = dict[str, Any]

FOLDER = Path(__file__).resolve().parent.parent / "openapi" / "vi"
_SAID = ("summary", "description")
_CODES = re.compile(r"(?:`\w+`(?:, )?)+")
"""An answer that is said by codes of problems, whose titles are in both languages."""


def plain(text: str) -> str:
    """Return a text with its paragraphs each in one line, as it is looked up however it was wrapped."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in re.split(r"\n\s*\n", text.strip()))


def texts_of(file: Path) -> list[tuple[str, str]]:
    """Return the (English, Vietnamese) texts of one file, in its order."""
    return [(plain(text["en"]), text["vi"].strip()) for text in tomllib.loads(file.read_text("utf-8")).get("text", ())]


@cache
def vietnamese() -> dict[str, str]:
    """Return the Vietnamese of every English text of the contract."""
    return {en: vi for file in sorted(FOLDER.glob("*.toml")) for en, vi in texts_of(file) if vi}


def said(node: Any) -> Iterator[tuple[Json, str]]:
    """Return each place of a document that says something to people in words: the node, and `summary` or `description`."""
    if isinstance(node, list):
        for item in node:
            yield from said(item)
    elif isinstance(node, dict):
        yield from ((node, key) for key in _SAID if isinstance(node.get(key), str) and not _CODES.fullmatch(node[key]))
        for key, value in node.items():
            if key not in DATA:
                yield from said(value)


def untranslated(document: Json) -> list[str]:
    """Return the texts of a translated document that have no Vietnamese, each once, as it is looked up."""
    return list(dict.fromkeys(plain(node[key]) for node, key in said(document) if f"x-{key}-vi" not in node))


def as_toml(text: str, vietnamese: str = "") -> str:
    """Return a text as it is put into a file of openapi/vi/."""
    return "[[text]]\n" + "".join(
        f"{language} = {_quoted(words)}\n" for language, words in (("en", text), ("vi", vietnamese))
    )


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\")
    return f'"""\n{escaped}\n"""' if "\n" in text else '"' + escaped.replace('"', '\\"') + '"'


def translate(document: Json) -> Json:
    """Put the Vietnamese beside every text of `document` that has one, and return it."""
    known = vietnamese()
    for node, key in list(said(document)):
        if (text := known.get(plain(node[key]))) is not None:
            said_so_far = list(node.items())
            node.clear()
            for name, value in said_so_far:
                node[name] = value
                if name == key:
                    node[f"x-{key}-vi"] = text
    return document
