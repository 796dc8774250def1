"""Whose access tokens are void, over HTTP: what the platform's services follow."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Annotated

from fastapi import Query
from pydantic import ConfigDict, Field
from starlette.responses import Response

from kernel.feed.change_routes import MAX_WAIT_SECONDS
from kernel.feed.revocations import SCOPE
from kernel.web.calls import CurrentCall
from kernel.web.limits import TooManyPolls
from kernel.web.replies import json_reply
from kernel.web.schemas import Output
from services.identity.api import identity_router
from services.identity.sessions.revocations import Newest

LOOK_SECONDS = 0.1
router = identity_router("tokens")


class Revocation(Output):
    """A subject of whose tokens only those count that were issued by this version of its record or a later one."""

    subject: str = Field(description="An account's id, or a system's client_id")
    least_version: int


class Revocations(Output):
    """All that matter now: tokens that expired need no mention."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "tag": "5d41402abc4b2a76b971",
                    "items": [{"subject": "0192c7e0-0000-7000-8000-00000000a001", "least_version": 4}],
                }
            ]
        }
    )

    tag: str = Field(description="Give it as `known` to wait for the next set")
    items: list[Revocation]


@router.operation(
    "GET",
    "/revocations",
    scopes=(SCOPE,),
    response_model=Revocations,
    problems=(TooManyPolls,),
    summary="Follow token revocations",
)
async def list_revocations(
    call: CurrentCall,
    known: Annotated[str | None, Query(description="`tag` of the set known already", max_length=40)] = None,
    wait: Annotated[int, Query(ge=0, le=MAX_WAIT_SECONDS, description="Seconds to wait for another set")] = 0,
) -> Response:
    """Return the whole set of access tokens that are void before they expire, at once where it differs from `known`.

    For the platform's services: each refuses what is named here.
    """
    newest: Newest = call.state.revocations
    began = time.monotonic()
    with call.state.limits.polls.taken(call.caller) if wait else contextlib.nullcontext():
        while newest.tag == known and not await call.request.is_disconnected():
            patience = min(wait, 1) if call.state.draining.begun else wait
            if time.monotonic() - began >= patience:
                break
            await asyncio.sleep(LOOK_SECONDS)
    items = [{"subject": subject, "least_version": version} for subject, version in newest.least_versions.items()]
    return json_reply({"tag": newest.tag, "items": items})
