"""A person's desk at one service: what is entered there is looked for in the feed, the history and the figures."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.platform.conftest import Platform
from tests.platform.test_training_journey import Person
from tests.support.waiting import PATIENCE_SECONDS
from vca.tokens import sign_in

REGISTRY, REPORTING = "/v1/registry", "/v1/reporting"
PROVINCE = "26-2008"
YEAR = {"from": "2022-01-01", "to": "2022-12-31", "province": PROVINCE}
"""Old Vĩnh Phúc (of Phú Thọ's alliance today), in a year of which the demo says nothing there."""
Record = dict[str, Any]
_TOLD = ("resource_type", "resource_id", "resource_version")


@dataclass
class Desk:
    """A person at one service, and how far the feed was read."""

    person: Person
    service: str
    cursor: str = field(default="")

    def __post_init__(self) -> None:
        self.events()

    def get(self, path: str, **query: Any) -> Record:
        return self.person.get(f"{self.service}/{path}", **query)

    def events(self) -> list[Record]:
        """Return what the feed tells of since the last look."""
        seen: list[Record] = []
        while True:
            page = self.get("changes", limit=500, **({"after": self.cursor} if self.cursor else {}))
            seen += page["items"]
            self.cursor = page["next_cursor"]
            if page["at_head"]:
                return seen

    def told(self, type_: str, record: Record) -> None:
        """Wait until the feed tells of this version of the record."""
        looked_for = (type_, record["id"], record["version"])
        end = time.monotonic() + PATIENCE_SECONDS
        while looked_for not in {tuple(event[name] for name in _TOLD) for event in self.events()}:
            assert time.monotonic() < end, looked_for
            time.sleep(0.1)

    def enters(self, path: str, body: Record, *, told: str) -> Record:
        """Enter a record; the feed and the history tell of it."""
        record = self.person.post(f"{self.service}/{path}", body)
        self.told(told, record)
        plural = path.rsplit("/", 1)[-1]
        assert [each["action"] for each in self.history(plural, record)] == ["created"]
        return record

    def corrects(self, plural: str, record: Record, changes: Record, *, told: str) -> Record:
        """Change a record; the feed and the history tell of it."""
        answer = self.patches(plural, record, changes)
        assert answer.status_code == 200, answer.text
        self.told(told, answer.json())
        assert self.history(plural, record)[-1]["action"] == "corrected"
        return dict(answer.json())

    def patches(self, plural: str, record: Record, changes: Record) -> httpx.Response:
        path = f"{self.service}/{plural}/{record['id']}"
        return self.person.client.patch(path, json=changes, headers={"If-Match": f'"{record["version"]}"'})

    def refuses(self, plural: str, record: Record, changes: Record) -> Record:
        answer = self.patches(plural, record, changes)
        assert answer.status_code == 409, answer.text
        return dict(answer.json())

    def history(self, plural: str, record: Record) -> list[Record]:
        return list(self.get(f"{plural}/{record['id']}/history")["items"])

    def figure(self, indicator: str) -> Record:
        """Return a figure of the year, with whatever opens it; without a value only where no organization has reported yet."""
        (item,) = self.get("indicator-values", indicators=indicator, **YEAR)["items"]
        nobody_reported = item["reported_by"] is not None and item["reported_by"]["organizations"] == 0
        assert item["status"] == ("not_reported" if nobody_reported else "reported"), item
        return dict(item)

    def adds(self, before: Record, id_: str, value: int, **parts: int) -> None:
        """Check what a figure moved by since `before`, and that its evidence holds the record and says the same of it."""
        now = self.figure(before["indicator"])
        moved = {name: (now[name] or 0) - (before[name] or 0) for name in parts or ("value",)}
        assert moved == (parts or {"value": value})
        (row,) = [each for each in self.evidence(now) if each["id"] == id_]
        assert row["contribution"] == value, row

    def evidence(self, figure: Record) -> list[Record]:
        """Return every record that a figure opens to."""
        items: list[Record] = []
        path: str | None = f"{figure['evidence']}&limit=200"
        while path is not None:
            page = self.person.get(path)
            items += page["items"]
            path = page["next"]
        return items

    def refuses_deletion(self, organization: Record) -> list[tuple[str, str, int]]:
        """Try to delete the organization; return what is said to name it."""
        path = f"{REGISTRY}/organizations/{organization['id']}"
        present = {"If-Match": f'"{self.person.get(path)["version"]}"'}
        answer = self.person.client.delete(path, params={"reason": "Nhập nhầm"}, headers=present)
        assert (answer.status_code, answer.json()["code"]) == (409, "organization_referenced"), answer.text
        names = answer.json()["references"]
        return sorted((each["service"], each["resource_type"], each["count"]) for each in names)


def a_person(platform: Platform, role: str, **fields: Any) -> Person:
    """Return a new person of Phú Thọ's alliance, signed in."""
    name, password = f"{role.replace('_', '-')}-{os.urandom(4).hex()}", "con trâu đi trước cái cày"
    made = platform.vca("admin", "create", name, "--password", password)
    assert made.returncode == 0, made.stderr
    administrator = Person(_with_token(platform, platform.token("administrator-vn")))
    (account,) = administrator.get("/v1/identity/accounts", username=name)["items"]
    answer = administrator.client.patch(
        f"/v1/identity/accounts/{account['id']}",
        json={"roles": [role], "area": "25-2025", **fields},
        headers={"If-Match": f'"{account["version"]}"'},
    )
    assert answer.status_code == 200, answer.text
    with httpx.Client(base_url=platform.gateway, timeout=30) as browser:
        return Person(_with_token(platform, sign_in(browser, name, password)))


def _with_token(platform: Platform, token: str) -> httpx.Client:
    return httpx.Client(base_url=platform.gateway, headers={"Authorization": f"Bearer {token}"}, timeout=30)
