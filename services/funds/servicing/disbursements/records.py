"""Disbursements as a record type."""

from __future__ import annotations

from kernel.records import Resource, table_of
from kernel.records.crud import RecordType, listing_of, representation
from kernel.records.listing import SortKey, code_filter, day_range, flag_filter, number_range
from kernel.records.province_filters import PROVINCE_FILTERS
from services.funds import code_lists as codes
from services.funds import models, rows
from services.funds.indicators import INDICATORS
from services.funds.names import OF_LOAN_NAMES, REVERSED_BY_NAME
from services.funds.scopes import READ, WRITE
from services.funds.servicing.disbursements.schemas import Disbursement
from services.funds.servicing.loans.resource import OF_LOAN, UNDER_LOAN

DISBURSEMENT = Resource(
    "disbursement",
    table_of(models.Disbursement),
    "/v1/funds/disbursements",
    representation(Disbursement, parsed=("bad_debt_check",)),
    "no-store",
    embeds=(*OF_LOAN_NAMES, REVERSED_BY_NAME),
    row=rows.DisbursementRow,
)
DISBURSEMENTS = RecordType(
    resource=DISBURSEMENT,
    plural="disbursements",
    output=Disbursement,
    create=None,
    listing=listing_of(
        DISBURSEMENT,
        Disbursement,
        (
            *OF_LOAN,
            code_filter("payment_channel", "r.payment_channel", codes.PAYMENT_CHANNELS, "How it was paid."),
            flag_filter("is_reversed", "(r.reversed_at IS NOT NULL)", "Those that were reversed, or stand."),
            *day_range("disbursed_on", "r.disbursed_on", "Day the money was paid out"),
            *number_range("amount_vnd", "r.amount_vnd", "Amount in đồng"),
            *PROVINCE_FILTERS,
        ),
        sorts={"disbursed_on": SortKey("r.disbursed_on", "date"), "amount_vnd": SortKey("r.amount_vnd", "bigint")},
        counts=INDICATORS,
    ),
    columns=None,
    under=UNDER_LOAN,
    read_scopes=READ,
    write_scopes=WRITE,
)
