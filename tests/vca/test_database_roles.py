"""Two roles a database: the service adds to the audit and reads it, and nothing else; whose the tables are, it is not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from kernel.database.connections import connect
from migrations.grants import may_rewrite_audit
from migrations.run import upgrade
from vca import databases, maintenance
from vca.databases import Served
from vca.errors import Refusal
from vca.postgres import EmbeddedPostgres
from vca.services import SERVICES

pytestmark = pytest.mark.faults

_ENTRY = "INSERT INTO audit (id, action, actor) VALUES (gen_random_uuid(), 'x.read', 'somebody')"
REFUSED = (
    "UPDATE audit SET actor = 'nobody'",
    "DELETE FROM audit",
    "TRUNCATE audit",
    "ALTER TABLE audit DISABLE TRIGGER ALL",
    "ALTER TABLE audit DISABLE TRIGGER audit_append_only",
    "DROP TRIGGER audit_append_only ON audit",
    "CREATE TRIGGER none BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE RULE none AS ON INSERT TO audit DO INSTEAD NOTHING",
    "DROP TABLE audit CASCADE",
    "ALTER TABLE audit RENAME TO other",
    "ALTER TABLE audit OWNER TO {role}",
    "ALTER TABLE audit ALTER COLUMN actor TYPE text USING 'nobody'",
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
    "DROP FUNCTION refuse_change() CASCADE",
    "SET session_replication_role = replica",
    "SET ROLE {role}_owner",
    "CREATE TABLE other (id int)",
    "DROP SCHEMA public CASCADE",
    "DROP DATABASE {role}",
    "UPDATE alembic_version SET version_num = 'other'",
)
ALLOWED = (
    _ENTRY,
    "SELECT count(*) FROM audit",
    "INSERT INTO change (id, type, resource_type, resource_id, resource_version, alliance, changed) "
    "VALUES (gen_random_uuid(), 'x.created', 'x', gen_random_uuid(), 1, '25-2025', '{}')",
    "UPDATE feed_epoch SET epoch = epoch",
    "DELETE FROM idempotency_key",
    "LISTEN changed",
    "CREATE TEMPORARY TABLE own (id int)",
    "SELECT * FROM alembic_version",
)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedPostgres]:
    monkeypatch.setenv("VCA_HOME", str(tmp_path))
    for name in ("VCA_DATABASE_URL", "VCA_MIGRATION_URL"):
        monkeypatch.delenv(name, raising=False)
    with EmbeddedPostgres(tmp_path, quick=True) as running:
        yield running


def run(url: str, *statements: str) -> None:
    async def run_all() -> None:
        connection = await connect(url)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(run_all())


def ask(url: str, sql: str) -> Any:
    async def fetch() -> Any:
        connection = await connect(url)
        try:
            return await connection.fetchval(sql)
        finally:
            await connection.close()

    return asyncio.run(fetch())


def migrated(server: EmbeddedPostgres | None) -> tuple[dict[str, Served], list[str]]:
    said: list[str] = []
    served = databases.served(databases.ensure(server), server)
    databases.migrate(served, said.append)
    return served, [line for line in said if "audit" in line]


def look_at(each: Served, role: str) -> None:
    """See that a service may work on rows, add to the audit and read it; and nothing else."""
    run(each.url, *ALLOWED)
    for statement in REFUSED:
        with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.ObjectInUseError)):
            run(each.url, statement.format(role=role))
    # PostgreSQL warns, and gives nothing.
    run(each.url, f"GRANT UPDATE ON audit TO {role}")
    assert not asyncio.run(may_rewrite_audit(each.url))


def test_a_service_can_add_to_the_audit_and_not_rewrite_it(server: EmbeddedPostgres) -> None:
    served, lines = migrated(server)
    assert lines == []
    for service in SERVICES:
        look_at(served[service.name], service.database)
    # Their owner is held back by the trigger, as everyone was before.
    with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
        run(served["funds"].owner_url, "DELETE FROM audit")
    # A table that a later step makes is the service's to work on at once.
    run(served["funds"].owner_url, "CREATE TABLE later (id int GENERATED ALWAYS AS IDENTITY, name text)")
    run(
        served["funds"].url, "INSERT INTO later (name) VALUES ('x')", "UPDATE later SET name = 'y'", "DELETE FROM later"
    )
    # Once more: nothing is left to do.
    served, _ = migrated(server)
    look_at(served["registry"], "vca_registry")


def test_limits_of_a_session_hold_for_both_roles(server: EmbeddedPostgres) -> None:
    served, _ = migrated(server)
    for url in (served["registry"].url, served["registry"].owner_url):
        assert ask(url, "SHOW transaction_timeout") == "15min"
        assert ask(url, "SHOW idle_in_transaction_session_timeout") == "1min"


def test_a_database_of_before_is_taken_over_while_its_service_works(server: EmbeddedPostgres) -> None:
    # As it was: the service's role owns the database and its tables.
    served = databases.served(databases.ensure(server), server)
    each = served["registry"]
    run(
        server.url("postgres"),
        "DROP DATABASE vca_registry",
        "CREATE DATABASE vca_registry OWNER vca_registry TEMPLATE template0",
        "REVOKE ALL ON DATABASE vca_registry FROM PUBLIC",
    )
    upgrade("registry", each.url)
    run(each.url, _ENTRY, "ALTER TABLE audit DISABLE TRIGGER ALL", "ALTER TABLE audit ENABLE TRIGGER ALL")
    assert asyncio.run(may_rewrite_audit(each.url))

    async def take_over_meanwhile() -> int:
        service, rounds = await connect(each.url), 0
        taking = asyncio.create_task(asyncio.to_thread(lambda: migrated(server)))
        while not taking.done():
            await service.execute(_ENTRY)
            rounds += 1
        assert (await taking)[1] == []
        await service.execute(_ENTRY)
        await service.close()
        return rounds

    assert asyncio.run(take_over_meanwhile()) > 0
    look_at(each, "vca_registry")
    assert ask(
        server.url("vca_registry"), "SELECT datdba::regrole::text FROM pg_database WHERE datname = 'vca_registry'"
    ) == ("vca_registry_owner")
    assert ask(
        each.owner_url, "SELECT string_agg(DISTINCT tableowner, ' ') FROM pg_tables WHERE schemaname = 'public'"
    ) == ("vca_registry_owner")


def test_a_restore_keeps_the_roles_apart(server: EmbeddedPostgres, tmp_path: Path) -> None:
    served, _ = migrated(server)
    run(served["funds"].url, _ENTRY)
    file = tmp_path / "backup.tar"
    maintenance.backup(file)
    maintenance.restore(file, replace=True)
    look_at(served["funds"], "vca_funds")
    look_at(served["identity"], "vca_identity")


def given(server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch, *, owner: bool) -> None:
    """Set a server of the user's own, with one role for the services and, where asked, one for the tables."""
    service, tables = (
        server.url("postgres").replace("//postgres:", f"//{name}:") for name in ("office", "office_owner")
    )
    password = service.partition("office:")[2].partition("@")[0]
    for role in ("office", "office_owner"):
        right = "" if role == "office" and owner else "CREATEDB"
        if ask(server.url("postgres"), f"SELECT count(*) FROM pg_roles WHERE rolname = '{role}'") == 0:
            run(server.url("postgres"), f"CREATE ROLE {role} LOGIN {right} PASSWORD '{password}'")
    monkeypatch.setenv("VCA_DATABASE_URL", service)
    if owner:
        monkeypatch.setenv("VCA_MIGRATION_URL", tables)


