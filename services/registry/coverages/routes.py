"""Coverage: what a province's records hold completely, so that a missing figure is never taken for 0."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Annotated, Any

from pydantic import Field, StringConstraints, model_validator
from starlette.responses import Response

from kernel import geography, records
from kernel import problems as kernel_no
from kernel.auth import Caller
from kernel.batch import LENIENT, BatchAnswer, run_batch
from kernel.db import Row, Transaction
from kernel.faults import fault
from kernel.idempotency import once
from kernel.ids import Id
from kernel.listing import Filter, Listing, SortKey, Source, answer_list, code_filter, text_filter
from kernel.problems import Fault, Invalid
from kernel.records import Resource, answer, existing, fingerprint, remembered, table_of
from kernel.routing import Call, CurrentCall
from kernel.schemas import HistoryPage, Input, Page, Recorded, code, text
from kernel.time import Day
from services.registry import code_lists as codes
from services.registry import models
from services.registry.organizations.listing import PROVINCE
from services.registry.scopes import READ, WRITE, registry_router

router = registry_router("coverages")
PATH = "/v1/registry/coverages"

ProvinceId = Annotated[str, StringConstraints(strict=True, pattern=r"^[0-9]{2}-(2008|2025)$")]
RecordType = Annotated[str, code(*codes.RECORD_TYPES)]
RecordTypes = Annotated[list[RecordType], Field(min_length=1, max_length=len(codes.RECORD_TYPES))]


class CoverageCreate(Input):
    """A claim that the records of these types are complete for a province and a time."""

    id: Id | None = None
    province: ProvinceId = Field(description="On either map; one of 2025 means all that was merged into it")
    record_types: RecordTypes
    covered_from: Day
    covered_to: Day | None = Field(default=None, description="null: until further notice")
    source: Annotated[str, text(300)] | None = None
    reason: Annotated[str, text(500)] | None = None

    @model_validator(mode="after")
    def _agrees(self) -> CoverageCreate:
        if geography.province(self.province) is None:
            raise fault(
                "unknown_province", "Không có tỉnh này; ví dụ 25-2025.", "No such province; for instance 25-2025."
            )
        _in_order(self.covered_from, self.covered_to)
        return self


class CoverageChange(Input):
    """A correction; the province stays."""

    record_types: RecordTypes | None = None
    covered_from: Day | None = None
    covered_to: Day | None = None
    source: Annotated[str, text(300)] | None = None
    reason: Annotated[str, text(500)] | None = None

    @model_validator(mode="after")
    def _agrees(self) -> CoverageChange:
        for name in ("record_types", "covered_from"):
            if name in self.model_fields_set and getattr(self, name) is None:
                raise fault("required", f"{name} không được để trống.", f"{name} may not be null.")
        _in_order(self.covered_from, self.covered_to)
        return self


def _in_order(first: date | None, last: date | None) -> None:
    if first is not None and last is not None and last < first:
        raise fault("end_before_start", "covered_to phải từ covered_from trở đi.", "covered_to is before covered_from.")


class Coverage(Recorded):
    """What a province's records hold completely, from day to day."""

    province: str
    record_types: list[str]
    covered_from: date
    covered_to: date | None
    source: str | None
    alliance: str


class CoveragePage(Page[Coverage]):
    """A page of coverages."""


class CoverageBatch(Input):
    """Up to 500 coverages. `atomic`: all or none; `each`: every item for itself (207)."""

    mode: Annotated[str, code("atomic", "each")]
    items: Annotated[list[Annotated[CoverageCreate, LENIENT]], Field(min_length=1, max_length=500)]


