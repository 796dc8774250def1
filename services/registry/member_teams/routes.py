"""Member teams over HTTP: by themselves and in batch."""

from __future__ import annotations

from kernel.records.crud import record_router
from services.registry.member_teams.records import MEMBER_TEAM_TYPE

# GET, POST           /v1/registry/member-teams
# POST                /v1/registry/member-teams/batch
# GET, PATCH, DELETE  /v1/registry/member-teams/{member_team_id}
# GET                 /v1/registry/member-teams/{member_team_id}/history
router = record_router(MEMBER_TEAM_TYPE)
