"""Several copies of a service on one database: each takes its share of a caller's limits."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from kernel.database.connections import Database
from kernel.web.copies import Share
from tests.support.databases import Databases


@pytest.mark.parametrize(("limit", "copies"), [(64, 1), (64, 2), (64, 3), (8, 3), (128, 5), (8, 8)])
def test_the_shares_of_all_copies_together_are_the_limit(limit: int, copies: int) -> None:
    shares = [Share("registry") for _ in range(copies)]
    for rank, share in enumerate(shares):
        share._rank, share._copies = rank, copies
    assert sum(share.of(limit) for share in shares) == limit


def test_no_copy_refuses_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    share = Share("registry")
    monkeypatch.setattr(share, "_copies", 9)
    monkeypatch.setattr(share, "_rank", 8)
    assert share.of(4) == 1


@pytest.fixture
async def database_url(databases: Databases) -> AsyncIterator[str]:
    async with databases.clone("registry") as url:
        yield url


async def test_a_copy_counts_while_it_has_a_connection(database_url: str) -> None:
    one, other, elsewhere = Share("registry"), Share("registry"), Share("funds")
    other.name += "-2"
    look = Database(database_url, application_name=one.name)
    second = Database(database_url, application_name=other.name)
    of_funds = Database(database_url, application_name=elsewhere.name)
    await look.open()
    await of_funds.open()
    try:
        await one.look(look)
        assert one.of(64) == 64, "copies of other services are not its own"
        await second.open()
        await one.look(look)
        await other.look(second)
        assert (one.of(64), other.of(64)) == (32, 32)
        assert sorted([one.of(9), other.of(9)]) == [4, 5]
        for connection in second._free:
            connection.raw.terminate()
        for _ in range(100):
            await one.look(look)
            if one.of(64) == 64:
                break
        assert one.of(64) == 64
    finally:
        for database in (look, second, of_funds):
            await database.close()
