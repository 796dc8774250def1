"""Two pairs of eyes at two copies of the funds: one person enters at one, another confirms at the other, also both at once."""

from __future__ import annotations

import asyncio
import base64
import os
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from kernel.database.connections import connect
from tests.faults.service import ForkServer, Service
from tests.funds.builders import BILLION, CAPITAL, PATH, SCOPES, Make, a_fund, a_movement, keyed
from tests.support.answers import assert_problem, ok
from tests.support.databases import Databases

pytestmark = pytest.mark.faults

CONFIRM, REJECT = {"decision": "confirm"}, {"decision": "reject", "reason": "Chứng từ không khớp"}
ENTERED, DECIDED = "SELECT count(*) FROM ledger_transaction", "SELECT count(*) FROM change WHERE type = $1"


@pytest.fixture(scope="module")
def fork_servers() -> Iterator[list[ForkServer]]:
    running = [ForkServer("funds"), ForkServer("funds")]
    yield running
    for each in running:
        each.end()


@pytest.fixture
async def url(databases: Databases) -> AsyncIterator[str]:
    async with databases.clone("funds") as address:
        yield address


@pytest.fixture
async def look(url: str) -> AsyncIterator[asyncpg.Connection[Any]]:
    connection = await connect(url)
    yield connection
    await connection.close()


@pytest.fixture
async def copies(fork_servers: list[ForkServer], url: str, tmp_path: Path) -> AsyncIterator[list[Service]]:
    """Two copies, which share a database and the settings of a deployment."""
    keys = {
        name: base64.urlsafe_b64encode(os.urandom(32)).decode() for name in ("VCA_KEYS_FUNDS", "VCA_KEYS_FUNDS_LINKS")
    }
    made = []
    for number, server in enumerate(fork_servers):
        home = tmp_path / str(number)
        home.mkdir()
        made.append(Service(server, url, home, VCA_FILES_URL=(tmp_path / "files").as_uri(), **keys))
        made[-1].start()
    for service in made:
        await service.ready()
    yield made
    for service in made:
        service.kill()


@pytest.fixture
async def officer(copies: list[Service]) -> AsyncIterator[httpx.AsyncClient]:
    """Who enters, at one copy."""
    async with copies[0].client(scope=SCOPES, area="VN", sub="fund-officer") as client:
        yield client


@pytest.fixture
async def approvers(copies: list[Service]) -> AsyncIterator[list[httpx.AsyncClient]]:
    """Who confirms: somebody at each copy."""
    by = [
        each.client(scope="funds.read funds.approve", area="VN", sub=f"approver-{at}") for at, each in enumerate(copies)
    ]
    async with by[0], by[1]:
        yield by


def confirmation(movement: dict[str, Any]) -> str:
    return f"{CAPITAL}/{movement['id']}/confirmation"


async def position(client: httpx.AsyncClient, fund: dict[str, Any]) -> int:
    capital: int = ok(await client.get(f"{PATH}/funds/{fund['id']}/position"))["capital_vnd"]
    return capital


async def test_what_was_entered_at_one_copy_is_confirmed_at_the_other_and_counts_at_both(
    officer: httpx.AsyncClient, approvers: list[httpx.AsyncClient]
) -> None:
    fund = await Make(officer, approvers[1]).fund()
    movement = ok(await officer.post(CAPITAL, json=a_movement(fund, amount_vnd=5 * BILLION), headers=keyed()), 201)
    assert [await position(client, fund) for client in (officer, approvers[1])] == [0, 0]
    at_the_other = ok(await approvers[1].post(confirmation(movement), json=CONFIRM), 201)
    assert at_the_other["confirmation"]["decided_by"] == "approver-1"
    assert [await position(client, fund) for client in (officer, approvers[1])] == [5 * BILLION] * 2
    assert ok(await officer.get(f"{CAPITAL}/{movement['id']}"))["confirmation"] == at_the_other["confirmation"]


async def test_nobody_confirms_their_own_at_another_copy(
    copies: list[Service], officer: httpx.AsyncClient, approvers: list[httpx.AsyncClient]
) -> None:
    fund = await Make(officer, approvers[0]).fund()
    movement = ok(await officer.post(CAPITAL, json=a_movement(fund), headers=keyed()), 201)
    async with copies[1].client(scope=f"{SCOPES} funds.approve", area="VN", sub="fund-officer") as themselves:
        assert_problem(
            await themselves.post(confirmation(movement), json=CONFIRM), 403, "same_person", prepared_by="fund-officer"
        )


@pytest.mark.parametrize("other", [CONFIRM, REJECT], ids=["both confirm", "one rejects"])
async def test_of_two_decisions_at_two_copies_at_once_one_stands(
    officer: httpx.AsyncClient, approvers: list[httpx.AsyncClient], look: asyncpg.Connection[Any], other: dict[str, str]
) -> None:
    fund = ok(await officer.post(f"{PATH}/funds", json=a_fund()), 201)
    movements = [ok(await officer.post(CAPITAL, json=a_movement_of(fund), headers=keyed()), 201) for _ in range(10)]
    before = await look.fetchval(ENTERED)
    states: Counter[str] = Counter()
    for movement in movements:
        answers = await asyncio.gather(
            approvers[0].post(confirmation(movement), json=CONFIRM),
            approvers[1].post(confirmation(movement), json=other),
        )
        assert sorted(answer.status_code for answer in answers) == [201, 409], [answer.text for answer in answers]
        (stands,) = (answer.json() for answer in answers if answer.status_code == 201)
        for client in (officer, *approvers):
            assert ok(await client.get(f"{CAPITAL}/{movement['id']}"))["confirmation"] == stands["confirmation"]
        states[stands["confirmation_state"]] += 1
    assert states.total() == len(movements)
    assert await position(officer, fund) == states["confirmed"] * BILLION
    assert await look.fetchval(ENTERED) - before == states["confirmed"], "each is booked once"


async def test_a_confirmation_sent_to_both_copies_with_one_key_is_one_answer(
    officer: httpx.AsyncClient, approvers: list[httpx.AsyncClient], copies: list[Service]
) -> None:
    fund = ok(await officer.post(f"{PATH}/funds", json=a_fund()), 201)
    movement = ok(await officer.post(CAPITAL, json=a_movement_of(fund), headers=keyed()), 201)
    headers = keyed()
    async with copies[1].client(scope="funds.read funds.approve", area="VN", sub="approver-0") as again:
        answers = await asyncio.gather(
            *(client.post(confirmation(movement), json=CONFIRM, headers=headers) for client in (approvers[0], again))
        )
        # Who meets the other one at work is told to send it again.
        done = [
            answer
            if answer.status_code == 201
            else await again.post(confirmation(movement), json=CONFIRM, headers=headers)
            for answer in answers
        ]
    assert [answer.status_code for answer in done] == [201, 201], [answer.text for answer in done]
    assert done[0].json()["confirmation"] == done[1].json()["confirmation"]
    assert await position(officer, fund) == BILLION


def a_movement_of(fund: dict[str, Any]) -> dict[str, Any]:
    return {"fund_id": fund["id"], "kind": "state", "amount_vnd": BILLION, "moved_on": "2020-03-01"}
