"""The blocks of the pages in docs/, both languages, run one after the other as a reader would, and answered as shown."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from kernel.values.ids import new_id
from tests.docs.guide import Block, blocks, differences, last_document, with_runs
from tests.platform.conftest import ROOT, Platform

pytestmark = pytest.mark.platform
_GATEWAY = "http://127.0.0.1:8000"
_UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
# Each call says its status on the error output, where no pipe of the page picks it up.
_SHELL = """
set -o pipefail
curl() { command curl -sS -w '%{stderr}status %{http_code}\\n' "$@"; }
"""
_REFUSED = re.compile(r"[45]\d\d")


@dataclass(frozen=True)
class Run:
    """What a block did: its exit code, what it printed, and the status of each of its calls."""

    code: int
    output: str
    told: str

    @property
    def statuses(self) -> list[str]:
        """The status of each call, in order."""
        return re.findall(r"^status (\d{3})$", self.told, re.MULTILINE)


class Reader:
    """Runs the blocks of one page in one shell, on a running platform and with ids of its own."""

    def __init__(self, platform: Platform, folder: Path) -> None:
        self.platform, self.folder = platform, folder
        self.ids: dict[str, str] = {}

    def own(self, text: str) -> str:
        """Return a text with this platform's address, and with fresh ids in place of those that the page mints."""
        text = text.replace(_GATEWAY, self.platform.gateway)
        return _UUID.sub(lambda found: self.ids.setdefault(found[0], new_id()), text)

    def run(self, shell: list[Block]) -> list[Run]:
        """Run blocks in one shell, so that what one sets the next ones have."""
        script = [_SHELL]
        for number, block in enumerate(shell):
            place = self.folder / str(number)
            script.append(f"{{\n{self.own(block.text)}\n}} >{place}.out 2>{place}.err; echo $? >{place}.code\n")
        credentials = self.platform.credentials["clients"][0]
        environment = {
            **self.platform.environment,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "CLIENT_ID": credentials["client_id"],
            "CLIENT_SECRET": credentials["client_secret"],
        }
        subprocess.run(["bash", "-c", "".join(script)], cwd=ROOT, env=environment, check=True, timeout=300)
        places = [self.folder / str(number) for number in range(len(shell))]
        return [
            Run(int(Path(f"{each}.code").read_text()), Path(f"{each}.out").read_text(), Path(f"{each}.err").read_text())
            for each in places
        ]


def answers_of(page: str) -> dict[Block, list[Block]]:
    """Return each block to run in the shell and the answers that the page shows of it."""
    told: dict[Block, list[Block]] = {}
    for block in blocks(page):
        if block.words[:2] == ("sh", "run"):
            told[block] = []
        elif "answer" in block.words:
            told[next(reversed(told))].append(block)
    return told


@pytest.mark.parametrize("page", with_runs())
def test_what_a_page_runs_is_answered_as_the_page_shows(platform: Platform, tmp_path: Path, page: str) -> None:
    told, reader = answers_of(page), Reader(platform, tmp_path)
    wrong: list[str] = []
    for (block, answers), run in zip(told.items(), reader.run(list(told)), strict=True):
        meant = {word for answer in answers for word in answer.words if _REFUSED.fullmatch(word)}
        refused = [status for status in run.statuses if _REFUSED.fullmatch(status) and status not in meant]
        if run.code or refused or meant - set(run.statuses[-1:]):
            wrong.append(f"{block.where}: exit {run.code}, {run.statuses}\n{run.output}{run.told}")
        for answer in answers:
            if answer.words[0] == "json":
                given = last_document(run.output)
                found = differences(json.loads(reader.own(answer.text)), given)
                wrong += [f"{answer.where}: {each}" for each in found]
                continue
            lines = run.output.splitlines()
            for shown in reader.own(answer.text).splitlines():
                pattern = ".*".join(re.escape(part) for part in shown.split("…"))
                if not any(re.fullmatch(pattern, line) for line in lines):
                    wrong.append(f"{answer.where}: no line is {shown!r} in\n{run.output}")
    assert not wrong, "\n".join(wrong)
