"""Counts by sensitive attributes over HTTP: of whole quarters that have ended, rounded, never of a part."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from kernel.problems import Invalid
from kernel.values.days import Day, today
from kernel.web.calls import CurrentCall
from kernel.web.replies import json_reply
from services.training.classes.sensitive_counts import service
from services.training.classes.sensitive_counts.schemas import SensitiveCounts
from services.training.scopes import READ, training_router

router = training_router("trainees")


@router.operation(
    "GET",
    "/sensitive-counts",
    scopes=READ,
    response_model=SensitiveCounts,
    summary="Count trainees by a sensitive attribute",
)
async def count_sensitive_attributes(
    call: CurrentCall,
    attribute: Annotated[
        str, Query(pattern="^(ethnic_group|has_disability|is_poor_household)$", description="What to count by")
    ],
    from_: Annotated[Day, Query(alias="from", description="First day of a quarter")],
    to: Annotated[Day, Query(description="Last day of a quarter that has ended, the same or a later one")],
) -> Response:
    """Count distinct trainees of the classes that count in ended quarters, to the nearest five.

    Fewer than five are not shown. There is no count of a part: no single class, program or place, no shorter period.
    """
    if errors := list(service.period_errors(from_, to, today())):
        raise Invalid(*errors)
    items = await service.count_of(call.db, attribute, from_, to, by=call.caller)
    document = {"attribute": attribute, "items": items}
    return json_reply(document)
