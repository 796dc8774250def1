"""Collaterals: what secures a loan, from its registration to its release."""

from __future__ import annotations

from kernel.records.crud import record_router
from services.funds.servicing.collaterals.records import COLLATERALS

router = record_router(COLLATERALS)
