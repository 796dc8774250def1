"""Participations over HTTP: at their top, and below the event that they belong to."""

from __future__ import annotations

from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel.database.connections import Transaction
from kernel.problems import FieldError, Invalid
from kernel.records import answer
from kernel.records.batch import BATCH_OPTIONS, run_batch
from kernel.records.crud import create, record_router
from kernel.records.listing import answer_list, list_operation
from kernel.values.ids import Id
from kernel.web.calls import CurrentCall
from kernel.web.idempotency import once
from services.training.parties import meet_parties
from services.training.rows import ParticipationRow
from services.training.scopes import READ, WRITE
from services.training.trade.event_access import EventFacts, event_guard
from services.training.trade.participations.records import (
    PARTICIPATION,
    PARTICIPATION_REFUSALS,
    PARTICIPATION_TYPE,
)
from services.training.trade.participations.schemas import (
    Participation,
    ParticipationBatch,
    ParticipationCreate,
    ParticipationOfEventPage,
)

# GET, POST             /v1/training/participations
# GET, PATCH, DELETE    /v1/training/participations/{participation_id}
# GET                   /v1/training/participations/{participation_id}/history
router = record_router(PARTICIPATION_TYPE)
_NESTED = "/trade-events/{trade_event_id}/participations"


@router.operation(
    "POST",
    "/participations/batch",
    scopes=WRITE,
    **BATCH_OPTIONS,
    problems=(kernel_problems.IdInUse, *PARTICIPATION_REFUSALS),
    summary="Create participations in a batch",
)
async def create_participations(call: CurrentCall, body: ParticipationBatch) -> Response:
    """Enter up to 500 items. `atomic`: all or none. `each`: every item for itself, answered with 207."""

    async def one(tx: Transaction, item: ParticipationCreate) -> tuple[ParticipationRow, bool]:
        return await create(tx, call, PARTICIPATION_TYPE, item)

    await meet_parties(call, *body.items)
    return await run_batch(call, body.mode, body.items, one)


@list_operation(
    router,
    _NESTED,
    PARTICIPATION_TYPE.listing,
    page=ParticipationOfEventPage,
    scopes=READ,
    guard=event_guard,
    of="trade_event_id",
    summary="List the participations of a trade event",
)
async def list_participations_of_trade_event(call: CurrentCall) -> Response:
    """Page through who took part in one event; of a national one, those of the caller's area."""
    event: EventFacts = call.record
    return await answer_list(call, PARTICIPATION_TYPE.listing, preset={"trade_event_id": [event["id"]]})


@router.operation(
    "POST",
    _NESTED,
    scopes=WRITE,
    guard=event_guard,
    status_code=201,
    minted=True,
    response_model=Participation,
    problems=(kernel_problems.IdInUse, *PARTICIPATION_REFUSALS),
    summary="Create a participation in a trade event",
    written_by=PARTICIPATION_TYPE.columns,
)
async def record_participation(call: CurrentCall, trade_event_id: Id, body: ParticipationCreate) -> Response:
    """Enter an organization's participation in the event of the path. The second one is refused with the first's id."""
    if body.trade_event_id not in (None, trade_event_id):
        words = (
            "Khác với sự kiện trong đường dẫn; hãy để trống.",
            "It differs from the event in the path; leave it out.",
        )
        raise Invalid(FieldError("differs_from_path", words, pointer="/trade_event_id"))
    body.trade_event_id = trade_event_id
    await meet_parties(call, body)

    async def effect(tx: Transaction) -> Response:
        row, new = await create(tx, call, PARTICIPATION_TYPE, body)
        return await answer(tx, call, PARTICIPATION, row, status=201 if new else 200)

    return await once(call, effect)
