"""What of reporting waits for the decision of another person."""

from __future__ import annotations

from kernel.records.approvals import approvals_router
from services.reporting.plans.waiting import PLANS_WAITING
from services.reporting.reports.waiting import REPORTS_WAITING
from services.reporting.scopes import SERVICE

router = approvals_router(SERVICE, (PLANS_WAITING, REPORTS_WAITING))
