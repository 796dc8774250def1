"""The statements that a call runs, and how PostgreSQL finds their rows."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Collection, Iterator
from typing import Any

import pytest

from kernel.database.connections import Connection, Database
from tests.support.answers import ok
from tests.support.client import ApiClient

Statement = tuple[str, tuple[Any, ...]]
Plan = list[dict[str, Any]]
"""The nodes of a plan; the first one is the whole."""


@contextlib.contextmanager
def recorded(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Statement]]:
    """Collect the statements that our calls run meanwhile; what the service does by itself is in tasks of its own."""
    taken: list[Statement] = []
    ours = asyncio.current_task()
    with monkeypatch.context() as patch:
        for name in ("fetch", "fetchrow", "fetchval", "execute"):
            plain = getattr(Connection, name)

            def keep(self: Connection, sql: str, *args: Any, _plain: Any = plain) -> Any:
                if asyncio.current_task() is ours:
                    taken.append((sql, args))
                return _plain(self, sql, *args)

            patch.setattr(Connection, name, keep)
        yield taken


async def asked(client: ApiClient, monkeypatch: pytest.MonkeyPatch, path: str, **params: Any) -> list[Statement]:
    """Return what was run to answer `path`. Raises AssertionError unless it is 200 with something in it."""
    with recorded(monkeypatch) as statements:
        document = ok(await client.get(path, params=params or None))
    assert document.get("items", True), f"{path} {params} is empty, and an empty list needs no index"
    return statements


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Walk a plan from the top."""
    yield plan
    for inner in plan.get("Plans", []):
        yield from nodes(inner)


async def plan_of(db: Database, sql: str, args: tuple[Any, ...], *, generic: bool) -> Plan:
    """Return the nodes of a statement's plan: for these values, or (`generic`) the one kept after some runs."""
    async with db.connection() as connection:
        raw = connection.raw
        if generic:
            nulls = ", ".join(["NULL"] * len(args))
            await raw.execute(f"SET plan_cache_mode = force_generic_plan; PREPARE kept AS {sql}")
            answer = await raw.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE kept{f'({nulls})' if args else ''}")
            await raw.execute("DEALLOCATE kept; RESET plan_cache_mode")
        else:
            answer = await raw.fetchval(f"EXPLAIN (FORMAT JSON) {sql}", *args)
    return list(nodes(json.loads(answer)[0]["Plan"]))


async def assert_indexed(
    db: Database,
    statements: list[Statement],
    *wanted: str,
    large: Collection[str],
    generic: bool = True,
    walks: bool = True,
) -> None:
    """Check that none of the `large` tables is read whole, and that each wanted index (or one of `a|b`) is used.

    Without `walks` none is read in the order of an index, past what is not asked for, either.
    """
    assert statements
    for kind in (False, True) if generic else (False,):
        used: set[str] = set()
        for sql, args in statements:
            plan = await plan_of(db, sql, args, generic=kind)
            used |= {node["Index Name"] for node in plan if "Index Name" in node}
            whole = {node["Relation Name"] for node in plan if _reads_all(node, walks=walks)} & set(large)
            assert not whole, f"{whole} read whole (generic: {kind}): {sql}"
        for names in wanted:
            assert used & set(names.split("|")), f"{names} not among {used} (generic: {kind})"


def _reads_all(node: dict[str, Any], *, walks: bool) -> bool:
    walked = node["Node Type"] in ("Index Scan", "Index Only Scan") and "Index Cond" not in node
    return node["Node Type"] == "Seq Scan" or (walked and not walks)


async def cost_of(db: Database, statements: list[Statement]) -> float:
    """Return what PostgreSQL reckons that the dearest of these statements costs, for their values."""
    costs: list[float] = [(await plan_of(db, sql, args, generic=False))[0]["Total Cost"] for sql, args in statements]
    return max(costs)
