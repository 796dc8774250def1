"""Repayments as a record type."""

from __future__ import annotations

from kernel.records.crud import RecordType, listing_of
from kernel.records.listing import SortKey, code_filter, day_range, flag_filter, number_range
from services.funds import code_lists as codes
from services.funds.scopes import READ, WRITE
from services.funds.servicing.loans.repayment_record import REPAYMENT, Repayment
from services.funds.servicing.loans.resource import OF_LOAN, UNDER_LOAN

REPAYMENTS = RecordType(
    resource=REPAYMENT,
    plural="repayments",
    output=Repayment,
    create=None,
    listing=listing_of(
        REPAYMENT,
        Repayment,
        (
            *OF_LOAN,
            code_filter("payment_channel", "r.payment_channel", codes.PAYMENT_CHANNELS, "How it was paid."),
            flag_filter("is_reversed", "(r.reversed_at IS NOT NULL)", "Those that were reversed, or stand."),
            *day_range("paid_on", "r.paid_on", "Day the money came in"),
            *number_range("amount_vnd", "r.amount_vnd", "Amount in đồng"),
        ),
        sorts={"paid_on": SortKey("r.paid_on", "date"), "amount_vnd": SortKey("r.amount_vnd", "bigint")},
        facets=("payment_channel",),
    ),
    columns=None,
    under=UNDER_LOAN,
    read_scopes=READ,
    write_scopes=WRITE,
)
