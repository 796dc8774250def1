"""Records of reporting, valid by default: a test names just what it is about. All names are invented."""

from __future__ import annotations

import itertools
from typing import Any

from tests.support.answers import ok
from tests.support.client import ApiClient

PATH = "/v1/reporting"
ACTIVITIES, FIGURES = f"{PATH}/activities", f"{PATH}/reported-figures"
COVERAGES, VALUES = f"{PATH}/coverages", f"{PATH}/indicator-values"
SCOPES = "reports.read reports.write"

GIA_CAM, THAI_BINH, LE_LOI = "07900", "04789", "16669"
"""Communes of the 2008 map: in old Phú Thọ and old Hòa Bình (both 25-2025 today), and in Nghệ An (40-2025)."""

OF_KIND: dict[str, dict[str, Any]] = {
    "media_item": {"channel": "newspaper", "link": "https://baophutho.vn/tin-1.html"},
    "bulletin": {"issue": "Số 3/2023", "quantity": 500},
    "contest": {"ends_on": "2023-05-30", "results": "48 tác phẩm dự thi"},
    "science_project": {
        "project_lead": "Liên minh HTX tỉnh",
        "project_level": "province",
        "budget_vnd": 900_000_000,
        "ends_on": "2025-04-30",
    },
    "policy_advice": {
        "document_title": "Luật Hợp tác xã (sửa đổi)",
        "document_kind": "law",
        "adopted_number": "17/2023/QH15",
    },
    "conference": {"ends_on": "2023-05-06"},
    "household_support": {"quantity": 12, "support_given": "Cây giống, phân bón", "out_of_poverty": 3},
    "agreement": {"ends_on": "2025-12-31"},
    "other": {},
}
"""What a record of each kind has of its own."""

_NUMBERS = itertools.count(1)


def an_activity(kind: str = "media_item", **fields: Any) -> dict[str, Any]:
    """Return the body of what the alliance of Phú Thọ led on 4 May 2023."""
    return {
        "kind": kind,
        "title": f"Hợp tác xã làm ăn giỏi, kỳ {next(_NUMBERS)}",
        "happened_on": "2023-05-04",
        "attribution": "alliance_led",
        "commune_code": GIA_CAM,
        "commune_map": "2008",
        **OF_KIND[kind],
        **fields,
    }


def a_figure(**fields: Any) -> dict[str, Any]:
    """Return the body of the groups that a department says were founded in old Phú Thọ in 2020."""
    return {
        "indicator": "cooperative_groups_new",
        "scope": "province",
        "province": "25-2008",
        "starts_on": "2020-01-01",
        "ends_on": "2020-12-20",
        "value": "1283",
        "unit": "cooperative_group",
        "source": "Sở Kế hoạch và Đầu tư",
        "document_number": f"{next(_NUMBERS)}/BC-SKHĐT",
        "document_on": "2020-12-25",
        **fields,
    }


def a_coverage(*record_types: str, **fields: Any) -> dict[str, Any]:
    return {
        "province": "25-2025",
        "record_types": list(record_types or ("media_items",)),
        "covered_from": "2023-01-01",
        "covered_to": "2023-12-31",
        "source": "Báo cáo của Liên minh",
        **fields,
    }


class Make:
    """Makes records through the service's own operations, anywhere in the nation."""

    def __init__(self, client: ApiClient) -> None:
        self.client = client

    async def create(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return ok(await self.client.post(f"{PATH}/{path}", json=body), 201)

    async def activity(self, kind: str = "media_item", **fields: Any) -> dict[str, Any]:
        """Enter an activity."""
        return await self.create("activities", an_activity(kind, **fields))

    async def figure(self, **fields: Any) -> dict[str, Any]:
        """Enter a reported figure."""
        return await self.create("reported-figures", a_figure(**fields))

    async def coverage(self, *record_types: str, **fields: Any) -> dict[str, Any]:
        """Declare that records of the year 2023 are complete in all of today's Phú Thọ."""
        return await self.create("coverages", a_coverage(*record_types, **fields))

    async def value(self, indicator: str, **query: Any) -> dict[str, Any]:
        """Return one figure of 2023, in Phú Thọ of today unless the query says otherwise."""
        params = {"indicators": indicator, "from": "2023-01-01", "to": "2023-12-31", "province": "25-2025", **query}
        (item,) = ok(await self.client.get(VALUES, params=params))["items"]
        figure: dict[str, Any] = item
        return figure
