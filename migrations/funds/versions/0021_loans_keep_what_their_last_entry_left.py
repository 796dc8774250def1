"""loans keep what their last entry left.

Empty columns; the service fills those of the loans there are while it serves (services/funds/servicing/loans/kept.py). A
loan of which they are empty is derived in full. Whoever changes the sums of a loan, or a step behind them, without saying
that these columns were kept with it, empties them: so does the version of before, should it run again. What secures a
loan is added up by the database itself, under the locks of the application and the loan.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "funds_0021"
down_revision = "funds_0020"
branch_labels = None
depends_on = None
kind = "expand"

_SUMS = (
    "starts_on",
    "disbursed_vnd",
    "outstanding_vnd",
    "interest_paid_vnd",
    "overdue_interest_paid_vnd",
    "written_off_vnd",
    "recovered_vnd",
    "reschedule_count",
)
_CHANGED = " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in _SUMS)
_CONFIRMED = "coalesce(NEW.confirmation_state, 'confirmed') = 'confirmed'"
_STEPS = {
    "interest_reduction": _CONFIRMED,
    "write_off": f"{_CONFIRMED} AND NEW.kind <> 'derecognized'",
    "rescheduling": "NEW.state IN ('approved', 'reversed')",
    "balance_statement": "true",
}
_NO_LONGER = (
    """
    CREATE FUNCTION loan_kept_no_longer() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.kept_version := NULL;
        RETURN NEW;
    END $$""",
    f"""
    CREATE TRIGGER loan_kept_no_longer BEFORE UPDATE OF {", ".join(_SUMS)} ON loan FOR EACH ROW
    WHEN (NEW.kept_version = OLD.kept_version AND ({_CHANGED})) EXECUTE FUNCTION loan_kept_no_longer()""",
    """
    CREATE FUNCTION loan_step_not_kept() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE loan SET kept_version = NULL WHERE id = NEW.loan_id AND kept_version IS NOT NULL;
        RETURN NULL;
    END $$""",
)
_STEP = """
    CREATE TRIGGER {table}_not_kept AFTER INSERT OR UPDATE ON {table} FOR EACH ROW
    WHEN ({counts}) EXECUTE FUNCTION loan_step_not_kept()"""
# A collateral counts from its registration, without one from the day it was entered, until its release. From the last of
# these days on what secures a loan is the sum of what was not released.
_SECURITY = """
    SELECT coalesce(sum(c.deductible_value_vnd) FILTER (WHERE c.released_on IS NULL), 0)::bigint,
           coalesce(max(greatest(coalesce(c.registered_on, (c.created_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date), c.released_on)),
                    DATE '0001-01-01')
      {into} FROM collateral c WHERE c.loan_id = {loan}.id OR c.loan_application_id = {loan}.loan_application_id"""
# A contract takes the lock of its application first, so either it sees a collateral that is entered at once, or the
# collateral sees the loan.
_SECURED = (
    f"""
    CREATE FUNCTION loan_secured() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        {_SECURITY.format(into="INTO NEW.deductible_vnd, NEW.secured_from", loan="NEW")};
        RETURN NEW;
    END $$""",
    "CREATE TRIGGER loan_secured BEFORE INSERT ON loan FOR EACH ROW EXECUTE FUNCTION loan_secured()",
    f"""
    CREATE FUNCTION collateral_secures() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        loans uuid[] := ARRAY[OLD.loan_id, NEW.loan_id];
        applications uuid[] := ARRAY[OLD.loan_application_id, NEW.loan_application_id];
    BEGIN
        PERFORM FROM loan_application WHERE id = ANY(applications) ORDER BY id FOR SHARE;
        PERFORM FROM loan WHERE id = ANY(loans) OR loan_application_id = ANY(applications) ORDER BY id FOR NO KEY UPDATE;
        UPDATE loan l SET (deductible_vnd, secured_from) = ({_SECURITY.format(into="", loan="l")})
         WHERE id = ANY(loans) OR loan_application_id = ANY(applications);
        RETURN NULL;
    END $$""",  # noqa: S608 - of constants of this step
    """
    CREATE TRIGGER collateral_secures AFTER INSERT OR DELETE OR UPDATE OF loan_id, loan_application_id,
           deductible_value_vnd, registered_on, released_on, created_at
        ON collateral FOR EACH ROW EXECUTE FUNCTION collateral_secures()""",
)


def upgrade() -> None:
    """Go one step up: empty columns, what keeps them true, and an index beside those who write."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("loan", sa.Column("kept_version", sa.Integer(), nullable=True))
    op.add_column("loan", sa.Column("kept_from", sa.Date(), nullable=True))
    op.add_column("loan", sa.Column("unpaid_since", sa.Date(), nullable=True))
    op.add_column("loan", sa.Column("deductible_vnd", sa.BigInteger(), nullable=True))
    op.add_column("loan", sa.Column("secured_from", sa.Date(), nullable=True))
    for statement in (*_NO_LONGER, *(_STEP.format(table=table, counts=counts) for table, counts in _STEPS.items())):
        op.execute(statement)
    for statement in _SECURED:
        op.execute(statement)
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '5s'")
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_loan_application_promised")
        op.create_index(
            "ix_loan_application_promised",
            "loan_application",
            ["fund_id", "commitment_ended_on"],
            postgresql_concurrently=True,
            postgresql_where=sa.text("approved_on IS NOT NULL"),
        )
        op.execute("RESET lock_timeout")


def downgrade() -> None:
    """Go one step down: every loan is derived in full again."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_loan_application_promised", table_name="loan_application")
    op.execute("DROP TRIGGER collateral_secures ON collateral")
    op.execute("DROP TRIGGER loan_secured ON loan")
    op.execute("DROP TRIGGER loan_kept_no_longer ON loan")
    for table in _STEPS:
        op.execute(f"DROP TRIGGER {table}_not_kept ON {table}")
    for function in ("collateral_secures", "loan_secured", "loan_kept_no_longer", "loan_step_not_kept"):
        op.execute(f"DROP FUNCTION {function}()")
    for name in ("secured_from", "deductible_vnd", "unpaid_since", "kept_from", "kept_version"):
        op.drop_column("loan", name)
