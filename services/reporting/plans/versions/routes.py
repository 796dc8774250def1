"""The approved versions of a plan over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import orjson
from fastapi import Path
from starlette.responses import Response

from kernel.problems import NotFound
from kernel.records import loaded
from kernel.values.ids import Id
from kernel.web.calls import CurrentCall
from kernel.web.operations import ApiRouter
from kernel.web.replies import PRIVATE, json_reply
from services.reporting.plans.plans.records import PLAN
from services.reporting.plans.reading import readable
from services.reporting.plans.versions import queries
from services.reporting.plans.versions.schemas import PlanVersionDetail, PlanVersions, VersionMeasure, VersionTask
from services.reporting.scopes import PREFIX, READ

router = ApiRouter(prefix=PREFIX, tags=["plans"])
_ONE = readable(PLAN, "plan_id")
Number = Annotated[str, Path(pattern="^[1-9][0-9]{0,4}$", description="Number of the version")]


@router.operation(
    "GET",
    "/plans/{plan_id}/versions",
    scopes=READ,
    guard=_ONE,
    response_model=PlanVersions,
    summary="List the versions of a plan",
)
async def list_plan_versions(call: CurrentCall, plan_id: Id) -> Response:
    """Return the approved versions of a plan, the newest first."""
    rows = await call.db.fetch(queries.VERSIONS, plan_id)
    newest = loaded(call, PLAN)["version_number"]
    return json_reply({"items": [queries.version_shown(row, newest) for row in rows]}, cache=PRIVATE)


@router.operation(
    "GET",
    "/plans/{plan_id}/versions/{number}",
    scopes=READ,
    guard=_ONE,
    response_model=PlanVersionDetail,
    written_by=queries.measures_of,
    summary="Read a version of a plan",
)
async def read_plan_version(call: CurrentCall, plan_id: Id, number: Number) -> Response:
    """Return all that a version says: the plan, its tasks and its measures as they were approved."""
    rows = await call.db.fetch(queries.VERSIONS, plan_id)
    version = next((row for row in rows if row["number"] == int(number)), None)
    if version is None:
        raise NotFound()
    tasks = await queries.tasks_of(call.db, plan_id, int(number))
    measures = await queries.measures_of(call.db, plan_id, int(number))
    return json_reply(
        {
            **queries.version_shown(version, loaded(call, PLAN)["version_number"]),
            "plan": orjson.Fragment(str(version["content"])),
            "tasks": [_shown(row, VersionTask.model_fields) for row in tasks],
            "measures": [_shown(row, VersionMeasure.model_fields) for row in measures],
        },
        cache=PRIVATE,
    )


_PARSED = ("phases", "assignments")


def _shown(row: Mapping[str, Any], names: Mapping[str, Any]) -> dict[str, Any]:
    return {name: orjson.Fragment(row[name]) if name in _PARSED else row[name] for name in names}
