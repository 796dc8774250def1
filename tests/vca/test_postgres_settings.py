"""Our own PostgreSQL by settings: each is looked at, and what it may open is reckoned before anything starts."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import asyncpg
import pytest

from kernel.database.connections import connect
from vca import connection_budget
from vca.errors import Refusal
from vca.postgres import EmbeddedPostgres, reason_of
from vca.postgres_settings import PostgresSettings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VCA_POSTGRES_SHARED_BUFFERS", "lots"),
        ("VCA_POSTGRES_SHARED_BUFFERS", "1MB"),
        ("VCA_POSTGRES_SHARED_BUFFERS", "128MB'\nlisten_addresses = '*"),
        ("VCA_POSTGRES_MAX_CONNECTIONS", "5"),
        ("VCA_POSTGRES_MAX_CONNECTIONS", "many"),
        ("VCA_POSTGRES_START_SECONDS", "0"),
        ("VCA_POSTGRES_SLOW_MS", "-2"),
        ("VCA_POSTGRES_SLOW_MS", "1.5"),
    ],
)
def test_a_setting_that_is_none_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(Refusal, match=rf"{name}=") as refused:
        PostgresSettings.from_environment()
    assert refused.value.vi != refused.value.en


async def _ask(server: EmbeddedPostgres, *statements: str) -> list[object]:
    connection = await connect(server.url("postgres"))
    try:
        return [await connection.fetchval(statement) for statement in statements]
    finally:
        await connection.close()


def test_the_server_runs_as_it_is_set_and_logs_what_is_slow_without_its_values(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VCA_POSTGRES_SHARED_BUFFERS", "24MB")
    monkeypatch.setenv("VCA_POSTGRES_MAX_CONNECTIONS", "45")
    monkeypatch.setenv("VCA_POSTGRES_SLOW_MS", "50")
    with EmbeddedPostgres(tmp_path, quick=True) as server:
        assert server.counts_statements
        shown = asyncio.run(_ask(server, "SHOW shared_buffers", "SHOW max_connections"))
        assert shown == ["24MB", "45"]
        asyncio.run(_slow_and_refused(server))
        log = (tmp_path / "postgres" / "postgres.log").read_text()
    assert re.search(r"duration: .*pg_sleep", log)
    assert "duplicate key" in log
    assert "Nguyễn Văn A" not in log
    assert "0912345678" not in log


async def _slow_and_refused(server: EmbeddedPostgres) -> None:
    connection = await connect(server.url("postgres"))
    await connection.execute("CREATE TABLE person (name text, phone text PRIMARY KEY)")
    await connection.execute("INSERT INTO person VALUES ($1, $2)", "Nguyễn Văn A", "0912345678")
    with pytest.raises(asyncpg.UniqueViolationError):
        await connection.execute("INSERT INTO person VALUES ($1, $2)", "Nguyễn Văn A", "0912345678")
    await connection.fetchval("SELECT $1::text FROM pg_sleep(0.1)", "Nguyễn Văn A")
    await connection.execute("CREATE EXTENSION pg_stat_statements")
    assert await connection.fetchval("SELECT count(*) FROM pg_stat_statements WHERE query LIKE 'INSERT INTO person%'")
    await connection.close()


def test_more_connections_than_a_server_gives_are_refused_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    with EmbeddedPostgres(tmp_path, buffers="16MB", quick=True) as server:
        urls = {name: server.url("postgres") for name in ("identity", "registry", "funds", "training", "reporting")}
        connection_budget.check(urls, said.append)
        needed = connection_budget.needed(5, connection_budget.DEFAULT_POOL)
        assert said == [f"kết nối: tối đa {needed} trong 157 / connections: {needed} of 157 at most"]
        monkeypatch.setenv("VCA_POOL_SIZE", "40")
        with pytest.raises(Refusal, match="VCA_POSTGRES_MAX_CONNECTIONS"):
            connection_budget.check(urls, said.append)


def test_a_cluster_that_cannot_be_made_says_why_and_not_what_was_done_then() -> None:
    full = """2026-11-30 20:18:34.201 UTC [24967] FATAL:  could not write to file "pg_wal/xlogtemp.24967": No space left on device
child process exited with exit code 1
initdb: removing contents of data directory "/srv/vca/postgres/data"
"""
    assert reason_of(full) == 'could not write to file "pg_wal/xlogtemp.24967": No space left on device'
    assert reason_of("initdb: error: invalid locale\ninitdb: hint: See the manual.\n") == "invalid locale"
    assert reason_of("") == "initdb"
