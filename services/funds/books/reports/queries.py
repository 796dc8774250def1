"""Statements of the reports."""

from __future__ import annotations

from typing import TypedDict

from kernel.database.statements import statement
from services.funds.rows import LoanRow
from services.funds.servicing.loans.resource import LOAN


class LendingLoan(TypedDict):
    """A loan with what moved of it before a period and in it."""

    id: str
    fund_id: str
    borrower_id: str
    channel: str
    own_risk: bool
    report_sector: str
    term_class: str
    is_late: bool
    reported_vnd: int | None
    reported_before_vnd: int | None
    before_vnd: int
    paid_out_vnd: int
    taken_vnd: int
    principal_vnd: int
    handled_vnd: int
    interest_vnd: int


class CollectionBorrower(TypedDict):
    """A borrower of a collection sheet."""

    id: str
    name: str
    commune_code: str | None
    commune_map: str | None


# One row a loan with what moved until the eve of the period ($1), in it, and until its last day ($2). Of one fund ($3)
# each branch reads the fund's rows by its index on fund and day; of a whole area all rows until the day.
_LENDING_LOANS = """
    WITH own AS (
        SELECT l.id, l.fund_id, l.borrower_id, l.channel, l.report_sector, l.opening, l.own_risk,
               CASE WHEN (l.dues -> -1 ->> 1)::date <= l.signed_on + interval '12 months' THEN 'short'
                    WHEN (l.dues -> -1 ->> 1)::date <= l.signed_on + interval '60 months' THEN 'medium'
                    ELSE 'long' END AS term_class
          FROM loan l WHERE ($3::uuid IS NULL OR l.fund_id = $3) AND l.starts_on <= $2 AND {area}),
    moved AS (
        SELECT loan_id, disbursed_on AS day, amount_vnd AS paid_out, 0 AS taken, 0 AS principal, 0 AS handled, 0 AS interest
          FROM disbursement WHERE reversed_at IS NULL AND disbursed_on <= $2 AND ($3::uuid IS NULL OR fund_id = $3)
        UNION ALL SELECT id, (opening ->> 'as_of')::date, 0, (opening ->> 'principal_vnd')::bigint, 0, 0, 0
          FROM own WHERE opening IS NOT NULL AND (opening ->> 'as_of')::date <= $2
        UNION ALL SELECT loan_id, paid_on, 0, 0, principal_vnd, 0, interest_vnd + overdue_interest_vnd
          FROM repayment WHERE reversed_at IS NULL AND paid_on <= $2 AND ($3::uuid IS NULL OR fund_id = $3)
        UNION ALL SELECT loan_id, effective_on, 0, 0, 0, CASE kind WHEN 'risk_handled' THEN amount_vnd ELSE 0 END,
                         CASE kind WHEN 'recovery' THEN coalesce(interest_vnd + overdue_interest_vnd, 0) ELSE 0 END
          FROM write_off WHERE reversed_at IS NULL AND effective_on <= $2 AND ($3::uuid IS NULL OR fund_id = $3)
           AND coalesce(confirmation_state, 'confirmed') = 'confirmed'),
    late AS (
        SELECT DISTINCT i.loan_id FROM loan_installment i JOIN own ON own.id = i.loan_id
         WHERE i.due_on < $2 AND i.opened_on <= $2 AND (i.closed_on IS NULL OR i.closed_on > $2)),
    reported AS (
        SELECT DISTINCT ON (loan_id) loan_id, outstanding_vnd, overdue_principal_vnd FROM balance_statement
         WHERE as_of <= $2 ORDER BY loan_id, as_of DESC),
    reported_before AS (
        SELECT DISTINCT ON (loan_id) loan_id, outstanding_vnd FROM balance_statement
         WHERE as_of < $1 ORDER BY loan_id, as_of DESC)
    SELECT own.id, own.fund_id, own.borrower_id, own.channel, own.own_risk, coalesce(own.report_sector, 'none') AS report_sector,
           own.term_class, late.loan_id IS NOT NULL OR coalesce(r.overdue_principal_vnd, 0) > 0 AS is_late,
           r.outstanding_vnd AS reported_vnd, b.outstanding_vnd AS reported_before_vnd,
           coalesce(sum(m.paid_out + m.taken - m.principal - m.handled) FILTER (WHERE m.day < $1), 0)::bigint AS before_vnd,
           coalesce(sum(m.paid_out) FILTER (WHERE m.day >= $1), 0)::bigint AS paid_out_vnd,
           coalesce(sum(m.taken) FILTER (WHERE m.day >= $1), 0)::bigint AS taken_vnd,
           coalesce(sum(m.principal) FILTER (WHERE m.day >= $1), 0)::bigint AS principal_vnd,
           coalesce(sum(m.handled) FILTER (WHERE m.day >= $1), 0)::bigint AS handled_vnd,
           coalesce(sum(m.interest) FILTER (WHERE m.day >= $1), 0)::bigint AS interest_vnd
      FROM own JOIN moved m ON m.loan_id = own.id
      LEFT JOIN late ON late.loan_id = own.id LEFT JOIN reported r ON r.loan_id = own.id
      LEFT JOIN reported_before b ON b.loan_id = own.id
     GROUP BY own.id, own.fund_id, own.borrower_id, own.channel, own.own_risk, own.report_sector, own.term_class,
              late.loan_id, r.overdue_principal_vnd, r.outstanding_vnd, b.outstanding_vnd"""
