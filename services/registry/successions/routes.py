"""Successions over HTTP."""

from __future__ import annotations

from kernel.records.crud import record_router
from services.registry.successions.records import SUCCESSION_TYPE

# GET, POST    /v1/registry/successions
# GET, DELETE  /v1/registry/successions/{succession_id}
# GET          /v1/registry/successions/{succession_id}/history
router = record_router(SUCCESSION_TYPE)
