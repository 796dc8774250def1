"""The SQL of the template that is filled, and of what the rows of a file are compared with, thousands at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TypedDict

from kernel.database.connections import Database, Transaction
from kernel.database.statements import always, statement
from kernel.values import geography
from kernel.web.auth import Caller
from kernel.workbooks.limits import LAST_ROW
from services.registry.rows import OrganizationStatisticRow

MOST_ROWS = LAST_ROW - 1
"""Rows below the heading that a file may have."""


class TemplateRow(TypedDict):
    """A standing organization with its figures of the period, or else the last ones of a period as long, as JSON."""

    organization_id: str
    name: str
    code: str | None
    commune_code: str
    commune_map: str
    commune_name: str | None
    address: str | None
    province_2008: str
    province_2025: str
    figures: str | None


# By ix_organization_state_2008 and uq_organization_statistic_period. Those of the period itself come before others that end
# with it; years are as long as each other within a day, quarters within two.
_TEMPLATE_ROWS = statement(
    TemplateRow,
    """
    SELECT o.id AS organization_id, o.name, o.code, s.commune_code, s.commune_map, s.commune_name, s.address,
           s.province_2008, s.province_2025, to_jsonb(f) AS figures
      FROM organization_state s JOIN organization o ON o.id = s.organization_id
      LEFT JOIN LATERAL (
           SELECT * FROM organization_statistic p
            WHERE p.organization_id = s.organization_id AND p.period_to <= $2::date
              AND abs((p.period_to - p.period_from) - ($2::date - $1::date)) <= 5
            ORDER BY p.period_to DESC, (p.period_from = $1::date) DESC LIMIT 1) f ON true
     WHERE s.valid_from <= $2::date AND s.valid_to > $2::date AND s.legal_status NOT IN ('ended', 'terminated')
       AND s.type <> 'enterprise' AND ($3::text[] IS NULL OR s.province_2008 = ANY($3::text[]))
       AND ($4::text IS NULL OR o.alliance = $4)
     ORDER BY s.commune_map, s.commune_code, o.name_sort, o.id LIMIT $5::int""",
)


async def template_rows(
    db: Database, days: tuple[date, date], province: str | None, caller: Caller
) -> list[TemplateRow]:
    """Return the organizations of a province, or of the caller's area, that stood on the last day, with their figures."""
    provinces = None if province is None else list(geography.expand(province))
    return await db.fetch(_TEMPLATE_ROWS, *days, provinces, caller.alliance, MOST_ROWS + 1)


class CodedOrganization(TypedDict):
    """Whose code it is."""

    id: str
    code: str


# uq_organization_code.
_BY_CODES = statement(
    CodedOrganization,
    "SELECT id, code FROM organization WHERE code = ANY($1::text[]) AND ($2::text IS NULL OR alliance = $2)",
)


async def ids_of_codes(tx: Transaction, codes: Sequence[str], caller: Caller) -> dict[str, str]:
    """Return the ids of the organizations of the caller's area that have one of `codes`."""
    return {row["code"]: row["id"] for row in await tx.fetch(_BY_CODES, codes, caller.alliance)}


class KnownRow(OrganizationStatisticRow):
    """The figures of the period, or else the last ones of a period as long, of the `at`-th organization asked."""

    at: int


# As the template has them, by uq_organization_statistic_period.
_KNOWN = statement(
    KnownRow,
    """
    SELECT (w.at - 1)::int AS at, f.*
      FROM unnest($1::uuid[], $2::date[], $3::date[]) WITH ORDINALITY AS w(organization_id, period_from, period_to, at)
     CROSS JOIN LATERAL (
           SELECT * FROM organization_statistic p
            WHERE p.organization_id = w.organization_id AND p.period_to <= w.period_to
              AND abs((p.period_to - p.period_from) - (w.period_to - w.period_from)) <= 5
            ORDER BY p.period_to DESC, (p.period_from = w.period_from) DESC LIMIT 1) f""",
)


async def known(tx: Transaction, keys: Sequence[tuple[str, date, date]]) -> dict[tuple[str, date, date], KnownRow]:
    """Return the figures that a template shows for each organization and its days."""
    if not keys:
        return {}
    found = await tx.fetch(_KNOWN, *(list(column) for column in zip(*keys, strict=True)))
    return {keys[row["at"]]: row for row in found}


# Two runs of a file would not see each other's rows: one import of figures at a time, until its transaction ends.
TAKE_TURN = always(bool, "SELECT pg_try_advisory_xact_lock(hashtext('import organization statistics'))")
