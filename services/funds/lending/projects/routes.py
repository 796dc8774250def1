"""Projects: the loans that were paid out, with what was planned, approved, disbursed, repaid and is left of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Annotated, Any

from pydantic import Field
from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel.problems import FieldError
from kernel.problems.field_labels import Label
from kernel.records.listing import (
    Filter,
    Listing,
    SortKey,
    Source,
    answer_list,
    code_filter,
    day_filter,
    day_range,
    id_filter,
    number_range,
)
from kernel.records.province_filters import PROVINCE_FILTERS, split_province
from kernel.records.records import dump
from kernel.values.field_errors import field_error
from kernel.values.ids import Id
from kernel.web.auth import NATION
from kernel.web.operations import Call, CurrentCall
from kernel.web.schemas import Output, Page
from services.funds import code_lists as codes
from services.funds import code_lists as funds_codes
from services.funds.capital.funds.routes import folded
from services.funds.indicators import INDICATORS
from services.funds.scopes import READ, funds_router
from services.funds.servicing.repayments.schemas import VndShown

router = funds_router("projects")
LISTED = "projects"


class Project(Output):
    """A project that a fund paid out for; its id is the loan's."""

    id: str = Field(json_schema_extra={"format": "uuid"})
    fund_id: str = Field(json_schema_extra={"format": "uuid"})
    contract_number: str
    borrower_id: str = Field(json_schema_extra={"format": "uuid"})
    borrower_name: str
    organization_id: str | None = Field(
        json_schema_extra={"format": "uuid"}, description="The borrower's, or that which it borrows as a member of"
    )
    purpose: str
    report_sector: str | None = Field(json_schema_extra={"x-extensible-enum": list(funds_codes.REPORT_SECTORS)})
    commune_code: str
    commune_map: str
    province_2008: str
    province_2025: str
    channel: Annotated[str, Label("Kênh cho vay")] = Field(
        json_schema_extra={"x-extensible-enum": list(codes.LOAN_CHANNELS)}
    )
    state: Annotated[str, Label("Trạng thái khoản vay")] = Field(
        json_schema_extra={"x-extensible-enum": list(codes.LOAN_STATES)}
    )
    planned_vnd: int | None = Field(json_schema_extra={"format": "int64"}, description="Total cost of the project")
    own_capital_vnd: int | None = Field(json_schema_extra={"format": "int64"})
    cofinancing_vnd: int | None = Field(json_schema_extra={"format": "int64"})
    requested_vnd: int | None = Field(json_schema_extra={"format": "int64"}, description="Asked for")
    approved_vnd: int | None = Field(
        json_schema_extra={"format": "int64"}, description="Approved; null without application"
    )
    contracted_vnd: VndShown = Field(description="Sum of the contract")
    disbursed_vnd: VndShown = Field(description="Paid out in all")
    disbursed_in_period_vnd: int | None = Field(
        json_schema_extra={"format": "int64"}, description="Paid out in the period that was asked for; null without one"
    )
    turns: int = Field(description="Tranches in the period that was asked for, or in all")
    first_disbursed_on: date
    last_disbursed_on: date
    repaid_vnd: VndShown = Field(description="Principal that came back, and what left the balance otherwise")
    interest_paid_vnd: VndShown
    outstanding_vnd: VndShown
    jobs: int | None
    expected_results: str | None
    result: Annotated[str | None, Label("Kết quả dự án")]
    alliance: str


_ORGANIZATION = "coalesce(r.organization_id, b.beneficiary_organization_id)"
_COLUMNS = f"""
    r.id, r.fund_id, r.contract_number, r.borrower_id, r.borrower_name, {_ORGANIZATION} AS organization_id, r.purpose,
    r.report_sector, r.commune_code, r.commune_map, r.province_2008, r.province_2025, r.channel, r.state,
    r.total_cost_vnd AS planned_vnd, r.own_capital_vnd, r.cofinancing_vnd, a.requested_amount_vnd AS requested_vnd,
    a.approved_amount_vnd AS approved_vnd, r.principal_vnd AS contracted_vnd, r.disbursed_vnd,
    t.first_disbursed_on, t.last_disbursed_on, r.disbursed_vnd - r.outstanding_vnd AS repaid_vnd, r.interest_paid_vnd,
    r.outstanding_vnd, r.jobs, r.expected_results, r.result, r.alliance"""
# Tranches by their loan's index: what a page costs follows the page, not the table.
_TABLES = """
    loan r JOIN borrower b ON b.id = r.borrower_id LEFT JOIN loan_application a ON a.id = r.loan_application_id
    JOIN LATERAL (SELECT min(d.disbursed_on) AS first_disbursed_on, max(d.disbursed_on) AS last_disbursed_on,
                         count(*)::int AS turns{period}
                    FROM disbursement d WHERE d.loan_id = r.id AND d.reversed_at IS NULL) t ON t.turns > 0"""
_ALL_TIME = Source(
    _COLUMNS + ", NULL::bigint AS disbursed_in_period_vnd, t.turns",
    _TABLES.format(period=""),
    (),
    "r.alliance",
    dated="r",
)
_PERIOD = """,
                         sum(d.amount_vnd) FILTER (WHERE d.disbursed_on BETWEEN {_from}::date AND {_to}::date)::bigint AS paid,
                         (count(*) FILTER (WHERE d.disbursed_on BETWEEN {_from}::date AND {_to}::date))::int AS period_turns"""
