"""Projects: the loans that were paid out, with what was planned, approved, disbursed, repaid and is left of each."""

from __future__ import annotations

from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel.records.embedding import name_all, own_fields, picked
from kernel.records.listing import answer_list, list_operation
from kernel.records.parts import Asking
from kernel.values.ids import Id
from kernel.web.auth import NATION
from kernel.web.calls import Call, CurrentCall
from kernel.web.replies import json_reply
from services.funds.lending.projects.listing import LISTING, PROJECT_NAMES
from services.funds.lending.projects.queries import ONE
from services.funds.lending.projects.schemas import Project, ProjectPage
from services.funds.scopes import READ, funds_router

router = funds_router("projects")


@list_operation(
    router,
    "/projects",
    LISTING,
    page=ProjectPage,
    scopes=READ,
    summary="List disbursed projects",
)
async def list_projects(call: CurrentCall) -> Response:
    """Page through the projects that money was paid out for: what an officer opens first.

    With `year`, or `from` and `to`, those with at least one tranche in that time, and what was paid out in it.
    """
    return await answer_list(call, LISTING, preset={"_nation": True} if call.caller.area == NATION else None)


async def _load(call: Call, path: dict[str, str]) -> None:
    call.record = await call.db.fetchrow(ONE, path["project_id"], call.caller.alliance)
    if call.record is None:
        raise kernel_problems.NotFound()


_ASKING = Asking(Project)


async def _read(call: Call) -> Response:
    asked = _ASKING.read(call.request.scope["query_string"])
    document = {name: call.record[name] for name in own_fields(Project)}
    await name_all(call.db, PROJECT_NAMES, [call.record], [document])
    return json_reply(picked(document, asked.fields))


@router.operation(
    "GET",
    "/projects/{project_id}",
    scopes=READ,
    guard=_load,
    direct=_read,
    openapi_extra={"parameters": _ASKING.parameters()},
    response_model=Project,
    summary="Read a project",
)
async def read_project(call: CurrentCall, project_id: Id) -> Response:
    """Read a project with what was planned, approved, paid out, repaid and is left. Its id is the loan's."""
    return await _read(call)
