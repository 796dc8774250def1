"""Accounts of the ledger and their sums."""

from __future__ import annotations

from datetime import date
from typing import Any

from kernel.records.embedding import name_all
from kernel.web.calls import Call
from services.funds import code_lists as codes
from services.funds.books.ledger.queries import TRIAL_BALANCE_OF_ALLIANCE, TRIAL_BALANCE_OF_NATION
from services.funds.names import FUND_NAME

_GROW_BY_DEBIT = frozenset({"cash", "loan_principal", "loan_losses", "entrusted_out", "result_distributed"})
"""What the fund owns and what it lost or gave away; the others grow by credits."""


def accounts(language: str) -> list[dict[str, str]]:
    """Return every account with its label and the side on which it grows."""
    return [
        {"code": code, "label": en if language == "en" else vi, "side": "debit" if code in _GROW_BY_DEBIT else "credit"}
        for code, (vi, en) in codes.LEDGER_ACCOUNTS.items()
    ]


async def trial_balance(call: Call, on: date, fund_id: str | None) -> dict[str, Any]:
    """Return the sums of what was booked until a day, of one fund or of every fund of the caller's area."""
    if call.caller.alliance is None:
        sums = await call.db.fetch(TRIAL_BALANCE_OF_NATION, on, fund_id)
    else:
        sums = await call.db.fetch(TRIAL_BALANCE_OF_ALLIANCE, on, fund_id, call.caller.alliance)
    items: list[dict[str, Any]] = []
    for row in sums:
        net = row["debit_vnd"] - row["credit_vnd"]
        is_debit = net > 0 or (net == 0 and row["account"] in _GROW_BY_DEBIT)
        items.append({**row, "balance_vnd": abs(net), "side": "debit" if is_debit else "credit"})
    await name_all(call.db, (FUND_NAME,), sums, items)
    debits, credits = sum(item["debit_vnd"] for item in items), sum(item["credit_vnd"] for item in items)
    return {"as_of": on, "items": items, "debit_vnd": debits, "credit_vnd": credits, "is_balanced": debits == credits}
