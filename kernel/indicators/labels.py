"""What indicators, units and groups are called in the language asked for."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping

from kernel.database.connections import Database
from kernel.indicators.spans import MONTHS
from kernel.indicators.table import IndicatorTable
from kernel.values import geography

_UNKNOWN = ("Không rõ", "Not known")
"""Of records without a group, and of what a group's code no longer tells."""


async def group_labels(
    db: Database, table: IndicatorTable, group_by: str | None, groups: Iterable[str | None], language: str
) -> Mapping[str | None, str]:
    """Return what each group is called; one statement at most, for groups that are records."""
    if group_by is None:
        return {}
    unknown, wanted = _UNKNOWN[language == "en"], set(groups)
    if group_by in table.names:
        rows = await db.fetch(table.names[group_by], [group for group in wanted if group is not None])
        names = {row["id"]: row["name"] for row in rows}
        return {group: names.get(group or "", unknown) for group in wanted}
    return {
        group: unknown if group is None else _label(table, group_by, group, language) or unknown for group in wanted
    }


def _label(table: IndicatorTable, group_by: str, group: str, language: str) -> str | None:
    if group_by in MONTHS:
        return _period(group, language)
    if group_by == "province":
        province = geography.province(group)
        return None if province is None else province.name_en if language == "en" else province.name
    code, _, map_ = group.rpartition("-")
    if group_by == "commune":
        commune = geography.commune(code, map_)
        return None if commune is None else commune.full_name
    if group_by == "district":
        district = geography.district(code) if map_ == "2008" else None
        # What lies in no district for sure stands under its commune.
        return district.full_name if district is not None else _label(table, "commune", group, language)
    labels = table.labels[group_by].get(group)
    return None if labels is None else labels[language == "en"]


def _period(code: str, language: str) -> str:
    year, _, part = code.partition("-")
    if language == "en":
        return f"{part} {year}" if part[:1] == "Q" else f"{calendar.month_name[int(part)]} {year}" if part else year
    return f"Quý {part[1:]}/{year}" if part[:1] == "Q" else f"Tháng {int(part)}/{year}" if part else f"Năm {year}"
