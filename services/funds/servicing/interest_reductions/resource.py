"""An interest reduction as a resource: its table and how its row is shown."""

from __future__ import annotations

from kernel.records import Resource, table_of
from kernel.records.crud import representation
from services.funds import models, rows
from services.funds.names import OF_LOAN_NAMES, REVERSED_BY_NAME
from services.funds.servicing.interest_reductions.schemas import InterestReduction

INTEREST_REDUCTION = Resource(
    "interest_reduction",
    table_of(models.InterestReduction),
    "/v1/funds/interest-reductions",
    representation(InterestReduction, parsed=("confirmation",)),
    "no-store",
    embeds=(*OF_LOAN_NAMES, REVERSED_BY_NAME),
    row=rows.InterestReductionRow,
)
