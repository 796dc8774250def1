"""Records of the funds, valid by default: a test names just what it is about. All names are invented."""

from __future__ import annotations

import itertools
from typing import Any

import httpx

from kernel.values.ids import new_id
from services.funds.code_lists import APPROVAL_WARNINGS
from tests.support.answers import ok
from tests.support.client import ApiClient

PATH = "/v1/funds"
FUNDS, CAPITAL = f"{PATH}/funds", f"{PATH}/capital-movements"
BORROWERS, GROUPS = f"{PATH}/borrowers", f"{PATH}/borrower-groups"
APPLICATIONS, COLLATERALS, LOANS = f"{PATH}/loan-applications", f"{PATH}/collaterals", f"{PATH}/loans"
PRODUCTS, RULES = f"{PATH}/loan-products", f"{PATH}/lending-rules"
SCOPES = "funds.read funds.write"
MILLION, BILLION = 1_000_000, 1_000_000_000

_NUMBERS = itertools.count(1)


class Record(dict[str, Any]):
    """A record as the service answered it; its fields are attributes as well."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


def a_fund(**fields: Any) -> dict[str, Any]:
    return {
        "name": f"Quỹ hỗ trợ phát triển hợp tác xã số {next(_NUMBERS)}",
        "operating_model": "own_apparatus",
        "province": "25-2025",
        "licence_number": "12/GP",
        "licensed_on": "2019-01-10",
        "valid_from": "2019-02-01",
        "charter_capital_vnd": 20 * BILLION,
        "opening_until": "2099-12-31",
        **fields,
    }


def a_movement(fund: Record, **fields: Any) -> dict[str, Any]:
    return {"fund_id": fund.id, "kind": "state", "amount_vnd": BILLION, "moved_on": "2020-03-01", **fields}


def a_product(**fields: Any) -> dict[str, Any]:
    return {
        "code": f"VAY-{next(_NUMBERS):04d}",
        "name": "Vay vốn trung hạn",
        "annual_rate_percent": "6.60",
        "overdue_rate_percent_of_rate": "150",
        "method": "equal_principal",
        "valid_from": "2021-06-01",
        **fields,
    }


def a_rule(**fields: Any) -> dict[str, Any]:
    body = {"rule": "single_borrower_limit", "valid_from": "2021-06-01", "legal_basis": "Quy chế cho vay, Điều 7"}
    without_percent = ("approval_authority", "bad_debt_check_validity", "document_checklist", "rescheduling_cure")
    if fields.get("rule", "single_borrower_limit") not in without_percent:
        body["value_percent"] = "10"
    return {**body, **fields}


GIA_CAM, LE_LOI = "07900", "16669"
"""Communes of the 2008 map: in old Phú Thọ (25-2008, today 25-2025), and in Nghệ An (40-2008, 40-2025)."""


def a_borrower(kind: str = "cooperative", **fields: Any) -> dict[str, Any]:
    """Return the body of a new borrower; a member belongs to a group of its own."""
    number = next(_NUMBERS)
    body: dict[str, Any] = {
        "kind": kind,
        "name": f"Hợp tác xã Minh Khai {number}",
        "organization_id": new_id(),
        "commune_code": GIA_CAM,
        "commune_map": "2008",
    }
    if kind.startswith("member"):
        body |= {
            "name": f"Nguyễn Văn A {number}",
            "beneficiary_organization_id": new_id(),
            "beneficiary_kind": "cooperative_group",
            "organization_id": None,
        }
    return {**body, **fields}


def a_project(**fields: Any) -> dict[str, Any]:
    """Return a project of a billion, of which the borrower brings 300 million."""
    return {"purpose": "Mua máy sấy chè", "total_cost_vnd": BILLION, "own_capital_vnd": 300 * MILLION, **fields}


def an_application(fund: Record, borrower: Record, **fields: Any) -> dict[str, Any]:
    """Return the body of an application; the project costs twice what is asked, half of it one's own; no paper is missing."""
    amount = fields.get("requested_amount_vnd", 500 * MILLION)
    return {
        "fund_id": fund.id,
        "borrower_id": borrower.id,
        "submitted_on": "2023-02-01",
        "requested_amount_vnd": amount,
        "requested_term_months": 24,
        "project": a_project(total_cost_vnd=2 * amount, own_capital_vnd=amount),
        "documents": [{"kind": kind} for kind in PAPERS],
        **fields,
    }


