"""the rate and terms in force of a loan; the cash of a day from an index alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "funds_0009"
down_revision = "funds_0008"
branch_labels = None
depends_on = None
# The version before leaves the terms in force as they are when a schedule changes.
kind = "contract"

# What the service keeps of the new schedule or recall that holds; a loan without one goes by its contract.
_RESCHEDULED = """
    UPDATE loan SET in_force = jsonb_build_object(
               'annual_rate_percent', coalesce(last.rate, loan.annual_rate_percent),
               'terms', nullif(last.terms, '{}'::jsonb), 'since', last.effective_on, 'rescheduling_id', last.id,
               'kind', last.kind, 'decision_number', last.decision_number, 'decided_on', last.decided_on,
               'reason', last.request_reason)
      FROM (SELECT DISTINCT ON (loan_id) r.*,
                   (SELECT s.annual_rate_percent FROM rescheduling s
                     WHERE s.loan_id = r.loan_id AND s.state = 'approved' AND s.annual_rate_percent IS NOT NULL
                     ORDER BY s.effective_on DESC, s.kind = 'early_recall' DESC, s.id DESC LIMIT 1) AS rate
              FROM rescheduling r WHERE r.state = 'approved'
             ORDER BY loan_id, r.effective_on DESC, r.kind = 'early_recall' DESC, r.id DESC) last
     WHERE last.loan_id = loan.id"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("loan", sa.Column("in_force", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.execute(_RESCHEDULED)
    # The cash of every day is read whenever money leaves a fund: with its amounts, the index alone tells it.
    op.drop_index("ix_ledger_entry_account", table_name="ledger_entry")
    op.create_index(
        "ix_ledger_entry_account",
        "ledger_entry",
        ["fund_id", "account", "booked_on"],
        postgresql_include=["debit_vnd", "credit_vnd"],
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_ledger_entry_account", table_name="ledger_entry")
    op.create_index("ix_ledger_entry_account", "ledger_entry", ["fund_id", "account", "booked_on"])
    op.drop_column("loan", "in_force")
