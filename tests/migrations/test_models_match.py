"""Models and migrations never differ, and every step can be taken back."""

from __future__ import annotations

import asyncio
import importlib
import sys
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from alembic import command

from migrations.run import FOLDER, configuration, current, downgrade, head, services, upgrade
from tests.support.databases import Databases

SERVICES = services()
_OWN = {"alembic_version", "schema_step"}
"""Tables that steps keep for themselves."""


def test_every_service_with_tables_has_a_history() -> None:
    folder = FOLDER.parent / "services"
    assert (
        sorted(path.parent.name for path in folder.glob("*/models*") if path.name in ("models", "models.py"))
        == SERVICES
    )


@pytest.fixture
async def empty(databases: Databases) -> Any:
    """A database without a table."""
    await databases.run("CREATE DATABASE migrations_test TEMPLATE template0")
    yield databases.server.url("migrations_test")
    await databases.run("DROP DATABASE migrations_test WITH (FORCE)")


@pytest.mark.parametrize("service", SERVICES)
async def test_the_migrated_database_is_what_the_models_say(service: str, empty: str) -> None:
    await asyncio.to_thread(upgrade, service, empty)
    assert await current(empty) == head(service)
    # Raises if autogenerate would write anything.
    await asyncio.to_thread(command.check, configuration(service, empty))


@pytest.mark.parametrize("service", SERVICES)
async def test_a_history_goes_down_to_nothing_and_up_again(service: str, empty: str) -> None:
    await asyncio.to_thread(upgrade, service, empty)
    await asyncio.to_thread(downgrade, service, empty, "base")
    tables = await _tables(empty)
    assert tables == _OWN
    await asyncio.to_thread(upgrade, service, empty)
    models = importlib.import_module(f"services.{service}.models")
    assert await _tables(empty) == {*_OWN, *models.metadata.tables}


async def _tables(url: str) -> set[str]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    finally:
        await connection.close()
    return {row["tablename"] for row in rows}


@pytest.mark.platform
@pytest.mark.parametrize("service", ["registry"])  # The lock is the launcher's: it knows no service.
async def test_two_launchers_at_once_take_turns(service: str, empty: str) -> None:
    command = f"from migrations.run import upgrade; upgrade({service!r}, {empty!r})"
    launchers = [await asyncio.create_subprocess_exec(sys.executable, "-c", command, cwd=FOLDER.parent) for _ in "ab"]
    assert [await launcher.wait() for launcher in launchers] == [0, 0]
    assert await current(empty) == head(service)


@pytest.mark.parametrize("service", SERVICES)
async def test_a_database_at_its_newest_step_is_left_alone(
    service: str, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    import alembic.command

    async with databases.clone(service) as url:
        monkeypatch.setattr(alembic.command, "upgrade", lambda *_: pytest.fail("Alembic was asked for nothing"))
        await asyncio.to_thread(upgrade, service, url)
        assert await current(url) == head(service)


@pytest.mark.parametrize("service", SERVICES)
def test_every_step_gives_up_waiting_for_a_lock(service: str) -> None:
    steps = list((FOLDER / service / "versions").glob("*.py"))
    assert steps
    for step in steps:
        text = Path(step).read_text(encoding="utf-8")
        assert text.count("SET LOCAL lock_timeout") == 2, step.name


def test_a_service_without_a_history_is_named() -> None:
    with pytest.raises(ValueError, match="nowhere has no history; those that have: "):
        upgrade("nowhere", "postgresql://localhost/none")
