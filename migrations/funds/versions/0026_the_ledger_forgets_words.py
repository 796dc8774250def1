"""The ledger loses the words that stand beside entries of a loan whose borrower was erased, and nothing else.

Revision ID: funds_0026
Revises: funds_0025
"""

from __future__ import annotations

from alembic import op

revision = "funds_0026"
down_revision = "funds_0025"
branch_labels = None
depends_on = None

# The version before changes nothing in the ledger.
kind = "expand"

_ONLY_WORDS = """
    CREATE FUNCTION refuse_all_but_words() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF to_jsonb(NEW) - 'memo' IS DISTINCT FROM to_jsonb(OLD) - 'memo' OR NEW.memo IS NOT NULL
           OR NOT EXISTS (SELECT FROM erasure e WHERE e.resource_type = 'loan' AND e.resource_id = OLD.loan_id)
        THEN
            RAISE EXCEPTION 'ledger_transaction is append-only, but for words that an erasure takes'
                  USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$"""


def upgrade() -> None:
    """Go one step up."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(_ONLY_WORDS)
    op.execute("DROP TRIGGER ledger_transaction_append_only ON ledger_transaction")
    op.execute(
        "CREATE TRIGGER ledger_transaction_append_only BEFORE DELETE ON ledger_transaction "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER ledger_transaction_only_words BEFORE UPDATE ON ledger_transaction "
        "FOR EACH ROW EXECUTE FUNCTION refuse_all_but_words()"
    )


def downgrade() -> None:
    """Go one step down; what was forgotten stays so."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP TRIGGER ledger_transaction_only_words ON ledger_transaction")
    op.execute("DROP TRIGGER ledger_transaction_append_only ON ledger_transaction")
    op.execute("DROP FUNCTION refuse_all_but_words()")
    op.execute(
        "CREATE TRIGGER ledger_transaction_append_only BEFORE UPDATE OR DELETE ON ledger_transaction "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
