"""Types of single fields of an organization, and what two of them must say together."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, StringConstraints, WithJsonSchema

from kernel.values.field_errors import field_error
from kernel.web.schemas import code
from services.registry import code_lists as codes

Type = Annotated[str, code(codes.ORGANIZATION_TYPES)]
LegalStatus = Annotated[str, code(codes.LEGAL_STATUSES)]
OperatingState = Annotated[str, code(codes.OPERATING_STATES)]
ReportSector = Annotated[str, code(codes.REPORT_SECTORS)]
Precision = Annotated[str, code(codes.DATE_PRECISIONS)]
Governance = Annotated[str, code(codes.GOVERNANCES)]

CodeNumber = Annotated[
    str,
    StringConstraints(strict=True, pattern=r"^[0-9]{10}(-?[0-9]{3})?$"),
    AfterValidator(lambda value: value.replace("-", "")),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": "^[0-9]{10}(-?[0-9]{3})?$",
            "description": "Cooperative code = tax code, 10 digits (13 for a dependent unit); leading zeros survive. "
            "Source: Law 17/2023/QH15, Art. 46.",
        }
    ),
]


def check_founded(founded: date | None, precision: str | None, registered: date | None) -> None:
    """Raise the fault `end_before_start` if an organization was registered before it was founded."""
    if founded and registered and precision in (None, "day") and registered < founded:
        raise field_error(
            "end_before_start",
            "Ngày đăng ký phải từ ngày thành lập trở đi.",
            "The day of registration is before the day of founding.",
        )


def check_precision(founded: date | None, precision: str | None) -> None:
    """Raise the fault `needs_founded_on` if a precision is given of no day."""
    if founded is None and precision is not None:
        raise field_error(
            "needs_founded_on",
            "Chỉ dùng khi có ngày thành lập; hãy ghi ngày đó hoặc để trống mục này.",
            "Use this only with the day of founding; give that day or leave this out.",
        )
