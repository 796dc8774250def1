"""Money by where it comes from, as every service that has costs takes and shows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from kernel.problems.field_labels import Label
from kernel.values.common_lists import BUDGET_SOURCES
from kernel.values.field_errors import field_error
from kernel.values.money import Vnd
from kernel.web.schemas import Input, code


class SourceAmount(Input):
    """Money of one source."""

    source: Annotated[str, code(BUDGET_SOURCES), Label("Nguồn kinh phí")]
    amount_vnd: Vnd


Amounts = Annotated[list[SourceAmount], Field(max_length=len(BUDGET_SOURCES))]


def once_each(amounts: Sequence[SourceAmount], name: str) -> None:
    """Raise the error of field `name` if a source stands in it twice."""
    if len({item.source for item in amounts}) < len(amounts):
        raise field_error("given_twice", "Mỗi nguồn chỉ ghi một lần.", "Give each source once.", at=name)
