"""All records that tell of a borrower, as they are answered, with the sealed numbers opened."""

from __future__ import annotations

from typing import Any

import orjson

from kernel.database.connections import Transaction
from kernel.records import Resource
from kernel.web.calls import Call
from kernel.web.replies import dump
from services.funds.lending.borrowers.records import BORROWER
from services.funds.personal_data.telling import OF_BORROWER, OF_LOAN, OF_LOANS
from services.funds.rows import BorrowerRow
from services.funds.sealing import sealer_of


async def records_of(tx: Transaction, call: Call, borrower: BorrowerRow) -> list[tuple[str, dict[str, Any]]]:
    """Return type and content of each, the borrower first."""
    sealer = sealer_of(call)
    sealed = {"phone": borrower["phone_sealed"], "id_number": borrower["id_number_sealed"]}
    numbers = {name: None if value is None else sealer.open(name, value) for name, value in sealed.items()}
    records = [(BORROWER.name, {**BORROWER.represent(borrower), **numbers, "redacted": []})]
    loans = await OF_LOANS.rows(tx, [borrower["id"]])
    found = [(OF_LOANS, loans)]
    found += [(telling, await telling.rows(tx, [borrower["id"]])) for telling in OF_BORROWER]
    found += [(telling, await telling.rows(tx, [loan["id"] for loan in loans])) for telling in OF_LOAN]
    return records + [(telling.resource.name, _shown(telling.resource, row)) for telling, rows in found for row in rows]


def _shown(resource: Resource[Any], row: Any) -> dict[str, Any]:
    """Return a record without what tells of others: whom else the approver looked at, who of the fund did what."""
    document = resource.represent(row)
    if resource.own_view is None:
        return document
    return resource.own_view(orjson.loads(dump(document)))
