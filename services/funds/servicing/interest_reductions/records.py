"""Interest reductions as a record type."""

from __future__ import annotations

from kernel.records import Resource, table_of
from kernel.records.crud import RecordType, listing_of, representation
from kernel.records.listing import SortKey, code_filter, day_range, flag_filter
from services.funds import code_lists as codes
from services.funds import models, rows
from services.funds.scopes import READ, WRITE
from services.funds.servicing.interest_reductions.schemas import InterestReduction
from services.funds.servicing.loans.resource import OF_LOAN, UNDER_LOAN

INTEREST_REDUCTION = Resource(
    "interest_reduction",
    table_of(models.InterestReduction),
    "/v1/funds/interest-reductions",
    representation(InterestReduction),
    "no-store",
    row=rows.InterestReductionRow,
)
INTEREST_REDUCTIONS = RecordType(
    resource=INTEREST_REDUCTION,
    plural="interest-reductions",
    output=InterestReduction,
    create=None,
    listing=listing_of(
        INTEREST_REDUCTION,
        InterestReduction,
        (
            *OF_LOAN,
            code_filter("kind", "r.kind", codes.REDUCTION_KINDS, "Waived or reduced."),
            flag_filter("is_reversed", "(r.reversed_at IS NOT NULL)", "Those that were reversed, or stand."),
            *day_range("effective_on", "r.effective_on", "Day it took effect"),
        ),
        sorts={"effective_on": SortKey("r.effective_on", "date")},
    ),
    columns=None,
    under=UNDER_LOAN,
    read_scopes=READ,
    write_scopes=WRITE,
)
