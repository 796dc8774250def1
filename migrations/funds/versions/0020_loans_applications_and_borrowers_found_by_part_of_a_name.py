"""loans, applications and borrowers are found by part of a name."""

from __future__ import annotations

from alembic import op

revision = "funds_0020"
down_revision = "funds_0019"
branch_labels = None
depends_on = None
kind = "expand"

# As services/funds/models/folding.py has it today: a step does not change with the models.
_FOLDED = (
    "btrim(regexp_replace(regexp_replace(lower(translate(normalize({}, NFKD), 'đĐðÐ', 'dddd')), '[\u0300-\u036f]+', '', 'g'),"
    " '[^a-z0-9]+', ' ', 'g'))"
)
_INDEXES = {
    "ix_loan_folded": ("loan", _FOLDED.format("contract_number || ' ' || borrower_name")),
    "ix_loan_application_folded": (
        "loan_application",
        _FOLDED.format("coalesce(application_number, '') || ' ' || borrower_name"),
    ),
    "ix_borrower_name_folded_trgm": ("borrower", "name_folded"),
}


def upgrade() -> None:
    """Go one step up: indexes beside those who write; no row is written."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '5s'")
        for name, (table, expression) in _INDEXES.items():
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            op.execute(f"CREATE INDEX CONCURRENTLY {name} ON {table} USING gin (({expression}) gin_trgm_ops)")
        op.execute("RESET lock_timeout")


def downgrade() -> None:
    """Go one step down; the extension stays."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    for name, (table, _) in _INDEXES.items():
        op.drop_index(name, table_name=table)