def represent(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the public representation of a coverage."""
    return {name: row[name] for name in Coverage.model_fields}


COVERAGE = Resource("coverage", table_of(models.Coverage), PATH, represent)
_SOURCE = Source(", ".join(f"o.{name}" for name in COVERAGE.columns), "coverage o", (), "o.alliance")
LISTING = Listing(
    name="coverage",
    filters=(
        PROVINCE,
        Filter("_provinces", "o.provinces_2008 && {0}::text[]", ""),
        replace(
            code_filter("record_type", "", tuple(codes.RECORD_TYPES), "Record type."),
            sql="o.record_types && {0}::text[]",
        ),
        text_filter("alliance", "o.alliance", "Alliance that owns the record."),
    ),
    sorts={"id": SortKey("o.id", "uuid"), "covered_from": SortKey("o.covered_from", "date")},
    default_sort="id",
    source=lambda given: _SOURCE,
    represent=represent,
    fields=tuple(Coverage.model_fields),
    id_key=SortKey("o.id", "uuid"),
    check=lambda given: _expand(given),
)  # fmt: skip


def _expand(given: dict[str, Any]) -> list[Fault]:
    if "province" in given:
        given["_provinces"] = [old for province in given["province"] for old in geography.expand(province)]
    return []


async def _list(call: Call) -> Response:
    return await answer_list(call, LISTING)


@router.operation(
    "GET", "/coverages", scopes=READ, direct=_list, response_model=CoveragePage, problems=(kernel_no.CursorMismatch,),
    openapi_extra={"parameters": LISTING.parameters()}, summary="List coverages",
)  # fmt: skip
async def list_coverages(call: CurrentCall) -> Response:
    """Page through what the records of the caller's area hold completely."""
    return await _list(call)


async def _create(tx: Transaction, body: CoverageCreate, by: Caller) -> tuple[Row, bool]:
    province = geography.province(body.province)
    assert province is not None
    alliance = province.id if province.map == "2025" else str(province.successor_id)
    if not by.holds(alliance):
        raise Invalid(
            Fault("outside_area", ("Tỉnh này ngoài địa bàn của bạn.", "Outside your area."), pointer="/province")
        )
    digest = fingerprint(body.model_dump(exclude_unset=True, mode="json"))
    if body.id is not None and (known := await records.first_digest(tx, COVERAGE, body.id)) is not None:
        row = await records.read(tx, COVERAGE, body.id, by)
        if known != digest or row is None:
            raise kernel_no.IdInUse(id=body.id)
        return row, False
    values = body.model_dump(exclude={"reason"})
    values.update(alliance=alliance, provinces_2008=list(geography.expand(body.province)))
    return await records.create(tx, COVERAGE, values, by=by, reason=body.reason, digest=digest), True


@router.operation(
    "POST", "/coverages", scopes=WRITE, status_code=201, minted=True, response_model=Coverage,
    problems=(kernel_no.IdInUse,), summary="Declare coverage",
)  # fmt: skip
async def create_coverage(call: CurrentCall, body: CoverageCreate) -> Response:
    """Declare that records are complete for a province and a time: from then on figures are `reported`."""

    async def effect(tx: Transaction) -> Response:
        row, new = await _create(tx, body, call.caller)
        return answer(call, COVERAGE, row, status=201 if new else 200)

    return await once(call, effect)


@router.operation(
    "POST", "/coverages/batch", scopes=WRITE, status_code=201, response_model=BatchAnswer, problems=(kernel_no.IdInUse,),
    responses={207: {"model": BatchAnswer, "description": "With `each`: one answer an item"}},
    summary="Declare many coverages",
)  # fmt: skip
async def create_coverages(call: CurrentCall, body: CoverageBatch) -> Response:
    """Enter up to 500 items. `atomic`: all or none. `each`: every item for itself, answered with 207."""

    async def create(tx: Transaction, item: CoverageCreate) -> tuple[Row, bool]:
        return await _create(tx, item, call.caller)

    return await run_batch(call, body.mode, body.items, create)


_ONE = existing(COVERAGE, "coverage_id")
_ONE_TO_CHANGE = existing(COVERAGE, "coverage_id", if_match=True)


@router.operation(
    "GET", "/coverages/{coverage_id}", scopes=READ, guard=_ONE, conditional=True, response_model=Coverage,
    summary="Read one coverage",
)  # fmt: skip
async def read_coverage(call: CurrentCall, coverage_id: Id) -> Response:
    """Read a coverage. The ETag is its version."""
    return answer(call, COVERAGE, call.found)


@router.operation(
    "PATCH", "/coverages/{coverage_id}", scopes=WRITE, etag=True, guard=_ONE_TO_CHANGE, response_model=Coverage,
    summary="Correct a coverage",
)  # fmt: skip
async def change_coverage(call: CurrentCall, coverage_id: Id, body: CoverageChange) -> Response:
    """Apply a merge patch: absent leaves, null clears."""
    async with call.db.transaction() as tx:
        row = await records.locked(tx, call, COVERAGE, coverage_id)
        values = body.model_dump(include=body.model_fields_set - {"reason"})
        merged = {**row, **values}
        if merged["covered_to"] is not None and merged["covered_to"] < merged["covered_from"]:
            words = ("covered_to phải từ covered_from trở đi.", "covered_to is before covered_from.")
            raise Invalid(Fault("end_before_start", words, pointer="/covered_to"))
        after = await records.update(tx, COVERAGE, row, values, by=call.caller, reason=body.reason, action="corrected")
    return answer(call, COVERAGE, after)


@router.operation(
    "DELETE", "/coverages/{coverage_id}", scopes=WRITE, etag=True, guard=_ONE_TO_CHANGE, status_code=204,
    summary="Take back a coverage",
)  # fmt: skip
async def remove_coverage(call: CurrentCall, coverage_id: Id) -> Response:
    """The claim goes; its history stays, and figures become `not_reported` where nothing else covers them."""
    async with call.db.transaction() as tx:
        row = await records.locked(tx, call, COVERAGE, coverage_id)
        await records.remove(tx, COVERAGE, row, by=call.caller, reason=None)
    return Response(None, 204, {"Cache-Control": "no-store"})


@router.operation(
    "GET", "/coverages/{coverage_id}/history", scopes=READ, guard=remembered(COVERAGE, "coverage_id"),
    response_model=HistoryPage,
    summary="Who changed a coverage, when and why",
)  # fmt: skip
async def read_coverage_history(call: CurrentCall, coverage_id: Id) -> Response:
    """Return every version, oldest first; of one that was taken back as well."""
    return await records.history(call, COVERAGE, coverage_id)
