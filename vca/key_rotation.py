"""`vca keys rotate`: a new key for what a service seals, and all that older keys sealed sealed anew, while services run.

Killed at any moment nothing is lost: both keys are there, each value says which one opens it, and the next run goes on. Keys
that come from a setting are made by no command: the first of the setting is the new one. `vca keys retire` puts the first
key of all away, of which only what makes marks remains.
"""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import asyncpg
import typer

from kernel.database.connections import connect
from kernel.storage.keyring import PREFIX_BYTES, KeyRing, later_key, number_of, record_given
from kernel.storage.keys import write_whole
from vca.errors import Refusal
from vca.key_use import (
    SEALED_COLUMNS,
    SETTLED_HOURS,
    SealedColumns,
    ServiceKeys,
    is_settled,
    seals_anything,
    service_keys,
    values_of_the_first,
)
from vca.keys import check_keys
from vca.maintenance import database_urls
from vca.settings import Place

_BATCH = 500
# The folder's time of change has the grain of the kernel's clock: who looked in the same moment looks again.
_GRAIN_SECONDS = 0.05
_MOST_PASSES = 50
_SETTLED_HOURS = 1
"""Longer than any transaction that may still write what it sealed with the key before."""


@dataclass(frozen=True)
class Rotated:
    """What a run did: the newest key's number, whether it is new, values sealed anew, keys that were put away, those kept.

    `setting`: the variable that gives the keys; `places`: which of its keys may be taken out, counted from 1.
    """

    number: int
    is_new: bool
    values: int
    retired: tuple[int, ...]
    kept: tuple[int, ...]
    setting: str | None = None
    places: tuple[int, ...] = ()


@asynccontextmanager
async def _alone(url: str, service: str) -> AsyncIterator[asyncpg.Connection[Any]]:
    connection = await connect(url)
    try:
        if not await connection.fetchval("SELECT pg_try_advisory_lock(hashtext('vca keys'))"):
            raise Refusal(f"Khóa của {service} đang được đổi.", f"The keys of {service} are being rotated already.")
        yield connection
    finally:
        await connection.close()


async def rotate(url: str, home: Path, service: str, *, batch: int = _BATCH) -> Rotated:
    """Have all of a service sealed with the newest key: with a new one, unless a run before has not finished. Raises Refusal."""
    async with _alone(url, service) as connection:
        keys = await service_keys(connection, home, service)
        if keys.ring.is_given:
            is_new = await _take_given(connection, keys)
        else:
            is_new = await _make(connection, keys)
        values = 0
        for _ in range(_MOST_PASSES):
            done = sum([await _seal_anew(connection, each, keys.ring, batch) for each in SEALED_COLUMNS[service]])
            values += done
            if not done:
                break
        keys = await service_keys(connection, home, service)
        retired = await _retire(connection, keys)
        numbers = [number_of(key) for key, _ in keys.later]
        (sealing,) = (number_of(key) for key, secret in keys.later if keys.is_sealing(secret))
        kept = tuple(number for number in numbers if number != sealing and number not in retired)
        places = [keys.place_of(secret) for key, secret in keys.later if number_of(key) in retired and keys.setting]
        return Rotated(sealing, is_new, values, tuple(retired), kept, keys.setting, tuple(places))


async def _make(connection: asyncpg.Connection[Any], keys: ServiceKeys) -> bool:
    """Have a new key in a file, unless a run before has not finished; return whether there is one."""
    if keys.setting is not None:
        raise _none_first(keys)
    await _record(connection, keys)
    if keys.ring.newest_prefix is not None and await _sealed_otherwise(connection, keys.service, keys.ring):
        return False
    number = max((number_of(key) for key, _ in keys.later), default=1) + 1
    key = later_key(keys.folder, keys.service, number)
    secret = key.make()
    await asyncio.sleep(_GRAIN_SECONDS)
    os.utime(keys.folder)
    await connection.execute(_RECORD, key.name, key.fingerprint(secret))
    return True


async def _take_given(connection: asyncpg.Connection[Any], keys: ServiceKeys) -> bool:
    """Have the database know the setting's first key; return whether anything is sealed otherwise, as after a new one."""
    if keys.ring.newest_prefix is None:
        raise _none_first(keys)
    await record_given(connection, keys.folder, keys.service, keys.known)
    return await _sealed_otherwise(connection, keys.service, keys.ring)


