"""Two pairs of eyes: what one person enters counts only once another one confirmed it, and ends without a trace if not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from kernel.database.connections import Database
from kernel.records.cursors import decode, encode
from tests.funds.builders import (
    BILLION,
    CAPITAL,
    MILLION,
    PATH,
    Make,
    Record,
    a_movement,
    a_repayment,
    an_appraisal,
    an_opening,
    keyed,
)
from tests.funds.test_imports import IMPORTS, a_row, as_csv, send
from tests.support.answers import assert_problem, every_item, faults, ok
from tests.support.client import ApiClient

LOANS, APPROVALS = f"{PATH}/loans", f"{PATH}/approvals"
CONFIRM = {"decision": "confirm"}
REJECT = {"decision": "reject", "reason": "Chứng từ không khớp"}


@pytest.fixture
async def approver(funds: ApiClient) -> AsyncIterator[ApiClient]:
    """Who decides for the fund of Phú Thọ."""
    async with funds.as_(scope="funds.read funds.approve", sub="approver", name="Hoàng Thị Duyệt") as client:
        yield client


def confirmation(record: dict[str, Any], plural: str) -> str:
    return f"{PATH}/{plural}/{record['id']}/confirmation"


async def enter_capital(funds: ApiClient, fund: Record, **fields: Any) -> dict[str, Any]:
    return ok(await funds.post(CAPITAL, json=a_movement(fund, **fields), headers=keyed()), 201)


async def enter_opening(funds: ApiClient, fund: Record, make: Make, **fields: Any) -> dict[str, Any]:
    return ok(await funds.post(LOANS, json=an_opening(fund, await make.borrower(), **fields)), 201)


async def fund_position(funds: ApiClient, fund: Record) -> dict[str, Any]:
    return ok(await funds.get(f"{PATH}/funds/{fund.id}/position"))


async def booked(db: Database) -> int:
    return int(await db.fetchval("SELECT count(*) FROM ledger_transaction"))


async def test_capital_counts_once_another_person_has_confirmed_it_and_both_are_named(
    funds: ApiClient, approver: ApiClient, make: Make, db: Database
) -> None:
    fund = await make.fund()
    officer = funds.as_(sub="fund-officer", name="Lê Thị Quỹ")
    movement = await enter_capital(officer, fund, amount_vnd=5 * BILLION)
    assert movement["confirmation_state"] == "pending"
    assert ((await fund_position(funds, fund))["capital_vnd"], await booked(db)) == (0, 0)
    confirmed = ok(await approver.post(confirmation(movement, "capital-movements"), json=CONFIRM), 201)
    assert confirmed["confirmation_state"] == "confirmed"
    detail = confirmed["confirmation"]
    assert (detail["entered_by_name"], detail["decided_by_name"]) == ("Lê Thị Quỹ", "Hoàng Thị Duyệt")
    assert ((await fund_position(funds, fund))["capital_vnd"], await booked(db)) == (5 * BILLION, 1)
    history = ok(await funds.get(f"{CAPITAL}/{movement['id']}/history"))["items"]
    assert [(entry["action"], entry["recorded_by"]) for entry in history] == [
        ("created", "fund-officer"),
        ("confirmed", "approver"),
    ]


async def test_a_loan_that_ran_before_is_nothing_until_it_is_confirmed(
    funds: ApiClient, approver: ApiClient, make: Make, db: Database
) -> None:
    fund = await make.rich_fund()
    before, entries = await fund_position(funds, fund), await booked(db)
    loan = await enter_opening(funds, fund, make)
    assert (loan["state"], loan["confirmation_state"], loan["outstanding_vnd"]) == ("contracted", "pending", 0)
    assert {each["problem"] for each in loan["allowed_actions"]} == {"/problems/not-confirmed"}
    assert (await fund_position(funds, fund), await booked(db)) == (before, entries)
    refused = await funds.post(f"{LOANS}/{loan['id']}/repayments", json=a_repayment(), headers=keyed())
    assert_problem(refused, 409, "not_confirmed", confirmation_state="pending")
    acted = [
        await funds.post(f"{LOANS}/{loan['id']}/use-checks", json={"due_on": "2023-05-01"}),
        await funds.post(f"{LOANS}/{loan['id']}/cancellation", json={"cancelled_on": "2023-05-01", "reason": "x"}),
        await funds.patch(f"{LOANS}/{loan['id']}", json={"jobs": 3}, headers={"If-Match": '"1"'}),
    ]
    for answer in acted:
        assert_problem(answer, 409, "not_confirmed", confirmation_state="pending")
    statement = ok(await funds.get(f"{LOANS}/{loan['id']}/statement"))
    assert statement["items"] == []
    ok(await approver.post(confirmation(loan, "loans"), json=CONFIRM), 201)
    running = await make.read("loans", loan["id"])
    assert (running.state, running.outstanding_vnd) == ("active", 60 * MILLION)
    assert (await fund_position(funds, fund))["lent_out_vnd"] == 60 * MILLION


async def test_the_borrowers_own_user_is_not_told_who_of_the_fund_entered_or_confirmed(
    funds: ApiClient, approver: ApiClient, make: Make
) -> None:
    borrower = await make.borrower()
    loan = ok(await funds.post(LOANS, json=an_opening(await make.rich_fund(), borrower)), 201)
    ok(await approver.post(confirmation(loan, "loans"), json=CONFIRM), 201)
    own = funds.as_(scope="own.read", sub="htx", organization_id=borrower.organization_id)
    seen = [ok(await own.get(f"{LOANS}/{loan['id']}")), *(await every_item(own, LOANS))]
    assert [(each["id"], each["confirmation_state"], each["confirmation"]) for each in seen] == [
        (loan["id"], "confirmed", None)
    ] * 2


async def test_nobody_decides_on_their_own_and_no_system_decides_at_all(
    funds: ApiClient, approver: ApiClient, make: Make
) -> None:
    fund = await make.fund()
    movement = await enter_capital(funds, fund)
    url = confirmation(movement, "capital-movements")
    both = funds.as_(scope="funds.read funds.write funds.approve")
    assert_problem(await both.post(url, json=CONFIRM), 403, "same_person", prepared_by="fund-officer")
    system = approver.as_(sub="system", client_id="system")
    assert_problem(await system.post(url, json=CONFIRM), 403, "person_needed")
    assert_problem(await funds.post(url, json=CONFIRM), 403, "scope_missing")
    assert_problem(await approver.as_(area="40-2025").post(url, json=CONFIRM), 404, "not_found")
    assert faults(await approver.post(url, json={"decision": "reject"})) == {("/reason", "required")}
    assert faults(await approver.post(url, json={"decision": "maybe"})) == {("/decision", "not_allowed")}
    assert ok(await funds.get(f"{CAPITAL}/{movement['id']}"))["confirmation_state"] == "pending"


async def test_who_entered_it_alone_takes_it_back_and_what_has_ended_stays_ended(
    funds: ApiClient, approver: ApiClient, make: Make
) -> None:
    fund = await make.fund()
    movement = await enter_capital(funds.as_(name="Lê Thị Quỹ"), fund)
    url, why = f"{CAPITAL}/{movement['id']}/withdrawal", {"reason": "Nhập nhầm quỹ"}
    another = funds.as_(sub="colleague")
    assert_problem(await another.post(url, json=why), 403, "entered_by_another", entered_by_name="Lê Thị Quỹ")
    withdrawn = ok(await funds.post(url, json=why), 201)
    assert (withdrawn["confirmation_state"], withdrawn["confirmation"]["reason"]) == ("withdrawn", "Nhập nhầm quỹ")
    assert_problem(
        await approver.post(confirmation(movement, "capital-movements"), json=CONFIRM),
        409,
        "not_pending",
        confirmation_state="withdrawn",
    )
    assert_problem(await funds.post(url, json=why), 409, "not_pending")
    refused = await funds.post(f"{CAPITAL}/{movement['id']}/reversal", json={"reason": "x"})
    assert_problem(refused, 409, "not_confirmed", confirmation_state="withdrawn")
    assert (await fund_position(funds, fund))["capital_vnd"] == 0


async def test_a_rejected_loan_gives_its_contract_number_back(
    funds: ApiClient, approver: ApiClient, make: Make
) -> None:
    fund = await make.rich_fund()
    loan = await enter_opening(funds, fund, make, contract_number="7/2021/HĐTD")
    again = an_opening(fund, await make.borrower(), contract_number="7/2021/HĐTD")
    assert_problem(await funds.post(LOANS, json=again), 409, "contract_number_in_use", loan_id=loan["id"])
    rejected = ok(await approver.post(confirmation(loan, "loans"), json=REJECT), 201)
    assert (rejected["state"], rejected["confirmation_state"]) == ("cancelled", "rejected")
    ok(await funds.post(LOANS, json=again), 201)


async def test_a_rejected_reversal_leaves_the_movement_to_be_reversed_another_time(
    funds: ApiClient, approver: ApiClient, make: Make
) -> None:
    fund = await make.fund()
    movement = await make.movement(fund, amount_vnd=BILLION)
    url = f"{CAPITAL}/{movement.id}/reversal"
    first = ok(await funds.post(url, json={"reason": "Nhầm"}), 201)
    assert_problem(await funds.post(url, json={"reason": "Nhầm"}), 409, "already_reversed", reversed_by_id=first["id"])
    ok(await approver.post(confirmation(first, "capital-movements"), json=REJECT), 201)
    assert (await fund_position(funds, fund))["capital_vnd"] == BILLION
    second = ok(await funds.post(url, json={"reason": "Nhầm thật"}), 201)
    ok(await approver.post(confirmation(second, "capital-movements"), json=CONFIRM), 201)
    assert (await fund_position(funds, fund))["capital_vnd"] == 0


async def test_every_guard_is_asked_again_when_it_is_confirmed(
    funds: ApiClient, approver: ApiClient, make: Make
) -> None:
    fund = await make.fund()
    await make.movement(fund, kind="mobilized", amount_vnd=10 * BILLION)
    leaving = {"kind": "mobilized", "direction": "out", "amount_vnd": 6 * BILLION}
    first, second = [await enter_capital(funds, fund, **leaving) for _ in range(2)]
    ok(await approver.post(confirmation(first, "capital-movements"), json=CONFIRM), 201)
    refused = await approver.post(confirmation(second, "capital-movements"), json=CONFIRM)
    assert_problem(refused, 409, "capital_short", held_vnd=4 * BILLION, asked_vnd=6 * BILLION, over_vnd=2 * BILLION)
    assert ok(await funds.get(f"{CAPITAL}/{second['id']}"))["confirmation_state"] == "pending"
    assert (await fund_position(funds, fund))["capital_vnd"] == 4 * BILLION


async def test_what_would_be_refused_is_refused_when_it_is_entered_and_leaves_nothing(
    funds: ApiClient, make: Make
) -> None:
    fund = await make.fund()
    out = a_movement(fund, kind="mobilized", direction="out", amount_vnd=1)
    assert_problem(await funds.post(CAPITAL, json=out), 409, "capital_short", held_vnd=0)
    assert await every_item(funds, CAPITAL) == []


async def test_of_many_decisions_at_once_one_is_taken(funds: ApiClient, make: Make, db: Database) -> None:
    fund = await make.fund()
    movement = await enter_capital(funds, fund, amount_vnd=BILLION)
    url = confirmation(movement, "capital-movements")
    deciders = [funds.as_(scope="funds.approve", sub=f"approver-{number}") for number in range(50)]
    answers = await asyncio.gather(
        *(one.post(url, json=CONFIRM if number % 2 else REJECT) for number, one in enumerate(deciders))
    )
    assert sorted(answer.status_code for answer in answers) == [201, *[409] * 49]
    state = ok(await funds.get(f"{CAPITAL}/{movement['id']}"))["confirmation_state"]
    counted = BILLION if state == "confirmed" else 0
    assert ((await fund_position(funds, fund))["capital_vnd"], await booked(db)) == (counted, counted // BILLION)


Enter = Callable[[ApiClient, Record], Awaitable[dict[str, Any]]]


async def _recall(funds: ApiClient, loan: Record) -> dict[str, Any]:
    body = {
        "effective_on": "2023-03-20",
        "due_on": "2023-04-20",
        "decision_number": "4/QĐ",
        "decided_on": "2023-03-20",
        "reason": "Sử dụng vốn sai mục đích",
    }
    return ok(await funds.post(f"{LOANS}/{loan.id}/early-recall", json=body), 201)


async def _reduce(funds: ApiClient, loan: Record) -> dict[str, Any]:
    body = {
        "kind": "waived",
        "effective_on": "2023-04-02",
        "interest_vnd": 1000,
        "decision_number": "5/QĐ",
        "decided_on": "2023-04-02",
    }
    return ok(await funds.post(f"{LOANS}/{loan.id}/interest-reductions", json=body, headers=keyed()), 201)


async def _write_off(funds: ApiClient, loan: Record) -> dict[str, Any]:
    body = await Make.anywhere(funds).a_write_off()
    return ok(await funds.post(f"{LOANS}/{loan.id}/write-offs", json=body, headers=keyed()), 201)


@pytest.mark.parametrize(
    ("enter", "plural"), [(_recall, "reschedulings"), (_reduce, "interest-reductions"), (_write_off, "write-offs")]
)
async def test_what_changes_a_loan_changes_nothing_before_it_is_confirmed(
    enter: Enter, plural: str, funds: ApiClient, approver: ApiClient, make: Make, db: Database
) -> None:
    loan = await make.loan()

    async def seen() -> list[Any]:
        urls = [
            f"{LOANS}/{loan.id}",
            *(f"{LOANS}/{loan.id}/position?as_of={day}" for day in ("2023-04-02", "2023-10-01")),
        ]
        return [ok(await funds.get(url)) for url in urls] + [await booked(db)]

    before = await seen()
    rejected = await enter(funds, loan)
    assert rejected["confirmation_state"] == "pending"
    assert await seen() == before
    ok(await approver.post(confirmation(rejected, plural), json=REJECT), 201)
    assert await seen() == before
    entered = await enter(funds, loan)
    confirmed = ok(await approver.post(confirmation(entered, plural), json=CONFIRM), 201)
    assert confirmed["confirmation_state"] == "confirmed"
    assert await seen() != before


async def test_a_recall_is_confirmed_and_not_approved(funds: ApiClient, approver: ApiClient, make: Make) -> None:
    recall = await _recall(funds, await make.loan())
    decision = {"decision_number": "9/QĐ", "decided_on": "2023-03-21"}
    refused = await approver.post(f"{PATH}/reschedulings/{recall['id']}/approval", json=decision)
    assert_problem(refused, 409, "confirm_instead")


async def test_an_import_is_decided_on_as_one(funds: ApiClient, approver: ApiClient, make: Make) -> None:
    fund = await make.rich_fund()
    report = ok(await send(funds, as_csv(a_row(), a_row(), a_row(opening_as_of="31/01/2023")), dry_run=False))
    url = f"{IMPORTS}/{report['import_id']}/confirmation"
    assert (await fund_position(funds, fund))["lent_out_vnd"] == 0
    assert_problem(await funds.as_(scope="funds.approve").post(url, json=CONFIRM), 403, "same_person")
    close = {"fund_id": fund.id, "closed_until": "2023-01-31", "reason": "Khóa sổ"}
    ok(await make.approver.post(f"{PATH}/ledger-closures", json=close), 201)
    refused = assert_problem(await approver.post(url, json=CONFIRM), 409, "period_closed", closed_until="2023-01-31")
    assert refused["contract_number"]
    assert (await fund_position(funds, fund))["lent_out_vnd"] == 0
    rejected = ok(await approver.post(url, json=REJECT), 201)
    assert (rejected["loans"], rejected["confirmation_state"]) == (3, "rejected")
    assert_problem(await approver.post(url, json=CONFIRM), 409, "not_pending", confirmation_state="rejected")
    again = ok(
        await send(funds, as_csv(a_row(opening_as_of="28/02/2023"), a_row(opening_as_of="01/03/2023")), dry_run=False)
    )
    url = f"{IMPORTS}/{again['import_id']}/confirmation"
    confirmed = ok(await approver.post(url, json=CONFIRM, headers=keyed()), 201)
    assert (confirmed["loans"], confirmed["outstanding_vnd"]) == (2, 240 * MILLION)
    assert (await fund_position(funds, fund))["lent_out_vnd"] == 240 * MILLION
    assert_problem(await approver.as_(area="40-2025").post(url, json=CONFIRM), 404, "not_found")


async def test_the_inbox_goes_on_behind_no_cursor_that_was_made_up(
    funds: ApiClient, approver: ApiClient, make: Make
) -> None:
    fund = await make.fund()
    for amount in (1, 2):
        await enter_capital(funds.as_(sub="fund-officer"), fund, amount_vnd=amount)
    bound, at, last = decode(ok(await approver.get(APPROVALS, params={"limit": 1}))["next_cursor"])
    for values in (("long ago", last), (at, "nobody"), (at, "\0")):
        made_up = await approver.get(APPROVALS, params={"limit": 1, "cursor": encode([bound, *values])})
        assert_problem(made_up, 422, "cursor_mismatch")


async def test_the_inbox_holds_what_waits_for_the_caller_the_oldest_first(
    funds: ApiClient, approver: ApiClient, make: Make
) -> None:
    officer = funds.as_(name="Lê Thị Quỹ")
    fund = await make.rich_fund()
    loan, filed = await make.loan(fund), await make.application(fund)
    movement = await enter_capital(officer, fund, amount_vnd=7)
    opening = await enter_opening(officer, fund, make)
    report = ok(await send(officer, as_csv(a_row(), a_row()), dry_run=False))
    entered = [await enter(officer, loan) for enter in (_recall, _reduce, _write_off)]
    # It was filed before all else, and waits for a decision since now.
    application = await make.create(f"loan-applications/{filed.id}/appraisal", an_appraisal())
    items = await every_item(approver, APPROVALS, limit=3)
    assert items[-1]["entered_at"] == application.appraisal["recorded_at"]
    assert [(item["resource_type"], item["resource_id"], item["count"]) for item in items] == [
        ("capital_movement", movement["id"], 1),
        ("loan", opening["id"], 1),
        ("loan_import", report["import_id"], 2),
        ("rescheduling", entered[0]["id"], 1),
        ("interest_reduction", entered[1]["id"], 1),
        ("write_off", entered[2]["id"], 1),
        ("loan_application", application.id, 1),
    ]
    assert [item["amount_vnd"] for item in items[:3]] == [7, 60 * MILLION, 240 * MILLION]
    assert {item["entered_by_name"] for item in items[:6]} == {"Lê Thị Quỹ"}
    for item in items:
        ok(await approver.get(item["path"]))
    mine = funds.as_(scope="funds.approve")
    assert [item["resource_type"] for item in await every_item(mine, APPROVALS)] == ["loan_application"]
    assert await every_item(approver.as_(area="40-2025"), APPROVALS) == []
    ok(await approver.post(items[0]["decision_path"], json=CONFIRM), 201)
    ok(await approver.post(items[2]["decision_path"], json=CONFIRM), 201)
    left = [item["resource_type"] for item in await every_item(approver, APPROVALS)]
    assert left == ["loan", "rescheduling", "interest_reduction", "write_off", "loan_application"]


async def test_the_inbox_names_what_waits_however_much_was_said_of_it(
    funds: ApiClient, approver: ApiClient, make: Make
) -> None:
    fund = await make.fund(name="Quỹ hỗ trợ phát triển hợp tác xã " * 8)
    said = {"decision_number": "9" * 100, "counterparty": "Ngân sách tỉnh " * 20, "note": "Bổ sung vốn điều lệ " * 50}
    movement = await enter_capital(funds, fund, **said)
    waiting = await every_item(approver, APPROVALS)
    (item,) = (each for each in waiting if each["resource_id"] == movement["id"])
    assert item["title"] == " · ".join([fund.name, *(movement[name] for name in said)])


async def test_openings_are_taken_until_the_funds_day_and_a_later_day_is_confirmed(
    funds: ApiClient, approver: ApiClient, make: Make
) -> None:
    fund = await make.fund(opening_until=None)
    body = an_opening(fund, await make.borrower())
    assert_problem(await funds.post(LOANS, json=body), 409, "opening_period_over", opening_until=None)
    change = {"opening_until": "2099-12-31", "reason": "Đưa vào sử dụng từ năm 2026"}
    tag = {"If-Match": f'"{fund.version}"'}
    changed = ok(await funds.patch(f"{PATH}/funds/{fund.id}", json=change, headers=tag))
    assert (changed["opening_until"], changed["pending_opening_until"]) == (None, "2099-12-31")
    assert_problem(await funds.post(LOANS, json=body), 409, "opening_period_over", opening_until=None)
    confirmed = ok(await approver.post(confirmation(fund, "funds"), json=CONFIRM), 201)
    assert (confirmed["opening_until"], confirmed["pending_opening_until"]) == ("2099-12-31", None)
    ok(await funds.post(LOANS, json=body), 201)
    over = await make.fund(opening_until="2020-12-31")
    late = an_opening(over, await make.borrower())
    assert_problem(await funds.post(LOANS, json=late), 409, "opening_period_over", opening_until="2020-12-31")
