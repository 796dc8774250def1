"""Collaterals: what secures a loan, what of it counts, from registration to release."""

from __future__ import annotations

from typing import Any

from kernel.values.ids import new_id
from tests.funds.builders import COLLATERALS, LE_LOI, MILLION, Make, Record
from tests.support.answers import assert_problem, etag, every_item, faults, ok
from tests.support.client import ApiClient


def a_collateral(**given: Any) -> dict[str, Any]:
    return {
        "kind": "land_use_right",
        "description": "Thửa số 12, tờ bản đồ 3",
        "owner_name": "Nguyễn Văn A",
        "certificate_number": "BK 123456",
        "value_vnd": 900 * MILLION,
        "deductible_value_vnd": 450 * MILLION,
        **given,
    }


async def application(make: Make) -> Record:
    return await make.application(await make.fund())


async def test_a_collateral_secures_an_application_of_its_borrower(funds: ApiClient, make: Make) -> None:
    filed = await application(make)
    collateral = ok(await funds.post(COLLATERALS, json=a_collateral(loan_application_id=filed.id)), 201)
    assert (collateral["borrower_id"], collateral["alliance"]) == (filed.borrower_id, "25-2025")
    assert await every_item(funds, COLLATERALS, loan_application_id=filed.id) == [collateral]
    other = await make.borrower()
    answer = await funds.post(COLLATERALS, json=a_collateral(loan_application_id=filed.id, borrower_id=other.id))
    assert faults(answer) == {("/borrower_id", "differs_from_application")}


async def test_no_more_is_deductible_than_it_is_worth(funds: ApiClient, make: Make) -> None:
    filed = await application(make)
    body = a_collateral(loan_application_id=filed.id, deductible_value_vnd=900 * MILLION + 1)
    assert faults(await funds.post(COLLATERALS, json=body)) == {("/deductible_value_vnd", "too_large")}
    assert faults(await funds.post(COLLATERALS, json=a_collateral())) == {("/borrower_id", "required")}


async def test_it_is_released_after_it_was_registered(funds: ApiClient, make: Make) -> None:
    filed = await application(make)
    collateral = ok(
        await funds.post(COLLATERALS, json=a_collateral(loan_application_id=filed.id, registered_on="2023-03-01")), 201
    )
    path = f"{COLLATERALS}/{collateral['id']}"
    answer = await funds.patch(path, json={"released_on": "2023-02-28"}, headers=etag(collateral))
    assert faults(answer) == {("/released_on", "end_before_start")}
    assert [item["id"] for item in await every_item(funds, COLLATERALS, is_released="false")] == [collateral["id"]]
    ok(await funds.patch(path, json={"released_on": "2025-03-01"}, headers=etag(collateral)))
    assert await every_item(funds, COLLATERALS, is_released="false") == []


async def test_one_entered_by_mistake_is_taken_back_and_remembered(funds: ApiClient, make: Make) -> None:
    filed = await application(make)
    collateral = ok(await funds.post(COLLATERALS, json=a_collateral(loan_application_id=filed.id)), 201)
    path = f"{COLLATERALS}/{collateral['id']}"
    assert (await funds.delete(path)).status_code == 428
    assert (await funds.delete(path, headers=etag(collateral))).status_code == 204
    assert_problem(await funds.get(path), 404, "not_found")
    history = ok(await funds.get(f"{path}/history"))["items"]
    assert [entry["action"] for entry in history] == ["created", "removed"]


async def test_files_of_a_collateral_were_uploaded(funds: ApiClient, make: Make) -> None:
    filed = await application(make)
    body = a_collateral(loan_application_id=filed.id, file_ids=[new_id()])
    assert faults(await funds.post(COLLATERALS, json=body)) == {("/file_ids/0", "unknown_file")}


async def test_a_collateral_of_another_area_is_not_there(funds: ApiClient, make: Make) -> None:
    foreign = await make.borrower(commune_code=LE_LOI)
    collateral = await make.create("collaterals", a_collateral(borrower_id=foreign.id))
    assert_problem(await funds.get(f"{COLLATERALS}/{collateral.id}"), 404, "not_found")
    assert faults(await funds.post(COLLATERALS, json=a_collateral(borrower_id=foreign.id))) == {
        ("/borrower_id", "unknown_borrower")
    }
