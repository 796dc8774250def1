"""The other services as far as a test of plans needs them: they answer the figures that the test says, in their own shape."""

from __future__ import annotations

from datetime import date
from typing import Any

import httpx

from kernel.indicators.spans import Span
from kernel.indicators.units import shown_in
from kernel.values.common_lists import FIGURE_UNITS
from services.reporting.catalogue import CATALOGUE

_NULL = (
    "reported_by",
    "reported_part",
    "undated_count",
    "uncertain_count",
    "previous",
    "change",
    "change_percent",
    "evidence",
    "denominator_evidence",
)


class Told(httpx.AsyncBaseTransport):
    """Answers `indicator-values`: `values["cooperatives_new:alliance_led"] = 65`, a ratio as its two parts; else not reported."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.status = "reported"
        self.down: set[str] = set()
        self.asked: list[dict[str, str]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one question."""
        service = request.url.host.removesuffix(".internal")
        if service in self.down:
            raise httpx.ConnectError("connection refused", request=request)
        given = dict(request.url.params)
        self.asked.append({"service": service, **given})
        items = [item for code in given["indicators"].split(",") for item in self._items(code, given)]
        return httpx.Response(200, json={"items": items}, request=request)

    def _items(self, code: str, given: dict[str, str]) -> list[dict[str, Any]]:
        entry = CATALOGUE[code]
        scope = given.get("scope", entry.default_scope)
        days = Span(date.fromisoformat(given["from"]), date.fromisoformat(given["to"]))
        unit = shown_in(entry.unit, days, given.get("per"), given.get("money")).unit
        known = self.values.get(f"{code}:{scope}")
        groups = known if isinstance(known, dict) else {None: known}
        groups = {each: value for each, value in groups.items() if (each is None) != ("group_by" in given)} or {
            None: None
        }
        return [
            {
                "indicator": code,
                "indicator_label": entry.label_vi,
                "scope": scope,
                "province": given.get("province"),
                "group": group,
                "group_label": None,
                "from": given["from"],
                "to": given["to"],
                "unit": unit,
                "unit_label": FIGURE_UNITS[unit][0],
                "missing_provinces": [],
                **dict.fromkeys(_NULL),
                **self._numbers(value),
            }
            for group, value in groups.items()
        ]

    def _numbers(self, value: Any) -> dict[str, Any]:
        above, below = value if isinstance(value, tuple) else (None, None)
        if below:
            value = round(above * 100 / below, 4)
        status = "not_reported" if value is None else self.status
        return {"value": value, "numerator": above, "denominator": below, "status": status}