PAPERS = (
    "loan_request",
    "registration_certificate",
    "charter",
    "borrowing_resolution",
    "financial_statements",
    "project",
    "membership_proof",
)
"""Every document that the nation's checklists ask for."""


def an_appraisal(amount: int = 500 * MILLION, **fields: Any) -> dict[str, Any]:
    return {
        "site_visit_on": "2023-02-10",
        "council": [
            {"name": "Trần Thị B", "position": "Giám đốc", "vote": "for"},
            {"name": "Lê Văn C", "vote": "abstain"},
        ],
        "minutes_number": "05/BB",
        "minutes_on": "2023-02-15",
        "proposed_amount_vnd": amount,
        "proposed_term_months": 24,
        "proposed_annual_rate_percent": "6.60",
        **fields,
    }


def an_approval(**fields: Any) -> dict[str, Any]:
    """Return a decision as proposed. Most funds of the tests have no capital booked: the approver knows."""
    acknowledged = ["free_balance_short"]
    return {"decision_number": "09/QĐ-QHT", "decided_on": "2023-02-20", "acknowledged": acknowledged, **fields}


def a_quote(**fields: Any) -> dict[str, Any]:
    """Return the terms of 100 million at 12 % over a year of equal installments."""
    return {
        "principal_vnd": 100 * MILLION,
        "annual_rate_percent": "12",
        "installments": 12,
        "method": "equal_installment",
        "disbursed_on": "2023-01-31",
        **fields,
    }


def terms(**fields: Any) -> dict[str, Any]:
    """Return a year of equal principal parts, month by month."""
    return {"method": "equal_principal", "installments": 12, **fields}


def a_contract(application: Record, **fields: Any) -> dict[str, Any]:
    """Return the body of a contract signed ten days after the approval, over a year of equal principal parts."""
    return {
        "loan_application_id": application.id,
        "contract_number": f"{next(_NUMBERS)}/2023/HĐTD",
        "signed_on": "2023-03-02",
        "terms": terms(),
        **fields,
    }


def an_opening(fund: Record, borrower: Record, **fields: Any) -> dict[str, Any]:
    """Return the body of a loan that ran before: 60 million outstanding at the end of 2022, in order."""
    opening = {"as_of": "2022-12-31", "principal_vnd": 60 * MILLION, **fields.pop("opening", {})}
    return {
        "fund_id": fund.id,
        "borrower_id": borrower.id,
        "contract_number": f"{next(_NUMBERS)}/2021/HĐTD",
        "signed_on": "2021-06-01",
        "principal_vnd": 100 * MILLION,
        "annual_rate_percent": "6",
        "terms": terms(installments=6),
        "project": a_project(),
        "opening": opening,
        **fields,
    }


def a_coverage(**fields: Any) -> dict[str, Any]:
    """Return a claim that old Phú Thọ's loans and tranches of 2023 are complete."""
    return {
        "province": "25-2008",
        "record_types": ["disbursements", "loans"],
        "covered_from": "2023-01-01",
        "covered_to": "2023-12-31",
        **fields,
    }


CLEAN = {"checked_on": "2023-03-01", "result": "clean", "reference": "CIC-1"}


def a_tranche(amount: int = 120 * MILLION, **fields: Any) -> dict[str, Any]:
    return {"amount_vnd": amount, "disbursed_on": "2023-03-02", "bad_debt_check": CLEAN, **fields}


def a_repayment(amount: int = 10 * MILLION, **fields: Any) -> dict[str, Any]:
    return {"amount_vnd": amount, "paid_on": "2023-04-02", **fields}


def a_recovery(amount: int, **fields: Any) -> dict[str, Any]:
    decision = {"decision_number": "7/QĐ", "decided_on": "2024-01-05"}
    return {"kind": "recovery", "effective_on": "2024-01-05", "amount_vnd": amount, **decision, **fields}


