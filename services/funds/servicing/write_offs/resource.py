"""A step of writing a loan off as a resource: its table and how its row is shown."""

from __future__ import annotations

from kernel.records import Resource, table_of
from kernel.records.crud import representation
from services.funds import models, rows
from services.funds.servicing.write_offs.schemas import WriteOff

WRITE_OFF = Resource(
    "write_off",
    table_of(models.WriteOff),
    "/v1/funds/write-offs",
    representation(WriteOff, parsed=("confirmation",)),
    "no-store",
    row=rows.WriteOffRow,
)
