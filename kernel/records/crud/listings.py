"""How records of a type are listed, as most are: own filters, alliance, last change, and a figure's evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kernel.problems import FieldError
from kernel.records.embedding import name_columns
from kernel.records.evidence import EvidenceRow
from kernel.records.listing import (
    Evidence,
    Filter,
    Listing,
    SortKey,
    Source,
    counted,
    instant_range,
    sums_of,
    text_filter,
)
from kernel.records.province_filters import split_province
from kernel.records.resources import Resource
from kernel.web.schemas import Output


def listing_of(
    resource: Resource[Any],
    output: type[Output],
    filters: tuple[Filter, ...],
    *,
    sorts: Mapping[str, SortKey] | None = None,
    facets: Sequence[str] | Mapping[str, str] = (),
    sums: Mapping[str, str] | None = None,
    check: Any = None,
    counts: Evidence | None = None,
) -> Listing:
    """Return how a kind is listed; the table stands as `r` in filters and sorts.

    `facets`: columns, or public names with what they count by. `sums`: as of a listing; left out, every column of money that is shown.
    `counts`: indicators whose evidence this list may be; `filters` then hold PROVINCE_FILTERS.
    """
    columns = ", ".join(f"r.{name}" for name in resource.columns) + name_columns(resource.embeds, "r")
    source = Source(
        columns,
        f"{resource.table.name} r",
        (),
        "r.alliance",
        own=resource.own_sql("r."),
        dated="r",
        shared=resource.shared,
    )
    listed = resource.path.rpartition("/")[2]
    filters_of_figures = () if counts is None else counts.evidence_filters(listed)
    assert not filters_of_figures or issubclass(output, EvidenceRow), output

    def evidence(parameters: dict[str, Any]) -> list[FieldError]:
        assert counts is not None
        if faults := counts.check_evidence(parameters):
            return faults
        return split_by_map(parameters) if "counted_in" not in parameters else []

    def evidence_source(parameters: Mapping[str, Any]) -> Source:
        assert counts is not None
        return counted(source, counts, parameters, "r.id")

    return Listing(
        name=resource.name,
        filters=(
            *filters,
            text_filter("alliance", "r.alliance", "Alliance that owns the record."),
            *instant_range("updated_at", "r.updated_at", "Last change"),
            *filters_of_figures,
        ),
        sorts={
            "id": SortKey("r.id", "uuid"),
            "updated_at": SortKey("r.updated_at", "timestamptz"),
            **(sorts or {}),
        },
        default_sort="id",
        source=(lambda parameters: source) if counts is None else evidence_source,
        represent=resource.represent,
        own_view=resource.own_view,
        embeds=resource.embeds,
        fields=tuple(output.model_fields),
        facets=dict(facets) if isinstance(facets, Mapping) else {name: f"r.{name}" for name in facets},
        sums=sums_of(name for name in output.model_fields if name in resource.columns) if sums is None else sums,
        id_key=SortKey("r.id", "uuid"),
        cache_control=resource.cache_control,
        check=check if counts is None else evidence,
    )


def split_by_map(parameters: dict[str, Any]) -> list[FieldError]:
    """Send a list's province filter to the column of its map; the `check` of a listing with PROVINCE_FILTERS."""
    split_province(parameters)
    return []
