"""The teams (tổ thành viên) into which an alliance gathers its members by area."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import UUID
from sqlmodel import Field

from kernel.database.columns import jsonb_field, reference_field
from services.registry.models.base import Record, RegistryModel


class MemberTeam(Record, table=True):
    """A team of members in one area. Its members and consolidations are rows of their own as well, written with it."""

    __tablename__ = "member_team"
    __table_args__ = (
        Index("ix_member_team_alliance_id", "alliance", "id"),
        Index("ix_member_team_2008", "province_2008", "id"),
        Index("ix_member_team_2025", "province_2025", "id"),
        Index("ix_member_team_leader", "leader_organization_id"),
        CheckConstraint("ended_on >= founded_on", name="ends_after_start"),
    )

    name: str
    name_folded: str
    area: str | None
    district_name: str | None
    commune_codes: str = jsonb_field()
    commune_map: str | None
    province_2008: str
    province_2025: str
    leader_organization_id: str | None = reference_field("organization", nullable=True)
    leader_name: str | None
    organization_ids: str = jsonb_field()
    founded_on: date | None
    consolidations: str = jsonb_field()
    ended_on: date | None
    file_ids: str = jsonb_field()
    is_synthetic: bool = Field(sa_column_kwargs={"server_default": text("false")})


def _of_a_team() -> Column[str]:
    return Column(UUID(as_uuid=False), ForeignKey("member_team.id", ondelete="CASCADE"), primary_key=True)


class MemberTeamMember(RegistryModel, table=True):
    """That an organization is in a team: found by the organization, which is not deleted as long as it is."""

    __tablename__ = "member_team_member"
    __table_args__ = (Index("ix_member_team_member_organization_id", "organization_id"),)

    team_id: str = Field(sa_column=_of_a_team())
    organization_id: str = reference_field("organization", primary_key=True)


class MemberTeamConsolidation(RegistryModel, table=True):
    """That a team was consolidated (kiện toàn) on a day, as figures count it."""

    __tablename__ = "member_team_consolidation"
    __table_args__ = (Index("ix_member_team_consolidation_day", "consolidated_on"),)

    team_id: str = Field(sa_column=_of_a_team())
    consolidated_on: date = Field(primary_key=True)
    decision_number: str | None
