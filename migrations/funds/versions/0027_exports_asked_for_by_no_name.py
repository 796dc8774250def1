"""Exports that were asked for by part of a borrower's name say it no more; they are not asked for so any more.

Revision ID: funds_0027
Revises: funds_0026
"""

from __future__ import annotations

from alembic import op

from migrations.ddl import in_batches

revision = "funds_0027"
down_revision = "funds_0026"
branch_labels = None
depends_on = None

# A running version before may still take one so asked for; it shows what is left of the request.
kind = "expand"

# Exports are few, and are read one by one.
_WITHOUT_NAME = """
    UPDATE job SET request = request #- '{filters,q}'
     WHERE id IN (SELECT id FROM job
                   WHERE kind = 'export' AND request ->> 'type' IN ('borrower', 'loan', 'loan_application')
                     AND request -> 'filters' ? 'q'
                   LIMIT :batch)"""


def upgrade() -> None:
    """Go one step up."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    in_batches(_WITHOUT_NAME)


def downgrade() -> None:
    """Go one step down: what was asked for is not known any more."""
    op.execute("SET LOCAL lock_timeout = '5s'")
