"""The SQL behind organizations: look-alikes, timelines, the facts they follow from, keys in other systems."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TypedDict

from sqlalchemy import any_, text
from sqlmodel import col, delete, insert, select

from kernel.database.connections import Database, Transaction
from kernel.database.statements import always, command, param, scalar, statement
from services.registry.models import Organization, OrganizationExternalId, OrganizationState
from services.registry.organizations.seats import Located
from services.registry.organizations.timeline import STATE, Period, State
from services.registry.rows import OrganizationRow, OrganizationStateRow


class SimilarOrganization(TypedDict):
    """An organization that a new one may repeat; `same_code`: it surely does."""

    id: str
    code: str | None
    name: str
    legal_status: str
    alliance: str
    same_code: bool


# Organizations with the same code (uq_organization_code), and those of a like name. Names are compared inside one commune
# only (ix_organization_commune), on the part that tells them apart; where the commune is not known, inside one province.
_SIMILAR = statement(
    SimilarOrganization,
    """
    SELECT id, code, name, legal_status, alliance, true AS same_code FROM organization WHERE code = $1
     UNION ALL
    (SELECT id, code, name, legal_status, alliance, false FROM organization
      WHERE commune_code = $2 AND commune_map = $3 AND province_2008 = $5 AND similarity(name_distinct, $4) >= 0.6
        AND legal_status NOT IN ('ended', 'terminated') AND merged_into IS NULL
      ORDER BY similarity(name_distinct, $4) DESC, id LIMIT 5)""",
)


async def similar(tx: Transaction, code: str | None, located: Located, distinct: str) -> list[SimilarOrganization]:
    """Return organizations with the same code, and those of a like name in the same commune."""
    return await tx.fetch(_SIMILAR, code, located.commune_code, located.commune_map, distinct, located.province_2008)


# uq_organization_code; `$2` null is the whole nation.
_WITH_CODES = statement(
    OrganizationRow,
    select(Organization).where(col(Organization.code) == any_(param(1)), text("($2::text IS NULL OR alliance = $2)")),
)


async def with_codes(tx: Transaction, codes: Sequence[str], *, alliance: str | None) -> list[OrganizationRow]:
    """Return the organizations that have one of `codes`; None for those of every alliance."""
    return await tx.fetch(_WITH_CODES, codes, alliance)


_WITH_IDS = statement(
    OrganizationRow,
    select(Organization).where(col(Organization.id) == any_(param(1)), text("($2::text IS NULL OR alliance = $2)")),
)
# pk_organization_external_id, by system and value.
_WITH_EXTERNAL_IDS = statement(
    OrganizationRow,
    select(Organization).where(
        text(
            "id IN (SELECT x.organization_id FROM unnest($1::text[], $2::text[]) AS k (system, value)"
            " JOIN organization_external_id x ON (x.system, x.value) = (k.system, k.value))"
            " AND ($3::text IS NULL OR alliance = $3)"
        )
    ),
)


async def with_ids(tx: Transaction, ids: Sequence[str], *, alliance: str | None) -> list[OrganizationRow]:
    """Return the organizations with one of `ids`; None for those of every alliance."""
    return await tx.fetch(_WITH_IDS, ids, alliance)


async def with_external_ids(
    tx: Transaction, keys: Sequence[tuple[str, str]], *, alliance: str | None
) -> list[OrganizationRow]:
    """Return the organizations that have one of `keys`, each a system and its value; None for those of every alliance."""
    return await tx.fetch(_WITH_EXTERNAL_IDS, [system for system, _ in keys], [value for _, value in keys], alliance)


# In the order of ids, whatever the order of the list: two who lock several organizations never wait for each other in a
# circle. As weak as the lock that entering a fact takes, so that rows may still be written that name them.
_LOCK_ALL = command(
    "SELECT 1 FROM organization WHERE id = ANY($1::uuid[]) AND ($2::text IS NULL OR alliance = $2) ORDER BY id"
    " FOR NO KEY UPDATE"
)


async def lock_all(tx: Transaction, organization_ids: Sequence[str], *, alliance: str | None) -> None:
    """Lock the organizations among `organization_ids` that lie within the area, before facts of them are entered."""
    await tx.execute(_LOCK_ALL, organization_ids, alliance)


LOCK = statement(OrganizationRow, select(Organization).where(Organization.id == param(1)).with_for_update())
"""Reads an organization and keeps its facts from being entered and corrected meanwhile."""

_STATE_COLUMNS = ("organization_id", "valid_from", "valid_to", *STATE, "alliance")
_INSERT_STATE = command(
    insert(OrganizationState).values({name: param(n) for n, name in enumerate(_STATE_COLUMNS, 1)}).inline()
)
_DELETE_STATES = command(delete(OrganizationState).where(OrganizationState.organization_id == param(1)))


async def write_states(tx: Transaction, organization_id: str, timeline: Sequence[Period]) -> None:
    """Insert the periods of a timeline; all belong to the alliance of the last one, which owns the record."""
    owner = timeline[-1].state.alliance
    for period in timeline:
        state = period.state.columns()
        await tx.execute(_INSERT_STATE, organization_id, period.valid_from, period.valid_to, *state.values(), owner)


async def drop_states(tx: Transaction, organization_id: str) -> None:
    """Take the timeline away: no figure of any day counts the organization then."""
    await tx.execute(_DELETE_STATES, organization_id)


async def replace_states(tx: Transaction, organization_id: str, timeline: Sequence[Period]) -> None:
    """Put a new timeline in place of the old."""
    await tx.execute(_DELETE_STATES, organization_id)
    await write_states(tx, organization_id, timeline)


_STATES = statement(
    OrganizationStateRow,
    select(OrganizationState)
    .where(OrganizationState.organization_id == param(1))
    .order_by(col(OrganizationState.valid_from)),
)
_STATE_ON = statement(
    OrganizationStateRow,
    select(OrganizationState).where(
        OrganizationState.organization_id == param(1),
        OrganizationState.valid_from <= param(2),
        OrganizationState.valid_to > param(2),
    ),
)


def state_of(row: OrganizationStateRow) -> State:
    return State(
        type=row["type"],
        legal_status=row["legal_status"],
        operating_state=row["operating_state"],
        commune_code=row["commune_code"],
        commune_map=row["commune_map"],
        commune_name=row["commune_name"],
        address=row["address"],
        province_2008=row["province_2008"],
        province_2025=row["province_2025"],
        seat_2025_commune_code=row["seat_2025_commune_code"],
    )


async def states_of(tx: Transaction, organization_id: str) -> list[Period]:
    """Return the timeline as it is stored, oldest first."""
    rows = await tx.fetch(_STATES, organization_id)
    return [Period(row["valid_from"], row["valid_to"], state_of(row)) for row in rows]


async def state_on(db: Database | Transaction, organization_id: str, day: date) -> State | None:
    """Return what the organization was on `day`, or None if it had not begun."""
    row = await db.fetchrow(_STATE_ON, organization_id, day)
    return None if row is None else state_of(row)


class TimelineFact(TypedDict):
    """A fact that shapes the timeline. `fact` says which columns it sets: `status` or those of the seat."""

    fact: str
    on: date
    status: str | None
    basis: str | None
    created_at: datetime
    id: str
    commune_code: str | None
    commune_map: str | None
    commune_name: str | None
    address: str | None
    province_2008: str | None
    province_2025: str | None
    seat_2025_commune_code: str | None


# The facts that make the timeline, in the order they apply: by day, then by entry. Each table is read by its index
# ix_<table>_organization_id.
FACTS = """
    SELECT kind AS fact, effective_on AS "on", status, basis, created_at, id,
           NULL AS commune_code, NULL AS commune_map, NULL AS commune_name, NULL AS address,
           NULL AS province_2008, NULL AS province_2025, NULL AS seat_2025_commune_code{more}
      FROM status_change WHERE organization_id {of}
     UNION ALL
    SELECT 'type_conversion', effective_on, kind, NULL, created_at, id, NULL, NULL, NULL, NULL, NULL, NULL, NULL{more}
      FROM type_conversion WHERE organization_id {of}
     UNION ALL
    SELECT 'seat_change', effective_on, NULL, NULL, created_at, id,
           commune_code, commune_map, commune_name, address, to_province_2008, to_province_2025, seat_2025_commune_code{more}
      FROM seat_change WHERE organization_id {of}
     ORDER BY "on", created_at, id"""
"""SQL of them; `of` which organizations, `more` columns."""
_FACTS = statement(TimelineFact, FACTS.format(more="", of="= $1::uuid"))


async def facts_of(tx: Transaction, organization_id: str) -> list[TimelineFact]:
    """Return every fact that shapes the organization's timeline, in the order they apply."""
    return await tx.fetch(_FACTS, organization_id)


