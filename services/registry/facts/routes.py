"""Facts over HTTP: each type by itself, below its organization, and in batch."""

from __future__ import annotations

from kernel.records.crud import record_router
from services.registry.facts.records import FACT_TYPES

routers = [record_router(fact_type) for fact_type in FACT_TYPES]