def keyed() -> dict[str, str]:
    """Return the header that a call which moves money needs."""
    return {"Idempotency-Key": new_id()}


class Make:
    """Makes records through the service's own operations, anywhere in the nation."""

    def __init__(self, client: httpx.AsyncClient, approver: httpx.AsyncClient) -> None:
        self.client, self.approver = client, approver

    @classmethod
    def anywhere(cls, funds: ApiClient) -> Make:
        """Return builders for the whole nation."""
        return cls(
            funds.as_(area="VN", sub="builder"),
            funds.as_(area="VN", sub="approver", scope="funds.read funds.approve"),
        )

    async def create(self, path: str, body: dict[str, Any]) -> Record:
        return Record(ok(await self.client.post(f"{PATH}/{path}", json=body), 201))

    async def fund(self, **fields: Any) -> Record:
        """Make a fund of Phú Thọ with a charter capital of 20 billion."""
        return await self.create("funds", a_fund(**fields))

    async def movement(self, fund: Record, **fields: Any) -> Record:
        """Make a movement that another person confirmed: a billion of the state, received."""
        return await self.confirmed(
            "capital-movements", await self.create("capital-movements", a_movement(fund, **fields))
        )

    async def opened(self, fund: Record, borrower: Record, **fields: Any) -> Record:
        """Make a loan that ran before, which another person confirmed."""
        return await self.confirmed("loans", await self.create("loans", an_opening(fund, borrower, **fields)))

    async def paper(self) -> str:
        """Upload a paper; return the id of the file."""
        content = f"%PDF-1.4\n% {next(_NUMBERS)}\n%%EOF\n".encode()
        files = {"file": ("bien-ban.pdf", content, "application/pdf")}
        return str(ok(await self.client.post(f"{PATH}/files?alliance=25-2025", files=files), 201)["id"])

    async def a_write_off(self, on: str = "2023-10-01", **fields: Any) -> dict[str, Any]:
        """Return the body that uses provisions for a debt of group 5; a loan of `make.loan` is one from 29 September 2023."""
        decision = {"decision_number": "6/QĐ", "decided_on": on}
        grounds = {"ground": "debt_group_5", "file_ids": [await self.paper()]}
        return {"kind": "risk_handled", "effective_on": on, **decision, **grounds, **fields}

    async def written_off(self, loan: Record, on: str = "2023-10-01", **fields: Any) -> Record:
        """Use provisions for a loan, confirmed."""
        return await self.entered_and_confirmed("write-offs", loan, await self.a_write_off(on, **fields))

    async def recovered(self, loan: Record, amount: int, on: str = "2024-01-05") -> Record:
        """Recover money of a loan that was written off, confirmed."""
        return await self.entered_and_confirmed("write-offs", loan, a_recovery(amount, effective_on=on))

    async def ended(self, loan: Record, on: str, ended_as: str = "dissolved") -> None:
        """Note that the borrower of a loan ended, where the registry knows nothing of it."""
        url = f"{BORROWERS}/{loan.borrower_id}"
        version = ok(await self.client.get(url))["version"]
        body = {"ended_as": ended_as, "ended_on": on}
        ok(await self.client.patch(url, json=body, headers={"If-Match": f'"{version}"'}))

    async def entered_and_confirmed(self, path: str, loan: Record, body: dict[str, Any]) -> Record:
        """Enter something of a loan (`write-offs`, `interest-reductions`, `early-recall`), and let another person confirm."""
        record = await self.money(f"loans/{loan.id}/{path}", body)
        return await self.confirmed("reschedulings" if path == "early-recall" else path, record)

    async def confirmed(self, path: str, record: dict[str, Any]) -> Record:
        """Let another person confirm what was entered."""
        answer = await self.approver.post(f"{PATH}/{path}/{record['id']}/confirmation", json={"decision": "confirm"})
        return Record(ok(answer, 201))

    async def undone(self, path: str, **fields: Any) -> Record:
        """Enter the reversal of what stands at a path, and let another person confirm it."""
        entered = await self.money(f"{path}/reversal", {"reason": "Nhập nhầm khoản vay", **fields})
        reversal_id = entered.pending_reversal_id if path.startswith("repayments") else entered.id
        return await self.confirmed("reversals", {"id": reversal_id})

    async def product(self, **fields: Any) -> Record:
        """Make a product of Phú Thọ's alliance for all its funds."""
        return await self.create("loan-products", a_product(**({"alliance": "25-2025"} | fields)))

    async def rule(self, **fields: Any) -> Record:
        """Make a rule of Phú Thọ's alliance, or of the fund that is given."""
        return await self.create("lending-rules", a_rule(**({"alliance": "25-2025"} | fields)))

    async def borrower(self, kind: str = "cooperative", **fields: Any) -> Record:
        """Make a borrower in old Phú Thọ."""
        return await self.create("borrowers", a_borrower(kind, **fields))

    async def related(self, *borrowers: Record, since: str = "2020-01-01") -> Record:
        """Make a group of related persons of these borrowers."""
        group = await self.create("borrower-groups", {"name": "Gia đình ông B", "alliance": "25-2025"})
        for borrower in borrowers:
            body = {"borrower_id": borrower.id, "valid_from": since}
            await self.create(f"borrower-groups/{group.id}/members", body)
        return group

    async def application(self, fund: Record, borrower: Record | None = None, **fields: Any) -> Record:
        """Make an application of 500 million for 24 months, by a cooperative of its own unless one is given."""
        body = an_application(fund, borrower or await self.borrower(), **fields)
        return await self.create("loan-applications", body)

    async def appraised(self, fund: Record, borrower: Record | None = None, **fields: Any) -> Record:
        """Make an application that was appraised as it was asked for, or as `appraisal` says."""
        appraisal = fields.pop("appraisal", {})
        application = await self.application(fund, borrower, **fields)
        body = an_appraisal(application.requested_amount_vnd, **appraisal)
        return await self.create(f"loan-applications/{application.id}/appraisal", body)

    async def approved(self, fund: Record, borrower: Record | None = None, **fields: Any) -> Record:
        """Make an application that another person approved as it was asked for, whatever there was to acknowledge."""
        application = await self.appraised(fund, borrower, **fields)
        body = an_approval(acknowledged=list(APPROVAL_WARNINGS))
        answer = await self.approver.post(f"{APPLICATIONS}/{application.id}/approval", json=body)
        return Record(ok(answer, 201))

    async def money(self, path: str, body: dict[str, Any], *, by: httpx.AsyncClient | None = None) -> Record:
        """Make what moves money, with a key of its own."""
        answer = await (by or self.client).post(f"{PATH}/{path}", json=body, headers=keyed())
        return Record(ok(answer, 201))

    async def rich_fund(self, amount: int = 20 * BILLION, **fields: Any) -> Record:
        """Make a fund that has received this much of the state."""
        fund = await self.fund(**fields)
        await self.movement(fund, amount_vnd=amount)
        return fund

    async def contract(self, fund: Record | None = None, amount: int = 120 * MILLION, **fields: Any) -> Record:
        """Make a contract of an application that was approved at its rate and terms, for as long as they last; nothing is
        paid out yet.
        """
        borrower = fields.pop("borrower", None)
        appraisal = {"proposed_term_months": 600, "proposed_terms": fields.get("terms", terms())}
        if "annual_rate_percent" in fields:
            appraisal["proposed_annual_rate_percent"] = fields["annual_rate_percent"]
        application = await self.approved(
            fund or await self.rich_fund(), borrower, requested_amount_vnd=amount, appraisal=appraisal
        )
        return await self.create("loans", a_contract(application, **fields))

    async def loan(self, fund: Record | None = None, amount: int = 120 * MILLION, **fields: Any) -> Record:
        """Make a loan that was paid out in full on 2 March 2023, at 6.60 % over twelve months of equal principal."""
        contracted = await self.contract(fund, amount, **fields)
        await self.money(f"loans/{contracted.id}/disbursements", a_tranche(amount))
        return await self.read("loans", contracted.id)

    async def read(self, path: str, id_: str) -> Record:
        return Record(ok(await self.client.get(f"{PATH}/{path}/{id_}")))
