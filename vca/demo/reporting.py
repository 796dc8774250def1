"""The demo's work of the alliances themselves, loaded through the API: activities, and figures as reports give them."""

from __future__ import annotations

from typing import Any

import httpx

from vca.demo.scenarios import BATCH, Row, json_values, not_loaded, records

_PATH = "/v1/reporting"


def _activity(row: dict[str, str]) -> Row:
    body = json_values(row, whole=("quantity", "out_of_poverty"), flags=("is_synthetic",))
    if "partner" in body:
        body["partners"] = [body.pop("partner")]
    return body


def _coverage(row: dict[str, str]) -> Row:
    return {**json_values(row), "record_types": row["record_types"].split()}


def _enter(client: httpx.Client, scenario: str, path: str, items: list[Row]) -> int:
    """Enter records in batches, each all or none; return how many were new. Raises Refusal."""
    new = 0
    for at in range(0, len(items), BATCH):
        body: dict[str, Any] = {"mode": "atomic", "items": items[at : at + BATCH]}
        answer = client.post(f"{_PATH}/{path}/batch", json=body, timeout=60)
        if not answer.is_success:
            raise not_loaded(scenario, path, answer)
        new += sum(item["status"] == 201 for item in answer.json()["items"])
    return new


def load_reporting(client: httpx.Client, scenario: str) -> int:
    """Load a scenario's activities and reported figures; return how many were new. Loading it again changes nothing."""
    return (
        _enter(client, scenario, "activities", [_activity(row) for row in records(scenario, "activities")])
        + _enter(
            client, scenario, "reported-figures", [json_values(row) for row in records(scenario, "reported_figures")]
        )
        + _enter(client, scenario, "coverages", [_coverage(row) for row in records(scenario, "reporting_coverages")])
    )
