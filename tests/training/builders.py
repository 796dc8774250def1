"""Records of training, valid by default: a test names just what it is about. All names are invented."""

from __future__ import annotations

import functools
import itertools
from typing import Any

from kernel.settings import ServiceSettings
from services.training.main import create_app
from tests.support.answers import ok
from tests.support.client import ApiClient
from tests.support.contract import Contract

PATH = "/v1/training"
PROGRAMS, COVERAGES, VALUES = f"{PATH}/programs", f"{PATH}/coverages", f"{PATH}/indicator-values"
SCOPES = "training.read training.write"
MILLION = 1_000_000

GIA_CAM, THAI_BINH, LE_LOI = "07900", "04789", "16669"
"""Communes of the 2008 map: in old Phú Thọ and old Hòa Bình (both 25-2025 today), and in Nghệ An (40-2025)."""

_NUMBERS = itertools.count(1)


class Record(dict[str, Any]):
    """A record as the service answered it; its fields are attributes as well."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


@functools.cache
def training_contract() -> Contract:
    """Return the contract that the code of the service makes."""
    return Contract(create_app(ServiceSettings(database_url="postgresql://localhost/none")).openapi())


def a_program(**given: Any) -> dict[str, Any]:
    return {
        "code": f"CT-{next(_NUMBERS):04d}",
        "name": "Chương trình hỗ trợ kinh tế tập thể",
        "decision_number": "12/QĐ-UBND",
        "decided_on": "2021-01-15",
        "valid_from": "2021-01-01",
        "valid_until": "2025-12-31",
        "budget": [{"source": "provincial_budget", "amount_vnd": 900 * MILLION}],
        **given,
    }


def a_coverage(*record_types: str, province: str = "25-2025", **given: Any) -> dict[str, Any]:
    return {
        "province": province,
        "record_types": list(record_types or ("classes", "attendances")),
        "covered_from": "2000-01-01",
        **given,
    }


class Make:
    """Makes records through the service's own operations, anywhere in the nation."""

    def __init__(self, client: ApiClient) -> None:
        self.client = client

    async def create(self, path: str, body: dict[str, Any], status: int = 201) -> Record:
        return Record(ok(await self.client.post(f"{PATH}/{path}", json=body), status))

    async def program(self, **given: Any) -> Record:
        """Make a program of Phú Thọ's alliance."""
        return await self.create("programs", a_program(**({"alliance": "25-2025"} | given)))

    async def coverage(self, *record_types: str, **given: Any) -> Record:
        """Declare that Phú Thọ's classes and attendances are complete."""
        return await self.create("coverages", a_coverage(*record_types, **given))

    async def value(self, indicator: str, from_: str, to: str, **query: Any) -> dict[str, Any]:
        """Return one figure."""
        params = {"indicators": indicator, "from": from_, "to": to, **query}
        (item,) = ok(await self.client.get(VALUES, params=params))["items"]
        found: dict[str, Any] = item
        return found
