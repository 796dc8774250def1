"""What a database says of its own steps, so that an older version can tell whether it may work on it.

An older version has no files of the steps that came after it. So each step leaves its kind (`expand` or `contract`,
docs/migrations.md) in the database, in the transaction that takes it. A database that is older than this journal gets the
steps of before from the files of whoever upgrades it next, who has them all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, text

if TYPE_CHECKING:
    from alembic.runtime.migration import MigrationContext, MigrationInfo
    from alembic.script import ScriptDirectory

TABLE = "schema_step"

_MAKE = text("""
    CREATE TABLE IF NOT EXISTS schema_step (
        ordinal integer NOT NULL,
        step text CONSTRAINT pk_schema_step PRIMARY KEY,
        kind text NOT NULL,
        applied_at timestamptz)""")
# Of what a version that knows no journal took or took back, nothing is known but that it is so: no instant.
_FORGET = text("DELETE FROM schema_step WHERE NOT step = ANY(:steps)")
_REMEMBER = text("""
    INSERT INTO schema_step (ordinal, step, kind) VALUES (:ordinal, :step, :kind)
        ON CONFLICT (step) DO UPDATE SET ordinal = excluded.ordinal, kind = excluded.kind""")
_TAKE = text("""
    INSERT INTO schema_step (ordinal, step, kind, applied_at)
    SELECT coalesce(max(ordinal), 0) + 1, :step, :kind, now() FROM schema_step""")
_TAKE_BACK = text("DELETE FROM schema_step WHERE step = :step")


def catch_up(context: MigrationContext, script: ScriptDirectory) -> None:
    """Have the journal say what the database's version says. Whoever calls has the turn to migrate."""
    connection = _connection(context)
    taken = list(script.iterate_revisions(context.get_current_heads(), "base"))[::-1]
    connection.execute(_MAKE)
    connection.execute(_FORGET, {"steps": [each.revision for each in taken]})
    for ordinal, each in enumerate(taken, 1):
        connection.execute(_REMEMBER, {"ordinal": ordinal, "step": each.revision, "kind": _kind_of(each)})
    connection.commit()


def record(ctx: MigrationContext, step: MigrationInfo, heads: Any, run_args: Any) -> None:
    """Note a step that is taken, or taken back, in its own transaction."""
    revision = step.up_revision
    if not step.is_upgrade:
        _connection(ctx).execute(_TAKE_BACK, {"step": step.up_revision_id})
    elif revision is not None:
        _connection(ctx).execute(_TAKE, {"step": revision.revision, "kind": _kind_of(revision)})


def _kind_of(step: Any) -> str:
    """Return what kind of step a migration's file says it is; one that does not say may be anything."""
    return str(getattr(step.module, "kind", "contract"))


def _connection(context: MigrationContext) -> Connection:
    assert context.connection is not None, "steps are never only written out"
    return context.connection
