"""What belongs to an organization, and goes with it when another alliance takes it over."""

from __future__ import annotations

from typing import Any

from kernel import records
from kernel.database.connections import Transaction
from kernel.records import R, Resource
from kernel.web.auth import Caller

_BELONGINGS: list[Resource[Any]] = []
_COUNTED: list[tuple[Resource[Any], str, str]] = []
"""What names an organization: the resource, its field, and where the records are counted that name $1."""


def belonging(resource: Resource[R], *, named: str | None = None) -> Resource[R]:
    """Return `resource`, known from now on as one whose records belong to an organization.

    Rooms above declare their records so; this one need not know them. `resource.own_column` names the organization; where a
    record names others as well, `named` is the condition that it names $1.
    """
    _BELONGINGS.append(resource)
    column = str(resource.own_column)
    return naming(resource, column, counted=f"{resource.table.name} WHERE {named or f'{column} = $1::uuid'}")


def naming(resource: Resource[R], field: str, *, counted: str) -> Resource[R]:
    """Return `resource`, known from now on as one whose `field` names organizations, which are then not deleted.

    `counted`: where the records stand that name $1, with the condition. They belong to nobody but their alliance.
    """
    _COUNTED.append((resource, field, counted))
    return resource


async def count_belongings(tx: Transaction, organization_id: str) -> list[dict[str, Any]]:
    """Count the organization's records by type: service, type, path, field, count; by ix_<table>_organization_id each."""
    rows = await tx.fetch(
        " UNION ALL ".join(
            f"SELECT {at} AS at, count(*)::int AS count FROM {counted}"  # noqa: S608  names are constants of the code
            for at, (_, _, counted) in enumerate(_COUNTED)
        ),
        organization_id,
    )
    return [
        {
            "service": "registry",
            "resource_type": _COUNTED[row["at"]][0].name,
            "resource": _COUNTED[row["at"]][0].path,
            "field": _COUNTED[row["at"]][1],
            "count": row["count"],
        }
        for row in rows
        if row["count"]
    ]


async def hand_over(tx: Transaction, organization_id: str, alliance: str, *, by: Caller) -> None:
    """Give the organization's records to the alliance it moved to; each leaves a tombstone for the old one."""
    for resource in _BELONGINGS:
        # In id order, as everywhere: two who lock several records of one organization do not wait for each other.
        owned = await tx.fetch(
            f"{resource.select} WHERE {resource.own_column} = $1::uuid ORDER BY id FOR UPDATE", organization_id
        )
        for record in owned:
            await records.update(tx, resource, record, {"alliance": alliance}, by=by, action="derived")
