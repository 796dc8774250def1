"""Every document of a loan in every state, on every kind of day: printed or refused in words, never a fault, never below 0."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Awaitable, Callable
from typing import Any

import docx
import pytest

from kernel.values.amount_in_words import amount_words
from kernel.values.days import today
from kernel.values.money import number_text
from services.funds.code_lists import LOAN_STATES
from services.funds.servicing.documents.render import DOCX, KINDS
from tests.funds.builders import MILLION, PATH, Make, Record, a_repayment, a_tranche, keyed, terms
from tests.support.answers import ok
from tests.support.client import ApiClient

pytestmark = pytest.mark.thorough

Made = Callable[[ApiClient, Make], Awaitable[Record]]
BY_STATE: dict[str, tuple[str, Made]] = {}
LOANS = f"{PATH}/loans"
REFUSED = {"nothing_overdue", "books_kept_elsewhere"}
AMOUNT = re.compile(r"(-?[\d.]+) đồng(?:[ :]*\(([^)]+)\))?")


def state(name: str) -> Callable[[Made], Made]:
    """Note how a loan comes into this state; the name of the function says what is special of it."""

    def noted(made: Made) -> Made:
        BY_STATE[made.__name__] = name, made
        return made

    return noted


async def decide(make: Make, loan: Record, path: str, **fields: Any) -> dict[str, Any]:
    body = {"decision_number": "9/QĐ", "decided_on": "2023-08-01", **fields}
    return await make.entered_and_confirmed(path, loan, body)


async def owed(make: Make, loan: Record, on: str) -> int:
    return int(ok(await make.client.get(f"{LOANS}/{loan.id}/position?as_of={on}"))["total_owed_vnd"])


@state("contracted")
async def contracted(funds: ApiClient, make: Make) -> Record:
    return await make.contract()


@state("cancelled")
async def cancelled(funds: ApiClient, make: Make) -> Record:
    loan = await make.contract()
    body = {"cancelled_on": "2023-03-10", "reason": "Bên vay rút"}
    ok(await funds.post(f"{LOANS}/{loan.id}/cancellation", json=body), 201)
    return loan


@state("disbursing")
async def partly_drawn(funds: ApiClient, make: Make) -> Record:
    loan = await make.contract()
    await make.money(f"loans/{loan.id}/disbursements", a_tranche(50 * MILLION))
    return loan


@state("active")
async def drawing_closed(funds: ApiClient, make: Make) -> Record:
    loan = await partly_drawn(funds, make)
    ok(await funds.post(f"{LOANS}/{loan.id}/drawing-closure", json={"closed_on": "2023-03-20"}), 201)
    return loan


@state("contracted")
async def tranche_reversed(funds: ApiClient, make: Make) -> Record:
    loan = await make.contract()
    tranche = await make.money(f"loans/{loan.id}/disbursements", a_tranche())
    await make.money(f"disbursements/{tranche.id}/reversal", {"reason": "Nhầm khoản vay"})
    return loan


@state("active")
async def never_paid_back(funds: ApiClient, make: Make) -> Record:
    return await make.loan(overdue_interest_rate_percent="10")


@state("active")
async def paid_ahead(funds: ApiClient, make: Make) -> Record:
    loan = await make.loan()
    await make.money(f"loans/{loan.id}/repayments", a_repayment(75 * MILLION, paid_on="2023-03-15"))
    return loan


@state("active")
async def held_for_the_borrower(funds: ApiClient, make: Make) -> Record:
    loan = await make.loan()
    body = a_repayment(150 * MILLION, paid_on="2023-04-10", excess="hold")
    await make.money(f"loans/{loan.id}/repayments", body)
    return loan


@state("settled")
async def settled(funds: ApiClient, make: Make) -> Record:
    loan = await held_for_the_borrower(funds, make)
    ok(await funds.post(f"{LOANS}/{loan.id}/settlement", json={"settled_on": "2023-04-12"}, headers=keyed()), 201)
    return loan


@state("active")
async def interest_waived(funds: ApiClient, make: Make) -> Record:
    loan = await make.loan()
    position = ok(await funds.get(f"{LOANS}/{loan.id}/position?as_of=2023-08-01"))
    await decide(
        make,
        loan,
        "interest-reductions",
        kind="waived",
        effective_on="2023-08-01",
        interest_vnd=position["due_interest_vnd"],
        overdue_interest_vnd=position["overdue_interest_vnd"],
    )
    return loan


@state("active")
async def rescheduled(funds: ApiClient, make: Make) -> Record:
    loan = await make.loan()
    await make.money(f"loans/{loan.id}/repayments", a_repayment(13 * MILLION, paid_on="2023-04-20"))
    proposal = ok(
        await funds.post(
            f"{LOANS}/{loan.id}/reschedulings",
            json={
                "kind": "extension",
                "effective_on": "2023-06-20",
                "request_reason": "Mất mùa <bão & lũ>",
                "terms": terms(installments=18),
                "annual_rate_percent": "5.5",
            },
        ),
        201,
    )
    decision = {"decision_number": "3/QĐ", "decided_on": "2023-06-21"}
    ok(await make.approver.post(f"{PATH}/reschedulings/{proposal['id']}/approval", json=decision), 201)
    return loan


@state("active")
async def recalled(funds: ApiClient, make: Make) -> Record:
    loan = await make.loan()
    await decide(make, loan, "early-recall", effective_on="2023-06-20", due_on="2023-07-20", reason="Sai mục đích")
    return loan


@state("risk_handled")
async def handled_by_provisions(funds: ApiClient, make: Make) -> Record:
    loan = await make.loan()
    await make.written_off(loan)
    return loan


@state("risk_handled")
async def recovered_from(funds: ApiClient, make: Make) -> Record:
    loan = await handled_by_provisions(funds, make)
    await make.recovered(loan, MILLION)
    return loan


@state("derecognized")
async def derecognized(funds: ApiClient, make: Make) -> Record:
    fund, borrower = await make.rich_fund(), await make.borrower()
    opening = {"as_of": "2020-01-31", "principal_vnd": MILLION}
    loan = await make.opened(fund, borrower, signed_on="2019-06-01", opening=opening)
    await make.written_off(loan, "2020-10-01")
    await decide(make, loan, "write-offs", kind="derecognized", effective_on="2025-10-01")
    return loan


@state("active")
async def taken_over_in_order(funds: ApiClient, make: Make) -> Record:
    return await make.opened(await make.rich_fund(), await make.borrower())


@state("active")
async def taken_over_wholly_overdue(funds: ApiClient, make: Make) -> Record:
    opening = {
        "overdue_principal_vnd": 60 * MILLION,
        "overdue_since": "2022-06-30",
        "overdue_interest_vnd": 5,
        "accrued_interest_vnd": 7,
    }
    return await make.opened(await make.rich_fund(), await make.borrower(), opening=opening)


@state("active")
async def entrusted_to_another_lender(funds: ApiClient, make: Make) -> Record:
    return await make.loan(channel="entrusted_out")


@state("active")
async def in_a_grace_of_interest(funds: ApiClient, make: Make) -> Record:
    return await make.loan(terms=terms(interest_grace=6))


@state("active")
async def paid_within_a_grace(funds: ApiClient, make: Make) -> Record:
    loan = await in_a_grace_of_interest(funds, make)
    await make.money(f"loans/{loan.id}/repayments", a_repayment(5 * MILLION, paid_on="2023-03-20"))
    return loan


@state("active")
async def paid_and_waived_within_a_grace(funds: ApiClient, make: Make) -> Record:
    loan = await paid_within_a_grace(funds, make)
    position = ok(await funds.get(f"{LOANS}/{loan.id}/position?as_of=2023-06-15"))
    assert position["accrued_interest_vnd"] > 0
    waived = {"kind": "waived", "effective_on": "2023-06-15", "interest_vnd": position["accrued_interest_vnd"]}
    await decide(make, loan, "interest-reductions", **waived)
    return loan


@state("active")
async def overdue_after_a_grace(funds: ApiClient, make: Make) -> Record:
    agreed = terms(interest_grace=6, principal_grace=6)
    loan = await make.loan(terms=agreed, overdue_interest_rate_percent="10")
    position = ok(await funds.get(f"{LOANS}/{loan.id}/position?as_of=2023-10-02"))
    # The first that fell due and was not paid is the row after the grace, with the interest of all seven months.
    assert position["overdue_since"] == "2023-10-02" or position["days_overdue"] == 0
    assert position["due_interest_vnd"] > 4 * MILLION
    return loan


@state("active")
async def without_interest(funds: ApiClient, make: Make) -> Record:
    return await make.loan(annual_rate_percent="0")


@state("active")
async def paid_to_the_dong_and_reversed(funds: ApiClient, make: Make) -> Record:
    loan = await make.loan()
    amount = await owed(make, loan, "2023-07-03")
    paid = await make.money(f"loans/{loan.id}/repayments", a_repayment(amount, paid_on="2023-07-03"))
    await make.money(f"repayments/{paid.id}/reversal", {"reason": "Séc bị trả lại"})
    return loan


def judge(answer: Any, kind: str, position: dict[str, Any]) -> bool:
    """Say whether the document was printed. Every amount is a figure not below 0, beside it the same in words."""
    if answer.status_code != 200:
        problem = answer.json()
        assert (answer.status_code, problem["code"] in REFUSED) == (409, True), answer.text
        return False
    assert answer.headers["content-type"] == DOCX
    document = docx.Document(io.BytesIO(answer.content))
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    for leak in ("{{", "{%", "None", "[", "T00:"):
        assert leak not in text, text
    for figure, words in AMOUNT.findall(text):
        amount = int(figure.replace(".", ""))
        assert amount >= 0, text
        assert not words or words == amount_words(amount, capital=True), text
    for row in [[cell.text for cell in row.cells] for table in document.tables for row in table.rows][1:]:
        assert all(int(cell.replace(".", "")) >= 0 for cell in row[2:]), row
    if kind == "overdue-notice":
        due = sum(position[name] for name in ("due_principal_vnd", "due_interest_vnd", "overdue_interest_vnd"))
        assert f"Tổng số phải trả ngay: {number_text(due)} đồng." in text
        assert f"Bằng chữ: {amount_words(due, capital=True)}." in text
    return True


@pytest.mark.parametrize("name", sorted(BY_STATE))
async def test_every_document_of_a_loan_is_printed_or_refused_in_words(name: str, funds: ApiClient, make: Make) -> None:
    expected, lend = BY_STATE[name]
    loan = await make.read("loans", (await lend(funds, make)).id)
    assert loan.state == expected
    for on in ("2019-01-01", "2023-10-02", str(today())):
        position = ok(await funds.get(f"{LOANS}/{loan.id}/position?as_of={on}"))
        owing = [name for name, value in position.items() if name.endswith("_vnd") and value < 0]
        assert not owing, (on, owing)
        paths = [f"{LOANS}/{loan.id}/documents/{kind}?as_of={on}" for kind in KINDS]
        answers = await asyncio.gather(*(funds.get(path) for path in paths))
        printed = {kind: judge(answer, kind, position) for kind, answer in zip(KINDS, answers, strict=True)}
        elsewhere = loan.channel == "entrusted_out"
        assert printed["contract-annex"] == printed["repayment-schedule"] == (not elsewhere)
        assert printed["overdue-notice"] == (not elsewhere and position["days_overdue"] > 0)


def test_the_states_above_are_all_that_a_loan_can_be_in() -> None:
    assert {expected for expected, _ in BY_STATE.values()} == set(LOAN_STATES)
