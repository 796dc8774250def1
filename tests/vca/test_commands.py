"""The command `vca` has all that the pages name, whichever word is asked for first."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("group", "named"), [("keys", ("new", "rotate")), ("audit", ("verify",)), ("feeds", ("renew",))]
)
def test_a_group_lists_all_its_commands(group: str, named: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "vca", group, "--help"]
    said = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    assert [word for word in named if f" {word} " not in said] == []