def test_on_a_given_server_two_settings_keep_the_roles_apart(
    server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    given(server, monkeypatch, owner=True)
    served, lines = migrated(None)
    assert lines == []
    for statement in REFUSED:
        with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.ObjectInUseError)):
            run(served["funds"].url, statement.format(role="office").replace("DATABASE office", "DATABASE vca_funds"))
    run(served["funds"].url, *ALLOWED)
    file = tmp_path / "backup.tar"
    maintenance.backup(file)
    maintenance.restore(file, replace=True)
    run(served["funds"].url, *ALLOWED)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        run(served["funds"].url, "DELETE FROM audit")


def test_one_role_is_told_that_only_triggers_guard_the_audit_and_a_second_asks_for_the_tables(
    server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(server, monkeypatch, owner=False)
    served, lines = migrated(None)
    (line,) = lines
    assert "only triggers guard the audit of identity, registry, funds, training, reporting" in line
    assert "VCA_MIGRATION_URL" in line
    with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
        run(served["funds"].url, _ENTRY, "DELETE FROM audit")
    given(server, monkeypatch, owner=True)
    with pytest.raises(Refusal) as refused:
        migrated(None)
    sql = refused.value.en.rpartition("run in ")[2]
    assert sql == 'vca_identity: REASSIGN OWNED BY "office" TO "office_owner"'
    for service in SERVICES:
        run(server.url(service.database), sql.partition(": ")[2])
    served, lines = migrated(None)
    assert lines == []
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        run(served["funds"].url, "DELETE FROM audit")
