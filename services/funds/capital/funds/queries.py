"""Statements on a fund's capital and on what it has lent."""

from __future__ import annotations

from typing import TypedDict

from kernel.database.statements import always, statement


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


# What the fund had approved by the day $2 and no contract had taken the place of; by ix_loan_application_promised.
PROMISED = always(
    int,
    """
    SELECT coalesce(sum(approved_amount_vnd), 0)::bigint FROM loan_application
     WHERE fund_id = $1::uuid AND approved_on <= $2 AND (commitment_ended_on IS NULL OR commitment_ended_on > $2)""",
)
