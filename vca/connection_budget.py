"""How many connections the platform may open at once, against how many each server takes: known before anything starts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from kernel.database.connections import connect
from vca.errors import Refusal
from vca.postgres_settings import number

DEFAULT_POOL = 12
_EXPORT = 1
"""A snapshot is read on a connection of its own, by a service's one worker."""
_COMMAND = 4
"""`vca migrate`, `vca backup` and what a start looks at, one database after the other."""

ALLOWED = """
    SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
           - coalesce(current_setting('reserved_connections', true)::int, 0)"""
"""How many connections a server gives to roles that are no superusers."""


@dataclass(frozen=True)
class Budget:
    """What one server is asked for at the most, and what it gives."""

    server: str
    needed: int
    allowed: int


def needed(services: int, pool: int) -> int:
    """Return how many connections so many services need: one of them runs twice while it is replaced."""
    return (services + 1) * (pool + _EXPORT) + _COMMAND


def pool_size() -> int:
    """Return how many connections a service may open. Raises Refusal."""
    return number("VCA_POOL_SIZE", DEFAULT_POOL, 2, 200)


def server_of(url: str) -> str:
    """Return what tells a server from others: host and port, or those of all hosts of one that fails over."""
    return urlsplit(url).netloc.rpartition("@")[2]


async def budgets(urls: Mapping[str, str], pool: int) -> list[Budget]:
    """Return the budget of each server that the services' databases are on."""
    servers: dict[str, list[str]] = {}
    for url in urls.values():
        servers.setdefault(server_of(url), []).append(url)
    found = []
    for server, on_it in servers.items():
        connection = await connect(on_it[0])
        try:
            found.append(Budget(server, needed(len(on_it), pool), await connection.fetchval(ALLOWED)))
        finally:
            await connection.close()
    return found


def check(urls: Mapping[str, str], say: Callable[[str], None]) -> None:
    """Say what is needed and what there is. Raises Refusal where that is not enough."""
    pool = pool_size()
    for budget in asyncio.run(budgets(urls, pool)):
        if budget.needed > budget.allowed:
            raise Refusal(
                f"Cần đến {budget.needed} kết nối mà PostgreSQL {budget.server} chỉ cho {budget.allowed}; hãy tăng "
                f"max_connections (máy chủ kèm sẵn: VCA_POSTGRES_MAX_CONNECTIONS) hoặc giảm VCA_POOL_SIZE (đang là {pool}).",
                f"Up to {budget.needed} connections are needed and PostgreSQL {budget.server} gives {budget.allowed}; raise "
                f"max_connections (of the bundled server: VCA_POSTGRES_MAX_CONNECTIONS) or lower VCA_POOL_SIZE (now {pool}).",
            )
        say(
            f"kết nối: tối đa {budget.needed} trong {budget.allowed} / connections: {budget.needed} of {budget.allowed} at most"
        )
