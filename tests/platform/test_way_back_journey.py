"""Every kind that waits for a second person, and every way back, through the gateway: an officer enters, an approver decides.

After every step the ledger, the loan's and the fund's position, the debt group, the figures and the feed are looked at:
what waits changes nothing of them, and what is undone leaves them as they were.
"""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.funds.test_imports import a_row, as_csv
from tests.platform.conftest import Platform
from tests.platform.test_lending_journey import Office

pytestmark = pytest.mark.platform
MILLION = 1_000_000
CAPITAL = 500 * MILLION
DAYS = ("2025-01-31", "2025-03-15", "2025-08-01", "2025-12-31", "2026-06-30")
CONFIRM = {"decision": "confirm"}
DECIDED: dict[str, Any] = {"decision_number": "7/QĐ", "decided_on": "2025-08-01"}
WHY = {"reason": "Nhập nhầm"}
Stand = dict[str, Any]


class TwoPeople(Office):
    """An officer and an approver, and how everything stands between their steps."""

    def stands(self) -> Stand:
        """Return the ledger's balances, the fund, the year's lending report and, once there is a loan, every day of it."""
        trial = self.get(f"/ledger/trial-balance?fund_id={self.fund}")
        assert trial["is_balanced"]
        books = {line["account"]: line["debit_vnd"] - line["credit_vnd"] for line in trial["items"]}
        position = self.get(f"/funds/{self.fund}/position")
        position.pop("as_of")
        stand: Stand = {
            "books": {account: balance for account, balance in books.items() if balance},
            "fund": position,
            "figures": self.get(f"/reports/lending?period=2025&fund_id={self.fund}"),
        }
        if self.loan:
            stand["days"] = [self.position(day) for day in DAYS]
            stand["schedules"] = [self.get(f"/loans/{self.loan}/schedule?as_of={day}") for day in DAYS]
            stand["statement"] = self.get(f"/loans/{self.loan}/statement?as_of={DAYS[-1]}")
            loan = self.get(f"/loans/{self.loan}")
            stand["loan"] = {name: loan[name] for name in ("state", "settlement", "in_force", "reschedule_count")}
            assert stand["books"].get("loan_principal", 0) == loan["outstanding_vnd"] == position["lent_out_vnd"]
        return stand

    def waiting(self) -> set[str]:
        """Return what waits for the approver of what this office entered."""
        answer = self.approver.get("/v1/funds/approvals?limit=200")
        assert answer.status_code == 200, answer.text
        return {item["resource_id"] for item in answer.json()["items"]}

    def step(self, path: str, body: dict[str, Any], plural: str, *, told: str) -> dict[str, Any]:
        """Enter something and let the approver confirm it: it waits without effect, then it is told of in the feed."""
        before = self.stands()
        entered = self.post(path, body)
        self.decide(plural, entered, before, told=told)
        return entered

    def decide(self, plural: str, entered: dict[str, Any], before: Stand, *, told: str) -> None:
        assert self.stands() == before
        assert entered["id"] in self.waiting()
        # Who enters does not confirm: the officer's token has no right to.
        self.post(f"/{plural}/{entered['id']}/confirmation", CONFIRM, status=403)
        self.events()
        confirmed = self.post(f"/{plural}/{entered['id']}/confirmation", CONFIRM, by=self.approver)
        assert confirmed["confirmation_state"] == "confirmed"
        assert told in self.events()
        assert entered["id"] not in self.waiting()

    def undo(self, path: str, before: Stand) -> dict[str, Any]:
        """Undo a step: all stands as before it, and the ledger keeps both entries."""
        lines = self.lines()
        with_it = self.stands()
        answer = self.post(f"/{path}/reversal", WHY)
        reversal = self.get(f"/reversals/{answer.get('pending_reversal_id') or answer['id']}")
        self.decide("reversals", reversal, with_it, told="reversal.changed")
        assert self.stands() == before
        done = self.get(f"/reversals/{reversal['id']}")
        assert self.lines() == lines + len(done["moved"]["postings"])
        return done

    def lines(self) -> int:
        return int(self.get(f"/ledger/entries?fund_id={self.fund}&count=exact&limit=1")["count"])


