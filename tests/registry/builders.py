"""Records of the registry, valid by default: a test names just what it is about. All names are invented."""

from __future__ import annotations

import itertools
from typing import Any

from stdnum.exceptions import ValidationError
from stdnum.vn import mst

from services.registry import code_lists as codes
from tests.support.answers import etag, ok
from tests.support.client import ApiClient

PATH = "/v1/registry"
ORGANIZATIONS = f"{PATH}/organizations"

# Communes of the 2008 map.
GIA_CAM, TAN_DAN = "07900", "07897"
"""In old Phú Thọ (25-2008), today in 25-2025."""
THAI_BINH = "04789"
"""In old Hòa Bình (17-2008), today in 25-2025 as well."""
LE_LOI, DONG_VINH = "16669", "16663"
"""In Nghệ An (40-2008, 40-2025)."""

_NUMBERS = itertools.count(1)
_VILLAGES = ("Đồng Tâm", "Phú Lộc", "Minh Khai", "Thắng Lợi", "Yên Bình", "Vinh Quang", "Cẩm Giang", "Tiên Du")


class Record(dict[str, Any]):
    """A record as the service answered it; its fields are attributes as well."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


def a_name() -> str:
    """Return a name that no other has, and that none is like."""
    number = next(_NUMBERS)
    scattered = number * 2654435761 % 2**32
    letters = "".join(
        "bcdghklmnprstvx"[scattered >> shift & 15 if scattered >> shift & 15 < 15 else 0]
        + "aeiou"[(scattered >> shift) % 5]
        for shift in range(0, 32, 4)
    )
    return f"Hợp tác xã {_VILLAGES[number % len(_VILLAGES)]} {letters[:6].title()} {letters[6:14].title()}"


def a_code() -> str:
    """Return a code whose check digit is right, and that no other has."""
    while True:
        serial = f"26{next(_NUMBERS):07d}"
        try:
            code = serial + mst.calc_check_digit(serial)
            mst.validate(code)
        except (ValidationError, ValueError):
            continue
        return code


def a_seat(commune: str = GIA_CAM, map_: str = "2008", **fields: Any) -> dict[str, Any]:
    return {"commune_code": commune, "commune_map": map_, **fields}


def an_organization(type_: str, **fields: Any) -> dict[str, Any]:
    """Return the body of a new organization; `commune` is short for its seat on the 2008 map."""
    commune = fields.pop("commune", GIA_CAM)
    return {"type": type_, "name": a_name(), "seat": a_seat(commune), "registered_on": "2020-05-01", **fields}


def a_cooperative(**fields: Any) -> dict[str, Any]:
    return an_organization("cooperative", **{"code": a_code(), "operating_state": "operating", **fields})


def a_group(**fields: Any) -> dict[str, Any]:
    return an_organization("cooperative_group", **fields)


def a_status_change(**fields: Any) -> dict[str, Any]:
    """Return a change of status; the kind follows from `status`."""
    status = fields.pop("status", "temporarily_suspended")
    kind = "operating" if status in ("operating", "dormant", "not_started", "unknown") else "legal"
    return {"kind": kind, "status": status, "effective_on": "2022-03-01", **fields}


def a_conversion(**fields: Any) -> dict[str, Any]:
    return {"kind": "old_style_to_new_style", "effective_on": "2021-06-01", **fields}


def a_move(commune: str = TAN_DAN, **fields: Any) -> dict[str, Any]:
    return {"seat": a_seat(commune), "effective_on": "2022-07-01", **fields}


def a_membership(**fields: Any) -> dict[str, Any]:
    return {"kind": "official", "admitted_on": "2021-01-15", **fields}


def a_product(**fields: Any) -> dict[str, Any]:
    return {"name": "Chè xanh", "group": "beverage", "ocop_stars": 4, "recognized_on": "2022-10-01", **fields}


def a_certificate(**fields: Any) -> dict[str, Any]:
    return {"scheme": "vietgap", "area_hectares": "12.5", "valid_from": "2022-09-01", **fields}


def a_statistic(**fields: Any) -> dict[str, Any]:
    """Return the figures of a year of a small cooperative."""
    return {
        "period": "2022",
        "members_official": 25,
        "workers_regular": 10,
        "revenue_vnd": 2_000_000_000,
        "source": "unit",
        **fields,
    }


def an_officer(**fields: Any) -> dict[str, Any]:
    return {"office": "director", "full_name": "Nguyễn Văn Bình", "term_from": "2022-01-15", **fields}


def a_rating(**fields: Any) -> dict[str, Any]:
    return {"scheme": "circular_01_2020", "year": 2023, "score": "82.5", "rated_on": "2023-12-18", **fields}


def a_succession(kind: str, before: list[Any], after: list[Any], **fields: Any) -> dict[str, Any]:
    """Return a succession; each side is of ids, or of pairs of an id and a share."""

    def parties(side: list[Any]) -> list[dict[str, Any]]:
        pairs = [(each, None) if isinstance(each, str) else each for each in side]
        return [{"organization_id": id_, "share_percent": share} for id_, share in pairs]

    return {
        "kind": kind,
        "effective_on": "2023-04-01",
        "predecessors": parties(before),
        "successors": parties(after),
        **fields,
    }


def a_recommendation(**fields: Any) -> dict[str, Any]:
    return {"text": "Bổ sung sổ quỹ", "due_on": "2022-09-30", "done_on": None, "done_note": None, **fields}


def a_blocker(**fields: Any) -> dict[str, Any]:
    plain = {"kind": "tax_debt", "since": "2023-03-01", "resolved_on": None, "amount_vnd": 12_000_000, "note": None}
    return {**plain, **fields}


def an_inspection(**fields: Any) -> dict[str, Any]:
    return {
        "kind": "field",
        "inspected_on": "2022-06-10",
        "inspectors": ["Nguyễn Thị Hoa", "Trần Văn Bình"],
        "findings": "Sổ sách chưa đầy đủ",
        "recommendations": [a_recommendation()],
        "attribution": "alliance_led",
        **fields,
    }


def a_case(**fields: Any) -> dict[str, Any]:
    """Return an open dissolution case that a tax debt blocks."""
    return {
        "planned_year": 2023,
        "opened_on": "2023-02-01",
        "ground": "voluntary",
        "blockers": [a_blocker()],
        "steps": [{"kind": "resolution", "on": "2023-02-01", "document_number": "01/NQ-ĐHTV"}],
        **fields,
    }


def a_team(**fields: Any) -> dict[str, Any]:
    return {
        "name": "Tổ thành viên thành phố Việt Trì",
        "province_2008": "25-2008",
        "district_name": "Thành phố Việt Trì",
        "leader_name": "Nguyễn Thị Hoa",
        "founded_on": "2019-05-20",
        "consolidations": [{"on": "2023-04-12", "decision_number": "15/QĐ-LMHTX"}],
        **fields,
    }


def a_model(**fields: Any) -> dict[str, Any]:
    return {"kind": "effective", "recognized_on": "2022-11-01", **fields}


def a_chain(lead: Record, *links: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return a value chain that `lead` leads."""
    return {
        "name": "Chuỗi mì gạo",
        "product": "Mì gạo",
        "lead_organization_id": lead.id,
        "started_on": "2022-04-01",
        "links": list(links),
        **fields,
    }


