"""The SQL behind figures and evidence: one statement for all figures asked, one sub-select a list of evidence."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypedDict

from kernel.database.connections import Database, Transaction
from kernel.database.statements import statement
from kernel.indicators.definitions import BY_PLACE, Indicator, Relation
from kernel.values.lineage import Level, placing
from kernel.web.auth import Caller, narrow


@dataclass(frozen=True)
class Wanted:
    """One figure to count: an indicator at a scope, over the 2008 provinces that have coverage for it."""

    indicator: Indicator
    scope: str
    provinces: tuple[str, ...]


def _group_sql(relation: Relation, group_by: str | None, geography: str) -> str:
    if group_by is None:
        return "NULL"
    if group_by == "province":
        return relation.province if geography == "2008" else relation.province_2025
    if group_by in BY_PLACE and relation.communes is not None:
        return relation.communes.unit(group_by, geography)
    return relation.groups[group_by]


def _group_join(relation: Relation, group_by: str | None, communes: str, units: str) -> str:
    """Return what a grouping joins; communes and, in the same order, their units stand as lists at the places given."""
    if group_by in BY_PLACE and relation.communes is not None:
        return relation.communes.join(communes, units, group_by)
    return relation.sector_join if group_by == "report_sector" else ""


def level_of(group_by: str | None) -> Level | None:
    """Return the level of the units that are grouped by, or None."""
    return "commune" if group_by == "commune" else "district" if group_by == "district" else None


def _by_relation(wanted: Sequence[Wanted]) -> dict[str, list[int]]:
    """Return the places of what can be counted, by the name of its relation."""
    found: dict[str, list[int]] = {}
    for at, item in enumerate(wanted):
        if item.provinces:
            found.setdefault(item.indicator.relation.name, []).append(at)
    return found


@functools.lru_cache(maxsize=256)
def _count_sql(
    wanted: tuple[Wanted, ...], area: tuple[str, ...], bound: int, group_by: str | None, geography: str
) -> tuple[str, tuple[tuple[str, ...], ...]]:
    """Return the statement, and the lists of provinces that follow its first `bound` arguments.

    `area` keeps each relation within the caller's. The same figures are asked for again and again, and the statement of all of a
    service's is long.
    """
    lists: dict[tuple[str, ...], str] = {}

    def place(provinces: tuple[str, ...]) -> str:
        return lists.setdefault(provinces, f"${bound + len(lists) + 1}::text[]")

    level = level_of(group_by)
    parts = []
    for (name, places), within in zip(_by_relation(wanted).items(), area, strict=True):
        relation = wanted[places[0]].indicator.relation
        union = tuple(sorted({p for at in places for p in wanted[at].provinces}))
        lying = ("", "") if level is None else [place(each) for each in placing(union, level, geography)]
        aggregates = []
        for at in places:
            item = wanted[at]
            condition = item.indicator.scopes[item.scope]
            if item.provinces != union:
                condition = f"{condition} AND {relation.province} = ANY({place(item.provinces)})"
            aggregates.append(f"{item.indicator.aggregate(condition)}::numeric")
        days = {"from_": "$1", "to": "$2"}
        parts.append(
            f"SELECT '{name}' AS relation, {_group_sql(relation, group_by, geography)}::text AS grp, "  # noqa: S608  parts are the declared relations'; what callers send is bound
            f"ARRAY[{', '.join(aggregates)}] AS counted FROM {relation.tables.format(**days)}"
            f"{_group_join(relation, group_by, *lying)} "
            f"WHERE {relation.condition.format(**days)} "
            f"AND {relation.province} = ANY({place(union)}) AND {within} GROUP BY 2"
        )
    # Named once, so that the days have a type even where a relation uses only one of them.
    return "WITH days AS (SELECT $1::date, $2::date) " + " UNION ALL ".join(parts), tuple(lists)


async def count(
    db: Database | Transaction,
    wanted: Sequence[Wanted],
    from_: date,
    to: date,
    *,
    caller: Caller,
    group_by: str | None,
    geography: str,
) -> dict[int, dict[str | None, int | Decimal]]:
    """Return for each wanted figure (by its place) its value by group; group None without `group_by`.

    All are counted in one statement and so in one snapshot: a share's parts agree.
    """
    by_relation = _by_relation(wanted)
    if not by_relation:
        return {}
    args: list[Any] = [from_, to]
    area = tuple(narrow(caller, args, wanted[places[0]].indicator.relation.alliance) for places in by_relation.values())
    sql, lists = _count_sql(tuple(wanted), area, len(args), group_by, geography)
    args += map(list, lists)
    values: dict[int, dict[str | None, int | Decimal]] = {
        at: {} if group_by else {None: 0} for places in by_relation.values() for at in places
    }
    for row in await db.fetch(sql, *args):
        for at, value in zip(by_relation[row["relation"]], row["counted"], strict=True):
            values[at][row["grp"]] = int(value) if value == value.to_integral_value() else value
    return values


def counted_sql(indicator: Indicator, scope: str, *, group_by: str | None, geography: str) -> str:
    """Return the sub-select of the ids that a figure counts.

    It names {from}, {to}, {province} and, with `group_by`, {counted_group}, by commune or district {_communes} and {_units} as
    well; the list's own narrowing keeps the area.
    """
    relation = indicator.relation
    join = _group_join(relation, group_by, "{_communes}::text[]", "{_units}::text[]")
    days = {"from_": "{from}", "to": "{to}"}
    sql = (
        f"SELECT {relation.id} FROM {relation.tables.format(**days)}{join} "  # noqa: S608  parts are the declared relations'; what callers send is bound
        f"WHERE {relation.condition.format(**days)} AND {relation.province} = ANY({{province}}::text[]) "
        f"AND {indicator.scopes[scope]}"
    )
    if group_by is not None:
        sql += f" AND {_group_sql(relation, group_by, geography)} IS NOT DISTINCT FROM {{counted_group}}::text"
    return sql


class Covered(TypedDict):
    """A type of record that a 2008 province is covered in."""

    province: str
    record_type: str


# A flow needs the whole period covered, a stock its last day; adjacent declarations add up.
_COVERED = statement(
    Covered,
    """
    SELECT p.province, n.record_type
      FROM unnest($1::text[]) AS p(province) CROSS JOIN unnest($2::text[]) AS n(record_type)
     WHERE (SELECT range_agg(daterange(c.covered_from, c.covered_to, '[]')) FROM coverage c
             WHERE p.province = ANY(c.provinces_2008) AND n.record_type = ANY(c.record_types))
           @> daterange($3::date, $4::date, '[]')""",
)


async def covered(
    db: Database | Transaction, provinces: Sequence[str], record_types: Sequence[str], first: date, last: date
) -> dict[str, set[str]]:
    """Return which record types are covered from `first` to `last`, by 2008 province."""
    found: dict[str, set[str]] = {province: set() for province in provinces}
    for row in await db.fetch(_COVERED, list(provinces), list(record_types), first, last):
        found[row["province"]].add(row["record_type"])
    return found