def office_of_a_new_fund(platform: Platform, since: str, opening_until: str) -> TwoPeople:
    office = TwoPeople(platform)
    fund = office.post(
        "/funds",
        {
            "name": f"Quỹ hai người {uuid.uuid4().hex[:6]}",
            "operating_model": "own_apparatus",
            "province": "25-2025",
            "valid_from": since,
            "licence_number": "2/GP",
            "licensed_on": since,
            "charter_capital_vnd": 20_000 * MILLION,
            "opening_until": opening_until,
        },
    )
    office.fund = fund["id"]
    return office


def test_what_one_person_enters_another_confirms_and_both_take_it_back(platform: Platform) -> None:
    office = office_of_a_new_fund(platform, "2024-01-01", "2024-12-31")
    _capital(office)
    _opening(office)
    begun = office.stands()
    assert begun["books"] == {"cash": CAPITAL - 60 * MILLION, "fund_capital": -CAPITAL, "loan_principal": 60 * MILLION}
    figures = ("own_risk_outstanding_vnd", "npl_outstanding_vnd", "provision_vnd")
    assert [begun["figures"][name] for name in figures] == [60 * MILLION] * 3

    assert [day["debt_group"] for day in begun["days"]] == [1, 3, 5, 5, 5]

    waiver = {"kind": "waived", "effective_on": "2025-01-31", "interest_vnd": 100_000, **DECIDED}
    path = f"/loans/{office.loan}/interest-reductions"
    reduction = office.step(path, waiver, "interest-reductions", told="interest_reduction.changed")
    assert [day["debt_group"] for day in office.stands()["days"][:2]] == [3, 3]
    office.undo(f"interest-reductions/{reduction['id']}", begun)

    proposal = office.post(
        f"/loans/{office.loan}/reschedulings",
        {
            "kind": "extension",
            "effective_on": "2025-03-15",
            "request_reason": "Mất mùa",
            "terms": {"method": "equal_principal", "installments": 12},
        },
    )
    assert office.stands() == begun
    office.post(f"/reschedulings/{proposal['id']}/approval", DECIDED, by=office.approver)
    extended = office.stands()
    assert (extended["loan"]["reschedule_count"], extended["days"][1]["debt_group"]) == (1, 2)

    recall = {"effective_on": "2025-08-01", "due_on": "2025-08-15", "reason": "Sai mục đích", **DECIDED}
    recalled = office.step(f"/loans/{office.loan}/early-recall", recall, "reschedulings", told="rescheduling.changed")
    later = office.post(f"/reschedulings/{proposal['id']}/reversal", WHY, status=409)
    assert (later["code"], later["later_id"]) == ("undo_later_first", recalled["id"])
    office.undo(f"reschedulings/{recalled['id']}", extended)
    office.undo(f"reschedulings/{proposal['id']}", begun)

    _settled_and_opened_again(office, begun)
    _given_up_and_back(office, begun)


def test_a_loan_given_up_long_ago_is_ended_and_that_is_taken_back(platform: Platform) -> None:
    office = office_of_a_new_fund(platform, "2016-01-01", "2099-12-31")
    _given_capital(office, "2016-01-05")
    office.loan = office.step("/loans", _taken_over(office, "2018-12-31"), "loans", told="loan.changed")["id"]
    path = f"/loans/{office.loan}/write-offs"
    step = {"kind": "risk_handled", "effective_on": "2019-12-31", "ground": "debt_group_5", **DECIDED}
    office.step(path, {**step, "file_ids": [_paper(office)]}, "write-offs", told="write_off.changed")
    handled = office.stands()
    early = {"kind": "derecognized", "effective_on": "2024-12-30", **DECIDED}
    refused = office.post(path, early, status=409)
    assert (refused["code"], refused["earliest_on"]) == ("too_early_to_derecognize", "2024-12-31")
    ended = office.step(path, {**early, "effective_on": "2025-01-15"}, "write-offs", told="write_off.changed")
    assert office.stands()["loan"]["state"] == "derecognized"
    office.undo(f"write-offs/{ended['id']}", handled)


