"""The demo's plans, loaded through the API and approved by another person: tasks, targets, completions and estimates."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import httpx
import orjson

from vca.demo.scenarios import BATCH, Row, json_values, not_loaded, records

_PATH = "/v1/reporting"
_FLAGS = ("is_synthetic", "is_condition", "implied")
_DECISION = ("decision_number", "decided_on")
Approver = Callable[[], AbstractContextManager[httpx.Client]]
"""How to call as the person who approves plans, asked where there is a plan to approve."""


def _body(row: dict[str, str]) -> Row:
    body = json_values(row, whole=("ordinal", "due_every_months"), flags=_FLAGS)
    if "phases" in body:
        body["phases"] = orjson.loads(body["phases"])
    return body


class _Loader:
    """The plans of one scenario on their way in; `new` counts the records that were not there."""

    def __init__(self, client: httpx.Client, scenario: str) -> None:
        self._client, self._scenario, self.new = client, scenario, 0

    def rows(self, table: str) -> list[Row]:
        """Return the bodies of one file."""
        return [_body(row) for row in records(self._scenario, table)]

    def post(self, client: httpx.Client, path: str, body: dict[str, Any]) -> httpx.Response:
        """Send a body. Raises Refusal."""
        answer = client.post(f"{_PATH}/{path}", json=body, timeout=60)
        if not answer.is_success:
            raise not_loaded(self._scenario, path, answer)
        return answer

    def one(self, path: str, body: Row) -> Row:
        """Enter one record, or find it as it was entered before; return it."""
        answer = self.post(self._client, path, body)
        self.new += answer.status_code == 201
        record: Row = answer.json()
        return record

    def many(self, path: str, items: list[Row]) -> None:
        """Enter records in batches, each all or none."""
        for at in range(0, len(items), BATCH):
            answer = self.post(self._client, f"{path}/batch", {"mode": "atomic", "items": items[at : at + BATCH]})
            self.new += sum(item["status"] == 201 for item in answer.json()["items"])


def load_plans(client: httpx.Client, approver: Approver, scenario: str) -> int:
    """Load a scenario's plans and have them approved; return how many records were new. Loading again changes nothing.

    What is approved already is left as it is, whatever became of it since.
    """
    loader = _Loader(client, scenario)
    plans = loader.rows("plans")
    if not plans:
        return 0
    decisions = {plan["id"]: {name: plan.pop(name) for name in _DECISION} for plan in plans}
    entered = [loader.one("plans", plan) for plan in plans]
    drafts = [plan["id"] for plan in entered if plan["state"] == "draft"]
    for table in ("tasks", "measures"):
        loader.many(table, [row for row in loader.rows(table) if row["plan_id"] in drafts])
    if drafts:
        with approver() as person:
            for plan_id in drafts:
                loader.post(person, f"plans/{plan_id}/approval", decisions[plan_id])
    for path in ("task-completions", "estimates"):
        for row in loader.rows(path.replace("-", "_")):
            loader.one(path, row)
    return loader.new
