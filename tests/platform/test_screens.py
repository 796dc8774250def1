"""Each screen of the people at work is drawn in at most two trips: calls of one trip need not wait for each other.

The ids that a screen begins with were on the screen before it. What it shows is there by name: no call a row.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from kernel.values.days import today
from tests.platform.conftest import Platform

pytestmark = pytest.mark.platform
DAY = "2023-08-31"


class Screen:
    """What one screen asks for, as one person: its trips, calls and bytes."""

    def __init__(self, title: str, client: httpx.Client) -> None:
        self.title, self.client = title, client
        self.trips = self.calls = self.sent_bytes = 0

    def trip(self, *paths: str) -> list[dict[str, Any]]:
        """Make calls that need not wait for each other; return their documents."""
        self.trips += 1
        return [self.call("GET", path) for path in paths]

    def call(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        """Make one call of the present trip; count the bytes as they come over the wire."""
        self.calls += 1
        with self.client.stream(method, path, **more) as answer:
            answer.read()
            assert answer.is_success, (path, answer.text)
            self.sent_bytes += answer.num_bytes_downloaded
        document: dict[str, Any] = answer.json()
        return document


class Screens:
    """Opens screens as the people of the demo, and tells of each at the end."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.opened: list[Screen] = []
        self._clients: dict[str, httpx.Client] = {}

    def as_person(self, username: str) -> httpx.Client:
        """Return a client that calls with the token of an account of the demo."""
        if username not in self._clients:
            token = self.platform.token(username)
            self._clients[username] = httpx.Client(
                base_url=self.platform.gateway, headers={"Authorization": f"Bearer {token}"}, timeout=30
            )
        return self._clients[username]

    def open(self, title: str, username: str) -> Screen:
        """Return a screen that has asked for nothing yet."""
        screen = Screen(title, self.as_person(username))
        self.opened.append(screen)
        return screen

    def one(self, username: str, path: str) -> dict[str, Any]:
        """Return the first record of a list: it stood on the screen before."""
        items = self.as_person(username).get(path).json()["items"]
        assert items, path
        first: dict[str, Any] = items[0]
        return first


@pytest.fixture(scope="module")
def screens(platform: Platform) -> Iterator[Screens]:
    """All screens of this file; at the end each must have come in two trips, and the table of them is printed."""
    opened = Screens(platform)
    yield opened
    print("\n| screen | trips | calls | kB |\n|---|---|---|---|")
    for screen in opened.opened:
        print(f"| {screen.title} | {screen.trips} | {screen.calls} | {screen.sent_bytes / 1000:.1f} |")


def drawn(screen: Screen) -> None:
    """Check how many trips the screen took."""
    assert 1 <= screen.trips <= 2, f"{screen.title}: {screen.trips} trips"


def test_the_list_of_organizations_comes_with_its_tabs(screens: Screens) -> None:
    screen = screens.open("organization list", "registry-officer")
    page, kinds = screen.trip(
        "/v1/registry/organizations?type=cooperative&facets=type,legal_status&count=exact",
        "/v1/registry/code-lists/organization-types",
    )
    facets = {facet["name"]: facet["values"] for facet in page["facets"]}
    assert page["count"] == next(value["count"] for value in facets["type"] if value["value"] == "cooperative")
    assert {value["value"] for value in facets["type"]} > {"cooperative"}, "the other tabs have their numbers too"
    assert kinds["items"]
    assert all(item["created_by_name"] is not None for item in page["items"])
    drawn(screen)


def test_an_organization_comes_with_its_story(screens: Screens) -> None:
    borrower = next(
        item
        for item in screens.as_person("fund-officer").get("/v1/funds/borrowers?limit=200").json()["items"]
        if item["organization_id"] is not None
    )
    organization_id = borrower["organization_id"]
    screen = screens.open("organization with its story", "fund-officer")
    organization, loans, training, trade = screen.trip(
        f"/v1/registry/organizations/{organization_id}?include=memberships,products,certificates,status_changes",
        f"/v1/funds/loans?organization_id={organization_id}",
        f"/v1/training/organizations/{organization_id}/training-record",
        f"/v1/training/organizations/{organization_id}/trade-record",
    )
    assert {"memberships", "products", "certificates", "status_changes"} <= set(organization)
    assert all(loan["organization"]["name"] == organization["name"] for loan in loans["items"])
    assert "years" in training
    assert "years" in trade
    drawn(screen)


def test_the_morning_list_names_borrowers_and_what_waits(screens: Screens) -> None:
    screen = screens.open("morning list", "fund-officer")
    work, funds = screen.trip(f"/v1/funds/work-list?until={today()}&facets=kind", "/v1/funds/funds")
    assert funds["items"]
    assert all(item["borrower_name"] and item["contract_number"] for item in work["items"])
    drawn(screen)


def test_a_loan_comes_with_schedule_position_and_security(screens: Screens) -> None:
    loan_id = screens.one("fund-officer", "/v1/funds/loans?state=active")["id"]
    screen = screens.open("loan", "fund-officer")
    loan, repayments, disbursements = screen.trip(
        f"/v1/funds/loans/{loan_id}?include=schedule,position,borrower,collaterals,use_checks",
        f"/v1/funds/loans/{loan_id}/repayments",
        f"/v1/funds/loans/{loan_id}/disbursements",
    )
    assert loan["borrower"]["id"] == loan["borrower_id"]
    assert loan["schedule"]["items"]
    assert loan["position"]["outstanding_vnd"] == loan["outstanding_vnd"]
    assert loan["fund"]["name"]
    assert all(item["loan"]["id"] == loan_id for item in [*repayments["items"], *disbursements["items"]])
    drawn(screen)


