"""Entering, correcting and removing facts; the organization's timeline follows in the same transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import asyncpg
from pydantic_core import PydanticCustomError

from kernel import problems as kernel_problems
from kernel.database.connections import Row, Transaction
from kernel.database.statements import scalar
from kernel.problems import FieldError, Invalid
from kernel.records import records
from kernel.records.records import fingerprint
from kernel.storage.files import check_files
from kernel.values.days import today
from kernel.values.field_errors import as_fault
from kernel.web.auth import Caller
from services.registry import problems
from services.registry.facts import schemas
from services.registry.facts.kinds import ALLIANCE_MEMBERSHIP, Kind
from services.registry.organizations import service as organizations
from services.registry.organizations.queries import LOCK, lock_all, place_on
from services.registry.organizations.records import ORGANIZATION, is_undated
from services.registry.rows import OrganizationRow

_OUTSIDE = ("Không có tổ chức này trong địa bàn của bạn.", "There is no such organization in your area.")


async def create(
    tx: Transaction, kind: Kind, organization_id: str | None, body: schemas.FactInput, *, by: Caller
) -> tuple[Row, bool]:
    """Enter a fact; return its row and whether it is new (the same id and content again is not).

    `organization_id` is the path's; without it the body names the organization.
    Raises Invalid, IdInUse, MembershipOpen and what the timeline refuses.
    """
    owner_id = organization_id or body.organization_id
    if owner_id is None:
        words = ("Hãy điền giá trị này; đây là mục bắt buộc.", "Fill this in; it is required.")
        raise Invalid(FieldError("required", words, pointer="/organization_id"))
    if organization_id is not None and body.organization_id not in (None, organization_id):
        words = (
            "Khác với tổ chức trong đường dẫn; hãy để trống.",
            "It differs from the organization in the path; leave it out.",
        )
        raise Invalid(FieldError("differs_from_path", words, pointer="/organization_id"))
    digest = fingerprint({**body.model_dump(exclude_unset=True, mode="json"), "organization_id": owner_id})
    if body.id is not None and (first_digest := await records.first_digest(tx, kind.resource, body.id)) is not None:
        row = await records.read(tx, kind.resource, body.id, by)
        if first_digest != digest or row is None:
            raise kernel_problems.IdInUse(id=body.id)
        return row, False
    # The organization is locked first, always: facts of one organization are entered one after the other.
    owner = await records.read(tx, ORGANIZATION, owner_id, by, lock=True)
    if owner is None:
        raise Invalid(FieldError("unknown_organization", _OUTSIDE, pointer="/organization_id"))
    if faults := await check_files(tx, by, body.file_ids):
        raise Invalid(*faults)
    values = _columns(kind, body, body.model_dump(exclude={"id", "organization_id"}))
    if kind is ALLIANCE_MEMBERSHIP:
        await _refuse_overlap(tx, owner_id, values, None)
    place = await place_on(tx, owner_id, values.get(kind.day) or today())
    values.update(
        id=body.id,
        organization_id=owner_id,
        alliance=owner["alliance"],
        province_2008=place["province_2008"],
        province_2025=place["province_2025"],
    )
    try:
        row = await records.create(tx, kind.resource, values, by=by, reason=body.reason, digest=digest)
    except asyncpg.UniqueViolationError as error:
        raise _unique(kind, error, owner, body.id) from None
    if _moves(kind, owner):
        await organizations.rebuild(tx, owner, by=by, reason=body.reason)
        row = await _again(tx, kind, row)
    return row, True


async def lock_organizations(tx: Transaction, bodies: Iterable[object], *, by: Caller) -> None:
    """Lock all organizations that `bodies` name at once: two batches with the same ones enter one after the other."""
    named = {body.organization_id for body in bodies if isinstance(body, schemas.FactInput) and body.organization_id}
    await lock_all(tx, sorted(named), alliance=by.alliance)


def _moves(kind: Kind, owner: OrganizationRow) -> bool:
    """Say whether the organization's timeline may follow from a fact: an undated one begins with its earliest."""
    return kind.shapes_timeline or is_undated(owner)


