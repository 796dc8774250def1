"""What a caller sends and gets for the figures that organizations report for a period."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from kernel.problems.field_labels import Label
from kernel.records.batch import LENIENT
from kernel.records.crud import merge_patch_model
from kernel.records.evidence import EvidenceRow
from kernel.records.organization_names import NamedOrganization
from kernel.values.days import today
from kernel.values.field_errors import field_error
from kernel.values.ids import Id
from kernel.values.money import MAX_VND, Vnd
from kernel.values.periods import PeriodCode, days_of
from kernel.web.field_types import UUID, FileIds, Reason, VndShown
from kernel.web.schemas import Flag, Input, Output, Recorded, Warned, code, listed, text
from services.registry import code_lists as codes
from services.registry.statistics.judging import refuse_impossible


def period_has_ended(period: str) -> str:
    """Return the code of a period that has ended. Raises the error of one that has not, or of no calendar."""
    first, last = days_of(period)
    if first > today():
        raise field_error(
            "period_not_begun",
            "Kỳ này chưa bắt đầu; hãy ghi một kỳ đã kết thúc.",
            "This period has not begun yet; give one that has ended.",
        )
    if last >= today():
        raise field_error(
            "period_not_ended",
            "Kỳ này chưa kết thúc; số liệu ước tính không ghi ở đây. Hãy ghi một kỳ đã kết thúc.",
            "This period has not ended yet, and estimates do not belong here; give one that has ended.",
        )
    return period


EndedPeriod = Annotated[PeriodCode, AfterValidator(period_has_ended)]
"""The code of a period that has ended."""
Count = Annotated[int, Field(strict=True, ge=0, le=100_000_000)]
SignedVnd = Annotated[
    int,
    Field(
        strict=True,
        ge=-MAX_VND,
        le=MAX_VND,
        json_schema_extra={"format": "int64"},
        description="Whole đồng; a loss is negative",
    ),
]
_PER, _FOR = Label("Tính theo"), Field(description="The time that the income is for, no longer than the period")
_SOURCE = Label("Nguồn số liệu")
_REVENUE = Field(description="Revenue of the period in whole đồng; null: not known")


class IncomePerWorkerInput(Input):
    """The mean income of a worker, for a month, a half-year or a year."""

    amount_vnd: Vnd
    per: Annotated[Annotated[str, code(codes.INCOME_PERIODS)], _PER, _FOR]


class IncomePerWorker(Output):
    """The mean income of a worker, for a month, a half-year or a year."""

    amount_vnd: VndShown
    per: Annotated[str, _PER, _FOR] = Field(json_schema_extra=listed(codes.INCOME_PERIODS))


class StatisticInput(Input):
    """What an organization reports for a period; what is not known is left out. Shares are never sent."""

    period: EndedPeriod
    members_official: Count | None = None
    members_affiliate_capital: Count | None = None
    members_affiliate_noncapital: Count | None = None
    members_persons: Count | None = None
    members_households: Count | None = None
    members_legal_entities: Count | None = None
    members_female: Count | None = None
    members_ethnic_minority: Count | None = None
    members_disabled: Count | None = None
    workers_regular: Count | None = None
    workers_members: Count | None = None
    workers_female: Count | None = None
    workers_insured: Count | None = None
    managers_no_qualification: Count | None = None
    managers_elementary: Count | None = None
    managers_intermediate: Count | None = None
    managers_college: Count | None = None
    managers_university_or_higher: Count | None = None
    managers_female: Count | None = None
    revenue_vnd: Annotated[Vnd | None, _REVENUE] = None
    revenue_internal_vnd: Vnd | None = None
    revenue_external_vnd: Vnd | None = None
    profit_vnd: SignedVnd | None = None
    income_per_worker: IncomePerWorkerInput | None = None
    charter_capital_vnd: Vnd | None = None
    paid_capital_vnd: Vnd | None = None
    assets_vnd: Vnd | None = None
    indivisible_fund_vnd: Vnd | None = None
    tax_paid_vnd: Vnd | None = None
    source: Annotated[Annotated[str, code(codes.STATISTIC_SOURCES)], _SOURCE]
    source_document: Annotated[str, text(300)] | None = None
    file_ids: FileIds = []
    is_synthetic: Flag = Field(default=False, description="A number or more of it is invented, for demonstration")
    reason: Reason | None = None

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        refuse_impossible(columns_of(self))
        return self


class OrganizationStatisticCreate(StatisticInput):
    """The figures of an organization for a period. One row a period: what is there is corrected."""

    id: Id | None = None
    organization_id: Id | None = Field(default=None, description="Needed where the path does not name it")


class OrganizationStatisticBatch(Input):
    """Up to 500 items. `atomic`: all or none; `each`: every item for itself (207)."""

    mode: Literal["atomic", "each"]
    items: Annotated[list[Annotated[OrganizationStatisticCreate, LENIENT]], Field(min_length=1, max_length=500)]


class OrganizationStatisticDelivery(StatisticInput):
    """The figures of an organization for a period, delivered as often as a system likes: the row becomes what is sent.

    The organization is named by `organization_id` or by `organization_code`, one of the two. `file_ids` that are left out stay as they are.
    """

    organization_id: Id | None = Field(default=None, description="The organization, or else `organization_code`")
    organization_code: Annotated[str, text(30)] | None = Field(
        default=None, description="The organization's code, where its id is not known"
    )

    @model_validator(mode="after")
    def _names_one_organization(self) -> Self:
        if (self.organization_id is None) == (self.organization_code is None):
            raise field_error(
                "required",
                "Hãy ghi mã định danh hoặc mã số của tổ chức, một trong hai.",
                "Give the organization's id or its code, one of the two.",
                at="organization_id",
            )
        return self


OrganizationStatisticChange = merge_patch_model(OrganizationStatisticCreate, without=("organization_id",))


def columns_of(body: StatisticInput) -> dict[str, object]:
    """Return the columns that a body sets, with the days of its period."""
    values = body.model_dump(exclude={"id", "organization_id", "organization_code", "reason", "income_per_worker"})
    income = body.income_per_worker
    values["income_per_worker_vnd"], values["income_per"] = (
        (None, None) if income is None else (income.amount_vnd, income.per)
    )
    values["period_from"], values["period_to"] = days_of(body.period)
    return values


class OrganizationStatistic(Recorded, EvidenceRow):
    """What an organization reported for a period; null is not known. No number here is an estimate."""

    organization_id: str = Field(json_schema_extra=UUID)
    organization: NamedOrganization
    period: str
    period_from: date
    period_to: date
    members_official: int | None
    members_affiliate_capital: int | None
    members_affiliate_noncapital: int | None
    members_persons: int | None
    members_households: int | None
    members_legal_entities: int | None
    members_female: int | None
    members_ethnic_minority: int | None
    members_disabled: int | None
    workers_regular: int | None
    workers_members: int | None
    workers_female: int | None
    workers_insured: int | None
    managers_no_qualification: int | None
    managers_elementary: int | None
    managers_intermediate: int | None
    managers_college: int | None
    managers_university_or_higher: int | None
    managers_female: int | None
    revenue_vnd: Annotated[VndShown | None, _REVENUE]
    revenue_internal_vnd: VndShown | None
    revenue_external_vnd: VndShown | None
    profit_vnd: VndShown | None
    income_per_worker: IncomePerWorker | None
    charter_capital_vnd: VndShown | None
    paid_capital_vnd: VndShown | None
    assets_vnd: VndShown | None
    indivisible_fund_vnd: VndShown | None
    tax_paid_vnd: VndShown | None
    source: Annotated[str, _SOURCE] = Field(json_schema_extra=listed(codes.STATISTIC_SOURCES))
    source_document: str | None
    province_2008: str
    province_2025: str
    alliance: str
    file_ids: list[str]
    is_synthetic: bool = Field(description="A number or more of it is invented, for demonstration")


class OrganizationStatisticWritten(OrganizationStatistic):
    """A row just written, with what is worth a look."""

    warnings: list[Warned]
