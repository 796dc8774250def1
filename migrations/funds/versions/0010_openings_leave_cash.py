"""openings leave cash.

The money of a loan that ran before left before, so its opening is booked against cash. What was booked against
`opening_balance` is corrected, each on its own day or on the first open one after it; the books themselves stay.
"""

from __future__ import annotations

from alembic import op

revision = "funds_0010"
down_revision = "funds_0009"
branch_labels = None
depends_on = None
# The version before goes on booking openings against `opening_balance`.
kind = "contract"

_CORRECTED = """
    WITH opened AS (
        SELECT t.id AS corrected, gen_random_uuid() AS id, t.alliance, t.fund_id, t.loan_id, t.source_id,
               greatest(t.booked_on, (SELECT max(closed_until) + 1 FROM ledger_closure c WHERE c.fund_id = t.fund_id))
               AS booked_on, e.credit_vnd AS amount_vnd
          FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id
         WHERE t.kind = 'opening' AND e.account = 'opening_balance'
           AND NOT EXISTS (SELECT FROM ledger_transaction c WHERE c.corrects_id = t.id)),
    made AS (
        INSERT INTO ledger_transaction (id, alliance, fund_id, booked_on, kind, loan_id, source_id, corrects_id, memo,
                                        recorded_at, recorded_by)
        SELECT id, alliance, fund_id, booked_on, 'correction', loan_id, source_id, corrected,
               'openings leave cash', now(), 'system' FROM opened)
    INSERT INTO ledger_entry (transaction_id, line, fund_id, account, booked_on, debit_vnd, credit_vnd)
    SELECT id, 1, fund_id, 'opening_balance', booked_on, amount_vnd, 0 FROM opened
    UNION ALL SELECT id, 2, fund_id, 'cash', booked_on, 0, amount_vnd FROM opened"""
# A surplus that the books had not earned by its day brought cash that they did not know.
_EARNED_BEFORE = """
    WITH moved AS (
        SELECT e.fund_id, e.booked_on,
               sum(sum(debit_vnd - credit_vnd)) OVER (PARTITION BY e.fund_id ORDER BY e.booked_on) AS over_vnd
          FROM ledger_entry e JOIN ledger_transaction t ON t.id = e.transaction_id
         WHERE e.account IN ('result_distributed', 'interest_income', 'overdue_interest_income', 'recovered_income')
            OR (e.account = 'opening_balance' AND t.loan_id IS NULL)
         GROUP BY e.fund_id, e.booked_on),
    most AS (
        SELECT fund_id, booked_on, max(over_vnd) OVER (PARTITION BY fund_id ORDER BY booked_on) AS over_vnd FROM moved),
    grown AS (
        SELECT fund_id, booked_on,
               greatest(over_vnd, 0) - greatest(lag(over_vnd, 1, 0) OVER (PARTITION BY fund_id ORDER BY booked_on), 0)
               AS amount_vnd
          FROM most),
    brought AS (
        SELECT gen_random_uuid() AS id, f.alliance, g.fund_id, g.amount_vnd::bigint,
               greatest(g.booked_on, (SELECT max(closed_until) + 1 FROM ledger_closure c WHERE c.fund_id = g.fund_id))
               AS booked_on
          FROM grown g JOIN fund f ON f.id = g.fund_id WHERE g.amount_vnd > 0),
    made AS (
        INSERT INTO ledger_transaction (id, alliance, fund_id, booked_on, kind, memo, recorded_at, recorded_by)
        SELECT id, alliance, fund_id, booked_on, 'correction', 'surplus earned before', now(), 'system' FROM brought)
    INSERT INTO ledger_entry (transaction_id, line, fund_id, account, booked_on, debit_vnd, credit_vnd)
    SELECT id, 1, fund_id, 'cash', booked_on, amount_vnd, 0 FROM brought
    UNION ALL SELECT id, 2, fund_id, 'opening_balance', booked_on, 0, amount_vnd FROM brought"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(_EARNED_BEFORE)
    op.execute(_CORRECTED)


def downgrade() -> None:
    """Take nothing back: what is booked stays booked, and a service of before reads it as well."""
    op.execute("SET LOCAL lock_timeout = '5s'")
