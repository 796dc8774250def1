"""Statements of the reports."""

from __future__ import annotations

from typing import TypedDict

from kernel.database.statements import always, statement
from services.funds.lending.borrowers.communes import LYING
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
# A loan of the fund's own books that ran in the month $1 to $2: of the fund $3, the alliance $4, the officers $5; null: of any.
_RAN = """
    l.channel <> 'entrusted_out' AND l.starts_on <= $2 AND (l.settled_on IS NULL OR l.settled_on >= $1)
      AND ($3::uuid IS NULL OR l.fund_id = $3) AND ($4::text IS NULL OR l.alliance = $4)
      AND ($5::text[] IS NULL OR l.officer_id = ANY($5))"""
# Who lives in the communes $6 of the map of 2008 or $7 of that of 2025; null: anywhere.
_LIVES_THERE = f"($6::text[] IS NULL OR {LYING.format(_places_2008='$6', _places_2025='$7')})"
# An officer goes from commune to commune; who has none comes last.
_PLACE = "coalesce(b.commune_code, '~'), b.name_folded, b.id"
# A page of them behind the borrower $8, by commune and name; their loans by ix_loan_borrower_id.
_COLLECTION_BORROWERS = f"""
    SELECT b.id, b.name, b.commune_code, b.commune_map FROM borrower b
     WHERE EXISTS (SELECT FROM loan l WHERE l.borrower_id = b.id AND {_RAN} AND {{area}}) AND {_LIVES_THERE}
       AND ($8::uuid IS NULL OR ({_PLACE}) > (SELECT {_PLACE} FROM borrower b WHERE b.id = $8))
     ORDER BY {_PLACE} LIMIT $9"""  # noqa: S608 - of this module's constants
COLLECTION_BORROWERS_OF_NATION = statement(CollectionBorrower, _COLLECTION_BORROWERS.format(area="TRUE"))
COLLECTION_BORROWERS_OF_ALLIANCE = statement(CollectionBorrower, _COLLECTION_BORROWERS.format(area="l.alliance = $10"))
# The same loans, of the borrowers $8 or of all of them, for the lines of the sheet.
_COLLECTION_LOANS = f"""
    SELECT {", ".join(f"l.{name}" for name in LOAN.columns)} FROM loan l
     WHERE {_RAN} AND EXISTS (SELECT FROM borrower b WHERE b.id = l.borrower_id AND {_LIVES_THERE})
       AND ($8::uuid[] IS NULL OR l.borrower_id = ANY($8)) AND {{area}} ORDER BY l.borrower_id, l.id"""  # noqa: S608 - the columns are the table's, the rest this module's
COLLECTION_LOANS_OF_NATION = statement(LoanRow, _COLLECTION_LOANS.format(area="TRUE"))
COLLECTION_LOANS_OF_ALLIANCE = statement(LoanRow, _COLLECTION_LOANS.format(area="l.alliance = $9"))
# How many borrowers of those loans live in such communes, in the alliance $8.
COLLECTION_BORROWERS_COUNT = always(
    int,
    f"""
    SELECT count(*) FROM borrower b
     WHERE {_LIVES_THERE}
       AND EXISTS (SELECT FROM loan l
                    WHERE l.borrower_id = b.id AND {_RAN} AND ($8::text IS NULL OR l.alliance = $8))""",  # noqa: S608 - of this module's constants
)