def _none_first(keys: ServiceKeys) -> Refusal:
    return Refusal(
        f"Khóa của {keys.service} đến từ {keys.setting}: hãy tự tạo khóa mới, đặt sau khóa cũ, khởi động lại mọi bản chạy, rồi đặt lên "
        "trước, khởi động lại và chạy lại lệnh này.",
        f"The key of {keys.service} comes from {keys.setting}: make a new one yourself, put it behind the old one, restart all copies, "
        "then put it before the old one, restart, and run this again.",
    )


_RECORD = "INSERT INTO key_fingerprint (name, fingerprint) VALUES ($1, $2) ON CONFLICT DO NOTHING"


async def _record(connection: asyncpg.Connection[Any], keys: ServiceKeys) -> None:
    """Have the database know every key that is there: from then on no service starts without it."""
    for key, secret in keys.later:
        await connection.execute(_RECORD, key.name, key.fingerprint(secret))


def _otherwise(column: str) -> str:
    return f"{column} IS NOT NULL AND substring({column} FROM 1 FOR {PREFIX_BYTES}) <> $1"


async def _sealed_otherwise(connection: asyncpg.Connection[Any], service: str, ring: KeyRing) -> bool:
    """Say whether anything is sealed with another key than the newest."""
    for each in SEALED_COLUMNS[service]:
        wanted = " OR ".join(f"({_otherwise(column)})" for column in each.columns)
        sql = f"SELECT EXISTS (SELECT FROM {each.table} WHERE {wanted})"  # noqa: S608  names are constants of the code
        if await connection.fetchval(sql, ring.newest_prefix):
            return True
    return False


async def _seal_anew(connection: asyncpg.Connection[Any], sealed: SealedColumns, ring: KeyRing, batch: int) -> int:
    """Go through a table once, a transaction a batch; return how many values were sealed anew.

    A value that somebody wrote meanwhile is left as they wrote it: it is theirs, and sealed with the newest key.
    """
    done = 0
    for column, field in sealed.columns.items():
        select = (
            f"SELECT {sealed.key}::text AS key, {column} AS value FROM {sealed.table} WHERE {_otherwise(column)} "  # noqa: S608  as above
            f"AND {sealed.key}::text > $2 ORDER BY {sealed.key}::text LIMIT $3"
        )
        update = f"UPDATE {sealed.table} SET {column} = $2 WHERE {sealed.key}::text = $1 AND {column} = $3"  # noqa: S608  as above
        if sealed.key == "id":
            select = select.replace("id::text > $2", "id > $2::uuid").replace("ORDER BY id::text", "ORDER BY id")
            update = update.replace("id::text = $1", "id = $1::uuid")
        last = "00000000-0000-0000-0000-000000000000" if sealed.key == "id" else ""
        while rows := await connection.fetch(select, ring.newest_prefix, last, batch):
            last = rows[-1]["key"]
            anew = await asyncio.to_thread(_anew, ring, field, [(row["key"], row["value"]) for row in rows])
            async with connection.transaction():
                await connection.executemany(update, anew)
            done += len(rows)
    return done


def _anew(ring: KeyRing, field: str, rows: Sequence[tuple[str, bytes]]) -> list[tuple[str, bytes, bytes]]:
    return [(key, ring.seal(field, ring.open(field, value)), value) for key, value in rows]


async def _retire(connection: asyncpg.Connection[Any], keys: ServiceKeys) -> list[int]:
    """Put away later keys that seal nothing any more, into `retired`, where no service looks; return their numbers.

    Of a setting the database forgets them: from then on a service starts without them.
    """
    retired = []
    (sealing,) = (key for key, secret in keys.later if keys.is_sealing(secret))
    successors = [*(key for key, _ in keys.later[1:]), sealing]
    for (key, secret), successor in zip(keys.later, successors, strict=True):
        if key.name == sealing.name or not await is_settled(connection, successor.name, _SETTLED_HOURS):
            continue
        if await seals_anything(connection, keys.service, secret):
            continue
        if keys.setting is None:
            _folder_of_retired(keys.folder)
        await connection.execute("DELETE FROM key_fingerprint WHERE name = $1", key.name)
        if keys.setting is None:
            key.path.replace(_folder_of_retired(keys.folder) / key.path.name)
        retired.append(number_of(key))
    return retired


def _folder_of_retired(folder: Path) -> Path:
    (folder / "retired").mkdir(mode=0o700, exist_ok=True)
    return folder / "retired"


