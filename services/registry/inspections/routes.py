"""Inspections over HTTP: by themselves, below their organization, and in batch."""

from __future__ import annotations

from kernel.records.crud import record_router
from services.registry.inspections.records import INSPECTION

# GET, POST           /v1/registry/inspections, /v1/registry/organizations/{organization_id}/inspections
# POST                /v1/registry/inspections/batch
# GET, PATCH, DELETE  /v1/registry/inspections/{inspection_id}
# GET                 /v1/registry/inspections/{inspection_id}/history
router = record_router(INSPECTION)