_PLACE_MOVE = command("UPDATE seat_change SET seat_2025_commune_code = $2 WHERE id = $1::uuid")


async def place_move(tx: Transaction, seat_change_id: str, commune_code: str | None) -> None:
    """Say in which commune of today the seat lies that a move led to. It is not part of the move: no version is told of it."""
    await tx.execute(_PLACE_MOVE, seat_change_id, commune_code)


DAY_OF = {
    "status_change": "f.effective_on",
    "type_conversion": "f.effective_on",
    "seat_change": "f.effective_on",
    "alliance_membership": "f.admitted_on",
    "product": "f.recognized_on",
    "certificate": "f.valid_from",
    "organization_statistic": "f.period_to",
    "officer": "f.term_from",
    "inspection": "f.inspected_on",
    "dissolution_case": "f.opened_on",
    "cooperative_model": "f.recognized_on",
}
"""The day that each kind of fact has; a product without a recognition has none."""
PLACED = {
    **{table: (day, "f.organization_id") for table, day in DAY_OF.items()},
    "rating": ("f.year_ends_on", "f.organization_id"),
    "succession": ("f.effective_on", "f.organization_id"),
    "value_chain": ("f.started_on", "f.lead_organization_id"),
}
"""What lies where an organization lay on a day: its facts, what waits for a second person first, and the value chains that it
leads. Of when an organization began the last three say nothing."""
_EARLIEST = scalar(
    date,
    "SELECT least("  # noqa: S608  # The names are those above.
    + ", ".join(
        f"(SELECT min({day}) FROM {table} f WHERE f.organization_id = $1::uuid)"  # noqa: S608
        for table, day in DAY_OF.items()
    )
    + ")",
)


