"""What a record adds to the figure whose evidence it is listed as."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field

from kernel.problems.field_labels import Label
from kernel.values import geography
from kernel.web.schemas import EMBEDDED, Output


class District(Output):
    """A district of the 2008 map."""

    code: Annotated[str, Label("Mã huyện")]
    name: Annotated[str, Label("Tên huyện")]


class EvidenceRow(Output):
    """What only a list asked for with `counted_in` has of each record; it is left out everywhere else."""

    contribution: Annotated[float | None, EMBEDDED, Label("Đóng góp vào chỉ tiêu")] = Field(
        default=None,
        description="With `counted_in`: what the record adds to the figure; 1 where records are counted, null where several of them are one "
        "thing counted",
    )
    district: Annotated[District | None, EMBEDDED, Label("Huyện")] = Field(
        default=None,
        description="With `counted_in` of a figure that counts districts: the one in which the record lies",
    )


def put_contributions(rows: Sequence[Mapping[str, Any]], items: Sequence[dict[str, Any]]) -> None:
    """Put into the items of an evidence what their rows add to the figure."""
    for row, item in zip(rows, items, strict=True):
        added = row["_contribution"]
        item["contribution"] = None if added is None else int(added) if added == int(added) else float(added)
        if (unit := row["_district"]) is not None:
            item["district"] = _district(unit)


def _district(unit: str) -> dict[str, str] | None:
    code = unit.partition("-")[0]
    known = geography.district(code) or geography.former_district(code)
    return None if known is None or not unit.endswith("-2008") else {"code": known.code, "name": known.full_name}
