"""Coverage: what a province's records hold completely, so that a missing figure is never taken for 0.

The bodies' names differ by service, so FastAPI reads their types when it runs, where a type checker sees variables.
"""

# mypy: disable-error-code="valid-type, attr-defined"

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Annotated, Any, Self

from pydantic import Field, StringConstraints, model_validator
from sqlmodel import SQLModel
from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel.database.connections import Database, Row, Transaction
from kernel.problems import FieldError, Invalid
from kernel.problems.field_labels import Label
from kernel.records import records
from kernel.records.batch import LENIENT, BatchAnswer, run_batch
from kernel.records.listing import Filter, Listing, SortKey, Source, answer_list, code_filter, text_filter
from kernel.records.province_filters import PROVINCE
from kernel.records.records import R, Resource, answer, existing, fingerprint, remembered, table_of
from kernel.values import geography
from kernel.values.common_lists import BATCH_MODES
from kernel.values.days import Day, today
from kernel.values.field_errors import field_error
from kernel.values.ids import Id
from kernel.values.wording import Labels
from kernel.web.auth import Caller
from kernel.web.idempotency import once
from kernel.web.operations import ApiRouter, Call, CurrentCall
from kernel.web.schemas import HistoryPage, Input, Page, Recorded, Warned, code, text, warned

Endpoint = Callable[..., Awaitable[Any]]
ProvinceId = Annotated[str, StringConstraints(strict=True, pattern=r"^[0-9]{2}-(2008|2025)$")]


def _in_order(first: date | None, last: date | None) -> None:
    if first is not None and last is not None and last < first:
        raise field_error("end_before_start", "Ngày cuối phải từ ngày đầu trở đi.", "The last day is before the first.")


class Coverage(Recorded):
    """What a province's records hold completely, from day to day."""

    province: str
    record_types: list[str]
    covered_from: date
    covered_to: date | None
    source: Annotated[str | None, Label("Nguồn số liệu")]
    alliance: str


class CoverageWritten(Coverage):
    """A coverage just declared, with what is worth a look."""

    warnings: list[Warned]


class CoveragePage(Page[Coverage]):
    """A page of coverages."""


