"""A reversal as a resource: its table and how its row is shown."""

from __future__ import annotations

from kernel.records import Resource, table_of
from kernel.records.crud import representation
from services.funds import models, rows
from services.funds.names import OF_LOAN_NAMES
from services.funds.servicing.reversals.schemas import LoanReversal

REVERSAL = Resource(
    "reversal",
    table_of(models.Reversal),
    "/v1/funds/reversals",
    representation(LoanReversal, parsed=("confirmation", "moved")),
    "no-store",
    embeds=OF_LOAN_NAMES,
    row=rows.ReversalRow,
)
