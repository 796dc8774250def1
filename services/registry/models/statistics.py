"""What organizations report of themselves for a period: members, workers, managers, money."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, Index
from sqlmodel import Field

from services.registry.models.facts import Fact


def _vnd() -> int | None:
    """Return a column of whole đồng that may be unknown."""
    column: int | None = Field(sa_type=BigInteger, nullable=True)
    return column


class OrganizationStatistic(Fact, table=True):
    """The figures of one organization for one period. The provinces are where it lay on the period's last day."""

    __tablename__ = "organization_statistic"
    __table_args__ = (
        # Two codes may stand for the same days (2023 and 2023-12M): a row is of its days. It also finds the newest period
        # of an organization, which stocks are taken from.
        Index("uq_organization_statistic_period", "organization_id", "period_to", "period_from", unique=True),
        Index("ix_organization_statistic_alliance_id", "alliance", "id"),
        Index("ix_organization_statistic_2008", "province_2008", "period_to"),
        Index("ix_organization_statistic_2025", "province_2025", "period_to"),
        CheckConstraint("period_from <= period_to", name="period_not_empty"),
        CheckConstraint("(income_per_worker_vnd IS NULL) = (income_per IS NULL)", name="income_has_its_time"),
    )

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
    revenue_vnd: int | None = _vnd()
    revenue_internal_vnd: int | None = _vnd()
    revenue_external_vnd: int | None = _vnd()
    profit_vnd: int | None = _vnd()
    income_per_worker_vnd: int | None = _vnd()
    income_per: str | None
    charter_capital_vnd: int | None = _vnd()
    paid_capital_vnd: int | None = _vnd()
    assets_vnd: int | None = _vnd()
    indivisible_fund_vnd: int | None = _vnd()
    tax_paid_vnd: int | None = _vnd()
    source: str
    source_document: str | None
