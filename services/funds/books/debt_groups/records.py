"""Debt classifications as records: saved at a month's end, never corrected; and how their loans are listed."""

from __future__ import annotations

from kernel.records import Resource, table_of
from kernel.records.crud import RecordType, listing_of, representation
from kernel.records.listing import Listing, SortKey, day_range, id_filter, integer_filter, sums_of
from services.funds import models, rows
from services.funds.books.debt_groups.queries import SAVED_LOANS_SOURCE
from services.funds.books.debt_groups.schemas import DebtClassification, DebtClassificationLoan
from services.funds.names import FUND_NAME
from services.funds.scopes import READ, WRITE

DEBT_CLASSIFICATION = Resource(
    "debt_classification",
    table_of(models.DebtClassification),
    "/v1/funds/debt-classifications",
    representation(DebtClassification, parsed=("groups",)),
    embeds=(FUND_NAME,),
    row=rows.DebtClassificationRow,
)


DEBT_CLASSIFICATIONS = RecordType(
    resource=DEBT_CLASSIFICATION,
    plural="debt-classifications",
    output=DebtClassification,
    create=None,
    listing=listing_of(
        DEBT_CLASSIFICATION,
        DebtClassification,
        (id_filter("fund_id", "r.fund_id", "Fund."), *day_range("as_of", "r.as_of", "Day it is of")),
        sorts={"as_of": SortKey("r.as_of", "date")},
    ),
    columns=None,
    read_scopes=READ,
    write_scopes=WRITE,
)


SAVED_LOANS = Listing(
    name="debt_classification_loan",
    filters=(integer_filter("debt_group", "c.debt_group", "Debt group."),),
    sorts={"loan_id": SortKey("c.loan_id", "uuid")},
    default_sort="loan_id",
    source=lambda parameters: SAVED_LOANS_SOURCE,
    represent=lambda row: {name: row[name] for name in DebtClassificationLoan.model_fields},
    fields=tuple(DebtClassificationLoan.model_fields),
    sums=sums_of(DebtClassificationLoan.model_fields),
    id_key=SortKey("c.loan_id", "uuid"),
    cache_control="no-store",
)
