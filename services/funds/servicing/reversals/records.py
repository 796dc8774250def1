"""Reversals as a record type."""

from __future__ import annotations

from kernel.records.crud import RecordType, listing_of
from kernel.records.listing import SortKey, code_filter, day_range, id_filter
from kernel.values.common_lists import CONFIRMATION_STATES
from services.funds import code_lists as codes
from services.funds.scopes import READ, WRITE
from services.funds.servicing.loans.resource import OF_LOAN, UNDER_LOAN
from services.funds.servicing.reversals.resource import REVERSAL
from services.funds.servicing.reversals.schemas import LoanReversal
from services.funds.servicing.reversals.service import CONFIRMATION

REVERSALS = RecordType(
    resource=REVERSAL,
    plural="reversals",
    output=LoanReversal,
    create=None,
    listing=listing_of(
        REVERSAL,
        LoanReversal,
        (
            *OF_LOAN,
            id_filter("reverses_id", "r.reverses_id", "What is undone."),
            code_filter("kind", "r.kind", codes.REVERSAL_KINDS, "What kind of step is undone."),
            code_filter(
                "confirmation_state",
                "r.confirmation_state",
                CONFIRMATION_STATES,
                "Whether a second person confirmed it.",
            ),
            *day_range("effective_on", "r.effective_on", "Day on which the ledger books it"),
        ),
        sorts={"effective_on": SortKey("r.effective_on", "date")},
    ),
    columns=None,
    confirmation=CONFIRMATION,
    under=UNDER_LOAN,
    read_scopes=READ,
    write_scopes=WRITE,
)
