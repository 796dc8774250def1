"""What the figures of an organization for a period are as a record: table, representation, list, how they are written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orjson import Fragment
from sqlalchemy import Table

from kernel.records import Resource, table_of
from kernel.records.crud import Parent, RecordType, listing_of
from kernel.records.embedding import own_fields
from kernel.records.in_sql import Fields, Sql, as_one, columns_in_sql, object_in_sql, said_in_sql, text_in_sql
from kernel.records.listing import (
    Filter,
    SortKey,
    code_filter,
    day_filter,
    day_range,
    flag_filter,
    id_filter,
)
from kernel.records.organization_names import organization_name
from kernel.records.province_filters import PROVINCE_FILTERS
from kernel.values.periods import days_of
from services.registry import code_lists as codes
from services.registry import models, problems
from services.registry.indicators import INDICATORS
from services.registry.organizations.belongings import belonging
from services.registry.organizations.records import ORGANIZATION
from services.registry.rows import OrganizationStatisticRow
from services.registry.scopes import OWN_READ, PREFIX, WRITE
from services.registry.statistics import schemas, service

_SHOWN = tuple(
    name for name in own_fields(schemas.OrganizationStatistic) if name not in ("income_per_worker", "file_ids")
)


def represent(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the public representation of a row."""
    document = {name: row[name] for name in _SHOWN}
    income, per = row["income_per_worker_vnd"], row["income_per"]
    document["income_per_worker"] = None if per is None else {"amount_vnd": income, "per": per}
    document["file_ids"] = Fragment(row["file_ids"])
    return document


@said_in_sql(represent)
def _in_sql(table: Table) -> Fields:
    income = as_one(
        object_in_sql({"amount_vnd": (Sql("r.income_per_worker_vnd"),), "per": text_in_sql("r.income_per")})
    )
    return {
        **columns_in_sql(table, _SHOWN, of=schemas.OrganizationStatistic),
        "income_per_worker": (Sql(f"CASE WHEN r.income_per IS NOT NULL THEN {income} END"),),
        "file_ids": (Sql("r.file_ids"),),
    }


STATISTIC = belonging(
    Resource(
        "organization_statistic",
        table_of(models.OrganizationStatistic),
        f"{PREFIX}/organization-statistics",
        represent,
        own_column="organization_id",
        embeds=(organization_name("organization"),),
        row=OrganizationStatisticRow,
    )
)


def _period(value: str) -> str:
    days_of(value)
    return value


PERIOD = Filter(
    "period",
    "r.period = ANY({0}::text[])",
    "Code of the period: 2023, 2023-H1, S2023.",
    _period,
    {"type": "string", "maxLength": 8, "examples": ["2023"]},
    repeated=True,
)
_SECTOR = "EXISTS (SELECT FROM organization o WHERE o.id = r.organization_id AND o.report_sector = ANY({0}::text[]))"

STATISTIC_TYPE = RecordType(
    resource=STATISTIC,
    plural="organization-statistics",
    output=schemas.OrganizationStatistic,
    written=schemas.OrganizationStatisticWritten,
    create=schemas.OrganizationStatisticCreate,
    change=schemas.OrganizationStatisticChange,
    listing=listing_of(
        STATISTIC,
        schemas.OrganizationStatistic,
        (
            id_filter("organization_id", "r.organization_id", "Organization."),
            PERIOD,
            *day_range("period_from", "r.period_from", "First day of the period"),
            *day_range("period_to", "r.period_to", "Last day of the period"),
            code_filter("source", "r.source", codes.STATISTIC_SOURCES, "Who the figures come from."),
            Filter(
                "report_sector",
                _SECTOR,
                "Sector of the organization in reports.",
                code_filter("report_sector", "", codes.REPORT_SECTORS, "").read,
                code_filter("report_sector", "", codes.REPORT_SECTORS, "").schema,
                repeated=True,
            ),
            flag_filter("is_synthetic", "r.is_synthetic", "Invented records only, or none."),
            day_filter("as_of", "(r.period_to <= {0}::date)", "Periods that had ended by that day"),
            *PROVINCE_FILTERS,
        ),
        sorts={"period": SortKey("r.period_to", "date")},
        facets={"period": "r.period", "source": "r.source"},
        counts=INDICATORS,
    ),
    # The organization is locked first, always: of two deliveries for one period the second finds what the first made.
    under=Parent(ORGANIZATION, "organizations", "organization_id", in_body=True, locked=True),
    columns=service.columns,
    derive=service.derive,
    warnings=service.warnings,
    unique={"uq_organization_statistic_period": service.period_taken},
    removable=True,
    refusals=(problems.OrganizationMerged, problems.StatisticExists),
    removal_refusals=(problems.OrganizationMerged,),
    read_scopes=OWN_READ,
    write_scopes=WRITE,
    about={
        "create": "Enter what an organization reports for a period. One row a period: what is there already is corrected, or "
        "delivered with `PUT …/by-period`. The same `id` and content again answers 200.",
        "create_below": "Enter what this organization reports for a period.",
        "history": "Return every version, oldest first; of one that was taken back as well.",
    },
)
