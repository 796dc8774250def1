"""Statements of the import of running loans."""

from __future__ import annotations

from kernel.database.statements import always, statement
from services.funds.capital.funds.records import FUND
from services.funds.lending.borrowers.records import BORROWER
from services.funds.rows import BorrowerRow, FundRow, LoanRow
from services.funds.servicing.loans.resource import LOAN


class Candidate(BorrowerRow):
    """A borrower that a row may be about."""

    by_number: bool


# Held until the transaction ends; another import is refused, not kept waiting.
TRY_LOCK = always(bool, "SELECT pg_try_advisory_xact_lock(hashtext('loan import'))")
# The funds of the caller's area, which are few.
FUNDS = statement(FundRow, f"{FUND.select} WHERE ($1::text IS NULL OR alliance = $1) ORDER BY id")
# By uq_loan_contract_number.
LOAN_BY_NUMBER = statement(
    LoanRow,
    f"{LOAN.select} WHERE alliance = $1 AND contract_number = $2 AND coalesce(confirmation_state, 'confirmed') IN ('pending', 'confirmed')",
)
# A row's borrower: by its numbers first (an index for each), else by name and commune within the alliance.
BORROWERS_OF_ROW = statement(
    Candidate,
    f"""
    SELECT {", ".join(BORROWER.columns)},
           coalesce(organization_id = $2::uuid, false) OR coalesce(organization_code = $3, false)
           OR coalesce(id_number_mark = $4, false) AS by_number
      FROM borrower
     WHERE alliance = $1
       AND (organization_id = $2::uuid OR organization_code = $3 OR id_number_mark = $4
            OR (name_folded = $5 AND commune_code = $6 AND commune_map = $7 AND kind = $8))
     ORDER BY by_number DESC, id""",  # noqa: S608 - the columns are the table's
)
