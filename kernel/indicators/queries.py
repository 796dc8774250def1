"""The SQL behind figures and evidence: one statement for all figures asked, one sub-select a list of evidence."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypedDict

from kernel.database.connections import Database, Transaction
from kernel.database.statements import statement
from kernel.indicators.definitions import BY_PLACE, Indicator, Relation
from kernel.indicators.spans import Span
from kernel.values.lineage import Level, placing
from kernel.web.auth import Caller, narrow


@dataclass(frozen=True)
class Wanted:
    """One figure to count: an indicator at a scope, over the 2008 provinces that have coverage for it.

    `spans`: the place of the list of spans that a stock is counted in, each by itself; None: the time that is asked for.
    """

    indicator: Indicator
    scope: str
    provinces: tuple[str, ...]
    spans: int | None = None


_CODES = {"quarter": 'YYYY-"Q"Q', "year": "YYYY"}


def _group_sql(relation: Relation, group_by: str | None, geography: str) -> str:
    if group_by is None:
        return "NULL"
    if group_by == "province":
        return relation.province if geography == "2008" else relation.province_2025
    if group_by in BY_PLACE and relation.communes is not None:
        return relation.communes.unit(group_by, geography)
    if group_by in _CODES:
        return relation.groups["month"].replace("YYYY-MM", _CODES[group_by])
    return relation.groups[group_by]


def _group_join(relation: Relation, group_by: str | None, communes: str, units: str) -> str:
    """Return what a grouping joins; communes and, in the same order, their units stand as lists at the places given."""
    if group_by in BY_PLACE and relation.communes is not None:
        return relation.communes.join(communes, units, group_by)
    return relation.sector_join if group_by == "report_sector" else ""


def level_of(group_by: str | None) -> Level | None:
    """Return the level of the units that are grouped by, or None."""
    return "commune" if group_by == "commune" else "district" if group_by == "district" else None


def _parts(wanted: Sequence[Wanted]) -> list[list[int]]:
    """Return the places of what can be counted, together by relation and spans."""
    found: dict[tuple[str, int | None], list[int]] = {}
    for at, item in enumerate(wanted):
        if item.provinces:
            found.setdefault((item.indicator.relation.name, item.spans), []).append(at)
    return list(found.values())


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
    for number, (places, within) in enumerate(zip(_parts(wanted), area, strict=True)):
        relation, spans = wanted[places[0]].indicator.relation, wanted[places[0]].spans
        union = tuple(sorted({p for at in places for p in wanted[at].provinces}))
        lying = ("", "") if level is None else [place(each) for each in placing(union, level, geography)]
        aggregates = []
        for at in places:
            item = wanted[at]
            condition = item.indicator.scopes[item.scope]
            if item.provinces != union:
                condition = f"{condition} AND {relation.province} = ANY({place(item.provinces)})"
            aggregates.append(f"{item.indicator.aggregate(condition)}::numeric")
        counted = f"ARRAY[{', '.join(aggregates)}] AS counted"
        rows = f"{relation.condition_of(group_by)} AND {relation.province} = ANY({place(union)}) AND {within}"
        if spans is None:
            days = {"from_": "$1", "to": "$2"}
            parts.append(
                f"SELECT {number} AS part, {_group_sql(relation, group_by, geography)}::text AS grp, {counted} "  # noqa: S608  parts are the declared relations'; what callers send is bound
                f"FROM {relation.tables.format(**days)}{_group_join(relation, group_by, *lying)} "
                f"WHERE {rows.format(**days)} GROUP BY 2"
            )
        else:
            # A stock is another one on each day: it is counted anew for every span, all in this statement.
            days, first = {"from_": "span.first", "to": "span.last"}, 3 + 3 * spans
            parts.append(
                f"SELECT {number} AS part, span.code AS grp, stock.counted "  # noqa: S608  parts are the declared relations'; what callers send is bound
                f"FROM unnest(${first}::date[], ${first + 1}::date[], ${first + 2}::text[]) AS span(first, last, code) "
                f"CROSS JOIN LATERAL (SELECT {counted} FROM {relation.tables.format(**days)} "
                f"WHERE {rows.format(**days)}) AS stock"
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
    spans: Iterable[Sequence[Span]] = (),
) -> dict[int, dict[str | None, int | Decimal | None]]:
    """Return for each wanted figure (by its place) its value by group; group None without `group_by`.

    All are counted in one statement and so in one snapshot: a share's parts agree, and the months of a year.
    """
    parts = _parts(wanted)
    if not parts:
        return {}
    args: list[Any] = [from_, to]
    for each in spans:
        args += map(list, zip(*each, strict=True))
    area = tuple(narrow(caller, args, wanted[places[0]].indicator.relation.alliance) for places in parts)
    sql, lists = _count_sql(tuple(wanted), area, len(args), group_by, geography)
    args += map(list, lists)
    values: dict[int, dict[str | None, int | Decimal | None]] = {
        at: {} if group_by else {None: wanted[at].indicator.nothing} for places in parts for at in places
    }
    for row in await db.fetch(sql, *args):
        for at, value in zip(parts[row["part"]], row["counted"], strict=True):
            values[at][row["grp"]] = int(value) if value is not None and value == value.to_integral_value() else value
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
        f"WHERE {relation.condition_of(group_by).format(**days)} AND {relation.province} = ANY({{province}}::text[]) "
        f"AND {indicator.scopes[scope]}"
    )
    if group_by is not None:
        sql += f" AND {_group_sql(relation, group_by, geography)} IS NOT DISTINCT FROM {{counted_group}}::text"
    return sql


def contribution_sql(indicator: Indicator, scope: str, id_column: str) -> str:
    """Return the column of what the record whose id stands in `id_column` adds to a figure; it names what counted_sql does.

    A record that is counted adds 1; of a sum or an average it adds what is summed. Null where several records are one thing.
    """
    if indicator.distinct_of is not None:
        return "NULL::numeric"
    if indicator.measure in ("count", "distinct") or indicator.least is not None:
        return "1::numeric"
    relation, days = indicator.relation, {"from_": "{from}", "to": "{to}"}
    return (
        f"(SELECT sum({indicator.measure})::numeric FROM {relation.tables.format(**days)} "  # noqa: S608  parts are the declared relations'; what callers send is bound
        f"WHERE {relation.condition.format(**days)} AND {indicator.scopes[scope]} AND {relation.is_one(id_column)})"
    )


def district_sql(indicator: Indicator, id_column: str) -> str:
    """Return the column of the district of 2008 in which a record counted by district lies; names {_communes}, {_units} too."""
    relation, days = indicator.relation, {"from_": "{from}", "to": "{to}"}
    join = _group_join(relation, "district", "{_communes}::text[]", "{_units}::text[]")
    return (
        f"(SELECT {_group_sql(relation, 'district', '2008')} FROM {relation.tables.format(**days)}{join} "  # noqa: S608  as above
        f"WHERE {relation.condition.format(**days)} AND {relation.is_one(id_column)} LIMIT 1)"
    )


class Covered(TypedDict):
    """A type of record that a 2008 province is covered in for the whole of a span, by the span's place among those asked."""

    at: int
    province: str
    record_type: str


