"""Coverage: what a province's records hold completely, so that a missing figure is never taken for 0."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Annotated, Any, Self, TypedDict

from pydantic import Field, create_model, model_validator
from sqlmodel import SQLModel

from kernel.database.connections import Database, Transaction
from kernel.database.statements import statement
from kernel.problems import FieldError, Invalid
from kernel.problems.field_labels import Label
from kernel.records.crud import RecordType, batch_of, record_router
from kernel.records.embedding import name_columns, own_fields
from kernel.records.in_sql import shows_columns
from kernel.records.listing import Filter, Listing, SortKey, Source, code_filter, text_filter
from kernel.records.province_filters import PROVINCE
from kernel.records.resources import R, Resource, table_of
from kernel.values import geography
from kernel.values.common_lists import BATCH_MODES
from kernel.values.days import Day, today
from kernel.values.field_errors import field_error
from kernel.values.ids import Id
from kernel.values.wording import Labels
from kernel.web.calls import Call
from kernel.web.field_types import ProvinceId, Reason, check_province
from kernel.web.operations import ApiRouter
from kernel.web.schemas import Input, Recorded, Warned, code, text, warned

Values = dict[str, Any]


def _in_order(first: date | None, last: date | None) -> None:
    if first is not None and last is not None and last < first:
        raise field_error("end_before_start", "Ngày cuối phải từ ngày đầu trở đi.", "The last day is before the first.")


class Coverage(Recorded):
    """Which records of a province are complete, from which day to which."""

    province: str
    record_types: list[str] = Field(max_length=100)
    covered_from: date
    covered_to: date | None
    source: Annotated[str | None, Label("Nguồn số liệu")]
    alliance: str


class CoverageWritten(Coverage):
    """A coverage just declared, with what is worth a look."""

    warnings: list[Warned]


_FIELDS = own_fields(Coverage)


def represent(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the public representation of a coverage."""
    return {name: row[name] for name in _FIELDS}


shows_columns(represent, _FIELDS, of=Coverage)


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


class DataUntil(TypedDict):
    """The last day, today at most, that the coverage of a province of the 2008 map declares."""

    province: str
    day: date


# Coverages are a few hundred at most, so all of them are read.
_UNTIL = statement(
    DataUntil,
    """
    SELECT old.province, max(least(c.covered_to, $1::date)) AS day
      FROM coverage c, unnest(c.provinces_2008) old (province) WHERE c.covered_from <= $1::date GROUP BY 1 ORDER BY 1""",
)


async def data_until(db: Database) -> dict[str, date]:
    """Return the last day that the coverage of each province declares; one without an end, or with a later one, reaches to today."""
    return {row["province"]: row["day"] for row in await db.fetch(_UNTIL, today())}


def _expand(parameters: dict[str, Any]) -> list[FieldError]:
    """Compare with the provinces of 2008: that is how a coverage says where it holds."""
    if "province" in parameters:
        parameters["_provinces"] = [old for province in parameters["province"] for old in geography.expand(province)]
    return []


class _Claim(Input):
    id: Id | None = None
    province: ProvinceId = Field(description="On either map; one of 2025 means all that was merged into it")
    record_types: list[str]
    covered_from: Day
    covered_to: Day | None = Field(default=None, description="null: no last day is set")
    source: Annotated[Annotated[str, text(300)] | None, Label("Nguồn số liệu")] = None
    reason: Reason | None = None

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        check_province(self.province)
        _in_order(self.covered_from, self.covered_to)
        return self


class _Correction(Input):
    record_types: list[str] | None = None
    covered_from: Day | None = None
    covered_to: Day | None = None
    source: Annotated[Annotated[str, text(300)] | None, Label("Nguồn số liệu")] = None
    reason: Reason | None = None

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        for name in ("record_types", "covered_from"):
            if name in self.model_fields_set and getattr(self, name) is None:
                raise field_error("required", "Không được để trống.", "This may not be empty.", at=name)
        _in_order(self.covered_from, self.covered_to)
        return self


def _bodies(title: str, record_types: Labels) -> tuple[type[Input], type[Input]]:
    """Return the body of a claim and that of its correction, named after the service."""
    types: Any = Annotated[list[Annotated[str, code(record_types)]], Field(min_length=1, max_length=len(record_types))]
    claim: type[Input] = create_model(
        f"{title}CoverageCreate",
        __base__=_Claim,
        __doc__="A claim that the records of these types are complete for a province and a time.",
        record_types=(types, ...),
    )
    correction: type[Input] = create_model(
        f"{title}CoverageChange",
        __base__=_Correction,
        __doc__="A correction; the province stays.",
        record_types=(types | None, None),
    )
    return claim, correction


