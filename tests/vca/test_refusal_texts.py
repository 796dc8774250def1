"""What a command or a part refuses is a sentence in Vietnamese and one in English, wherever in the code it is said."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import vca

ROOT = Path(vca.__file__).resolve().parent.parent
FOLDERS = ("vca", "services", "kernel", "migrations")
REFUSALS = {"Refusal", "SettingRefused", "DatabaseRefusedError", "KeyRefused"}
# What `vca admin` is refused comes as a ValueError of two sentences, which the command passes on.
OF_ADMIN = {"services/identity/bootstrap.py", "services/identity/host_confirmation.py"}
_PASSED_ON = re.compile(
    r"\*error\.args|\w+\.vi|\w+\.en|\*\(refused\.document\(.*|\*refused\.members.*|\*lines\[-2:\]|' '\.join\(.*"
)
# The last words are another program's, or what is to be typed: a period would be taken for theirs.
_OF_OTHERS = re.compile(r": \{(?:sql|why|last(?:\[0\])?|detail|reason)\}$|\.\{detail\}$")
_VIETNAMESE = re.compile(r"[à-ỹđ]", re.IGNORECASE)


def _text(node: ast.expr) -> str | None:
    """Return a text of the code with the names of what is put into it, or None for what is no text."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(
            f"{{{ast.unparse(part.value)}}}" if isinstance(part, ast.FormattedValue) else _text(part) or ""
            for part in node.values
        )
    return None


def _said(file: Path) -> Iterator[tuple[int, list[ast.expr]]]:
    """Yield the arguments of each refusal in a file, with its line."""
    names = REFUSALS | ({"ValueError"} if file.relative_to(ROOT).as_posix() in OF_ADMIN else set())
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            yield node.lineno, node.args


def _faults_of(arguments: list[ast.expr]) -> list[str]:
    """Return what is wrong with the arguments of a refusal."""
    texts = [_text(each) for each in arguments]
    if None in texts:
        # Sentences that were written somewhere else, where they are looked at.
        unknown = [ast.unparse(each) for each, text in zip(arguments, texts, strict=True) if text is None]
        return [f"written elsewhere: {each}" for each in unknown if _PASSED_ON.fullmatch(each) is None]
    if len(texts) != 2:
        return [f"{len(texts)} sentences"]
    vi, en = (str(text) for text in texts)
    faults = [f"no period: {text}" for text in (vi, en) if not text.endswith(".") and _OF_OTHERS.search(text) is None]
    words = re.sub(r"\{[^}]*\}", "", vi)
    return [
        *faults,
        *(["not in Vietnamese: " + vi] if vi == en or (words.strip(".") and not _VIETNAMESE.search(words)) else []),
    ]


def test_every_refusal_is_a_sentence_in_each_language() -> None:
    files = [file for folder in FOLDERS for file in sorted((ROOT / folder).rglob("*.py"))]
    said = [(f"{file.relative_to(ROOT)}:{line}", arguments) for file in files for line, arguments in _said(file)]
    assert len(said) > 150
    faults = [f"{where} {fault}" for where, arguments in said for fault in _faults_of(arguments)]
    assert faults == [], "\n".join(faults)


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ('Refusal("Có tệp {file}", "There is a file.")', "no period: Có tệp {file}"),
        ('Refusal("Không được.", f"Not allowed: {name}")', "no period: Not allowed: {name}"),
        ('Refusal("The same.", "The same.")', "not in Vietnamese: The same."),
        ('Refusal("Không được.")', "1 sentences"),
        ("Refusal(str(error), str(error))", "written elsewhere: str(error)"),
    ],
)
def test_one_that_is_not_is_found(written: str, fault: str) -> None:
    call = ast.parse(written, mode="eval").body
    assert isinstance(call, ast.Call)
    assert fault in _faults_of(call.args)