async def retire_first(url: str, home: Path, service: str) -> str | None:
    """Put the first key of a service away; return the setting that keeps its marks, where keys come from settings.

    Killed at any moment the next run goes on: with the key there, all is as before. Raises Refusal where a value still names it.
    """
    async with _alone(url, service) as connection:
        keys = await service_keys(connection, home, service)
        first = keys.known.first
        if first is None:
            raise Refusal(f"Khóa đầu của {service} đã được cất.", f"The first key of {service} was put away already.")
        sealing = next((key for key, secret in keys.later if keys.is_sealing(secret)), None)
        if sealing is None:
            raise Refusal(
                f"Khóa đầu của {service} vẫn đang niêm phong; hãy chạy vca keys rotate {service} trước.",
                f"The first key of {service} still seals; run vca keys rotate {service} first.",
            )
        if values := await values_of_the_first(connection, keys):
            raise Refusal(
                f"Còn {values} giá trị của {service} niêm phong bằng khóa đầu; hãy chạy vca keys rotate {service} trước.",
                f"{values} values of {service} are sealed with the first key; run vca keys rotate {service} first.",
            )
        if not await is_settled(connection, sealing.name, SETTLED_HOURS[service]):
            hours = SETTLED_HOURS[service]
            raise Refusal(
                f"Khóa mới của {service} chưa dùng đủ {hours} giờ nên khóa đầu có thể còn cần; hãy chạy lại sau.",
                f"The new key of {service} has not been in use for {hours} hours, so the first may still be needed; run this later.",
            )
        return await _put_first_away(connection, keys, first)


async def _put_first_away(connection: asyncpg.Connection[Any], keys: ServiceKeys, first: bytes) -> str | None:
    marks = keys.sealed.marks_key(keys.key)
    left = keys.sealed.marks_of(first)
    if keys.setting is None:
        write_whole(marks.path, left, replace=True)
        _folder_of_retired(keys.folder)
    async with connection.transaction():
        await connection.execute(
            "INSERT INTO key_fingerprint (name, fingerprint) VALUES ($1, $2) "
            "ON CONFLICT (name) DO UPDATE SET fingerprint = excluded.fingerprint",
            marks.name,
            marks.fingerprint(left),
        )
        await connection.execute("DELETE FROM key_fingerprint WHERE name = $1", keys.key.name)
    if keys.setting is None:
        keys.key.path.replace(_folder_of_retired(keys.folder) / keys.key.path.name)
        return None
    return f"{marks.setting}={base64.urlsafe_b64encode(left).rstrip(b'=').decode()}"


def _check_service(service: str | None) -> None:
    if service is not None and service not in SEALED_COLUMNS:
        names = ", ".join(SEALED_COLUMNS)
        raise Refusal(f"Chỉ {names} có dữ liệu niêm phong.", f"Only {names} seal anything.")


def rotate_keys(service: Annotated[str | None, typer.Argument()] = None) -> None:
    """Đổi khóa niêm phong, cả khi dịch vụ đang chạy / seal with a new key, while services run or not."""
    _check_service(service)
    home = Path(Place.from_environment().home)
    with database_urls(service) as urls:
        # One that runs by itself is told of no other service's keys.
        check_keys(home, urls if service is None else {service: urls[service]})
        for name in SEALED_COLUMNS:
            if service in (None, name):
                _say(name, asyncio.run(rotate(urls[name], home, name)))


def _say(name: str, done: Rotated) -> None:
    new = "khóa mới / new key" if done.is_new else "làm nốt lần trước / finished the run before"
    away = f"; đã cất / put away: {', '.join(map(str, done.retired))}" if done.retired else ""
    if done.places:
        places = ", ".join(map(str, done.places))
        away = f"; bỏ được khỏi {done.setting} khóa thứ / may be taken out of {done.setting}, key {places}"
    kept = f"; còn giữ / kept: {', '.join(map(str, done.kept))}" if done.kept else ""
    typer.echo(f"{name}: {new} {done.number}, niêm phong lại / sealed anew: {done.values}{away}{kept}")


def retire_key(service: Annotated[str, typer.Argument()]) -> None:
    """Cất khóa đầu tiên, khi không còn gì niêm phong bằng nó / put the first key away, once nothing is sealed with it."""
    _check_service(service)
    home = Path(Place.from_environment().home)
    with database_urls(service) as urls:
        check_keys(home, {service: urls[service]})
        setting = asyncio.run(retire_first(urls[service], home, service))
    if setting is None:
        typer.echo(f"{service}: đã cất khóa đầu vào keys/retired / the first key is in keys/retired")
    else:
        typer.echo(
            f"{service}: hãy thêm thiết đặt dưới đây rồi mới bỏ khóa đầu / add this setting, then take the first key out"
        )
        typer.echo(setting)
