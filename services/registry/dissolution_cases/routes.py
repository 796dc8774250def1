"""Dissolution cases over HTTP: by themselves, below their organization, and in batch."""

from __future__ import annotations

from kernel.records.crud import record_router
from services.registry.dissolution_cases.records import DISSOLUTION_CASE

# GET, POST           /v1/registry/dissolution-cases, /v1/registry/organizations/{organization_id}/dissolution-cases
# POST                /v1/registry/dissolution-cases/batch
# GET, PATCH, DELETE  /v1/registry/dissolution-cases/{dissolution_case_id}
# GET                 /v1/registry/dissolution-cases/{dissolution_case_id}/history
router = record_router(DISSOLUTION_CASE)
