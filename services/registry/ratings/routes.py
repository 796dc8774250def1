"""Ratings over HTTP, and the tables of criteria that they are made by."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from starlette.responses import Response

from kernel import problems
from kernel.records.code_lists import cacheable
from kernel.records.crud import record_router
from kernel.web.calls import CurrentCall
from services.registry.rating_schemes import SCHEMES
from services.registry.ratings.records import RATING_TYPE
from services.registry.ratings.schemas import RatingScheme, RatingSchemes, scheme_document
from services.registry.scopes import OWN_READ, registry_router

# GET, POST           /v1/registry/ratings
# POST                /v1/registry/ratings/batch
# GET, POST           /v1/registry/organizations/{organization_id}/ratings
# GET, PATCH, DELETE  /v1/registry/ratings/{rating_id}
# GET                 /v1/registry/ratings/{rating_id}/history
# POST                /v1/registry/ratings/{rating_id}/confirmation
# POST                /v1/registry/ratings/{rating_id}/withdrawal
ratings = record_router(RATING_TYPE)
schemes = registry_router("rating-schemes")


@schemes.operation(
    "GET",
    "/rating-schemes",
    scopes=OWN_READ,
    conditional=True,
    response_model=RatingSchemes,
    summary="List rating schemes",
)
async def list_rating_schemes(call: CurrentCall) -> Response:
    """Return every table of criteria, whole, to keep for an hour."""
    return cacheable(call, {"items": [scheme_document(scheme) for scheme in SCHEMES.values()]})


@schemes.operation(
    "GET",
    "/rating-schemes/{code}",
    scopes=OWN_READ,
    conditional=True,
    response_model=RatingScheme,
    summary="Read a rating scheme",
)
async def read_rating_scheme(
    call: CurrentCall, code: Annotated[str, Path(description="Code of the scheme")]
) -> Response:
    """Return one table of criteria, with its bands."""
    if code not in SCHEMES:
        raise problems.NotFound()
    return cacheable(call, scheme_document(SCHEMES[code]))
