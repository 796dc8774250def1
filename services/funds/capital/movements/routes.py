"""Capital movements: what was allocated to a fund, and what came in or went out. Append-only, reversed when wrong."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import Field, model_validator
from starlette.responses import Response

from kernel.database.connections import Row, Transaction
from kernel.problems import FieldError, Invalid
from kernel.problems.field_labels import Label
from kernel.records.crud import RecordType, insert, listing_of, record_router, referenced_record, representation
from kernel.records.listing import SortKey, code_filter, day_range, id_filter, integer_filter
from kernel.records.records import Resource, answer, existing, locked, table_of, update
from kernel.values.days import Day, PastDay, today
from kernel.values.field_errors import field_error
from kernel.values.ids import Id, new_id
from kernel.values.money import MAX_VND
from kernel.web.idempotency import once
from kernel.web.operations import Call, CurrentCall
from kernel.web.schemas import Input, Recorded, code, text
from services.funds import code_lists as codes
from services.funds import models, problems, rows
from services.funds.books.ledger import posting
from services.funds.capital.funds.position import cash_free
from services.funds.capital.funds.routes import FUND
from services.funds.problems import CashShort, FreeBalanceShort, PeriodClosed
from services.funds.scopes import READ, WRITE

PositiveVnd = Annotated[
    int,
    Field(strict=True, gt=0, le=MAX_VND, json_schema_extra={"format": "int64"}, description="Whole đồng, above 0"),
]
_NEVER_NEGATIVE = ("state", "members", "donors", "surplus_allocation", "mobilized", "entrusted_in")


class CapitalMovementCreate(Input):
    """Enter capital of one source: allocated by a decision, or received (paid out). It is never changed afterwards."""

    id: Id | None = None
    fund_id: Id
    kind: Annotated[str, code(codes.CAPITAL_KINDS), Label("Nguồn vốn")]
    stage: Annotated[str, code(codes.CAPITAL_STAGES)] = Field(
        default="received", description="allocated: given by a decision; received: in the fund's accounts"
    )
    direction: Annotated[str, code(codes.DIRECTIONS)] | None = Field(
        default=None, description="in or out; without it in, for entrusted_out out"
    )
    amount_vnd: PositiveVnd
    moved_on: PastDay
    decision_number: Annotated[str, text(100)] | None = None
    decided_on: Day | None = None
    budget_year: Annotated[int, Field(strict=True, ge=1990, le=2100)] | None = None
    counterparty: Annotated[str, text(300)] | None = None
    note: Annotated[str, text(1000)] | None = None
    reason: Annotated[str, text(500)] | None = None

    @model_validator(mode="after")
    def _agrees(self) -> CapitalMovementCreate:
        if self.stage == "allocated" and self.decision_number is None:
            words = (
                "Vốn được giao cần số quyết định; hãy ghi số đó.",
                "Allocated capital needs the number of its decision; give it.",
            )
            raise field_error("required", *words, at="decision_number")
        return self


class CapitalMovement(Recorded):
    """Capital of one source that was allocated, or came in or went out."""

    fund_id: str = Field(json_schema_extra={"format": "uuid"})
    kind: Annotated[str, Label("Nguồn vốn")] = Field(json_schema_extra={"x-extensible-enum": list(codes.CAPITAL_KINDS)})
    stage: str = Field(json_schema_extra={"x-extensible-enum": list(codes.CAPITAL_STAGES)})
    direction: str = Field(json_schema_extra={"x-extensible-enum": list(codes.DIRECTIONS)})
    amount_vnd: int = Field(json_schema_extra={"format": "int64"})
    moved_on: date
    decision_number: str | None
    decided_on: date | None
    budget_year: int | None
    counterparty: str | None
    note: str | None
    reverses_id: str | None = Field(json_schema_extra={"format": "uuid"})
    reversed_by_id: str | None = Field(json_schema_extra={"format": "uuid"})
    alliance: str


class CapitalReversal(Input):
    """Why a movement is taken back, and on which day."""

    reason: Annotated[str, text(500)]
    effective_on: PastDay | None = Field(default=None, description="Today if left out")


async def _columns(tx: Transaction, call: Call, body: CapitalMovementCreate, row: Row | None) -> dict[str, Any]:
    fund = await referenced_record(tx, call, FUND, body.fund_id, "/fund_id", lock=True)
    values = body.model_dump(exclude={"id", "reason"})
    values["direction"] = body.direction or ("out" if body.kind == "entrusted_out" else "in")
    await _refuse_shortage(tx, values)
    return {**values, "reverses_id": None, "reversed_by_id": None, "alliance": fund["alliance"]}


_ACCOUNTS = {
    "mobilized": (posting.CASH, posting.BORROWED),
    "entrusted_in": (posting.CASH, posting.ENTRUSTED_IN),
    "entrusted_out": (posting.CASH, posting.ENTRUSTED_OUT),
    "surplus_allocation": (posting.RESULT, posting.CAPITAL),
    "undistributed_result": (posting.RESULT, posting.CAPITAL),
}
"""Source → what grows and where it came from; others bring money of the fund's own."""


