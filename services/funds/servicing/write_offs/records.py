"""Write-offs and recoveries as a record type."""

from __future__ import annotations

from kernel.records.crud import RecordType, listing_of
from kernel.records.listing import SortKey, code_filter, day_range, flag_filter
from services.funds import code_lists as codes
from services.funds.scopes import READ, WRITE
from services.funds.servicing.loans.resource import OF_LOAN, UNDER_LOAN
from services.funds.servicing.write_offs.resource import WRITE_OFF
from services.funds.servicing.write_offs.schemas import WriteOff
from services.funds.servicing.write_offs.service import CONFIRMATION

WRITE_OFFS = RecordType(
    resource=WRITE_OFF,
    plural="write-offs",
    output=WriteOff,
    create=None,
    listing=listing_of(
        WRITE_OFF,
        WriteOff,
        (
            *OF_LOAN,
            code_filter("kind", "r.kind", codes.WRITE_OFF_KINDS, "Which step."),
            code_filter("ground", "r.ground", codes.WRITE_OFF_GROUNDS, "On what ground."),
            flag_filter("is_reversed", "(r.reversed_at IS NOT NULL)", "Those that were reversed, or stand."),
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
