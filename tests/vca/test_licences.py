"""What the product is made of has a licence that somebody looked at."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_ALLOWED = ROOT / "tools/packages/licences.txt"
_READ = {"pyrage": "MIT"}
"""Package → the licence in its file, where the package's description names none."""


def licences() -> dict[str, set[str]]:
    """Return the licences of each package of the lock that is installed here."""
    pinned = re.findall(r"^([A-Za-z0-9._-]+)==", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.MULTILINE)
    command = [sys.executable, "-m", "piplicenses", "--format=json", "--packages", *pinned]
    listed = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    assert len(listed) > 0.9 * len(pinned), "most of what the lock pins is installed on every platform"
    found = {each["Name"]: _READ.get(each["Name"], each["License"]) for each in listed}
    return {name: {_alone(part) for part in re.split(r"; | AND | OR ", licence)} for name, licence in found.items()}


def _alone(part: str) -> str:
    """Return a licence without a parenthesis that its expression opened or closed around it."""
    part = part.removeprefix("(")
    return part if "(" in part else part.removesuffix(")")


def test_every_package_has_a_licence_of_the_list() -> None:
    lines = _ALLOWED.read_text(encoding="utf-8").splitlines()
    allowed = {line for line in lines if line and not line.startswith("#")}
    found = licences()
    refused = {name: parts - allowed for name, parts in found.items() if parts - allowed}
    assert not refused, f"not in {_ALLOWED.name}: {refused}"
    assert allowed == set().union(*found.values()), "a licence of the list that nothing has"
