"""What a caller sends and gets for the products of an organization and their certificates."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo, field_validator

from kernel.problems.field_labels import Label
from kernel.records.attributions import AttributionChange, AttributionInput, AttributionOutput
from kernel.records.evidence import EvidenceRow
from kernel.storage.pictures import PhotoFileIds
from kernel.values.days import Day, PastDay
from kernel.values.field_errors import field_error
from kernel.web.schemas import Checked, NotNull, code, listed, text
from services.registry import code_lists as codes
from services.registry.facts.schemas import DocumentNumber, Fact, FactChange, FactInput, not_before

ProductGroup = Annotated[str, code(codes.PRODUCT_GROUPS)]
Scheme = Annotated[str, code(codes.CERTIFICATE_SCHEMES)]


def _positive(area: str) -> str:
    if not area.strip("0."):
        raise field_error("too_small", "Hãy ghi số lớn hơn 0.", "Give a number above 0.")
    return area


Hectares = Annotated[
    str,
    StringConstraints(strict=True, pattern=r"^[0-9]{1,9}(\.[0-9]{1,4})?$"),
    AfterValidator(_positive),
    Field(description="Hectares as a decimal string, at most four decimals"),
]
_POINTS = r"^(100(\.0{1,2})?|[0-9]{1,2}(\.[0-9]{1,2})?)$"


def _is_score(points: str) -> str:
    if not re.fullmatch(_POINTS, points, re.ASCII) or points.endswith("\n"):
        raise field_error(
            "wrong_format",
            "Hãy ghi điểm từ 0 đến 100, dấu chấm trước phần lẻ, nhiều nhất hai chữ số, ví dụ 82.5.",
            "Give points from 0 to 100, with a point before decimals, two at most, for instance 82.5.",
        )
    return points


Score = Annotated[str, Checked(_is_score, {"type": "string", "pattern": _POINTS})]
Stars = Annotated[int, Field(strict=True, ge=1, le=5)]


_GROUP = Field(description="OCOP product group")
_SCOPE = Field(description="Product that the certificate covers")
_NUMBER = Field(description="Number of the certificate, as written on it")


def check_graded(stars: int | None, recognized_on: date | None) -> None:
    """Raise the fault `required` if a product has stars but no day on which they were given."""
    if stars is not None and recognized_on is None:
        raise field_error(
            "required", "Có hạng sao thì hãy ghi ngày công nhận.", "Stars need the day on which they were recognized."
        )


class ProductCreate(FactInput, AttributionInput):
    """A product, with its OCOP recognition where it has one."""

    name: Annotated[str, text(300)]
    group: Annotated[ProductGroup | None, Label("Nhóm sản phẩm"), _GROUP] = None
    ocop_stars: Stars | None = None
    ocop_score: Score | None = None
    decision_number: DocumentNumber | None = None
    issuing_authority: Annotated[str, text(200)] | None = None
    recognized_on: PastDay | None = Field(default=None, validate_default=True)
    valid_until: Day | None = None
    photo_file_ids: PhotoFileIds = []

    _ends_later = not_before("recognized_on", "valid_until")

    @field_validator("recognized_on")
    @classmethod
    def _graded_on_a_day(cls, recognized_on: date | None, info: ValidationInfo) -> date | None:
        check_graded(info.data.get("ocop_stars"), recognized_on)
        return recognized_on


class ProductChange(FactChange, AttributionChange):
    """A correction of a product."""

    name: Annotated[Annotated[str, text(300)] | None, NotNull()] = None
    group: Annotated[ProductGroup | None, Label("Nhóm sản phẩm"), _GROUP] = None
    ocop_stars: Stars | None = None
    ocop_score: Score | None = None
    decision_number: DocumentNumber | None = None
    issuing_authority: Annotated[str, text(200)] | None = None
    recognized_on: PastDay | None = None
    valid_until: Day | None = None
    photo_file_ids: PhotoFileIds | None = None

    _ends_later = not_before("recognized_on", "valid_until")


class Product(Fact, AttributionOutput, EvidenceRow):
    """What an organization makes; OCOP: Decision 148/QĐ-TTg of 2023."""

    name: str
    group: Annotated[str | None, Label("Nhóm sản phẩm"), _GROUP] = Field(json_schema_extra=listed(codes.PRODUCT_GROUPS))
    ocop_stars: int | None
    ocop_score: str | None = Field(description="0 to 100, a decimal string")
    decision_number: str | None
    issuing_authority: str | None
    recognized_on: date | None
    valid_until: date | None
    photo_file_ids: list[str]


class CertificateCreate(FactInput, AttributionInput):
    """A certificate of a scheme."""

    scheme: Scheme
    scope: Annotated[Annotated[str, text(300)] | None, Label("Phạm vi chứng nhận"), _SCOPE] = None
    area_hectares: Hectares | None = None
    number: Annotated[DocumentNumber | None, Label("Số chứng nhận"), _NUMBER] = None
    certifier: Annotated[str, text(200)] | None = None
    valid_from: PastDay
    valid_until: Day | None = None

    _ends_later = not_before("valid_from", "valid_until")


class CertificateChange(FactChange, AttributionChange):
    """A correction of a certificate."""

    scheme: Annotated[Scheme | None, NotNull()] = None
    scope: Annotated[Annotated[str, text(300)] | None, Label("Phạm vi chứng nhận"), _SCOPE] = None
    area_hectares: Hectares | None = None
    number: Annotated[DocumentNumber | None, Label("Số chứng nhận"), _NUMBER] = None
    certifier: Annotated[str, text(200)] | None = None
    valid_from: Annotated[PastDay | None, NotNull()] = None
    valid_until: Day | None = None

    _ends_later = not_before("valid_from", "valid_until")


class Certificate(Fact, AttributionOutput, EvidenceRow):
    """A certificate such as VietGAP; `area_hectares` is what it covers."""

    scheme: str = Field(json_schema_extra=listed(codes.CERTIFICATE_SCHEMES))
    scope: Annotated[str | None, Label("Phạm vi chứng nhận"), _SCOPE]
    area_hectares: str | None = Field(description="Hectares, a decimal string")
    number: Annotated[str | None, Label("Số chứng nhận"), _NUMBER]
    certifier: str | None
    valid_from: date
    valid_until: date | None