LENDING_LOANS_OF_NATION = statement(LendingLoan, _LENDING_LOANS.format(area="TRUE"))
LENDING_LOANS_OF_ALLIANCE = statement(LendingLoan, _LENDING_LOANS.format(area="l.alliance = $4"))
# A loan of the fund's own books that ran in the month $1 to $2.
_RAN = """
    l.channel <> 'entrusted_out' AND l.starts_on <= $2 AND (l.settled_on IS NULL OR l.settled_on >= $1)
      AND ($3::uuid IS NULL OR l.fund_id = $3) AND ($4::text IS NULL OR l.alliance = $4)"""
# An officer goes from commune to commune; who has none comes last.
_PLACE = "coalesce(b.commune_code, '~'), b.name_folded, b.id"
# A page of them behind the borrower $5, by commune and name; their loans by ix_loan_borrower_id.
_COLLECTION_BORROWERS = f"""
    SELECT b.id, b.name, b.commune_code, b.commune_map FROM borrower b
     WHERE EXISTS (SELECT FROM loan l WHERE l.borrower_id = b.id AND {_RAN} AND {{area}})
       AND ($5::uuid IS NULL OR ({_PLACE}) > (SELECT {_PLACE} FROM borrower b WHERE b.id = $5))
     ORDER BY {_PLACE} LIMIT $6"""  # noqa: S608 - of this module's constants
COLLECTION_BORROWERS_OF_NATION = statement(CollectionBorrower, _COLLECTION_BORROWERS.format(area="TRUE"))
COLLECTION_BORROWERS_OF_ALLIANCE = statement(CollectionBorrower, _COLLECTION_BORROWERS.format(area="l.alliance = $7"))
# The same loans, of the borrowers $5 or of all of them, for the lines of the sheet.
_COLLECTION_LOANS = f"""
    SELECT {", ".join(f"l.{name}" for name in LOAN.columns)} FROM loan l
     WHERE {_RAN} AND ($5::uuid[] IS NULL OR l.borrower_id = ANY($5)) AND {{area}} ORDER BY l.borrower_id, l.id"""  # noqa: S608 - the columns are the table's, the rest this module's
COLLECTION_LOANS_OF_NATION = statement(LoanRow, _COLLECTION_LOANS.format(area="TRUE"))
COLLECTION_LOANS_OF_ALLIANCE = statement(LoanRow, _COLLECTION_LOANS.format(area="l.alliance = $6"))
# What an officer has to look after. {_today} and {until} are days. A late loan stands here once: what falls due today is in its overdue amount, which is
# that of its position (see work_list.py), and whether its notice is still to be sent is said beside it.
WORK_ITEMS = """(
    WITH late AS (
        SELECT loan_id, min(due_on) AS since, NULL::bigint AS reported_vnd FROM loan_installment
         WHERE due_on < {_today} AND NOT replaced AND closed_on IS NULL GROUP BY loan_id
        UNION ALL SELECT loan_id, overdue_since, overdue_principal_vnd
          FROM (SELECT DISTINCT ON (loan_id) loan_id, overdue_since, overdue_principal_vnd FROM balance_statement
                 WHERE as_of <= {_today} ORDER BY loan_id, as_of DESC) reported
         WHERE overdue_since IS NOT NULL)
    SELECT 'due-' || i.loan_id || '-' || i.number AS id, 'due' AS kind, i.due_on AS day, i.loan_id,
           (i.principal_vnd - i.principal_paid_vnd + i.interest_vnd - i.interest_paid_vnd - i.interest_waived_vnd) AS amount_vnd,
           false AS needs_notice, '/v1/funds/loans/' || i.loan_id || '/schedule' AS resource
      FROM loan_installment i
     WHERE i.due_on BETWEEN {_today} AND {until} AND NOT i.replaced AND i.closed_on IS NULL
       AND (i.due_on > {_today} OR NOT EXISTS (SELECT FROM late WHERE late.loan_id = i.loan_id))
    UNION ALL
    SELECT 'overdue-' || late.loan_id, 'overdue', late.since, late.loan_id, late.reported_vnd,
           late.reported_vnd IS NULL AND NOT EXISTS (
               SELECT FROM collection_action a
                WHERE a.loan_id = late.loan_id AND a.kind = 'notice' AND a.done_on >= late.since),
           '/v1/funds/loans/' || late.loan_id || '/position'
      FROM late
    UNION ALL
    SELECT 'use_check-' || c.id, 'use_check', c.due_on, c.loan_id, NULL, false, '/v1/funds/use-checks/' || c.id
      FROM use_check c WHERE c.checked_on IS NULL AND c.due_on <= {until}
    UNION ALL
    SELECT 'promise-' || a.id, 'promise', a.promised_on, a.loan_id, a.amount_vnd, false,
           '/v1/funds/collection-actions/' || a.id
      FROM collection_action a
     WHERE a.promised_on <= {until}
       AND NOT EXISTS (SELECT FROM repayment p WHERE p.loan_id = a.loan_id AND p.reversed_at IS NULL
                          AND p.paid_on BETWEEN a.done_on AND greatest(a.promised_on, {_today}))
    ) w JOIN loan l ON l.id = w.loan_id AND l.state IN ('disbursing', 'active')"""
