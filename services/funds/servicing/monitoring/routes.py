"""Use checks, collection actions and balance statements over HTTP."""

from __future__ import annotations

from kernel.records.crud import record_router
from services.funds.servicing.monitoring.records import BALANCE_STATEMENTS, COLLECTION_ACTIONS, USE_CHECKS

use_checks = record_router(USE_CHECKS)
collection_actions = record_router(COLLECTION_ACTIONS)
balance_statements = record_router(BALANCE_STATEMENTS)
