"""What of the registry waits for a second person."""

from __future__ import annotations

from kernel.records.approvals import PENDING_COLUMNS, PENDING_CONDITION, Waiting, approvals_router
from services.registry.ratings.records import CONFIRM, RATING

KINDS = (
    # By ix_rating_pending.
    Waiting(
        resource_type=RATING.name,
        scopes=CONFIRM,
        sql="id AS resource_id, concat_ws(' · ', (SELECT name FROM organization o WHERE o.id = organization_id), year, "  # noqa: S608  names are constants of the code
        f"trim_scale(score)) AS title, NULL::bigint AS amount_vnd, {PENDING_COLUMNS} FROM rating "
        f"WHERE {PENDING_CONDITION}",
        path=f"{RATING.path}/{{id}}",
        decision_path=f"{RATING.path}/{{id}}/confirmation",
    ),
)

router = approvals_router("registry", KINDS)
