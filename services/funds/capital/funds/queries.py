"""Statements on a fund's capital and on what it has lent."""

from __future__ import annotations

from typing import TypedDict

from kernel.database.statements import statement


class CapitalSum(TypedDict):
    """What moved of one source, at one stage, in one direction."""

    kind: str
    stage: str
    direction: str
    amount_vnd: int


class LentSums(TypedDict):
    """What a fund has out with borrowers, in whole đồng."""

    outstanding_vnd: int
    entrusted_vnd: int
    commitments_vnd: int
    lost_vnd: int


# A fund's movements until the day, added up by source, stage and direction: by ix_capital_movement_fund_id.
CAPITAL = statement(
    CapitalSum,
    """
    SELECT kind, stage, direction, sum(amount_vnd)::bigint AS amount_vnd
      FROM capital_movement WHERE fund_id = $1::uuid AND moved_on <= $2 AND coalesce(confirmation_state, 'confirmed') = 'confirmed' GROUP BY kind, stage, direction""",
)


# As it stands now, from the sums that the loans keep, by ix_loan_fund_id. $2: these borrowers, or all.
LENT_NOW = statement(
    LentSums,
    """
    SELECT coalesce(sum(outstanding_vnd) FILTER (WHERE channel <> 'entrusted_out'), 0)::bigint AS outstanding_vnd,
           coalesce(sum(outstanding_vnd) FILTER (WHERE channel = 'entrusted_out'), 0)::bigint AS entrusted_vnd,
           (SELECT coalesce(sum(approved_amount_vnd), 0) FROM loan_application
             WHERE fund_id = $1::uuid AND state = 'approved' AND ($2::uuid[] IS NULL OR borrower_id = ANY($2)))::bigint
           + coalesce(sum(principal_vnd - disbursed_vnd) FILTER (WHERE drawing_closed_on IS NULL), 0)::bigint
           AS commitments_vnd,
           coalesce(sum(written_off_vnd - recovered_vnd), 0)::bigint AS lost_vnd
      FROM loan WHERE fund_id = $1::uuid AND coalesce(confirmation_state, 'confirmed') = 'confirmed' AND ($2::uuid[] IS NULL OR borrower_id = ANY($2))""",
)


# On the day $3, from the records by their days; each branch reads only the fund's own rows until then,
# by its index on fund and day. Where another lender keeps the books the last balance that it reported counts.
LENT_ON = statement(
    LentSums,
    """
    WITH own AS (
        SELECT id, principal_vnd, disbursed_vnd, channel, opening, signed_on, drawing_closed_on FROM loan
         WHERE fund_id = $1::uuid AND ($2::uuid[] IS NULL OR borrower_id = ANY($2)) AND signed_on <= $3 AND coalesce(confirmation_state, 'confirmed') = 'confirmed'),
    moved AS (
        SELECT loan_id, amount_vnd AS out_vnd, 0 AS in_vnd, 0 AS lost_vnd FROM disbursement
         WHERE fund_id = $1::uuid AND disbursed_on <= $3 AND reversed_at IS NULL
        UNION ALL SELECT loan_id, 0, principal_vnd, 0 FROM repayment
         WHERE fund_id = $1::uuid AND paid_on <= $3 AND reversed_at IS NULL
        UNION ALL SELECT loan_id, 0, CASE kind WHEN 'risk_handled' THEN amount_vnd ELSE 0 END,
                         CASE kind WHEN 'risk_handled' THEN amount_vnd
                              WHEN 'recovery' THEN coalesce(interest_vnd + overdue_interest_vnd, 0) - amount_vnd ELSE 0 END
                    FROM write_off WHERE fund_id = $1::uuid AND effective_on <= $3 AND reversed_at IS NULL AND coalesce(confirmation_state, 'confirmed') = 'confirmed'
        UNION ALL SELECT id, (opening ->> 'principal_vnd')::bigint, 0, 0 FROM own
                   WHERE opening IS NOT NULL AND (opening ->> 'as_of')::date <= $3),
    sums AS (
        SELECT loan_id, sum(out_vnd) AS out_vnd, sum(in_vnd) AS in_vnd, sum(lost_vnd) AS lost_vnd
          FROM moved GROUP BY loan_id),
    reported AS (
        SELECT DISTINCT ON (loan_id) loan_id, outstanding_vnd FROM balance_statement
         WHERE fund_id = $1::uuid AND as_of <= $3 ORDER BY loan_id, as_of DESC)
    SELECT coalesce(sum(s.out_vnd - s.in_vnd) FILTER (WHERE channel <> 'entrusted_out'), 0)::bigint AS outstanding_vnd,
           coalesce(sum(coalesce(r.outstanding_vnd, s.out_vnd)) FILTER (WHERE channel = 'entrusted_out'), 0)::bigint
           AS entrusted_vnd,
           coalesce(sum(principal_vnd - coalesce(s.out_vnd, 0))
                    FILTER (WHERE opening IS NULL AND (drawing_closed_on IS NULL OR drawing_closed_on > $3)), 0)::bigint
           + (SELECT coalesce(sum(approved_amount_vnd), 0) FROM loan_application
               WHERE fund_id = $1::uuid AND approved_on <= $3
                 AND (commitment_ended_on IS NULL OR commitment_ended_on > $3)
                 AND ($2::uuid[] IS NULL OR borrower_id = ANY($2)))::bigint AS commitments_vnd,
           coalesce(sum(s.lost_vnd), 0)::bigint AS lost_vnd
      FROM own LEFT JOIN sums s ON s.loan_id = own.id LEFT JOIN reported r ON r.loan_id = own.id""",
)
