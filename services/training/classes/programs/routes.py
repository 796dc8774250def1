"""Programs over HTTP: what pays for classes and events, by decision, plan line and source."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import Field, model_validator

from kernel import problems as kernel_problems
from kernel.database.connections import Row, Transaction
from kernel.problems.field_labels import Label
from kernel.records.crud import listing_of, merge_patch_model, owner, record_router, representation
from kernel.records.listing import SortKey, day_filter, text_filter
from kernel.records.records import Resource, table_of
from kernel.values.days import Day
from kernel.values.ids import Id
from kernel.values.text import name_folded
from kernel.web.auth import NATION
from kernel.web.operations import Call
from kernel.web.schemas import Input, Recorded, text
from services.training import models, problems, rows
from services.training.field_types import NAME_FILTER, Amounts, Reason, SourceAmount, in_order, once_each
from services.training.scopes import Kind


class ProgramCreate(Input):
    """Enter a support program or plan, with what it gives by source (Decision 1804/QĐ-TTg and those that follow it)."""

    id: Id | None = None
    code: Annotated[str, text(60), Label("Mã chương trình")] = Field(description="Short code, unique in the alliance")
    name: Annotated[str, text(300)]
    plan_line: Annotated[str, text(300)] | None = None
    decision_number: Annotated[str, text(100)] | None = None
    decided_on: Day | None = None
    valid_from: Day
    valid_until: Day | None = None
    budget: Amounts = []
    legal_basis: Annotated[str, text(500)] | None = None
    note: Annotated[str, text(1000)] | None = None
    alliance: Annotated[str, text(10)] | None = Field(
        default=None, description="Whose program it is; the caller's own if left out"
    )
    reason: Reason | None = None

    @model_validator(mode="after")
    def _agrees(self) -> ProgramCreate:
        in_order(self.valid_from, self.valid_until, "valid_until")
        once_each(self.budget, "budget")
        return self


class Program(Recorded):
    """A support program or plan that pays for classes and events."""

    code: Annotated[str, Label("Mã chương trình")] = Field(description="Short code, unique in the alliance")
    name: str
    plan_line: str | None
    decision_number: str | None
    decided_on: date | None
    valid_from: date
    valid_until: date | None
    budget: list[SourceAmount]
    legal_basis: str | None
    note: str | None
    alliance: str = Field(description="VN: a program of the nation")


async def _columns(tx: Transaction, call: Call, body: ProgramCreate, row: Row | None) -> dict[str, Any]:
    values = body.model_dump(exclude={"id", "reason"})
    if row is not None:
        alliance = row["alliance"]
    elif body.alliance == NATION and call.caller.area == NATION:
        alliance = NATION
    else:
        alliance = owner(call, body.alliance)
    return {**values, "name_folded": name_folded(body.name), "alliance": alliance}


async def _code_in_use(tx: Transaction, values: dict[str, Any]) -> Exception:
    sql = "SELECT id FROM program WHERE alliance = $1 AND code = $2"
    found = await tx.fetchval(sql, values["alliance"], values["code"])
    return problems.ProgramCodeInUse(program_code=values["code"], program_id=found)


PROGRAM = Resource(
    "program",
    table_of(models.Program),
    "/v1/training/programs",
    representation(Program, parsed=("budget",)),
    shared=True,
    row=rows.ProgramRow,
)


async def readable(tx: Any, call: Call, id_: str) -> Row | None:
    """Return the program with `id_` if it is of the caller's area or of the nation."""
    sql = f"{PROGRAM.select} WHERE id = $1::uuid AND ($2::text IS NULL OR alliance IN ($2, '{NATION}'))"
    row: Row | None = await tx.fetchrow(sql, id_, call.caller.alliance)
    return row


async def _guard(call: Call, path: dict[str, str]) -> None:
    call.found = await readable(call.db, call, path["program_id"])
    if call.found is None:
        raise kernel_problems.NotFound()


KIND = Kind(
    resource=PROGRAM,
    plural="programs",
    output=Program,
    create=ProgramCreate,
    listing=listing_of(
        PROGRAM,
        Program,
        (
            NAME_FILTER,
            text_filter("code", "r.code", "Code of the program, exactly."),
            day_filter(
                "as_of",
                "(r.valid_from <= {0}::date AND (r.valid_until IS NULL OR r.valid_until >= {0}::date))",
                "Programs that ran on that day",
            ),
        ),
        sorts={"name": SortKey("r.name_folded"), "valid_from": SortKey("r.valid_from", "date")},
    ),
    columns=_columns,
    change=merge_patch_model(ProgramCreate, without=("alliance",)),
    refusals=(problems.ProgramCodeInUse,),
    unique={"uq_program_code": _code_in_use},
    guard=_guard,
)
router = record_router(KIND)
