"""Recognitions as a model over HTTP."""

from __future__ import annotations

from kernel.records.crud import record_router
from services.registry.cooperative_models.records import COOPERATIVE_MODEL

# GET, POST             /v1/registry/models
# POST                  /v1/registry/models/batch
# GET, PATCH, DELETE    /v1/registry/models/{cooperative_model_id}
# GET                   /v1/registry/models/{cooperative_model_id}/history
# GET, POST             /v1/registry/organizations/{organization_id}/models
router = record_router(COOPERATIVE_MODEL)
