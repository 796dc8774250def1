"""What facts need beyond other records: the place they are counted in, and the timeline that follows from them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast

import orjson
from pydantic_core import PydanticCustomError

from kernel.database.connections import Row, Transaction
from kernel.database.statements import scalar
from kernel.problems import Invalid
from kernel.records import Resource
from kernel.records.writing import json_columns
from kernel.storage.files import check_files
from kernel.storage.pictures import check_photos
from kernel.values.days import today
from kernel.values.field_errors import as_fault
from kernel.web.calls import Call
from services.registry import problems
from services.registry.facts import schemas
from services.registry.facts.columns import Values, as_given
from services.registry.facts.product_schemas import ProductChange, ProductCreate
from services.registry.organizations import service as organizations
from services.registry.organizations.queries import Place, lock_all, place_on
from services.registry.organizations.records import is_undated


@dataclass(frozen=True, kw_only=True)
class FactRules:
    """What one type of fact asks of its rows. The organization stands in `call.record`, locked."""

    resource: Resource[Any]
    day: str
    """The column that says when it happened."""
    as_columns: Callable[[Values, Any], Values] = as_given
    """Turns a body's fields into columns."""
    shapes_timeline: bool = False
    """Whether the organization's state follows from it."""
    forget: Callable[[Values, Any], None] | None = None
    """Puts into a correction's columns what no longer holds of the row before."""
    refuse_change: Callable[[Mapping[str, Any]], None] | None = None
    """Raises what refuses any correction of a row."""
    checks: Mapping[str, Callable[[Mapping[str, Any]], None]] = field(default_factory=dict)
    """Field → what a correction must leave true of the whole row; raises its error, which may name another field (`at`)."""
    refuse: Callable[[Transaction, str, Mapping[str, Any], str | None], Awaitable[None]] | None = None
    """What other facts of the organization forbid: takes its id, the row as it would be, and the row's id."""

    async def columns(self, tx: Transaction, call: Call, body: schemas.FactInput, row: Row | None) -> Values:
        """Return the columns of a new fact. Raises Invalid, OrganizationMerged and what other facts forbid."""
        organization = call.record
        organizations.refuse_merged(organization)
        await _check_files(tx, call, body)
        values = self.values_of(body)
        if self.refuse is not None:
            await self.refuse(tx, organization["id"], values, None)
        return placed(values, organization, await place_on(tx, organization["id"], self.day_of(values)))

    def values_of(self, body: schemas.FactInput) -> Values:
        """Return what a body says of a new fact, as columns."""
        return self._own_columns(body, body.model_dump(exclude={"id", "organization_id"}))

    def day_of(self, values: Mapping[str, Any]) -> date:
        """Return the day that places a fact."""
        day: date = values.get(self.day) or today()
        return day

    async def patched(self, tx: Transaction, call: Call, row: Row, patch: schemas.FactChange) -> Values:
        """Return the columns that a correction changes. Raises Invalid, OrganizationMerged and what other facts forbid."""
        organizations.refuse_merged(call.record)
        await _check_files(tx, call, patch, row)
        values = self.patched_values(row, patch)
        if self.refuse is not None:
            await self.refuse(tx, row["organization_id"], {**row, **values}, row["id"])
        if self.day in values:
            values.update(await place_on(tx, row["organization_id"], values[self.day] or today()))
        return values

    def patched_values(self, row: Mapping[str, Any], patch: schemas.FactChange) -> Values:
        """Return what a correction says, as columns. Raises Invalid where the whole row would not be true, or what refuses it."""
        if self.refuse_change is not None:
            self.refuse_change(row)
        fields: Values = patch.model_dump(include=patch.model_fields_set - {"reason"})
        # What a fact holds as a list is never null: a list that was cleared is empty.
        fields.update({name: [] for name in json_columns(self.resource.table) if fields.get(name, ()) is None})
        values = self._own_columns(patch, fields)
        if self.forget is not None:
            self.forget(values, row)
        self._check({**row, **values})
        return values

    async def derive(self, tx: Transaction, call: Call, row: Row, reason: str | None) -> Row:
        """Let the organization's timeline follow; return the fact's row then: a move may have handed it over.

        Of an undated organization it follows from any fact: its timeline begins with the earliest.
        """
        organization = call.record
        organizations.refuse_merged(organization)
        if not (self.shapes_timeline or is_undated(organization)):
            return row
        await organizations.rebuild(tx, organization, by=call.caller, reason=reason)
        return await tx.fetchrow(f"{self.resource.select} WHERE id = $1::uuid", row["id"]) or row

    def _own_columns(self, body: Any, fields: Values) -> Values:
        columns = set(self.resource.columns)
        return {name: value for name, value in self.as_columns(fields, body).items() if name in columns}

    def _check(self, merged: Mapping[str, Any]) -> None:
        errors = []
        for name, check in self.checks.items():
            try:
                check(merged)
            except PydanticCustomError as error:
                within = (error.context or {}).get("at")
                errors.append(as_fault(error, pointer=f"/{within or name}"))
        if errors:
            raise Invalid(*errors)


