"""What a program is: its table, how it is shown and listed, and what stands in its columns."""

from __future__ import annotations

from typing import Any

from sqlmodel import select

from kernel.database.connections import Database, Transaction
from kernel.database.statements import param, scalar, statement
from kernel.problems import FieldError, Invalid, NotFound
from kernel.records import Resource, table_of
from kernel.records.crud import listing_of, merge_patch_model, owner, representation
from kernel.records.listing import SortKey, day_filter, text_filter
from kernel.values.text import name_folded
from kernel.web.auth import NATION, Caller
from kernel.web.calls import Call
from services.training import models, problems
from services.training.classes.programs.schemas import Program, ProgramCreate
from services.training.filters import NAME_FILTER, sums_by_source
from services.training.rows import ProgramRow
from services.training.scopes import RecordType

PROGRAM = Resource(
    name="program",
    table=table_of(models.Program),
    path="/v1/training/programs",
    represent=representation(Program, parsed=("budget",)),
    row=ProgramRow,
    shared=True,
)

_WITH_CODE = scalar(
    str,
    select(models.Program.id).where(models.Program.alliance == param(1), models.Program.code == param(2)),
)
_READABLE = statement(
    ProgramRow, f"{PROGRAM.select} WHERE id = $1::uuid AND ($2::text IS NULL OR alliance IN ($2, '{NATION}'))"
)


async def readable_program(db: Database | Transaction, id_: str, *, by: Caller) -> ProgramRow | None:
    """Return the program with `id_` if it is of the caller's area or of the nation."""
    return await db.fetchrow(_READABLE, id_, by.alliance)


async def check_program(tx: Transaction, id_: str | None, *, by: Caller) -> None:
    """Raise Invalid for a program that a body names and the caller may not read."""
    if id_ is not None and await readable_program(tx, id_, by=by) is None:
        words = ("Không có chương trình này trong địa bàn của bạn.", "There is no such program in your area.")
        raise Invalid(FieldError("unknown_program", words, pointer="/program_id"))


async def _guard(call: Call, path: dict[str, str]) -> None:
    call.record = await readable_program(call.db, path["program_id"], by=call.caller)
    if call.record is None:
        raise NotFound()


async def _columns(tx: Transaction, call: Call, body: ProgramCreate, row: ProgramRow | None) -> dict[str, Any]:
    if row is not None:
        alliance = row["alliance"]
    elif body.alliance == NATION and call.caller.area == NATION:
        alliance = NATION
    else:
        alliance = owner(call, body.alliance)
    return {**body.model_dump(exclude={"id", "reason"}), "name_folded": name_folded(body.name), "alliance": alliance}


async def _code_in_use(tx: Transaction, values: dict[str, Any]) -> Exception:
    existing = await tx.fetchval(_WITH_CODE, values["alliance"], values["code"])
    return problems.ProgramCodeInUse(program_code=values["code"], program_id=existing)


PROGRAM_TYPE = RecordType(
    resource=PROGRAM,
    plural="programs",
    output=Program,
    create=ProgramCreate,
    change=merge_patch_model(ProgramCreate, without=("alliance",)),
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
        sums=sums_by_source("budget"),
    ),
    columns=_columns,
    refusals=(problems.ProgramCodeInUse,),
    unique={"uq_program_code": _code_in_use},
    guard=_guard,
)