async def earliest_fact(tx: Transaction, organization_id: str) -> date | None:
    """Return the first day on which a fact of any kind shows the organization, or None if none does."""
    day = await tx.fetchval(_EARLIEST, organization_id)
    return day


# Where each fact of one table lay on its day, by the timeline (its primary key) and the index of the owner. A day before
# the organization began counts as its first day (memberships older than a new certificate).
_PLACE_FACTS = tuple(
    command(
        f"""
        UPDATE {table} f SET province_2008 = s.province_2008, province_2025 = s.province_2025
          FROM organization_state s
         WHERE {owner} = $1::uuid AND s.organization_id = {owner}
           AND greatest(coalesce({day}, (f.created_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date),
                        (SELECT min(valid_from) FROM organization_state WHERE organization_id = $1::uuid))
               BETWEEN s.valid_from AND s.valid_to - 1
           AND (f.province_2008, f.province_2025) IS DISTINCT FROM (s.province_2008, s.province_2025)"""  # noqa: S608  # As above.
    )
    for table, (day, owner) in PLACED.items()
)


async def place_facts(tx: Transaction, organization_id: str) -> None:
    """Set where each fact of the organization, and each chain that it leads, lay on its day, after the timeline changed."""
    for place_facts_of_table in _PLACE_FACTS:
        await tx.execute(place_facts_of_table, organization_id)


class Place(TypedDict):
    """A province on both maps."""

    province_2008: str
    province_2025: str


# The period that holds the day, else the first one; all of one organization by the primary key.
_PLACE_ON = statement(
    Place,
    """
    SELECT province_2008, province_2025 FROM organization_state
     WHERE organization_id = $1::uuid
     ORDER BY (valid_from <= $2) DESC, CASE WHEN valid_from <= $2 THEN valid_from END DESC, valid_from
     LIMIT 1""",
)


async def place_on(tx: Transaction, organization_id: str, day: date) -> Place:
    """Return the provinces where the organization lay on `day`; before it began, where it began."""
    place = await tx.fetchrow(_PLACE_ON, organization_id, day)
    assert place is not None, "every organization has a timeline"
    return place


_DUPLICATES = always(int, "SELECT count(*)::int FROM organization WHERE merged_into = $1::uuid")


async def count_duplicates(tx: Transaction, organization_id: str) -> int:
    """Return how many organizations were merged into this one; by ix_organization_merged_into."""
    return await tx.fetchval(_DUPLICATES, organization_id)


_INSERT_EXTERNAL_ID = command(
    insert(OrganizationExternalId).values(system=param(1), value=param(2), organization_id=param(3)).inline()
)
_DELETE_EXTERNAL_IDS = command(delete(OrganizationExternalId).where(OrganizationExternalId.organization_id == param(1)))


async def write_external_ids(tx: Transaction, organization_id: str, ids: Sequence[tuple[str, str]]) -> None:
    """Insert external ids."""
    for system, value in ids:
        await tx.execute(_INSERT_EXTERNAL_ID, system, value, organization_id)


async def replace_external_ids(tx: Transaction, organization_id: str, ids: Sequence[tuple[str, str]]) -> None:
    """Put external ids in place of the old ones."""
    await tx.execute(_DELETE_EXTERNAL_IDS, organization_id)
    await write_external_ids(tx, organization_id, ids)