def test_a_repayment_is_previewed_in_the_trip_after_the_loan(screens: Screens) -> None:
    loan_id = screens.one("fund-officer", "/v1/funds/loans?state=active")["id"]
    screen = screens.open("repayment with preview", "fund-officer")
    (loan,) = screen.trip(f"/v1/funds/loans/{loan_id}?include=position")
    screen.trips += 1
    preview = screen.call(
        "POST",
        f"/v1/funds/loans/{loan_id}/repayments?dry_run=true",
        json={"amount_vnd": 1_000_000, "paid_on": loan["position"]["as_of"], "payment_channel": "transfer"},
    )
    assert preview["dry_run"] is True
    assert preview["position"]["outstanding_vnd"] <= loan["outstanding_vnd"]
    drawn(screen)


def test_the_roll_of_a_class_is_called_from_one_answer(screens: Screens) -> None:
    class_id = screens.one("training-officer", "/v1/training/classes?state=held&state=reported")["id"]
    screen = screens.open("roll call", "training-officer")
    training_class, roll = screen.trip(
        f"/v1/training/classes/{class_id}?include=sessions", f"/v1/training/classes/{class_id}/roll"
    )
    sessions = {session["id"] for session in training_class["sessions"]["items"]}
    assert roll["items"]
    for person in roll["items"]:
        assert person["full_name"]
        assert {session["session_id"] for session in person["sessions"]} <= sessions
    drawn(screen)


def test_a_fair_comes_with_who_took_part(screens: Screens) -> None:
    event_id = screens.one("training-officer", "/v1/training/trade-events?state=held&state=reported")["id"]
    screen = screens.open("fair", "training-officer")
    event, participations, summary = screen.trip(
        f"/v1/training/trade-events/{event_id}",
        f"/v1/training/trade-events/{event_id}/participations?limit=200",
        f"/v1/training/trade-events/{event_id}/summary",
    )
    assert summary
    assert all(item["trade_event"]["name"] == event["name"] for item in participations["items"])
    assert all(item["organization_name"] or item["organization"] for item in participations["items"])
    drawn(screen)


def test_a_certificate_names_class_and_holder(screens: Screens) -> None:
    found = screens.as_person("training-officer").get("/v1/training/certificates").json()["items"]
    if not found:
        found = [_issue(screens)]
    screen = screens.open("certificate", "training-officer")
    certificate, holders = screen.trip(
        f"/v1/training/certificates/{found[0]['id']}", f"/v1/training/trainees?id={found[0]['trainee_id']}"
    )
    assert certificate["training_class"]["name"]
    assert [holder["id"] for holder in holders["items"]] == [certificate["trainee_id"]]
    drawn(screen)


def _issue(screens: Screens) -> dict[str, Any]:
    """Issue a certificate to somebody who came to a class of the demo; none of its classes gives any."""
    officer = screens.as_person("training-officer")
    training_class = screens.one("training-officer", "/v1/training/classes?state=held&state=reported")
    class_id, if_match = training_class["id"], {"If-Match": f'"{training_class["version"]}"'}
    gives = officer.patch(f"/v1/training/classes/{class_id}", json={"gives_certificate": True}, headers=if_match)
    assert gives.status_code == 200, gives.text
    trainee_id = screens.one("training-officer", f"/v1/training/attendances?class_id={class_id}")["trainee_id"]
    answer = officer.post(
        "/v1/training/certificates",
        json={
            "class_id": class_id,
            "trainee_id": trainee_id,
            "certificate_number": f"CN-{uuid.uuid4().hex[:8]}",
            "title": "Chứng nhận",
            "issued_on": DAY,
            "signed_by": "Chủ tịch Liên minh",
        },
    )
    assert answer.status_code == 201, answer.text
    issued: dict[str, Any] = answer.json()
    return issued


def test_the_approver_sees_what_waits_with_the_borrowers_record(screens: Screens) -> None:
    screen = screens.open("approval inbox", "fund-approver")
    inbox, applications = screen.trip("/v1/funds/approvals", "/v1/funds/loan-applications?state=under_appraisal")
    assert all(item["title"] and item["entered_by_name"] for item in inbox["items"])
    named = [item["organization_id"] for item in applications["items"] if item["organization_id"]]
    if named:
        (organizations,) = screen.trip("/v1/registry/organizations?" + "&".join(f"id={each}" for each in named))
        assert {item["id"] for item in organizations["items"]} == set(named)
    drawn(screen)


def test_an_administrator_sees_accounts_with_their_organizations(screens: Screens) -> None:
    screen = screens.open("administration", "administrator")
    accounts, clients, waiting, roles = screen.trip(
        "/v1/identity/accounts?facets=is_active",
        "/v1/identity/clients",
        "/v1/identity/approvals",
        "/v1/identity/code-lists/roles",
    )
    assert clients["items"]
    assert roles["items"]
    assert "items" in waiting
    named = {item["organization_id"] for item in accounts["items"] if item["organization_id"]}
    assert named, "the demo has an account of a cooperative's own"
    picked = "&".join(f"id={each}" for each in sorted(named))
    (organizations,) = screen.trip(f"/v1/registry/organizations?{picked}&fields=id,name,type")
    assert {item["id"] for item in organizations["items"]} == named
    drawn(screen)
