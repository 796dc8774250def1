"""From the application to the settlement through the gateway, as two people of one office do it.

After every step the ledger, the fund's position, the loan, its debt group and the feed are looked at.
"""

from __future__ import annotations

import uuid
from datetime import date
from fractions import Fraction
from typing import Any

import httpx
import pytest

from tests.platform.conftest import Platform

pytestmark = pytest.mark.platform
MILLION = 1_000_000
CAPITAL = 5_000 * MILLION
RATE = Fraction(73, 1000)


def interest(principal: int, days: int) -> Fraction:
    return principal * RATE * days / 365


class Office:
    """An officer's client system and an approver of Phú Thọ's fund, with the books they share."""

    def __init__(self, platform: Platform) -> None:
        self.officer = platform.client(area="25-2025")
        token = platform.token(approver_of(platform))
        self.approver = httpx.Client(
            base_url=platform.gateway, headers={"Authorization": f"Bearer {token}"}, timeout=30
        )
        self.fund = self.loan = ""
        self.disbursed = self.received = 0
        self.cursor = self.get("/changes?limit=500")["next_cursor"]
        while not (page := self.get(f"/changes?limit=500&after={self.cursor}"))["at_head"]:
            self.cursor = page["next_cursor"]

    def get(self, path: str) -> dict[str, Any]:
        answer = self.officer.get(f"/v1/funds{path}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def post(
        self, path: str, body: dict[str, Any], *, by: httpx.Client | None = None, status: int = 201
    ) -> dict[str, Any]:
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        answer = (by or self.officer).post(f"/v1/funds{path}", json=body, headers=headers)
        assert answer.status_code == status, answer.text
        if status == 201:
            again = (by or self.officer).post(f"/v1/funds{path}", json=body, headers=headers)
            assert (again.json(), again.headers["idempotency-replayed"]) == (answer.json(), "true")
        return dict(answer.json())

    def position(self, on: str) -> dict[str, Any]:
        return self.get(f"/loans/{self.loan}/position?as_of={on}")

    def events(self) -> set[str]:
        """Return the types of what happened since the last look; the feed shows it soon, at the latest in a moment."""
        seen: set[str] = set()
        while True:
            page = self.get(f"/changes?after={self.cursor}&wait=5")
            seen |= {item["type"] for item in page["items"]}
            self.cursor = page["next_cursor"]
            if page["at_head"] and seen:
                return seen

    def look(self, *events: str, state: str, outstanding: int, on: str, group: int | None) -> dict[str, Any]:
        """Check that everything agrees after a step, and that the feed told of it."""
        assert set(events) <= self.events()
        loan = self.get(f"/loans/{self.loan}")
        assert (loan["state"], loan["outstanding_vnd"]) == (state, outstanding)
        trial = self.get(f"/ledger/trial-balance?fund_id={self.fund}")
        assert trial["is_balanced"]
        books = {line["account"]: line["debit_vnd"] - line["credit_vnd"] for line in trial["items"]}
        assert books.get("loan_principal", 0) == outstanding
        assert books["cash"] == CAPITAL - self.disbursed + self.received
        fund = self.get(f"/funds/{self.fund}/position")
        undrawn = 0 if loan["drawing_closed_on"] else loan["principal_vnd"] - loan["disbursed_vnd"]
        assert (fund["lent_out_vnd"], fund["commitments_vnd"]) == (outstanding, undrawn)
        assert fund["free_balance_vnd"] == CAPITAL - outstanding - undrawn
        position = self.position(on)
        assert (position["debt_group"], position["outstanding_vnd"]) == (group, outstanding)
        statement = self.get(f"/loans/{self.loan}/statement")
        assert (statement["disbursed_vnd"], statement["paid_vnd"]) == (self.disbursed, self.received)
        assert statement["principal_paid_vnd"] == self.disbursed - outstanding
        assert -books.get("interest_income", 0) == statement["interest_paid_vnd"]
        assert -books.get("overdue_interest_income", 0) == statement["overdue_interest_paid_vnd"]
        return position

    def repay(self, amount: int, on: str) -> dict[str, Any]:
        repayment = self.post(f"/loans/{self.loan}/repayments", {"amount_vnd": amount, "paid_on": on})
        self.received += amount
        parts = ("principal_vnd", "interest_vnd", "overdue_interest_vnd", "held_vnd")
        assert sum(repayment[name] for name in parts) == amount
        return repayment

    def tranche(self, amount: int, on: str, **fields: Any) -> dict[str, Any]:
        disbursement = self.post(
            f"/loans/{self.loan}/disbursements", {"amount_vnd": amount, "disbursed_on": on, **fields}
        )
        self.disbursed += amount
        return disbursement


def approver_of(platform: Platform) -> str:
    return str(next(a["username"] for a in platform.credentials["accounts"] if a["role"] == "fund_approver"))


