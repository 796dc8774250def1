"""Value chains that name an organization which was entered twice: they name the one that stays, and again the first when the
two are taken apart.

A chain may name an organization as its lead and in links of several roles; in which it did is kept, so that exactly those go back.
"""

from __future__ import annotations

from typing import Any

import orjson

from kernel import records
from kernel.database.connections import Transaction
from kernel.database.statements import scalar, statement
from kernel.web.auth import Caller
from services.registry import problems
from services.registry.rows import ValueChainRow
from services.registry.value_chains.records import VALUE_CHAIN
from services.registry.value_chains.service import renamed, roles_of, write_links

# By ix_value_chain_organization_ids, locked in id order as everywhere.
_NAMING = statement(
    ValueChainRow,
    f"{VALUE_CHAIN.select} WHERE organization_ids @> ARRAY[$1::uuid] ORDER BY id FOR NO KEY UPDATE",
)
_NAMING_BOTH = scalar(
    list[str],
    "SELECT array_agg(id::text ORDER BY id) FROM value_chain WHERE organization_ids @> ARRAY[$1::uuid, $2::uuid]",
)
_BY_ID = statement(ValueChainRow, f"{VALUE_CHAIN.select} WHERE id = $1::uuid FOR NO KEY UPDATE")


async def _rename(
    tx: Transaction, row: ValueChainRow, from_id: str, to_id: str, roles: list[str], *, by: Caller, reason: str
) -> None:
    values = renamed(row, from_id, to_id, roles)
    await records.update(tx, VALUE_CHAIN, row, values, by=by, reason=reason, action="derived")
    await write_links(tx, row["id"])


async def refuse_both(tx: Transaction, organization_id: str, into_id: str) -> None:
    """Refuse to put two together that one chain names both: it would name one twice, or itself. Raises ValueChainsNameBoth."""
    if both := await tx.fetchval(_NAMING_BOTH, organization_id, into_id):
        raise problems.ValueChainsNameBoth(value_chains=both)


async def follow_chains(
    tx: Transaction, organization_id: str, into_id: str, *, by: Caller, reason: str
) -> list[dict[str, Any]]:
    """Have every chain that names the duplicate name the one that stays; return which did, and as what."""
    moved = []
    for row in await tx.fetch(_NAMING, organization_id):
        roles = roles_of(row, organization_id)
        await _rename(tx, row, organization_id, into_id, roles, by=by, reason=reason)
        file_ids = orjson.loads(row["file_ids"])
        moved.append({"id": row["id"], "resource_type": VALUE_CHAIN.name, "file_ids": file_ids, "named_as": roles})
    return moved


async def return_chain(
    tx: Transaction, item: dict[str, Any], into_id: str, organization_id: str, *, by: Caller, reason: str
) -> None:
    """Have a chain that followed name the first organization again, where it still names the other as it did."""
    # Deleted since: that was somebody's later word.
    if (row := await tx.fetchrow(_BY_ID, item["id"])) is not None:
        await _rename(tx, row, into_id, organization_id, item["named_as"], by=by, reason=reason)
