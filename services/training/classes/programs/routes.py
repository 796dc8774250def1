"""Programs over HTTP: what pays for classes and events, by decision, plan line and source."""

from __future__ import annotations

from kernel.records.crud import record_router
from services.training.classes.programs.records import PROGRAM_TYPE

# GET, POST        /v1/training/programs
# GET, PATCH       /v1/training/programs/{program_id}
# GET              /v1/training/programs/{program_id}/history
router = record_router(PROGRAM_TYPE)
