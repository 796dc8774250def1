"""Statements on lending rules."""

from __future__ import annotations

from datetime import date
from typing import TypedDict

from kernel.database.statements import statement


class RuleInForce(TypedDict):
    """A lending rule that holds on a day."""

    rule: str
    fund_id: str | None
    alliance: str
    value_percent: str | None
    value_days: int | None
    amount_up_to_vnd: int | None
    authority: str | None
    valid_from: date
    legal_basis: str


class ChecklistInForce(TypedDict):
    """The checklist for a kind of borrower that holds on a day."""

    rule: str
    documents: str
    valid_from: date
    legal_basis: str


_COLUMNS = (
    """rule, fund_id, alliance, value_percent, value_days, amount_up_to_vnd, authority, valid_from, legal_basis"""
)
_IN_FORCE = """(fund_id = $1::uuid OR (fund_id IS NULL AND alliance IN ($2, 'VN')))
       AND valid_from <= $3 AND (valid_until IS NULL OR valid_until >= $3)"""
# Of each rule the one of one's own, a rule of the fund before one of the alliance, and after it the nation's; of two the one
# that began later. The table is small (ix_lending_rule_rule).
RULES_ON = statement(
    RuleInForce,
    f"""
    SELECT DISTINCT ON (rule, alliance = 'VN') {_COLUMNS} FROM lending_rule
     WHERE rule NOT IN ('approval_authority', 'document_checklist') AND {_IN_FORCE}
     ORDER BY rule, (alliance = 'VN'), (fund_id IS NULL), valid_from DESC, id DESC""",  # noqa: S608 - of this module's constants
)
# The nation's rules of a kind that hold on any day of $2 to $3, which may be open.
NATIONAL_DURING = statement(
    RuleInForce,
    f"""
    SELECT {_COLUMNS} FROM lending_rule
     WHERE rule = $1 AND fund_id IS NULL AND alliance = 'VN'
       AND ($3::date IS NULL OR valid_from <= $3) AND (valid_until IS NULL OR valid_until >= $2)
     ORDER BY valid_from, id""",  # noqa: S608 - of this module's constants
)
# Of each rule the nation's that holds on the day $2, the one that began last, where that was after the application $1 was approved.
LAW_SINCE_APPROVAL = statement(
    RuleInForce,
    f"""
    SELECT {_COLUMNS}
      FROM (SELECT DISTINCT ON (rule) {_COLUMNS} FROM lending_rule
             WHERE rule NOT IN ('approval_authority', 'document_checklist') AND fund_id IS NULL AND alliance = 'VN'
               AND valid_from <= $2 AND (valid_until IS NULL OR valid_until >= $2)
             ORDER BY rule, valid_from DESC, id DESC) AS law
     WHERE valid_from > (SELECT approved_on FROM loan_application WHERE id = $1::uuid)""",  # noqa: S608 - of this module's constants
)
# Who may approve up to which amount: the fund's own first, then its alliance's, then the nation's.
AUTHORITIES_ON = statement(
    RuleInForce,
    f"""
    SELECT {_COLUMNS} FROM lending_rule
     WHERE rule = 'approval_authority' AND {_IN_FORCE}
     ORDER BY (fund_id IS NULL), (alliance = 'VN'), amount_up_to_vnd NULLS LAST, id""",  # noqa: S608 - of this module's constants
)
# The checklist for borrowers of the kind $4: of fund, alliance and nation as RULES_ON has it.
CHECKLIST_ON = statement(
    ChecklistInForce,
    f"""
    SELECT rule, documents, valid_from, legal_basis FROM lending_rule
     WHERE rule = 'document_checklist' AND borrower_kind = $4 AND {_IN_FORCE}
     ORDER BY (fund_id IS NULL), (alliance = 'VN'), valid_from DESC, id DESC LIMIT 1""",  # noqa: S608 - of this module's constants
)
