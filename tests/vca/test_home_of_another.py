"""A home that belongs to another user is said to in one sentence, whatever is asked of it."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import vca.call_logs
import vca.doctor
import vca.maintenance
import vca.parts.clients
import vca.parts.roles
import vca.tokens
from vca.cli import main

_NOBODY = 65534
# Somebody else may not read what Python is made of either, where it lies below another one's folder.
_LOADED = (vca.call_logs, vca.doctor, vca.maintenance, vca.parts.clients, vca.parts.roles, vca.tokens)


@contextlib.contextmanager
def somebody_else(home: Path) -> Iterator[None]:
    """Be an account that may not look into the home."""
    if os.geteuid() != 0:
        home.chmod(0)
        try:
            yield
        finally:
            home.chmod(0o700)
        return
    os.seteuid(_NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize(
    "words", ["doctor", "migrate", "audit verify", "backup ../b.tar", "logs --request x", "token x"]
)
def test_a_command_says_whose_home_it_may_not_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: str
) -> None:
    home = tmp_path / "home"
    for folder in ("postgres/data", "run/envoy", "logs", "keys"):
        (home / folder).mkdir(parents=True)
    home.chmod(0o700)
    (home / "demo-credentials.json").write_text("{}")
    for name in [name for name in os.environ if name.startswith("VCA_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("VCA_HOME", str(home))
    monkeypatch.setattr(sys, "argv", ["vca", *words.split()])
    with somebody_else(home), pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    said = capsys.readouterr().err.splitlines()
    assert [line.split(str(home))[0] for line in said] == [
        "vca: Tài khoản này không được mở ",
        "vca: This account may not open ",
    ]
