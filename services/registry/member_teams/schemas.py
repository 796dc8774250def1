"""What a caller sends and gets for member teams."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from kernel.problems.field_labels import Label
from kernel.records.embedding import EMBEDDED
from kernel.records.evidence import EvidenceRow
from kernel.records.organization_names import NamedOrganization, OrganizationName
from kernel.values import geography
from kernel.values.common_lists import COMMUNE_MAPS
from kernel.values.days import PastDay
from kernel.values.field_errors import field_error
from kernel.values.ids import Id
from kernel.web.field_types import UUID, CommuneCode, CommuneMap, FileIds, Reason, in_order
from kernel.web.schemas import Flag, Input, Output, Recorded, Warned, listed, text
from services.registry.facts.schemas import DocumentNumber

Province = Annotated[str, StringConstraints(strict=True, pattern=r"^[0-9]{2}-2008$")]
_ON = Label("Ngày kiện toàn")
_DAY = "Day of the consolidation, YYYY-MM-DD"
_PROVINCE = "Where it lies, on the map until 30 June 2025; figures count it there"
_AREA = "The area as people write it"
_DISTRICT = "District of that map, or null"
_MAP = "Map of the communes, 2008 or 2025; needed with `commune_codes`"
_LEADER = "The member that leads the team; one of `organization_ids`"


class ConsolidationInput(Input):
    """The team was consolidated: its leader and members were settled anew."""

    on: Annotated[PastDay, _ON] = Field(description=_DAY)
    decision_number: DocumentNumber | None = None


class MemberTeamCreate(Input):
    """Enter a team of the alliance's members in one area. What is no member is taken, with a warning."""

    id: Id | None = None
    name: Annotated[str, text(300)]
    area: Annotated[str, text(500)] | None = Field(default=None, description=_AREA)
    province_2008: Province = Field(description=_PROVINCE)
    district_name: Annotated[str, text(100)] | None = Field(default=None, description=_DISTRICT)
    commune_codes: Annotated[list[CommuneCode], Field(max_length=200)] = []
    commune_map: CommuneMap | None = Field(default=None, description=_MAP)
    leader_organization_id: Id | None = Field(default=None, description=_LEADER)
    leader_name: Annotated[str, text(100)] | None = None
    organization_ids: Annotated[list[Id], Field(max_length=200)] = []
    founded_on: PastDay | None = None
    consolidations: Annotated[list[ConsolidationInput], Field(max_length=50)] = []
    ended_on: PastDay | None = None
    file_ids: FileIds = []
    is_synthetic: Flag = Field(default=False, description="It, or a day of it, is invented, for demonstration")
    reason: Reason | None = None

    @model_validator(mode="after")
    def _agrees(self) -> MemberTeamCreate:
        _check_area(self)
        in_order(self.founded_on, self.ended_on, "ended_on")
        for name in ("organization_ids", "commune_codes"):
            _once(getattr(self, name), name)
        _once([each.on for each in self.consolidations], "consolidations", "/on")
        for at, each in enumerate(self.consolidations):
            in_order(self.founded_on, each.on, f"consolidations/{at}/on")
            in_order(each.on, self.ended_on, "ended_on")
        if self.leader_organization_id is not None and self.leader_organization_id not in self.organization_ids:
            raise field_error(
                "not_in_team",
                "Đơn vị làm tổ trưởng phải có trong danh sách của tổ; hãy thêm vào danh sách hoặc chọn đơn vị khác.",
                "The organization that leads is one of the team; add it to the list or choose another.",
                at="leader_organization_id",
            )
        return self


class Consolidation(Output):
    """A day on which the team was consolidated."""

    on: Annotated[date, _ON] = Field(description=_DAY)
    decision_number: str | None


class MemberTeam(Recorded, EvidenceRow):
    """A team of the alliance's members in one area."""

    name: str
    area: str | None = Field(description=_AREA)
    province_2008: str = Field(description=_PROVINCE)
    province_2025: str
    district_name: str | None = Field(description=_DISTRICT)
    commune_codes: list[str]
    commune_map: str | None = Field(json_schema_extra=listed(COMMUNE_MAPS), description=_MAP)
    leader_organization_id: str | None = Field(json_schema_extra=UUID, description=_LEADER)
    leader_organization: NamedOrganization
    leader_name: str | None
    organization_ids: list[str]
    organizations: Annotated[list[OrganizationName], EMBEDDED] = Field(description="The same by name, in their order")
    founded_on: date | None
    consolidations: list[Consolidation]
    ended_on: date | None
    file_ids: list[str]
    is_synthetic: bool = Field(description="It, or a day of it, is invented, for demonstration")
    alliance: str


class MemberTeamWritten(MemberTeam):
    """A team as it was written, with what is worth a look in it."""

    warnings: list[Warned]


def _once(values: list[str] | list[date], name: str, within: str = "") -> None:
    for at, value in enumerate(values):
        if value in values[:at]:
            words = ("Đã có trong danh sách; hãy bỏ bớt.", "It stands in the list already; leave one out.")
            raise field_error("given_twice", *words, at=f"{name}/{at}{within}")


def _check_area(body: MemberTeamCreate) -> None:
    """Raise the fault of an area that does not lie in its province."""
    province = geography.province(body.province_2008)
    if province is None:
        words = (
            "Không có tỉnh này; hãy chọn trong danh mục tỉnh.",
            "There is no such province; choose one of the list.",
        )
        raise field_error("unknown_province", *words, at="province_2008")
    if body.district_name is not None:
        district = geography.district_in(province.id, body.district_name)
        if district is None:
            raise field_error(
                "unknown_district",
                "Tỉnh này không có huyện đó; hãy kiểm tra tên huyện hoặc để trống.",
                "The province has no such district; check its name or leave it out.",
                at="district_name",
            )
        body.district_name = district.full_name
    if not body.commune_codes:
        body.commune_map = None
        return
    if body.commune_map is None:
        words = ("Hãy nêu mã xã theo địa giới nào.", "Say which map the communes are of.")
        raise field_error("required", *words, at="commune_map")
    for at, commune_code in enumerate(body.commune_codes):
        _check_commune(commune_code, body.commune_map, province, f"commune_codes/{at}")


def _check_commune(commune_code: str, commune_map: str, province: geography.Province, at: str) -> None:
    place = geography.place(commune_code, commune_map)
    if place is None:
        words = (
            "Không có xã này trên bản đồ đã nêu; hãy kiểm tra mã xã và bản đồ.",
            "There is no such commune on that map; check code and map.",
        )
        raise field_error("unknown_commune", *words, at=at)
    # A commune of 2025 may hold what lay in two old provinces: that it lies in the one of today is all that can be asked.
    inside = (
        place.province_2008 == province.id if commune_map == "2008" else place.province_2025 == province.successor_id
    )
    if not inside:
        raise field_error(
            "outside_province",
            "Xã này không thuộc tỉnh của tổ; hãy kiểm tra mã xã hoặc tỉnh.",
            "The commune is not in the team's province; check the code or the province.",
            at=at,
        )
