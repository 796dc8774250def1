"""Bring a service's database to the newest step of its history."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg

from kernel.database.connections import Database, connect

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = Path(__file__).parent
_STEP = re.compile(r'^revision = "(\w+)"\ndown_revision = (?:None|"(\w+)")$', re.MULTILINE)


def services() -> list[str]:
    """Return the services that have a history, in alphabetical order."""
    return sorted(path.parent.name for path in FOLDER.glob("*/versions"))


def head(service: str) -> str | None:
    """Return the newest step of the history of `service`, or None if it has no step yet.

    Read from the files' text: it costs a millisecond where importing Alembic costs half a second.
    """
    texts = [path.read_text(encoding="utf-8") for path in (FOLDER / service / "versions").glob("*.py")]
    steps = {match[1]: match[2] for match in map(_STEP.search, texts) if match}
    newest = steps.keys() - set(steps.values())
    if len(newest) > 1:
        raise RuntimeError(f"the history of {service} has two ends: {', '.join(sorted(newest))}")
    return newest.pop() if newest else None


async def current(database_url: str) -> str | None:
    """Return the step the database stands at, or None if it has none."""
    connection = await connect(database_url)
    try:
        step: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
        return step
    except asyncpg.UndefinedTableError:
        return None
    finally:
        await connection.close()


async def stands_at(db: Database, newest: str | None) -> str:
    """Return "ok", or which step the database stands at where `newest` is needed; for a service's readiness."""
    step = await db.fetchval("SELECT version_num FROM alembic_version")
    return "ok" if step == newest else f"stands at {step}, {newest} is needed"


def upgrade(service: str, database_url: str) -> None:
    """Apply every step of `service` that the database at `database_url` lacks; return at once if it lacks none.

    Blocking, and to be called outside an event loop (inside one: `asyncio.to_thread`). Two processes at once take
    turns; in one process, one at a time.
    Raises ValueError for a service without a history.
    """
    if service not in services():
        raise ValueError(f"{service} has no history; those that have: {', '.join(services())}")
    if asyncio.run(current(database_url)) == head(service):
        return
    from alembic import command

    command.upgrade(configuration(service, database_url), "head")


def downgrade(service: str, database_url: str, step: str) -> None:
    """Go back to `step` ("base": nothing). For development; blocking like `upgrade`."""
    from alembic import command

    command.downgrade(configuration(service, database_url), step)


def configuration(service: str, database_url: str) -> Config:
    """Return Alembic's configuration for the history of `service`, on that database."""
    from alembic.config import Config

    config = Config()
    for option, value in {
        "script_location": str(FOLDER),
        "version_locations": str(FOLDER / service / "versions"),
        "path_separator": "newline",
    }.items():
        config.set_main_option(option, value.replace("%", "%%"))
    # Not main options: a password may hold what their parser would interpolate.
    config.attributes.update(service=service, database_url=database_url)
    return config
