"""Bring a service's database to the newest step of its history."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg

from kernel.database.connections import Database, check_version, connect

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = Path(__file__).parent
_STEP = re.compile(r'^revision = "(\w+)"\ndown_revision = (?:None|"(\w+)")$', re.MULTILINE)
_KIND = re.compile(r'^kind = "(\w+)"$', re.MULTILINE)
# In one statement: steps may be taken while it is asked.
_STEPS = "SELECT step, kind, (SELECT version_num FROM alembic_version) AS stands_at FROM schema_step ORDER BY ordinal"


class AheadError(Exception):
    """A database has taken steps that this version does not know and cannot work with."""

    def __init__(self, service: str, newest: str, steps: list[str]) -> None:
        self.service, self.newest, self.steps = service, newest, steps
        super().__init__(f"{service} stands beyond {newest}: {', '.join(steps)}")


def services() -> list[str]:
    """Return the services that have a history, in alphabetical order."""
    return sorted(path.parent.name for path in FOLDER.glob("*/versions"))


def head(service: str) -> str | None:
    """Return the newest step of the history of `service`, or None if it has no step yet.

    Read from the files' text: it costs a millisecond where importing Alembic costs half a second.
    """
    steps = _history(service)
    newest = steps.keys() - set(steps.values())
    if len(newest) > 1:
        raise RuntimeError(f"the history of {service} has two ends: {', '.join(sorted(newest))}")
    return newest.pop() if newest else None


def _texts(service: str) -> list[str]:
    return [path.read_text(encoding="utf-8") for path in (FOLDER / service / "versions").glob("*.py")]


def _history(service: str) -> dict[str, str | None]:
    """Return the steps that the files hold, each with the one before it."""
    return {match[1]: match[2] for match in map(_STEP.search, _texts(service)) if match}


def pending(service: str, database_url: str) -> dict[str, str]:
    """Return the steps that `upgrade` would apply, in order, each with its kind; to be called outside an event loop.

    None of a database that is ahead, or that has no step at all: that is a start, not an upgrade.
    """
    kinds = {
        match[1]: kind[1] if (kind := _KIND.search(text)) else "contract"
        for text in _texts(service)
        if (match := _STEP.search(text))
    }
    before, stands = _history(service), asyncio.run(current(database_url))
    step, lacking = head(service), list[str]()
    while step is not None and step != stands:
        lacking.append(step)
        step = before[step]
    return {} if step is None else {name: kinds[name] for name in reversed(lacking)}


async def current(database_url: str) -> str | None:
    """Return the step the database stands at, or None if it has none. Raises DatabaseRefusedError."""
    connection = await connect(database_url)
    try:
        check_version(connection)
        step: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
        return step
    except asyncpg.UndefinedTableError:
        return None
    finally:
        await connection.close()


async def stands_at(db: Database, newest: str | None) -> str:
    """Return "ok", or which step the database stands at where `newest` is needed; for a service's readiness.

    A database that is ahead by steps that only expand is "ok": the version before works on it (docs/migrations.md).
    """
    step = await db.fetchval("SELECT version_num FROM alembic_version")
    if step == newest:
        return "ok"
    try:
        beyond = _beyond(await db.fetch(_STEPS), newest)
    except asyncpg.UndefinedTableError:
        beyond = None
    if beyond is None:
        return f"stands at {step}, {newest} is needed"
    contracts = [name for name, kind in beyond.items() if kind != "expand"]
    return (
        f"stands at {step}, beyond {newest} by {', '.join(contracts)}: a newer version is needed" if contracts else "ok"
    )


def _beyond(steps: Sequence[Any], newest: str | None) -> dict[str, str] | None:
    """Return the steps that were taken after `newest`, with their kinds; None where it was not taken."""
    kinds = {row["step"]: row["kind"] for row in steps}
    names = list(kinds)
    if newest not in kinds or names[-1] != steps[-1]["stands_at"]:
        return None
    return {name: kinds[name] for name in names[names.index(newest) + 1 :]}


async def _steps_beyond(database_url: str, newest: str | None) -> dict[str, str] | None:
    connection = await connect(database_url)
    try:
        return _beyond(await connection.fetch(_STEPS), newest)
    except asyncpg.UndefinedTableError:
        return None
    finally:
        await connection.close()


def upgrade(service: str, database_url: str) -> None:
    """Apply every step of `service` that the database at `database_url` lacks; return at once if it lacks none.

    Blocking, and to be called outside an event loop (inside one: `asyncio.to_thread`). Two processes at once take
    turns; in one process, one at a time. A database that a newer version expanded is left as it is.
    Raises ValueError for a service without a history, AheadError for a database that a newer version contracted.
    """
    if service not in services():
        raise ValueError(f"{service} has no history; those that have: {', '.join(services())}")
    step, newest = asyncio.run(current(database_url)), head(service)
    if step == newest:
        return
    if newest is not None and step is not None and step not in _history(service):
        beyond = asyncio.run(_steps_beyond(database_url, newest)) or {step: "unknown"}
        if contracts := [name for name, kind in beyond.items() if kind != "expand"]:
            raise AheadError(service, newest, contracts)
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
