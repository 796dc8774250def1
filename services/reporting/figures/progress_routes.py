"""The progress of a plan over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from kernel.problems import FieldError, Invalid
from kernel.records import loaded
from kernel.values.days import AsOf, today
from kernel.values.ids import Id
from kernel.values.wording import choice
from kernel.web.calls import CurrentCall
from kernel.web.operations import ApiRouter
from kernel.web.replies import PRIVATE, json_reply
from kernel.web.schemas import listed
from services.reporting import code_lists as codes
from services.reporting import problems
from services.reporting.figures.progress import Progress, progress_of, shown
from services.reporting.figures.progress_schemas import PlanProgress
from services.reporting.plans.lookup import named_plan
from services.reporting.plans.plans.records import PLAN
from services.reporting.plans.reading import readable
from services.reporting.scopes import PREFIX, READ

router = ApiRouter(prefix=PREFIX, tags=["plans"])


# GET    /v1/reporting/plans/{plan_id}/progress
@router.operation(
    "GET",
    "/plans/{plan_id}/progress",
    scopes=READ,
    guard=readable(PLAN, "plan_id"),
    response_model=PlanProgress,
    problems=(problems.PlanNotApproved,),
    written_by=progress_of,
    summary="Read the progress of a plan",
)
async def read_plan_progress(
    call: CurrentCall,
    plan_id: Id,
    to: Annotated[AsOf | None, Query(description="The day to look at; default: today, or the plan's last day")] = None,
    plan_version: Annotated[int | None, Query(ge=1, le=100_000, description="Default: the newest")] = None,
    cut_off: Annotated[
        bool, Query(description="A report cuts the plan off on this day: all is judged, nothing is running")
    ] = False,
    verdict: Annotated[
        str | None,
        Query(max_length=20, json_schema_extra=listed(codes.VERDICTS), description="Only tasks with this verdict"),
    ] = None,
) -> Response:
    """Return the tasks of a plan's approved version with their verdicts, and the figures of all its measures.

    A task has the verdict of its worst measure; a condition can only fail it. One without measures is met by its completions,
    one for each cycle that ended. These are the tasks that `plan_indicators_*` count.
    """
    if verdict is not None and verdict not in codes.VERDICTS:
        words = choice(codes.VERDICTS)
        raise Invalid(FieldError("not_allowed", words, parameter="verdict", allowed=tuple(codes.VERDICTS)))
    row = loaded(call, PLAN)
    if row["version_number"] == 0:
        raise problems.PlanNotApproved()
    plan = await named_plan(call.db, plan_id, plan_version, call.caller)
    day = to or min(today(), plan["ends_on"])
    progress = await progress_of(call, plan, day, closed=cut_off)
    document = {
        "plan_id": plan["id"],
        "version": plan["number"],
        "to": day,
        "counts": _counts(progress),
        "tasks": [shown(task) for task in progress.tasks if verdict in (None, task.verdict)],
        "measures": [shown(measure) for measure in progress.measures] if verdict is None else [],
    }
    headers = {"Content-Language": call.language, "Vary": "Accept-Language"}
    return json_reply(document, cache=PRIVATE, headers=headers)


def _counts(progress: Progress) -> dict[str, int]:
    known = {
        "exceeded": progress.counted("exceeded"),
        "met": progress.counted("met"),
        "partly_met": progress.counted("partly_met"),
        "missed": progress.counted("missed"),
        "running": progress.counted("running"),
    }
    assigned = len(progress.tasks)
    return {"assigned": assigned, **known, "unknown": assigned - sum(known.values())}
