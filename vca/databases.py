"""One database and one role a service, on our own server or on one that is given."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from kernel.database.connections import connect
from kernel.storage.keys import write_whole
from vca.errors import Refusal
from vca.postgres import EmbeddedPostgres
from vca.services import SERVICES, Service
from vca.settings import given_database

# A forgotten transaction would hold every feed back; the tasks that may be long say so themselves.
_ROLE_SETTINGS = ("idle_in_transaction_session_timeout = '60s'", "transaction_timeout = '15min'")


@dataclass(frozen=True)
class Served:
    """A service's database and where databases of its server are made and renamed. `owner`: whose they are to be."""

    url: str
    database: str
    maintenance_url: str
    owner: str | None


def served(urls: dict[str, str], server: EmbeddedPostgres | None) -> dict[str, Served]:
    """Return what is needed to put another database in a service's place."""
    databases = {}
    for service in SERVICES:
        url = urls[service.name]
        maintenance = server.url("postgres") if server is not None else on_database(url, "postgres")
        owner = service.database if server is not None else None
        databases[service.name] = Served(url, urlsplit(url).path.lstrip("/"), maintenance, owner)
    return databases


def on_database(url: str, name: str) -> str:
    """Return `url` with another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


async def _exists(connection: asyncpg.Connection[asyncpg.Record], catalogue: str, column: str, name: str) -> bool:
    return bool(await connection.fetchval(f"SELECT EXISTS (SELECT FROM {catalogue} WHERE {column} = $1)", name))  # noqa: S608  names are constants of the code


def _passwords(path: Path) -> dict[str, str]:
    passwords: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    missing = [service.name for service in SERVICES if service.name not in passwords]
    if missing:
        passwords.update({name: secrets.token_urlsafe(24) for name in missing})
        write_whole(path, json.dumps(passwords).encode(), replace=True)
    return passwords


async def _ensure_own(server: EmbeddedPostgres) -> dict[str, str]:
    passwords = _passwords(server.folder / "roles.json")
    connection = await connect(server.url("postgres"))
    try:
        for service in SERVICES:
            name, password = service.database, passwords[service.name]
            if not await _exists(connection, "pg_roles", "rolname", name):
                await connection.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{password}'")
                for setting in _ROLE_SETTINGS:
                    await connection.execute(f"ALTER ROLE {name} SET {setting}")
            if not await _exists(connection, "pg_database", "datname", name):
                await connection.execute(f"CREATE DATABASE {name} OWNER {name} TEMPLATE template0")
                await connection.execute(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
    finally:
        await connection.close()
    return {
        service.name: f"postgresql://{service.database}:{quote(passwords[service.name])}@127.0.0.1:{server.port}/{service.database}"
        for service in SERVICES
    }


async def _ensure_given(service: Service) -> str:
    """Return the address of the service's database on a server that is given; make it if it is not there.

    `VCA_DATABASE_URL_<SERVICE>` names the database itself; `VCA_DATABASE_URL` a server where each service gets one.
    """
    url = given_database(service.name)
    if url is None:
        raise Refusal(
            f"Thiếu VCA_DATABASE_URL_{service.name.upper()}.", f"VCA_DATABASE_URL_{service.name.upper()} is missing."
        )
    try:
        connection = await connect(url)
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise Refusal(
            f"Không nối được cơ sở dữ liệu của {service.name}: {error}.",
            f"The database of {service.name} cannot be reached: {error}.",
        ) from None
    try:
        if os.environ.get(f"VCA_DATABASE_URL_{service.name.upper()}"):
            return url
        if not await _exists(connection, "pg_database", "datname", service.database):
            await connection.execute(f"CREATE DATABASE {service.database} TEMPLATE template0")
    finally:
        await connection.close()
    return on_database(url, service.database)


def ensure(server: EmbeddedPostgres | None) -> dict[str, str]:
    """Return the address of each service's database, made where it was missing. Raises Refusal."""

    async def ensure_given() -> dict[str, str]:
        return {service.name: await _ensure_given(service) for service in SERVICES}

    return asyncio.run(_ensure_own(server) if server is not None else ensure_given())
