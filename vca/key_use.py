"""Which keys a service has, and what each of them seals: asked before a key is put away, and by `vca doctor`."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from kernel.storage.keyring import PREFIX_BYTES, KeyRing, judge_later, later_key, later_keys, number_of, prefix_of
from kernel.storage.keys import KeyFile, KeyRefused, Known, Sealed, known_keys
from vca.errors import Refusal
from vca.keys import keys_of


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
SETTLED_HOURS: Mapping[str, int] = {"identity": 49, "funds": 1, "training": 1}
"""So long after another key seals, the first one is in use no more: no transaction may still write with it, and of identity no
kept answer is sealed with it, which without an id looks like any other bytes."""


@dataclass(frozen=True)
class ServiceKeys:
    """The keys of a service as its database knows them. `later`: those after the first, in the order of their numbers."""

    service: str
    folder: Path
    key: KeyFile
    sealed: Sealed
    known: Known
    ring: KeyRing
    later: tuple[tuple[KeyFile, bytes], ...]

    @property
    def setting(self) -> str | None:
        """The variable that gives the keys, or None where they lie in files."""
        return self.key.setting if self.known.given else None

    def is_sealing(self, secret: bytes) -> bool:
        """Say whether this key seals what is written now."""
        return self.ring.newest_prefix == prefix_of(secret)

    def place_of(self, secret: bytes) -> int:
        """Return which one of the setting's keys this is, from 1."""
        return self.known.given.index(secret) + 1

    @property
    def strangers(self) -> list[bytes]:
        """Keys of the setting that the database knows nothing of, and that seal nothing."""
        recorded = {secret for _, secret in self.later}
        return [
            each
            for each in self.known.given
            if each != self.known.first and each not in recorded and not self.is_sealing(each)
        ]


async def service_keys(connection: asyncpg.Connection[Any], home: Path, service: str) -> ServiceKeys:
    """Return the keys of a service that has sealed something. Raises Refusal."""
    from kernel.storage.sealing import Sealer
    from services.identity.security.sealing import Sealer as IdentitySealer

    key, sealed = keys_of(home)[service][0]
    assert sealed is not None, "of these three services the first key seals"
    folder = key.path.parent
    try:
        known = await known_keys(connection, key, sealed)
        await judge_later(connection, folder, service, known.given)
    except KeyRefused as refused:
        raise Refusal(refused.vi, refused.en) from None
    ring = (IdentitySealer.of(known, folder) if service == "identity" else Sealer.of(known, service, folder)).ring
    return ServiceKeys(service, folder, key, sealed, known, ring, await _later(connection, folder, service, known))


async def _later(
    connection: asyncpg.Connection[Any], folder: Path, service: str, known: Known
) -> tuple[tuple[KeyFile, bytes], ...]:
    if not known.given or known.given == (known.first,):
        return tuple((key, secret) for key in later_keys(folder, service) if (secret := key.read()) is not None)
    rows = await connection.fetch(
        "SELECT name, fingerprint FROM key_fingerprint WHERE name ~ ('^' || $1::text || '\\.[0-9]+$')", service
    )
    found = []
    for row in rows:
        key = later_key(folder, service, int(row["name"].rpartition(".")[2]))
        found += [(key, each) for each in known.given if key.fingerprint(each) == row["fingerprint"]]
    return tuple(sorted(found, key=lambda each: number_of(each[0])))


async def seals_anything(connection: asyncpg.Connection[Any], service: str, secret: bytes) -> bool:
    """Say whether a value, or a kept answer, of the service names this later key."""
    prefix = prefix_of(secret)
    for each in SEALED_COLUMNS[service]:
        wanted = " OR ".join(f"substring({column} FROM 1 FOR {PREFIX_BYTES}) = $1" for column in each.columns)
        sql = f"SELECT EXISTS (SELECT FROM {each.table} WHERE {wanted})"  # noqa: S608  names are constants of the code
        if await connection.fetchval(sql, prefix):
            return True
    return bool(await connection.fetchval(_KEPT_ANSWERS, prefix, PREFIX_BYTES))


async def values_of_the_first(connection: asyncpg.Connection[Any], keys: ServiceKeys) -> int:
    """Return how many values name no later key of the service: the first one sealed them."""
    prefixes = [prefix_of(secret) for _, secret in keys.later]
    count = 0
    for each in SEALED_COLUMNS[keys.service]:
        for column in each.columns:
            count += await connection.fetchval(
                f"SELECT count(*) FROM {each.table} WHERE {column} IS NOT NULL "  # noqa: S608  names are constants of the code
                f"AND substring({column} FROM 1 FOR {PREFIX_BYTES}) <> ALL($1::bytea[])",
                prefixes,
            )
    return count


async def is_settled(connection: asyncpg.Connection[Any], name: str, hours: int) -> bool:
    """Say whether the key of this name is known to the database for so long."""
    sql = "SELECT recorded_at < now() - make_interval(hours => $2) FROM key_fingerprint WHERE name = $1"
    return bool(await connection.fetchval(sql, name, hours))


async def first_is_idle(connection: asyncpg.Connection[Any], keys: ServiceKeys) -> bool:
    """Say whether the first key is there, seals nothing, and nobody may still write with it."""
    if keys.known.first is None or keys.ring.newest_prefix is None:
        return False
    sealing = next((key for key, secret in keys.later if keys.is_sealing(secret)), None)
    return (
        sealing is not None
        and await is_settled(connection, sealing.name, SETTLED_HOURS[keys.service])
        and not await values_of_the_first(connection, keys)
    )


async def unused(connection: asyncpg.Connection[Any], home: Path, service: str) -> list[str]:
    """Return what keys of a service are called that nothing uses: files, or a setting and which of its keys. Raises Refusal."""
    keys = await service_keys(connection, home, service)

    def called(key: KeyFile, secret: bytes) -> str:
        return f"{keys.setting} {keys.place_of(secret)}" if keys.setting else key.path.name

    found = [called(keys.key, secret) for secret in keys.strangers]
    for (key, secret), (successor, _) in itertools.pairwise(keys.later):
        if keys.is_sealing(secret) or not await is_settled(connection, successor.name, 1):
            continue
        if not await seals_anything(connection, service, secret):
            found.append(called(key, secret))
    if keys.known.first is not None and await first_is_idle(connection, keys):
        found.append(called(keys.key, keys.known.first))
    return found
