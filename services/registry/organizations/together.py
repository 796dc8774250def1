"""Creating many organizations at once: doubles are looked for and rows are written for all of them together.

Each is judged as `create` judges one, in their order: one that is like another before it finds that one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict, cast

import asyncpg

from kernel.database.connections import Transaction
from kernel.database.statements import command, statement
from kernel.problems import Problem
from kernel.records.bulk import create_many
from kernel.storage.pictures import refuse_no_photos
from kernel.values.days import now
from kernel.values.ids import new_ids
from kernel.web.auth import Caller
from services.registry.organizations.openings import check_area
from services.registry.organizations.queries import SimilarOrganization
from services.registry.organizations.records import ORGANIZATION
from services.registry.organizations.schemas import OrganizationCreate
from services.registry.organizations.service import (
    Values,
    create,
    names,
    opening_values,
    refuse_similar,
)
from services.registry.organizations.timeline import STATE
from services.registry.rows import OrganizationRow

Created = OrganizationRow | Problem
_CANDIDATES = 5


class _Similar(SimilarOrganization):
    """What the `at`-th may repeat, and how like their names are."""

    at: int
    likeness: float


# As _SIMILAR of queries.py for one: by uq_organization_code and ix_organization_commune.
_SIMILAR = statement(
    _Similar,
    f"""
    SELECT (w.at - 1)::int AS at, s.*
      FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) WITH ORDINALITY
           AS w(code, commune_code, commune_map, province_2008, name_distinct, at)
     CROSS JOIN LATERAL (
           SELECT id, code, name, legal_status, alliance, true AS same_code, 1::float8 AS likeness
             FROM organization o WHERE o.code = w.code
            UNION ALL
          (SELECT id, code, name, legal_status, alliance, false, similarity(o.name_distinct, w.name_distinct)::float8
             FROM organization o
            WHERE o.commune_code = w.commune_code AND o.commune_map = w.commune_map AND o.province_2008 = w.province_2008
              AND similarity(o.name_distinct, w.name_distinct) >= 0.6
              AND o.legal_status NOT IN ('ended', 'terminated') AND o.merged_into IS NULL
            ORDER BY similarity(o.name_distinct, w.name_distinct) DESC, o.id LIMIT {_CANDIDATES})) s
     ORDER BY w.at, s.same_code DESC, s.likeness DESC, s.id""",  # noqa: S608  the number is a constant
)


class _LikeAnother(TypedDict):
    """The `at`-th of those given has a name like the one `before` it in the same commune."""

    at: int
    before: int
    likeness: float


_LIKE_ANOTHER = statement(
    _LikeAnother,
    """
      WITH given AS MATERIALIZED (
           SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY
               AS w(commune_code, commune_map, province_2008, name_distinct, at))
    SELECT (b.at - 1)::int AS at, (a.at - 1)::int AS before, similarity(a.name_distinct, b.name_distinct)::float8 AS likeness
      FROM given a JOIN given b USING (commune_code, commune_map, province_2008)
     WHERE a.at < b.at AND similarity(a.name_distinct, b.name_distinct) >= 0.6""",
)
_STATE_COLUMNS = ", ".join(STATE)
_OPENINGS = ", ".join(f"opening_{name}" for name in STATE)
_BEGIN_TIMELINES = command(
    f"""
    INSERT INTO organization_state (organization_id, valid_from, valid_to, {_STATE_COLUMNS}, alliance)
    SELECT id, starts_on, 'infinity', {_OPENINGS}, alliance FROM organization WHERE id = ANY($1::uuid[])"""  # noqa: S608  names are constants of the code
)
_INSERT_EXTERNAL_IDS = command(
    "INSERT INTO organization_external_id (system, value, organization_id) "
    "SELECT * FROM unnest($1::text[], $2::text[], $3::uuid[])"
)


async def create_together(tx: Transaction, bodies: Sequence[OrganizationCreate], *, by: Caller) -> list[Created]:
    """Create the organizations of `bodies`, which bring no ids; return each one's row, or what it is refused with.

    Those that are refused leave nothing. Where somebody else enters one of them meanwhile, each is entered for itself.
    """
    judged = await _judge(tx, bodies, by)
    new = [each for each in judged if not isinstance(each, Problem)]
    reasons = [body.reason for body, each in zip(bodies, judged, strict=True) if not isinstance(each, Problem)]
    try:
        async with tx.raw.transaction():
            rows = iter(await _write(tx, new, reasons, by=by))
    except asyncpg.UniqueViolationError:
        return [await _create_alone(tx, body, by=by) for body in bodies]
    return [each if isinstance(each, Problem) else cast(OrganizationRow, next(rows)) for each in judged]


async def _judge(tx: Transaction, bodies: Sequence[OrganizationCreate], by: Caller) -> list[Values | Problem]:
    """Return of each the columns of its row, or what it is refused with."""
    at = now()
    located, searched = [body.seat.located() for body in bodies], [names(body.name) for body in bodies]
    places = [[getattr(seat, name) for seat in located] for name in ("commune_code", "commune_map", "province_2008")]
    distinct = [each["name_distinct"] for each in searched]
    similar: list[list[_Similar]] = [[] for _ in bodies]
    for found in await tx.fetch(_SIMILAR, [body.code for body in bodies], *places, distinct):
        similar[found["at"]].append(found)
    others: list[list[_LikeAnother]] = [[] for _ in bodies]
    for pair in await tx.fetch(_LIKE_ANOTHER, *places, distinct):
        others[pair["at"]].append(pair)
    judged: list[Values | Problem] = []
    for place, (body, id_) in enumerate(zip(bodies, new_ids(len(bodies)), strict=True)):
        try:
            check_area(by, located[place])
            await refuse_no_photos(tx, by, body.photo_file_ids)
            refuse_similar(body, _most_like(similar[place], others[place], judged), by=by)
            judged.append({**opening_values(body, located[place], searched[place], at), "id": id_})
        except Problem as problem:
            judged.append(problem)
    return judged


def _most_like(
    similar: Sequence[_Similar], others: Sequence[_LikeAnother], judged: Sequence[Values | Problem]
) -> list[SimilarOrganization]:
    """Return what one may repeat, of those that are there and of those before it that are entered now."""
    entered = []
    for pair in others:
        row = judged[pair["before"]]
        if not isinstance(row, Problem) and row["legal_status"] not in ("ended", "terminated"):
            shown = {name: row[name] for name in ("id", "code", "name", "legal_status", "alliance")}
            entered.append(cast(_Similar, {**shown, **pair, "same_code": False}))
    same = [each for each in similar if each["same_code"]]
    like = sorted(
        [*(each for each in similar if not each["same_code"]), *entered],
        key=lambda each: (-each["likeness"], each["id"]),
    )
    return [*same, *like[:_CANDIDATES]]


async def _write(tx: Transaction, new: Sequence[Values], reasons: Sequence[str | None], *, by: Caller) -> list[Values]:
    """Insert the rows, their timelines and their keys in other systems."""
    if not new:
        return []
    keys = [(key["system"], key["value"], values["id"]) for values in new for key in values["external_ids"]]
    rows = await create_many(tx, ORGANIZATION, new, by=by, at=new[0]["created_at"], reasons=reasons)
    await tx.execute(_BEGIN_TIMELINES, [row["id"] for row in rows])
    if keys:
        await tx.execute(_INSERT_EXTERNAL_IDS, *map(list, zip(*keys, strict=True)))
    return rows


async def _create_alone(tx: Transaction, body: OrganizationCreate, *, by: Caller) -> Created:
    try:
        async with tx.raw.transaction():
            row, _ = await create(tx, body, by=by)
    except Problem as problem:
        return problem
    return row
