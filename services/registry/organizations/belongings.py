"""What belongs to an organization, and goes with it when another alliance takes it over; and what else names one."""

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
    tables: str
    condition: str


_BELONGINGS: list[tuple[Resource[Any], str]] = []
_NAMINGS: list[_Naming] = []


def belonging(resource: Resource[R], *, column: str = "organization_id", named: str | None = None) -> Resource[R]:
    """Return `resource`, known from now on as one whose records belong to the organization in `column`.

    Rooms above declare their records so; this one need not know them. `named`: where a record names others as well, the
    condition that it names $1.
    """
    _BELONGINGS.append((resource, column))
    return naming(resource, column, condition=named or f"{column} = $1::uuid")


def naming(resource: Resource[R], field: str, *, condition: str, tables: str | None = None) -> Resource[R]:
    """Return `resource`, known from now on as one whose `field` names organizations: none of these is deleted as long as it does.

    `tables`: where the records stand that `condition` is about, where that is not the table of the resource.
    """
    _NAMINGS.append(_Naming(resource, field, tables or resource.table.name, condition))
    return resource


async def count_belongings(tx: Transaction, organization_id: str) -> list[dict[str, Any]]:
    """Count the records that name the organization: service, type, path, field, count; by the index of each column."""
    rows = await tx.fetch(
        " UNION ALL ".join(
            f"SELECT {at} AS at, count(*)::int AS count FROM {each.tables} WHERE {each.condition}"  # noqa: S608  names are constants of the code
            for at, each in enumerate(_NAMINGS)
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
        for row, each in ((row, _NAMINGS[row["at"]]) for row in rows)
        if row["count"]
    ]


async def hand_over(tx: Transaction, organization_id: str, alliance: str, *, by: Caller) -> None:
    """Give the organization's records to the alliance it moved to; each leaves a tombstone for the old one."""
    for resource, column in _BELONGINGS:
        # In id order, as everywhere: two who lock several records of one organization do not wait for each other.
        owned = await tx.fetch(f"{resource.select} WHERE {column} = $1::uuid ORDER BY id FOR UPDATE", organization_id)
        for record in owned:
            await records.update(tx, resource, record, {"alliance": alliance}, by=by, action="derived")
