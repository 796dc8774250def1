"""Statements on the ledger."""

from __future__ import annotations

from typing import TypedDict

from kernel.database.statements import statement
from kernel.records.embedding import name_columns
from kernel.records.listing import Source
from services.funds.names import FUND_NAME, LOAN_NAME, RECORDED_BY_NAME


class AccountSums(TypedDict):
    """Debits and credits of an account of a fund."""

    fund_id: str
    account: str
    debit_vnd: int
    credit_vnd: int


_COLUMNS = """
    e.number, e.transaction_id, e.line, e.fund_id, e.account, e.booked_on, e.debit_vnd, e.credit_vnd,
    t.kind, t.loan_id, t.source_id, t.corrects_id, t.memo, t.recorded_at, t.recorded_by"""


# Entries with their transaction: a fund's by ix_ledger_entry_fund_number, a loan's by ix_ledger_transaction_loan_id.
ENTRIES_SOURCE = Source(
    _COLUMNS + name_columns((FUND_NAME,), "e") + name_columns((LOAN_NAME, RECORDED_BY_NAME), "t"),
    "ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id",
    (),
    "t.alliance",
    dated="e",
)


# Debits and credits until the day $1, account by account; of one fund $2 by ix_ledger_entry_account alone.
_TRIAL_BALANCE = """
    SELECT e.fund_id, e.account, sum(e.debit_vnd)::bigint AS debit_vnd, sum(e.credit_vnd)::bigint AS credit_vnd
      FROM ledger_entry e JOIN fund f ON f.id = e.fund_id
     WHERE e.booked_on <= $1 AND ($2::uuid IS NULL OR e.fund_id = $2) AND {area}
     GROUP BY e.fund_id, e.account ORDER BY e.fund_id, e.account"""
TRIAL_BALANCE_OF_NATION = statement(AccountSums, _TRIAL_BALANCE.format(area="TRUE"))
TRIAL_BALANCE_OF_ALLIANCE = statement(AccountSums, _TRIAL_BALANCE.format(area="f.alliance = $3"))