async def change(tx: Transaction, kind: Kind, row: Row, body: schemas.FactChange, *, by: Caller) -> Row:
    """Correct the locked fact; return its row. Raises Invalid, MembershipOpen and what the timeline refuses."""
    owner = await _owner(tx, row)
    if body.file_ids and (faults := await check_files(tx, by, body.file_ids)):
        raise Invalid(*faults)
    fields: dict[str, Any] = body.model_dump(include=body.model_fields_set - {"reason"})
    if "file_ids" in fields and fields["file_ids"] is None:
        fields["file_ids"] = []
    values = _columns(kind, body, fields)
    merged = {**row, **values}
    _check_merged(kind, merged)
    if kind is ALLIANCE_MEMBERSHIP:
        await _refuse_overlap(tx, row["organization_id"], merged, row["id"])
    if kind.day in values:
        values.update(await place_on(tx, row["organization_id"], values[kind.day] or today()))
    try:
        after: Row = await records.update(tx, kind.resource, row, values, by=by, reason=body.reason, action="corrected")
    except asyncpg.UniqueViolationError as error:
        raise _unique(kind, error, owner, None) from None
    if _moves(kind, owner):
        await organizations.rebuild(tx, owner, by=by, reason=body.reason)
        after = await _again(tx, kind, after)
    return after


async def remove(tx: Transaction, kind: Kind, row: Row, *, by: Caller) -> None:
    """Delete the locked fact, entered by mistake: history keeps it, the feed says that it was removed."""
    owner = await _owner(tx, row)
    await records.remove(tx, kind.resource, row, by=by, reason=None)
    if _moves(kind, owner):
        await organizations.rebuild(tx, owner, by=by, reason=None)


async def _owner(tx: Transaction, fact: Row) -> OrganizationRow:
    owner = await tx.fetchrow(LOCK, fact["organization_id"])
    assert owner is not None, "a fact's organization is kept by a foreign key"
    return owner


async def _again(tx: Transaction, kind: Kind, row: Row) -> Row:
    """Return the row as it stands after the timeline was rebuilt: a move may have handed it over."""
    present = await tx.fetchrow(f"{kind.resource.select} WHERE id = $1::uuid", row["id"])
    return present if present is not None else row


def _columns(kind: Kind, body: Any, fields: dict[str, Any]) -> dict[str, Any]:
    columns = set(kind.resource.columns)
    values = kind.columns(fields, body)
    return {name: value for name, value in values.items() if name in columns}


def _check_merged(kind: Kind, merged: Mapping[str, Any]) -> None:
    faults = []
    for name, check in kind.checks.items():
        try:
            check(merged)
        except PydanticCustomError as error:
            faults.append(as_fault(error, pointer=f"/{name}"))
    if faults:
        raise Invalid(*faults)


_OVERLAP = scalar(
    str,
    """
    SELECT id FROM alliance_membership
     WHERE organization_id = $1::uuid AND id IS DISTINCT FROM $2::uuid
       AND admitted_on < coalesce($4::date, 'infinity') AND coalesce(left_on, 'infinity') > $3::date
     ORDER BY admitted_on LIMIT 1""",
)


async def _refuse_overlap(tx: Transaction, organization_id: str, values: Mapping[str, Any], own_id: str | None) -> None:
    left_on: date | None = values["left_on"]
    overlapping_id = await tx.fetchval(_OVERLAP, organization_id, own_id, values["admitted_on"], left_on)
    if overlapping_id is not None:
        raise problems.MembershipOpen(membership_id=overlapping_id)


def _unique(kind: Kind, error: asyncpg.UniqueViolationError, owner: OrganizationRow, id_: str | None) -> Exception:
    match error.constraint_name:
        case "uq_alliance_membership_open":
            return problems.MembershipOpen()
        case "uq_type_conversion_once":
            return problems.ConversionForbidden(organization_type=owner["type"])
        case name if name == f"pk_{kind.noun}":
            return kernel_problems.IdInUse(id=id_)
        case _:
            return error
