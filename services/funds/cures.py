"""The cure of a loan that was rescheduled: its new schedules count no more for its debt group.

The microfinance rules that the funds follow name none, so none holds until a fund or an alliance lays it down
(`rescheduling_cure` in /lending-rules): so many months, so many installments, or both, without a day of arrears, counted
from the newest schedule or from the day on which arrears ended. A cured loan stays so until it is rescheduled again.
"""

from __future__ import annotations

RULE = "rescheduling_cure"


def cure_of(loan: str, day: str) -> str:
    """Return the SQL of the rule by which a rescheduled loan is cured on a day: valid_from and legal_basis, or no row.

    `loan`: the alias of its row with id, fund_id, alliance, channel and opening. The rule is looked for as RULES_ON does
    it; times without arrears begin with the newest schedule and wherever arrears ended, and last until the next.
    Of a loan whose books another lender keeps there are no installments to tell by. By ix_lending_rule_rule,
    ix_rescheduling_loan_id and pk_loan_installment.
    """
    return f"""
        SELECT rule.valid_from, rule.legal_basis
          FROM (SELECT value_months, value_installments, valid_from, legal_basis FROM lending_rule
                 WHERE rule = '{RULE}'
                   AND (fund_id = {loan}.fund_id OR (fund_id IS NULL AND alliance IN ({loan}.alliance, 'VN')))
                   AND valid_from <= {day} AND (valid_until IS NULL OR valid_until >= {day})
                 ORDER BY (fund_id IS NULL), (alliance = 'VN'), valid_from DESC, id DESC LIMIT 1) rule
         CROSS JOIN LATERAL (
                SELECT greatest(max(r.effective_on), ({loan}.opening ->> 'as_of')::date) AS since FROM rescheduling r
                 WHERE r.loan_id = {loan}.id AND r.state = 'approved' AND r.kind <> 'early_recall'
                   AND r.effective_on <= {day}) anew
         CROSS JOIN LATERAL (
                SELECT anew.since AS start
                UNION SELECT i.closed_on FROM loan_installment i
                 WHERE i.loan_id = {loan}.id AND i.closed_on > i.due_on AND i.closed_on BETWEEN anew.since AND {day}) paid
         CROSS JOIN LATERAL (
                SELECT least({day}, min(i.due_on)) AS until FROM loan_installment i
                 WHERE i.loan_id = {loan}.id AND i.opened_on <= {day} AND i.due_on < {day}
                   AND (i.closed_on IS NULL OR (i.closed_on > i.due_on AND i.closed_on > paid.start))) clean
         WHERE {loan}.channel <> 'entrusted_out'
           AND (rule.value_months IS NULL OR paid.start + make_interval(months => rule.value_months) <= clean.until)
           AND (rule.value_installments IS NULL OR rule.value_installments <= (
                SELECT count(*) FROM loan_installment i
                 WHERE i.loan_id = {loan}.id AND NOT i.replaced AND i.due_on > paid.start AND i.due_on <= clean.until
                   AND i.closed_on <= i.due_on AND i.principal_vnd + i.interest_vnd > 0))
         LIMIT 1"""  # noqa: S608 - of constants of the code
