"""Roles and databases of the services on a server that is given, made by the owner of the tables where they are missing."""

from __future__ import annotations

import asyncio
from urllib.parse import unquote, urlsplit

import asyncpg

from kernel.database.connections import connect
from vca.databases import admit, on_database
from vca.errors import Refusal
from vca.services import SERVICES, Service
from vca.settings import given_owner, own_database

_ROLE = "SELECT format('CREATE ROLE %I LOGIN PASSWORD %L', $1::text, $2::text)"
_TIMEOUT = "SELECT format('ALTER ROLE %I SET idle_in_transaction_session_timeout = ''60s''', $1::text)"
_DATABASE = "SELECT format('CREATE DATABASE %I TEMPLATE template0', $1::text)"
_HAS_ROLE = "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)"
_HAS_DATABASE = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)"


def ensure_roles(only: str | None) -> None:
    """Have the role and the database that VCA_DATABASE_URL_<SERVICE> names, where VCA_MIGRATION_URL says who may make them.

    Raises Refusal.
    """
    for service in SERVICES:
        url = own_database(service.name)
        owner = given_owner(service.name)
        if url and owner and only in (None, service.name):
            asyncio.run(_ensure(service, url, owner))


async def _ensure(service: Service, url: str, owner: str) -> None:
    parts = urlsplit(url)
    role, password, database = unquote(parts.username or ""), unquote(parts.password or ""), parts.path.lstrip("/")
    try:
        connection = await connect(on_database(owner, "postgres"))
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise Refusal(
            f"Không nối được máy chủ cơ sở dữ liệu của {service.name}: {error}.",
            f"The database server of {service.name} cannot be reached: {error}.",
        ) from None
    try:
        if not await connection.fetchval(_HAS_ROLE, role):
            await connection.execute(await connection.fetchval(_ROLE, role, password))
            await connection.execute(await connection.fetchval(_TIMEOUT, role))
        if not await connection.fetchval(_HAS_DATABASE, database):
            await connection.execute(await connection.fetchval(_DATABASE, database))
            await admit(connection, database, role)
    except asyncpg.InsufficientPrivilegeError as error:
        raise Refusal(
            f"Chủ các bảng không được tạo vai trò {role} hay cơ sở dữ liệu {database} ({error}); hãy tạo trước.",
            f"The owner may not make the role {role} or the database {database} ({error}); make them first.",
        ) from None
    finally:
        await connection.close()
