"""Loan applications as records: how they are shown, listed, filed and corrected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy import Table

from kernel import problems as kernel_problems
from kernel.database.connections import Transaction
from kernel.records import Resource, table_of
from kernel.records.crud import (
    RecordType,
    listing_of,
    merge_patch_model,
    split_by_map,
)
from kernel.records.embedding import own_fields, subject_name
from kernel.records.in_sql import Fields, Memo, composed_in_sql, said_in_sql
from kernel.records.listing import SortKey, code_filter, day_range, id_filter, number_range, text_filter
from kernel.records.province_filters import PROVINCE_FILTERS
from services.funds import code_lists as codes
from services.funds import models, problems, rows
from services.funds.field_types import called
from services.funds.lending.applications import filing
from services.funds.lending.applications.projects import project_in_sql
from services.funds.lending.applications.schemas import LoanApplication, LoanApplicationCreate, LoanProject
from services.funds.lending.applications.states import allowed_actions
from services.funds.models.folding import APPLICATION_FOLDED
from services.funds.names import FUND_NAME, LOAN_PRODUCT_NAME, ORGANIZATION_NAME
from services.funds.scopes import OWN_READ, OWN_WRITE, WRITE

_PARSED = ("documents", "appraisal", "approval", "rejection", "withdrawal")


def represent(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the public representation of an application's row; jsonb passes through unparsed."""
    composed: dict[str, Any] = {
        "project": {name: row[name] for name in LoanProject.model_fields},
        "allowed_actions": allowed_actions(row["state"]),
    }
    for name in _PARSED:
        composed[name] = None if row[name] is None else orjson.Fragment(row[name])
    return {name: composed[name] if name in composed else row[name] for name in own_fields(LoanApplication)}


@said_in_sql(represent)
def _in_sql(table: Table) -> Fields:
    return composed_in_sql(
        table,
        LoanApplication,
        _PARSED,
        project=project_in_sql(table),
        allowed_actions=(Memo("r.state", allowed_actions),),
    )


_OF_OTHERS = ("related_borrowers_limit", "shared_beneficiary", "free_balance")
"""Checks that count what others have borrowed of the fund."""


def own_view(document: dict[str, Any]) -> dict[str, Any]:
    """Leave out the checks that count others' loans, and that the approver was warned of them."""
    approval = document["approval"]
    if approval is None:
        return document
    limits = [each for each in approval["limits"] if each["check"] not in _OF_OTHERS]
    hidden = {each.get("warning") for each in approval["limits"] if each["check"] in _OF_OTHERS}
    # Of a version from before warnings were kept nothing was acknowledged.
    acknowledged = [each for each in approval.get("acknowledged", ()) if each not in hidden]
    return {**document, "approval": {**approval, "limits": limits, "acknowledged": acknowledged}}


LOAN_APPLICATION = Resource(
    "loan_application",
    table_of(models.LoanApplication),
    "/v1/funds/loan-applications",
    represent,
    "no-store",
    own_column="organization_id",
    own_view=own_view,
    embeds=(
        FUND_NAME,
        LOAN_PRODUCT_NAME,
        ORGANIZATION_NAME,
        *(subject_name("recorded_by", within=step) for step in ("appraisal", "approval", "rejection", "withdrawal")),
    ),
    row=rows.LoanApplicationRow,
)


async def _number_in_use(tx: Transaction, values: dict[str, Any]) -> Exception:
    return problems.ApplicationNumberInUse(application_number=values["application_number"])


_REFUSALS = (
    problems.FundNotOperating,
    problems.OutsideFundArea,
    problems.BorrowerInactive,
    problems.ProductNotOffered,
    problems.BorrowerKindNotServed,
    problems.TermOutsideProduct,
    problems.ApplicationNumberInUse,
    problems.StateForbids,
    problems.GroupCannotBorrow,
    problems.EnterpriseCannotBorrow,
    kernel_problems.OrganizationUnknownYet,
)


LOAN_APPLICATIONS = RecordType(
    resource=LOAN_APPLICATION,
    plural="loan-applications",
    output=LoanApplication,
    create=LoanApplicationCreate,
    listing=listing_of(
        LOAN_APPLICATION,
        LoanApplication,
        (
            called(
                APPLICATION_FOLDED,
                "Search in application numbers and borrowers' names, as filed or today, without regard to case or marks.",
            ),
            code_filter("state", "r.state", codes.APPLICATION_STATES, "State."),
            id_filter("fund_id", "r.fund_id", "Fund."),
            id_filter("borrower_id", "r.borrower_id", "Borrower."),
            id_filter("organization_id", "r.organization_id", "Organization that borrows."),
            id_filter("loan_product_id", "r.loan_product_id", "Product."),
            text_filter("application_number", "r.application_number", "Number of the application, exactly."),
            code_filter("report_sector", "r.report_sector", codes.REPORT_SECTORS, "Sector of the project."),
            *PROVINCE_FILTERS,
            *day_range("submitted_on", "r.submitted_on", "Day of filing"),
            *day_range("approved_on", "r.approved_on", "Day of the decision to lend"),
            *number_range("requested_amount_vnd", "r.requested_amount_vnd", "Amount asked for in đồng"),
        ),
        sorts={
            "submitted_on": SortKey("r.submitted_on", "date"),
            "requested_amount_vnd": SortKey("r.requested_amount_vnd", "bigint"),
        },
        facets=("state", "report_sector", "fund_id"),
        check=split_by_map,
    ),
    columns=filing.columns,
    change=merge_patch_model(LoanApplicationCreate, without=("fund_id", "borrower_id")),
    refusals=(*_REFUSALS, kernel_problems.AlreadyErased),
    change_refusals=_REFUSALS,
    unique={"uq_loan_application_number": _number_in_use},
    read_scopes=OWN_READ,
    create_scopes=OWN_WRITE,
    before=filing.meet_own,
    write_scopes=WRITE,
)
