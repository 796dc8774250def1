"""Capital: each source for itself, allocated apart from received, never rewritten; the position on any day."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from kernel.database.connections import Database
from tests.funds.builders import BILLION, CAPITAL, FUNDS, MILLION, Make, a_movement
from tests.support.answers import assert_problem, every_item, faults, ok
from tests.support.client import ApiClient


async def position(funds: ApiClient, fund_id: str, as_of: str | None = None) -> dict[str, Any]:
    params = {} if as_of is None else {"as_of": as_of}
    return ok(await funds.get(f"{FUNDS}/{fund_id}/position", params=params))


def source(position: dict[str, Any], kind: str) -> dict[str, Any]:
    return next(item for item in position["capital"] if item["kind"] == kind)


async def test_allocated_capital_is_not_received_capital(funds: ApiClient, make: Make) -> None:
    fund = await make.fund()
    await make.movement(fund, stage="allocated", amount_vnd=20 * BILLION, moved_on="2020-01-01", decision_number="1/QĐ")
    await make.movement(fund, amount_vnd=12 * BILLION, moved_on="2020-03-01", budget_year=2020)
    fund_position = await position(funds, fund.id)
    assert source(fund_position, "state") == {
        "kind": "state",
        "allocated_vnd": 20 * BILLION,
        "received_vnd": 12 * BILLION,
        "paid_out_vnd": 0,
        "not_received_vnd": 8 * BILLION,
    }
    assert (fund_position["capital_vnd"], fund_position["free_balance_vnd"], fund_position["lent_out_vnd"]) == (
        12 * BILLION,
        12 * BILLION,
        0,
    )
    assert (fund_position["actual_charter_capital_vnd"], fund_position["charter_capital_source"]) == (
        12 * BILLION,
        "movements",
    )


async def test_the_position_of_a_past_day_knows_what_had_moved_by_then(funds: ApiClient, make: Make) -> None:
    fund = await make.fund()
    for on, kind, amount in [("2020-03-01", "state", 10), ("2021-03-01", "members", 2), ("2022-03-01", "donors", 1)]:
        await make.movement(fund, kind=kind, amount_vnd=amount * BILLION, moved_on=on)
    seen = [
        (await position(funds, fund.id, on))["capital_vnd"]
        for on in ("2020-02-29", "2020-03-01", "2021-12-31", "2022-03-01")
    ]
    assert seen == [0, 10 * BILLION, 12 * BILLION, 13 * BILLION]


async def test_money_of_others_is_no_charter_capital(funds: ApiClient, make: Make) -> None:
    fund = await make.fund()
    await make.movement(fund, amount_vnd=20 * BILLION)
    await make.movement(fund, kind="entrusted_in", amount_vnd=5 * BILLION)
    await make.movement(fund, kind="entrusted_out", amount_vnd=3 * BILLION)
    await make.movement(fund, kind="undistributed_result", direction="out", amount_vnd=500 * MILLION)
    fund_position = await position(funds, fund.id)
    assert fund_position["actual_charter_capital_vnd"] == 19_500 * MILLION
    assert fund_position["capital_vnd"] == 21_500 * MILLION
    assert source(fund_position, "entrusted_out")["paid_out_vnd"] == 3 * BILLION
    assert source(fund_position, "undistributed_result")["paid_out_vnd"] == 500 * MILLION


async def test_without_a_booking_the_registered_charter_capital_stands(funds: ApiClient, make: Make) -> None:
    fund = await make.fund(charter_capital_vnd=20 * BILLION)
    fund_position = await position(funds, fund.id)
    assert (fund_position["actual_charter_capital_vnd"], fund_position["charter_capital_source"]) == (
        20 * BILLION,
        "registered",
    )
    assert fund_position["free_balance_vnd"] == 0


async def test_a_wrong_movement_is_reversed_and_both_stay(funds: ApiClient, make: Make) -> None:
    fund = await make.fund()
    wrong = await make.movement(fund, amount_vnd=5 * BILLION, moved_on="2022-01-10")
    path = f"{CAPITAL}/{wrong.id}/reversal"
    reversal = ok(await funds.post(path, json={"reason": "Nhập nhầm quỹ", "effective_on": "2022-02-01"}), 201)
    assert (reversal["direction"], reversal["amount_vnd"], reversal["reverses_id"]) == ("out", 5 * BILLION, wrong.id)
    assert_problem(await funds.post(path, json={"reason": "hai lần"}), 409, "already_reversed")
    assert (await position(funds, fund.id, "2022-02-01"))["capital_vnd"] == 5 * BILLION
    await make.confirmed("capital-movements", reversal)
    assert ok(await funds.get(f"{CAPITAL}/{wrong.id}"))["reversed_by_id"] == reversal["id"]
    assert (await position(funds, fund.id, "2022-01-31"))["capital_vnd"] == 5 * BILLION
    assert (await position(funds, fund.id, "2022-02-01"))["capital_vnd"] == 0
    assert_problem(
        await funds.post(path, json={"reason": "lần nữa"}), 409, "already_reversed", reversed_by_id=reversal["id"]
    )
    assert_problem(
        await funds.post(f"{CAPITAL}/{reversal['id']}/reversal", json={"reason": "đảo lại"}), 409, "already_reversed"
    )
    assert len(await every_item(funds, CAPITAL, fund_id=fund.id)) == 2


async def test_the_database_itself_refuses_to_rewrite_a_movement(make: Make, db: Database) -> None:
    movement = await make.movement(await make.fund(), amount_vnd=5 * BILLION)
    for sql in (
        "UPDATE capital_movement SET amount_vnd = 1 WHERE id = $1::uuid",
        "DELETE FROM capital_movement WHERE id = $1::uuid",
    ):
        with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
            await db.execute(sql, movement.id)


async def test_a_source_pays_out_no_more_than_it_brought(funds: ApiClient, make: Make) -> None:
    fund = await make.fund()
    movement = await make.movement(fund, kind="mobilized", amount_vnd=2 * BILLION)
    await make.movement(fund, kind="mobilized", direction="out", amount_vnd=BILLION)
    too_much = a_movement(fund, kind="mobilized", direction="out", amount_vnd=BILLION + 1)
    assert_problem(
        await funds.post(CAPITAL, json=too_much),
        409,
        "capital_short",
        held_vnd=BILLION,
        asked_vnd=BILLION + 1,
        over_vnd=1,
    )
    assert_problem(
        await funds.post(f"{CAPITAL}/{movement.id}/reversal", json={"reason": "x"}),
        409,
        "capital_short",
        held_vnd=BILLION,
        over_vnd=BILLION,
    )
    assert len(await every_item(funds, CAPITAL)) == 2


async def test_money_is_a_whole_number_above_nothing(funds: ApiClient, make: Make) -> None:
    fund = await make.fund()
    for amount, code in [
        ("5000000", "not_an_integer"),
        (0.5, "not_an_integer"),
        (1e6, "not_an_integer"),
        (0, "too_small"),
        (-1, "too_small"),
        (2**53, "too_large"),
        (True, "not_an_integer"),
    ]:
        answer = await funds.post(CAPITAL, json=a_movement(fund, amount_vnd=amount))
        assert faults(answer) == {("/amount_vnd", code)}, amount
    assert await every_item(funds, CAPITAL) == []


async def test_allocation_names_its_decision_and_nothing_moves_in_the_future(funds: ApiClient, make: Make) -> None:
    fund = await make.fund()
    answer = await funds.post(CAPITAL, json=a_movement(fund, stage="allocated"))
    assert faults(answer) == {("/decision_number", "required")}
    assert faults(await funds.post(CAPITAL, json=a_movement(fund, moved_on="2999-01-01"))) == {
        ("/moved_on", "in_the_future")
    }


async def test_capital_of_a_fund_of_another_alliance_cannot_be_moved_or_seen(funds: ApiClient, make: Make) -> None:
    foreign = await make.fund(province="40-2025")
    movement = await make.movement(foreign)
    assert faults(await funds.post(CAPITAL, json=a_movement(foreign))) == {("/fund_id", "unknown_fund")}
    assert_problem(await funds.get(f"{CAPITAL}/{movement.id}"), 404, "not_found")
    assert_problem(await funds.get(f"{FUNDS}/{foreign.id}/position"), 404, "not_found")
    assert_problem(await funds.post(f"{CAPITAL}/{movement.id}/reversal", json={"reason": "x"}), 404, "not_found")
    assert await every_item(funds, CAPITAL) == []