RECORD_TYPES = list(codes.RECORD_TYPES)


def a_coverage(**fields: Any) -> dict[str, Any]:
    return {"province": "25-2008", "record_types": RECORD_TYPES, "covered_from": "2000-01-01", **fields}


FACTS = {
    "status-changes": a_status_change,
    "type-conversions": a_conversion,
    "seat-changes": a_move,
    "alliance-memberships": a_membership,
    "products": a_product,
    "certificates": a_certificate,
    "inspections": an_inspection,
    "dissolution-cases": a_case,
    "models": a_model,
    "organization-statistics": a_statistic,
}
"""Path segment of each kind of fact → builder of a valid one."""


def type_of(plural: str) -> str:
    """Return what feed and exports call the records of a path segment, which is also the name of their table."""
    return {"models": "cooperative_model"}.get(plural) or plural.replace("-", "_").removesuffix("s")


class Make:
    """Makes records through the registry's own operations, anywhere in the nation."""

    def __init__(self, client: ApiClient) -> None:
        self.client = client

    async def _create(self, path: str, body: dict[str, Any]) -> Record:
        return Record(ok(await self.client.post(path, json=body), 201))

    async def organization(self, **fields: Any) -> Record:
        """Make a cooperative."""
        return await self._create(ORGANIZATIONS, a_cooperative(**fields))

    async def group(self, **fields: Any) -> Record:
        return await self._create(ORGANIZATIONS, a_group(**fields))

    async def union(self, **fields: Any) -> Record:
        return await self._create(ORGANIZATIONS, an_organization("cooperative_union", **fields))

    async def fact(self, plural: str, organization: Record, **fields: Any) -> Record:
        """Make a fact of any kind, named by its path segment; return it as a read answers it."""
        record = await self._create(f"{ORGANIZATIONS}/{organization.id}/{plural}", FACTS[plural](**fields))
        record.pop("warnings", None)
        return record

    async def status(self, organization: Record, status: str, on: str, **fields: Any) -> Record:
        return await self.fact("status-changes", organization, status=status, effective_on=on, **fields)

    async def move(self, organization: Record, commune: str, on: str, **fields: Any) -> Record:
        return await self.fact("seat-changes", organization, commune=commune, effective_on=on, **fields)

    async def membership(self, organization: Record, **fields: Any) -> Record:
        return await self.fact("alliance-memberships", organization, **fields)

    async def statistic(self, organization: Record, **fields: Any) -> Record:
        return await self.fact("organization-statistics", organization, **fields)

    async def officer(self, organization: Record, **fields: Any) -> Record:
        return await self._create(f"{ORGANIZATIONS}/{organization.id}/officers", an_officer(**fields))

    async def rating(self, organization: Record, **fields: Any) -> Record:
        """Make a rating, which waits for a second person."""
        return await self._create(f"{ORGANIZATIONS}/{organization.id}/ratings", a_rating(**fields))

    async def confirmed_rating(self, organization: Record, **fields: Any) -> Record:
        rating = await self.rating(organization, **fields)
        path = f"{PATH}/ratings/{rating.id}/confirmation"
        return Record(ok(await self.client.as_(sub="second").post(path, json={"decision": "confirm"}), 201))

    async def succession(self, kind: str, before: list[Any], after: list[Any], **fields: Any) -> Record:
        return await self._create(f"{PATH}/successions", a_succession(kind, before, after, **fields))

    async def team(self, **fields: Any) -> Record:
        """Make a team of members."""
        return await self._create(f"{PATH}/member-teams", a_team(**fields))

    async def chain(self, lead: Record, *links: dict[str, Any], **fields: Any) -> Record:
        """Make a value chain."""
        return await self._create(f"{PATH}/value-chains", a_chain(lead, *links, **fields))

    async def coverage(self, **fields: Any) -> Record:
        return await self._create(f"{PATH}/coverages", a_coverage(**fields))

    async def now(self, organization: Record, **params: Any) -> Record:
        """Return the organization as it stands, or as it stood (`as_of`)."""
        return Record(ok(await self.client.get(f"{ORGANIZATIONS}/{organization.id}", params=params)))

    async def changed(self, organization: Record, **fields: Any) -> Record:
        """Change fields of the organization as it stands."""
        present = await self.now(organization)
        path = f"{ORGANIZATIONS}/{organization.id}"
        return Record(ok(await self.client.patch(path, json=fields, headers=etag(present))))

    async def batch(self, plural: str, items: list[dict[str, Any]]) -> list[str]:
        """Make many records of one kind in one call; return their ids."""
        body = {"mode": "atomic", "items": items}
        report = ok(await self.client.post(f"{PATH}/{plural}/batch", json=body), 201)
        return [item["id"] for item in report["items"]]
