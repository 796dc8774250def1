"""What a version makes of a database that a newer one has upgraded: the newer one's steps are not among its files."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from alembic import command
from alembic.config import Config

from kernel.database.connections import Database
from migrations.run import FOLDER, AheadError, configuration, current, downgrade, head, stands_at, upgrade
from tests.support.databases import Databases
from vca import backups
from vca.databases import Served, migrate
from vca.errors import Refusal
from vca.postgres import binaries

_STEP = '''"""made for a test."""

import sqlalchemy as sa
from alembic import op

revision = "training_{number}"
down_revision = "{before}"
{kind}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("program", sa.Column("added_{number}", sa.String(), nullable=True))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("program", "added_{number}")
'''
EXPAND, CONTRACT = 'kind = "expand"', 'kind = "contract"'


@pytest.fixture
async def url(databases: Databases) -> AsyncIterator[str]:
    async with databases.clone("training") as address:
        yield address


def newer(folder: Path, url: str, *kinds: str) -> Config:
    """Return the configuration of a newer version, whose history has a step more for each of `kinds`."""
    before = head("training")
    for number, kind in enumerate(kinds, 9001):
        text = _STEP.format(number=number, before=before, kind=kind)
        (folder / f"{number}_made.py").write_text(text, encoding="utf-8")
        before = f"training_{number}"
    config = configuration("training", url)
    config.set_main_option("version_locations", f"{FOLDER / 'training' / 'versions'}\n{folder}")
    return config


async def readiness(url: str) -> str:
    db = Database(url, size=1)
    await db.open()
    try:
        return await stands_at(db, head("training"))
    finally:
        await db.close()


async def test_a_database_that_was_only_expanded_serves_the_version_before(url: str, tmp_path: Path) -> None:
    await asyncio.to_thread(command.upgrade, newer(tmp_path, url, EXPAND, EXPAND), "head")
    assert await current(url) == "training_9002"
    assert await readiness(url) == "ok"
    await asyncio.to_thread(upgrade, "training", url)
    assert await current(url) == "training_9002"


async def test_a_database_that_was_contracted_is_refused_by_name(url: str, tmp_path: Path) -> None:
    await asyncio.to_thread(command.upgrade, newer(tmp_path, url, EXPAND, CONTRACT, EXPAND), "head")
    newest = head("training")
    assert await readiness(url) == (
        f"stands at training_9003, beyond {newest} by training_9002: a newer version is needed"
    )
    with pytest.raises(AheadError, match="training_9002"):
        await asyncio.to_thread(upgrade, "training", url)
    with pytest.raises(Refusal) as refused:
        await asyncio.to_thread(migrate, {"training": Served(url, "", "", None, url)}, lambda _: None)
    assert refused.value.vi.startswith(
        f"Cơ sở dữ liệu training đã qua training_9002, phiên bản này chỉ biết đến {newest}:"
    )
    assert refused.value.en.startswith(
        f"The database of training has taken training_9002, this version knows no more than {newest}:"
    )
    assert await current(url) == "training_9003"


async def test_a_step_that_does_not_say_what_it_is_counts_as_contract(url: str, tmp_path: Path) -> None:
    await asyncio.to_thread(command.upgrade, newer(tmp_path, url, ""), "head")
    assert "beyond" in await readiness(url)


async def test_a_database_behind_is_not_ready(url: str) -> None:
    await asyncio.to_thread(downgrade, "training", url, "training_0011")
    assert await readiness(url) == f"stands at training_0011, {head('training')} is needed"


async def test_a_step_that_nobody_knows_is_refused(url: str) -> None:
    await _run(url, "UPDATE alembic_version SET version_num = 'training_x'")
    assert await readiness(url) == f"stands at training_x, {head('training')} is needed"
    with pytest.raises(AheadError, match="training_x"):
        await asyncio.to_thread(upgrade, "training", url)


async def test_a_database_of_before_the_journal_is_told_apart_from_its_next_upgrade_on(
    url: str, tmp_path: Path
) -> None:
    await _run(url, "DROP TABLE schema_step")
    assert await readiness(url) == "ok"
    config = newer(tmp_path, url, EXPAND)
    await asyncio.to_thread(command.upgrade, config, "head")
    assert await readiness(url) == "ok"
    # A version of before the journal went back, and said nothing of it.
    await asyncio.to_thread(command.downgrade, config, head("training") or "")
    await _run(url, "INSERT INTO schema_step VALUES (900, 'training_9001', 'contract')")
    await asyncio.to_thread(command.upgrade, config, "head")
    assert await readiness(url) == "ok"


async def test_taking_a_step_back_takes_it_out_of_the_journal(url: str, tmp_path: Path) -> None:
    config = newer(tmp_path, url, CONTRACT)
    await asyncio.to_thread(command.upgrade, config, "head")
    await asyncio.to_thread(command.downgrade, config, head("training") or "")
    assert await readiness(url) == "ok"


@pytest.mark.platform
async def test_two_launchers_of_the_newer_version_write_the_journal_once(url: str, tmp_path: Path) -> None:
    await _run(url, "DROP TABLE schema_step")
    places = newer(tmp_path, url, EXPAND, EXPAND).get_main_option("version_locations")
    program = (
        "import sys; from alembic import command; from migrations.run import configuration;"
        "config = configuration('training', sys.argv[1]); config.set_main_option('version_locations', sys.argv[2]);"
        "command.upgrade(config, 'head')"
    )
    launch = (sys.executable, "-c", program, url, str(places))
    launchers = [await asyncio.create_subprocess_exec(*launch, cwd=FOLDER.parent) for _ in "ab"]
    assert [await launcher.wait() for launcher in launchers] == [0, 0]
    assert await readiness(url) == "ok"


async def test_the_journal_goes_with_a_backup(url: str, databases: Databases, tmp_path: Path) -> None:
    await asyncio.to_thread(command.upgrade, newer(tmp_path, url, CONTRACT), "head")
    dump = tmp_path / "training.dump"
    await asyncio.to_thread(backups.run, [str(binaries() / "pg_dump"), "--format=custom", f"--file={dump}", url])
    await databases.run("CREATE DATABASE ahead_restored TEMPLATE template0")
    try:
        restored = databases.server.url("ahead_restored")
        await asyncio.to_thread(
            backups.run, [str(binaries() / "pg_restore"), "--no-owner", f"--dbname={restored}", str(dump)]
        )
        assert "beyond" in await readiness(restored)
    finally:
        await databases.run("DROP DATABASE ahead_restored WITH (FORCE)")


async def _run(url: str, sql: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()
