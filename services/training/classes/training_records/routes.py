"""What one organization took part in, over the years."""

from __future__ import annotations

from typing import Any

from pydantic import Field
from starlette.responses import Response

from kernel.problems import NotFound
from kernel.records.records import dump
from kernel.values.ids import Id
from kernel.web.auth import narrow
from kernel.web.operations import Call, CurrentCall
from kernel.web.schemas import Output
from services.training.field_types import UUID
from services.training.scopes import OWN_READ, training_router

router = training_router("organizations")


class TrainingYear(Output):
    """What an organization's people attended in one year."""

    year: int
    classes: int
    attendances: int
    distinct_trainees: int
    training_hours: float
    certificates: int


class TrainingRecord(Output):
    """The training of one organization's people, year by year; a class belongs to the year of its last session."""

    organization_id: str = Field(json_schema_extra=UUID)
    years: list[TrainingYear]
    attendances: str = Field(description="Path of the entries behind it")


_KNOWN = " UNION ALL ".join(
    f"SELECT 1 FROM {table} r WHERE r.organization_id = $1::uuid AND {{area}}"
    for table in ("attendance", "registration", "invitation", "trainee")
)


def _may_see(call: Call, organization_id: str) -> bool:
    own = call.caller.confined_to
    return own is None or own == organization_id


async def known_organization(call: Call, path: dict[str, str]) -> None:
    """Raise NotFound unless the organization has a part in what the caller may see."""
    organization_id = path["organization_id"].lower()
    args: list[Any] = [organization_id]
    sql = f"SELECT EXISTS ({_KNOWN.format(area=narrow(call.caller, args, 'r.alliance'))})"
    if not _may_see(call, organization_id) or not await call.db.fetchval(sql, *args):
        raise NotFound()


_YEARS = """
    SELECT extract(year FROM c.counted_on)::int AS year, count(DISTINCT c.id)::int AS classes,
           count(*)::int AS attendances, count(DISTINCT coalesce(p.alliance || '/' || p.id_number_mark, f.trainee_id::text))::int AS distinct_trainees,
           round(sum(c.session_minutes) / 60.0, 2)::float8 AS training_hours, count(t.id)::int AS certificates
      FROM attendance f
      JOIN training_class c ON c.id = f.class_id
      LEFT JOIN trainee p ON p.id = f.trainee_id
      LEFT JOIN training_certificate t ON t.class_id = f.class_id AND t.trainee_id = f.trainee_id AND t.state = 'valid'
     WHERE f.organization_id = $1::uuid AND c.is_counted AND c.state IN ('held', 'reported') AND {area}
     GROUP BY 1 ORDER BY 1 DESC"""


@router.operation(
    "GET",
    "/organizations/{organization_id}/training-record",
    scopes=OWN_READ,
    guard=known_organization,
    response_model=TrainingRecord,
    summary="What an organization's people were trained in",
)
async def read_training_record(call: CurrentCall, organization_id: Id) -> Response:
    """Count, year by year, the classes its people attended, the lượt, the persons and their hours in class."""
    args: list[Any] = [organization_id]
    rows = await call.db.fetch(_YEARS.format(area=narrow(call.caller, args, "f.alliance")), *args)
    document = {
        "organization_id": organization_id,
        "years": [dict(row) for row in rows],
        "attendances": f"/v1/training/attendances?organization_id={organization_id}",
    }
    return Response(dump(document), 200, {"Cache-Control": "private, no-cache"}, "application/json")
