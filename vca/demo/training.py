"""The demo's training and trade promotion, loaded through the API: classes, rolls, events, booths, market links."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx

from vca.demo.scenarios import BATCH, Row, folder, json_values, not_loaded, records

_PATH = "/v1/training"
_WHOLE = ("number", "minutes", "capacity", "contract_count", "memorandum_count")


def _plain(row: dict[str, str]) -> Row:
    return json_values(row, whole=_WHOLE, flags=("is_held",))


def _class(row: dict[str, str]) -> Row:
    body = _plain(row)
    body["expected_audience"] = [body.pop("audience")]
    if "partner_name" in body:
        body["partners"] = [{"kind": body.pop("partner_kind"), "name": body.pop("partner_name")}]
    return body


def _participation(row: dict[str, str]) -> Row:
    body = _plain(row)
    body["products"] = [{"kind": kind} for kind in row["products"].split()]
    return body


def _coverage(row: dict[str, str]) -> Row:
    return {**_plain(row), "record_types": row["record_types"].split()}


class _Loader:
    """One scenario on its way into training; `new` counts the records that were not there."""

    def __init__(self, client: httpx.Client, scenario: str) -> None:
        self._client, self._scenario, self.new = client, scenario, 0

    def rows(self, kind: str) -> Iterator[dict[str, str]]:
        """Yield the rows of one file of the scenario."""
        return records(self._scenario, kind)

    def post(self, path: str, **request: Any) -> httpx.Response:
        """Send a record. Raises Refusal."""
        answer = self._client.post(f"{_PATH}/{path}", timeout=60, **request)
        if not answer.is_success:
            raise not_loaded(self._scenario, path, answer)
        return answer

    def one(self, path: str, body: Row) -> Row:
        """Enter one record, or find it as it was entered before; return it."""
        answer = self.post(path, json=body)
        self.new += answer.status_code == 201
        record: Row = answer.json()
        return record

    def many(self, path: str, items: list[Row]) -> None:
        """Enter records in batches, each all or none."""
        for at in range(0, len(items), BATCH):
            answer = self.post(f"{path}/batch", json={"mode": "atomic", "items": items[at : at + BATCH]})
            self.new += sum(item["status"] == 201 for item in answer.json()["items"])

    def classes(self) -> None:
        """Enter classes with their sessions, then every roll in one file, as an office would send it."""
        for row in self.rows("classes"):
            self.one("classes", _class(row))
        for row in self.rows("class_sessions"):
            body = _plain(row)
            self.one(f"classes/{body.pop('class_id')}/sessions", body)
        roll = folder(self._scenario) / "attendances.csv"
        if roll.exists():
            file = {"file": (roll.name, roll.read_bytes(), "text/csv")}
            report = self.post("imports/classes", params={"dry_run": "false"}, files=file).json()
            self.new += report["created"] + report["trainees_created"]

    def trade(self) -> None:
        """Enter events, who took part, and agreements with buyers; call off the events that were."""
        called_off = []
        for row in self.rows("trade_events"):
            body = _plain(row)
            cancellation = {name: body.pop(f"cancelled_{name}", None) for name in ("on", "reason")}
            event = self.one("trade-events", body)
            if cancellation["on"] is not None and event["state"] == "planned":
                called_off.append((event["id"], cancellation))
        self.many("participations", [_participation(row) for row in self.rows("participations")])
        for id_, cancellation in called_off:
            body = {"cancelled_on": cancellation["on"], "reason": cancellation["reason"]}
            self.post(f"trade-events/{id_}/cancellation", json=body)
        for row in self.rows("market_links"):
            self.one("market-links", _plain(row))


def load_training(client: httpx.Client, scenario: str) -> int:
    """Load a scenario's classes and trade; return how many records were new. Loading it again changes nothing."""
    loader = _Loader(client, scenario)
    loader.classes()
    loader.trade()
    loader.many("coverages", [_coverage(row) for row in loader.rows("training_coverages")])
    return loader.new
