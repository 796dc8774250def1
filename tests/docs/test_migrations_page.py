"""The steps that docs/migrations.md shows, run one after the other on a database with rows, and taken back."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from alembic import command
from alembic.config import Config

from migrations.run import FOLDER, configuration, head
from tests.docs.texts import ROOT, read
from tests.support.databases import Databases

STEPS = dict(re.findall(r"^```python step (\w+)\n(.*?)^```$", read("docs/migrations.md"), re.MULTILINE | re.DOTALL))
ROWS = 12_000

_PROGRAM = """
    INSERT INTO program (id, version, created_at, updated_at, created_by, alliance, code, name, name_folded, valid_from, note)
    SELECT gen_random_uuid(), 1, now(), now(), 'officer', '25-2025', n, 'Chương trình', 'chuong trinh', '2023-01-01',
           CASE WHEN n % 3 > 0 THEN 'ghi chú ' || n END
      FROM generate_series(1, $1::int) AS n"""

_LAUNCHER = """
import sys
from alembic import command
from migrations.run import configuration
config = configuration("training", sys.argv[1])
config.set_main_option("version_locations", sys.argv[2])
command.upgrade(config, "head")
"""


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """A folder with the page's steps as the next ones of training."""
    before = head("training")
    assert len(re.findall(r'^kind = "(?:expand|contract)"$', "\n".join(STEPS.values()), re.MULTILINE)) == len(STEPS)
    for number, (name, body) in enumerate(STEPS.items(), 9001):
        named = f'revision = "training_{number}"\ndown_revision = "{before}"\n'
        start = f'"""{name}."""\n\nimport sqlalchemy as sa\nfrom alembic import op\n\n{named}\n\n'
        (tmp_path / f"{number}_{name}.py").write_text(start + body, encoding="utf-8")
        before = f"training_{number}"
    return tmp_path


@pytest.fixture
async def url(databases: Databases) -> AsyncIterator[str]:
    """A database of training with programs, two of three with a note."""
    async with databases.clone("training") as address:
        connection = await asyncpg.connect(address)
        await connection.execute(_PROGRAM, ROWS)
        await connection.close()
        yield address


def configured(url: str, history: Path) -> Config:
    config = configuration("training", url)
    config.set_main_option("version_locations", f"{FOLDER / 'training' / 'versions'}\n{history}")
    return config


async def value(url: str, sql: str) -> Any:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def test_the_steps_of_the_page_rename_a_column_and_add_an_index_and_go_back(url: str, history: Path) -> None:
    assert list(STEPS) == ["expand", "backfill", "contract", "index"]
    config = configured(url, history)
    await asyncio.to_thread(command.upgrade, config, "head")
    assert await value(url, "SELECT count(*) FROM program WHERE remarks = 'ghi chú ' || code") == ROWS * 2 // 3
    assert await value(url, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix_program_valid_from'::regclass")
    await asyncio.to_thread(command.downgrade, config, head("training") or "")
    assert await value(url, "SELECT count(*) FROM program WHERE note = 'ghi chú ' || code") == ROWS * 2 // 3
    assert await value(url, "SELECT to_regclass('ix_program_valid_from')") is None


@pytest.mark.platform
async def test_who_waits_for_a_turn_does_not_hold_up_an_index_that_is_built_beside_the_writers(
    url: str, history: Path
) -> None:
    """A statement that waits has a snapshot, and the index waits for whoever has one: each would wait for the other."""
    places = configured(url, history).get_main_option("version_locations")
    launch = (sys.executable, "-c", _LAUNCHER, url, str(places))
    connection = await asyncpg.connect(url)
    await connection.execute("SELECT pg_advisory_lock(hashtext('vca migrations'))")
    launchers = [await asyncio.create_subprocess_exec(*launch, cwd=ROOT) for _ in range(2)]
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'vca migrations'"
    while await connection.fetchval(waiting) < len(launchers):  # noqa: ASYNC110 - other processes set no event
        await asyncio.sleep(0.05)
    await connection.close()
    assert [await launcher.wait() for launcher in launchers] == [0, 0]
    assert await value(url, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'ix_program_valid_from'::regclass")
