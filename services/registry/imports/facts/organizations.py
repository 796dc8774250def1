"""Which organization a row of facts is about: by code, else id, else its key in another system, else name and commune."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import any_
from sqlmodel import col, select

from kernel.database.connections import Transaction
from kernel.database.statements import param, statement
from kernel.problems import FieldError
from kernel.values import geography, lineage
from kernel.values.ids import is_id
from kernel.values.text import name_distinct, name_folded
from kernel.web.auth import Caller
from kernel.workbooks.columns import Column
from kernel.workbooks.communes import commune_columns, commune_of
from services.registry.models import Organization
from services.registry.organizations import queries
from services.registry.rows import OrganizationRow

Fault = tuple[str, FieldError]
Place = tuple[str, str]

COLUMNS = (
    Column(
        field="organization_code",
        label="Mã số HTX",
        digits=(10, 13),
        note="Mã số của HTX, liên hiệp HTX, THT; chưa có thì ghi tên và xã.",
        example="2600123456",
        also=("Mã số", "Mã số thuế", "MST", "Mã số hợp tác xã"),
        group="organization",
    ),
    Column(
        field="organization_id",
        label="Mã đơn vị trong hệ thống",
        note="Mã định danh gồm 36 ký tự, nếu biết.",
        group="organization",
    ),
    Column(field="external_system", label="Hệ thống ngoài", note="Tên hệ thống, chữ thường không dấu.", example="dkkd"),
    Column(field="external_value", label="Mã ở hệ thống ngoài", group="organization"),
    Column(
        field="organization_name",
        label="Tên đơn vị",
        note="Ghi kèm xã khi không có mã số.",
        example="HTX Rau sạch Đồng Tâm",
        also=("Tên HTX", "Tên hợp tác xã", "Tên tổ chức", "Đơn vị"),
        group="organization",
    ),
    *commune_columns(note="Mã 5 số của xã, phường nơi đặt trụ sở; cần khi tìm theo tên."),
)
"""The columns that name the organization in every template of facts."""

_SPELLED_OUT = {
    "htx": "hop tac xa",
    "tht": "to hop tac",
    "lhhtx": "lien hiep hop tac xa",
    "lh htx": "lien hiep hop tac xa",
    "lien hiep htx": "lien hiep hop tac xa",
    "qtdnd": "quy tin dung nhan dan",
}
_LISTED = 5

# Those of some alliances whose names are alike but for the words that say what they are; by ix_organization_alliance_id.
_ALIKE = statement(
    OrganizationRow,
    select(Organization)
    .where(
        col(Organization.alliance) == any_(param(1)),
        col(Organization.name_distinct) == any_(param(2)),
        col(Organization.merged_into).is_(None),
    )
    .order_by(col(Organization.id)),
)


@dataclass
class Named:
    """What a row says of its organization."""

    values: Mapping[str, Any]
    commune: dict[str, str] = field(default_factory=dict)

    @property
    def by(self) -> str:
        """The column that decides: the first one that is given."""
        given = ("organization_code", "organization_id", "external_value", "organization_name")
        return next(name for name in given if name in self.values)

    @property
    def place(self) -> Place | None:
        """The commune where the row says that it sits."""
        code, map_ = self.commune.get("commune_code"), self.commune.get("commune_map")
        if code is not None and map_ is None:
            maps = lineage.maps_of(code)
            map_ = maps[0] if len(maps) == 1 else None
        return None if code is None or map_ is None or geography.place(code, map_) is None else (code, map_)


def read_named(values: Mapping[str, Any], by: Caller) -> Named | Fault | None:
    """Return what a row says of its organization, or the cell that is wrong; None where the row names none."""
    if not any(
        name in values for name in ("organization_code", "organization_id", "external_value", "organization_name")
    ):
        return None
    named = Named(values)
    if named.by == "organization_id" and not is_id(values["organization_id"]):
        words = ("Mã này gồm 36 ký tự; hãy ghi lại cho đúng.", "This id has 36 characters; write it in full.")
        return "organization_id", FieldError("wrong_format", words)
    if named.by == "external_value" and "external_system" not in values:
        words = ("Hãy ghi mã này của hệ thống nào.", "Say of which system this is the key.")
        return "external_value", FieldError("required", words)
    if named.by != "organization_name":
        return named
    commune = commune_of(values, alliance=by.alliance)
    if isinstance(commune, tuple):
        return commune
    named.commune = commune
    if named.place is None:
        if "commune_code" in commune:
            words = (
                "Không rõ là xã nào; hãy kiểm tra mã xã và địa giới, hoặc ghi tên xã.",
                "It is not clear which commune this is; check code and map, or give its name.",
            )
            return "commune_code", FieldError("unknown_commune", words)
        words = (
            "Tìm theo tên thì hãy ghi thêm xã, hoặc ghi mã số.",
            "With a name give the commune as well, or the code.",
        )
        return "organization_name", FieldError("required", words)
    return named


class Organizations:
    """The organizations that rows name, read once, of the caller's area."""

    def __init__(self) -> None:
        self._found: dict[str, dict[Any, OrganizationRow]] = {}
        self._alike: dict[str, list[OrganizationRow]] = {}
        self._merged_into: dict[str, OrganizationRow] = {}

    @classmethod
    async def read(cls, tx: Transaction, named: Sequence[Named], by: Caller) -> Organizations:
        """Read those that the rows name."""
        self = cls()
        given: dict[str, list[Mapping[str, Any]]] = {}
        for each in named:
            given.setdefault(each.by, []).append(each.values)
        area = by.alliance
        codes = [_code(values) for values in given.get("organization_code", ())]
        ids = [values["organization_id"] for values in given.get("organization_id", ())]
        keys = [_key(values) for values in given.get("external_value", ())]
        by_code = await queries.with_codes(tx, codes, alliance=area) if codes else []
        by_id = await queries.with_ids(tx, ids, alliance=area) if ids else []
        by_key = await queries.with_external_ids(tx, keys, alliance=area) if keys else []
        self._found = {
            "organization_code": {row["code"]: row for row in by_code},
            "organization_id": {row["id"]: row for row in by_id},
            "external_value": {
                (key["system"], key["value"]): row for row in by_key for key in orjson.loads(row["external_ids"])
            },
        }
        await self._read_alike(tx, [each for each in named if each.by == "organization_name"])
        found = [row for rows in self._found.values() for row in rows.values()]
        targets = {row["merged_into"] for row in found if row["merged_into"] is not None}
        if targets:
            self._merged_into = {row["id"]: row for row in await queries.with_ids(tx, [*targets], alliance=area)}
        return self

    async def _read_alike(self, tx: Transaction, named: Sequence[Named]) -> None:
        names = {name_distinct(each.values["organization_name"]) for each in named}
        places = [geography.place(*each.place) for each in named if each.place is not None]
        alliances = {place.province_2025 for place in places if place is not None}
        for row in await tx.fetch(_ALIKE, [*alliances], [*names]) if names else ():
            self._alike.setdefault(row["name_distinct"], []).append(row)

    def of(self, named: Named, by: Caller) -> OrganizationRow | Fault:
        """Return the organization that a row is about, or the cell that names none, or several."""
        at = named.by
        if at == "organization_name":
            return self._by_name(named, by)
        key = _key_of(named)
        row = self._found[at].get(key)
        if row is None:
            return at, unknown_organization()
        if row["merged_into"] is not None:
            return at, _merged(self._merged_into.get(row["merged_into"]))
        return row

    def _by_name(self, named: Named, by: Caller) -> OrganizationRow | Fault:
        at, name = "organization_name", named.values["organization_name"]
        alike = [row for row in self._alike.get(name_distinct(name), ()) if by.holds(row["alliance"])]
        assert named.place is not None, "read so"
        here = _and_today(named.place)
        within = [row for row in alike if here & _places(row)]
        same = [row for row in within if _spelled_out(row["name_folded"]) == _spelled_out(name_folded(name))]
        if len(same) == 1:
            return same[0]
        return at, _ambiguous(same) if same else unknown_organization(within or alike)