def test_a_list_of_running_loans_is_confirmed_as_one(platform: Platform) -> None:
    office = office_of_a_new_fund(platform, "2022-01-01", "2099-12-31")
    _given_capital(office, "2022-01-05")
    begun = office.stands()
    data = as_csv(*(a_row(opening_as_of="31/12/2024") for _ in range(2)))
    answer = office.officer.post(
        f"/v1/funds/imports?fund_id={office.fund}&dry_run=false",
        files={"file": ("khoan-vay.csv", data)},
        headers={"Idempotency-Key": str(uuid.uuid4())},
    )
    assert answer.status_code == 200, answer.text
    list_of_loans = answer.json()["import_id"]
    assert (office.stands(), list_of_loans in office.waiting()) == (begun, True)
    office.events()
    url = f"/imports/{list_of_loans}/confirmation"
    office.post(url, CONFIRM, status=403)
    confirmed = office.post(url, CONFIRM, by=office.approver)
    assert (confirmed["loans"], confirmed["outstanding_vnd"]) == (2, 240 * MILLION)
    assert "loan.changed" in office.events()
    assert office.stands()["books"] == {
        "cash": CAPITAL - 240 * MILLION,
        "fund_capital": -CAPITAL,
        "loan_principal": 240 * MILLION,
    }
    assert list_of_loans not in office.waiting()


def _given_capital(office: TwoPeople, on: str) -> dict[str, Any]:
    body = {"fund_id": office.fund, "kind": "state", "amount_vnd": CAPITAL, "moved_on": on}
    office.step("/capital-movements", body, "capital-movements", told="capital_movement.changed")
    return body


def _capital(office: TwoPeople) -> None:
    body = _given_capital(office, "2024-01-05")
    whole = office.stands()
    assert (whole["books"]["cash"], whole["fund"]["capital_vnd"]) == (CAPITAL, CAPITAL)
    gift = {**body, "kind": "donors", "amount_vnd": 7 * MILLION}
    movement = office.step("/capital-movements", gift, "capital-movements", told="capital_movement.changed")
    path = f"/capital-movements/{movement['id']}/reversal"
    office.step(path, WHY, "capital-movements", told="capital_movement.changed")
    assert office.stands()["books"] == whole["books"]
    taken_back = office.post("/capital-movements", gift)
    withdrawn = office.post(f"/capital-movements/{taken_back['id']}/withdrawal", WHY)
    assert (withdrawn["confirmation_state"], office.stands()["books"]) == ("withdrawn", whole["books"])


def _opening(office: TwoPeople) -> None:
    """Take a loan over that fell behind, and let the fund take others later."""
    opening = _taken_over(office, "2024-12-31")
    assert office.post("/loans", opening, status=409)["code"] == "opening_period_over"
    version = office.get(f"/funds/{office.fund}")["version"]
    until = {"opening_until": "2099-12-31", "reason": "Còn hồ sơ"}
    answer = office.officer.patch(f"/v1/funds/funds/{office.fund}", json=until, headers={"If-Match": f'"{version}"'})
    assert (answer.json()["opening_until"], answer.json()["pending_opening_until"]) == ("2024-12-31", "2099-12-31")
    office.decide("funds", {"id": office.fund}, office.stands(), told="fund.changed")
    assert office.get(f"/funds/{office.fund}")["opening_until"] == "2099-12-31"
    loan = office.step("/loans", opening, "loans", told="loan.changed")
    office.loan = loan["id"]


