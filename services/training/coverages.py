"""What a province's records of training and trade hold completely."""

from __future__ import annotations

from kernel.coverages import coverages
from services.training import code_lists, models
from services.training.scopes import PREFIX, READ, SERVICE, WRITE

COVERAGE, router = coverages(PREFIX, models.Coverage, code_lists.RECORD_TYPES, READ, WRITE, service=SERVICE)