def test_a_loan_from_the_application_to_the_settlement(platform: Platform) -> None:
    office = Office(platform)
    fund = office.post(
        "/funds",
        {
            "name": "Quỹ hành trình",
            "operating_model": "own_apparatus",
            "province": "25-2025",
            "valid_from": "2024-01-01",
            "licence_number": "1/GP",
            "licensed_on": "2024-01-01",
            "charter_capital_vnd": CAPITAL,
        },
    )
    office.fund = fund["id"]
    movement = office.post(
        "/capital-movements", {"fund_id": fund["id"], "kind": "state", "amount_vnd": CAPITAL, "moved_on": "2024-01-05"}
    )
    path = f"/capital-movements/{movement['id']}/confirmation"
    office.post(path, {"decision": "confirm"}, by=office.approver)
    borrower = office.post(
        "/borrowers",
        {
            "kind": "member_person",
            "name": "Nguyễn Thị Hành Trình",
            "beneficiary_organization_id": _organization(office),
            "beneficiary_kind": "cooperative",
            "commune_code": "07900",
            "commune_map": "2008",
        },
    )

    application = office.post(
        "/loan-applications",
        {
            "fund_id": fund["id"],
            "borrower_id": borrower["id"],
            "submitted_on": "2024-12-01",
            "requested_amount_vnd": 150 * MILLION,
            "requested_term_months": 12,
            "project": {
                "purpose": "Nhà màng trồng rau",
                "total_cost_vnd": 300 * MILLION,
                "own_capital_vnd": 150 * MILLION,
            },
            "documents": [{"kind": kind} for kind in ("loan_request", "project")],
        },
    )
    path = f"/loan-applications/{application['id']}"
    office.post(
        f"{path}/appraisal",
        {
            "site_visit_on": "2024-12-10",
            "minutes_number": "1/BB",
            "minutes_on": "2024-12-12",
            "proposed_amount_vnd": 120 * MILLION,
            "proposed_term_months": 12,
            "proposed_annual_rate_percent": "7.3",
            "required_security": {"security": "required", "least_value_vnd": 200 * MILLION},
        },
    )
    decision: dict[str, Any] = {"decision_number": "1/QĐ", "decided_on": "2024-12-20"}
    office.post(f"{path}/approval", decision, status=403)
    # Her proof of membership is not there: the approver says to have seen that.
    warned = office.post(f"{path}/approval", decision, by=office.approver, status=409)
    assert [(each["code"], each["missing_documents"]) for each in warned["warnings"]] == [
        ("documents_missing", ["membership_proof"])
    ]
    decision["acknowledged"] = ["documents_missing"]
    approved = office.post(f"{path}/approval", decision, by=office.approver)
    assert {check["check"]: check["is_met"] for check in approved["approval"]["limits"]}["single_borrower_limit"]

    contract = {
        "loan_application_id": application["id"],
        "contract_number": f"HT-{uuid.uuid4().hex[:8]}",
        "signed_on": "2025-01-05",
        "terms": {"method": "equal_principal", "installments": 12, "first_due_on": "2025-02-10"},
    }
    differs = office.post("/loans", {**contract, "annual_rate_percent": "0"}, status=409)
    assert [each["field"] for each in differs["differences"]] == ["annual_rate_percent", "security"]
    land = {"kind": "land_use_right", "description": "Đất vườn", "owner_name": "Nguyễn Thị Hành Trình"}
    secured = {**land, "value_vnd": 250 * MILLION, "registered_on": "2025-01-08"}
    office.post("/collaterals", {**secured, "loan_application_id": application["id"]})
    loan = office.post("/loans", contract)
    office.loan = loan["id"]
    office.look(
        "loan.created", "loan_application.changed", state="contracted", outstanding=0, on="2025-01-05", group=None
    )

    # Two tranches; the first needs the bad-debt check.
    unchecked = {"amount_vnd": 70 * MILLION, "disbursed_on": "2025-01-10"}
    assert office.post(f"/loans/{office.loan}/disbursements", unchecked, status=409)["code"] == "bad_debt_check_needed"
    office.tranche(70 * MILLION, "2025-01-10", bad_debt_check={"checked_on": "2025-01-09", "result": "clean"})
    office.look(
        "disbursement.created", "loan.changed", state="disbursing", outstanding=70 * MILLION, on="2025-01-11", group=1
    )
    office.tranche(50 * MILLION, "2025-01-20")
    office.look("disbursement.created", state="active", outstanding=120 * MILLION, on="2025-01-21", group=1)

    # On time: 31 days on the first tranche, 21 on the second.
    due = office.position("2025-02-10")
    first = round(interest(70 * MILLION, 31) + interest(50 * MILLION, 21))
    assert (due["due_principal_vnd"], due["due_interest_vnd"]) == (10 * MILLION, first)
    paid = office.repay(10 * MILLION + first, "2025-02-10")
    assert (paid["principal_vnd"], paid["interest_vnd"]) == (10 * MILLION, first)
    office.look(
        "repayment.created", "loan.changed", state="active", outstanding=110 * MILLION, on="2025-02-11", group=1
    )

    # Early: the interest of 15 days, and the whole next part of the principal.
    early = round(interest(110 * MILLION, 15))
    paid = office.repay(10 * MILLION + early, "2025-02-25")
    assert (paid["principal_vnd"], paid["interest_vnd"]) == (10 * MILLION, early)
    office.look("repayment.created", state="active", outstanding=100 * MILLION, on="2025-03-09", group=1)

    # Late: what fell due on 10 April is paid 12 days afterwards, with overdue interest at 150 % of the rate.
    late = office.position("2025-04-22")
    assert (late["state"], late["days_overdue"], late["debt_group"]) == ("overdue", 43, 3)
    penalty = round(interest(10 * MILLION, 12) * Fraction(3, 2))
    assert (late["due_principal_vnd"], late["overdue_interest_vnd"]) == (10 * MILLION, penalty)
    office.repay(late["due_principal_vnd"] + late["due_interest_vnd"] + penalty, "2025-04-22")
    office.look("repayment.created", state="active", outstanding=90 * MILLION, on="2025-04-22", group=1)

    # A part of what is due, and that entry taken back.
    before = office.position("2025-05-20")
    part = office.repay(4 * MILLION, "2025-05-20")
    assert part["interest_vnd"] > 0
    assert part["loan_outstanding_vnd"] == 90 * MILLION - part["principal_vnd"]
    office.look(
        "repayment.created", state="active", outstanding=90 * MILLION - part["principal_vnd"], on="2025-05-20", group=2
    )
    office.post(f"/repayments/{part['id']}/reversal", {"reason": "Chuyển nhầm tài khoản"})
    office.received -= 4 * MILLION
    assert (
        office.look("repayment.changed", state="active", outstanding=90 * MILLION, on="2025-05-20", group=2) == before
    )

    # A new schedule that goes beyond the term: another person decides; the count tells in the group.
    proposal = office.post(
        f"/loans/{office.loan}/reschedulings",
        {
            "kind": "extension",
            "effective_on": "2025-06-01",
            "request_reason": "Mất mùa",
            "terms": {"method": "equal_principal", "installments": 15, "first_due_on": "2025-07-01"},
        },
    )
    office.look("rescheduling.created", state="active", outstanding=90 * MILLION, on="2025-06-02", group=2)
    office.post(f"/reschedulings/{proposal['id']}/approval", decision, status=403)
    office.post(
        f"/reschedulings/{proposal['id']}/approval",
        {"decision_number": "2/QĐ", "decided_on": "2025-06-02"},
        by=office.approver,
    )
    loan_position = office.look(
        "rescheduling.changed", "loan.changed", state="active", outstanding=90 * MILLION, on="2025-06-30", group=2
    )
    assert (loan_position["reschedule_count"], loan_position["days_overdue"]) == (1, 0)

    # Overdue on the new term: group 3 at once, 4 after thirty days.
    assert office.position("2025-07-02")["debt_group"] == 3
    assert office.position("2025-07-30")["debt_group"] == 3
    assert office.position("2025-07-31")["debt_group"] == 4

    # What is owed on a day settles it on that day, and not a đồng less.
    owed = office.position("2025-07-20")["total_owed_vnd"]
    office.repay(owed - 1, "2025-07-20")
    refused = office.post(f"/loans/{office.loan}/settlement", {"settled_on": "2025-07-20"}, status=409)
    assert (refused["code"], refused["owed_vnd"]) == ("still_owed", 1)
    over = office.post(f"/loans/{office.loan}/repayments", {"amount_vnd": 2, "paid_on": "2025-07-20"}, status=409)
    assert (over["code"], over["owed_vnd"], over["over_vnd"]) == ("above_owed", 1, 1)
    office.repay(1, "2025-07-20")
    office.post(f"/loans/{office.loan}/settlement", {"settled_on": "2025-07-20", "minutes_number": "9/BB"})
    office.look("loan.changed", state="settled", outstanding=0, on="2025-07-20", group=None)
    # What was true before stays so.
    assert office.position("2025-04-22")["debt_group"] == 1
    assert office.position("2025-04-21")["debt_group"] == 3
    assert date.fromisoformat(office.get(f"/loans/{office.loan}")["settled_on"]) == date(2025, 7, 20)


def _organization(office: Office) -> str:
    organization = office.officer.get("/v1/registry/organizations?province=25-2008&type=cooperative&limit=1").json()
    return str(organization["items"][0]["id"])
