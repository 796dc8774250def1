"""Capital movements as records: entered once, listed, never corrected."""

from __future__ import annotations

from kernel.records.confirmations import Confirmation
from kernel.records.crud import RecordType, listing_of
from kernel.records.listing import SortKey, code_filter, day_range, id_filter, integer_filter
from kernel.values.common_lists import CONFIRMATION_STATES
from services.funds import code_lists as codes
from services.funds import problems
from services.funds.capital.movements.resource import CAPITAL_MOVEMENT
from services.funds.capital.movements.schemas import CapitalMovement, CapitalMovementCreate
from services.funds.capital.movements.service import columns, lock_fund, take_effect
from services.funds.scopes import APPROVE, READ, WRITE

_REFUSALS = (problems.CapitalShort, problems.CashShort, problems.FreeBalanceShort, problems.PeriodClosed)


CAPITAL_MOVEMENTS = RecordType(
    resource=CAPITAL_MOVEMENT,
    plural="capital-movements",
    output=CapitalMovement,
    create=CapitalMovementCreate,
    listing=listing_of(
        CAPITAL_MOVEMENT,
        CapitalMovement,
        (
            id_filter("fund_id", "r.fund_id", "Fund."),
            code_filter("kind", "r.kind", codes.CAPITAL_KINDS, "Source of the capital."),
            code_filter("stage", "r.stage", codes.CAPITAL_STAGES, "Allocated or received."),
            code_filter("direction", "r.direction", codes.DIRECTIONS, "In or out."),
            code_filter(
                "confirmation_state",
                "r.confirmation_state",
                CONFIRMATION_STATES,
                "Whether a second person confirmed it.",
            ),
            integer_filter("budget_year", "r.budget_year", "Budget year."),
            *day_range("moved_on", "r.moved_on", "Day it moved"),
        ),
        sorts={"moved_on": SortKey("r.moved_on", "date")},
        facets=("kind", "stage"),
    ),
    columns=columns,
    confirmation=Confirmation(scopes=APPROVE, hold=lock_fund, take_effect=take_effect, refusals=_REFUSALS),
    refusals=_REFUSALS,
    read_scopes=READ,
    write_scopes=WRITE,
)
