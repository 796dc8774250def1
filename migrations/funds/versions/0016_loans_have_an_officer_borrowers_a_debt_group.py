"""loans have an officer, borrowers a debt group and a commune to be found by, organizations a phone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "funds_0016"
down_revision = "funds_0015"
branch_labels = None
depends_on = None
# The version before reads organizations again without keeping their phones.
kind = "contract"

# The registry's organizations are read once more, as nothing that is kept here says what phone they have.
_READ_AGAIN = """
    UPDATE followed_feed SET cursor = NULL, life = life + 1, is_whole = false WHERE feed = 'registry' AND cursor IS NOT NULL"""


def upgrade() -> None:
    """Go one step up: columns that are empty, and indexes beside those who write."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("loan", sa.Column("officer_id", sa.String(), nullable=True))
    op.add_column("debt_classification_loan", sa.Column("borrower_debt_group", sa.Integer(), nullable=True))
    op.add_column("followed_organization", sa.Column("phone", sa.Text(), nullable=True))
    op.execute(_READ_AGAIN)
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '5s'")
        for name in ("ix_loan_officer_id", "ix_borrower_commune"):
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        op.create_index(
            "ix_loan_officer_id",
            "loan",
            ["officer_id", "id"],
            postgresql_concurrently=True,
            postgresql_where=sa.text("officer_id IS NOT NULL"),
        )
        op.create_index(
            "ix_borrower_commune", "borrower", ["commune_code", "commune_map"], postgresql_concurrently=True
        )
        op.execute("RESET lock_timeout")


def downgrade() -> None:
    """Go one step down."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_borrower_commune", table_name="borrower")
    op.drop_index("ix_loan_officer_id", table_name="loan")
    op.drop_column("followed_organization", "phone")
    op.drop_column("debt_classification_loan", "borrower_debt_group")
    op.drop_column("loan", "officer_id")
