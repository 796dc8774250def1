"""Failed sign-ins cost growing time, per account name and per address."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import httpx
import pytest
import time_machine

from kernel.values.days import now
from services.identity.security.throttle import ACCOUNT, ADDRESS, address_subject, delay
from tests.identity.people import Identity
from tests.support.answers import assert_problem


async def _try(identity: Identity, username: str, password: str = "wrong password") -> httpx.Response:
    browser = identity.browser(accept="*/*")
    return await browser.submit(await browser.open(), username=username, password=password)


def test_the_delay_doubles_from_one_second_to_its_limit() -> None:
    seconds = [delay(ACCOUNT, failures).total_seconds() for failures in range(1, 14)]
    assert seconds == [0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300]
    assert delay(ADDRESS, 30) == timedelta(0)
    assert delay(ADDRESS, 10_000) == timedelta(minutes=15)


@pytest.mark.parametrize("known", [True, False])
async def test_a_name_is_delayed_whether_it_exists_or_not(identity: Identity, known: bool) -> None:
    person = await identity.person(username="lan.nguyen")
    name = person.username if known else "somebody-else"
    start = now()
    with time_machine.travel(start, tick=False) as clock:
        for _ in range(4):
            assert_problem(await _try(identity, name), 422, "sign_in_failed")
        refused = await _try(identity, name)
        assert_problem(refused, 429, "sign_in_delayed", retry_after_seconds=1)
        assert refused.headers["retry-after"] == "1"
        clock.shift(1)
        assert_problem(await _try(identity, name), 422, "sign_in_failed")
        assert_problem(await _try(identity, name), 429, "sign_in_delayed", retry_after_seconds=2)


async def test_the_right_password_has_to_wait_too_and_then_clears_the_account(identity: Identity) -> None:
    person = await identity.person()
    with time_machine.travel(now(), tick=False) as clock:
        for _ in range(4):
            await _try(identity, person.username)
        assert_problem(await _try(identity, person.username, person.password), 429, "sign_in_delayed")
        clock.shift(1)
        assert (await _try(identity, person.username, person.password)).status_code == 303
        for _ in range(3):
            assert_problem(await _try(identity, person.username), 422, "sign_in_failed")


async def test_a_burst_of_guesses_counts_as_many_failures(identity: Identity) -> None:
    person = await identity.person()
    answers = await asyncio.gather(*(_try(identity, person.username) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [422] * 4 + [429] * 4


async def test_many_people_of_one_office_sign_in_together(identity: Identity) -> None:
    people = [await identity.person() for _ in range(35)]
    answers = await asyncio.gather(*(_try(identity, person.username, person.password) for person in people))
    assert {answer.status_code for answer in answers} == {303}


async def test_one_person_in_many_tabs_is_no_guesser(identity: Identity) -> None:
    person = await identity.person()
    answers = await asyncio.gather(*(_try(identity, person.username, person.password) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {303}


async def test_an_address_that_guesses_at_many_names_is_delayed(identity: Identity) -> None:
    person = await identity.person()
    subject = address_subject(identity.app.state.identity.sealer, "127.0.0.1")
    with time_machine.travel(now(), tick=False):
        await identity.db.execute(
            "INSERT INTO sign_in_throttle (subject, failures, last_failed_at) VALUES ($1, 30, $2)", subject, now()
        )
        assert_problem(await _try(identity, "first-name"), 422, "sign_in_failed")
        assert_problem(await _try(identity, "second-name"), 429, "sign_in_delayed")
        # Nobody at that address gets in until the delay is over; the good account is not charged for it.
        assert_problem(await _try(identity, person.username, person.password), 429, "sign_in_delayed")
    with time_machine.travel(now() + timedelta(seconds=2)):
        assert (await _try(identity, person.username, person.password)).status_code == 303


async def test_a_good_account_buys_no_guesses_at_others(identity: Identity) -> None:
    person = await identity.person()
    for number in range(3):
        await _try(identity, f"guess-{number}")
    assert (await _try(identity, person.username, person.password)).status_code == 303
    subject = address_subject(identity.app.state.identity.sealer, "127.0.0.1")
    assert await identity.db.fetchval("SELECT failures FROM sign_in_throttle WHERE subject = $1", subject) == 3


async def test_a_delayed_person_sees_how_long_to_wait(identity: Identity) -> None:
    person = await identity.person()
    for _ in range(4):
        await _try(identity, person.username)
    browser = identity.browser()
    page = await browser.submit(await browser.open(), username=person.username, password=person.password)
    assert page.status_code == 429
    assert page.headers["retry-after"] == "1"
    assert "thử lại sau 1 giây." in page.text


async def test_what_people_type_as_their_name_is_not_stored_readably(identity: Identity) -> None:
    await _try(identity, "my-secret-password")
    for table in ("sign_in_throttle", "audit"):
        text = str([dict(row) for row in await identity.db.fetch(f"SELECT * FROM {table}")])
        assert "my-secret-password" not in text


def test_one_ipv6_customer_is_one_address() -> None:
    from services.identity.security.sealing import Sealer

    sealer = Sealer(b"x" * 32)
    assert address_subject(sealer, "2001:db8::1") == address_subject(sealer, "2001:db8::2")
    assert address_subject(sealer, "2001:db8::1") != address_subject(sealer, "2001:db8:0:1::1")
    assert address_subject(sealer, "192.0.2.1") != address_subject(sealer, "192.0.2.2")
