"""How projects are listed: by fund, place and sector, and by the period that money was paid out in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from kernel.problems import FieldError
from kernel.records.embedding import own_fields
from kernel.records.listing import (
    Filter,
    Listing,
    SortKey,
    Source,
    code_filter,
    counted,
    day_filter,
    day_range,
    id_filter,
    number_range,
    sums_of,
)
from kernel.records.province_filters import PROVINCE_FILTERS, split_province
from kernel.values.field_errors import field_error
from kernel.web.field_types import folded
from services.funds import code_lists as codes
from services.funds.indicators import INDICATORS
from services.funds.lending.projects.queries import ALL_TIME, IN_PERIOD, OF_NATION_IN_PERIOD
from services.funds.lending.projects.schemas import Project
from services.funds.names import FUND_NAME, ORGANIZATION_NAME


def _source(parameters: Mapping[str, Any]) -> Source:
    source = ALL_TIME
    if "_from" in parameters:
        source = OF_NATION_IN_PERIOD if "_nation" in parameters else IN_PERIOD
    return counted(source, INDICATORS, parameters, "r.id")


def _check(parameters: dict[str, Any]) -> list[FieldError]:
    """Bring year, or from and to, to one period; a figure's evidence has its own."""
    if "counted_in" in parameters:
        if errors := INDICATORS.check_evidence(parameters):
            return errors
        parameters["_from"], parameters["_to"] = parameters["from"], parameters["to"]
        return []
    split_province(parameters)
    words = ("Chỉ dùng khi đã nêu chỉ tiêu được đếm.", "Use this only with the indicator that is counted.")
    errors = [
        FieldError("needs_counted_in", words, parameter=name)
        for name in ("scope", "counted_by", "counted_group")
        if name in parameters
    ]
    year, first, last = parameters.pop("year", None), parameters.pop("from", None), parameters.pop("to", None)
    if year is not None and (first is not None or last is not None):
        errors.append(
            FieldError(
                "not_allowed",
                (
                    "Hãy nêu năm, hoặc ngày đầu và ngày cuối, không nêu cả hai.",
                    "Give the year, or the first and last day, not both.",
                ),
                parameter="year",
            )
        )
    elif (first is None) != (last is None):
        missing = "from" if first is None else "to"
        errors.append(
            FieldError(
                "required",
                ("Hãy nêu cả ngày đầu và ngày cuối.", "Give both the first and the last day."),
                parameter=missing,
            )
        )
    elif first is not None and first > last:
        errors.append(
            FieldError(
                "end_before_start",
                ("Ngày cuối phải từ ngày đầu trở đi.", "The last day is before the first."),
                parameter="to",
            )
        )
    elif year is not None or first is not None:
        parameters["_from"], parameters["_to"] = (
            (first, last) if year is None else (date(year, 1, 1), date(year, 12, 31))
        )
    return errors


def _year(value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) == 4 and 1900 < int(value) < 9999):
        raise field_error(
            "out_of_range",
            "Hãy ghi một năm gồm bốn chữ số, ví dụ 2023.",
            "Give a year of four digits, for instance 2023.",
        )
    return int(value)


# Each side by its own index: the two columns put together would be compared row by row.
ORGANIZATION = replace(
    id_filter("organization_id", "r.organization_id", "Organization that borrows, or whose member does."),
    sql="""(r.organization_id = ANY({0}::uuid[]) OR r.borrower_id = ANY(ARRAY(
        SELECT id FROM borrower WHERE beneficiary_organization_id = ANY({0}::uuid[]))))""",
)


_EVIDENCE = tuple(f for f in INDICATORS.evidence_filters("projects") if f.name not in ("from", "to"))


PROJECT_NAMES = (FUND_NAME, ORGANIZATION_NAME)

LISTING = Listing(
    name="project",
    filters=(
        id_filter("fund_id", "r.fund_id", "Fund."),
        Filter(
            "year",
            "",
            "Projects with a tranche in that year.",
            _year,
            {"type": "integer", "minimum": 1901, "maximum": 9998},
        ),
        day_filter(
            "from",
            "",
            "Projects with a tranche on or after that day, with `to`; with `counted_in`, first day of the figure's period.",
        ),
        day_filter("to", "", "Last day of the period."),
        code_filter("report_sector", "r.report_sector", codes.REPORT_SECTORS, "Sector."),
        ORGANIZATION,
        id_filter("borrower_id", "r.borrower_id", "Borrower."),
        code_filter("state", "r.state", codes.LOAN_STATES, "State of the loan."),
        code_filter("channel", "r.channel", codes.LOAN_CHANNELS, "Channel."),
        Filter(
            "q",
            "b.name_folded LIKE '%' || {0} || '%'",
            "Search in borrowers' names without regard to case or marks.",
            folded,
        ),
        *day_range("first_disbursed_on", "r.starts_on", "Day of the first tranche"),
        *number_range("outstanding_vnd", "r.outstanding_vnd", "Outstanding principal in đồng"),
        *PROVINCE_FILTERS,
        *_EVIDENCE,
    ),
    sorts={
        "id": SortKey("r.id", "uuid"),
        "first_disbursed_on": SortKey("r.starts_on", "date"),
        "disbursed_vnd": SortKey("r.disbursed_vnd", "bigint"),
        "outstanding_vnd": SortKey("r.outstanding_vnd", "bigint"),
    },
    default_sort="id",
    source=_source,
    represent=lambda row: {name: row[name] for name in own_fields(Project)},
    embeds=PROJECT_NAMES,
    fields=tuple(Project.model_fields),
    facets={"report_sector": "r.report_sector", "state": "r.state", "channel": "r.channel", "fund_id": "r.fund_id"},
    sums=sums_of(Project.model_fields),
    id_key=SortKey("r.id", "uuid"),
    cache_control="no-store",
    check=_check,
)
