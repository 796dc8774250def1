"""What a service's role may do in its database: rows, not tables; and of the audit, add and read only.

The tables belong to another role (vca/databases.py): their owner could switch triggers off, or drop them.
"""

from __future__ import annotations

import asyncpg

from kernel.database.connections import connect

ADDED_TO_ONLY = ("audit", "audit_day", "erasure")
"""Tables whose rows a service adds and reads, and can neither change nor remove, not even with its triggers off."""
_READ_ONLY = ("alembic_version", "schema_step")

# What the owner cannot give (tables that somebody else made by hand) stays as it is.
_OWN = """
    SELECT relname, relkind = 'S' AS is_sequence FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S')
       AND pg_has_role(relowner, 'USAGE') ORDER BY relname"""

_MAY_REWRITE = """
    SELECT rolsuper OR has_table_privilege('audit', 'UPDATE, DELETE, TRUNCATE, TRIGGER')
           OR pg_has_role((SELECT relowner FROM pg_class WHERE oid = 'audit'::regclass), 'MEMBER')
      FROM pg_roles WHERE rolname = current_user"""


async def grant(owner_url: str, role: str) -> None:
    """Let `role` work on every table that there is, and on those yet to come. Changes nothing where it owns them itself."""
    connection = await connect(owner_url)
    try:
        async with connection.transaction():
            if await connection.fetchval("SELECT current_user = $1", role):
                return
            await grant_in(connection, role)
    finally:
        await connection.close()


async def grant_in(connection: asyncpg.Connection[asyncpg.Record], role: str) -> None:
    """Do so as the owner, inside a transaction of `connection`: nobody sees the audit open to changes meanwhile."""
    to = _quoted(role)
    # Two at once would change the same rows of the catalogue.
    await connection.execute("SELECT pg_advisory_xact_lock(hashtext('vca grants'))")
    rows = await connection.fetch(_OWN)
    tables = ", ".join(_quoted(row["relname"]) for row in rows if not row["is_sequence"])
    sequences = ", ".join(_quoted(row["relname"]) for row in rows if row["is_sequence"])
    present = {row["relname"] for row in rows}
    statements = [
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        f"GRANT USAGE ON SCHEMA public TO {to}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {to}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, USAGE, UPDATE ON SEQUENCES TO {to}",
        *([f"GRANT SELECT, INSERT, UPDATE, DELETE ON {tables} TO {to}"] if tables else []),
        *([f"GRANT SELECT, USAGE, UPDATE ON {sequences} TO {to}"] if sequences else []),
        *(f"REVOKE UPDATE, DELETE ON {table} FROM {to}" for table in ADDED_TO_ONLY if table in present),
        *(f"REVOKE INSERT, UPDATE, DELETE ON {table} FROM {to}" for table in _READ_ONLY if table in present),
    ]
    for statement in statements:
        await connection.execute(statement)


async def may_rewrite_audit(url: str) -> bool:
    """Say whether the role of `url` could change the audit: only triggers, which it may switch off, stand in its way."""
    connection = await connect(url)
    try:
        return bool(await connection.fetchval(_MAY_REWRITE))
    finally:
        await connection.close()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
