"""Where an organization sits: as it is given, as it is placed on both maps, and as it is answered."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from kernel.values import geography
from kernel.values.field_errors import field_error
from kernel.web.field_types import CommuneCode, CommuneMapNeeded, map_of_commune
from kernel.web.schemas import Input, Output, listed, text
from services.registry import code_lists as codes


class SeatInput(Input):
    """Where the head office is: a commune on one of the two maps, and the address as on the registration certificate.

    Where only the province or the district is known, `commune_code` is 00000 on the map 2008, with `province`.
    """

    commune_code: CommuneCode = Field(description="Official 5-digit code of the commune")
    commune_map: CommuneMapNeeded = None
    address: Annotated[str, text(500)] | None = None
    commune_name: Annotated[str, text(100)] | None = Field(
        default=None, description="Needed, with `province`, for a commune merged away before March 2025"
    )
    province: Annotated[str, StringConstraints(strict=True, pattern=r"^[0-9]{2}-2008$")] | None = Field(
        default=None, description="Province of such a commune, for instance 25-2008"
    )
    district_name: Annotated[str, text(100)] | None = Field(
        default=None, description="With `commune_code` 00000: the district of the province, if that much is known"
    )

    @model_validator(mode="after")
    def _lies_somewhere(self) -> SeatInput:
        if self.commune_map is None:
            # On neither map: not known, or merged away before March 2025; both are told of on the older one.
            self.commune_map = map_of_commune(self.commune_code) or "2008"
        if geography.place(self.commune_code, self.commune_map) is not None:
            return self
        if self.commune_code == geography.UNKNOWN_COMMUNE:
            self._lies_in_a_province()
            return self
        merged_away = self.commune_map == "2008" and self.commune_name and self.province
        if merged_away and geography.province(str(self.province)) is not None:
            return self
        raise field_error(
            "unknown_commune",
            "Không có xã này trên bản đồ đã nêu. Xã đã nhập vào xã khác trước tháng 3/2025 thì ghi thêm tên xã và tỉnh.",
            "No such commune on that map. For one merged away before March 2025 add the name of the commune and the province.",
            at="commune_code",
        )

    def _lies_in_a_province(self) -> None:
        if self.commune_map != "2008" or self.province is None or geography.province(self.province) is None:
            raise field_error(
                "needs_province",
                "Chưa rõ xã thì hãy chọn bản đồ trước 01/7/2025 và ghi tỉnh.",
                "Where the commune is not known, choose the map before 1 July 2025 and give the province.",
                at="province",
            )
        if self.district_name is not None and geography.district_in(self.province, self.district_name) is None:
            raise field_error(
                "unknown_district",
                "Tỉnh này không có huyện đó; hãy kiểm tra tên huyện hoặc để trống.",
                "The province has no such district; check its name or leave it out.",
                at="district_name",
            )

    @property
    def on_map(self) -> str:
        """The map that the commune is on, named or found."""
        return str(self.commune_map)

    def located(self) -> Located:
        """Return the seat with both provinces and the alliance that owns it."""
        on = self.on_map
        place = geography.place(self.commune_code, on)
        if place is not None:
            old, new, name = place.province_2008, place.province_2025, None
        else:
            assert self.province is not None
            province = geography.province(self.province)
            assert province is not None
            assert province.successor_id is not None
            old, new, name = self.province, province.successor_id, self._name_kept()
        return Located(self.commune_code, on, name, self.address, old, new)

    def _name_kept(self) -> str | None:
        """Return the name that no map gives: of a commune merged away, or of the district of an unknown one."""
        if self.commune_code != geography.UNKNOWN_COMMUNE:
            return self.commune_name
        district = geography.district_in(str(self.province), self.district_name) if self.district_name else None
        return district.full_name if district is not None else None


class Located:
    """A seat placed on both maps; the province of today is also the alliance that owns the record."""

    __slots__ = ("address", "commune_code", "commune_map", "commune_name", "province_2008", "province_2025")

    def __init__(
        self,
        commune_code: str,
        commune_map: str,
        commune_name: str | None,
        address: str | None,
        province_2008: str,
        province_2025: str,
    ) -> None:
        self.commune_code, self.commune_map = commune_code, commune_map
        self.commune_name, self.address = commune_name, address
        self.province_2008, self.province_2025 = province_2008, province_2025

    def columns(self) -> dict[str, str | None]:
        """Return the seat as columns of a row."""
        return {name: getattr(self, name) for name in self.__slots__}


class Seat(Output):
    """A seat with its commune and both provinces by name."""

    commune_code: str = Field(
        description="00000: not known; then `district_name`, if that is, and the province tell where"
    )
    commune_map: str = Field(json_schema_extra=listed(codes.COMMUNE_MAPS))
    commune_name: str | None
    district_name: str | None = Field(description="On the 2008 map only: districts ended on 1 July 2025")
    address: str | None
    province_2008: str
    province_2008_name: str
    province_2025: str
    province_2025_name: str