async def _book(tx: Transaction, call: Call, body: Any, row: Row) -> Row:
    """Book what was received or paid out; what is only allocated is not money yet."""
    if row["stage"] == "received":
        amount = row["amount_vnd"] if row["direction"] == "in" else -row["amount_vnd"]
        grown, source = _ACCOUNTS.get(row["kind"], (posting.CASH, posting.CAPITAL))
        corrects = None if row["reverses_id"] is None else await posting.booked(tx, row["reverses_id"])
        booking = posting.Booking(
            row["fund_id"], row["alliance"], row["moved_on"], "capital", source_id=row["id"], corrects_id=corrects
        )
        lines = [(grown, amount), (source, -amount)] if corrects is None else await posting.opposite(tx, corrects)
        if grown == posting.RESULT and amount > 0 and corrects is None:
            # What these books did not earn was earned before they began, or elsewhere: it is money that is there.
            earned = await posting.undistributed(tx, row["fund_id"], row["moved_on"])
            lines += [(posting.CASH, max(0, amount - earned)), (posting.OPENING, -max(0, amount - earned))]
        await posting.book(tx, booking, lines, by=call.caller)
        await _refuse_lent(tx, row)
    return row


# What came in of a source less what went out: the least that it is from the day $4 on.
_LEAST_HELD = """
    WITH moved AS (
        SELECT moved_on, sum(CASE direction WHEN 'in' THEN amount_vnd ELSE -amount_vnd END) AS net FROM capital_movement
         WHERE fund_id = $1::uuid AND kind = $2 AND stage = $3 GROUP BY moved_on),
    held AS (SELECT moved_on, sum(net) OVER (ORDER BY moved_on) AS vnd FROM moved)
    SELECT least(coalesce((SELECT vnd FROM held WHERE moved_on <= $4 ORDER BY moved_on DESC LIMIT 1), 0),
                 (SELECT min(vnd) FROM held WHERE moved_on > $4))::bigint"""


async def _refuse_shortage(tx: Transaction, values: dict[str, Any]) -> None:
    """Refuse to pay out more of a source than it had brought by that day, or has left since; the fund is locked."""
    if values["direction"] == "in" or values["kind"] not in _NEVER_NEGATIVE:
        return
    of = [values[name] for name in ("fund_id", "kind", "stage", "moved_on")]
    held, asked = max(0, await tx.fetchval(_LEAST_HELD, *of)), values["amount_vnd"]
    if asked > held:
        raise problems.CapitalShort(kind=values["kind"], held_vnd=held, asked_vnd=asked, over_vnd=asked - held)