def _key_of(named: Named) -> Any:
    """Return what the organization is looked up by, of the column that decides."""
    if named.by == "organization_code":
        return _code(named.values)
    return _key(named.values) if named.by == "external_value" else named.values["organization_id"].lower()


def _code(values: Mapping[str, Any]) -> str:
    return str(values["organization_code"]).replace("-", "")


def _key(values: Mapping[str, Any]) -> tuple[str, str]:
    return values["external_system"], values["external_value"]


def _spelled_out(folded: str) -> str:
    """Return a folded name with the word for its type in full."""
    for short, full in _SPELLED_OUT.items():
        if folded.startswith(f"{short} "):
            return full + folded[len(short) :]
    return folded


def _and_today(place: Place) -> set[Place]:
    today = lineage.commune_today(*place)
    return {place} if today is None else {place, (today, "2025")}


def _places(row: OrganizationRow) -> set[Place]:
    """Return the communes where an organization sits and began, as they were named, and as they are today."""
    now, first = (row["commune_code"], row["commune_map"]), (row["opening_commune_code"], row["opening_commune_map"])
    return _and_today(now) | _and_today(first)


def _shown(rows: Iterable[OrganizationRow]) -> str:
    parts = []
    for row in rows:
        place = geography.place(row["commune_code"], row["commune_map"])
        commune = row["commune_name"] or (place.commune_name if place else row["commune_code"])
        parts.append(f"{row['name']}, {commune} ({row['code'] or row['id']})")
    more = len(parts) - _LISTED
    return "; ".join(parts[:_LISTED]) + ("; …" if more > 0 else "")


def unknown_organization(candidates: Sequence[OrganizationRow] = ()) -> FieldError:
    """Return the fault of a cell that names no organization of the area, with those that it may mean."""
    if not candidates:
        words = (
            "Không có tổ chức này trong địa bàn của bạn; hãy kiểm tra lại, hoặc nhập tổ chức trước.",
            "There is no such organization in your area; check it, or enter the organization first.",
        )
    else:
        shown = _shown(candidates)
        words = (
            f"Không có tổ chức đúng tên và xã này; gần giống có: {shown}. Hãy ghi mã của tổ chức đúng.",
            f"No organization has just this name and commune; alike are: {shown}. Give the code or id of the right one.",
        )
    return FieldError("unknown_organization", words)


def _ambiguous(candidates: Sequence[OrganizationRow]) -> FieldError:
    shown = _shown(candidates)
    return FieldError(
        "ambiguous_organization",
        (
            f"Có nhiều tổ chức cùng tên và xã: {shown}. Hãy ghi mã của tổ chức đúng.",
            f"Several organizations have this name and commune: {shown}. Give the code or id of the right one.",
        ),
    )


def _merged(target: OrganizationRow | None) -> FieldError:
    shown = _shown([target]) if target is not None else ""
    return FieldError(
        "organization_merged",
        (
            f"Tổ chức này đã gộp vào tổ chức khác: {shown}. Hãy ghi mã của tổ chức đó.",
            f"This organization was merged into another: {shown}. Give that one's code or id.",
        ),
    )
