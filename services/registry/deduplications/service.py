"""Putting an organization that was entered twice together with the other, and taking the two apart again.

What says what an organization did goes to the one that stays: memberships, products, certificates, models, officers, ratings, figures,
successions, inspections, dissolution cases, and with them the files that they name; member teams and value chains name the one that
stays (chains.py). What made it what it was, the facts of its timeline, stays with the duplicate, which counts nowhere.
The other services follow the feed (kernel/feed/repointing.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

import orjson
from sqlmodel import col, select

from kernel import records
from kernel.database.connections import Transaction, to_json
from kernel.database.statements import command, param, scalar, statement
from kernel.records import Resource
from kernel.records.crud import referenced_record
from kernel.values.days import now
from kernel.values.ids import new_id
from kernel.web.calls import Call
from services.registry import models, problems
from services.registry.code_lists import SINGLE_OFFICES
from services.registry.cooperative_models.records import COOPERATIVE_MODEL
from services.registry.deduplications.chains import follow_chains, refuse_both, return_chain
from services.registry.dissolution_cases.records import DISSOLUTION_CASE
from services.registry.facts.records import ALLIANCE_MEMBERSHIP, CERTIFICATE, PRODUCT
from services.registry.inspections.records import INSPECTION
from services.registry.member_teams.duplicates import follow, give_back, hold_teams
from services.registry.member_teams.records import MEMBER_TEAM
from services.registry.officers.records import OFFICER_TYPE
from services.registry.organizations import service as organizations
from services.registry.organizations.endings import refuse_ended_case
from services.registry.organizations.queries import lock_all
from services.registry.organizations.records import ORGANIZATION
from services.registry.ratings.records import RATING_TYPE
from services.registry.rows import OrganizationDeduplicationRow, OrganizationRow, SuccessionRow
from services.registry.statistics.records import STATISTIC_TYPE
from services.registry.successions.records import SUCCESSION, with_another
from services.registry.value_chains.records import VALUE_CHAIN

_FOLLOWING: tuple[Resource[Any], ...] = tuple(
    fact_type.resource
    for fact_type in (
        ALLIANCE_MEMBERSHIP,
        PRODUCT,
        CERTIFICATE,
        COOPERATIVE_MODEL,
        OFFICER_TYPE,
        RATING_TYPE,
        INSPECTION,
        DISSOLUTION_CASE,
        STATISTIC_TYPE,
    )
)
_BY_NAME: dict[str, Resource[Any]] = {
    resource.name: resource for resource in (*_FOLLOWING, SUCCESSION, MEMBER_TEAM, VALUE_CHAIN)
}

# What the other has already stays with the duplicate, where nothing counts it; by uq_cooperative_model_once.
_NOT_OF_BOTH = {
    COOPERATIVE_MODEL.resource.name: (
        " AND NOT EXISTS (SELECT FROM cooperative_model same WHERE same.organization_id = $2::uuid"
        " AND (same.kind, same.recognized_on) = (cooperative_model.kind, cooperative_model.recognized_on))"
    )
}
# Locked in id order as everywhere; by ix_<table>_organization_id.
_OF_ORGANIZATION = {
    resource.name: statement(
        resource.row,
        f"{resource.select} WHERE organization_id = $1::uuid AND organization_id <> $2::uuid"
        f"{_NOT_OF_BOTH.get(resource.name, '')} ORDER BY id FOR NO KEY UPDATE",
    )
    for resource in _FOLLOWING
}
# By ix_succession_organization_ids: successions name several organizations, on two sides.
_OF_ORGANIZATION[SUCCESSION.name] = statement(
    SuccessionRow,
    f"{SUCCESSION.select} WHERE organization_ids @> ARRAY[$1::uuid::text] "
    "AND NOT organization_ids @> ARRAY[$2::uuid::text] ORDER BY id FOR NO KEY UPDATE",
)


class Overlap(TypedDict):
    """Two memberships of the same time."""

    membership_id: str
    overlaps_id: str


# By ix_alliance_membership_organization_id twice: the memberships of one organization are few.
_OVERLAPS = statement(
    Overlap,
    """
    SELECT one.id AS membership_id, other.id AS overlaps_id
      FROM alliance_membership one JOIN alliance_membership other ON other.organization_id = $2::uuid
       AND one.admitted_on < coalesce(other.left_on, 'infinity') AND coalesce(one.left_on, 'infinity') > other.admitted_on
     WHERE one.organization_id = $1::uuid ORDER BY one.admitted_on, one.id""",
)


class SamePeriod(TypedDict):
    """Figures of both for one period."""

    organization_statistic_id: str
    overlaps_id: str
    period: str


# By uq_organization_statistic_period.
_SAME_PERIODS = statement(
    SamePeriod,
    """
    SELECT one.id AS organization_statistic_id, other.id AS overlaps_id, other.period
      FROM organization_statistic one JOIN organization_statistic other
        ON other.organization_id = $2::uuid AND (other.period_to, other.period_from) = (one.period_to, one.period_from)
     WHERE one.organization_id = $1::uuid ORDER BY one.period_to, one.period_from""",
)


class RecordOverlap(TypedDict):
    """Two records of which one organization has one only: of an office at a time, or of a year's rating.

    Or one record twice, where it is of both organizations.
    """

    resource_type: str
    record_id: str
    overlaps_id: str


# By ix_<table>_organization_id twice: officers and ratings of one organization are few.
_RECORD_OVERLAPS = statement(
    RecordOverlap,
    f"""
    SELECT 'officer' AS resource_type, one.id AS record_id, other.id AS overlaps_id
      FROM officer one JOIN officer other ON other.organization_id = $2::uuid AND other.office = one.office
       AND one.term_from < coalesce(other.term_to, 'infinity') AND coalesce(one.term_to, 'infinity') > other.term_from
     WHERE one.organization_id = $1::uuid AND one.office IN ({", ".join(f"'{each}'" for each in sorted(SINGLE_OFFICES))})
     UNION ALL
    SELECT 'rating', one.id, other.id
      FROM rating one JOIN rating other ON other.organization_id = $2::uuid AND other.scheme = one.scheme
       AND other.year = one.year AND other.confirmation_state IN ('pending', 'confirmed')
     WHERE one.organization_id = $1::uuid AND one.confirmation_state IN ('pending', 'confirmed')
     UNION ALL
    SELECT 'succession', id, id FROM succession
     WHERE organization_ids @> ARRAY[$1::uuid::text, $2::uuid::text]
     ORDER BY resource_type, record_id, overlaps_id""",  # noqa: S608  names are constants of the code
)
# By uq_dissolution_case_open.
_OPEN_CASES = scalar(
    list[str],
    "SELECT array_agg(id::text ORDER BY id) FROM dissolution_case WHERE organization_id = ANY($1::uuid[]) AND outcome IS NULL",
)
# By ix_organization_merged_into.
_DUPLICATES = scalar(list[str], "SELECT array_agg(id::text ORDER BY id) FROM organization WHERE merged_into = $1::uuid")
_INSERT = command("""
    INSERT INTO organization_deduplication (id, organization_id, into_id, reason, moved, deduplicated_at, deduplicated_by)
    VALUES ($1::uuid, $2::uuid, $3::uuid, $4, $5::jsonb, $6, $7)""")
_REVERSE = command("""
    UPDATE organization_deduplication SET reversed_at = $2, reversed_by = $3, reversal_reason = $4 WHERE id = $1::uuid""")
# By ix_organization_deduplication_organization_id; ids grow with time.
LATEST = statement(
    OrganizationDeduplicationRow,
    select(models.OrganizationDeduplication)
    .where(models.OrganizationDeduplication.organization_id == param(1))
    .order_by(col(models.OrganizationDeduplication.id).desc())
    .limit(1),
)


async def _both(
    tx: Transaction, call: Call, organization_id: str, into_id: str, pointer: str
) -> tuple[OrganizationRow, OrganizationRow]:
    """Return the organization of the path and the other, both locked; in id order, so that none waits for ever.

    Raises NotFound, Stale; Invalid for another one that is not within the area.
    """
    await hold_teams(tx, [organization_id, into_id])
    await lock_all(tx, sorted({organization_id, into_id}), alliance=call.caller.alliance)
    row = await records.locked(tx, call, ORGANIZATION, organization_id)
    return row, await referenced_record(tx, call, ORGANIZATION, into_id, pointer)


async def deduplicate(
    tx: Transaction, call: Call, organization_id: str, into_id: str, reason: str
) -> tuple[OrganizationRow, OrganizationRow]:
    """Put the organization together with the one that stays; return both as they were.

    Raises IntoItself, OrganizationMerged, IntoDuplicate, HasDuplicates, IntoAnotherAlliance, MembershipsOverlap,
    RecordsOverlap, StatisticsOverlap, DissolutionCasesOpen, DissolutionCaseEnded, ValueChainsNameBoth.
    """
    row, into = await _both(tx, call, organization_id, into_id, "/into")
    if into_id == organization_id:
        raise problems.IntoItself()
    organizations.refuse_merged(row)
    if into["merged_into"] is not None:
        raise problems.IntoDuplicate(merged_into=into["merged_into"])
    if duplicates := await tx.fetchval(_DUPLICATES, organization_id):
        raise problems.HasDuplicates(duplicates=duplicates)
    if row["alliance"] != into["alliance"]:
        raise problems.IntoAnotherAlliance(alliances=[row["alliance"], into["alliance"]])
    if overlaps := await tx.fetch(_OVERLAPS, organization_id, into_id):
        raise problems.MembershipsOverlap(memberships=[dict(each) for each in overlaps])
    if record_overlaps := await tx.fetch(_RECORD_OVERLAPS, organization_id, into_id):
        raise problems.RecordsOverlap(overlaps=[dict(each) for each in record_overlaps])
    if same := await tx.fetch(_SAME_PERIODS, organization_id, into_id):
        raise problems.StatisticsOverlap(statistics=[dict(each) for each in same])
    if len(cases := await tx.fetchval(_OPEN_CASES, [organization_id, into_id]) or ()) > 1:
        raise problems.DissolutionCasesOpen(dissolution_case_ids=list(cases))
    await refuse_both(tx, organization_id, into_id)
    moved: list[Mapping[str, Any]] = []
    for resource in (*_FOLLOWING, SUCCESSION):
        for record in await tx.fetch(_OF_ORGANIZATION[resource.name], organization_id, into_id):
            await _move(tx, call, resource, record, (organization_id, into_id), reason)
            file_ids = [id_ for name in ("file_ids", "photo_file_ids") for id_ in orjson.loads(record.get(name, "[]"))]
            moved.append({"id": record["id"], "resource_type": resource.name, "file_ids": file_ids})
    moved += await follow(tx, call, organization_id, into_id, reason)
    moved += await follow_chains(tx, organization_id, into_id, by=call.caller, reason=reason)
    await organizations.merge(tx, row, into, by=call.caller, reason=reason)
    await organizations.follow_facts(tx, into, by=call.caller, reason=reason)
    await refuse_ended_case(tx, into_id)
    await tx.execute(_INSERT, new_id(), organization_id, into_id, reason, to_json(moved), now(), call.caller.id)
    return row, into


async def reverse(
    tx: Transaction, call: Call, organization_id: str, reason: str
) -> tuple[OrganizationRow, OrganizationRow]:
    """Take the two apart: what followed and is still with the other comes back, and what was entered since stays there.

    Raises NotMerged, IntoAnotherAlliance, DissolutionCaseEnded.
    """
    standing = await tx.fetchrow(LATEST, organization_id)
    if standing is None or standing["reversed_at"] is not None:
        raise problems.NotMerged()
    row, into = await _both(tx, call, organization_id, standing["into_id"], "/into")
    if row["merged_into"] != standing["into_id"]:
        raise problems.NotMerged()
    if row["alliance"] != into["alliance"]:
        raise problems.IntoAnotherAlliance(alliances=[row["alliance"], into["alliance"]])
    for item in orjson.loads(standing["moved"]):
        if item["resource_type"] == MEMBER_TEAM.name:
            await give_back(tx, call, item, organization_id, into["id"], reason)
            continue
        resource = _BY_NAME[item["resource_type"]]
        if resource is VALUE_CHAIN:
            await return_chain(tx, item, into["id"], organization_id, by=call.caller, reason=reason)
            continue
        record = await records.read(tx, resource, item["id"], call.caller, lock=True)
        # Deleted since, or of another organization by now: that was somebody's later word.
        if record is not None and into["id"] in record.get("organization_ids", [record["organization_id"]]):
            await _move(tx, call, resource, record, (into["id"], organization_id), reason)
    await organizations.restore(tx, row, by=call.caller, reason=reason)
    await organizations.follow_facts(tx, into, by=call.caller, reason=reason)
    await refuse_ended_case(tx, organization_id)
    await tx.execute(_REVERSE, standing["id"], now(), call.caller.id, reason)
    return row, into


async def _move(
    tx: Transaction, call: Call, resource: Resource[Any], record: Any, ids: tuple[str, str], reason: str
) -> None:
    """Have a record name the second of the organizations where it named the first."""
    before, after = ids
    values = with_another(record, before, after) if resource is SUCCESSION else {"organization_id": after}
    await records.update(tx, resource, record, values, by=call.caller, reason=reason, action="derived")


def represent(
    standing: OrganizationDeduplicationRow,
    organization: OrganizationRow,
    into: OrganizationRow,
    *,
    dry_run: bool = False,
    elsewhere: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """Return the public representation. `elsewhere`: what names the duplicate in other services."""
    return {
        "organization": _named(organization),
        "into": _named(into),
        "reason": standing["reason"],
        "dry_run": dry_run,
        "moved": [
            {
                **{name: item[name] for name in ("id", "resource_type", "file_ids")},
                "resource": f"{_BY_NAME[item['resource_type']].path}/{item['id']}",
            }
            for item in orjson.loads(standing["moved"])
        ],
        "elsewhere": elsewhere,
        **{
            name: standing[name]
            for name in ("deduplicated_at", "deduplicated_by", "reversed_at", "reversed_by", "reversal_reason")
        },
    }


def _named(row: OrganizationRow) -> dict[str, Any]:
    return {"id": row["id"], "code": row["code"], "name": row["name"], "type": row["type"]}
