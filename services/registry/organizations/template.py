"""How a field of an organization stands in the template that organizations are imported from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from kernel.workbooks.columns import Column


@dataclass(frozen=True, kw_only=True, eq=False)
class InTemplate:
    """Metadata of a field that has a column in the template, beside its declaration."""

    heading: str
    kind: Literal["text", "day", "whole"] = "text"
    codes: Mapping[str, tuple[str, str]] | None = None
    """Codes to choose from, where the column holds one."""
    digits: tuple[int, ...] = ()
    note: str = ""
    example: str = ""

    def column(self, field: str, *, required: bool) -> Column:
        """Return the column that `field` has."""
        return Column(
            field=field,
            label=self.heading,
            kind=self.kind if self.codes is None else "code",
            required=required,
            codes=self.codes,
            digits=self.digits,
            note=self.note,
            example=self.example,
        )