def _taken_over(office: TwoPeople, as_of: str) -> dict[str, Any]:
    """Return a loan that ran before, of half a year."""
    borrower = office.post(
        "/borrowers",
        {
            "kind": "member_person",
            "name": "Nguyễn Văn Hai",
            "beneficiary_organization_id": _organization(office),
            "beneficiary_kind": "cooperative",
            "commune_code": "07900",
            "commune_map": "2008",
        },
    )
    return {
        "fund_id": office.fund,
        "borrower_id": borrower["id"],
        "contract_number": f"HN-{uuid.uuid4().hex[:8]}",
        "signed_on": f"{as_of[:4]}-06-01",
        "principal_vnd": 100 * MILLION,
        "annual_rate_percent": "7.3",
        "terms": {"method": "equal_principal", "installments": 6},
        "project": {"purpose": "Nuôi ong", "total_cost_vnd": 200 * MILLION, "own_capital_vnd": 100 * MILLION},
        "opening": {"as_of": as_of, "principal_vnd": 60 * MILLION},
    }


def _settled_and_opened_again(office: TwoPeople, begun: Stand) -> None:
    owed = office.position("2025-08-01")["total_owed_vnd"]
    body = {"amount_vnd": owed + 5 * MILLION, "paid_on": "2025-08-01", "excess": "hold"}
    paid = office.post(f"/loans/{office.loan}/repayments", body)
    repaid = office.stands()
    office.post(f"/loans/{office.loan}/settlement", {"settled_on": "2025-08-02"})
    settled = office.stands()
    assert (settled["loan"]["state"], settled["days"][-1]["debt_group"]) == ("settled", None)
    done = office.undo(f"loans/{office.loan}/settlement", repaid)
    assert [line["debit_vnd"] - line["credit_vnd"] for line in done["moved"]["postings"]] == [-5 * MILLION, 5 * MILLION]
    office.post(f"/loans/{office.loan}/settlement", {"settled_on": "2025-08-02"})
    assert office.stands()["books"] == settled["books"]
    # The payment bounced: loan and books are as before it, by one confirmation.
    office.undo(f"repayments/{paid['id']}", begun)


def _given_up_and_back(office: TwoPeople, begun: Stand) -> None:
    step = {"kind": "risk_handled", "effective_on": "2025-12-31", "ground": "debt_group_5", **DECIDED}
    path = f"/loans/{office.loan}/write-offs"
    handled = office.step(path, {**step, "file_ids": [_paper(office)]}, "write-offs", told="write_off.changed")
    off = office.stands()
    assert (off["loan"]["state"], off["figures"]["own_risk_outstanding_vnd"]) == ("risk_handled", 0)
    assert (off["books"]["loan_losses"], off["fund"]["losses_vnd"]) == (60 * MILLION, 60 * MILLION)
    back = {"kind": "recovery", "effective_on": "2026-02-01", "amount_vnd": 20 * MILLION, **DECIDED}
    recovery = office.step(path, back, "write-offs", told="write_off.changed")
    assert office.stands()["fund"]["losses_vnd"] == 40 * MILLION
    later = office.post(f"/write-offs/{handled['id']}/reversal", WHY, status=409)
    assert (later["code"], later["later_kind"]) == ("undo_later_first", "recovery")
    office.undo(f"write-offs/{recovery['id']}", off)
    office.undo(f"write-offs/{handled['id']}", begun)


def _paper(office: TwoPeople) -> str:
    files = {"file": ("bien-ban.txt", "Biên bản\n".encode(), "text/plain")}
    uploaded = office.officer.post("/v1/funds/files", files=files, headers={"Idempotency-Key": str(uuid.uuid4())})
    assert uploaded.status_code == 201, uploaded.text
    return str(uploaded.json()["id"])


def _organization(office: TwoPeople) -> str:
    organization = office.officer.get("/v1/registry/organizations?province=25-2008&type=cooperative&limit=1").json()
    return str(organization["items"][0]["id"])