_PAID_IN = """SELECT d.loan_id FROM disbursement d WHERE d.disbursed_on BETWEEN {_from}::date AND {_to}::date
                                                     AND d.reversed_at IS NULL"""
_IN_PERIOD = Source(
    _COLUMNS + ", t.paid AS disbursed_in_period_vnd, t.period_turns AS turns",
    _TABLES.replace("{period}", _PERIOD),
    (f"r.id IN ({_PAID_IN})",),
    "r.alliance",
    dated="r",
    named=True,
)
# The period's tranches first: loans come in order of time, and a walk through the nation's to those of this year passes
# nearly all of them. An alliance's own are few, and cheaper to walk through than a year of the nation.
_OF_NATION_IN_PERIOD = replace(_IN_PERIOD, conditions=(f"r.id = ANY(ARRAY({_PAID_IN}))",))


def _source(given: Mapping[str, Any]) -> Source:
    conditions = INDICATORS.evidence_condition(given, "r.id")
    made = _ALL_TIME
    if "_from" in given:
        made = _OF_NATION_IN_PERIOD if "_nation" in given else _IN_PERIOD
    return replace(made, conditions=(*made.conditions, *conditions)) if conditions else made


def _check(given: dict[str, Any]) -> list[FieldError]:
    """Bring year, or from and to, to one period; a figure's evidence has its own."""
    if "counted_in" in given:
        if faults := INDICATORS.check_evidence(given):
            return faults
        given["_from"], given["_to"] = given["from"], given["to"]
        return []
    split_province(given)
    words = ("Chỉ dùng khi đã nêu chỉ tiêu được đếm.", "Use this only with the indicator that is counted.")
    faults = [
        FieldError("needs_counted_in", words, parameter=name)
        for name in ("scope", "counted_by", "counted_group")
        if name in given
    ]
    year, first, last = given.pop("year", None), given.pop("from", None), given.pop("to", None)
    if year is not None and (first is not None or last is not None):
        faults.append(
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
        faults.append(
            FieldError(
                "required",
                ("Hãy nêu cả ngày đầu và ngày cuối.", "Give both the first and the last day."),
                parameter=missing,
            )
        )
    elif first is not None and first > last:
        faults.append(
            FieldError(
                "end_before_start",
                ("Ngày cuối phải từ ngày đầu trở đi.", "The last day is before the first."),
                parameter="to",
            )
        )
    elif year is not None or first is not None:
        given["_from"], given["_to"] = (first, last) if year is None else (date(year, 1, 1), date(year, 12, 31))
    return faults


def _year(value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) == 4 and int(value) > 1900):
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
_EVIDENCE = tuple(f for f in INDICATORS.evidence_filters(LISTED) if f.name not in ("from", "to"))
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
        day_filter("from", "", "Projects with a tranche from that day on, with `to`; of a figure its first day."),
        day_filter("to", "", "Last day of the period."),
        code_filter("report_sector", "r.report_sector", funds_codes.REPORT_SECTORS, "Sector."),
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
    represent=lambda row: {name: row[name] for name in Project.model_fields},
    fields=tuple(Project.model_fields),
    facets={"report_sector": "r.report_sector", "state": "r.state", "channel": "r.channel", "fund_id": "r.fund_id"},
    id_key=SortKey("r.id", "uuid"),
    cache_control="no-store",
    check=_check,
)


class ProjectPage(Page[Project]):
    """A page of projects."""


async def _list(call: Call) -> Response:
    return await answer_list(call, LISTING, preset={"_nation": True} if call.caller.area == NATION else None)


@router.operation(
    "GET",
    "/projects",
    scopes=READ,
    direct=_list,
    response_model=ProjectPage,
    problems=(kernel_problems.CursorMismatch,),
    openapi_extra={"parameters": LISTING.parameters()},
    summary="List disbursed projects",
)
async def list_projects(call: CurrentCall) -> Response:
    """Page through the projects that money was paid out for: what an officer opens first.

    With `year`, or `from` and `to`, those with at least one tranche in that time, and what was paid out in it.
    """
    return await _list(call)


_ONE = f"SELECT {_ALL_TIME.columns} FROM {_ALL_TIME.tables} WHERE r.id = $1::uuid AND ($2::text IS NULL OR r.alliance = $2)"


async def _found(call: Call, path: dict[str, str]) -> None:
    row = await call.db.fetchrow(_ONE, path["project_id"], call.caller.alliance)
    if row is None:
        raise kernel_problems.NotFound()
    call.found = row


@router.operation(
    "GET", "/projects/{project_id}", scopes=READ, guard=_found, response_model=Project, summary="Read one project"
)
async def read_project(call: CurrentCall, project_id: Id) -> Response:
    """Read a project with what was planned, approved, paid out, repaid and is left. Its id is the loan's."""
    document = {name: call.found[name] for name in Project.model_fields}
    return Response(dump(document), 200, {"Cache-Control": "no-store"}, "application/json")
