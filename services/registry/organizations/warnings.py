"""What is worth a look in an organization that was accepted all the same."""

from __future__ import annotations

from datetime import date
from typing import Any

from kernel.values import geography
from kernel.values.days import day_text
from kernel.web.schemas import warned
from services.registry.organizations.openings import OPENED_BY
from services.registry.organizations.records import is_undated
from services.registry.organizations.schemas import OrganizationChange, check_digit_is_wrong
from services.registry.rows import OrganizationRow

Words = tuple[str, str]


def undated(row: OrganizationRow) -> Words:
    """Return what is said of an organization without a day of certificate or founding."""
    day = row["starts_on"]
    return (
        f"Chưa có ngày thành lập hoặc ngày cấp giấy chứng nhận: số liệu chỉ tính tổ chức này từ {day_text(day)}. "
        "Hãy bổ sung khi biết ngày.",
        f"Neither a founding nor a certificate has a day: figures count this organization from {day_text(day)} on. "
        "Give the day once it is known.",
    )


def warnings_of(row: OrganizationRow, language: str) -> list[dict[str, Any]]:
    """Return the warnings of an organization's row."""
    warnings = []
    if row["code"] is not None and check_digit_is_wrong(row["code"]):
        words = (
            "Chữ số kiểm tra của mã số không khớp; hãy đối chiếu với giấy chứng nhận.",
            "The check digit of the code does not match; compare it with the certificate.",
        )
        warnings.append(warned(language, "check_digit", "/code", words))
    if row["commune_code"] == geography.UNKNOWN_COMMUNE:
        words = (
            "Chưa rõ xã đặt trụ sở; hãy bổ sung khi biết.",
            "The commune of the seat is not known; give it once it is.",
        )
        warnings.append(warned(language, "commune_unknown", "/seat/commune_code", words))
    elif row["commune_name"] is not None:
        words = (
            "Xã này đã nhập vào xã khác trước tháng 3/2025, nên chưa đối chiếu được; hãy kiểm tra tên xã.",
            "The commune was merged away before March 2025 and could not be compared; check its name.",
        )
        warnings.append(warned(language, "commune_merged_away", "/seat", words))
    if is_undated(row):
        warnings.append(warned(language, "undated", "/founded_on", undated(row)))
    return warnings


DATING = ("registered_on", "founded_on")


def reaches_back(since: date) -> Words:
    """Return what is said of a change after which figures since that day may differ."""
    return (
        f"Thay đổi này sửa cả quá khứ: số liệu từ {day_text(since)} trở đi có thể khác với đã công bố.",
        f"This corrects the past: figures from {day_text(since)} on may differ from those published.",
    )


def past_changed(body: OrganizationChange, since: date, language: str) -> dict[str, Any]:
    """Return the warning that a change reaches into the past, at the first of its fields that does."""
    field = next(name for name in (*OPENED_BY, *DATING) if name in body.model_fields_set)
    return warned(language, "past_changed", f"/{field}", reaches_back(since), from_=since)
