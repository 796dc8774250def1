"""The locks under which money leaves a fund for a loan, or because of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kernel.database.connections import Transaction
from kernel.records import locked, read
from kernel.records.crud import referenced_record
from kernel.web.calls import Call
from services.funds.capital.funds.records import FUND
from services.funds.rows import FundRow, LoanRow
from services.funds.servicing.loans.resource import LOAN


async def lock_loan_of(tx: Transaction, call: Call, entry: Mapping[str, Any]) -> LoanRow:
    """Return the loan of something that happened to it, locked: before the entry itself, always."""
    loan = await read(tx, LOAN, entry["loan_id"], call.caller, lock=True)
    assert loan is not None, "kept by a foreign key, and of the same area"
    return loan


async def lock_fund_and_loan_of(tx: Transaction, call: Call, entry: Mapping[str, Any]) -> LoanRow:
    """Return the loan of something that happened to it, or the loan itself, locked behind its fund as below."""
    await referenced_record(tx, call, FUND, entry["fund_id"], "", lock=True)
    return await lock_loan_of(tx, call, {"loan_id": entry.get("loan_id", entry["id"])})


async def lock_fund_and_loan(tx: Transaction, call: Call, fund_id: str, loan_id: str) -> tuple[FundRow, LoanRow]:
    """Return the fund and the loan, both locked. Raises NotFound, Stale.

    The fund first, always: whoever pays out of a fund waits for whoever paid before, so that payments at once never pass
    a limit together, and two of them never wait for each other in a ring.
    """
    fund = await referenced_record(tx, call, FUND, fund_id, "", lock=True)
    return fund, await locked(tx, call, LOAN, loan_id)
