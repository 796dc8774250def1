"""Unconfirmed trainees over HTTP: who waits, who each may be, and an officer's word on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel.database.connections import Transaction
from kernel.records.listing import Listing, SortKey, Source, answer_list, id_filter, instant_range, text_filter
from kernel.records.records import answer, existing
from kernel.values.ids import Id
from kernel.web.idempotency import once
from kernel.web.operations import Call, CurrentCall
from kernel.web.schemas import Page
from services.training import problems
from services.training.classes.trainees import joining
from services.training.classes.trainees.records import TRAINEE, name_masked, represent
from services.training.classes.trainees.schemas import LikelyMatch, Trainee, TraineeConfirmation, UnconfirmedTrainee
from services.training.scopes import READ, WRITE, training_router

router = training_router("trainees")


class UnconfirmedTraineePage(Page[UnconfirmedTrainee]):
    """A page of persons who wait for an officer."""


# Who stands already with the same number, else with the same name and year of birth.
_MATCHES = """LATERAL (
    SELECT coalesce(jsonb_agg(to_jsonb(m) ORDER BY m.same, m.trainee_id), '[]') AS likely FROM (
           SELECT k.id AS trainee_id, k.name, k.organization_id, k.organization_name,
                  CASE WHEN k.id_number_mark = r.id_number_mark THEN 'id_number' ELSE 'name_and_birth_year' END AS same
             FROM trainee k
            WHERE k.alliance = r.alliance AND k.id <> r.id AND k.state = 'confirmed' AND k.erased_on IS NULL
              AND (k.id_number_mark = r.id_number_mark
                   OR (k.name_folded = r.name_folded AND k.birth_year = r.birth_year))
            ORDER BY k.id_number_mark = r.id_number_mark DESC NULLS LAST, k.id LIMIT 5) m) m"""
_SOURCE = Source(
    ", ".join(f"r.{name}" for name in TRAINEE.columns) + ", m.likely",
    f"trainee r CROSS JOIN {_MATCHES}",
    ("r.state = 'unconfirmed'", "r.erased_on IS NULL"),
    "r.alliance",
    dated="r",
)


def _represent(row: Mapping[str, Any]) -> dict[str, Any]:
    found = orjson.loads(row["likely"])
    matches = [
        {name: name_masked(each["name"]) if name == "name_masked" else each[name] for name in LikelyMatch.model_fields}
        for each in found
    ]
    return {**represent(row), "likely_matches": matches}


_LISTING = Listing(
    name="unconfirmed_trainee",
    filters=(
        id_filter("organization_id", "r.organization_id", "Organization whose user entered the person."),
        text_filter("alliance", "r.alliance", "Alliance that owns the record."),
        *instant_range("created_at", "r.created_at", "When it was entered"),
    ),
    sorts={"id": SortKey("r.id", "uuid"), "created_at": SortKey("r.created_at", "timestamptz")},
    default_sort="id",
    source=lambda given: _SOURCE,
    represent=_represent,
    fields=tuple(UnconfirmedTrainee.model_fields),
    id_key=SortKey("r.id", "uuid"),
    cache_control="no-store",
)


async def _list(call: Call) -> Response:
    return await answer_list(call, _LISTING)


@router.operation(
    "GET",
    "/unconfirmed-trainees",
    scopes=READ,
    direct=_list,
    response_model=UnconfirmedTraineePage,
    problems=(kernel_problems.CursorMismatch,),
    openapi_extra={"parameters": _LISTING.parameters()},
    summary="List persons who wait for an officer",
)
async def list_unconfirmed_trainees(call: CurrentCall) -> Response:
    """Page through the persons whom organizations' own users entered, each with the trainees who may be the same."""
    return await _list(call)


@router.operation(
    "POST",
    "/trainees/{trainee_id}/confirmation",
    scopes=WRITE,
    guard=existing(TRAINEE, "trainee_id"),
    status_code=201,
    response_model=Trainee,
    problems=(problems.TraineeConfirmed, problems.TraineeErased, problems.TraineeKnown, problems.BothAttended),
    summary="Say who an unconfirmed person is",
)
async def confirm_trainee(call: CurrentCall, trainee_id: Id, body: TraineeConfirmation) -> Response:
    """Confirm a person as one who was not known, or join it to the trainee that it is; the answer is who stands.

    Joined, its registrations, attendances and certificates go over to that trainee and the feed says that it was
    merged. Persons with one identity number were counted once before, so no figure moves.
    """

    async def effect(tx: Transaction) -> Response:
        after = await joining.confirm(tx, call, trainee_id, body)
        return answer(call, TRAINEE, after, status=201)

    return await once(call, effect)
