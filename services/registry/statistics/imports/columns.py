"""The template that figures of a period are imported from: one row an organization and period, filled with what is known."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import orjson

from kernel.problems.field_labels import label_vi
from kernel.workbooks.columns import Column
from services.registry import code_lists as codes
from services.registry.statistics.schemas import StatisticInput

KEY_COLUMNS = (
    Column(
        field="organization_id",
        label="Mã đơn vị trong hệ thống",
        note="Mã định danh 36 ký tự; có sẵn trong mẫu. Để trống thì phải ghi mã số.",
        example="0192c7e0-0000-7000-8000-000000000000",
    ),
    Column(
        field="organization_code",
        label="Mã số",
        digits=(10,),
        note="Mã số hợp tác xã; dùng khi không có mã trong hệ thống.",
        example="2600123456",
    ),
    Column(field="organization_name", label="Tên đơn vị", note="Chỉ để xem; sửa ở đây không đổi tên đơn vị."),
    Column(field="commune_name", label="Xã", note="Chỉ để xem."),
    Column(field="period", label="Kỳ báo cáo", required=True, note="Mã kỳ đã kết thúc.", example="2023"),
)
FOR_READING = ("organization_name", "commune_name")
"""Columns that only tell people which row is whose."""
_CODES = {"income_per": codes.INCOME_PERIODS, "source": codes.STATISTIC_SOURCES}
_LABELS = {
    "income_per_worker_vnd": "Thu nhập bình quân một lao động",
    "income_per": "Thu nhập tính theo",
    "source": "Nguồn số liệu",
    "source_document": "Văn bản nguồn",
}
_NOTES = {
    "source": "Bắt buộc khi ghi số liệu kỳ mới. Để trống: dòng này vẫn là số liệu kỳ trước, không ghi gì.",
    "income_per": "Thu nhập của một tháng, nửa năm hay một năm; không dài hơn kỳ báo cáo.",
    "profit_vnd": "Số đồng; lỗ thì ghi số âm.",
}
_OTHERS = ("period", "income_per_worker", "source", "source_document", "file_ids", "is_synthetic", "reason")


def _value_fields() -> tuple[str, ...]:
    numbers = []
    for name in StatisticInput.model_fields:
        if name == "income_per_worker":
            numbers += ["income_per_worker_vnd", "income_per"]
        elif name not in _OTHERS:
            numbers.append(name)
    return tuple(numbers)


VALUES = _value_fields()
"""Columns of the table that the template gives."""


def _value_column(field: str) -> Column:
    label = _LABELS.get(field) or label_vi(field) or field
    known = _CODES.get(field)
    return Column(
        field=field,
        label=f"{label} (đồng)" if field.endswith("_vnd") else label,
        kind="code" if known is not None else "text" if field == "source_document" else "whole",
        codes=known,
        note=_NOTES.get(field, "Số đồng, không phải triệu đồng." if field.endswith("_vnd") else ""),
    )


COLUMNS = (*KEY_COLUMNS, *map(_value_column, (*VALUES, "source", "source_document")))


def cells_of(
    row: Mapping[str, Any], period: str, days: tuple[date, date], commune_name: str | None
) -> list[str | int | None]:
    """Return the cells of an organization: those of the period's row, or the last values, whose source stays empty."""
    figures: dict[str, Any] = orjson.loads(row["figures"] or "{}")
    if (figures.get("period_from"), figures.get("period_to")) != tuple(map(str, days)):
        figures |= {"source": None, "source_document": None}
    keys = {
        "organization_id": row["organization_id"],
        "organization_code": row["code"],
        "organization_name": row["name"],
        "commune_name": commune_name,
        "period": period,
    }
    return [keys[column.field] if column.field in keys else figures.get(column.field) for column in COLUMNS]


def body_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body that columns make, as the API takes it; an empty cell says nothing."""
    body = {
        name: value for name, value in values.items() if name in StatisticInput.model_fields and name not in FOR_READING
    }
    income = {"amount_vnd": values.get("income_per_worker_vnd"), "per": values.get("income_per")}
    if given := {name: value for name, value in income.items() if value is not None}:
        body["income_per_worker"] = given
    return body


_POINTERS = {
    "/income_per_worker/amount_vnd": "income_per_worker_vnd",
    "/income_per_worker": "income_per",
    "/organization": "organization_id",
}


def field_at(pointer: str | None) -> str | None:
    """Return the column that a fault of the body is about; None for the row as a whole."""
    for start, field in _POINTERS.items():
        if (pointer or "").startswith(start):
            return field
    return (pointer or "").lstrip("/").partition("/")[0] or None
