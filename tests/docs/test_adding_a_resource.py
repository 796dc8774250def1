"""docs/adding-a-resource.md, followed word for word in a copy of the tree: the resource of the page answers."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.docs.texts import ROOT, read, tracked
from tests.support.databases import Databases

_BLOCK = re.compile(r"^```(python|diff|sh) ?(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A block of the page: a new file, a change to one that is there, or commands."""

    kind: str
    name: str
    text: str


def blocks() -> list[Block]:
    return [Block(*found) for found in _BLOCK.findall(read("docs/adding-a-resource.md"))]


def changed(text: str, change: str) -> str:
    """Return a text with each hunk of a change put in: its lines without a sign stand there once, side by side."""
    for hunk in change.split("@@\n"):
        lines = hunk.splitlines(keepends=True)
        before = "".join(line[1:] for line in lines if line[0] in " -")
        after = "".join(line[1:] for line in lines if line[0] in " +")
        assert ("\n" + text).count("\n" + before) == 1, f"these lines stand there not once:\n{before}"
        text = ("\n" + text).replace("\n" + before, "\n" + after)[1:]
    return text


def run(commands: str, tree: Path, database_url: str) -> None:
    """Run a block's commands in the tree, with the Python that runs this test; the first that fails ends it."""
    tools = str(Path(sys.executable).parent)
    script = commands.replace(".venv/bin/vca", ".venv/bin/python -m vca").replace(".venv/bin", tools)
    environment = {**os.environ, "PYTHONPATH": str(tree), "VCA_DATABASE_URL": database_url}
    done = subprocess.run(["sh", "-ec", script], cwd=tree, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"


def test_every_change_of_the_page_fits_the_file_that_it_names() -> None:
    changes = [block for block in blocks() if block.kind == "diff"]
    assert len(changes) == len({block.name for block in changes}) == 7
    for block in changes:
        assert changed(read(block.name), block.text) != read(block.name)


@pytest.mark.platform
def test_a_resource_is_added_as_the_page_says_and_answers(tmp_path: Path, databases: Databases) -> None:
    for name in tracked():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, tmp_path / name)
    assert [block.name for block in blocks() if block.kind == "sh"] == ["", "", "", "check"]
    for block in blocks():
        path = tmp_path / block.name
        match block.kind:
            case "sh":
                run(block.text, tmp_path, databases.server.url("postgres"))
            case "diff":
                path.write_text(changed(path.read_text(encoding="utf-8"), block.text), encoding="utf-8")
            case _:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(block.text, encoding="utf-8")
