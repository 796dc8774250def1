"""Shapes that every service's contract shares."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StrictBool
from pydantic_core import CoreSchema, core_schema

from kernel.problems.field_labels import Label
from kernel.values.field_errors import field_error
from kernel.values.history_actions import HISTORY_ACTIONS
from kernel.values.money import MAX_VND
from kernel.values.wording import ANOTHER, Labels, choice, labels_shown

T = TypeVar("T")


def _clean(text: str) -> str:
    text = unicodedata.normalize("NFC", text).strip()
    # Printable characters are no control characters: one look at nearly all texts.
    if not text.isprintable() and any(
        (ord(letter) < 32 and letter not in "\n\t") or ord(letter) == 127 for letter in text
    ):
        raise field_error(
            "control_character",
            "Có ký tự điều khiển không nhìn thấy; hãy gõ lại.",
            "There is an invisible control character; type it again.",
        )
    return text


def _not_blank(text: str) -> str:
    # Letters of no width, as they come with a paste, show nothing either.
    if not text or (not text.isprintable() and all(unicodedata.category(letter)[0] in "CZ" for letter in text)):
        raise field_error("blank", "Không được để trống.", "This may not be blank.")
    return text


class Checked:
    """Metadata that makes an annotated `str` one of our strings: strict, checked by `check`, described by `schema`."""

    def __init__(self, check: Callable[[str], str], schema: dict[str, Any], **limits: Any) -> None:
        self._check, self._schema, self._limits = check, schema, limits

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        plain = core_schema.str_schema(strict=True, **self._limits)
        return core_schema.no_info_after_validator_function(self._check, plain)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: Any) -> dict[str, Any]:
        return dict(self._schema)


def text(max_length: int) -> Checked:
    """Say that a text is as people type it: NFC, trimmed, not blank, at most `max_length` characters."""
    schema = {"type": "string", "minLength": 1, "maxLength": max_length}
    return Checked(lambda value: _not_blank(_clean(value)), schema, max_length=max_length)


def listed(*lists: Labels) -> dict[str, Any]:
    """Return what the contract says of a code in an answer: `Field(json_schema_extra=listed(codes.KINDS))`.

    The contract names each list once (kernel/web/contract/code_lists.py): closed in inputs, open to grow in answers.
    """
    labels = labels_shown(*lists)
    return {"enum": list(labels), "x-enum-labels": labels}


def code(*lists: Labels | str) -> Checked:
    """Say that a text of an input is a code from closed lists.

    Give the code lists themselves: a refusal offers their labels. Of bare codes it can only say that there is a list.
    """
    values = [value for each in lists for value in ([each] if isinstance(each, str) else each)]
    labels = {value: label for each in lists if not isinstance(each, str) for value, label in each.items()}
    words = choice(labels) if len(labels) == len(values) else ANOTHER
    allowed = frozenset(values)

    def check(value: str) -> str:
        if value not in allowed:
            raise field_error("not_allowed", *words, allowed=values)
        return value

    said = listed(labels) if len(labels) == len(values) else {"enum": values}
    return Checked(check, {"type": "string", **said})


class NotNull:
    """Metadata of a merge patch's field that may be left out but not cleared: `Annotated[T | None, NotNull()] = None`."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        return core_schema.no_info_after_validator_function(_not_null, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: Any) -> dict[str, Any]:
        nullable: dict[str, Any] = handler(schema)
        rest = [option for option in nullable.get("anyOf", []) if option != {"type": "null"}]
        if len(rest) != 1:
            return nullable
        return {**rest[0], **{name: value for name, value in nullable.items() if name != "anyOf"}}


def _not_null(value: Any) -> Any:
    if value is None:
        raise field_error("required", "Không được để trống.", "This may not be empty.")
    return value


Flag = StrictBool


class Input(BaseModel):
    """What a caller sends: an unknown field is a fault, not ignored."""

    model_config = ConfigDict(extra="forbid")


class Output(BaseModel):
    """What we answer: every field is present; unknown is null."""

    model_config = ConfigDict(extra="forbid")


class FaultDocument(Output):
    """One thing wrong with the input."""

    pointer: str | None = Field(
        max_length=1_048_576, default=None, description="JSON Pointer (RFC 6901) to the field of the body"
    )
    parameter: str | None = Field(max_length=10_240, default=None, description="Name of the query parameter or header")
    code: Annotated[str, Label("Mã lỗi")] = Field(max_length=200, description="Stable code of the fault")
    detail: str = Field(max_length=4000, description="For people, in the language asked for")
    allowed: list[str] | None = Field(
        default=None, max_length=1000, description="Of a closed list: the codes that are taken"
    )
    merged_into: str | None = Field(
        default=None, max_length=36, description="Id of the record that the named one was merged into"
    )
    row: int | None = Field(
        default=None, ge=1, le=MAX_VND, description="In a file: its number there; the heading is row 1"
    )
    column: str | None = Field(
        max_length=20, default=None, description="In a file: letters of the column; null for the whole row"
    )
    header: str | None = Field(max_length=500, default=None, description="In a file: heading of the column")
    field: str | None = Field(max_length=200, default=None, description="In a file: field that the column stands for")
    value: Annotated[str | None, Label("Nội dung ô")] = Field(
        max_length=32_767, default=None, description="In a file: what stands in the cell"
    )


