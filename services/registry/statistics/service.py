"""Entering figures of a period: whether the organization was there, where it lay, what is worth a look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, TypedDict, cast

import orjson

from kernel.database.connections import Row, Transaction
from kernel.database.statements import scalar, statement
from kernel.problems import FieldError, Invalid
from kernel.records import R
from kernel.storage.files import check_files
from kernel.web.calls import Call
from kernel.web.schemas import warned
from services.registry import problems
from services.registry.organizations import service as organizations
from services.registry.organizations.records import Dated, is_undated
from services.registry.rows import OrganizationRow, OrganizationStatisticRow
from services.registry.statistics.judging import Unlikely, not_there, unlikely
from services.registry.statistics.schemas import StatisticInput, columns_of

Values = dict[str, Any]


class Stood(TypedDict):
    """How an organization stood in a period, the `at`-th of those asked; where it lay on its last day."""

    at: int
    starts_on: date
    was_there: bool
    ended_on: date | None
    province_2008: str
    province_2025: str


# By the primary key of organization_state: its organization and first day. Before it began it lay where it began.
_STOOD = statement(
    Stood,
    """
    SELECT (w.at - 1)::int AS at, o.starts_on,
           EXISTS (SELECT FROM organization_state s
                    WHERE s.organization_id = w.organization_id AND s.valid_from <= w.period_to AND s.valid_to > w.period_from
                      AND s.legal_status NOT IN ('ended', 'terminated')) AS was_there,
           CASE WHEN o.starts_on <= w.period_to THEN
                (SELECT max(s.valid_from) FROM organization_state s
                  WHERE s.organization_id = w.organization_id AND s.valid_from <= w.period_from) END AS ended_on,
           place.province_2008, place.province_2025
      FROM unnest($1::uuid[], $2::date[], $3::date[]) WITH ORDINALITY AS w(organization_id, period_from, period_to, at)
      JOIN organization o ON o.id = w.organization_id
     CROSS JOIN LATERAL (
           SELECT s.province_2008, s.province_2025 FROM organization_state s WHERE s.organization_id = w.organization_id
            ORDER BY (s.valid_from <= w.period_to) DESC, CASE WHEN s.valid_from <= w.period_to THEN s.valid_from END DESC,
                     s.valid_from
            LIMIT 1) place
     ORDER BY w.at""",
)


async def stood_in(tx: Transaction, asked: Sequence[tuple[str, date, date]]) -> list[Stood]:
    """Return how each organization stood in a period, each given by its id and the period's first and last day."""
    if not asked:
        return []
    ids, firsts, lasts = (list(column) for column in zip(*asked, strict=True))
    return await tx.fetch(_STOOD, ids, firsts, lasts)


def fault_of_period(organization: Dated, stood: Stood) -> FieldError | None:
    """Return the fault of a period in which the organization was not there; an undated one begins by what is entered."""
    if stood["was_there"] or (is_undated(organization) and stood["ended_on"] is None):
        return None
    return not_there(stood["starts_on"], stood["ended_on"])


def owned(organization: Mapping[str, Any], stood: Stood, values: Values) -> Values:
    """Return the columns of figures with those that say whose they are and where they count."""
    return {
        **values,
        "organization_id": organization["id"],
        "alliance": organization["alliance"],
        "province_2008": stood["province_2008"],
        "province_2025": stood["province_2025"],
    }


async def columns(tx: Transaction, call: Call, body: StatisticInput, row: OrganizationStatisticRow | None) -> Values:
    """Return the columns of figures; their organization stands in `call.record`, locked. Raises Invalid, OrganizationMerged."""
    organization = cast(OrganizationRow, call.record)
    organizations.refuse_merged(organization)
    before = [] if row is None else orjson.loads(row["file_ids"])
    faults = await check_files(tx, call.caller, body.file_ids, before=before)
    values: Values = {**columns_of(body)}
    (stood,) = await stood_in(tx, [(organization["id"], values["period_from"], values["period_to"])])
    if (fault := fault_of_period(organization, stood)) is not None:
        faults.append(fault)
    if faults:
        raise Invalid(*faults)
    return owned(organization, stood, values)


async def derive(tx: Transaction, call: Call, row: R, reason: str | None) -> R:
    """Let an organization without a day of its own begin with its earliest figures; return the row as it was."""
    organization = cast(OrganizationRow, call.record)
    organizations.refuse_merged(organization)
    if is_undated(organization):
        await organizations.rebuild(tx, organization, by=call.caller, reason=reason)
    return row


class PreviousFigures(TypedDict):
    """What is compared of the last period of the same length."""

    at: int
    period: str
    members_official: int | None
    members_affiliate_capital: int | None
    members_affiliate_noncapital: int | None
    workers_regular: int | None
    revenue_vnd: int | None


# By uq_organization_statistic_period. A year has a day more or less, a quarter two: periods within five days are as long.
_PREVIOUS = statement(
    PreviousFigures,
    """
    SELECT (w.at - 1)::int AS at, p.*
      FROM unnest($1::uuid[], $2::date[], $3::date[]) WITH ORDINALITY AS w(organization_id, period_from, period_to, at)
     CROSS JOIN LATERAL (
           SELECT s.period, s.members_official, s.members_affiliate_capital, s.members_affiliate_noncapital,
                  s.workers_regular, s.revenue_vnd
             FROM organization_statistic s
            WHERE s.organization_id = w.organization_id AND s.period_to < w.period_to
              AND abs((s.period_to - s.period_from) - (w.period_to - w.period_from)) <= 5
            ORDER BY s.period_to DESC LIMIT 1) p""",
)


async def unlikely_of(tx: Transaction, rows: Sequence[Row]) -> list[list[Unlikely]]:
    """Return for each row what is worth a look in it, with its numbers."""
    if not rows:
        return []
    keys = ([row[name] for row in rows] for name in ("organization_id", "period_from", "period_to"))
    previous = {found["at"]: found for found in await tx.fetch(_PREVIOUS, *keys)}
    return [[*unlikely(row, previous.get(at))] for at, row in enumerate(rows)]


async def warnings_of(tx: Transaction, call: Call, rows: Sequence[Row]) -> list[list[dict[str, Any]]]:
    """Return the warnings of each row as they are answered."""
    return [
        [warned(call.language, code, f"/{field}", words) for code, field, words in found]
        for found in await unlikely_of(tx, rows)
    ]


async def warnings(tx: Transaction, call: Call, row: Row) -> list[dict[str, Any]]:
    """Return what is worth a look in a row, with its numbers."""
    (found,) = await warnings_of(tx, call, [row])
    return found


# By uq_organization_statistic_period.
_SAME_PERIOD = scalar(
    str,
    "SELECT id FROM organization_statistic WHERE organization_id = $1::uuid AND period_to = $2 AND period_from = $3",
)


async def period_taken(tx: Transaction, values: Values) -> Exception:
    """Return what a second row of a period is refused with."""
    existing = await tx.fetchval(_SAME_PERIOD, values["organization_id"], values["period_to"], values["period_from"])
    return problems.StatisticExists(period=values["period"], organization_statistic_id=existing)
