"""Borrowers as records: who they are by the registry, and their numbers sealed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlmodel import select

from kernel import problems as kernel_problems
from kernel.database.connections import Transaction
from kernel.database.statements import param, scalar, statement
from kernel.personal_data.listing import with_retention
from kernel.personal_data.persons import Kept
from kernel.records import Resource, table_of
from kernel.records.crud import RecordType, listing_of, merge_patch_model, outside_area, owner, referenced_record
from kernel.records.embedding import own_fields
from kernel.records.listing import SortKey, code_filter, flag_filter, id_filter, text_filter
from kernel.values import geography
from kernel.values.text import name_folded
from kernel.web.calls import Call
from services.funds import code_lists as codes
from services.funds import models, problems, rows
from services.funds.field_types import NAME_OF_PERSONS
from services.funds.lending.borrowers.parties import (
    beneficiary,
    described,
    meet_parties,
    refuse_kind,
    registered_borrower,
)
from services.funds.lending.borrowers.retention import ARE_PERSONS, HELD
from services.funds.lending.borrowers.schemas import Borrower, BorrowerCreate
from services.funds.names import BENEFICIARY_NAME, ORGANIZATION_NAME
from services.funds.rows import BorrowerRow
from services.funds.scopes import OWN_READ, WRITE
from services.funds.sealing import sealer_of

SECRETS = ("phone", "id_number")


def represent(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a borrower as it is shown: numbers only by their last four digits."""
    hidden = [name for name in SECRETS if row[f"{name}_last4"] is not None]
    masked: dict[str, Any] = {"phone": None, "id_number": None, "redacted": hidden}
    return {name: masked[name] if name in masked else row[name] for name in own_fields(Borrower)}


def refuse_erased(borrower: BorrowerRow) -> None:
    """Raise AlreadyErased for a person of whom nothing is to be known any more."""
    if borrower["erased_on"] is not None:
        raise kernel_problems.AlreadyErased(erased_on=borrower["erased_on"].isoformat())


async def named_borrower(tx: Transaction, call: Call, id_: str) -> BorrowerRow:
    """Return the borrower that something is entered for, as an erasure that goes on leaves it. Raises Invalid."""
    await referenced_record(tx, call, BORROWER, id_, "/borrower_id")
    borrower = await tx.fetchrow(_NAMED, id_)
    assert borrower is not None, "it was there, and borrowers are never removed"
    return borrower


async def _columns(tx: Transaction, call: Call, body: BorrowerCreate, row: BorrowerRow | None) -> dict[str, Any]:
    if row is not None:
        refuse_erased(row)
    refuse_kind(body.kind)
    registered = await registered_borrower(tx, call, body, row)
    party = {**described(body, registered), **await beneficiary(tx, call, body, row)}
    provinces: dict[str, str | None] = {"province_2008": None, "province_2025": None}
    if party["commune_code"] is not None:
        place = geography.place(party["commune_code"], str(party["commune_map"]))
        assert place is not None
        provinces = {"province_2008": place.province_2008, "province_2025": place.province_2025}
        alliance = place.province_2025
        if not call.caller.holds(alliance):
            raise outside_area("/commune_code")
    elif registered is not None:
        provinces = {"province_2008": registered.province_2008, "province_2025": registered.province_2025}
        alliance = registered.alliance
    elif row is not None:
        alliance = row["alliance"]
        if row["commune_code"] is None:
            provinces = {"province_2008": row["province_2008"], "province_2025": row["province_2025"]}
    else:
        alliance = owner(call, body.alliance)
    values = body.model_dump(exclude={"id", "reason", *SECRETS})
    values.update(party, **provinces, alliance=alliance, name_folded=name_folded(party["name"]), erased_on=None)
    sealer = sealer_of(call)
    for name in SECRETS:
        if row is None or name in body.model_fields_set:
            number: str | None = getattr(body, name)
            digits = "".join(letter for letter in number or "" if letter.isdigit())
            values[f"{name}_last4"] = digits[-4:] or None
            values[f"{name}_sealed"] = None if number is None else sealer.seal(name, number)
            if name == "id_number":
                values["id_number_mark"] = None if number is None else sealer.mark(name, number)
    return values


