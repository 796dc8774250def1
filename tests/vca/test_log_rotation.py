"""Logs stay within bounds by size and count, and no line is lost while they are put aside."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from kernel.database.connections import connect
from services.gateway.access_log import files_of
from vca.errors import Refusal
from vca.log_rotation import Rotation
from vca.postgres import EmbeddedPostgres

_WRITER = """
import os, sys
from kernel.runtime.logging import get_logger, take_over_process
take_over_process('registry')
for line in sys.stdin.buffer:
    get_logger().info('line', number=int(line))
    os.write(int(sys.argv[1]), b'.')
"""


def test_a_service_goes_on_in_the_new_file_and_loses_no_line(tmp_path: Path) -> None:
    log = tmp_path / "registry.log"
    rotation = Rotation(1, 4)
    rotation.keep(log)
    read_end, write_end = os.pipe()
    with log.open("ab") as opened:
        process = subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(write_end)],
            stdin=subprocess.PIPE,
            stdout=opened,
            stderr=opened,
            env={**os.environ, "VCA_LOG_PATH": str(log)},
            pass_fds=[write_end],
        )
    os.close(write_end)
    assert process.stdin is not None
    for number in range(30):
        process.stdin.write(b"%d\n" % number)
        process.stdin.flush()
        assert os.read(read_end, 1) == b"."
        if number % 10 == 4:
            rotation.rotate(log)
        if number == 20:
            # As one that cleans up by hand does it.
            log.unlink()
    process.stdin.close()
    assert process.wait(20) == 0
    files = files_of(log)
    lines = [orjson.loads(line) for file in files for line in file.read_bytes().splitlines()]
    assert [file.name for file in files] == ["registry.log.3", "registry.log.2", "registry.log.1", "registry.log"]
    # Those of the file that was taken away went with it.
    assert [line["number"] for line in lines] == [*range(15), *range(21, 30)]
    assert all(line["service"] == "registry" for line in lines)


def test_a_log_has_so_many_files_and_no_more_than_so_much_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vca.log_rotation._LOOK_SECONDS", 0.0)
    monkeypatch.setenv("VCA_LOG_MAX_MB", "0.01")
    monkeypatch.setenv("VCA_LOG_FILES", "3")
    rotation, log, told = Rotation.from_environment(), tmp_path / "a.log", []
    rotation.keep(log, lambda: told.append(1))
    rotation.look()  # There is none yet.
    for number in range(10):
        with log.open("a") as opened:
            opened.write(f"{number}\n" + "x" * 9_000 + "\n")
        rotation.look()
    assert [file.name for file in files_of(log)] == ["a.log.2", "a.log.1", "a.log"]
    assert [len(file.read_bytes()) for file in files_of(log)] == [18_006, 18_006, 0]
    assert len(told) == 5
    assert log.stat().st_mode & 0o777 == (tmp_path / "a.log.1").stat().st_mode & 0o777


@pytest.mark.parametrize(
    ("setting", "value"), [("VCA_LOG_MAX_MB", "0"), ("VCA_LOG_MAX_MB", "many"), ("VCA_LOG_FILES", "1")]
)
def test_a_bound_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, setting: str, value: str) -> None:
    monkeypatch.setenv(setting, value)
    with pytest.raises(Refusal, match=f"{setting}={value}"):
        Rotation.from_environment()


async def test_postgresql_goes_on_in_the_new_file(tmp_path: Path) -> None:
    rotation = Rotation(1, 3)
    with EmbeddedPostgres(tmp_path, quick=True) as server:
        rotation.keep(server.log, server.reopen_log)
        connection = await connect(server.url("postgres"))

        async def say(word: str, file: Path) -> None:
            """Have the server say it until it stands there: it opens a new file when it comes to it."""
            async with asyncio.timeout(20):
                while not file.exists() or f"the {word} line" not in file.read_text():
                    await connection.execute(f"DO $$ BEGIN RAISE LOG 'the {word} line'; END $$")
                    await asyncio.sleep(0.02)

        for word in ("first", "second", "third"):
            await say(word, server.log)
            if word != "third":
                rotation.rotate(server.log)
        await connection.close()
    texts = [file.read_text() for file in files_of(server.log)]
    assert [
        word for text, word in zip(texts, ("first", "second", "third"), strict=True) if f"the {word} line" in text
    ] == [
        "first",
        "second",
        "third",
    ]
