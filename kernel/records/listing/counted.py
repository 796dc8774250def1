"""Lists that hold exactly the records behind a figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

from kernel.problems import FieldError
from kernel.records.listing.declaration import Source
from kernel.records.listing.filters import Filter


class Evidence(Protocol):
    """Figures whose evidence a list may be: the parameters that name one, and the records that it counts.

    Indicators stand above records, so a list knows of them no more than this.
    """

    def evidence_filters(self, listed: str) -> tuple[Filter, ...]:
        """Return the parameters of the list `listed` that name a figure."""

    def check_evidence(self, parameters: dict[str, Any]) -> list[FieldError]:
        """Look at the figure's parameters together; may rewrite them in place."""

    def evidence_condition(self, parameters: Mapping[str, Any], id_column: str) -> tuple[str, ...]:
        """Return the condition that keeps a list to the records a figure counts."""

    def evidence_columns(self, parameters: Mapping[str, Any], id_column: str) -> str:
        """Return the columns of what each record adds to the figure."""


def counted(source: Source, counts: Evidence, parameters: Mapping[str, Any], id_column: str) -> Source:
    """Return the source kept to the records that the figure in `parameters` counts, with what each adds to it."""
    conditions = counts.evidence_condition(parameters, id_column)
    if not conditions:
        return source
    columns = source.columns + counts.evidence_columns(parameters, id_column)
    return replace(source, columns=columns, conditions=(*source.conditions, *conditions), named=True)
