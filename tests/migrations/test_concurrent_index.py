"""An index that is built beside the writers: its migration is killed midway, and run again."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from migrations.run import FOLDER, configuration, current, head
from tests.support.databases import Databases

_STEP = '''"""programs by their first day."""

from alembic import op

from migrations.ddl import build_index, drop_index

revision = "training_9001"
down_revision = "{before}"
kind = "expand"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    build_index("ix_program_valid_from", "program", ["valid_from"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    drop_index("ix_program_valid_from")
'''
_LAUNCHER = """
import sys
from alembic import command
from migrations.run import configuration
config = configuration("training", sys.argv[1])
config.set_main_option("version_locations", sys.argv[2])
getattr(command, sys.argv[3])(config, sys.argv[4])
"""
_VALID = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('ix_program_valid_from')"
_END_MIGRATION = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'vca migrations'"
_PROGRAM = """
    INSERT INTO program (id, version, created_at, updated_at, created_by, alliance, code, name, name_folded, valid_from)
    VALUES (gen_random_uuid(), 1, now(), now(), 'officer', '25-2025', 'k', 'Chương trình', 'chuong trinh', '2023-01-01')"""


@pytest.fixture
async def url(databases: Databases) -> AsyncIterator[str]:
    async with databases.clone("training") as address:
        yield address


@pytest.mark.platform
async def test_a_build_that_was_killed_is_done_again_while_others_write(url: str, tmp_path: Path) -> None:
    (tmp_path / "9001_index.py").write_text(_STEP.format(before=head("training")), encoding="utf-8")
    places = f"{FOLDER / 'training' / 'versions'}\n{tmp_path}"

    async def launch(command: str, to: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-c", _LAUNCHER, url, places, command, to, cwd=FOLDER.parent
        )

    writer, looking = await asyncpg.connect(url), await asyncpg.connect(url)
    transaction = writer.transaction()
    await transaction.start()
    await writer.execute(_PROGRAM)
    midway = await launch("upgrade", "head")
    # It waits for the writer of before, with an index that is there and not valid.
    while await looking.fetchval(_VALID) is None:  # noqa: ASYNC110 - other processes set no event
        await asyncio.sleep(0.02)
    midway.kill()
    await midway.wait()
    # A server that is busy learns late that its client is gone; killed by the machine, both go at once.
    await looking.execute(_END_MIGRATION)
    assert await looking.fetchval(_VALID) is False
    assert await current(url) == head("training")
    await transaction.commit()

    again = await launch("upgrade", "head")
    writes = 0
    while again.returncode is None:
        await looking.execute("UPDATE program SET valid_from = valid_from + 1")
        writes += 1
        await asyncio.sleep(0.01)
    assert again.returncode == 0
    assert writes > 10
    assert await looking.fetchval(_VALID) is True
    assert await current(url) == "training_9001"

    back = await launch("downgrade", head("training") or "")
    assert await back.wait() == 0
    assert await looking.fetchval("SELECT to_regclass('ix_program_valid_from')") is None
    await writer.close()
    await looking.close()


async def test_one_that_was_built_before_the_step_was_noted_is_kept(url: str, tmp_path: Path) -> None:
    """The step broke off between its index and its place in the history."""
    from alembic import command

    (tmp_path / "9001_index.py").write_text(_STEP.format(before=head("training")), encoding="utf-8")
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE INDEX ix_program_valid_from ON program (valid_from)")
    built = await connection.fetchval("SELECT 'ix_program_valid_from'::regclass::oid")
    config = configuration("training", url)
    config.set_main_option("version_locations", f"{FOLDER / 'training' / 'versions'}\n{tmp_path}")
    await asyncio.to_thread(command.upgrade, config, "head")
    assert await connection.fetchval("SELECT 'ix_program_valid_from'::regclass::oid") == built
    assert await current(url) == "training_9001"
    await connection.close()
