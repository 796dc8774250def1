"""`vca keys rotate`: a new key for what a service seals, and all that older keys sealed sealed anew, while services run.

Killed at any moment nothing is lost: both keys are there, each value says which one opens it, and the next run goes on.
"""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import asyncpg
import typer

from kernel.database.connections import connect
from kernel.storage.keyring import PREFIX_BYTES, KeyRing, later_key, later_keys, prefix_of
from kernel.storage.keys import KeyFile, KeyRefused
from vca.errors import Refusal
from vca.keys import check_keys, keys_of
from vca.maintenance import database_urls
from vca.settings import Place

_BATCH = 500
# The folder's time of change has the grain of the kernel's clock: who looked in the same moment looks again.
_GRAIN_SECONDS = 0.05
_MOST_PASSES = 50


@dataclass(frozen=True)
class SealedColumns:
    """Where a service keeps what it sealed: column → the field that it is sealed for."""

    table: str
    key: str
    columns: Mapping[str, str]


_NUMBERS = {"phone_sealed": "phone", "id_number_sealed": "id_number"}
SEALED_COLUMNS: Mapping[str, tuple[SealedColumns, ...]] = {
    "identity": (
        SealedColumns("signing_key", "kid", {"private_sealed": "signing key"}),
        SealedColumns("second_factor", "account_id", {"secret_sealed": "second factor"}),
    ),
    "funds": (SealedColumns("borrower", "id", _NUMBERS),),
    "training": (SealedColumns("trainee", "id", _NUMBERS),),
}
_KEPT_ANSWERS = "SELECT EXISTS (SELECT FROM idempotency_key WHERE substring(body FROM 1 FOR $2) = $1)"
"""Identity keeps answers sealed for two days: the key that opens them stays as long."""


@dataclass(frozen=True)
class Rotated:
    """What a run did: the newest key's number, whether it is new, values sealed anew, keys that were put away, those kept."""

    number: int
    is_new: bool
    values: int
    retired: tuple[int, ...]
    kept: tuple[int, ...]


async def rotate(url: str, folder: Path, service: str, ring: KeyRing, *, batch: int = _BATCH) -> Rotated:
    """Have all of a service sealed with the newest key: with a new one, unless a run before has not finished. Raises Refusal."""
    connection = await connect(url)
    try:
        if not await connection.fetchval("SELECT pg_try_advisory_lock(hashtext('vca keys'))"):
            raise Refusal(f"Khóa của {service} đang được đổi.", f"The keys of {service} are being rotated already.")
        await _record(connection, folder, service)
        is_new = ring.newest_prefix is None or not await _sealed_otherwise(connection, service, ring)
        if is_new:
            numbers = [_number(key) for key in later_keys(folder, service)]
            later_key(folder, service, max(numbers, default=1) + 1).make()
            await asyncio.sleep(_GRAIN_SECONDS)
            os.utime(folder)
            await _record(connection, folder, service)
        values = 0
        for _ in range(_MOST_PASSES):
            done = sum([await _seal_anew(connection, each, ring, batch) for each in SEALED_COLUMNS[service]])
            values += done
            if not done:
                break
        retired = await _retire(connection, folder, service)
        numbers = [_number(key) for key in later_keys(folder, service)]
        return Rotated(numbers[-1], is_new, values, tuple(retired), tuple(numbers[:-1]))
    finally:
        await connection.close()


def _number(key: KeyFile) -> int:
    return int(key.name.rpartition(".")[2])


async def _record(connection: asyncpg.Connection[Any], folder: Path, service: str) -> None:
    """Have the database know every key that is there: from then on no service starts without it."""
    for key in later_keys(folder, service):
        secret = key.read()
        assert secret is not None, "it was listed a moment ago"
        await connection.execute(
            "INSERT INTO key_fingerprint (name, fingerprint) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            key.name,
            key.fingerprint(secret),
        )


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


# Longer than any transaction that may still write what it sealed with the key before.
_SETTLED = """
    SELECT recorded_at < now() - INTERVAL '1 hour' FROM key_fingerprint WHERE name = $1"""


async def _retire(connection: asyncpg.Connection[Any], folder: Path, service: str) -> list[int]:
    """Put away later keys that seal nothing any more, into `retired`, where no service looks; return their numbers."""
    keys, retired = later_keys(folder, service), []
    for key, successor in itertools.pairwise(keys):
        secret = key.read()
        assert secret is not None, "it was listed a moment ago"
        if not await connection.fetchval(_SETTLED, successor.name):
            continue
        if await _seals_anything(connection, service, prefix_of(secret)):
            continue
        (folder / "retired").mkdir(mode=0o700, exist_ok=True)
        await connection.execute("DELETE FROM key_fingerprint WHERE name = $1", key.name)
        key.path.replace(folder / "retired" / key.path.name)
        retired.append(_number(key))
    return retired


async def _seals_anything(connection: asyncpg.Connection[Any], service: str, prefix: bytes) -> bool:
    for each in SEALED_COLUMNS[service]:
        wanted = " OR ".join(f"substring({column} FROM 1 FOR {PREFIX_BYTES}) = $1" for column in each.columns)
        sql = f"SELECT EXISTS (SELECT FROM {each.table} WHERE {wanted})"  # noqa: S608  names are constants of the code
        if await connection.fetchval(sql, prefix):
            return True
    return bool(await connection.fetchval(_KEPT_ANSWERS, prefix, PREFIX_BYTES))


def ring_of(home: Path, service: str) -> KeyRing:
    """Return the keys of a service that has sealed something. Raises Refusal."""
    from kernel.storage.sealing import Sealer
    from services.identity.security.sealing import Sealer as IdentitySealer

    key, _ = keys_of(home)[service][0]
    if key.is_given:
        raise Refusal(
            f"Khóa của {service} đến từ thiết đặt; chỉ khóa trong tệp mới đổi được.",
            f"The key of {service} comes from a setting; only keys in files are rotated.",
        )
    try:
        secret = key.read()
        if secret is None:
            raise key.missing()
        folder = key.path.parent
        return IdentitySealer(secret, folder).ring if service == "identity" else Sealer(secret, service, folder).ring
    except KeyRefused as refused:
        raise Refusal(refused.vi, refused.en) from None


def rotate_keys(service: Annotated[str | None, typer.Argument()] = None) -> None:
    """Đổi khóa niêm phong, cả khi dịch vụ đang chạy / seal with a new key, while services run or not."""
    if service is not None and service not in SEALED_COLUMNS:
        names = ", ".join(SEALED_COLUMNS)
        raise Refusal(f"Chỉ {names} có dữ liệu niêm phong.", f"Only {names} seal anything.")
    home = Path(Place.from_environment().home)
    with database_urls() as urls:
        check_keys(home, urls)
        for name in SEALED_COLUMNS:
            if service in (None, name):
                done = asyncio.run(rotate(urls[name], home / "keys", name, ring_of(home, name)))
                new = "khóa mới / new key" if done.is_new else "làm nốt lần trước / finished the run before"
                away = f"; đã cất / put away: {', '.join(map(str, done.retired))}" if done.retired else ""
                kept = f"; còn giữ / kept: {', '.join(map(str, done.kept))}" if done.kept else ""
                typer.echo(f"{name}: {new} {done.number}, niêm phong lại / sealed anew: {done.values}{away}{kept}")
