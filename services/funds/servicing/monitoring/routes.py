"""Use checks, collection actions and balance statements over HTTP."""

from __future__ import annotations

from kernel.records.crud import record_router
from services.funds.servicing.monitoring.records import BALANCE_STATEMENTS, COLLECTION_ACTIONS, USE_CHECKS

# GET              /v1/funds/use-checks
# GET, POST        /v1/funds/loans/{loan_id}/use-checks
# GET, PATCH       /v1/funds/use-checks/{use_check_id}
# GET              /v1/funds/use-checks/{use_check_id}/history
use_checks = record_router(USE_CHECKS)
# GET              /v1/funds/collection-actions
# GET, POST        /v1/funds/loans/{loan_id}/collection-actions
# GET, PATCH       /v1/funds/collection-actions/{collection_action_id}
# GET              /v1/funds/collection-actions/{collection_action_id}/history
collection_actions = record_router(COLLECTION_ACTIONS)
# GET              /v1/funds/balance-statements
# GET, POST        /v1/funds/loans/{loan_id}/balance-statements
# GET              /v1/funds/balance-statements/{balance_statement_id}
# GET              /v1/funds/balance-statements/{balance_statement_id}/history
balance_statements = record_router(BALANCE_STATEMENTS)