def represent(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the public representation of a coverage."""
    return {name: row[name] for name in Coverage.model_fields}


def happened(table: str, day: str, condition: str = "TRUE", *, province: str = "province_2008") -> str:
    """Return the condition that `table` has a row of a covered day in the provinces covered."""
    return f"EXISTS (SELECT FROM {table} WHERE {province} = ANY($1::text[]) AND {condition} AND {day} BETWEEN $2::date AND $3::date)"


def stood(table: str, first: str, end: str, condition: str = "TRUE") -> str:
    """Return the condition that `table` has a row in the provinces covered that stood on a covered day.

    `end` is the first day on which it stood no more; null: it stands.
    """
    return (
        f"EXISTS (SELECT FROM {table} WHERE province_2008 = ANY($1::text[]) AND {condition} "
        f"AND {first} <= $3::date AND ({end} IS NULL OR {end} > $2::date))"
    )


_UNTIL = """
    SELECT old.province, max(coalesce(c.covered_to, $1::date)) AS day
      FROM coverage c, unnest(c.provinces_2008) old (province) GROUP BY 1 ORDER BY 1"""


async def data_until(db: Database) -> dict[str, date]:
    """Return the last day that the coverage of each province declares; one without an end reaches to today."""
    return {row["province"]: row["day"] for row in await db.fetch(_UNTIL, today())}


def _expand(given: dict[str, Any]) -> list[FieldError]:
    if "province" in given:
        given["_provinces"] = [old for province in given["province"] for old in geography.expand(province)]
    return []


def coverages(
    prefix: str,
    model: type[SQLModel],
    row: type[R],
    record_types: Labels,
    read: Sequence[str],
    write: Sequence[str],
    *,
    records_exist: Mapping[str, str],
    service: str | None = None,
) -> tuple[Resource[R], ApiRouter]:
    """Return the coverages of a service: the resource, for its feed, and the routes below `prefix`.

    `record_types`: what may be declared complete. `records_exist`: for each, the condition that there are such records
    (`happened`, `stood`).
    `service` stands in the names of operations and bodies, so that those of two services do not clash.
    """
    infix, title = ("", "") if service is None else (f"{service}_", service.title())
    router = ApiRouter(prefix=prefix, tags=["coverages"])

    def operation(method: str, path: str, **options: Any) -> Callable[[Endpoint], Endpoint]:
        def declare(endpoint: Endpoint) -> Endpoint:
            endpoint.__name__ = endpoint.__name__.replace("coverage", f"{infix}coverage")
            return router.operation(method, path, **options)(endpoint)

        return declare

    RecordTypes = Annotated[list[Annotated[str, code(record_types)]], Field(min_length=1, max_length=len(record_types))]

    class _Create(Input):
        """A claim that the records of these types are complete for a province and a time."""

        id: Id | None = None
        province: ProvinceId = Field(description="On either map; one of 2025 means all that was merged into it")
        record_types: RecordTypes
        covered_from: Day
        covered_to: Day | None = Field(default=None, description="null: until further notice")
        source: Annotated[Annotated[str, text(300)] | None, Label("Nguồn số liệu")] = None
        reason: Annotated[str, text(500)] | None = None

        @model_validator(mode="after")
        def _agrees(self) -> Self:
            if geography.province(self.province) is None:
                raise field_error(
                    "unknown_province",
                    "Không có tỉnh này; hãy chọn trong danh mục tỉnh.",
                    "There is no such province; choose one of the list.",
                )
            _in_order(self.covered_from, self.covered_to)
            return self

    class _Change(Input):
        """A correction; the province stays."""

        record_types: RecordTypes | None = None
        covered_from: Day | None = None
        covered_to: Day | None = None
        source: Annotated[Annotated[str, text(300)] | None, Label("Nguồn số liệu")] = None
        reason: Annotated[str, text(500)] | None = None

        @model_validator(mode="after")
        def _agrees(self) -> Self:
            for name in ("record_types", "covered_from"):
                if name in self.model_fields_set and getattr(self, name) is None:
                    raise field_error("required", "Không được để trống.", "This may not be empty.", at=name)
            _in_order(self.covered_from, self.covered_to)
            return self

    CoverageCreate = _as(f"{title}CoverageCreate", _Create)
    CoverageChange = _as(f"{title}CoverageChange", _Change)

    class _Batch(Input):
        """Up to 500 coverages. `atomic`: all or none; `each`: every item for itself (207)."""

        mode: Annotated[str, code(BATCH_MODES)]
        items: Annotated[list[Annotated[CoverageCreate, LENIENT]], Field(min_length=1, max_length=500)]

    CoverageBatch = _as(f"{title}CoverageBatch", _Batch)
    resource = Resource("coverage", table_of(model), f"{prefix}/coverages", represent, row=row)
    source = Source(", ".join(f"o.{name}" for name in resource.columns), "coverage o", (), "o.alliance")
    listing = Listing(
        name="coverage",
        filters=(
            PROVINCE,
            Filter("_provinces", "o.provinces_2008 && {0}::text[]", ""),
            replace(
                code_filter("record_type", "", record_types, "Record type."),
                sql="o.record_types && {0}::text[]",
            ),
            text_filter("alliance", "o.alliance", "Alliance that owns the record."),
        ),
        sorts={"id": SortKey("o.id", "uuid"), "covered_from": SortKey("o.covered_from", "date")},
        default_sort="id",
        source=lambda given: source,
        represent=represent,
        fields=tuple(Coverage.model_fields),
        id_key=SortKey("o.id", "uuid"),
        check=lambda given: _expand(given),
    )

    async def _list(call: Call) -> Response:
        return await answer_list(call, listing)

    @operation(
        "GET",
        "/coverages",
        scopes=read,
        direct=_list,
        response_model=CoveragePage,
        problems=(kernel_problems.CursorMismatch,),
        openapi_extra={"parameters": listing.parameters()},
        summary="List coverages",
    )
    async def list_coverages(call: CurrentCall) -> Response:
        """Page through what the records of the caller's area hold completely."""
        return await _list(call)

    async def _create(tx: Transaction, body: Any, by: Caller) -> tuple[Row, bool]:
        province = geography.province(body.province)
        assert province is not None
        alliance = province.id if province.map == "2025" else str(province.successor_id)
        if not by.holds(alliance):
            raise Invalid(
                FieldError(
                    "outside_area",
                    ("Tỉnh này ngoài địa bàn của bạn.", "This province is outside your area."),
                    pointer="/province",
                )
            )
        digest = fingerprint(body.model_dump(exclude_unset=True, mode="json"))
        if body.id is not None and (known := await records.first_digest(tx, resource, body.id)) is not None:
            row = await records.read(tx, resource, body.id, by)
            if known != digest or row is None:
                raise kernel_problems.IdInUse(id=body.id)
            return row, False
        values = body.model_dump(exclude={"reason"})
        values.update(alliance=alliance, provinces_2008=list(geography.expand(body.province)))
        return await records.create(tx, resource, values, by=by, reason=body.reason, digest=digest), True

    async def _warnings(tx: Transaction, row: Row, language: str) -> list[dict[str, Any]]:
        """Warn of a claim over nothing: each figure it speaks for becomes 0 and reported."""
        there = " OR ".join(records_exist[name] for name in row["record_types"])
        last = row["covered_to"] or date.max
        if await tx.fetchval(f"SELECT {there}", list(row["provinces_2008"]), row["covered_from"], last):
            return []
        place = geography.province_name(row["province"])
        words = (
            f"{place} chưa có bản ghi nào thuộc loại và những ngày đã khai: số liệu sẽ được báo là 0. Hãy nhập dữ liệu, hoặc "
            "kiểm tra lại tỉnh, loại dữ liệu và thời gian.",
            f"{place} has no records of these types and days: its figures will be reported as 0. Enter the records, or look "
            "again at province, types and days.",
        )
        return [warned(language, "no_records", "/record_types", words)]

    async def _answered(tx: Transaction, call: Call, row: Row, status: int = 200) -> Response:
        warnings = await _warnings(tx, row, call.language)
        return answer(call, resource, row, status=status, extra={"warnings": warnings})

    @operation(
        "POST",
        "/coverages",
        scopes=write,
        status_code=201,
        minted=True,
        response_model=CoverageWritten,
        problems=(kernel_problems.IdInUse,),
        summary="Declare coverage",
    )
    async def create_coverage(call: CurrentCall, body: CoverageCreate) -> Response:
        """Declare that records are complete for a province and a time: from then on figures are `reported`.

        Over no records at all it is accepted with the warning `no_records`: the figures are then 0.
        """

        async def effect(tx: Transaction) -> Response:
            row, new = await _create(tx, body, call.caller)
            return await _answered(tx, call, row, 201 if new else 200)

        return await once(call, effect)

    @operation(
        "POST",
        "/coverages/batch",
        scopes=write,
        status_code=201,
        response_model=BatchAnswer,
        problems=(kernel_problems.IdInUse,),
        responses={207: {"model": BatchAnswer, "description": "With `each`: one answer an item"}},
        summary="Declare many coverages",
    )
    async def create_coverages(call: CurrentCall, body: CoverageBatch) -> Response:
        """Enter up to 500 items. `atomic`: all or none. `each`: every item for itself, answered with 207."""

        async def create(tx: Transaction, item: Any) -> tuple[Row, bool]:
            return await _create(tx, item, call.caller)

        async def warnings(tx: Transaction, row: Row) -> list[dict[str, Any]]:
            return await _warnings(tx, row, call.language)

        return await run_batch(call, body.mode, body.items, create, warnings=warnings)

    _ONE = existing(resource, "coverage_id")
    _ONE_TO_CHANGE = existing(resource, "coverage_id", if_match=True)

    @operation(
        "GET",
        "/coverages/{coverage_id}",
        scopes=read,
        guard=_ONE,
        conditional=True,
        response_model=Coverage,
        summary="Read one coverage",
    )
    async def read_coverage(call: CurrentCall, coverage_id: Id) -> Response:
        """Read a coverage. The ETag is its version."""
        return answer(call, resource, call.found)

    @operation(
        "PATCH",
        "/coverages/{coverage_id}",
        scopes=write,
        etag=True,
        guard=_ONE_TO_CHANGE,
        response_model=CoverageWritten,
        summary="Correct a coverage",
    )
    async def change_coverage(call: CurrentCall, coverage_id: Id, body: CoverageChange) -> Response:
        """Apply a merge patch: absent leaves, null clears."""
        async with call.db.transaction() as tx:
            row = await records.locked(tx, call, resource, coverage_id)
            values = body.model_dump(include=body.model_fields_set - {"reason"})
            merged = {**row, **values}
            if merged["covered_to"] is not None and merged["covered_to"] < merged["covered_from"]:
                words = ("Ngày cuối phải từ ngày đầu trở đi.", "The last day is before the first.")
                raise Invalid(FieldError("end_before_start", words, pointer="/covered_to"))
            after = await records.update(
                tx, resource, row, values, by=call.caller, reason=body.reason, action="corrected"
            )
            return await _answered(tx, call, after)

    @operation(
        "DELETE",
        "/coverages/{coverage_id}",
        scopes=write,
        etag=True,
        guard=_ONE_TO_CHANGE,
        status_code=204,
        summary="Take back a coverage",
    )
    async def remove_coverage(call: CurrentCall, coverage_id: Id) -> Response:
        """The claim goes; its history stays, and figures become `not_reported` where nothing else covers them."""
        async with call.db.transaction() as tx:
            row = await records.locked(tx, call, resource, coverage_id)
            await records.remove(tx, resource, row, by=call.caller, reason=None)
        return Response(None, 204, {"Cache-Control": "no-store"})

    @operation(
        "GET",
        "/coverages/{coverage_id}/history",
        scopes=read,
        guard=remembered(resource, "coverage_id"),
        response_model=HistoryPage,
        summary="Who changed a coverage, when and why",
    )
    async def read_coverage_history(call: CurrentCall, coverage_id: Id) -> Response:
        """Return every version, oldest first; of one that was taken back as well."""
        return await records.history(call, resource, coverage_id)

    return resource, router


def _as(name: str, model: type[Input]) -> Any:
    return type(name, (model,), {"__doc__": model.__doc__, "__module__": __name__})