class ProblemDocument(BaseModel):
    """A refusal (RFC 9457). Extra members carry the numbers needed to act."""

    model_config = ConfigDict(extra="allow", title="Problem")

    type: Annotated[str, Label("Loại lỗi")] = Field(
        max_length=200, description="Stable; a page that explains the problem"
    )
    title: Annotated[str, Label("Tiêu đề")] = Field(
        max_length=500, description="What went wrong, for people, in the language asked for"
    )
    status: Annotated[int, Label("Mã trả lời")] = Field(ge=400, le=599, description="HTTP status")
    detail: str = Field(max_length=4000)
    code: Annotated[str, Label("Mã lỗi")] = Field(max_length=200, description="Stable code, the last part of `type`")
    instance: str | None = Field(max_length=10_240, default=None, description="The path that was asked")
    request_id: str | None = Field(max_length=200, default=None)
    errors: list[FaultDocument] | None = Field(
        default=None, max_length=1_000_000, description="With 422: every fault at once"
    )


VndSum = Annotated[int, Field(json_schema_extra={"format": "int64"})]
"""A sum of whole đồng."""


class Page(Output, Generic[T]):
    """A page of a list; `next_cursor` and `next` are null at the end."""

    items: list[T]
    next_cursor: str | None = Field(description="Give it as `cursor` with the same filters and sort")
    next: str | None = Field(description="Path of the next page")
    count: int | None = Field(description="All that match, with `count=exact`")
    sums: dict[str, VndSum] | None = Field(description="With `sums`: field → its sum over all that match")
    facets: list[Facet] | None = Field(
        description="With `facets`: counts by value, each without the filter on that field itself"
    )


class PlacedPage(Page[T], Generic[T]):
    """A page of a list that may be asked for by commune or district."""

    uncertain_count: int | None = Field(
        description="How many more may lie in the commune or district asked for: their old commune was divided and nobody has "
        "placed them. `placement=uncertain` lists them; null where no commune or district was asked for"
    )


class Facet(Output):
    """How many of the list's records have each value of one field."""

    name: str
    values: list[FacetValue]


class FacetValue(Output):
    """One value and how many records have it."""

    value: Annotated[str | None, Label("Giá trị")]
    count: int


class HistoryEntry(Output):
    """One version of a record: who made it, when, why, and what it said."""

    version: int
    action: Annotated[str, Label("Việc đã làm")] = Field(json_schema_extra=listed(HISTORY_ACTIONS))
    recorded_at: datetime
    superseded_at: datetime | None = Field(description="When the next version took its place")
    recorded_by: str = Field(description="Subject of the token of who made this version")
    reason: str | None
    changed: list[str] = Field(description="Fields that differ from the version before")
    content: dict[str, Any] = Field(description="The record as it stood")


class HistoryPage(Page[HistoryEntry]):
    """Every version of one record, oldest first."""


class Warned(Output):
    """Something worth a look that was accepted all the same."""

    code: Annotated[str, Label("Mã lưu ý")] = Field(max_length=200, description="Stable code of the warning")
    pointer: str = Field(
        max_length=500, description="JSON Pointer to the field it is about; of a row of a file, to its cell"
    )
    detail: str = Field(max_length=4000, description="For people, in the language asked for")
    from_: date | None = Field(alias="from", description="Of `past_changed`: the first day on which figures may differ")


def warned(
    language: str, code: str, pointer: str, words: tuple[str, str], *, from_: date | None = None
) -> dict[str, Any]:
    """Return a warning as it is answered; `words` are Vietnamese and English."""
    return {"code": code, "pointer": pointer, "detail": words[language == "en"], "from": from_}


class FollowedFeed(Output):
    """How far a service is with another's feed. Its own work goes on whatever stands here."""

    feed: str = Field(description="The service whose changes are followed")
    seconds_behind: int | None = Field(description="Age of what is known of it, in seconds; null: nothing yet")
    succeeded_at: datetime | None = Field(description="When it last answered")
    cursor: str | None = Field(description="Where the follower stands; null: at the beginning")
    problem: str | None = Field(description="What stands in the way since then; null when nothing does")


class Health(Output):
    """State of a service; `checks` names each thing looked at."""

    status: Annotated[str, Label("Tình trạng dịch vụ")]
    service: str
    checks: dict[str, str | int]
    feed_head: str | None
    data_until: dict[str, date] | None = Field(
        description="Province of the 2008 map → last day for which coverage of its records is declared; null: the "
        "service declares none"
    )
    follows: list[FollowedFeed] = Field(description="Feeds of other services that this one follows")


class _Embedded:
    """Metadata of an answer's field that is no column of the record's own."""


EMBEDDED = _Embedded()
"""Put on the field of an answer that an `Embed` fills: `organization: Annotated[OrganizationName | None, EMBEDDED]`."""
SubjectName = Annotated[str | None, EMBEDDED]
"""A person or system by name, beside its subject; null where it is not known."""


class Recorded(Output):
    """Fields that every record has."""

    id: str = Field(json_schema_extra={"format": "uuid"})
    version: int = Field(description="Grows by one with every change; the ETag is this number in quotes")
    created_at: datetime
    updated_at: datetime
    created_by: str
    created_by_name: SubjectName
