"""What belongs to an organization, and goes with it when another alliance takes it over; and what else names it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kernel import records
from kernel.database.connections import Transaction
from kernel.records import R, Resource
from kernel.web.auth import Caller


@dataclass(frozen=True)
class _Naming:
    """Records that name an organization in a field: those for which `condition` holds, of the organization $1."""

    resource: Resource[Any]
    field: str
    condition: str


_BELONGINGS: list[_Naming] = []
_ALSO_NAMED: list[_Naming] = []


def belonging(resource: Resource[R], *, column: str = "organization_id") -> Resource[R]:
    """Return `resource`, known from now on as one whose records belong to the organization in `column`.

    Rooms above declare their records so; this one need not know them.
    """
    _BELONGINGS.append(_Naming(resource, column, f"{column} = $1::uuid"))
    return resource


def also_named(resource: Resource[Any], *, field: str, condition: str) -> None:
    """Say where records name organizations that they do not belong to: none of these is deleted as long as they do."""
    _ALSO_NAMED.append(_Naming(resource, field, condition))


async def count_belongings(tx: Transaction, organization_id: str) -> list[dict[str, Any]]:
    """Count the records that name the organization: service, type, path, field, count; by the index of each column."""
    namings = (*_BELONGINGS, *_ALSO_NAMED)
    rows = await tx.fetch(
        " UNION ALL ".join(
            f"SELECT {at} AS at, count(*)::int AS count FROM {each.resource.table.name} WHERE {each.condition}"  # noqa: S608  names are constants of the code
            for at, each in enumerate(namings)
        ),
        organization_id,
    )
    return [
        {
            "service": "registry",
            "resource_type": each.resource.name,
            "resource": each.resource.path,
            "field": each.field,
            "count": row["count"],
        }
        for row, each in ((row, namings[row["at"]]) for row in rows)
        if row["count"]
    ]


async def hand_over(tx: Transaction, organization_id: str, alliance: str, *, by: Caller) -> None:
    """Give the organization's records to the alliance it moved to; each leaves a tombstone for the old one."""
    for each in _BELONGINGS:
        # In id order, as everywhere: two who lock several records of one organization do not wait for each other.
        owned = await tx.fetch(f"{each.resource.select} WHERE {each.condition} ORDER BY id FOR UPDATE", organization_id)
        for record in owned:
            await records.update(tx, each.resource, record, {"alliance": alliance}, by=by, action="derived")
