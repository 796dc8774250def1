"""Every page for users of the API stands in both languages, with the same blocks, and no block is there that nothing runs."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.docs.guide import GUIDE, REST, Block, blocks
from tests.docs.texts import read, tracked
from vca.openapi import SERVICES

_USERS = (
    *GUIDE,
    "api.md",
    "domain.md",
    "registry.md",
    "funds.md",
    "training.md",
    "reporting.md",
    "identity.md",
    "sync.md",
    "operating.md",
    "logs.md",
    "auditing.md",
    "personal-data.md",
    "sandbox.md",
    "deploying.md",
    "high-availability.md",
    "runbook.md",
)
_KINDS = ({"sh", "run"}, {"sh", "shown"}, {"json", "answer"}, {"text", "answer"}, {"python", "run"}, {"ts", "check"})
"""What stands behind the fence of a block of the guide."""
_COMMENT = re.compile(
    r"^\s*(?:#|//) [^\n]*$|(?:\s|^)(?:#|//) [^\n]*$|/\*\*.*?\*/|\"\"\".*?\"\"\"", re.MULTILINE | re.DOTALL
)
_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_ITEM = re.compile(r"\s*(?:- |\d+\. )")
_CODE = re.compile(r"`([a-z_]+)`")
_ASKED = re.compile(r"Accept-Language: \w\w")
_MOST_LINES = 120


@pytest.mark.parametrize("page", GUIDE)
def test_a_page_of_the_guide_is_short_and_begins_with_what_one_can_do_after_it(page: str) -> None:
    english, vietnamese = read(f"docs/{page}"), read(f"docs/vi/{page}")
    assert max(len(english.splitlines()), len(vietnamese.splitlines())) <= _MOST_LINES
    assert english.splitlines()[2].startswith("After this page")
    assert vietnamese.splitlines()[2].startswith("Đọc xong trang này")


@pytest.mark.parametrize("page", [*GUIDE, *(f"vi/{page}" for page in GUIDE)])
def test_every_block_of_the_guide_says_what_is_done_with_it(page: str) -> None:
    strange = [each.where for each in blocks(page) if not any(kind <= {*each.words} for kind in _KINDS)]
    assert not strange, f"these blocks are neither run nor checked nor an answer: {strange}"


@pytest.mark.parametrize("page", _USERS)
def test_every_page_for_users_is_there_in_vietnamese_with_the_same_blocks(page: str) -> None:
    english, vietnamese = blocks(page), blocks(f"vi/{page}")
    assert [each.words for each in vietnamese] == [each.words for each in english]
    for ours, theirs in zip(english, vietnamese, strict=True):
        assert bare(theirs) == bare(ours), f"{theirs.where} is not the block of {ours.where}"


@pytest.mark.parametrize("page", _USERS)
def test_a_vietnamese_page_says_all_that_the_english_one_says(page: str) -> None:
    assert outline(f"docs/vi/{page}") == outline(f"docs/{page}")


def outline(page: str) -> dict[str, Any]:
    """Return what a page is made of in any language: headings, paragraphs, rows, items, and the codes that it names."""
    text = _FENCED.sub("", read(page))
    lines = text.splitlines()
    return {
        "headings": [line.split()[0] for line in lines if line.startswith("#")],
        "paragraphs": sum(bool(each.strip()) for each in re.split(r"\n\s*\n", text)),
        "rows": sum(line.startswith("|") for line in lines),
        "items": sum(bool(_ITEM.match(line)) for line in lines),
        "codes": {*_CODE.findall(text)},
    }


def bare(block: Block) -> Any:
    """Return a block without what may differ between languages: its comments and, in an answer, sentences for people."""
    if "answer" in block.words and block.words[0] == "json":
        return shape(json.loads(block.text))
    text = _ASKED.sub("", _COMMENT.sub("", block.text))
    return [line.rstrip() for line in text.splitlines() if line.strip()]


def shape(value: Any, name: str = "") -> Any:
    """Return a document without its titles, details and labels."""
    if isinstance(value, dict):
        return {key: shape(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape(inner) for inner in value]
    return REST if name in ("title", "detail", "label") else value


def test_no_vietnamese_page_is_without_its_english_one() -> None:
    names = [name for name in tracked() if name.startswith("docs/vi/")]
    assert names
    assert not [name for name in names if name.replace("docs/vi/", "docs/") not in tracked()]


def words_of(comment: str) -> set[str]:
    """Return the plain words of a comment."""
    return {*re.findall(r"[a-z]+", comment.lower())}


@pytest.mark.parametrize("page", _USERS)
def test_a_comment_in_a_block_of_a_vietnamese_page_is_vietnamese(page: str) -> None:
    english = {found.strip() for block in blocks(page) for found in _COMMENT.findall(block.text)}
    left = [
        f"{block.where}: {found.strip()}"
        for block in blocks(f"vi/{page}")
        for found in _COMMENT.findall(block.text)
        # The names of the services are the same in both.
        if found.strip() in english and not words_of(found) <= {*SERVICES, "portal"}
    ]
    assert not left, "\n".join(left)
