"""How Alembic reaches a service's database: one connection, one history, a transaction a step.

Shared by all services. `migrations.run` names the service and passes the database's address in
`config.attributes`; no file holds it.
"""

from __future__ import annotations

import asyncio
import importlib
from typing import TYPE_CHECKING, Any, Literal

from alembic import context
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool
from sqlmodel.sql.sqltypes import AutoString

from kernel.database.connections import connect
from kernel.database.tables import Xid8
from migrations import journal

if TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext

# SQLAlchemy does not know the type by itself, and would take every feed for different from its model.
ischema_names["xid8"] = Xid8

# Two launchers may start on one database: the second waits for the first, then finds nothing left to do. It asks again
# and again: a statement that waits has a snapshot, and an index built CONCURRENTLY would wait for that in turn.
_TURN = "SELECT pg_try_advisory_lock(hashtext('vca migrations'))"


def _render_item(kind: str, item: Any, autogen_context: AutogenContext) -> str | Literal[False]:
    """Write SQLModel's text type and the feed's xid8 in words that need no model."""
    if kind == "type" and isinstance(item, AutoString):
        return "sa.String()"
    if kind == "type" and isinstance(item, Xid8):
        autogen_context.imports.add("from kernel.database.tables import Xid8")
        return "Xid8()"
    return False


def _is_of_the_models(item: Any, name: str | None, kind: str, reflected: bool, compared_to: Any) -> bool:
    """Leave the journal of the steps out of what is compared with the models."""
    return not (kind == "table" and name == journal.TABLE)


async def _run(metadata: MetaData, url: str) -> None:
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=lambda: connect(url, application_name="vca migrations"),
        poolclass=NullPool,
    )
    try:
        async with engine.connect() as connection:
            while not await connection.scalar(text(_TURN)):
                await connection.commit()
                await asyncio.sleep(0.1)
            await connection.commit()
            await connection.run_sync(_run_here, metadata)
    finally:
        await engine.dispose()


def _run_here(connection: Connection, metadata: MetaData) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        transaction_per_migration=True,
        compare_type=True,
        compare_server_default=True,
        render_item=_render_item,
        include_object=_is_of_the_models,
        on_version_apply=journal.record,
    )
    journal.catch_up(context.get_context(), context.script)
    with context.begin_transaction():
        context.run_migrations()


_attributes = context.config.attributes
_models = importlib.import_module(f"services.{_attributes['service']}.models")
asyncio.run(_run(_models.metadata, _attributes["database_url"]))
