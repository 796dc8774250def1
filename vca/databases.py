"""One database a service, on our own server or on one that is given, and two roles: its owner, and the service's.

The owner makes and changes the tables (migrations, a restore); the service's role works on their rows. So what a service can
be made to do, it cannot rewrite the audit: see migrations/grants.py.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import asyncpg

from kernel.database.connections import DatabaseRefusedError, check_version, connect
from kernel.storage.keys import write_whole
from migrations.grants import grant, grant_in, may_rewrite_audit
from vca.errors import Refusal
from vca.postgres import EmbeddedPostgres
from vca.services import SERVICES, Service
from vca.settings import given_database, given_owner, own_database

if TYPE_CHECKING:
    from migrations.run import AheadError

# A forgotten transaction would hold every feed back; the tasks that may be long say so themselves.
_ROLE_SETTINGS = {"idle_in_transaction_session_timeout": "60s", "transaction_timeout": "15min"}
# On our own server the owner is nobody who signs in: the server's own user works as it.
_AS_OWNER = " ".join(f"-c {name}={value}" for name, value in _ROLE_SETTINGS.items())

_REASSIGNING_SECONDS, _LOCK_SECONDS = 60.0, 5


@dataclass(frozen=True)
class Served:
    """A service's database and where databases of its server are made and renamed. `owner`: whose they are to be.

    `owner_url`: the same database as its owner, who may change tables; `url`, where there is no other.
    """

    url: str
    database: str
    maintenance_url: str
    owner: str | None
    owner_url: str

    @property
    def role(self) -> str:
        """The role that the service signs in as."""
        return unquote(urlsplit(self.url).username or "")

    @property
    def has_owner(self) -> bool:
        """Say whether the tables belong to another role than the service's."""
        return self.owner_url != self.url


def served(urls: dict[str, str], server: EmbeddedPostgres | None) -> dict[str, Served]:
    """Return what is needed to put another database in a service's place."""
    databases = {}
    for service in SERVICES:
        if service.name not in urls:
            continue
        url = urls[service.name]
        database = urlsplit(url).path.lstrip("/")
        owner_url = owner_url_of(service.name, url, server)
        if server is not None:
            each = Served(url, database, server.url("postgres"), service.owner, owner_url)
        else:
            each = Served(url, database, on_database(owner_url, "postgres"), None, owner_url)
        databases[service.name] = each
    return databases


def owner_url_of(service: str, url: str, server: EmbeddedPostgres | None) -> str:
    """Return the address of the service's database, which it reaches by `url`, as the owner of its tables."""
    if server is not None:
        database = urlsplit(url).path.lstrip("/")
        return f"{server.url(database)}?options={quote(f'-c role=vca_{service}_owner {_AS_OWNER}')}"
    given = given_owner(service)
    if given is None:
        return url
    # That of one service may name the database too; that of all names a server.
    is_own = given_owner(service, of_all=False) is not None
    return given if is_own else on_database(given, urlsplit(url).path.lstrip("/"))


def ahead_of(service: str, ahead: AheadError) -> Refusal:
    """Return the refusal of a database that only a newer version can work with."""
    steps = ", ".join(ahead.steps)
    return Refusal(
        f"Cơ sở dữ liệu {service} đã qua {steps}, phiên bản này chỉ biết đến {ahead.newest}: hãy chạy phiên bản mới hơn, "
        "hoặc khôi phục bản sao lưu của phiên bản này.",
        f"The database of {service} has taken {steps}, this version knows no more than {ahead.newest}: run the newer "
        "version, or restore a backup of this one.",
    )


def migrate(databases: dict[str, Served], say: Callable[[str], None]) -> None:
    """Bring databases to their newest step as their owners, and let the services work in them.

    Raises Refusal for one that only a newer version can work with.
    """
    from migrations.run import AheadError, upgrade

    for name, each in databases.items():
        say(f"cơ sở dữ liệu {name} / database of {name}")
        try:
            upgrade(name, each.owner_url)
        except AheadError as ahead:
            raise ahead_of(name, ahead) from None
        except DatabaseRefusedError as refused:
            raise Refusal(refused.vi, refused.en) from None
        if each.has_owner:
            asyncio.run(grant(each.owner_url, each.role))
    open_audits = [name for name, each in databases.items() if asyncio.run(may_rewrite_audit(each.url))]
    if open_audits:
        names = ", ".join(open_audits)
        say(
            f"Nhật ký của {names} chỉ được trigger bảo vệ: vai trò của dịch vụ cũng là chủ các bảng; hãy đặt VCA_MIGRATION_URL"
            f" / only triggers guard the audit of {names}: the service's role owns the tables; set VCA_MIGRATION_URL"
        )


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


async def admit(connection: asyncpg.Connection[asyncpg.Record], database: str, role: str) -> None:
    """Let nobody but `role` (and the owner) into a database."""
    await connection.execute(f'REVOKE ALL ON DATABASE "{database}" FROM PUBLIC')
    await connection.execute(f'GRANT CONNECT, TEMPORARY ON DATABASE "{database}" TO "{role}"')