async def _refuse_lent(tx: Transaction, row: Row) -> None:
    """Refuse to take capital out that is with borrowers, whoever asks and however; a loss is a fact and stands."""
    if row["direction"] == "in" or row["kind"] == "undistributed_result":
        return
    free = await cash_free(tx, row["fund_id"])
    if free < 0:
        asked = row["amount_vnd"]
        raise FreeBalanceShort(free_vnd=max(0, free + asked), asked_vnd=asked, over_vnd=min(asked, -free))


CAPITAL_MOVEMENT = Resource(
    "capital_movement",
    table_of(models.CapitalMovement),
    "/v1/funds/capital-movements",
    representation(CapitalMovement),
    row=rows.CapitalMovementRow,
)
KIND = RecordType(
    CAPITAL_MOVEMENT,
    "capital-movements",
    CapitalMovement,
    CapitalMovementCreate,
    listing_of(
        CAPITAL_MOVEMENT,
        CapitalMovement,
        (
            id_filter("fund_id", "r.fund_id", "Fund."),
            code_filter("kind", "r.kind", codes.CAPITAL_KINDS, "Source of the capital."),
            code_filter("stage", "r.stage", codes.CAPITAL_STAGES, "Allocated or received."),
            code_filter("direction", "r.direction", codes.DIRECTIONS, "In or out."),
            integer_filter("budget_year", "r.budget_year", "Budget year."),
            *day_range("moved_on", "r.moved_on", "Day it moved"),
        ),
        sorts={"moved_on": SortKey("r.moved_on", "date")},
        facets=("kind", "stage"),
    ),
    _columns,
    after=_book,
    refusals=(problems.CapitalShort, CashShort, FreeBalanceShort, PeriodClosed),
    read_scopes=READ,
    write_scopes=WRITE,
)
router = record_router(KIND)


@router.operation(
    "POST",
    "/capital-movements/{capital_movement_id}/reversal",
    scopes=WRITE,
    status_code=201,
    guard=existing(CAPITAL_MOVEMENT, "capital_movement_id"),
    response_model=CapitalMovement,
    problems=(problems.AlreadyReversed, problems.CapitalShort, CashShort, FreeBalanceShort, PeriodClosed),
    summary="Reverse a capital movement",
)
async def reverse_capital_movement(call: CurrentCall, capital_movement_id: Id, body: CapitalReversal) -> Response:
    """Enter the opposite movement, which points back; both stay. A reversal itself is not reversed. Where it takes money
    out it is held to what holds for taking out: never what is lent, never more cash than there is on any day.
    """

    async def effect(tx: Transaction) -> Response:
        await referenced_record(tx, call, FUND, call.found["fund_id"], "", lock=True)
        row = await locked(tx, call, CAPITAL_MOVEMENT, capital_movement_id)
        if row["reversed_by_id"] is not None or row["reverses_id"] is not None:
            raise problems.AlreadyReversed(reversed_by_id=row["reversed_by_id"])
        on = body.effective_on or today()
        if on < row["moved_on"]:
            words = (
                "Ngày này trước ngày của bút toán gốc; hãy ghi ngày đó hoặc sau đó.",
                "This is before the day of what it reverses; give that day or a later one.",
            )
            raise Invalid(FieldError("end_before_start", words, pointer="/effective_on"))
        copied = {
            name: row[name]
            for name in (
                "fund_id",
                "kind",
                "stage",
                "amount_vnd",
                "decision_number",
                "decided_on",
                "budget_year",
                "counterparty",
                "alliance",
            )
        }
        direction = "out" if row["direction"] == "in" else "in"
        values = {
            **copied,
            "id": new_id(),
            "direction": direction,
            "moved_on": on,
            "note": body.reason,
            "reverses_id": row["id"],
            "reversed_by_id": None,
        }
        await _refuse_shortage(tx, values)
        made = await _book(tx, call, body, await insert(tx, call, KIND, values, reason=body.reason))
        await update(tx, CAPITAL_MOVEMENT, row, {"reversed_by_id": made["id"]}, by=call.caller, reason=body.reason)
        return answer(call, CAPITAL_MOVEMENT, made, status=201)

    return await once(call, effect)
