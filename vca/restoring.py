"""Restoring a backup: everything is checked and laid out beside the old data, then swapped in.

The databases change their names in one transaction. Killed before it, the old data is whole, and whoever comes next (`vca
up`, `vca restore`) throws away what was laid out; killed after it, whoever comes next does the steps that are left, each of
which may be repeated. (Of databases on several servers, each server has a transaction of its own.)
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from kernel.database.connections import connect
from kernel.feed.changes import rebase
from kernel.storage.keys import write_whole
from migrations.grants import grant
from vca.backups import KEYS, Backup, read, run, without_password
from vca.databases import Served, admit, on_database
from vca.encryption import Identities
from vca.errors import Refusal
from vca.keys import check_keys
from vca.postgres import binaries

_FIRST_KEY = re.compile(r"[a-z]+\.key")
_BESIDE, _REPLACED = "_restoring", "_replaced"


def _folder(home: Path) -> Path:
    return home / "restore"


def _laid_out(home: Path) -> Path:
    return _folder(home) / "new"


def _journal(home: Path) -> Path:
    return _folder(home) / "journal.json"


def restore(
    file: Path,
    home: Path,
    served: dict[str, Served],
    *,
    running: bool,
    identities: Identities | None = None,
) -> None:
    """Replace all data by what a backup holds; every feed begins a new life. Raises Refusal, and then nothing changed."""
    settle(home, served)
    throw_away(home, served)
    try:
        backup = read(file, _laid_out(home), identities)
        if running and (later := [service for service in served if service not in backup.services]):
            raise Refusal(
                f"Bản sao lưu làm khi chưa có dịch vụ {', '.join(later)}; hãy dừng vca up rồi khôi phục.",
                f"The backup was made before there was {', '.join(later)}; stop vca up, then restore.",
            )
        if running and (changed := _other_keys(home)):
            raise Refusal(
                f"Bản sao lưu có khóa khác ({changed}); hãy dừng vca up rồi khôi phục.",
                f"The backup has another key ({changed}); stop vca up, then restore.",
            )

        def lay_out(service: str, each: Served) -> None:
            _lay_out(each, _dump(home, backup, service))
            _check_keys(home, backup, service, each)

        swap(home, served, lay_out)
    except BaseException:
        settle(home, served)
        raise


def swap(home: Path, served: dict[str, Served], lay_out: Callable[[str, Served], None]) -> None:
    """Have a new database laid out beside each of these (`beside` names it), then give all of them the old ones' names."""
    _folder(home).mkdir(exist_ok=True)
    for service, each in served.items():
        lay_out(service, each)
    write_whole(_journal(home), json.dumps([*served]).encode(), replace=True)
    _finish(home, served)


def beside(served: Served) -> str:
    """Return what a database is called until it takes the place of this one."""
    return served.database + _BESIDE


def is_cut_off(home: Path) -> bool:
    """Say whether a restore of this home was killed and left something to settle."""
    return _folder(home).exists()


def settle(home: Path, served: dict[str, Served]) -> None:
    """Do what a killed restore left: the rest of a swap that has happened, else away with what was laid out for it."""
    if _journal(home).exists() and not asyncio.run(_all_laid_out(_named(home, served))):
        _finish(home, served)
    elif _folder(home).exists():
        throw_away(home, served)


def throw_away(home: Path, served: dict[str, Served]) -> None:
    """Remove what stands beside the data: new, where nothing was swapped; old, where everything was."""
    # First: without it nothing is swapped any more.
    _journal(home).unlink(missing_ok=True)
    for each in served.values():
        for suffix in (_BESIDE, _REPLACED):
            asyncio.run(_drop(each, each.database + suffix))
    shutil.rmtree(_folder(home), ignore_errors=True)


def _named(home: Path, served: dict[str, Served]) -> dict[str, Served]:
    return {service: served[service] for service in json.loads(_journal(home).read_text())}


def _finish(home: Path, served: dict[str, Served]) -> None:
    swapped = _named(home, served)
    for step in STEPS:
        step(home, swapped)


def _other_keys(home: Path) -> str | None:
    """Return the first key that is another one in the backup than here, where services have it in use.

    A first one that is not here, as it was put away, is another too: services that run know no more than its marks.
    """
    for path in _keys_laid_out(home):
        here = home / KEYS / path
        if not here.exists():
            if _FIRST_KEY.fullmatch(str(path)):
                return path.name
        elif here.read_bytes() != (_laid_out(home) / KEYS / path).read_bytes():
            return path.name
    return None


def _keys_laid_out(home: Path) -> list[Path]:
    """Return the keys of the backup, those that were put away as well, by their place among the keys."""
    folder = _laid_out(home) / KEYS
    return sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())


def _dump(home: Path, backup: Backup, service: str) -> Path | None:
    """Return where a service's dump is; None of one that the backup is older than."""
    return _laid_out(home) / f"{service}.dump" if service in backup.services else None


def _check_keys(home: Path, backup: Backup, service: str, served: Served) -> None:
    """Raise Refusal where the keys that the new database would be served with are not those that it was used with."""
    try:
        check_keys(_laid_out(home) if backup.has_keys else home, {service: on_database(served.url, beside(served))})
    except Refusal as refused:
        if backup.has_keys:
            raise
        raise Refusal(
            f"Bản sao lưu không kèm khóa, và {home / KEYS} không có đúng khóa của dữ liệu ấy; hãy chép các khóa của hệ thống "
            "đã sao lưu vào đó rồi khôi phục lại, chưa có gì bị thay đổi.",
            f"The backup was made without keys, and {home / KEYS} has not the keys of its data; copy the keys of the "
            "deployment that was backed up there, then restore again; nothing was changed.",
        ) from refused


