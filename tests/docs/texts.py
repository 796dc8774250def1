"""Every text of the tree in which something is named: pages, and the comments, docstrings and strings of the code."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
FOLLOWED = ("docs/adding-a-resource.md",)
"""Pages whose blocks a test carries out: what they name is there when it does."""
_FENCE = re.compile(r"^\s*(```+|~~~+)")
_COMMENT = re.compile(r"(?:^|\s)#\s.*$")
_NAMING = ("id", "attr", "arg", "name", "asname", "module", "rest")
"""The fields of Python's syntax tree that hold a name."""
_SAYING_NOTHING = (ast.Load, ast.Store, ast.Del)
_WORD = re.compile(r"\w+")
_CODE = re.compile(r"`([^`\n]+)`")


class Text(NamedTuple):
    """One line of text, or one string of code, and where it stands."""

    where: str
    text: str
    kind: str
    """page (prose of Markdown), code (in a page, marked as code), comment (also docstrings), string (of the code)."""


@cache
def tracked() -> tuple[str, ...]:
    """Return the files of the tree, whether committed already or not."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    return tuple(sorted(name for name in set(names) if (ROOT / name).is_file()))


def read(name: str) -> str:
    """Return the text of a file of the tree."""
    return (ROOT / name).read_text(encoding="utf-8")


def pages() -> list[str]:
    """Return the names of the Markdown pages."""
    return [name for name in tracked() if name.endswith(".md")]


def modules() -> list[str]:
    """Return the names of the Python files, those of these tests left out."""
    return [name for name in tracked() if name.endswith(".py") and not name.startswith("tests/docs/")]


@cache
def texts() -> tuple[Text, ...]:
    """Return every text of the tree in which something may be named."""
    found: list[Text] = []
    for page in pages():
        found += _of_page(page)
    for module in modules():
        found += _of_module(module)[0]
    return tuple(found)


@cache
def words_of_code() -> frozenset[str]:
    """Return every word that the code itself says: its names and strings, those of the contract, names of files."""
    words = {word for text in texts() if text.kind == "string" for word in _WORD.findall(text.text)}
    for module in modules():
        words |= {word for name in _of_module(module)[1] for word in name.split(".")}
    for name in tracked():
        words.update(_WORD.findall(name))
        if name.endswith((".yaml", ".csv", ".toml", ".js", ".html", "Makefile", "Dockerfile")):
            words.update(_WORD.findall(read(name)))
    return frozenset(words)


def _of_page(name: str) -> Iterator[Text]:
    fenced = False
    for number, line in enumerate(read(name).splitlines(), 1):
        where = f"{name}:{number}"
        if _FENCE.match(line):
            fenced = not fenced
        elif fenced and name not in FOLLOWED:
            yield Text(where, line, "code")
        elif not fenced:
            yield Text(where, line, "page")
            yield from (Text(where, code, "code") for code in _CODE.findall(line))


@cache
def _of_module(name: str) -> tuple[tuple[Text, ...], frozenset[str]]:
    """Return the texts of a module and the names in it."""
    source = read(name)
    found: list[Text] = []
    names: set[str] = set()
    docstrings: set[int] = set()
    waiting: list[ast.AST] = [ast.parse(source)]
    # Over a million nodes: by hand, ast.walk and a look at each of their fields take twice as long.
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Expr):
            docstrings.add(id(node.value))
        elif isinstance(node, ast.Constant):
            if isinstance(node.value, str):
                kind = "comment" if id(node) in docstrings else "string"
                lines = enumerate(node.value.splitlines())
                found += [Text(f"{name}:{node.lineno + offset}", line, kind) for offset, line in lines]
            continue
        for field, value in vars(node).items():
            if type(value) is list:
                waiting += [each for each in value if isinstance(each, ast.AST)]
            elif type(value) is str:
                if field in _NAMING:
                    names.add(value)
            elif isinstance(value, ast.AST) and type(value) not in _SAYING_NOTHING:
                waiting.append(value)
    lines = enumerate(source.splitlines(), 1)
    found += [
        Text(f"{name}:{number}", comment[0], "comment")
        for number, line in lines
        if "#" in line
        for comment in _COMMENT.finditer(line)
    ]
    return tuple(found), frozenset(names)
