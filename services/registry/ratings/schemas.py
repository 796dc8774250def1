"""What a caller sends and gets for ratings, and for the tables of criteria that they are made by."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, ValidationInfo, field_validator, model_validator

from kernel.problems.field_labels import Label
from kernel.records.confirmations import Confirmable
from kernel.records.evidence import EvidenceRow
from kernel.values.days import PastDay, today
from kernel.values.field_errors import field_error
from kernel.values.wording import choice
from kernel.web.schemas import Input, Output, code, listed, text
from services.registry import code_lists as codes
from services.registry.facts.product_schemas import Score
from services.registry.facts.schemas import DocumentNumber, Fact, FactChange, FactInput
from services.registry.rating_schemes import SCHEMES, Scheme

_SELF_SCORE = Field(description="Points that the organization gave itself, 0 to 100, a decimal string")
_SCORE = Field(description="Points in all as verified, 0 to 100, a decimal string; null: not rated")
_CRITERION = Annotated[str, text(60), Label("Tiêu chí")]


class CriterionScoreInput(Input):
    """The points of one criterion."""

    criterion: _CRITERION = Field(description="Code of a criterion of the scheme")
    score: Annotated[Score, Label("Điểm")] = Field(description="Points of it, a decimal string")


def check_rated_on(year: int | None, rated_on: date | None) -> None:
    """Raise the fault `before_year` for a day that lies before the year that is rated."""
    if year is not None and rated_on is not None and rated_on.year < year:
        raise field_error(
            "before_year",
            "Ngày đánh giá phải từ ngày đầu của năm được đánh giá trở đi.",
            "The day of the rating is before the year that is rated.",
        )


class RatingCreate(FactInput):
    """The rating of an organization in a year: its points, or why it has none. It counts once another person confirms it.

    Needs `score` or `not_rated_reason`, one of the two.
    """

    scheme: Annotated[Annotated[str, code(codes.RATING_SCHEMES)], Label("Bảng tiêu chí")]
    year: Annotated[int, Field(strict=True, ge=1990, le=2100, description="Calendar year that is rated")]
    score: Annotated[Score | None, Label("Điểm được công nhận"), _SCORE] = None
    self_score: Annotated[Score | None, Label("Điểm tự chấm"), _SELF_SCORE] = None
    criterion_scores: Annotated[list[CriterionScoreInput], Field(max_length=40), Label("Điểm từng tiêu chí")] = Field(
        default=[], description="Points of the criteria, where they are known; of all of them they add up to `score`"
    )
    not_rated_reason: Annotated[str, code(codes.NOT_RATED_REASONS)] | None = Field(
        default=None, description="Instead of points"
    )
    rated_on: PastDay | None = None
    decision_number: DocumentNumber | None = None

    @field_validator("year")
    @classmethod
    def _has_begun(cls, year: int, info: ValidationInfo) -> int:
        if year > today().year:
            raise field_error(
                "in_the_future", "Năm này chưa đến; hãy kiểm tra lại.", "This year has not begun; check it."
            )
        scheme = SCHEMES.get(info.data.get("scheme", ""))
        if scheme is not None and not scheme.holds_in(year):
            raise field_error(
                "scheme_not_in_force",
                "Bảng tiêu chí đã chọn không áp dụng cho năm này; hãy chọn bảng tiêu chí khác.",
                "The scheme was not in force in this year; choose another scheme.",
            )
        return year

    @field_validator("rated_on")
    @classmethod
    def _not_before_the_year(cls, rated_on: date | None, info: ValidationInfo) -> date | None:
        check_rated_on(info.data.get("year"), rated_on)
        return rated_on

    @model_validator(mode="after")
    def _adds_up(self) -> RatingCreate:
        self._refuse_both()
        scheme, given = SCHEMES[self.scheme], [each.criterion for each in self.criterion_scores]
        for at, each in enumerate(self.criterion_scores):
            if each.criterion in given[:at]:
                words = ("Tiêu chí này đã ghi ở trên.", "This criterion is given above already.")
                raise field_error("given_twice", *words, at=f"criterion_scores/{at}/criterion")
            _check_criterion(scheme, each, f"criterion_scores/{at}")
        if self.score is not None and given:
            _check_sum(scheme, self.criterion_scores, Decimal(self.score))
        return self

    def _refuse_both(self) -> None:
        if self.score is None and self.not_rated_reason is None:
            raise field_error(
                "required",
                "Hãy ghi điểm được công nhận hoặc lý do không đánh giá.",
                "Give the points, or the reason for none.",
                at="score",
            )
        for name in ("score", "self_score", "criterion_scores"):
            if self.not_rated_reason is not None and getattr(self, name):
                raise field_error(
                    "not_with_a_reason",
                    "Đã ghi lý do không đánh giá thì bỏ trống mục này.",
                    "With a reason for no rating, leave this out.",
                    at=name,
                )


def _check_criterion(scheme: Scheme, given: CriterionScoreInput, at: str) -> None:
    criteria = scheme.criteria
    criterion = criteria.get(given.criterion)
    if criterion is None:
        words = choice({each.code: (each.name_vi, each.name_en) for each in criteria.values()})
        raise field_error("not_allowed", *words, at=f"{at}/criterion", allowed=list(criteria))
    most = criterion.maximum_points
    if most is not None and Decimal(given.score) > most:
        raise field_error("too_large", f"Lớn nhất là {most}.", f"At most {most}.", at=f"{at}/score")


def _check_sum(scheme: Scheme, given: list[CriterionScoreInput], score: Decimal) -> None:
    total = sum((Decimal(each.score) for each in given), Decimal(0))
    whole = len(given) == len(scheme.criteria)
    if total > score or (whole and total != score):
        vi, en = f"{total:f}".replace(".", ","), f"{total:f}"
        raise field_error(
            "sum_differs",
            f"Điểm các tiêu chí cộng lại là {vi}; hãy sửa điểm các tiêu chí hoặc tổng điểm.",
            f"The criteria add up to {en}; correct their points or the total.",
            at="score",
        )


class RatingChange(FactChange):
    """A correction of what no figure follows from; points are corrected by deleting the rating and entering it anew."""

    rated_on: PastDay | None = None
    decision_number: DocumentNumber | None = None


class CriterionScore(Output):
    """The points of one criterion."""

    criterion: _CRITERION = Field(description="Code of a criterion of the scheme")
    score: Annotated[str, Label("Điểm")] = Field(description="Points of it, a decimal string")


class Rating(Fact, Confirmable, EvidenceRow):
    """How an organization was rated in a year. Of ratings only what is confirmed counts."""

    scheme: Annotated[str, Label("Bảng tiêu chí")] = Field(json_schema_extra=listed(codes.RATING_SCHEMES))
    year: int = Field(description="Calendar year that is rated")
    score: Annotated[str | None, Label("Điểm được công nhận"), _SCORE]
    self_score: Annotated[str | None, Label("Điểm tự chấm"), _SELF_SCORE]
    band: Annotated[str | None, Label("Xếp loại")] = Field(
        json_schema_extra=listed(codes.RATING_BANDS),
        description="What `score` is called by the scheme; null: not rated",
    )
    criterion_scores: Annotated[list[CriterionScore], Label("Điểm từng tiêu chí")] = Field(
        description="Points of the criteria, where they are known; of all of them they add up to `score`"
    )
    not_rated_reason: str | None = Field(json_schema_extra=listed(codes.NOT_RATED_REASONS))
    rated_on: date | None
    decision_number: str | None


class RatingCriterion(Output):
    """What is awarded points."""

    code: Annotated[str, Label("Mã")]
    name_vi: Annotated[str, Label("Tên tiếng Việt")] = Field(description="In Vietnamese")
    name_en: Annotated[str, Label("Tên tiếng Anh")] = Field(description="In English")
    maximum_points: Annotated[str | None, Label("Điểm tối đa")] = Field(
        description="A decimal string; null: the scheme's maximum is not known here"
    )


class RatingCriterionGroup(Output):
    """Criteria that stand together in the table."""

    name_vi: Annotated[str, Label("Tên tiếng Việt")] = Field(description="In Vietnamese")
    name_en: Annotated[str, Label("Tên tiếng Anh")] = Field(description="In English")
    maximum_points: Annotated[str | None, Label("Điểm tối đa")] = Field(description="A decimal string")
    criteria: Annotated[list[RatingCriterion], Label("Tiêu chí")] = Field(description="In the order of the table")


class RatingBand(Output):
    """What a total from so many points on is called."""

    band: Annotated[str, Label("Xếp loại")] = Field(
        json_schema_extra=listed(codes.RATING_BANDS), description="What such a total is called"
    )
    from_points: Annotated[str, Label("Từ số điểm")] = Field(description="The least total of it, a decimal string")


class RatingScheme(Output):
    """A table of criteria by which organizations are rated, with the days on which it is in force."""

    code: Annotated[str, Label("Mã")] = Field(json_schema_extra=listed(codes.RATING_SCHEMES))
    name_vi: Annotated[str, Label("Tên tiếng Việt")] = Field(description="In Vietnamese")
    name_en: Annotated[str, Label("Tên tiếng Anh")] = Field(description="In English")
    legal_basis: Annotated[str, Label("Căn cứ")] = Field(description="The circular that it stands in")
    valid_from: date
    valid_to: date | None
    organization_types: Annotated[list[str], Label("Loại hình được đánh giá")] = Field(
        json_schema_extra={"items": {"type": "string", **listed(codes.ORGANIZATION_TYPES)}},
        description="Types of organizations that it rates",
    )
    note_vi: Annotated[str, Label("Ghi chú tiếng Việt")] = Field(description="In Vietnamese")
    note_en: Annotated[str, Label("Ghi chú tiếng Anh")] = Field(description="In English")
    groups: Annotated[list[RatingCriterionGroup], Label("Nhóm tiêu chí")]
    bands: Annotated[list[RatingBand], Label("Thang xếp loại")] = Field(description="The best first")


class RatingSchemes(Output):
    """Every table, whole."""

    items: list[RatingScheme]


def scheme_document(scheme: Scheme) -> dict[str, Any]:
    """Return how a table is answered."""
    plain = ("code", "name_vi", "name_en", "legal_basis", "valid_from", "valid_to", "note_vi", "note_en")
    return {
        **{name: getattr(scheme, name) for name in plain},
        "organization_types": list(scheme.organization_types),
        "groups": [
            {
                **{name: getattr(group, name) for name in ("name_vi", "name_en")},
                "maximum_points": _text(group.maximum_points),
                "criteria": [
                    {
                        **{name: getattr(criterion, name) for name in ("code", "name_vi", "name_en")},
                        "maximum_points": _text(criterion.maximum_points),
                    }
                    for criterion in group.criteria
                ],
            }
            for group in scheme.groups
        ],
        "bands": [{"band": each.band, "from_points": str(each.from_points)} for each in scheme.bands],
    }


def _text(points: Decimal | None) -> str | None:
    return None if points is None else f"{points:f}"
