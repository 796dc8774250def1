"""A capital movement as a resource: its table and how its row is shown."""

from __future__ import annotations

from kernel.records import Resource, table_of
from kernel.records.crud import representation
from services.funds import models, rows
from services.funds.capital.movements.schemas import CapitalMovement
from services.funds.names import FUND_NAME

CAPITAL_MOVEMENT = Resource(
    "capital_movement",
    table_of(models.CapitalMovement),
    "/v1/funds/capital-movements",
    representation(CapitalMovement, parsed=("confirmation",)),
    embeds=(FUND_NAME,),
    row=rows.CapitalMovementRow,
)
