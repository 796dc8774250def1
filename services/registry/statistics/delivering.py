"""Figures that come in numbers: a batch at once, and the same period delivered again and again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, TypedDict

from kernel import problems as kernel_problems
from kernel import records
from kernel.database.connections import Row, Transaction
from kernel.database.statements import command, scalar, statement
from kernel.problems import FieldError, Invalid, Problem
from kernel.records import crud
from kernel.records.batch import Faulty
from kernel.records.bulk import create_many
from kernel.records.crud import referenced_record
from kernel.records.replays import content_of, fingerprint
from kernel.storage.files import check_files
from kernel.values.ids import new_id
from kernel.web.calls import Call
from services.registry import problems
from services.registry.organizations import service as organizations
from services.registry.organizations.records import ORGANIZATION, is_undated
from services.registry.rows import OrganizationStatisticRow
from services.registry.statistics import service
from services.registry.statistics.records import STATISTIC, STATISTIC_TYPE
from services.registry.statistics.schemas import (
    OrganizationStatisticCreate,
    OrganizationStatisticDelivery,
    columns_of,
)

Entered = tuple[Row, bool]
"""A row, and whether it is new."""

# uq_organization_code.
_ID_OF_CODE = scalar(str, "SELECT id FROM organization WHERE code = $1")
_OF_PERIOD = statement(
    OrganizationStatisticRow,
    f"{STATISTIC.select} WHERE organization_id = $1::uuid AND period_to = $2 AND period_from = $3 FOR UPDATE",
)


async def deliver(tx: Transaction, call: Call, body: OrganizationStatisticDelivery) -> Entered:
    """Make the row of the organization and period what is delivered; without a difference it stays as it is.

    The organization is locked first, so of two deliveries at once the second finds what the first made.
    Raises Invalid, OrganizationMerged.
    """
    id_, at = body.organization_id, "/organization_id"
    if body.organization_code is not None:
        at = "/organization_code"
        id_ = await tx.fetchval(_ID_OF_CODE, body.organization_code.replace("-", "")) or new_id()
    assert id_ is not None, "checked with the body"
    call.record = await referenced_record(tx, call, ORGANIZATION, id_, at, lock=True)
    own = columns_of(body)
    existing = await tx.fetchrow(_OF_PERIOD, id_, own["period_to"], own["period_from"])
    values = await service.columns(tx, call, body, existing)
    if existing is None:
        made = await crud.insert(tx, call, STATISTIC_TYPE, values, reason=body.reason)
        return await service.derive(tx, call, made, body.reason), True
    if "file_ids" not in body.model_fields_set:
        del values["file_ids"]
    row = await records.update(tx, STATISTIC, existing, values, by=call.caller, reason=body.reason, action="corrected")
    return await service.derive(tx, call, row, body.reason), False


class Owner(TypedDict):
    """What entering figures asks of their organization."""

    id: str
    alliance: str
    merged_into: str | None
    registered_on: date | None
    founded_on: date | None


# In the order of ids, as everywhere: two batches with the same organizations enter one after the other.
_OWNERS = statement(
    Owner,
    """
    SELECT id, alliance, merged_into, registered_on, founded_on FROM organization
     WHERE id = ANY($1::uuid[]) AND ($2::text IS NULL OR alliance = $2) ORDER BY id FOR NO KEY UPDATE""",
)


async def lock_owners(tx: Transaction, call: Call, organization_ids: Sequence[str]) -> dict[str, Owner]:
    """Lock the organizations among these that lie within the area, and return what entering figures asks of them."""
    return {owner["id"]: owner for owner in await tx.fetch(_OWNERS, organization_ids, call.caller.alliance)}


# As a single entry does (kernel/records/replays.py): of two that bring an id at once the second finds what the first made.
_ONE_AT_A_TIME = command(
    "SELECT pg_advisory_xact_lock(hashtextextended(k, 0)) FROM (SELECT k FROM unnest($1::text[]) k ORDER BY k) keys"
)


class FirstVersion(TypedDict):
    """By what the body is recognised that made a row, and whether the row is still there."""

    resource_id: str
    digest: bytes


_FIRST_DIGESTS = statement(
    FirstVersion,
    """
    SELECT resource_id, coalesce(input_hash, '') AS digest FROM history
     WHERE resource_type = 'organization_statistic' AND version = 1 AND resource_id = ANY($1::uuid[])""",
)
_BY_IDS = statement(
    OrganizationStatisticRow, f"{STATISTIC.select} WHERE id = ANY($1::uuid[]) AND ($2::text IS NULL OR alliance = $2)"
)


class SamePeriod(TypedDict):
    """A row that is there for the organization and days asked."""

    id: str
    organization_id: str
    period_from: date
    period_to: date


# By uq_organization_statistic_period.
_SAME_PERIODS = statement(
    SamePeriod,
    """
    SELECT s.id, s.organization_id, s.period_from, s.period_to
      FROM unnest($1::uuid[], $2::date[], $3::date[]) AS w(organization_id, period_from, period_to)
      JOIN organization_statistic s USING (organization_id, period_to, period_from)""",
)

Key = tuple[str, date, date]


async def taken_periods(tx: Transaction, keys: Sequence[Key]) -> dict[Key, str]:
    """Return the ids of the rows that are there for these organizations and days."""
    if not keys:
        return {}
    found = await tx.fetch(_SAME_PERIODS, *(list(column) for column in zip(*keys, strict=True)))
    return {(row["organization_id"], row["period_from"], row["period_to"]): row["id"] for row in found}


class _Batch:
    """What the items of a batch need, read at once."""

    def __init__(self) -> None:
        self.owners: dict[str, Owner] = {}
        self.digests: dict[str, bytes] = {}
        self.rows: dict[str, Row] = {}
        self.taken: dict[Key, str] = {}
        self.stood: dict[Key, service.Stood] = {}

    @classmethod
    async def read(cls, tx: Transaction, call: Call, bodies: Sequence[OrganizationStatisticCreate]) -> _Batch:
        """Lock the organizations and ids that `bodies` name, and read what is there of them."""
        batch = cls()
        named = sorted({body.organization_id for body in bodies if body.organization_id is not None})
        if ids := sorted({body.id for body in bodies if body.id is not None}):
            await tx.execute(_ONE_AT_A_TIME, [f"{STATISTIC.name}/{id_}" for id_ in ids])
            batch.digests = {row["resource_id"]: row["digest"] for row in await tx.fetch(_FIRST_DIGESTS, ids)}
            batch.rows = {row["id"]: row for row in await tx.fetch(_BY_IDS, ids, call.caller.alliance)}
        batch.owners = await lock_owners(tx, call, named)
        keys = list(dict.fromkeys(_key(body) for body in bodies if body.organization_id in batch.owners))
        batch.taken = await taken_periods(tx, keys)
        batch.stood = {keys[stood["at"]]: stood for stood in await service.stood_in(tx, keys)}
        return batch

    async def judge(self, tx: Transaction, call: Call, body: OrganizationStatisticCreate) -> dict[str, Any] | str:
        """Return the columns of a new row, or the id of the row that the same body made before.

        Raises IdInUse, Invalid, OrganizationMerged, StatisticExists.
        """
        if body.organization_id is None:
            words = ("Hãy điền giá trị này; đây là mục bắt buộc.", "Fill this in; it is required.")
            raise Invalid(FieldError("required", words, pointer="/organization_id"))
        digest = _digest(body)
        if body.id is not None and body.id in self.digests:
            if self.digests[body.id] != digest or body.id not in self.rows:
                raise kernel_problems.IdInUse(id=body.id)
            return body.id
        owner = self.owners.get(body.organization_id)
        if owner is None:
            words = ("Không có tổ chức này trong địa bàn của bạn.", "There is no such organization in your area.")
            raise Invalid(FieldError("unknown_organization", words, pointer="/organization_id"))
        if owner["merged_into"] is not None:
            raise problems.OrganizationMerged(merged_into=owner["merged_into"])
        key = _key(body)
        faults = await check_files(tx, call.caller, body.file_ids)
        if (fault := service.fault_of_period(owner, self.stood[key])) is not None:
            faults.append(fault)
        if faults:
            raise Invalid(*faults)
        if key in self.taken:
            raise problems.StatisticExists(period=body.period, organization_statistic_id=self.taken[key])
        values = service.owned({**owner}, self.stood[key], {**columns_of(body), "id": body.id or new_id()})
        self.taken[key] = values["id"]
        self.digests[values["id"]], self.rows[values["id"]] = digest, values
        return values


def _key(body: OrganizationStatisticCreate) -> Key:
    values: dict[str, Any] = columns_of(body)
    return str(body.organization_id), values["period_from"], values["period_to"]


def _digest(body: OrganizationStatisticCreate) -> bytes:
    """Return what a single entry recognises the body by, so that one sent both ways is one."""
    return fingerprint({**content_of(body), "organization_id": body.organization_id})


async def enter_many(
    tx: Transaction, call: Call, items: Sequence[OrganizationStatisticCreate | Faulty]
) -> list[Entered | Problem]:
    """Enter what is right of `items`, all rows at once; return what became of each."""
    bodies = [item for item in items if not isinstance(item, Faulty)]
    batch = await _Batch.read(tx, call, bodies)
    outcomes: list[dict[str, Any] | str | Problem] = []
    for item in items:
        try:
            if isinstance(item, Faulty):
                raise Invalid(*item.faults)
            outcomes.append(await batch.judge(tx, call, item))
        except Problem as problem:
            outcomes.append(problem)
    new = [outcome for outcome in outcomes if isinstance(outcome, dict)]
    reasons = [
        item.reason
        for item, out in zip(items, outcomes, strict=True)
        if isinstance(out, dict) and not isinstance(item, Faulty)
    ]
    digests = [batch.digests[values["id"]] for values in new]
    for row in await create_many(tx, STATISTIC, new, by=call.caller, reasons=reasons, digests=digests):
        batch.rows[row["id"]] = row
    await begin_undated(tx, call, [batch.owners[values["organization_id"]] for values in new])
    return [
        outcome
        if isinstance(outcome, Problem)
        else (batch.rows[outcome], False)
        if isinstance(outcome, str)
        else (batch.rows[outcome["id"]], True)
        for outcome in outcomes
    ]


async def begin_undated(tx: Transaction, call: Call, owners: Sequence[Owner]) -> None:
    """Let organizations without a day of their own begin with their earliest figures."""
    for id_ in sorted({owner["id"] for owner in owners if is_undated(owner)}):
        organization = await records.read(tx, ORGANIZATION, id_, call.caller, lock=True)
        assert organization is not None, "locked before"
        await organizations.rebuild(tx, organization, by=call.caller, reason=None)
