"""What a province's registry holds completely."""

from __future__ import annotations

from kernel.coverages import coverages
from services.registry import code_lists, models
from services.registry.scopes import PREFIX, READ, WRITE

COVERAGE, router = coverages(PREFIX, models.Coverage, code_lists.RECORD_TYPES, READ, WRITE)
