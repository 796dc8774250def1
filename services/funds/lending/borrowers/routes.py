"""Borrowers over HTTP: parties to loans, their numbers masked, and read in full only for a purpose that is recorded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Query
from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel.database.connections import Row, Transaction, to_json
from kernel.records.crud import RecordType, listing_of, merge_patch_model, outside_area, owner, record_router
from kernel.records.listing import SortKey, code_filter, flag_filter, id_filter, text_filter
from kernel.records.records import Resource, dump, existing, table_of
from kernel.values import geography
from kernel.values.days import now
from kernel.values.ids import Id, new_id
from kernel.values.text import name_folded
from kernel.web.operations import Call, CurrentCall
from services.funds import code_lists as codes
from services.funds import models, problems, rows
from services.funds.capital.funds.routes import NAME_FILTER
from services.funds.lending.borrowers.parties import beneficiary, described, itself, meet_parties, refuse_kind
from services.funds.lending.borrowers.schemas import Borrower, BorrowerCreate, BorrowerPersonalData
from services.funds.scopes import OWN_READ, WRITE
from services.funds.sealing import sealer_of

_SECRETS = ("phone", "id_number")


def represent(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a borrower as it is shown: numbers only by their last four digits."""
    hidden = [name for name in _SECRETS if row[f"{name}_last4"] is not None]
    made: dict[str, Any] = {"phone": None, "id_number": None, "redacted": hidden}
    return {name: made[name] if name in made else row[name] for name in Borrower.model_fields}


async def _columns(tx: Transaction, call: Call, body: BorrowerCreate, row: Row | None) -> dict[str, Any]:
    refuse_kind(body.kind)
    known = await itself(tx, call, body, row)
    said = {**described(body, known), **await beneficiary(tx, call, body, row)}
    provinces: dict[str, str | None] = {"province_2008": None, "province_2025": None}
    if said["commune_code"] is not None:
        place = geography.place(said["commune_code"], str(said["commune_map"]))
        assert place is not None
        provinces = {"province_2008": place.province_2008, "province_2025": place.province_2025}
        alliance = place.province_2025
        if not call.caller.holds(alliance):
            raise outside_area("/commune_code")
    elif known is not None:
        provinces = {"province_2008": known.province_2008, "province_2025": known.province_2025}
        alliance = known.alliance
    elif row is not None:
        alliance = row["alliance"]
        if row["commune_code"] is None:
            provinces = {"province_2008": row["province_2008"], "province_2025": row["province_2025"]}
    else:
        alliance = owner(call, body.alliance)
    values = body.model_dump(exclude={"id", "reason", *_SECRETS})
    values.update(said, **provinces, alliance=alliance, name_folded=name_folded(said["name"]))
    sealer = sealer_of(call)
    for name in _SECRETS:
        if row is None or name in body.model_fields_set:
            plain: str | None = getattr(body, name)
            digits = "".join(letter for letter in plain or "" if letter.isdigit())
            values[f"{name}_last4"] = digits[-4:] or None
            values[f"{name}_sealed"] = None if plain is None else sealer.seal(name, plain)
            if name == "id_number":
                values["id_number_mark"] = None if plain is None else sealer.mark(name, plain)
    return values


def _digest(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    sealer = sealer_of(call)
    marks = {name: sealer.mark(name, given[name]) for name in _SECRETS if given.get(name) is not None}
    return {**given, **marks}


async def _known_by_organization(tx: Transaction, values: dict[str, Any]) -> Exception:
    sql = "SELECT id FROM borrower WHERE alliance = $1 AND organization_id = $2::uuid"
    return problems.BorrowerExists(borrower_id=await tx.fetchval(sql, values["alliance"], values["organization_id"]))


async def _known_by_number(tx: Transaction, values: dict[str, Any]) -> Exception:
    sql = "SELECT id FROM borrower WHERE alliance = $1 AND id_number_mark = $2"
    return problems.BorrowerExists(borrower_id=await tx.fetchval(sql, values["alliance"], values["id_number_mark"]))


BORROWER = Resource(
    "borrower",
    table_of(models.Borrower),
    "/v1/funds/borrowers",
    represent,
    "no-store",
    own_column="organization_id",
    row=rows.BorrowerRow,
)
KIND = RecordType(
    BORROWER,
    "borrowers",
    Borrower,
    BorrowerCreate,
    listing_of(
        BORROWER,
        Borrower,
        (
            NAME_FILTER,
            code_filter("kind", "r.kind", codes.BORROWER_KINDS, "Kind of borrower."),
            id_filter("organization_id", "r.organization_id", "Organization that borrows."),
            id_filter(
                "beneficiary_organization_id", "r.beneficiary_organization_id", "Organization it is a member of."
            ),
            text_filter("organization_code", "r.organization_code", "Code of the organization, exactly."),
            flag_filter("is_active", "r.is_active", "Those that may still apply, or may not."),
        ),
        sorts={"name": SortKey("r.name_folded")},
        facets=("kind",),
    ),
    _columns,
    change=merge_patch_model(BorrowerCreate, without=("alliance",)),
    refusals=(
        problems.GroupCannotBorrow,
        problems.EnterpriseCannotBorrow,
        problems.BorrowerExists,
        kernel_problems.OrganizationUnknownYet,
    ),
    before=meet_parties,
    unique={"uq_borrower_organization": _known_by_organization, "uq_borrower_id_number": _known_by_number},
    digest=_digest,
    pepper=lambda call: sealer_of(call).pepper,
    read_scopes=OWN_READ,
    write_scopes=WRITE,
)
router = record_router(KIND)

_RECORD_READING = """
    INSERT INTO audit (id, occurred_at, action, actor, alliance, resource_type, resource_id, request_id, detail)
    VALUES ($1::uuid, $2, 'borrower.personal_data_read', $3, $4, 'borrower', $5, $6, $7::jsonb)"""


@router.operation(
    "GET",
    "/borrowers/{borrower_id}/personal-data",
    scopes=("funds.write",),
    guard=existing(BORROWER, "borrower_id"),
    response_model=BorrowerPersonalData,
    summary="Read the numbers of a borrower in full",
)
async def read_borrower_personal_data(
    call: CurrentCall,
    borrower_id: Id,
    purpose: Annotated[
        str, Query(min_length=5, max_length=300, description="What they are needed for; it is recorded")
    ],
) -> Response:
    """Return phone and identity number in full. Who read them, when and what for is recorded, whatever comes of it."""
    row, sealer, at = call.found, sealer_of(call), now()
    who = (new_id(), at, call.caller.id, row["alliance"], row["id"], call.request_id, to_json({"purpose": purpose}))
    await call.db.execute(_RECORD_READING, *who)
    numbers = {
        name: None if row[f"{name}_sealed"] is None else sealer.open(name, row[f"{name}_sealed"]) for name in _SECRETS
    }
    document = {"borrower_id": row["id"], **numbers, "purpose": purpose, "read_at": at}
    return Response(dump(document), 200, {"Cache-Control": "no-store"}, "application/json")
