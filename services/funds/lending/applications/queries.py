"""Statements on what the platform knows of a borrower on the day of a decision."""

from __future__ import annotations

from typing import TypedDict

from kernel.database.statements import statement


class RelatedBorrowers(TypedDict):
    """The members of a group on a day."""

    borrower_group_id: str
    borrower_ids: list[str]


class LoanOfBorrower(TypedDict):
    """A loan of the borrower, in whatever fund."""

    loan_id: str
    contract_number: str
    fund_id: str
    fund_name: str
    lost_vnd: int


class BorrowerOfBeneficiary(TypedDict):
    """A borrower of the same organization, with what the fund has lent and promised to it."""

    borrower_id: str
    borrower_name: str
    used_vnd: int


# Everyone who shares a group with the borrower on that day, group by group: by the members' indexes on both sides.
RELATED = statement(
    RelatedBorrowers,
    """
    SELECT m.borrower_group_id, array_agg(DISTINCT m.borrower_id ORDER BY m.borrower_id)::text[] AS borrower_ids
      FROM borrower_group_member own
      JOIN borrower_group_member m ON m.borrower_group_id = own.borrower_group_id
     WHERE own.borrower_id = $1::uuid
       AND own.valid_from <= $2 AND (own.valid_until IS NULL OR own.valid_until >= $2)
       AND m.valid_from <= $2 AND (m.valid_until IS NULL OR m.valid_until >= $2)
     GROUP BY 1 ORDER BY 1""",
)

# All contracts of the borrower that were signed by the day, the latest first: by ix_loan_borrower_id, a handful of rows,
# with what provisions handled of each until then and nobody has recovered. A borrower is of one alliance, so these are the loans
# of all its funds.
LOANS_OF_BORROWER = statement(
    LoanOfBorrower,
    """
    SELECT l.id AS loan_id, l.contract_number, l.fund_id, f.name AS fund_name,
           coalesce((SELECT sum(CASE w.kind WHEN 'risk_handled' THEN w.amount_vnd
                                       WHEN 'recovery' THEN coalesce(w.interest_vnd + w.overdue_interest_vnd, 0) - w.amount_vnd END)
                       FROM write_off w WHERE w.loan_id = l.id AND w.effective_on <= $2 AND w.reversed_at IS NULL
                        AND coalesce(w.confirmation_state, 'confirmed') = 'confirmed'), 0)::bigint AS lost_vnd
      FROM loan l JOIN fund f ON f.id = l.fund_id
     WHERE l.borrower_id = $1::uuid AND l.signed_on <= $2 AND l.state <> 'cancelled'
       AND coalesce(l.confirmation_state, 'confirmed') = 'confirmed'
     ORDER BY l.signed_on DESC, l.id DESC""",
)

# Who else borrows for the organization that the borrower is, or belongs to, with what fund $2 has out with them and promised
# (the sums of LENT_NOW, each borrower apart): borrowers by ix_borrower_beneficiary_organization_id and
# uq_borrower_organization, their loans and applications by ix_loan_borrower_id and ix_loan_application_borrower_id.
SHARED_BENEFICIARY = statement(
    BorrowerOfBeneficiary,
    """
    SELECT id AS borrower_id, name AS borrower_name, (lent_vnd + promised_vnd)::bigint AS used_vnd
      FROM (SELECT b.id, b.name,
                   (SELECT coalesce(sum(outstanding_vnd + CASE WHEN drawing_closed_on IS NULL
                                                               THEN principal_vnd - disbursed_vnd ELSE 0 END), 0)
                      FROM loan WHERE borrower_id = b.id AND fund_id = $2::uuid
                       AND coalesce(confirmation_state, 'confirmed') = 'confirmed') AS lent_vnd,
                   (SELECT coalesce(sum(approved_amount_vnd), 0) FROM loan_application
                     WHERE borrower_id = b.id AND fund_id = $2::uuid AND state = 'approved') AS promised_vnd
              FROM borrower own
              JOIN borrower b ON b.alliance = own.alliance AND b.id <> own.id
                             AND (b.beneficiary_organization_id IN (own.organization_id, own.beneficiary_organization_id)
                                  OR b.organization_id = own.beneficiary_organization_id)
             WHERE own.id = $1::uuid) AS others
     WHERE lent_vnd + promised_vnd > 0
     ORDER BY used_vnd DESC, id""",
)
