"""What a province's records of its funds hold completely."""

from __future__ import annotations

from kernel.coverages import coverages
from services.funds import loan_code_lists, report_models
from services.funds.scopes import PREFIX, READ, WRITE

COVERAGE, router = coverages(PREFIX, report_models.Coverage, loan_code_lists.RECORD_TYPES, READ, WRITE, service="funds")
