"""How large an organization was in a year: derived from its figures by the thresholds of the date, never typed.

The thresholds are data with validity (size_classes.csv, beside this file). What nobody has read from the decree yet is empty
there, and then nothing is derived that would need it.
"""

from __future__ import annotations

import csv
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, TypedDict

from pydantic import Field

from kernel.database.connections import Database
from kernel.database.statements import statement
from kernel.problems.field_labels import Label
from kernel.records.organization_names import OrganizationName
from kernel.values.periods import days_of
from kernel.web.field_types import UUID, VndShown
from kernel.web.schemas import Output, listed
from services.registry import code_lists as codes

_FILE = Path(__file__).parent / "size_classes.csv"
SECTOR_OF: Mapping[str, str] = {
    "agriculture": "agriculture",
    "industry_handicraft": "industry_construction",
    "construction": "industry_construction",
    "credit_fund": "finance",
    "trade_service": "trade_service_other",
    "transport": "trade_service_other",
    "environment": "trade_service_other",
    "other": "trade_service_other",
}
"""Sector in reports → sector of the thresholds, which the decree takes from the main business line."""
CLASSIFIED = ("cooperative", "cooperative_union")


@dataclass(frozen=True)
class Threshold:
    """What a size class needs in a sector from one day on: official members, and revenue or capital. None: not known."""

    valid_from: date
    valid_to: date | None
    sector: str
    size_class: str
    members: int | None
    revenue_vnd: int | None
    capital_vnd: int | None
    source: str


def _number(text: str) -> int | None:
    return int(text) if text else None


@functools.cache
def thresholds() -> tuple[Threshold, ...]:
    """Return the table, the largest class of each sector first."""
    with _FILE.open(encoding="utf-8", newline="") as lines:
        return tuple(
            Threshold(
                date.fromisoformat(row["valid_from"]),
                date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
                row["sector"],
                row["size_class"],
                _number(row["members_at_least"]),
                _number(row["revenue_at_least_vnd"]),
                _number(row["capital_at_least_vnd"]),
                row["source"],
            )
            for row in csv.DictReader(lines)
        )


def _at_least(value: int | None, least: int) -> bool | None:
    return None if value is None else value >= least


def _meets(threshold: Threshold, members: int | None, revenue: int | None, capital: int | None) -> bool | None:
    """Say whether figures meet a known threshold; None where what is not known decides."""
    assert threshold.members is not None
    assert threshold.revenue_vnd is not None
    assert threshold.capital_vnd is not None
    money = {_at_least(revenue, threshold.revenue_vnd), _at_least(capital, threshold.capital_vnd)}
    enough = True if True in money else None if None in money else False
    both = {_at_least(members, threshold.members), enough}
    return False if False in both else None if None in both else True


def size_class(
    table: Sequence[Threshold], on: date, sector: str, members: int | None, revenue: int | None, capital: int | None
) -> tuple[str | None, str | None]:
    """Return the size class of figures by the table of a day, or None and the reason why nobody can say."""
    in_force = [
        each
        for each in table
        if each.sector == sector and each.valid_from <= on and (each.valid_to is None or on <= each.valid_to)
    ]
    if not in_force:
        return None, "thresholds_missing"
    for threshold in in_force:
        if None in (threshold.members, threshold.revenue_vnd, threshold.capital_vnd):
            return None, "thresholds_missing"
        meets = _meets(threshold, members, revenue, capital)
        if meets is None:
            return None, "statistics_missing"
        if meets:
            return threshold.size_class, None
    return "micro", None


class OrganizationSizeClass(Output):
    """How large an organization was in a year by the thresholds of its last day (Decree 113/2024/NĐ-CP)."""

    organization_id: str = Field(json_schema_extra=UUID)
    organization: OrganizationName
    year: Annotated[int, Label("Năm")]
    size_class: str | None = Field(json_schema_extra=listed(codes.SIZE_CLASSES), description="null: see `reason`")
    reason: Annotated[str | None, Label("Lý do chưa xếp")] = Field(
        json_schema_extra=listed(codes.SIZE_CLASS_REASONS), description="Why there is no size class; null: there is"
    )
    sector: Annotated[str | None, Label("Lĩnh vực của ngưỡng")] = Field(
        json_schema_extra=listed(codes.SIZE_SECTORS), description="By the organization's sector in reports"
    )
    members_official: int | None
    revenue_vnd: Annotated[VndShown | None, Field(description="Revenue of the year in whole đồng; null: not known")]
    assets_vnd: VndShown | None
    organization_statistic_id: str | None = Field(
        json_schema_extra=UUID, description="The figures that it follows from"
    )


class FiguresOfYear(TypedDict):
    """An organization with what its size follows from."""

    name: str
    type: str
    type_now: str
    report_sector: str | None
    statistic_id: str | None
    members_official: int | None
    revenue_vnd: int | None
    assets_vnd: int | None


# Of the calendar year, else of the statistical year; by uq_organization_statistic_period. The type on the year's last day, or today's.
_OF_YEAR = statement(
    FiguresOfYear,
    """
    SELECT o.name, o.type AS type_now,
           coalesce((SELECT s.type FROM organization_state s
                      WHERE s.organization_id = o.id AND s.valid_from <= $3::date AND s.valid_to > $3::date), o.type) AS type,
           o.report_sector, f.id AS statistic_id, f.members_official, f.revenue_vnd, f.assets_vnd
      FROM organization o
      LEFT JOIN LATERAL (
           SELECT * FROM organization_statistic
            WHERE organization_id = o.id AND (period_from, period_to) IN (($2::date, $3::date), ($4::date, $5::date))
            ORDER BY period_to DESC LIMIT 1) f ON true
     WHERE o.id = $1::uuid""",
)


async def read_size_class(db: Database, organization_id: str, year: int) -> dict[str, Any]:
    """Return the size class of an organization in a year."""
    first, last = days_of(f"{year:04d}")
    row = await db.fetchrow(_OF_YEAR, organization_id, first, last, *days_of(f"S{year:04d}"))
    assert row is not None, "loaded by the guard"
    sector = None if row["report_sector"] is None else SECTOR_OF[row["report_sector"]]
    found: str | None
    reason: str | None
    if row["type"] not in CLASSIFIED:
        found, reason = None, "not_classified"
    elif sector is None:
        found, reason = None, "sector_missing"
    else:
        figures = (row["members_official"], row["revenue_vnd"], row["assets_vnd"])
        found, reason = size_class(thresholds(), last, sector, *figures)
    return {
        "organization_id": organization_id,
        "organization": {"id": organization_id, "name": row["name"], "type": row["type_now"]},
        "year": year,
        "size_class": found,
        "reason": reason,
        "sector": sector,
        "members_official": row["members_official"],
        "revenue_vnd": row["revenue_vnd"],
        "assets_vnd": row["assets_vnd"],
        "organization_statistic_id": row["statistic_id"],
    }
