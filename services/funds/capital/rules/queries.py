"""Statements on lending rules."""

from __future__ import annotations

# A rule of the fund wins over one of the alliance, and that over the nation's; of two the one that began later.
RULES_ON = """
    SELECT DISTINCT ON (rule) * FROM lending_rule
     WHERE rule <> 'approval_authority' AND (fund_id = $1::uuid OR (fund_id IS NULL AND alliance IN ($2, 'VN')))
       AND valid_from <= $3 AND (valid_until IS NULL OR valid_until >= $3)
     ORDER BY rule, (fund_id IS NULL), (alliance = 'VN'), valid_from DESC, id DESC"""


AUTHORITIES_ON = """
    SELECT * FROM lending_rule
     WHERE rule = 'approval_authority' AND (fund_id = $1::uuid OR (fund_id IS NULL AND alliance IN ($2, 'VN')))
       AND valid_from <= $3 AND (valid_until IS NULL OR valid_until >= $3)
     ORDER BY (fund_id IS NULL), (alliance = 'VN'), amount_up_to_vnd NULLS LAST, id"""
