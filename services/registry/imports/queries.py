"""The SQL that finds the organizations which the rows of a file may be about, thousands at once."""

from __future__ import annotations

from collections.abc import Sequence

from kernel.database.connections import Transaction
from kernel.database.statements import always, statement
from services.registry.rows import OrganizationRow


class WithExternalId(OrganizationRow):
    """An organization with one of its keys in other systems."""

    external_system: str
    external_value: str


class SameName(OrganizationRow):
    """An organization with the name in row `at` of the file."""

    at: int


# The primary key of organization_external_id.
_BY_EXTERNAL = statement(
    WithExternalId,
    """
    SELECT o.*, e.system AS external_system, e.value AS external_value
      FROM organization_external_id e JOIN organization o ON o.id = e.organization_id
     WHERE (e.system, e.value) IN (SELECT * FROM unnest($1::text[], $2::text[]))""",
)

# A row without any number is found again by its name in the commune where it sits or began (ix_organization_commune).
# The oldest comes last, and stays where several have the name.
_BY_NAME = statement(
    SameName,
    """
    SELECT o.*, w.at FROM unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::text[])
           AS w(at, name_folded, commune_code, commune_map, type)
      JOIN organization o ON o.name_folded = w.name_folded
       AND ((o.commune_code = w.commune_code AND o.commune_map = w.commune_map)
            OR (o.opening_commune_code = w.commune_code AND o.opening_commune_map = w.commune_map))
       AND w.type IN (o.type, o.opening_type)
     WHERE $6::text IS NULL OR o.alliance = $6
     ORDER BY o.id DESC""",
)


async def by_external_ids(tx: Transaction, keys: Sequence[tuple[str, str]]) -> list[WithExternalId]:
    """Return the organizations that have one of `keys`, each system and value."""
    return await tx.fetch(_BY_EXTERNAL, [system for system, _ in keys], [value for _, value in keys])


async def by_names(
    tx: Transaction, named: Sequence[tuple[int, str, str, str, str]], *, alliance: str | None
) -> list[SameName]:
    """Return the organizations that `named` may be about: row, folded name, commune, its map, type."""
    columns = [list(column) for column in zip(*named, strict=True)] or [[], [], [], [], []]
    return await tx.fetch(_BY_NAME, *columns, alliance)


# Two runs of a file without numbers would not see each other's rows: one import at a time, until its transaction ends.
TAKE_TURN = always(bool, "SELECT pg_try_advisory_xact_lock(hashtext('import'))")
