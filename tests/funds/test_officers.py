"""Who looks after a loan, and what an officer's lists show: by officer and commune, by amount and days, phones and notices."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson

from kernel.database.connections import Database
from kernel.values.days import today
from tests.funds.builders import GIA_CAM, MILLION, PATH, Make, Record
from tests.funds.test_communes import TAN_DAN
from tests.funds.test_imports import a_row, as_csv, send
from tests.support.answers import assert_problem, etag, every_item, faults, ok
from tests.support.client import ApiClient

LOANS, WORK, SHEETS = f"{PATH}/loans", f"{PATH}/work-list", f"{PATH}/collection-sheets"
AN, BINH = "0192c7e0-0000-7000-8000-00000000a001", "0192c7e0-0000-7000-8000-00000000a002"
VIET_TRI: dict[str, Any] = {"commune_code": GIA_CAM, "commune_map": "2025"}
"""Of 2025: old Gia Cẩm, whose code it kept, and Tân Dân went whole into it."""
VAY_NUA = "04891"
THONG_NHAT: dict[str, Any] = {"commune_code": "04828", "commune_map": "2025"}
"""Old Vầy Nưa was divided; Thống Nhất of 2025 is one of what it went into."""


async def late_loan(make: Make, fund: Record, borrower: Record | None = None, **fields: Any) -> Record:
    """Make a loan that ran before and has not been paid since."""
    return await make.opened(fund, borrower or await make.borrower(), **fields)


async def listed(client: ApiClient, path: str, **query: Any) -> list[Any]:
    key = {LOANS: "id", WORK: "loan_id", SHEETS: "borrower_id"}[path]
    if path == SHEETS:
        query["month"] = "2023-03"
    return sorted(item[key] for item in await every_item(client, path, **query))


async def test_a_loan_has_an_officer_who_may_change(funds: ApiClient, make: Make) -> None:
    fund = await make.rich_fund()
    loan = await make.opened(fund, await make.borrower(), officer_id=AN)
    contract = await make.contract(fund)
    assert (loan.officer_id, contract.officer_id) == (AN, None)
    assert await listed(funds, LOANS, officer_id=AN) == [loan.id]
    path = f"{LOANS}/{loan.id}"
    changed = ok(await funds.patch(path, json={"officer_id": BINH}, headers=etag(loan)))
    assert changed["officer_id"] == BINH
    assert await listed(funds, LOANS, officer_id=AN) == []
    assert await listed(funds, LOANS, officer_id=[AN, BINH]) == [loan.id]
    assert await listed(funds.as_(area="40-2025"), LOANS, officer_id=BINH) == []
    assert ok(await funds.get(f"{path}/history"))["items"][-1]["changed"] == ["officer_id"]
    own = funds.as_(scope="own.read", sub="htx", organization_id=loan.organization_id)
    assert ok(await own.get(path))["officer_id"] is None
    assert faults(await own.get(f"{LOANS}?officer_id={BINH}")) == {("officer_id", "officers_only")}
    cleared = ok(await funds.patch(path, json={"officer_id": None}, headers=etag(changed)))
    assert cleared["officer_id"] is None
    assert faults(await funds.patch(path, json={"officer_id": ""}, headers=etag(cleared))) == {("/officer_id", "blank")}


async def test_an_imported_loan_may_name_its_officer(funds: ApiClient, make: Make) -> None:
    await make.rich_fund()
    ok(await send(funds, as_csv(a_row(officer_id=AN)), dry_run=False))
    assert [loan["officer_id"] for loan in await every_item(funds, LOANS)] == [AN]


async def test_lists_are_those_of_an_officer_or_of_a_commune(funds: ApiClient, make: Make) -> None:
    fund = await make.rich_fund()
    living_in = {
        code: await make.borrower(commune_code=code, commune_map="2008") for code in (GIA_CAM, TAN_DAN, VAY_NUA)
    }
    living_in["2025"] = await make.borrower(**VIET_TRI)
    loans = {
        code: await late_loan(make, fund, borrower, officer_id=AN if code == TAN_DAN else BINH)
        for code, borrower in living_in.items()
    }

    def expected(path: str, *codes: str) -> list[str]:
        return sorted((living_in if path == SHEETS else loans)[code]["id"] for code in codes)

    elsewhere = funds.as_(area="40-2025")
    for path in (LOANS, WORK, SHEETS):

        async def there(path: str = path, **query: Any) -> list[str]:
            return sorted(set(await listed(funds, path, **query)))

        assert await there(officer_id=AN) == expected(path, TAN_DAN)
        assert await there(officer_id=[AN, BINH]) == expected(path, *living_in)
        assert await there(**VIET_TRI) == expected(path, GIA_CAM, TAN_DAN, "2025")
        assert await there(commune_code=GIA_CAM, commune_map="2008") == expected(path, GIA_CAM)
        assert await there(**VIET_TRI, officer_id=BINH) == expected(path, GIA_CAM, "2025")
        assert await there(district="227-2008") == expected(path, GIA_CAM, TAN_DAN, "2025")
        assert await there(district="227", commune_code=TAN_DAN) == expected(path, TAN_DAN)
        assert await there(**THONG_NHAT) == []
        assert await there(**THONG_NHAT, placement="uncertain") == expected(path, VAY_NUA)
        assert await listed(elsewhere, path, **VIET_TRI) == []
        month = {"month": "2023-03"} if path == SHEETS else {}
        page = ok(await funds.get(path, params={**month, **THONG_NHAT}))
        assert (page["uncertain_count"], page["items"]) == (
            len(await listed(funds, path, **THONG_NHAT, placement="uncertain")),
            [],
        )
        assert ok(await elsewhere.get(path, params={**month, **THONG_NHAT}))["uncertain_count"] == 0
        assert ok(await funds.get(path, params=month))["uncertain_count"] is None
        asked = {**month, "commune_code": GIA_CAM}
        assert faults(await funds.get(path, params=asked)) == {("commune_map", "ambiguous_commune")}
        for asked in ({"commune_map": "2025"}, {"placement": "uncertain"}):
            assert faults(await funds.get(path, params={**month, **asked})) == {("commune_code", "required")}
        wrong = {**month, "district": "x", "commune_map": "1990"}
        assert {name for name, _ in faults(await funds.get(path, params=wrong))} == {"district", "commune_map"}


async def test_an_officer_who_cannot_be_one_is_a_fault_of_every_list(funds: ApiClient) -> None:
    for path in (LOANS, WORK, f"{SHEETS}?month=2023-03"):
        answer = await funds.get(f"{path}{'&' if '?' in path else '?'}officer_id=%00")
        assert [parameter for parameter, _ in faults(answer)] == ["officer_id"], path


async def test_the_totals_of_a_sheet_are_those_of_who_is_on_it(funds: ApiClient, make: Make) -> None:
    fund = await make.rich_fund()
    for officer in (AN, AN, BINH):
        await late_loan(make, fund, officer_id=officer)
    path = f"{SHEETS}?month=2023-03&fund_id={fund.id}&totals=exact"
    whole, half = ok(await funds.get(path)), ok(await funds.get(f"{path}&officer_id={AN}"))
    assert (len(whole["items"]), len(half["items"])) == (3, 2)
    assert whole["totals"]["falls_due_vnd"] > half["totals"]["falls_due_vnd"]
    for sheet in (whole, half):
        assert sheet["totals"]["falls_due_vnd"] == sum(each["falls_due_vnd"] for each in sheet["items"])
    assert ok(await funds.get(f"{path}&commune_code={TAN_DAN}"))["totals"]["falls_due_vnd"] == 0
    first = ok(await funds.get(f"{path}&limit=1&officer_id={AN}"))
    other = f"{SHEETS}?month=2023-03&fund_id={fund.id}&cursor={first['next_cursor']}"
    assert_problem(await funds.get(other), 422, "cursor_mismatch")


async def test_the_list_is_sorted_by_amount_and_by_days(funds: ApiClient, make: Make) -> None:
    fund = await make.rich_fund()
    late = {"overdue_principal_vnd": 5 * MILLION, "overdue_since": "2022-12-01"}
    amounts = (20, 60, 40)
    for amount in amounts:
        await late_loan(make, fund, opening={"principal_vnd": amount * MILLION, **(late if amount == 20 else {})})
    entrusted = await make.loan(fund, 30 * MILLION, channel="entrusted_out")
    balance = {"as_of": "2024-01-31", "outstanding_vnd": 25 * MILLION, "overdue_principal_vnd": 25 * MILLION}
    await make.create(f"loans/{entrusted.id}/balance-statements", {**balance, "overdue_since": "2024-01-15"})
    await make.create(f"loans/{entrusted.id}/use-checks", {"due_on": str(today())})
    items = ok(await funds.get(WORK))["items"]
    by_amount = sorted(items, key=lambda item: (item["amount_vnd"] or 0, item["id"]))
    assert len({item["amount_vnd"] for item in items}) == 5
    for item in items:
        position = ok(await funds.get(f"{LOANS}/{item['loan_id']}/position"))
        if item["kind"] == "overdue" and item["loan_id"] != entrusted.id:
            owed = position["due_principal_vnd"] + position["due_interest_vnd"] + position["overdue_interest_vnd"]
            assert item["amount_vnd"] == owed
        assert (item["debt_group"], item["borrower_debt_group"]) == (position["debt_group"],) * 2
    assert await every_item(funds, f"{WORK}?sort=amount_vnd&limit=2") == by_amount
    assert await every_item(funds, f"{WORK}?sort=-amount_vnd&limit=2") == by_amount[::-1]
    days = [item["days_late"] for item in await every_item(funds, f"{WORK}?sort=-days_late&limit=2")]
    assert days == sorted((item["days_late"] for item in items), reverse=True)
    assert days[0] == (today() - today().replace(2022, 12, 1)).days
    two = ok(
        await funds.get(
            WORK, params={"sort": "-amount_vnd,id", "kind": "overdue", "count": "exact", "fund_id": fund.id}
        )
    )
    assert (two["count"], two["items"]) == (4, [item for item in by_amount[::-1] if item["kind"] == "overdue"])
    assert ok(await funds.as_(area="40-2025").get(f"{WORK}?sort=amount_vnd"))["items"] == []


async def test_more_late_loans_than_are_sorted_at_once_are_to_be_narrowed(
    funds: ApiClient, make: Make, monkeypatch: Any
) -> None:
    monkeypatch.setattr("services.funds.books.reports.work_list._MOST_SORTED", 1)
    fund, other = await make.rich_fund(), await make.rich_fund()
    for of in (fund, other):
        await late_loan(make, of, officer_id=AN)
    assert faults(await funds.get(f"{WORK}?sort=amount_vnd&officer_id={AN}")) == {("sort", "too_many")}
    assert len(ok(await funds.get(f"{WORK}?sort=amount_vnd&fund_id={fund.id}"))["items"]) == 1


async def test_a_notice_falls_due_again_after_the_days_of_the_rule(funds: ApiClient, make: Make) -> None:
    fund, now = await make.rich_fund(), today()
    loan = await late_loan(make, fund)
    path = f"loans/{loan.id}/collection-actions"

    async def needed() -> bool:
        (item,) = ok(await funds.get(f"{WORK}?loan_id={loan.id}"))["items"]
        assert (len(ok(await funds.get(f"{WORK}?needs_notice=true"))["items"]) == 1) == item["needs_notice"]
        return bool(item["needs_notice"])

    assert await needed()
    await make.create(path, {"kind": "notice", "done_on": str(now - timedelta(days=30))})
    # Nothing is laid down: one notice is enough.
    assert not await needed()
    rule = {"rule": "notice_every_days", "valid_from": "2023-01-01", "value_percent": None}
    await make.rule(**rule, value_days=31)
    assert not await needed()
    of_fund = await make.rule(**rule, value_days=30, fund_id=fund.id)
    assert await needed()
    await make.create(path, {"kind": "notice", "done_on": str(now - timedelta(days=29))})
    assert not await needed()
    await make.rule(**{**rule, "valid_from": str(now + timedelta(days=1))}, value_days=1, fund_id=fund.id)
    assert not await needed()
    ended = {"valid_until": str(now - timedelta(days=1))}
    ok(await make.client.patch(f"{PATH}/lending-rules/{of_fund.id}", json=ended, headers=etag(of_fund)))
    await make.rule(**rule, value_days=29)
    assert await needed()


async def test_a_rule_on_notices_names_a_number_of_days(funds: ApiClient) -> None:
    rule = {"rule": "notice_every_days", "valid_from": "2023-01-01", "legal_basis": "Quy chế cho vay, Điều 20"}
    path = f"{PATH}/lending-rules"
    assert faults(await funds.post(path, json=rule)) == {("/value_days", "required")}
    assert faults(await funds.post(path, json={**rule, "value_days": 0})) == {("/value_days", "too_small")}


async def test_an_organizations_phone_is_shown_and_a_persons_for_a_purpose(
    funds: ApiClient, make: Make, db: Database
) -> None:
    fund = await make.rich_fund()
    cooperative = await make.borrower(phone="0210 999 000")
    person = await make.borrower("member_person", phone="0912 345 678")
    without, private = await make.borrower(), await make.borrower(phone="0210 111 222")
    await db.execute(
        "INSERT INTO followed_organization (id, version, life, alliance, type, name, phone) "
        "VALUES ($1::uuid, 1, 1, '25-2025', 'cooperative', 'HTX', '0210 345 678')",
        cooperative.organization_id,
    )
    for borrower in (cooperative, person, without, private):
        await late_loan(make, fund, borrower)

    async def phones(client: ApiClient, **query: str) -> list[tuple[str | None, list[str]]]:
        items = {item["borrower_id"]: item for item in ok(await client.get(WORK, params=query))["items"]}
        shown = [items[borrower.id] for borrower in (cooperative, person, without, private)]
        return [(item["phone"], item["redacted"]) for item in shown]

    public: tuple[str | None, list[str]] = ("0210 345 678", [])
    assert await phones(funds) == [public, (None, ["phone"]), (None, []), (None, ["phone"])]
    wanted = {"include": "phone", "purpose": "gọi nhắc nợ"}
    for wrong, fault in (({"include": "phone"}, "required"), ({**wanted, "purpose": "gọi"}, "wrong_format")):
        assert faults(await funds.get(WORK, params=wrong)) == {("purpose", fault)}
    reader = funds.as_(scope="funds.read")
    assert_problem(await reader.get(WORK, params=wanted), 403, "scope_missing", required_scope="funds.write")
    assert await phones(reader, purpose="không mở số nào") == [public, (None, ["phone"]), (None, []), (None, ["phone"])]
    assert await db.fetchval("SELECT count(*) FROM audit") == 0
    opened = await phones(funds, **wanted)
    assert opened == [public, ("0912 345 678", []), (None, []), ("0210 111 222", [])]
    (entry,) = await db.fetch("SELECT action, actor, alliance, resource_type, resource_id, detail FROM audit")
    assert tuple(entry.values())[:5] == ("borrower.phones_read", "fund-officer", "25-2025", "borrower", None)
    assert orjson.loads(entry["detail"]) == {
        "words": "gọi nhắc nợ",
        "fields": ["phone"],
        "people": 2,
        "resource_ids": sorted((person.id, private.id)),
    }
