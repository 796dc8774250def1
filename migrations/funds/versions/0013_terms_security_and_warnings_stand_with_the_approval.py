"""terms, security and warnings stand with the approval."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "funds_0013"
down_revision = "funds_0012"
branch_labels = None
depends_on = None
# The version before writes approvals without the fields that are now always there.
kind = "contract"


# Appraisals and approvals of before have every field that is shown, as null: they bind the contract to their amount and day
# alone, as they did. So little of each record changes, and nothing of what it says, that no version, history or event is due.
_APPRAISED = """
    UPDATE loan_application SET appraisal = '{"proposed_terms": null, "required_security": null}'::jsonb || appraisal
     WHERE appraisal IS NOT NULL"""
_APPROVED = """
    UPDATE loan_application SET approval =
           '{"approved_terms": null, "required_security": null, "acknowledged": []}'::jsonb || approval
           || jsonb_build_object('limits', (
               SELECT coalesce(jsonb_agg('{"warning": null, "asked_percent": null, "loans": [], "borrowers": [],
                                           "missing_documents": [], "votes": null}'::jsonb || each.value
                                         ORDER BY each.ordinality), '[]'::jsonb)
                 FROM jsonb_array_elements(approval -> 'limits') WITH ORDINALITY AS each))
     WHERE approval IS NOT NULL"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("lending_rule", sa.Column("borrower_kind", sa.String(), nullable=True))
    op.add_column("lending_rule", sa.Column("documents", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("loan_product", sa.Column("annual_rate_minimum_percent", sa.String(), nullable=True))
    op.execute(_APPRAISED)
    op.execute(_APPROVED)


def downgrade() -> None:
    """Go one step down. What was filled into appraisals and approvals stays: the version of before does not read it."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("loan_product", "annual_rate_minimum_percent")
    op.drop_column("lending_rule", "documents")
    op.drop_column("lending_rule", "borrower_kind")
