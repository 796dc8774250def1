"""What databases hold, told so that two moments or two servers can be compared: counts and checksums of every table."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from kernel.database.connections import connect
from vca.services import SERVICES

Url = Callable[[str], str]

_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
_SUM = """
    SELECT count(*), coalesce(sum(('x' || left(md5(t::text), 15))::bit(60)::bigint::numeric), 0)::text
      FROM "{table}" t"""


@dataclass(frozen=True)
class State:
    """`database.table` → how many rows and their checksum."""

    tables: dict[str, tuple[int, str]]

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return sum(count for count, _ in self.tables.values())

    @property
    def checksum(self) -> str:
        """One checksum of all."""
        return hashlib.sha256(repr(sorted(self.tables.items())).encode()).hexdigest()[:16]

    def of(self, database: str) -> State:
        """Return what one database holds."""
        return State({name: sums for name, sums in self.tables.items() if name.startswith(f"{database}.")})

    def differs(self, other: State) -> list[str]:
        """Return the tables that are not the same in both."""
        return sorted(name for name in {*self.tables, *other.tables} if self.tables.get(name) != other.tables.get(name))

    def __str__(self) -> str:
        return f"{self.rows:,} rows in {len(self.tables)} tables, checksum `{self.checksum}`"


async def state_of(url: Url) -> State:
    """Read every table of every service's database, each database in one snapshot."""
    tables: dict[str, tuple[int, str]] = {}
    for service in SERVICES:
        connection = await connect(url(service.database))
        try:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                for row in await connection.fetch(_TABLES):
                    name = row["tablename"]
                    found = await connection.fetchrow(_SUM.format(table=name))
                    assert found is not None, "an aggregate answers one row"
                    count, checksum = found
                    tables[f"{service.name}.{name}"] = (count, checksum)
        finally:
            await connection.close()
    return State(tables)


_UNBALANCED = """
    SELECT count(*) FROM (
        SELECT transaction_id FROM ledger_entry GROUP BY transaction_id HAVING sum(debit_vnd) <> sum(credit_vnd)) t"""
_PRINCIPAL = """
    SELECT (SELECT coalesce(sum(debit_vnd - credit_vnd), 0) FROM ledger_entry WHERE account = 'loan_principal')
         = (SELECT coalesce(sum(outstanding_vnd), 0) FROM loan)"""


async def books_agree(url: Url) -> str:
    """Return how many transactions of the ledger balance. Raises RuntimeError where one does not, or loans say otherwise."""
    connection = await connect(url("vca_funds"))
    try:
        if unbalanced := await connection.fetchval(_UNBALANCED):
            raise RuntimeError(f"{unbalanced} transactions of the ledger do not balance")
        if not await connection.fetchval(_PRINCIPAL):
            raise RuntimeError("the loans' outstanding principal is not what the ledger says")
        count = await connection.fetchval("SELECT count(DISTINCT transaction_id) FROM ledger_entry")
        return f"{count:,} transactions, each balanced; outstanding principal of all loans as the ledger says"
    finally:
        await connection.close()


async def ids_of(url: str, table: str, column: str = "id") -> set[str]:
    """Return the ids in a table."""
    connection = await connect(url)
    try:
        return {str(row[0]) for row in await connection.fetch(f"SELECT {column} FROM {table}")}
    finally:
        await connection.close()


_FOLLOWED = """
    SELECT count(*), coalesce(sum(('x0' || left(md5(id::text || ':' || version), 15))::bit(64)::bigint::numeric), 0)::text
      FROM followed_organization WHERE removed_as IS NULL"""


async def followed_sum(url: str) -> tuple[int, str]:
    """Return count and checksum of the organizations that a service knows by following the registry."""
    connection = await connect(url)
    try:
        row = await connection.fetchrow(_FOLLOWED)
        assert row is not None
        return row[0], row[1]
    finally:
        await connection.close()
