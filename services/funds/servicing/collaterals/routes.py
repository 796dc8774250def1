"""Collaterals: what secures a loan, from its registration to its release."""

from __future__ import annotations

from kernel.records.crud import record_router
from services.funds.servicing.collaterals.records import COLLATERALS

# GET, POST        /v1/funds/collaterals
# GET, PATCH, DELETE /v1/funds/collaterals/{collateral_id}
# GET              /v1/funds/collaterals/{collateral_id}/history
router = record_router(COLLATERALS)
