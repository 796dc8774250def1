"""Statements of the officer's list: what there is to do with the loans that run."""

from __future__ import annotations

from kernel.database.statements import statement
from services.funds.rows import LoanRow
from services.funds.servicing.loans.resource import LOAN

# What an officer has to look after, of the running loans that {own} is true of. {_today} and {until} are days. A late loan
# stands here once: what falls due today is in its overdue amount, which is that of its position (see work_list.py), and
# whether a notice is to be sent is said beside it: the first of these arrears, or another where the rule of the fund, else of
# its alliance, else of the nation has them sent every so many days. The loans by the index of
# what {own} asks for, and in each branch their rows by the loan.
WORK_ITEMS = """(
    WITH own AS (
        SELECT l.id, l.fund_id FROM loan l WHERE l.state IN ('disbursing', 'active') AND {own}),
    every AS (
        SELECT f.id AS fund_id,
               (SELECT r.value_days FROM lending_rule r
                 WHERE r.rule = 'notice_every_days'
                   AND (r.fund_id = f.id OR (r.fund_id IS NULL AND r.alliance IN (f.alliance, 'VN')))
                   AND r.valid_from <= {_today} AND (r.valid_until IS NULL OR r.valid_until >= {_today})
                 ORDER BY (r.fund_id IS NULL), (r.alliance = 'VN'), r.valid_from DESC, r.id DESC LIMIT 1) AS days
          FROM fund f),
    late AS (
        SELECT i.loan_id, min(i.due_on) AS since, NULL::bigint AS reported_vnd
          FROM own JOIN loan_installment i ON i.loan_id = own.id
         WHERE i.due_on < {_today} AND NOT i.replaced AND i.closed_on IS NULL GROUP BY i.loan_id
        UNION ALL SELECT loan_id, overdue_since, overdue_principal_vnd
          FROM (SELECT DISTINCT ON (s.loan_id) s.loan_id, s.overdue_since, s.overdue_principal_vnd
                  FROM own JOIN balance_statement s ON s.loan_id = own.id
                 WHERE s.as_of <= {_today} ORDER BY s.loan_id, s.as_of DESC) reported
         WHERE overdue_since IS NOT NULL)
    SELECT 'due-' || i.loan_id || '-' || i.number AS id, 'due' AS kind, i.due_on AS day, i.loan_id,
           (i.principal_vnd - i.principal_paid_vnd + i.interest_vnd - i.interest_paid_vnd - i.interest_waived_vnd) AS amount_vnd,
           false AS needs_notice, '/v1/funds/loans/' || i.loan_id || '/schedule' AS resource
      FROM own JOIN loan_installment i ON i.loan_id = own.id
     WHERE i.due_on BETWEEN {_today} AND {until} AND NOT i.replaced AND i.closed_on IS NULL
       AND (i.due_on > {_today} OR NOT EXISTS (SELECT FROM late WHERE late.loan_id = i.loan_id))
    UNION ALL
    SELECT 'overdue-' || late.loan_id, 'overdue', late.since, late.loan_id, late.reported_vnd,
           late.reported_vnd IS NULL AND NOT EXISTS (
               SELECT FROM collection_action a
                WHERE a.loan_id = late.loan_id AND a.kind = 'notice'
                  AND a.done_on >= greatest(late.since, {_today} - every.days + 1)),
           '/v1/funds/loans/' || late.loan_id || '/position'
      FROM late JOIN own ON own.id = late.loan_id JOIN every ON every.fund_id = own.fund_id
    UNION ALL
    SELECT 'use_check-' || c.id, 'use_check', c.due_on, c.loan_id, NULL, false, '/v1/funds/use-checks/' || c.id
      FROM own JOIN use_check c ON c.loan_id = own.id WHERE c.checked_on IS NULL AND c.due_on <= {until}
    UNION ALL
    SELECT 'promise-' || a.id, 'promise', a.promised_on, a.loan_id, a.amount_vnd, false,
           '/v1/funds/collection-actions/' || a.id
      FROM own JOIN collection_action a ON a.loan_id = own.id
     WHERE a.promised_on <= {until}
       AND NOT EXISTS (SELECT FROM repayment p WHERE p.loan_id = a.loan_id AND p.reversed_at IS NULL
                          AND p.paid_on BETWEEN a.done_on AND greatest(a.promised_on, {_today}))
    ) w JOIN loan l ON l.id = w.loan_id"""

# A page's late loans, by their keys.
LOANS = statement(LoanRow, f"{LOAN.select} WHERE id = ANY($1::uuid[])")

# Late loans of our own books on the day $6, at most $7 of them: of an alliance, of officers, of funds, of borrowers, of these;
# null: of any. By ix_loan_alliance_id, ix_loan_fund_id or ix_loan_officer_id, and pk_loan_installment.
LATE_LOANS = statement(
    LoanRow,
    f"""
    SELECT {", ".join(f"l.{name}" for name in LOAN.columns)} FROM loan l
     WHERE l.state IN ('disbursing', 'active') AND l.channel <> 'entrusted_out'
       AND ($1::text IS NULL OR l.alliance = $1) AND ($2::text[] IS NULL OR l.officer_id = ANY($2))
       AND ($3::uuid[] IS NULL OR l.fund_id = ANY($3)) AND ($4::uuid[] IS NULL OR l.borrower_id = ANY($4))
       AND ($5::uuid[] IS NULL OR l.id = ANY($5))
       AND EXISTS (SELECT FROM loan_installment i
                    WHERE i.loan_id = l.id AND i.due_on < $6 AND NOT i.replaced AND i.closed_on IS NULL)
     ORDER BY l.id LIMIT $7""",  # noqa: S608 - the columns are the table's
)