# A flow needs the whole of its days covered, a stock the last; adjacent declarations add up, once for all spans.
_COVERED = statement(
    Covered,
    """
      WITH declared AS MATERIALIZED (
           SELECT p.province, n.record_type,
                  (SELECT range_agg(daterange(c.covered_from, c.covered_to, '[]')) FROM coverage c
                    WHERE p.province = ANY(c.provinces_2008) AND n.record_type = ANY(c.record_types)) AS days
             FROM unnest($1::text[]) AS p(province) CROSS JOIN unnest($2::text[]) AS n(record_type))
    SELECT (span.at - 1)::int AS at, d.province, d.record_type
      FROM unnest($3::date[], $4::date[]) WITH ORDINALITY AS span(first, last, at)
      JOIN declared d ON d.days @> daterange(span.first, span.last, '[]')""",
)


async def covered(
    db: Database | Transaction,
    provinces: Sequence[str],
    record_types: Sequence[str],
    days: Sequence[tuple[date, date]],
) -> list[dict[str, set[str]]]:
    """Return for each of `days` (first and last) which record types are covered in all of them, by 2008 province."""
    found: list[dict[str, set[str]]] = [{province: set() for province in provinces} for _ in days]
    if not (provinces and record_types):
        return found
    firsts, lasts = zip(*days, strict=True)
    for row in await db.fetch(_COVERED, list(provinces), list(record_types), list(firsts), list(lasts)):
        found[row["at"]][row["province"]].add(row["record_type"])
    return found
