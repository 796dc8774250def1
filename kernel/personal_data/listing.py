"""The filter of lists of persons by which an officer sees whom nothing keeps any more."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kernel.personal_data.persons import Kept
from kernel.problems import FieldError
from kernel.records.listing import Filter, Listing, flag_filter
from kernel.values.days import today


def with_retention(listing: Listing, kept: Kept) -> Listing:
    """Return the list with the filter `is_retention_ended`; the table of `kept` stands as `r` in it."""
    named = flag_filter(
        "is_retention_ended", "", "Those whom no rule keeps any more today (`retention-rules`), or all others."
    )

    def check(parameters: dict[str, Any]) -> list[FieldError]:
        if "is_retention_ended" in parameters:
            wanted = "_retention_ended_on" if parameters["is_retention_ended"] else "_retention_not_ended_on"
            parameters[wanted] = today()
        return [] if listing.check is None else listing.check(parameters)

    filters = (
        # What keeps a person are records of others as well.
        replace(named, sql="", beyond=True, kept_nowhere=True),
        Filter("_retention_ended_on", kept.ended, ""),
        Filter("_retention_not_ended_on", f"NOT {kept.ended}", ""),
    )
    return replace(listing, filters=(*listing.filters, *filters), check=check)