def _lay_out(served: Served, dump: Path | None) -> None:
    """Have the new database: of a dump, or an empty one, which the next start fills with tables."""
    asyncio.run(create(served, beside(served)))
    if dump is None:
        return
    url = on_database(served.owner_url, beside(served))
    address, environment = without_password(url)
    run(
        [
            str(binaries() / "pg_restore"),
            "--no-owner",
            "--no-acl",
            "--exit-on-error",
            "--single-transaction",
            f"--dbname={address}",
            str(dump),
        ],
        environment,
    )
    if served.has_owner:
        asyncio.run(grant(url, served.role))
    asyncio.run(_begin_new_life(url))


async def _all_laid_out(several: dict[str, Served]) -> bool:
    """Say whether every new database still stands beside the old one."""
    for each in several.values():
        async with _maintenance(each) as connection:
            if not await connection.fetchval(_IS_THERE, each.database + _BESIDE):
                return False
    return True


@contextlib.asynccontextmanager
async def _maintenance(served: Served) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    connection = await connect(served.maintenance_url)
    try:
        yield connection
    finally:
        await connection.close()


async def create(served: Served, name: str, template: str = "template0") -> None:
    """Make a database of this name for the same owner, as a copy of `template`. Raises Refusal."""
    await _drop(served, name)
    async with _maintenance(served) as connection:
        owner = f" OWNER {served.owner}" if served.owner else ""
        try:
            await connection.execute(f'CREATE DATABASE "{name}"{owner} TEMPLATE "{template}"')
        except asyncpg.InsufficientPrivilegeError:
            raise Refusal(
                f"Cơ sở dữ liệu được khôi phục bên cạnh dữ liệu cũ: hãy cấp quyền CREATEDB cho vai trò của {served.database}.",
                f"A database is restored beside the old one: grant CREATEDB to the role of {served.database}.",
            ) from None
        if served.owner:
            await admit(connection, name, served.role)


async def _drop(served: Served, name: str) -> None:
    async with _maintenance(served) as connection:
        await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


async def _begin_new_life(url: str) -> None:
    connection = await connect(url)
    try:
        await rebase(connection)
    finally:
        await connection.close()


def _take_files(home: Path, swapped: dict[str, Served]) -> None:
    # Beside those that are there: a file has the name of its content, so the old data loses nothing by it.
    for path in sorted((_laid_out(home) / "files").rglob("*")):
        if path.is_file():
            target = home / path.relative_to(_laid_out(home))
            target.parent.mkdir(parents=True, exist_ok=True)
            # Their rows come with the next step: as new, they are none that a service takes for left behind until then.
            path.touch()
            path.replace(target)


def _swap_databases(home: Path, swapped: dict[str, Served]) -> None:
    by_server: dict[str, list[Served]] = {}
    for each in swapped.values():
        by_server.setdefault(urlsplit(each.maintenance_url).netloc, []).append(each)
    for several in by_server.values():
        asyncio.run(_rename(several))


_IS_THERE = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)"
_END_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = ANY($1::text[]) AND pg_has_role(usesysid, 'USAGE')"""


async def _rename(several: list[Served]) -> None:
    """Give the new databases of one server the old ones' names, all or none."""
    names = [name for each in several for name in (each.database, each.database + _BESIDE)]
    async with alone(several[0].maintenance_url, names) as connection, connection.transaction():
        for each in several:
            if not await connection.fetchval(_IS_THERE, each.database + _BESIDE):
                continue
            if await connection.fetchval(_IS_THERE, each.database):
                await connection.execute(f'ALTER DATABASE "{each.database}" RENAME TO "{each.database}{_REPLACED}"')
            await connection.execute(f'ALTER DATABASE "{each.database}{_BESIDE}" RENAME TO "{each.database}"')


@contextlib.asynccontextmanager
async def alone(maintenance_url: str, names: list[str]) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    """Lend a connection of a server to rename or copy these databases on, while all who use them are cut off.

    Raises Refusal where somebody whom we may not end uses them.
    """
    connection, other = await connect(maintenance_url), await connect(maintenance_url)

    async def end_others() -> None:
        # A renaming or a copy waits some seconds for those who use the database; new ones wait for it.
        while True:
            await other.execute(_END_OTHERS, names)
            await asyncio.sleep(0.05)

    ending = asyncio.create_task(end_others())
    try:
        yield connection
    except asyncpg.ObjectInUseError:
        raise Refusal(
            "Cơ sở dữ liệu đang có người khác dùng; hãy dừng họ rồi khôi phục lại, chưa có gì bị thay đổi.",
            "Others are using the databases; stop them, then restore again. Nothing was changed.",
        ) from None
    finally:
        ending.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await ending
        await connection.close()
        await other.close()


def _take_keys(home: Path, swapped: dict[str, Served]) -> None:
    for path in _keys_laid_out(home):
        write_whole(home / KEYS / path, (_laid_out(home) / KEYS / path).read_bytes(), replace=True)


STEPS: tuple[Callable[[Path, dict[str, Served]], None], ...] = (_take_files, _swap_databases, _take_keys, throw_away)
