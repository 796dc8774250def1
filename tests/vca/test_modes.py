"""A home is closed to others: what is made, and what was wider before."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from vca.modes import narrow
from vca.openapi import ROOT


def _wide(home: Path) -> list[Path]:
    every = [home, *home.rglob("*")]
    return [path for path in every if not path.is_symlink() and stat.S_IMODE(path.stat().st_mode) & 0o077]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a home as an umask of 022 left it."""
    home = tmp_path / "home"
    before = os.umask(0o022)
    try:
        for name in (
            "keys/funds.key",
            "files/registry/blobs/ab/abcd",
            "logs/funds.log",
            "run/envoy/lds.yaml",
            "a.json",
        ):
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            (home / name).write_text("x")
        (home / "logs" / "elsewhere").symlink_to("/etc/hosts")
        (home / "postgres" / "data").mkdir(parents=True)
    finally:
        os.umask(before)
    return home


def test_what_others_could_read_is_closed_to_them_once(home: Path) -> None:
    (home / "postgres" / "data").chmod(0o750)
    elsewhere = stat.S_IMODE(Path("/etc/hosts").stat().st_mode)
    narrowed, left = narrow(home)
    assert set(narrowed) == {home, *(home / name for name in ("keys", "files", "logs", "run", "postgres", "a.json"))}
    assert left == []
    # PostgreSQL looks after its data itself; what a link points to is not ours.
    assert _wide(home) == [home / "postgres" / "data"]
    assert stat.S_IMODE(Path("/etc/hosts").stat().st_mode) == elsewhere
    assert narrow(home) == ([], [])


def test_a_file_that_became_wide_in_a_closed_folder_is_closed_too(home: Path) -> None:
    narrow(home)
    (home / "keys" / "funds.key").chmod(0o644)
    assert narrow(home) == ([], [])
    assert _wide(home / "keys") == []


@pytest.mark.parametrize("shared", ["sticky", "with folders of others"])
def test_a_home_that_is_shared_is_named_and_not_closed_to_its_others(home: Path, shared: str) -> None:
    if shared == "sticky":
        home.chmod(0o1777)
    else:
        (home / "Documents").mkdir()
    before = stat.S_IMODE(home.stat().st_mode)
    narrowed, left = narrow(home)
    assert (home in narrowed, left) == (False, [home])
    assert stat.S_IMODE(home.stat().st_mode) == before
    assert home / "keys" in narrowed


def test_a_home_that_a_restore_makes_is_closed_from_its_first_moment(tmp_path: Path) -> None:
    home, backup = tmp_path / "home", tmp_path / "backup.tar"
    backup.write_text("none")
    told = {name: value for name, value in os.environ.items() if not name.startswith("VCA_")}
    restored = subprocess.run(
        [sys.executable, "-m", "vca", "restore", str(backup)],
        cwd=ROOT,
        env={**told, "VCA_HOME": str(home), "VCA_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"},
        umask=0o022,
        capture_output=True,
        text=True,
        check=False,
    )
    assert restored.returncode == 2
    assert "cannot be reached" in restored.stderr
    assert {path.name for path in home.iterdir()} == {"restore.lock", "up.lock"}
    assert _wide(home) == []
