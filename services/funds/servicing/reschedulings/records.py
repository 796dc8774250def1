"""Reschedulings as a record type: new schedules and early recalls."""

from __future__ import annotations

from kernel.records.crud import RecordType, listing_of
from kernel.records.listing import SortKey, code_filter, day_range
from services.funds import code_lists as codes
from services.funds.scopes import READ, WRITE
from services.funds.servicing.loans.resource import OF_LOAN, UNDER_LOAN
from services.funds.servicing.reschedulings.resource import RESCHEDULING
from services.funds.servicing.reschedulings.schemas import Rescheduling
from services.funds.servicing.reschedulings.service import CONFIRMATION

RESCHEDULINGS = RecordType(
    resource=RESCHEDULING,
    plural="reschedulings",
    output=Rescheduling,
    create=None,
    listing=listing_of(
        RESCHEDULING,
        Rescheduling,
        (
            *OF_LOAN,
            code_filter("kind", "r.kind", codes.RESCHEDULING_KINDS, "Kind."),
            code_filter("state", "r.state", codes.PROPOSAL_STATES, "Proposed, approved or rejected."),
            *day_range("effective_on", "r.effective_on", "Day it took effect"),
        ),
        sorts={"effective_on": SortKey("r.effective_on", "date")},
    ),
    columns=None,
    confirmation=CONFIRMATION,
    under=UNDER_LOAN,
    read_scopes=READ,
    write_scopes=WRITE,
)