def placed(values: Values, organization: Mapping[str, Any], place: Place) -> Values:
    """Return the columns of a new fact: whose it is, and where the organization lay on its day."""
    owner = {"organization_id": organization["id"], "alliance": organization["alliance"]}
    return {**values, **owner, "province_2008": place["province_2008"], "province_2025": place["province_2025"]}


async def _check_files(
    tx: Transaction, call: Call, body: schemas.FactInput | schemas.FactChange, row: Row | None = None
) -> None:
    def before(name: str) -> list[str]:
        return [] if row is None else cast("list[str]", orjson.loads(row[name]))

    errors = await check_files(tx, call.caller, body.file_ids or [], before=before("file_ids"))
    if isinstance(body, ProductCreate | ProductChange):
        errors += await check_photos(tx, call.caller, body.photo_file_ids or [], before=before("photo_file_ids"))
    if errors:
        raise Invalid(*errors)


async def lock_organizations(tx: Transaction, call: Call, bodies: Sequence[object]) -> None:
    """Lock all organizations that `bodies` name at once: two batches with the same ones enter one after the other."""
    named = {body.organization_id for body in bodies if isinstance(body, schemas.FactInput) and body.organization_id}
    await lock_all(tx, sorted(named), alliance=call.caller.alliance)


# By ix_alliance_membership_organization: the memberships of one organization are few.
_OVERLAP = scalar(
    str,
    """
    SELECT id FROM alliance_membership
     WHERE organization_id = $1::uuid AND id IS DISTINCT FROM $2::uuid
       AND admitted_on < coalesce($4::date, 'infinity') AND coalesce(left_on, 'infinity') > $3::date
     ORDER BY admitted_on LIMIT 1""",
)


async def refuse_overlap(tx: Transaction, organization_id: str, values: Mapping[str, Any], own_id: str | None) -> None:
    """Refuse a membership that overlaps another of the organization. Raises MembershipOpen."""
    left_on: date | None = values["left_on"]
    overlapping_id = await tx.fetchval(_OVERLAP, organization_id, own_id, values["admitted_on"], left_on)
    if overlapping_id is not None:
        raise problems.MembershipOpen(membership_id=overlapping_id)


def overlap(one: tuple[date, date | None], other: tuple[date, date | None]) -> bool:
    """Say whether two spans share a day; each holds its first day, and not its last, which may be open."""
    return one[0] < (other[1] or date.max) and other[0] < (one[1] or date.max)


def refuse_overlap_with(values: Mapping[str, Any], other: Mapping[str, Any]) -> None:
    """Refuse a membership that overlaps this other of the organization. Raises MembershipOpen."""
    if overlap(*((each["admitted_on"], each["left_on"]) for each in (values, other))):
        raise problems.MembershipOpen(membership_id=other["id"])


async def membership_open(tx: Transaction, values: Values) -> Exception:
    """Return what a second open membership is refused with."""
    return problems.MembershipOpen()


_TYPE = scalar(str, "SELECT type FROM organization WHERE id = $1::uuid")


async def converted_before(tx: Transaction, values: Values) -> Exception:
    """Return what a second conversion of the same kind is refused with."""
    return problems.ConversionForbidden(organization_type=await tx.fetchval(_TYPE, values["organization_id"]))
