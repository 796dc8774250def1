"""Capital movements as records: entered once, listed, never corrected."""

from __future__ import annotations

from kernel.records import Resource, table_of
from kernel.records.crud import RecordType, listing_of, representation
from kernel.records.listing import SortKey, code_filter, day_range, id_filter, integer_filter
from services.funds import code_lists as codes
from services.funds import models, problems, rows
from services.funds.capital.movements.schemas import CapitalMovement, CapitalMovementCreate
from services.funds.capital.movements.service import book, columns
from services.funds.scopes import READ, WRITE

CAPITAL_MOVEMENT = Resource(
    "capital_movement",
    table_of(models.CapitalMovement),
    "/v1/funds/capital-movements",
    representation(CapitalMovement),
    row=rows.CapitalMovementRow,
)


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
            integer_filter("budget_year", "r.budget_year", "Budget year."),
            *day_range("moved_on", "r.moved_on", "Day it moved"),
        ),
        sorts={"moved_on": SortKey("r.moved_on", "date")},
        facets=("kind", "stage"),
    ),
    columns=columns,
    after=book,
    refusals=(problems.CapitalShort, problems.CashShort, problems.FreeBalanceShort, problems.PeriodClosed),
    read_scopes=READ,
    write_scopes=WRITE,
)