# The databases that hold something which is still the service's own, as before there were owners.
_OWNED_BY = """
    SELECT DISTINCT d.datname FROM pg_shdepend s
      JOIN pg_database d ON d.oid = s.dbid OR (s.classid = 'pg_database'::regclass AND s.objid = d.oid)
     WHERE s.refclassid = 'pg_authid'::regclass AND s.refobjid = $1::text::regrole AND s.deptype = 'o' ORDER BY 1"""


async def _take_over(url: str, service: Service) -> None:
    """Have all that the service's role owns in a database belong to its owner, all or nothing. Raises Refusal.

    Services of before may be running; they go on, with what is granted to them in the same transaction.
    """
    connection, end = await connect(url), time.monotonic() + _REASSIGNING_SECONDS
    try:
        while True:
            try:
                async with connection.transaction():
                    await connection.execute(f"SET LOCAL lock_timeout = '{_LOCK_SECONDS}s'")
                    await connection.execute(f"REASSIGN OWNED BY {service.database} TO {service.owner}")
                    database = await connection.fetchval("SELECT current_database()")
                    await admit(connection, database, service.database)
                    await connection.execute(f"SET LOCAL ROLE {service.owner}")
                    await grant_in(connection, service.database)
                return
            except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
                if time.monotonic() > end:
                    raise Refusal(
                        f"Cơ sở dữ liệu của {service.name} đang có việc dài; hãy chạy lại sau.",
                        f"Somebody works long in the database of {service.name}; run this again later.",
                    ) from None
    finally:
        await connection.close()


async def _ensure_own(server: EmbeddedPostgres) -> dict[str, str]:
    passwords = _passwords(server.folder / "roles.json")
    # However slow the server is, a statement with a password in it is logged nowhere.
    connection = await connect(server.url("postgres"), log_min_duration_statement="-1")
    try:
        if server.counts_statements:
            await connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        for service in SERVICES:
            name, password = service.database, passwords[service.name]
            if not await _exists(connection, "pg_roles", "rolname", name):
                await connection.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{password}'")
                for setting, value in _ROLE_SETTINGS.items():
                    await connection.execute(f"ALTER ROLE {name} SET {setting} = '{value}'")
            if not await _exists(connection, "pg_roles", "rolname", service.owner):
                await connection.execute(f"CREATE ROLE {service.owner} NOLOGIN")
            if not await _exists(connection, "pg_database", "datname", name):
                await connection.execute(f"CREATE DATABASE {name} OWNER {service.owner} TEMPLATE template0")
                await admit(connection, name, name)
            for database in [row[0] for row in await connection.fetch(_OWNED_BY, name)]:
                await _take_over(server.url(database), service)
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
    given = given_owner(service.name) or url
    try:
        connection = await connect(given)
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise Refusal(
            f"Không nối được cơ sở dữ liệu của {service.name}: {error}.",
            f"The database of {service.name} cannot be reached: {error}.",
        ) from None
    try:
        check_version(connection)
        if own_database(service.name) is None:
            url = on_database(url, service.database)
            if not await _exists(connection, "pg_database", "datname", service.database):
                await connection.execute(f"CREATE DATABASE {service.database} TEMPLATE template0")
    except DatabaseRefusedError as refused:
        raise Refusal(refused.vi, refused.en) from None
    finally:
        await connection.close()
    await _refuse_tables_of_service(service, url)
    return url


_HAS_TABLES = "SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = 'public' AND tableowner = $1)"


async def _refuse_tables_of_service(service: Service, url: str) -> None:
    """Raise Refusal where an owner is set, and the tables still belong to the service's role."""
    owner_url = owner_url_of(service.name, url, None)
    if owner_url == url:
        return
    connection = await connect(owner_url)
    role = unquote(urlsplit(url).username or "")
    try:
        is_theirs = await connection.fetchval(_HAS_TABLES, role)
        owner = await connection.fetchval("SELECT current_user")
    finally:
        await connection.close()
    if is_theirs and owner != role:
        database = urlsplit(url).path.lstrip("/")
        sql = f'REASSIGN OWNED BY "{role}" TO "{owner}"'
        raise Refusal(
            f"Các bảng của {database} vẫn thuộc vai trò của dịch vụ; người quản trị máy chủ hãy chạy trong {database}: {sql}",
            f"The tables of {database} still belong to the service's role; let the server's administrator run in {database}: {sql}",
        )


def ensure(server: EmbeddedPostgres | None, only: str | None = None) -> dict[str, str]:
    """Return the address of each service's database, made where it was missing; `only`: of one. Raises Refusal."""

    async def ensure_given() -> dict[str, str]:
        return {service.name: await _ensure_given(service) for service in SERVICES if only in (None, service.name)}

    if server is None:
        return asyncio.run(ensure_given())
    urls = asyncio.run(_ensure_own(server))
    return {name: url for name, url in urls.items() if only in (None, name)}