def _digest(call: Call, content: dict[str, Any]) -> dict[str, Any]:
    """Return the content of a body with its numbers as marks: a replay is recognised without keeping them."""
    sealer = sealer_of(call)
    marks = {name: sealer.mark(name, content[name]) for name in SECRETS if content.get(name) is not None}
    return {**content, **marks}


# By uq_borrower_organization and uq_borrower_id_number: an organization, or a person, is one borrower of an alliance.
_ID_BY_ORGANIZATION = scalar(
    str,
    select(models.Borrower.id).where(models.Borrower.alliance == param(1), models.Borrower.organization_id == param(2)),
)
_ID_BY_NUMBER = scalar(
    str,
    select(models.Borrower.id).where(models.Borrower.alliance == param(1), models.Borrower.id_number_mark == param(2)),
)


async def _organization_exists(tx: Transaction, values: dict[str, Any]) -> Exception:
    borrower_id = await tx.fetchval(_ID_BY_ORGANIZATION, values["alliance"], values["organization_id"])
    return problems.BorrowerExists(borrower_id=borrower_id)


async def _number_exists(tx: Transaction, values: dict[str, Any]) -> Exception:
    borrower_id = await tx.fetchval(_ID_BY_NUMBER, values["alliance"], values["id_number_mark"])
    return problems.BorrowerExists(borrower_id=borrower_id)


BORROWER = Resource(
    "borrower",
    table_of(models.Borrower),
    "/v1/funds/borrowers",
    represent,
    "no-store",
    own_column="organization_id",
    embeds=(ORGANIZATION_NAME, BENEFICIARY_NAME),
    row=rows.BorrowerRow,
)
# The lock that a foreign key takes anyway, but before the name is read: it waits for an erasure, and for nothing else. A stronger
# one would meet that of an application crosswise, where its contract and a collateral are entered at once.
_NAMED = statement(BorrowerRow, f"{BORROWER.select} WHERE id = $1::uuid FOR KEY SHARE")
BORROWERS_KEPT = Kept(resource=BORROWER, held=HELD, are_persons=ARE_PERSONS)
_LISTING = listing_of(
    BORROWER,
    Borrower,
    (
        NAME_OF_PERSONS,
        code_filter("kind", "r.kind", codes.BORROWER_KINDS, "Kind of borrower."),
        id_filter("organization_id", "r.organization_id", "Organization that borrows."),
        id_filter("beneficiary_organization_id", "r.beneficiary_organization_id", "Organization it is a member of."),
        text_filter("organization_code", "r.organization_code", "Code of the organization, exactly."),
        flag_filter("is_active", "r.is_active", "Those that may still apply, or may not."),
    ),
    sorts={"name": SortKey("r.name_folded")},
    facets=("kind",),
)
BORROWERS = RecordType(
    resource=BORROWER,
    plural="borrowers",
    output=Borrower,
    create=BorrowerCreate,
    listing=with_retention(_LISTING, BORROWERS_KEPT),
    columns=_columns,
    change=merge_patch_model(BorrowerCreate, without=("alliance",)),
    refusals=(
        problems.GroupCannotBorrow,
        problems.EnterpriseCannotBorrow,
        problems.BorrowerExists,
        kernel_problems.OrganizationUnknownYet,
        kernel_problems.AlreadyErased,
    ),
    before=meet_parties,
    unique={"uq_borrower_organization": _organization_exists, "uq_borrower_id_number": _number_exists},
    digest=_digest,
    pepper=lambda call: sealer_of(call).pepper,
    read_scopes=OWN_READ,
    write_scopes=WRITE,
)
