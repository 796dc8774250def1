"""The sandbox's databases as they were in the beginning: kept as templates beside them, and put back from these."""

from __future__ import annotations

import asyncio

import asyncpg

from kernel.database.connections import connect
from kernel.feed.changes import renew
from kernel.records import table_of
from services.identity import models
from vca.databases import Served, ensure, on_database, served
from vca.postgres import EmbeddedPostgres
from vca.restoring import alone, beside, create, settle, swap
from vca.sandbox.places import changing, first_day, set_day
from vca.settings import Place

_SEED = "_seed"


def keep(databases: dict[str, Served]) -> None:
    """Copy each database as it is now; who uses it is cut off for a moment."""
    for each in databases.values():
        asyncio.run(_keep(each))


async def _keep(each: Served) -> None:
    async with alone(each.maintenance_url, [each.database]):
        await create(each, each.database + _SEED, template=each.database)


def put_back(place: Place) -> None:
    """Put data and day back to the beginning. Feeds begin a new life; who is signed in stays so."""
    server = EmbeddedPostgres(place.home)
    port = server.running_port()
    assert port is not None, place.home
    server.port = port
    with changing(place):
        databases = served(ensure(server), server)
        # What one left that was killed.
        settle(place.home, databases)
        swap(place.home, databases, lambda service, each: asyncio.run(_lay_out(service, each)))
        set_day(place, first_day(place))


async def _lay_out(service: str, each: Served) -> None:
    await create(each, beside(each), template=each.database + _SEED)
    connection = await connect(on_database(each.owner_url, beside(each)))
    try:
        await renew(connection)
        if service == "identity":
            await _keep_signed_in(each, connection)
    finally:
        await connection.close()


# Of the accounts $1, sessions before what refers to them.
_SESSION, _REFRESH_TOKEN = table_of(models.SignInSession).name, table_of(models.RefreshToken).name
_SIGNED_IN = {
    _SESSION: "account_id = ANY($1)",
    _REFRESH_TOKEN: f"session_id IN (SELECT id FROM {_SESSION} WHERE account_id = ANY($1))",  # noqa: S608  a name of ours
}


async def _keep_signed_in(each: Served, new: asyncpg.Connection[asyncpg.Record]) -> None:
    """Take the sign-ins of accounts that the seed has over, and what they were given: a test's browser goes on."""
    old = await connect(each.url)
    try:
        accounts = [row["id"] for row in await new.fetch("SELECT id FROM account")]
        for table, of_seed in _SIGNED_IN.items():
            rows = await old.fetchval(
                f"SELECT coalesce(json_agg(t), '[]')::text FROM {table} t WHERE {of_seed}",  # noqa: S608  names of ours
                accounts,
            )
            await new.execute(f"DELETE FROM {table}")  # noqa: S608  a name of ours
            taken_over = f"SELECT * FROM json_populate_recordset(NULL::{table}, $1::text::json)"  # noqa: S608  as above
            await new.execute(f"INSERT INTO {table} {taken_over}", rows)
    finally:
        await old.close()
