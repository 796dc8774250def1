"""Who read whose personal data: told to administrators of the area whose records they are, and never what was read."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI

from kernel.audit.entries import usual_per_hour
from kernel.values.days import today
from tests.funds.builders import BORROWERS, LE_LOI, PATH, a_borrower
from tests.support.answers import assert_problem, every_item, faults, ok
from tests.support.client import ApiClient

AUDIT = f"{PATH}/audit"
NUMBER = "025080012345"


def administrator(funds: ApiClient, area: str = "25-2025", sub: str = "admin") -> ApiClient:
    return funds.as_(scope="identity.admin", area=area, sub=sub)


async def readings(client: ApiClient, **params: Any) -> list[tuple[str, str, str | None, str | None]]:
    """Return action, subject, purpose and record of the entries, the newest first, without those of reading the audit."""
    entries = await every_item(client, AUDIT, limit=2, **params)
    return [
        (entry["action"], entry["actor"], entry["purpose"], entry["resource_id"])
        for entry in entries
        if entry["action"] != "audit.read"
    ]


async def borrower(funds: ApiClient, **fields: str) -> str:
    body = a_borrower("member_person", **{"id_number": NUMBER, **fields})
    id_: str = ok(await funds.post(BORROWERS, json=body), 201)["id"]
    return id_


async def read(client: ApiClient, id_: str, purpose: str = "loan_appraisal", **params: str) -> dict[str, Any]:
    return ok(await client.get(f"{BORROWERS}/{id_}/personal-data", params={"purpose": purpose, **params}))


async def test_an_administrator_reads_who_read_whose_data_in_its_own_area(funds: ApiClient) -> None:
    here = await borrower(funds)
    there = await borrower(funds.as_(area="40-2025"), commune_code=LE_LOI)
    await read(funds, here)
    await read(funds.as_(area="VN", sub="ministry"), there, "inspection", purpose_words="Đoàn kiểm tra quý III")
    own = [("borrower.personal_data_read", "fund-officer", "loan_appraisal", here)]
    foreign = [("borrower.personal_data_read", "ministry", "inspection", there)]
    assert await readings(administrator(funds)) == own
    assert await readings(administrator(funds, "40-2025")) == foreign, (
        "the alliance concerned sees who read its records"
    )
    assert await readings(administrator(funds, "VN")) == foreign + own
    assert_problem(await funds.get(AUDIT), 403, "scope_missing")
    entries = ok(await administrator(funds, "40-2025").get(AUDIT, params={"subject": "ministry"}))["items"]
    (entry,) = entries
    assert (entry["purpose_words"], entry["detail"]) == (
        "Đoàn kiểm tra quý III",
        {"fields": ["phone", "id_number"], "people": 1},
    )
    assert entry["request_id"]
    answer = await administrator(funds, "VN").get(AUDIT)
    assert NUMBER not in answer.text
    assert answer.headers["cache-control"] == "no-store"


async def test_the_list_is_narrowed_by_day_subject_record_purpose_and_what_is_unusual(funds: ApiClient) -> None:
    first, second = await borrower(funds), await borrower(funds, id_number="025080054321")
    for sub, id_, purpose in (("one", first, "contract"), ("two", second, "contract"), ("two", first, "statistics")):
        await read(funds.as_(sub=sub), id_, purpose)
    admin, day = administrator(funds), today().isoformat()

    async def found(**params: Any) -> list[tuple[str, str | None, bool]]:
        return [(subject, purpose, record == first) for _, subject, purpose, record in await readings(admin, **params)]

    assert await found(**{"from": day, "to": day}) == [
        ("two", "statistics", True),
        ("two", "contract", False),
        ("one", "contract", True),
    ]
    assert await found(to="2026-01-01") == []
    assert await found(subject="one") == [("one", "contract", True)]
    assert await found(resource=first) == [("two", "statistics", True), ("one", "contract", True)]
    assert await found(purpose=["contract"]) == [("two", "contract", False), ("one", "contract", True)]
    assert await found(unusual="true") == []
    wrong = await admin.get(AUDIT, params={"purpose": "curiosity", "who": "me", "from": "yesterday"})
    assert faults(wrong) == {("purpose", "not_allowed"), ("who", "unknown_parameter"), ("from", "not_a_date")}


async def test_reading_the_audit_is_an_entry_itself(funds: ApiClient) -> None:
    admin = administrator(funds, sub="curious")
    ok(await admin.get(AUDIT, params={"subject": "x"}))
    (entry,) = ok(await admin.get(AUDIT, params={"action": "audit.read"}))["items"][1:]
    assert (entry["actor"], entry["action"], entry["detail"]) == ("curious", "audit.read", {"asked": ["subject"]})


async def test_a_purpose_is_a_code_or_words_and_other_needs_words(funds: ApiClient) -> None:
    id_ = await borrower(funds)
    path = f"{BORROWERS}/{id_}/personal-data"
    assert faults(await funds.get(path, params={"purpose": "other"})) == {("purpose_words", "required")}
    assert await readings(administrator(funds)) == [], "a refused call read nothing"
    shown = await read(funds, id_, "other", purpose_words="Gửi thư báo nợ")
    assert shown["purpose"] == "other"
    assert (await read(funds, id_, "gọi nhắc nợ"))["purpose"] == "gọi nhắc nợ", "what clients send since before"
    entries = ok(await administrator(funds).get(AUDIT, params={"purpose": "other"}))["items"]
    assert [entry["purpose_words"] for entry in entries] == ["gọi nhắc nợ", "Gửi thư báo nợ"]
    lists = ok(await funds.get(f"{PATH}/code-lists/reading-purposes"))["items"]
    assert {"loan_appraisal", "other"} <= {item["code"] for item in lists}


async def test_above_the_usual_number_of_an_hour_a_reading_is_marked_and_never_refused(
    funds: ApiClient, funds_app: FastAPI
) -> None:
    id_, usual = await borrower(funds), usual_per_hour(today())
    counted = funds_app.state.metrics.unusual_readings
    assert usual == 30
    for _ in range(usual):
        await read(funds, id_)
    await read(funds.as_(sub="another"), id_)
    admin = administrator(funds)
    assert await readings(admin, unusual="true") == []
    await read(funds, id_)
    await asyncio.gather(*(read(funds, id_) for _ in range(4)))
    assert len(await readings(admin, unusual="true")) == 5
    assert funds_app.state.metrics.unusual_readings - counted == 5
    assert {subject for _, subject, *_ in await readings(admin, unusual="true")} == {"fund-officer"}


async def test_the_usual_number_may_be_set(
    funds: ApiClient, funds_app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(funds_app.state.settings, "unusual_readings_per_hour", 1)
    id_ = await borrower(funds)
    await read(funds, id_)
    await read(funds, id_)
    assert len(await readings(administrator(funds), unusual="true")) == 1
