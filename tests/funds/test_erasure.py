"""Borrowers who are persons: erased once nothing obliges to keep them, copied for themselves; figures stay to the last đồng."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import asyncpg
import docx
import pytest
from fastapi import FastAPI

from kernel.database.connections import Database
from kernel.database.statements import Statement
from kernel.personal_data.erasure import ERASED, erase_again
from kernel.personal_data.schemas import Erasure
from kernel.values.days import use_clock
from kernel.values.ids import new_id
from kernel.web.auth import NATION, Caller
from services.funds.lending.borrowers.records import BORROWER
from services.funds.main import _NAMINGS
from services.funds.personal_data.persons import BORROWERS_AS_PERSONS
from services.funds.rows import BorrowerRow
from tests.funds.builders import (
    APPLICATIONS,
    BORROWERS,
    COLLATERALS,
    LOANS,
    MILLION,
    PATH,
    Make,
    Record,
    a_borrower,
    an_application,
    an_opening,
)
from tests.funds.erasures import NAME, NUMBER, PHONE, SAYING, Clock, a_life, erase, settled
from tests.support.answers import assert_problem, etag, every_item, faults, ok
from tests.support.cleaning import cleaned
from tests.support.client import ApiClient
from tests.support.followed import Followed
from tests.support.said_nowhere import said_in, said_nowhere

_SYSTEM = Caller("system", "system", frozenset(), NATION, None, "", "system", 0.0)
DUE = "2034-01-01"
"""The first day on which no paper of a loan that ended in 2023 has to be kept any more."""


@pytest.fixture
def clock(tmp_path: Path) -> Iterator[Clock]:
    """A clock that a test may move on."""
    yield Clock(tmp_path / "today")
    use_clock(None)


async def test_who_is_erased_is_said_nowhere_any_more(
    funds: ApiClient, make: Make, funds_url: str, funds_app: FastAPI, clock: Clock
) -> None:
    life = await a_life(make)
    said = await said_in(funds_url, *SAYING)
    assert {
        "borrower.name",
        "loan.borrower_name",
        "loan_application.approval",
        "history.content",
        "history.reason",
    } <= said
    assert {
        "collateral.owner_name",
        "repayment.payer",
        "ledger_transaction.memo",
        "use_check.note",
        "loan.purpose",
    } <= said
    clock.at(DUE)
    erased = ok(await erase(funds, life.borrower))
    assert (erased["name"], erased["address"], erased["redacted"], erased["is_active"]) == (ERASED, None, [], False)
    assert (erased["erased_on"], erased["kind"], erased["commune_code"]) == (
        DUE,
        "member_person",
        life.borrower.commune_code,
    )
    assert erased["beneficiary_organization_id"] == life.borrower.beneficiary_organization_id
    await said_nowhere(funds_url, *SAYING)
    unused = await make.paper()
    await cleaned(funds_app, _NAMINGS, unused)
    files = {row["id"] for row in await funds_app.state.db.fetch("SELECT id FROM file")}
    assert files == {life.shared_file}, "her papers are gone, the one of another's stays"


_AS_BEFORE = (
    "indicator-values?from=2023-01-01&to=2023-12-31",
    "loans/{loan}/position?as_of=2023-08-15",
    "loans/{loan}/statement",
    "loans/{loan}/schedule?as_of=2023-08-15",
    "funds/{fund}/position?as_of=2023-12-31",
    "funds/{fund}/debt-groups?as_of=2023-08-31",
    "ledger/trial-balance?fund_id={fund}&as_of=2023-12-31",
    "reports/lending?period=2023",
)
"""What is worked out of the records, at days on which the loan ran and after it."""


async def _figures(funds: ApiClient, db: Database, loan_id: str, fund_id: str) -> dict[str, Any]:
    nation = funds.as_(area="VN")
    figures: dict[str, Any] = {
        path: ok(await nation.get(f"{PATH}/{path}".format(loan=loan_id, fund=fund_id))) for path in _AS_BEFORE
    }
    figures["ledger"] = await db.fetch("SELECT to_jsonb(e)::text AS line FROM ledger_entry e ORDER BY number")
    for table in ("borrower", "loan", "loan_application", "collateral", "repayment", "use_check", "history"):
        count = await db.fetchval(
            f"SELECT count(*) FROM {table} t WHERE to_jsonb(t) ->> 'action' IS DISTINCT FROM 'erased'"
        )
        figures[table] = count
    return figures


async def test_figures_statements_debt_groups_and_the_ledger_stay(
    funds: ApiClient, make: Make, db: Database, clock: Clock
) -> None:
    life = await a_life(make)
    clock.at(DUE)
    before = await _figures(funds, db, life.loan.id, life.fund.id)
    ok(await erase(funds, life.borrower))
    after = await _figures(funds, db, life.loan.id, life.fund.id)
    for name, figure in before.items():
        assert str(after[name]) == str(figure).replace(NAME, ERASED), name
    assert await db.fetchval("SELECT kept_version = version FROM loan WHERE id = $1::uuid", life.loan.id)


async def test_followers_have_it_from_the_feed_and_are_equal_still(funds: ApiClient, make: Make, clock: Clock) -> None:
    life = await a_life(make)
    follower = Followed(funds.as_(scope="sync.read"), "funds")
    await follower.begin()
    clock.at(DUE)
    ok(await erase(funds, life.borrower))
    await follower.assert_equal()
    assert follower.started_over == 0
    told = {each["type"] for each in follower.events}
    assert {"borrower.changed", "loan.changed", "loan_application.changed", "repayment.changed"} <= told
    copied = [each for kind in ("borrower", "loan", "collateral") for each in follower.copy.records(kind)]
    assert NAME not in str(copied)


async def test_history_keeps_numbers_and_days_and_says_no_name(funds: ApiClient, make: Make, clock: Clock) -> None:
    life = await a_life(make)
    clock.at(DUE)
    ok(await erase(funds, life.borrower))
    versions = ok(await funds.get(f"{LOANS}/{life.loan.id}/history"))["items"]
    assert versions[-1]["action"] == "erased"
    first = versions[0]["content"]
    assert (first["borrower_name"], first["project"]["purpose"], versions[0]["reason"]) == (None, None, None)
    assert (first["principal_vnd"], first["signed_on"]) == (120 * MILLION, "2023-03-02")
    assert first["project"]["total_cost_vnd"] == life.loan.project["total_cost_vnd"]
    (approval,) = [
        each["content"]["approval"]
        for each in ok(await funds.get(f"{APPLICATIONS}/{life.application.id}/history"))["items"]
        if each["action"] == "approved"
    ]
    assert (approval["decision_number"], approval["note"]) == ("09/QĐ-QHT", None)


async def test_the_approval_of_another_keeps_what_was_lent_and_says_no_name(
    funds: ApiClient, make: Make, clock: Clock
) -> None:
    life = await a_life(make)
    clock.at(DUE)

    def counted(application: dict[str, Any]) -> list[dict[str, Any]]:
        limits = application["approval"]["limits"]
        shared: list[dict[str, Any]] = next(each for each in limits if each["check"] == "shared_beneficiary")[
            "borrowers"
        ]
        return shared

    before = counted(life.of_another)
    assert NAME in {each["borrower_name"] for each in before}
    ok(await erase(funds, life.borrower))
    after = counted(ok(await funds.get(f"{APPLICATIONS}/{life.of_another.id}")))
    assert [{**each, "borrower_name": ""} for each in after] == [{**each, "borrower_name": ""} for each in before]
    assert {each["borrower_id"] for each in after if each["borrower_name"] == ERASED} == {life.borrower.id}


async def test_a_group_keeps_its_other_members_and_a_name_that_says_nobody(
    funds: ApiClient, make: Make, clock: Clock
) -> None:
    one, other = [await make.borrower("member_person", name=name) for name in ("Hà Thị Một", "Hà Văn Hai")]
    group = await make.related(one, other)
    clock.at("2040-01-01")
    ok(await erase(funds, one))
    assert ok(await funds.get(f"{PATH}/borrower-groups/{group.id}"))["name"] == "Gia đình ông B"
    members = await every_item(funds, f"{PATH}/borrower-groups/{group.id}/members")
    assert [each["borrower"]["name"] for each in members] == [ERASED, "Hà Văn Hai"]
    ok(await erase(funds, other))
    assert ok(await funds.get(f"{PATH}/borrower-groups/{group.id}"))["name"] == "Gia đình ông B", (
        "another is in it still"
    )


async def test_a_document_of_the_loan_says_that_its_borrower_was_erased(
    funds: ApiClient, make: Make, clock: Clock
) -> None:
    life = await a_life(make)
    clock.at(DUE)
    ok(await erase(funds, life.borrower))
    answer = await funds.get(f"{LOANS}/{life.loan.id}/documents/repayment-schedule")
    text = "\n".join(each.text for each in docx.Document(io.BytesIO(answer.content)).paragraphs)
    assert f"Bên vay: {ERASED}" in text
    assert (life.loan.contract_number in text, NAME in text) == (True, False)


async def test_not_while_a_loan_or_an_application_runs_nor_before_the_years_of_their_papers_are_over(
    funds: ApiClient, make: Make, clock: Clock
) -> None:
    fund = await make.rich_fund()
    applicant = await make.borrower("member_person", name="Lý Thị Nộp")
    application = await make.application(fund, applicant)
    assert_problem(await erase(funds, applicant), 409, "still_needed", rule="loan_applications")
    taken_back = {"withdrawn_on": "2023-03-01", "reason": "Không vay nữa"}
    ok(await make.client.post(f"{APPLICATIONS}/{application.id}/withdrawal", json=taken_back), 201)
    refused = await erase(funds, applicant)
    kept = {"rule": "loan_applications", "kept_until": "2028-12-31"}
    assert "Nghị định 174/2016" in assert_problem(refused, 409, "kept_by_law", **kept)["detail"]
    clock.at("2028-12-31")
    assert_problem(await erase(funds, applicant), 409, "kept_by_law", **kept)
    clock.at("2029-01-01")
    assert ok(await erase(funds, applicant))["name"] == ERASED

    borrower = await make.borrower("member_household", name="Hộ Lý Văn Vay")
    loan = await make.loan(fund, borrower=borrower)
    assert_problem(await erase(funds, borrower), 409, "still_needed", rule="loan_documents")
    await settled(make, loan, "2024-03-02")
    waiting = await make.money(f"loans/{loan.id}/settlement/reversal", {"reason": "Nhầm"})
    assert_problem(await erase(funds, borrower), 409, "still_needed", rule="loan_documents")
    ok(
        await make.approver.post(
            f"{PATH}/reversals/{waiting.id}/confirmation", json={"decision": "reject", "reason": "Đúng"}
        ),
        201,
    )
    assert_problem(await erase(funds, borrower), 409, "kept_by_law", rule="loan_documents", kept_until="2034-12-31")
    clock.at("2035-01-01")
    assert ok(await erase(funds, borrower))["erased_on"] == "2035-01-01"


async def test_what_was_derecognized_or_never_came_into_force_holds_as_its_papers_say(
    funds: ApiClient, make: Make, clock: Clock
) -> None:
    fund = await make.rich_fund()
    lost = await make.borrower("member_person", name="Lý Văn Mất")
    loan = await make.loan(fund, borrower=lost)
    await make.written_off(loan)
    assert_problem(await erase(funds, lost), 409, "still_needed", rule="loan_documents")
    clock.at("2029-01-01")
    given_up = {
        "kind": "derecognized",
        "effective_on": "2028-12-01",
        "decision_number": "8/QĐ",
        "decided_on": "2028-12-01",
    }
    await make.entered_and_confirmed("write-offs", loan, given_up)
    assert_problem(await erase(funds, lost), 409, "kept_by_law", rule="loan_documents", kept_until="2038-12-31")

    never = await make.borrower("member_person", name="Lý Thị Chưa")
    opening = await make.create("loans", an_opening(fund, never))
    assert_problem(await erase(funds, never), 409, "still_needed", rule="loan_documents")
    body = {"decision": "reject", "reason": "Nhập nhầm"}
    ok(await make.approver.post(f"{LOANS}/{opening.id}/confirmation", json=body), 201)
    assert ok(await erase(funds, never))["name"] == ERASED


async def test_who_may_ask_and_for_whom(funds: ApiClient, make: Make) -> None:
    person, cooperative = await make.borrower("member_person"), await make.borrower()
    url = f"{BORROWERS}/{person.id}"
    body = {"ground": "own_request"}
    assert_problem(await erase(funds, cooperative), 409, "borrower_not_a_person", kind="cooperative")
    assert_problem(await funds.get(f"{BORROWERS}/{cooperative.id}/personal-data-copy"), 409, "borrower_not_a_person")
    own = funds.as_(scope="own.read own.write", organization_id=person.beneficiary_organization_id)
    for caller, status, code in (
        (funds.as_(area="40-2025"), 404, "not_found"),
        (funds.as_(scope="funds.read"), 403, "scope_missing"),
        (own, 403, "scope_missing"),
    ):
        assert_problem(await erase(caller, person), status, code)
        assert_problem(await caller.get(f"{url}/personal-data-copy"), status, code)
    assert_problem(await funds.post(f"{url}/erasure", json=body), 428, "if_match_missing")
    assert_problem(await funds.post(f"{url}/erasure", json=body, headers={"If-Match": '"7"'}), 412, "stale")
    unknown = await funds.post(f"{url}/erasure", json={"ground": "wish"}, headers=etag(person))
    assert faults(unknown) == {("/ground", "not_allowed")}


async def test_sent_again_it_is_answered_again_and_a_second_one_is_refused(
    funds: ApiClient, make: Make, db: Database
) -> None:
    person = await make.borrower("member_person")
    key = {"Idempotency-Key": new_id()}
    first, again = [await erase(funds, person, **key) for _ in "ab"]
    assert (ok(first), again.headers["Idempotency-Replayed"]) == (ok(again), "true")
    erased = Record(ok(first))
    assert_problem(await erase(funds, erased), 409, "already_erased", erased_on=erased.erased_on)
    (entry,) = await db.fetch(
        "SELECT actor, alliance, resource_id, detail::text FROM audit WHERE action = 'borrower.erased'"
    )
    assert (entry["actor"], entry["alliance"], entry["resource_id"]) == ("fund-officer", "25-2025", person.id)
    assert '"ground": "retention_ended"' in entry["detail"]


async def test_of_two_at_once_one_erases(funds: ApiClient, make: Make, db: Database) -> None:
    person = await make.borrower("member_person")
    answers = await asyncio.gather(*(erase(funds, person) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412]
    assert await db.fetchval("SELECT count(*) FROM erasure WHERE resource_id = $1::uuid", person.id) == 1


async def test_an_application_and_an_erasure_at_once_do_not_pass_each_other(
    funds: ApiClient, make: Make, funds_url: str
) -> None:
    fund = await make.fund()
    for number in range(6):
        name = f"Tô Văn Cùng {number}"
        person = await make.borrower("member_person", name=name)
        filing = funds.post(APPLICATIONS, json=an_application(fund, person))
        erasing = erase(funds, person)
        both = (filing, erasing) if number % 2 else (erasing, filing)
        answers = await asyncio.gather(*both)
        filed, erased = answers if number % 2 else answers[::-1]
        if erased.status_code == 200:
            assert_problem(filed, 409, "borrower_inactive")
            await said_nowhere(funds_url, name)
        else:
            assert_problem(erased, 409, "still_needed", rule="loan_applications")
            assert filed.status_code == 201


async def test_who_was_erased_is_entered_anew_nowhere(funds: ApiClient, make: Make, clock: Clock) -> None:
    life = await a_life(make)
    clock.at(DUE)
    erased = Record(ok(await erase(funds, life.borrower)))
    renamed = await funds.patch(f"{BORROWERS}/{erased.id}", json={"name": NAME}, headers=etag(erased))
    assert_problem(renamed, 409, "already_erased", erased_on=DUE)
    writer = make.client
    assert_problem(await writer.post(APPLICATIONS, json=an_application(life.fund, erased)), 409, "borrower_inactive")
    loan = await make.read("loans", life.loan.id)
    group = await make.create("borrower-groups", {"name": "Nhóm mới", "alliance": "25-2025"})
    (check,) = await every_item(funds, f"{LOANS}/{loan.id}/use-checks")
    (collateral,) = await every_item(funds, COLLATERALS, borrower_id=erased.id)
    of_hers = {"kind": "other", "description": "Đất", "owner_name": NAME, "value_vnd": 1}
    note = {"due_on": "2024-01-01", "note": NAME}
    for answer in (
        await writer.post(LOANS, json=an_opening(life.fund, erased)),
        await writer.post(COLLATERALS, json={**of_hers, "borrower_id": erased.id}),
        await writer.patch(f"{COLLATERALS}/{collateral['id']}", json={"owner_name": NAME}, headers=etag(collateral)),
        await writer.post(
            f"{PATH}/borrower-groups/{group.id}/members", json={"borrower_id": erased.id, "valid_from": "2024-01-01"}
        ),
        await writer.post(f"{LOANS}/{loan.id}/use-checks", json=note),
        await writer.patch(f"{PATH}/use-checks/{check['id']}", json={"note": NAME}, headers=etag(check)),
        await writer.post(f"{LOANS}/{loan.id}/collection-actions", json={"kind": "notice", "done_on": "2024-01-01"}),
        await writer.patch(f"{LOANS}/{loan.id}", json={"result": NAME}, headers=etag(loan)),
        await writer.post(
            f"{LOANS}/{loan.id}/settlement/reversal", json={"reason": NAME}, headers={"Idempotency-Key": new_id()}
        ),
    ):
        assert_problem(answer, 409, "already_erased")


async def test_what_tells_of_who_was_erased_and_is_sent_again_says_so(
    funds: ApiClient, make: Make, clock: Clock
) -> None:
    life = await a_life(make)
    clock.at(DUE)
    loan = life.loan.id
    repayment, *_ = await every_item(funds, f"{LOANS}/{loan}/repayments")
    ok(await erase(funds, life.borrower))
    application = {**an_application(life.fund, life.borrower), "id": life.application.id}
    again = {"id": repayment["id"], "amount_vnd": 1, "paid_on": repayment["paid_on"]}
    for answer in (
        await make.client.post(APPLICATIONS, json=application),
        await make.client.post(f"{LOANS}/{loan}/repayments", json=again),
    ):
        assert_problem(answer, 409, "already_erased")


async def test_sent_again_by_a_phone_it_is_told_that_the_person_was_erased(funds: ApiClient, make: Make) -> None:
    body = {**a_borrower("member_person", name=NAME), "id": new_id()}
    person = Record(ok(await funds.post(BORROWERS, json=body), 201))
    erased = ok(await erase(funds, person))
    for again in (body, {**body, "phone": PHONE}):
        assert_problem(await funds.post(BORROWERS, json=again), 409, "already_erased", erased_on=erased["erased_on"])
    of_others = await funds.as_(area="40-2025").post(BORROWERS, json=body)
    assert_problem(of_others, 409, "id_in_use")


async def test_lists_find_who_is_due_and_no_one_who_was_erased(funds: ApiClient, make: Make, clock: Clock) -> None:
    life = await a_life(make)
    assert await every_item(funds, BORROWERS, is_retention_ended="true") == []
    assert [each["id"] for each in await every_item(funds, BORROWERS, q="dang thi khuat")] == [life.borrower.id]
    clock.at(DUE)
    due = [each["id"] for each in await every_item(funds, BORROWERS, is_retention_ended="true")]
    assert life.borrower.id in due
    kinds = {each["kind"] for each in await every_item(funds, BORROWERS, is_retention_ended="true")}
    assert kinds == {"member_person"}, "organizations are not due"
    ok(await erase(funds, life.borrower))
    left = [each["id"] for each in await every_item(funds, BORROWERS, is_retention_ended="true")]
    assert left == [id_ for id_ in due if id_ != life.borrower.id]
    others = [each["id"] for each in await every_item(funds, BORROWERS, is_retention_ended="false")]
    assert life.borrower.id in others
    for path in (BORROWERS, LOANS, APPLICATIONS):
        assert await every_item(funds, path, q="khuat") == []
    own = funds.as_(scope="own.read own.write", organization_id=new_id())
    assert faults(await own.get(f"{BORROWERS}?is_retention_ended=true")) == {("is_retention_ended", "officers_only")}


async def test_no_export_keeps_by_which_name_it_was_asked_for(funds: ApiClient) -> None:
    for kind in ("borrower", "loan", "loan_application"):
        refused = await funds.post(f"{PATH}/exports", json={"type": kind, "filters": {"q": NAME}})
        assert {code for _, code in faults(refused)} == {"not_allowed"}


async def test_the_copy_holds_every_record_in_full_and_who_read_them(
    funds: ApiClient, make: Make, db: Database
) -> None:
    life = await a_life(make)
    url = f"{BORROWERS}/{life.borrower.id}"
    ok(await funds.as_(sub="reader").get(f"{url}/personal-data?purpose=contract"))
    answer = await funds.get(f"{url}/personal-data-copy")
    copy = ok(answer)
    assert answer.headers["cache-control"] == "no-store"
    itself = copy["records"][0]
    assert (itself["resource_type"], itself["content"]["id"]) == ("borrower", life.borrower.id)
    assert (itself["content"]["name"], itself["content"]["phone"], itself["content"]["id_number"]) == (
        NAME,
        PHONE,
        NUMBER,
    )
    held = {each["content"]["id"] for each in copy["records"]}
    for table, condition in (
        ("loan", "borrower_id = $1::uuid"),
        ("loan_application", "borrower_id = $1::uuid"),
        ("collateral", "borrower_id = $1::uuid"),
        ("borrower_group_member", "borrower_id = $1::uuid"),
        *((of_loan, "loan_id IN (SELECT id FROM loan WHERE borrower_id = $1::uuid)") for of_loan in _OF_LOAN),
    ):
        rows = await db.fetch(f"SELECT id FROM {table} WHERE {condition}", life.borrower.id)
        assert rows, table
        assert {row["id"] for row in rows} <= held, table
    assert "Lê Văn Khác" not in answer.text, "what others borrowed is theirs"
    assert [(each["read_by"], each["purpose"]) for each in copy["readings"]] == [
        ("reader", "contract"),
        ("fund-officer", "own_request"),
    ]
    entries = await db.fetch("SELECT action FROM audit ORDER BY occurred_at")
    assert [entry["action"] for entry in entries] == ["borrower.personal_data_read", "borrower.personal_data_copied"]


_OF_LOAN = ("disbursement", "repayment", "interest_reduction", "use_check", "collection_action")


async def test_the_ledger_loses_words_that_an_erasure_takes_and_nothing_else(
    funds: ApiClient, make: Make, funds_url: str, clock: Clock
) -> None:
    life = await a_life(make)
    connection = await asyncpg.connect(funds_url)

    async def refused(change: str) -> None:
        with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
            await connection.execute(f"UPDATE ledger_transaction SET {change}")

    await refused("memo = NULL")
    clock.at(DUE)
    ok(await erase(funds, life.borrower))
    assert await connection.fetchval("SELECT count(*) FROM ledger_transaction WHERE memo IS NOT NULL") == 0
    for change in ("memo = 'x'", "booked_on = booked_on + 1", "recorded_by = 'x'"):
        await refused(change)
    with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
        await connection.execute("DELETE FROM ledger_transaction")
    await connection.close()


async def test_whom_a_backup_brings_back_is_erased_again_with_all_that_tells_of_the_loans(
    funds: ApiClient, make: Make, db: Database, funds_url: str
) -> None:
    life = await a_life(make)
    again = Erasure(ground="retention_ended", document_number="5/TB")
    async with db.transaction() as tx:
        row = await tx.fetchrow(Statement(BorrowerRow, f"{BORROWER.select} WHERE id = $1::uuid"), life.borrower.id)
        assert row is not None
        erased = await erase_again(tx, BORROWERS_AS_PERSONS, row, again, on=date(2034, 1, 1), by=_SYSTEM)
    assert erased["erased_on"] == date(2034, 1, 1)
    await said_nowhere(funds_url, *SAYING)
