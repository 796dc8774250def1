"""What belongs to an organization, and goes with it when another alliance takes it over."""

from __future__ import annotations

from typing import Any

from kernel import records
from kernel.database.connections import Transaction
from kernel.records import R, Resource
from kernel.web.auth import Caller

_BELONGINGS: list[Resource[Any]] = []
_NAMED: dict[str, str] = {}
"""Resource → the condition that a record of it names the organization $1, where that is more than whom it belongs to."""


def belonging(resource: Resource[R], *, named: str | None = None) -> Resource[R]:
    """Return `resource`, known from now on as one whose records belong to an organization.

    Rooms above declare their records so; this one need not know them. `resource.own_column` names the organization; where a
    record names others as well, `named` is the condition that it names $1.
    """
    _BELONGINGS.append(resource)
    _NAMED[resource.name] = named or f"{resource.own_column} = $1::uuid"
    return resource


async def count_belongings(tx: Transaction, organization_id: str) -> list[dict[str, Any]]:
    """Count the organization's records by type: service, type, path, field, count; by ix_<table>_organization_id each."""
    rows = await tx.fetch(
        " UNION ALL ".join(
            f"SELECT {at} AS at, count(*)::int AS count FROM {resource.table.name} "  # noqa: S608  names are constants of the code
            f"WHERE {_NAMED[resource.name]}"
            for at, resource in enumerate(_BELONGINGS)
        ),
        organization_id,
    )
    return [
        {
            "service": "registry",
            "resource_type": _BELONGINGS[row["at"]].name,
            "resource": _BELONGINGS[row["at"]].path,
            "field": _BELONGINGS[row["at"]].own_column,
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
