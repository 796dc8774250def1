"""Collaterals as a record type: what secures a loan, from its registration to its release."""

from __future__ import annotations

from dataclasses import replace

from kernel import problems as kernel_problems
from kernel.records import Resource, table_of
from kernel.records.crud import RecordType, listing_of, merge_patch_model, representation
from kernel.records.listing import SortKey, code_filter, day_range, flag_filter, id_filter
from services.funds import code_lists as codes
from services.funds import models, rows
from services.funds.names import BORROWER_NAME, LOAN_NAME
from services.funds.scopes import READ, WRITE
from services.funds.servicing.collaterals.schemas import Collateral, CollateralCreate
from services.funds.servicing.collaterals.service import columns

COLLATERAL = Resource(
    "collateral",
    table_of(models.Collateral),
    "/v1/funds/collaterals",
    representation(Collateral, parsed=("file_ids",)),
    "no-store",
    embeds=(BORROWER_NAME, LOAN_NAME),
    row=rows.CollateralRow,
)
# What was given for the application secures the loan that came of it. By ix_collateral_loan_id and
# ix_collateral_loan_application_id.
_SECURES = """(r.loan_id = ANY({0}::uuid[]) OR r.loan_application_id = ANY(ARRAY(
    SELECT l.loan_application_id FROM loan l WHERE l.id = ANY({0}::uuid[]) AND l.loan_application_id IS NOT NULL)))"""

COLLATERALS = RecordType(
    resource=COLLATERAL,
    plural="collaterals",
    output=Collateral,
    create=CollateralCreate,
    listing=listing_of(
        COLLATERAL,
        Collateral,
        (
            id_filter("borrower_id", "r.borrower_id", "Borrower."),
            id_filter("loan_application_id", "r.loan_application_id", "Application."),
            id_filter("loan_id", "r.loan_id", "Loan that it was entered for, where that has no application."),
            replace(
                id_filter("secures_loan_id", "r.loan_id", "Loan that it secures, also by its application."),
                sql=_SECURES,
            ),
            code_filter("kind", "r.kind", codes.COLLATERAL_KINDS, "Kind."),
            flag_filter("is_released", "(r.released_on IS NOT NULL)", "Released, or not yet."),
            *day_range("registered_on", "r.registered_on", "Day of registration"),
        ),
        sorts={"value_vnd": SortKey("r.value_vnd", "bigint")},
        facets=("kind",),
    ),
    columns=columns,
    refusals=(kernel_problems.AlreadyErased, kernel_problems.NotConfirmed),
    change=merge_patch_model(CollateralCreate),
    removable=True,
    read_scopes=READ,
    write_scopes=WRITE,
)
