"""Lending rules: limits, caps and authorities as data, each with its validity and legal basis."""

from __future__ import annotations

from kernel.records.crud import record_router
from services.funds.capital.rules.records import LENDING_RULES

# GET, POST        /v1/funds/lending-rules
# GET, PATCH       /v1/funds/lending-rules/{lending_rule_id}
# GET              /v1/funds/lending-rules/{lending_rule_id}/history
router = record_router(LENDING_RULES)
