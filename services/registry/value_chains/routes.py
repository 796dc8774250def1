"""Value chains over HTTP."""

from __future__ import annotations

from kernel.records.crud import record_router
from services.registry.value_chains.records import VALUE_CHAIN_TYPE

# GET, POST             /v1/registry/value-chains
# POST                  /v1/registry/value-chains/batch
# GET, PATCH, DELETE    /v1/registry/value-chains/{value_chain_id}
# GET                   /v1/registry/value-chains/{value_chain_id}/history
router = record_router(VALUE_CHAIN_TYPE)