async def _columns(tx: Transaction, call: Call, body: Any, row: Mapping[str, Any] | None) -> Values:
    """Return the columns of a claim; it belongs to the alliance of today. Raises Invalid for one beyond the area."""
    province = geography.province(body.province)
    assert province is not None, "checked with the body"
    alliance = province.id if province.map == "2025" else str(province.successor_id)
    if not call.caller.holds(alliance):
        words = ("Tỉnh này ngoài địa bàn của bạn.", "This province is outside your area.")
        raise Invalid(FieldError("outside_area", words, pointer="/province"))
    own = body.model_dump(exclude={"id", "reason"})
    return {**own, "alliance": alliance, "provinces_2008": list(geography.expand(body.province))}


async def _patched(tx: Transaction, call: Call, row: Mapping[str, Any], patch: Any) -> Values:
    """Return the columns that a correction changes. Raises Invalid where the days would not agree."""
    values: Values = patch.model_dump(include=patch.model_fields_set - {"reason"})
    merged = {**row, **values}
    if merged["covered_to"] is not None and merged["covered_to"] < merged["covered_from"]:
        words = ("Ngày cuối phải từ ngày đầu trở đi.", "The last day is before the first.")
        raise Invalid(FieldError("end_before_start", words, pointer="/covered_to"))
    return values


def _warn_of(
    records_exist: Mapping[str, str],
) -> Callable[[Transaction, Call, Mapping[str, Any]], Awaitable[list[dict[str, Any]]]]:
    async def warnings(tx: Transaction, call: Call, row: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Warn of a claim over nothing: each figure it speaks for becomes 0 and reported."""
        exist = " OR ".join(records_exist[name] for name in row["record_types"])
        last_day = row["covered_to"] or date.max
        if await tx.fetchval(f"SELECT {exist}", list(row["provinces_2008"]), row["covered_from"], last_day):
            return []
        place = geography.province_name(row["province"])
        words = (
            f"{place} chưa có bản ghi nào thuộc loại và những ngày đã khai: số liệu sẽ được báo là 0. Hãy nhập dữ liệu, hoặc "
            "kiểm tra lại tỉnh, loại dữ liệu và thời gian.",
            f"{place} has no records of these types and days: its figures will be reported as 0. Enter the records, or look "
            "again at province, types and days.",
        )
        return [warned(call.language, "no_records", "/record_types", words)]

    return warnings


def _listing(resource: Resource[Any], record_types: Labels) -> Listing:
    columns = ", ".join(f"o.{name}" for name in resource.columns) + name_columns(resource.embeds, "o")
    source = Source(columns, "coverage o", (), "o.alliance")
    of_type = replace(code_filter("record_type", "", record_types, "Record type."), sql="o.record_types && {0}::text[]")
    return Listing(
        name="coverage",
        filters=(
            PROVINCE,
            Filter("_provinces", "o.provinces_2008 && {0}::text[]", ""),
            of_type,
            text_filter("alliance", "o.alliance", "Alliance that owns the record."),
        ),
        sorts={"id": SortKey("o.id", "uuid"), "covered_from": SortKey("o.covered_from", "date")},
        default_sort="id",
        source=lambda parameters: source,
        represent=represent,
        embeds=resource.embeds,
        fields=tuple(Coverage.model_fields),
        id_key=SortKey("o.id", "uuid"),
        check=_expand,
    )


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
    claim, correction = _bodies(title, record_types)
    resource = Resource("coverage", table_of(model), f"{prefix}/coverages", represent, row=row)
    record_type = RecordType(
        resource=resource,
        plural="coverages",
        tag=f"{prefix.rpartition('/')[2]}-coverages",
        noun=f"{infix}coverage",
        many=f"{infix}coverages",
        output=Coverage,
        written=CoverageWritten,
        create=claim,
        change=correction,
        batch=batch_of(
            claim,
            name=f"{title}CoverageBatch",
            mode=Annotated[str, code(BATCH_MODES)],
            doc="Up to 500 coverages. `atomic`: all or none; `each`: every item for itself (207).",
        ),
        listing=_listing(resource, record_types),
        columns=_columns,
        patched=_patched,
        warnings=_warn_of(records_exist),
        removable=True,
        change_refusals=(),
        read_scopes=tuple(read),
        write_scopes=tuple(write),
        about={
            "list": "Page through which records of the caller's area are complete.",
            "create": "Declare that records are complete for a province and a time: from then on figures are `reported`.\n\n"
            "Over no records at all it is accepted with the warning `no_records`: the figures are then 0.",
            "read": "Read a coverage. The ETag is its version.",
            "change": "Apply a merge patch: absent leaves, null clears.",
            "remove": "The claim goes; its history stays, and figures become `not_reported` where nothing else covers them.",
            "history": "Return every version, oldest first; of one that was taken back as well.",
        },
    )
    return resource, record_router(record_type)
