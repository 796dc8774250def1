"""What a list is: its filters, its sorts, its rows, and what the contract says of all that."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from kernel.problems import FieldError
from kernel.records.embedding import Embed
from kernel.records.listing.filters import Filter, id_filter, text_filter
from kernel.web.auth import Shared
from kernel.web.calls import Call

MAX_LIMIT, DEFAULT_LIMIT = 200, 50
MAX_PARTS = 200
"""Of a comma list."""


@dataclass(frozen=True)
class SortKey:
    """An SQL expression that is never null, and its type."""

    sql: str
    type: str = "text"


@dataclass(frozen=True)
class Search:
    """Conditions of what a text was searched for in, with {name} as in a source's.

    `first`: of the matches that the source's default sort puts before all others, as its first key is one value of them all,
    the least. Where they fill a page, no others are looked for.
    """

    all: str
    first: str


@dataclass(frozen=True)
class Source:
    """Where a list's rows come from for the parameters given."""

    columns: str
    tables: str
    conditions: tuple[str, ...] = ()
    """Conditions with {name} where the value of the parameter `name` stands."""
    alliance: str = "alliance"
    own: str | None = None
    """The column of the organization whose own user may read a row, as a resource says it (`own_sql`)."""
    default_sort: str | None = None
    sorts: Mapping[str, SortKey] | None = None
    """Replaces the listing's sorts; may use {name} as well."""
    dated: str = "o"
    """Alias of the table that holds the columns a day can change."""
    day: str = "'infinity'::date"
    """What stands for {day} in filters and facets: the day asked, or the end of all that is known; may hold {name}."""
    shared: Shared = False
    """Rows that the nation owns are everyone's to read, as a resource says it."""
    named: bool = False
    """Whether `columns` and `tables` hold {name} as well."""
    search: Search | None = None


@dataclass(frozen=True)
class Listing:
    """How one resource is listed.

    `sorts`: public name → sort key; `id` is one of them. `facets`: public name → SQL expression. `sums`: public
    name → SQL expression of whole đồng, or null, over the source's columns as `r`.
    `source`: the FROM for the parameters given (as_of reads another table).
    `represent`: row → item. The last sort key is always `id_key`, and where items have an `id` it picks them: `id=`, as many
    as a page holds.
    """

    name: str
    filters: tuple[Filter, ...]
    sorts: Mapping[str, SortKey]
    default_sort: str
    source: Callable[[Mapping[str, Any]], Source]
    represent: Callable[[Any], dict[str, Any]]
    fields: tuple[str, ...]
    facets: Mapping[str, str] = field(default_factory=dict)
    facet_filters: Mapping[str, str] = field(default_factory=dict)
    """Facet → the filter that chooses among its values, where that has another name: a facet is counted without its own."""
    sums: Mapping[str, str] = field(default_factory=dict)
    id_key: SortKey = SortKey("id", "uuid")
    cache_control: str = "private, no-cache"
    own_view: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    """As of a resource: what an organization's own user is not shown."""
    embeds: tuple[Embed, ...] = ()
    """As of a resource. The source's columns read the names (`embedding.name_columns`)."""
    check: Callable[[dict[str, Any]], list[FieldError]] | None = None
    """Looks at the parameters together; may rewrite them in place."""
    uncertain: Callable[[Mapping[str, Any]], Mapping[str, Any] | None] | None = None
    """Where a list may be asked for by place: the parameters of the records that may lie there. None where no place was
    asked for. They are counted beside each page as `uncertain_count`."""
    prepare: Callable[[Call, Mapping[str, Any], str], Awaitable[Mapping[str, Any]]] | None = None
    """Reads, for the parameters and the sort, what else the source may name as {name}. No cursor is bound to it, so a page may
    follow where it has changed meanwhile."""
    finish: Callable[[Call, Mapping[str, Any], list[dict[str, Any]]], Awaitable[None]] | None = None
    """Puts into a page's items what no row holds, for the parameters."""

    def __post_init__(self) -> None:
        if "id" in self.fields and all(item.name != "id" for item in self.filters):
            by_id = id_filter("id", self.id_key.sql, "These records alone.", most=MAX_LIMIT)
            if self.id_key.type != "uuid":
                by_id = replace(text_filter("id", self.id_key.sql, by_id.description), most=MAX_LIMIT)
            object.__setattr__(self, "filters", (*self.filters, by_id))

    @property
    def by_name(self) -> dict[str, Filter]:
        """The filters by name."""
        return {item.name: item for item in self.filters if not item.name.startswith("_")}

    @property
    def includes(self) -> tuple[str, ...]:
        """What `include` may name: steps, which single records always have. In every item already, in this major version."""
        return tuple(name for name in ("allowed_actions",) if name in self.fields and "include" not in self.by_name)

    def parameters(self) -> list[dict[str, Any]]:
        """Return the OpenAPI parameters of this list."""
        own = [
            comma_list(item.name, item.schema["enum"], item.description)
            if item.name == "include"
            else {
                "name": item.name,
                "in": "query",
                "required": False,
                "description": item.description + (" Repeat for OR." if item.repeated else ""),
                "schema": {"type": "array", "items": dict(item.schema), "maxItems": item.most}
                if item.repeated
                else dict(item.schema),
            }
            for item in self.filters
            if not item.name.startswith("_")
        ]
        return [
            *own,
            _parameter(
                "limit",
                {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
                "Items a page",
            ),
            _parameter("cursor", {"type": "string", "maxLength": 2000}, "`next_cursor` of the page before"),
            comma_list(
                "sort",
                [sign + name for name in self.sorts for sign in ("", "-")],
                f"Keys to sort by, `-` for descending, each once; `id` is always last. Default: {self.default_sort}.",
                unique=True,
            ),
            _parameter("count", {"type": "string", "enum": ["exact"]}, "Add `count`, all that match"),
            *(
                [
                    comma_list(
                        "facets", self.facets, "Add counts by value, each without the filter on that field itself."
                    )
                ]
                if self.facets
                else []
            ),
            *(
                [comma_list("sums", self.sums, "Add the sum of each in đồng over all that match, not the page alone.")]
                if self.sums
                else []
            ),
            *(
                [
                    comma_list(
                        "include", self.includes, "What else each item has; it is there without being asked for, too."
                    )
                ]
                if self.includes
                else []
            ),
            comma_list("fields", self.fields, "Fields to answer with, `id` always; the others are left out."),
        ]


def comma_list(name: str, values: Iterable[str], description: str, *, unique: bool = False) -> dict[str, Any]:
    """Return the OpenAPI parameter that takes one or more of a closed list, separated by commas (api-style, rule 29).

    `unique`: a value given twice is refused; else it counts once. `query.read_comma_list` reads it.
    """
    allowed = list(values)
    most = len(allowed) if unique else MAX_PARTS
    schema = {"type": "array", "items": {"type": "string", "enum": allowed}, "minItems": 1, "maxItems": most}
    if unique:
        schema["uniqueItems"] = True
    return _parameter(name, schema, f"{description} Separated by commas.") | {"style": "form", "explode": False}


def _parameter(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}


def sums_of(columns: Iterable[str]) -> dict[str, str]:
    """Return the `sums` of a list whose source has these columns: each that holds đồng."""
    return {name: f"r.{name}" for name in columns if name.endswith("_vnd")}
