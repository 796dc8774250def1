"""A member's whole life as a borrower, each of its papers and notes saying who it is, and the years after it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from kernel.values.days import use_clock
from services.funds.code_lists import APPROVAL_WARNINGS
from tests.funds.builders import (
    APPLICATIONS,
    BORROWERS,
    CLEAN,
    MILLION,
    PATH,
    Make,
    Record,
    a_project,
    a_repayment,
    an_appraisal,
    an_approval,
    keyed,
)
from tests.support.answers import etag, ok

NAME, PHONE, NUMBER = "Đặng Thị Khuất", "0987 111 222", "025987654321"
WORDS = f"của bà {NAME}"
SAYING = (NAME, "0987111222", PHONE, NUMBER, "Giấy 77-KHUAT", "CIC-KHUAT")
"""What nothing may say any more: the name, the numbers, and those of papers that are hers."""


class Life(NamedTuple):
    """The borrower, her loan and its application, one that was refused, the fund, another's application that counts her, a file."""

    borrower: Record
    loan: Record
    application: Record
    refused: Record
    fund: Record
    of_another: Record
    own_file: str
    shared_file: str


class Clock:
    """Today, as a sandbox's clock says it."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def at(self, day: str) -> None:
        """Have today be that day."""
        self._file.write_text(day, encoding="ascii")
        use_clock(self._file)


async def a_borrower_of(make: Make, organization_id: str, name: str = NAME, **fields: Any) -> Record:
    """Make a member of an organization."""
    member = {"beneficiary_organization_id": organization_id, "beneficiary_kind": "cooperative_group"}
    return await make.borrower("member_person", name=name, **member, **fields)


async def settled(make: Make, loan: Record, on: str, **fields: Any) -> Record:
    """Pay all that is owed on a loan and settle it on that day."""
    owed = ok(await make.client.get(f"{PATH}/loans/{loan.id}/position?as_of={on}"))["total_owed_vnd"]
    await make.money(f"loans/{loan.id}/repayments", a_repayment(owed, paid_on=on, payer=NAME, note=WORDS))
    return await make.money(f"loans/{loan.id}/settlement", {"settled_on": on, "note": WORDS, **fields})


async def a_life(make: Make) -> Life:
    """Make a loan that was paid back on 2 October 2023 and all that is noted of it, and an application that was refused."""
    fund = await make.rich_fund()
    organization_id = (await make.borrower()).organization_id
    borrower = await a_borrower_of(
        make, organization_id, phone=PHONE, id_number=NUMBER, address=f"Nhà {WORDS}", reason=f"Theo đơn {WORDS}"
    )
    group = await make.create("borrower-groups", {"name": f"Gia đình {NAME}", "note": WORDS, "alliance": "25-2025"})
    for member, relation in ((borrower, WORDS), (await a_borrower_of(make, organization_id, "Đặng Văn Em"), "em")):
        body = {"borrower_id": member.id, "valid_from": "2020-01-01", "relation": relation}
        await make.create(f"borrower-groups/{group.id}/members", body)
    own_file, shared_file = await make.paper(), await make.paper()
    application = await make.application(
        fund,
        borrower,
        requested_amount_vnd=120 * MILLION,
        project=a_project(purpose=f"Nuôi bò {WORDS}", expected_results=WORDS),
        documents=[{"kind": "loan_request", "file_id": own_file, "note": WORDS}],
    )
    await make.create(
        f"loan-applications/{application.id}/appraisal",
        an_appraisal(
            120 * MILLION,
            findings=WORDS,
            file_ids=[shared_file],
            required_security={"security": "required", "least_value_vnd": MILLION, "note": WORDS},
        ),
    )
    collateral = {
        "kind": "land_use_right",
        "description": f"Đất {WORDS}",
        "owner_name": NAME,
        "certificate_number": "Giấy 77-KHUAT",
        "registration_number": f"Đăng ký {WORDS}",
        "registered_on": "2023-02-20",
        "value_vnd": 200 * MILLION,
        "loan_application_id": application.id,
        "file_ids": [own_file],
    }
    await make.create("collaterals", collateral)
    removed = await make.create("collaterals", {**collateral, "loan_application_id": None, "borrower_id": borrower.id})
    url = f"{PATH}/collaterals/{removed.id}?reason=Nhầm"
    assert (await make.client.delete(url, headers=etag(removed))).status_code == 204
    given_on = await make.create("collaterals", {**collateral, "loan_application_id": None, "borrower_id": borrower.id})
    other = await make.borrower()
    body = {
        "borrower_id": other.id,
        "owner_name": "HTX",
        "description": "Đất",
        "certificate_number": None,
        "registration_number": None,
        "file_ids": [],
    }
    ok(await make.client.patch(f"{PATH}/collaterals/{given_on.id}", json=body, headers=etag(given_on)))
    approval = an_approval(acknowledged=list(APPROVAL_WARNINGS), note=WORDS)
    application = Record(ok(await make.approver.post(f"{APPLICATIONS}/{application.id}/approval", json=approval), 201))
    contract = {
        "loan_application_id": application.id,
        "contract_number": "07/2023/HĐTD",
        "signed_on": "2023-03-02",
        "reason": WORDS,
    }
    loan = await make.create("loans", contract)
    check = {**CLEAN, "reference": "CIC-KHUAT", "file_id": own_file}
    tranche = {"amount_vnd": 120 * MILLION, "disbursed_on": "2023-03-02", "bad_debt_check": check, "note": WORDS}
    await make.money(f"loans/{loan.id}/disbursements", tranche)
    loan = await make.read("loans", loan.id)
    repayment = await make.money(f"loans/{loan.id}/repayments", a_repayment(payer=NAME, note=WORDS))
    await make.money(f"repayments/{repayment.id}/reversal", {"reason": f"Nhập nhầm {WORDS}"})
    check = {"due_on": "2023-04-01", "checked_on": "2023-04-01", "finding": "as_agreed", "note": WORDS}
    await make.create(f"loans/{loan.id}/use-checks", {**check, "checked_by": "Trần B", "file_ids": [own_file]})
    action = {"kind": "reminder", "done_on": "2023-05-01", "promise": WORDS, "note": WORDS, "file_ids": [own_file]}
    await make.create(f"loans/{loan.id}/collection-actions", action)
    reduction = {
        "kind": "reduced",
        "effective_on": "2023-05-02",
        "interest_vnd": 1000,
        "decision_number": "1/QĐ",
        "decided_on": "2023-05-02",
        "note": WORDS,
    }
    await make.entered_and_confirmed("interest-reductions", loan, reduction)
    # Another member of the same organization: what the fund has lent to her is told to who approves.
    another = await a_borrower_of(make, organization_id, "Lê Văn Khác")
    of_another = await make.approved(fund, another, requested_amount_vnd=10 * MILLION)
    await settled(make, loan, "2023-10-02")
    refused = await make.appraised(fund, borrower)
    body = {"reason": f"Không đủ điều kiện: {WORDS}", "decided_on": "2023-11-20"}
    ok(await make.approver.post(f"{APPLICATIONS}/{refused.id}/rejection", json=body), 201)
    # The shared file is a paper of another's collateral as well.
    shared = {"kind": "machinery", "description": "Máy", "owner_name": "HTX", "value_vnd": 1, "file_ids": [shared_file]}
    await make.create("collaterals", {**shared, "borrower_id": other.id})
    read = await make.read("borrowers", borrower.id)
    return Life(
        read,
        await make.read("loans", loan.id),
        await make.read("loan-applications", application.id),
        await make.read("loan-applications", refused.id),
        fund,
        await make.read("loan-applications", of_another.id),
        own_file,
        shared_file,
    )


async def erase(client: Any, borrower: Record, **headers: str) -> Any:
    """Ask for the erasure of a borrower, as it was read."""
    body = {"ground": "retention_ended", "document_number": "5/TB"}
    return await client.post(f"{BORROWERS}/{borrower.id}/erasure", json=body, headers={**etag(borrower), **headers})


__all__ = ["BORROWERS", "NAME", "NUMBER", "PHONE", "SAYING", "WORDS", "Clock", "Life", "a_life", "erase", "keyed"]
