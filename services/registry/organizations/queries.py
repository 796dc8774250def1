"""The SQL behind organizations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from kernel.database.connections import Row, Transaction
from services.registry.organizations.seats import Located
from services.registry.organizations.timeline import Period, State

# Names are compared inside one commune only (ix_organization_commune), on the part that tells them apart; where the
# commune is not known, inside one province.
_SIMILAR = """
    SELECT id, code, name, legal_status, alliance, true AS same_code FROM organization WHERE code = $1
     UNION ALL
    (SELECT id, code, name, legal_status, alliance, false FROM organization
      WHERE commune_code = $2 AND commune_map = $3 AND province_2008 = $5 AND similarity(name_distinct, $4) >= 0.6
        AND legal_status NOT IN ('ended', 'terminated')
      ORDER BY similarity(name_distinct, $4) DESC, id LIMIT 5)"""


async def similar(tx: Transaction, code: str | None, located: Located, distinct: str) -> list[Row]:
    """Return organizations with the same code, and those of a like name in the same commune."""
    return await tx.fetch(_SIMILAR, code, located.commune_code, located.commune_map, distinct, located.province_2008)


_STATE_COLUMNS = (
    "organization_id",
    "valid_from",
    "valid_to",
    "type",
    "legal_status",
    "operating_state",
    "commune_code",
    "commune_map",
    "commune_name",
    "address",
    "province_2008",
    "province_2025",
    "alliance",
)
_INSERT_STATE = (
    f"INSERT INTO organization_state ({', '.join(_STATE_COLUMNS)}) "
    f"VALUES ({', '.join(f'${n + 1}' for n in range(len(_STATE_COLUMNS)))})"
)


def _state_row(organization_id: str, period: Period, owner: str) -> tuple[Any, ...]:
    s = period.state
    return (
        organization_id,
        period.valid_from,
        period.valid_to,
        s.type,
        s.legal_status,
        s.operating_state,
        s.commune_code,
        s.commune_map,
        s.commune_name,
        s.address,
        s.province_2008,
        s.province_2025,
        owner,
    )


async def write_states(tx: Transaction, organization_id: str, made: Sequence[Period]) -> None:
    """Insert the periods of a timeline; all belong to the alliance of the last one, which owns the record."""
    owner = made[-1].state.alliance
    for period in made:
        await tx.execute(_INSERT_STATE, *_state_row(organization_id, period, owner))


async def replace_states(tx: Transaction, organization_id: str, made: Sequence[Period]) -> None:
    """Put a new timeline in place of the old."""
    await tx.execute("DELETE FROM organization_state WHERE organization_id = $1::uuid", organization_id)
    await write_states(tx, organization_id, made)


async def states_of(tx: Transaction, organization_id: str) -> list[Period]:
    """Return the timeline as it is stored, oldest first."""
    rows = await tx.fetch(
        "SELECT valid_from, valid_to, type, legal_status, operating_state, commune_code, commune_map, commune_name, "
        "address, province_2008, province_2025 FROM organization_state WHERE organization_id = $1::uuid "
        "ORDER BY valid_from",
        organization_id,
    )
    return [Period(row["valid_from"], row["valid_to"], State(*tuple(row.values())[2:])) for row in rows]


# The facts that make the timeline, in the order they apply: by day, then by entry.
_FACTS = """
    SELECT kind AS fact, effective_on AS "on", status, basis, created_at, id,
           NULL AS commune_code, NULL AS commune_map, NULL AS commune_name, NULL AS address,
           NULL AS province_2008, NULL AS province_2025
      FROM status_change WHERE organization_id = $1::uuid
     UNION ALL
    SELECT 'type_conversion', effective_on, kind, NULL, created_at, id, NULL, NULL, NULL, NULL, NULL, NULL
      FROM type_conversion WHERE organization_id = $1::uuid
     UNION ALL
    SELECT 'seat_change', effective_on, NULL, NULL, created_at, id,
           commune_code, commune_map, commune_name, address, to_province_2008, to_province_2025
      FROM seat_change WHERE organization_id = $1::uuid
     ORDER BY "on", created_at, id"""


async def facts_of(tx: Transaction, organization_id: str) -> list[Row]:
    """Return every fact that shapes the organization's timeline, in the order they apply."""
    return await tx.fetch(_FACTS, organization_id)


_DAY_OF = {
    "status_change": "f.effective_on",
    "type_conversion": "f.effective_on",
    "seat_change": "f.effective_on",
    "alliance_membership": "f.admitted_on",
    "product": "f.recognized_on",
    "certificate": "f.valid_from",
}
"""The day that each kind of fact has; a product without a recognition has none."""
_EARLIEST = (
    "SELECT least("
    + ", ".join(
        f"(SELECT min({day}) FROM {table} f WHERE f.organization_id = $1::uuid)" for table, day in _DAY_OF.items()
    )
    + ")"
)


async def earliest_fact(tx: Transaction, organization_id: str) -> date | None:
    """Return the first day on which a fact of any kind shows the organization, or None if none does."""
    day: date | None = await tx.fetchval(_EARLIEST, organization_id)
    return day


_ENTERED = "(f.created_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date"
# A day before the organization began counts as its first day (memberships older than a new certificate).
_PLACE = """
    UPDATE {table} f SET province_2008 = s.province_2008, province_2025 = s.province_2025
      FROM organization_state s
     WHERE f.organization_id = $1::uuid AND s.organization_id = f.organization_id
       AND greatest(coalesce({day}, {entered}), (SELECT min(valid_from) FROM organization_state WHERE organization_id = $1::uuid))
           BETWEEN s.valid_from AND s.valid_to - 1
       AND (f.province_2008, f.province_2025) IS DISTINCT FROM (s.province_2008, s.province_2025)"""


async def place_facts(tx: Transaction, organization_id: str) -> None:
    """Set where each fact of the organization lay on its day, after the timeline changed."""
    for table, day in _DAY_OF.items():
        await tx.execute(_PLACE.format(table=table, day=day, entered=_ENTERED), organization_id)


_PLACE_ON = """
    SELECT province_2008, province_2025 FROM organization_state
     WHERE organization_id = $1::uuid
     ORDER BY (valid_from <= $2) DESC, CASE WHEN valid_from <= $2 THEN valid_from END DESC, valid_from
     LIMIT 1"""


async def place_on(tx: Transaction, organization_id: str, day: date) -> Row:
    """Return the provinces where the organization lay on `day`; before it began, where it began."""
    row = await tx.fetchrow(_PLACE_ON, organization_id, day)
    assert row is not None, "every organization has a timeline"
    return row


async def write_external_ids(tx: Transaction, organization_id: str, ids: Sequence[tuple[str, str]]) -> None:
    """Insert external ids."""
    for system, value in ids:
        await tx.execute(
            "INSERT INTO organization_external_id (system, value, organization_id) VALUES ($1, $2, $3::uuid)",
            system,
            value,
            organization_id,
        )


async def replace_external_ids(tx: Transaction, organization_id: str, ids: Sequence[tuple[str, str]]) -> None:
    """Put external ids in place of the old ones."""
    await tx.execute("DELETE FROM organization_external_id WHERE organization_id = $1::uuid", organization_id)
    await write_external_ids(tx, organization_id, ids)
