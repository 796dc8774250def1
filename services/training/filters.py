"""What lists of training share: a search in names, where the class of a record lies, and sums of money by source."""

from __future__ import annotations

from dataclasses import replace

from kernel.records.listing import Filter
from kernel.records.province_filters import PROVINCE
from kernel.web.field_types import folded

NAME_FILTER = Filter(
    "q", "r.name_folded LIKE '%' || {0} || '%'", "Search in names without regard to case or marks.", folded
)


def in_provinces(condition: str, *, beyond: bool = False) -> tuple[Filter, ...]:
    """Return the filter `province` of records that lie where their class does; {} stands for the class's condition.

    `beyond`: the condition looks at records of other organizations as well.
    """
    old, new = "c.province_2008 = ANY({0}::text[])", "c.province_2025 = ANY({0}::text[])"
    either = f"({old} OR {new})"
    named = (("2008", old), ("2025", new), ("any", either))
    return (
        replace(PROVINCE, beyond=beyond),
        *(Filter(f"_province_{map_}", condition.replace("{}", sql), "") for map_, sql in named),
    )


def sums_by_source(*columns: str) -> dict[str, str]:
    """Return the sums of a list of columns that hold money by source; `budget` is summed as `budget_vnd`."""
    return {
        f"{column}_vnd": f"(SELECT sum((each ->> 'amount_vnd')::bigint) FROM jsonb_array_elements(r.{column}) each)"  # noqa: S608  columns are constants of the code
        for column in columns
    }
