"""Failed sign-ins cost growing time, per account name and per address."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import httpx
import pyotp
import pytest
import time_machine

from kernel.values.days import now
from services.identity.problems import SignInDelayed
from services.identity.security import throttle
from services.identity.security.sealing import Sealer
from services.identity.security.throttle import ADDRESS, OWN, SITE, Turns, delay, networks_of
from services.identity.signin import attempts, cookies
from tests.identity.people import Identity, form_of, sent_back
from tests.support.answers import assert_problem
from tests.support.waiting import come_about


async def _try(
    identity: Identity, username: str, password: str = "wrong password", address: str = "127.0.0.1"
) -> httpx.Response:
    browser = identity.browser(address, accept="*/*")
    return await browser.submit(await browser.open(), username=username, password=password)


def test_the_delay_doubles_from_one_second_to_its_limit() -> None:
    seconds = [delay(OWN, failures).total_seconds() for failures in range(1, 14)]
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


async def test_from_where_it_was_guessed_the_right_password_has_to_wait_too(identity: Identity) -> None:
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
    subject = _address(identity)
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
    subject = _address(identity)
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
    assert networks_of("2001:db8::1") == [("2001:db8::/64", ADDRESS), ("2001:db8::/48", SITE)]
    assert networks_of("2001:db8::1") == networks_of("2001:db8::2")
    assert networks_of("2001:db8:0:1::1")[0] != networks_of("2001:db8::1")[0]
    assert networks_of("2001:db8:0:1::1")[1] == networks_of("2001:db8::1")[1]
    assert networks_of("::ffff:192.0.2.1") == networks_of("192.0.2.1") == [("192.0.2.1", ADDRESS)]
    assert networks_of("unknown") == [("unknown", ADDRESS)]


def _address(identity: Identity, address: str = "127.0.0.1") -> str:
    sealer: Sealer = identity.app.state.identity.sealer
    return throttle.stranger(sealer, "anybody", address).networks[0][0]


def _addresses(count: int) -> list[str]:
    return [f"198.51.{100 + number // 250}.{number % 250}" for number in range(count)]


async def _attack(identity: Identity, username: str, addresses: list[str]) -> None:
    """Have strangers give a wrong password, one from each address."""
    page = await identity.browser().open()
    form = {**form_of(page).fields, "username": username, "password": "wrong password"}
    headers = {"Cookie": f"{cookies.CSRF}={page.cookies[cookies.CSRF]}", "Accept": "*/*"}

    async def guess(address: str) -> None:
        answer = await identity.client(address).post(form_of(page).action, data=form, headers=headers)
        assert_problem(answer, 422, "sign_in_failed")

    for start in range(0, len(addresses), 50):
        await asyncio.gather(*map(guess, addresses[start : start + 50]))


@pytest.mark.parametrize("failures", [60, pytest.param(1000, marks=pytest.mark.thorough)])
async def test_failures_of_strangers_keep_the_owner_out_nowhere(identity: Identity, failures: int) -> None:
    person = await identity.person()
    at_home = identity.browser("203.0.113.5")
    assert "code" in sent_back(await at_home.sign_in(person))
    await _attack(identity, person.username, _addresses(failures))
    began = time.monotonic()
    assert "code" in sent_back(await at_home.sign_in(person, prompt="login"))
    assert "code" in sent_back(await identity.browser("203.0.113.77").sign_in(person)), "a device never seen before"
    assert time.monotonic() - began < 2
    # Behind the very address that guesses most, a known device goes on; a new one has to wait.
    for _ in range(3):
        await _try(identity, person.username, address="203.0.113.5")
    assert_problem(await _try(identity, person.username, address="203.0.113.5"), 429, "sign_in_delayed")
    assert "code" in sent_back(await at_home.sign_in(person, prompt="login"))
    assert_problem(await _try(identity, person.username, person.password, "203.0.113.5"), 429, "sign_in_delayed")


async def test_after_a_typo_under_attack_a_new_device_waits_for_its_own_failure(identity: Identity) -> None:
    person = await identity.person()
    await _attack(identity, person.username, _addresses(60))
    with time_machine.travel(now(), tick=False) as clock:
        assert_problem(await _try(identity, person.username, address="203.0.113.9"), 422, "sign_in_failed")
        refused = await _try(identity, person.username, person.password, "203.0.113.9")
        assert_problem(refused, 429, "sign_in_delayed", retry_after_seconds=300)
        clock.shift(300)
        assert (await _try(identity, person.username, person.password, "203.0.113.9")).status_code == 303


@pytest.mark.parametrize(
    ("addresses", "first_hour", "later_hour"),
    [(1, 24, 13), pytest.param(20, 20 * 14, 20 * 13, marks=pytest.mark.thorough)],
)
async def test_a_stranger_guesses_so_often_an_hour_and_no_more(
    identity: Identity, addresses: int, first_hour: int, later_hour: int
) -> None:
    person = await identity.person()
    free = dict.fromkeys(_addresses(addresses), 0.0)
    guesses = [0, 0]
    with time_machine.travel(start := now(), tick=False) as clock:
        while (elapsed := (now() - start).total_seconds()) < 7200:
            for address, until in free.items():
                if until <= elapsed:
                    answer = await _try(identity, person.username, address=address)
                    if answer.status_code == 422:
                        guesses[int(elapsed // 3600)] += 1
                    else:
                        free[address] = elapsed + int(answer.headers["retry-after"])
            clock.shift(max(1, min(free.values()) - elapsed))
    print(f"{addresses} addresses: {guesses[0]} guesses in the first hour, {guesses[1]} in the next")
    assert guesses[0] <= first_hour
    assert guesses[1] <= later_hour


async def test_who_is_delayed_learns_nothing_of_the_password(
    identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await identity.person()
    for _ in range(4):
        await _try(identity, person.username)

    async def compared(*_: object) -> bool:
        raise AssertionError("a password was compared")

    monkeypatch.setattr(identity.app.state.identity.passwords, "matches", compared)
    with time_machine.travel(now(), tick=False):
        wrong, right = [await _try(identity, person.username, password) for password in ("wrong", person.password)]
    assert (wrong.status_code, right.status_code) == (429, 429)
    assert {**wrong.json(), "request_id": ""} == {**right.json(), "request_id": ""}


async def test_a_known_device_is_known_to_who_signed_in_on_it_with_the_present_password(identity: Identity) -> None:
    person, other = await identity.person(), await identity.person()
    browser = identity.browser("203.0.113.5")
    page = await browser.sign_in(person)
    line = next(each for each in page.headers.get_list("set-cookie") if each.startswith(cookies.DEVICE))
    assert {"HttpOnly", "SameSite=lax", "Path=/v1/identity", "Max-Age=34560000"} <= set(line.split("; "))
    await identity.db.execute(
        "INSERT INTO sign_in_throttle (subject, failures, last_failed_at, blocked_until) VALUES ($1, 99, $2, $3)",
        _address(identity, "203.0.113.5"),
        now(),
        now() + timedelta(minutes=5),
    )
    assert "code" in sent_back(await browser.sign_in(person, prompt="login"))
    assert (await browser.sign_in(other, prompt="login")).status_code == 429
    await identity.db.execute("UPDATE account SET password_changed_at = now() WHERE id = $1::uuid", person.id)
    assert (await browser.sign_in(person, prompt="login")).status_code == 429
    browser.http.cookies.delete(cookies.DEVICE)
    browser.http.cookies.set(cookies.DEVICE, "forged", domain="vca.test", path="/v1/identity")
    assert (await browser.sign_in(person, prompt="login")).status_code == 429


async def test_failures_on_a_known_device_delay_that_device(identity: Identity) -> None:
    person = await identity.person()
    known, other = identity.browser(accept="*/*"), identity.browser(accept="*/*")
    for browser in (known, other):
        page = await browser.open(prompt="login")
        await browser.submit(page, username=person.username, password=person.password)
    for status in (422, 422, 422, 422, 429):
        page = await known.open(prompt="login")
        answer = await known.submit(page, username=person.username, password="wrong password")
        assert answer.status_code == status
    page = await other.open(prompt="login")
    assert (await other.submit(page, username=person.username, password=person.password)).status_code == 303


async def test_known_devices_come_before_strangers_and_of_these_who_failed_least(identity: Identity) -> None:
    sealer, turns = identity.app.state.identity.sealer, Turns()
    served: list[str] = []
    hold = asyncio.Event()
    failing = throttle.stranger(sealer, "x", "198.51.100.1")
    async with identity.db.transaction() as tx:
        await throttle.failed(tx, failing, at=now())

    async def served_as(name: str, attempt: throttle.Attempt) -> None:
        async with turns.take(identity.db, attempt, at=now):
            served.append(name)
            await hold.wait()

    tasks = []
    for name, attempt in (
        ("first", throttle.stranger(sealer, "x", "198.51.100.7")),
        ("second", throttle.stranger(sealer, "x", "198.51.100.8")),
        ("failed before", failing),
        ("fresh", throttle.stranger(sealer, "x", "198.51.100.9")),
        ("known", throttle.known(sealer, "x", "device")),
    ):
        tasks.append(asyncio.create_task(served_as(name, attempt)))
        await come_about(lambda: len(served) + len(turns._waiting) == len(tasks))
    hold.set()
    await asyncio.gather(*tasks)
    assert served == ["first", "second", "known", "fresh", "failed before"]


async def test_a_flood_is_sent_away_and_gives_its_turns_back(
    identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "_MOST_WAITING", 5)
    sealer, turns, hold = identity.app.state.identity.sealer, Turns(), asyncio.Event()

    async def wait(attempt: throttle.Attempt) -> str:
        try:
            async with turns.take(identity.db, attempt, at=now):
                await hold.wait()
                return "served"
        except SignInDelayed:
            return "sent away"

    strangers = [asyncio.create_task(wait(throttle.stranger(sealer, "x", address))) for address in _addresses(10)]
    # Two at work, five waiting, three sent away.
    await come_about(lambda: sum(task.done() for task in strangers) == 3 and len(turns._waiting) == 5)
    next(task for task in strangers if not task.done()).cancel()
    known = asyncio.create_task(wait(throttle.known(sealer, "x", "device")))
    await come_about(lambda: any(place[0] == -1 for place, _ in turns._waiting))
    hold.set()
    answers = await asyncio.gather(*strangers, known, return_exceptions=True)
    assert answers[-1] == "served"
    assert answers.count("sent away") in (3, 4)
    assert turns._free == 2
    assert await wait(throttle.known(sealer, "x", "another")) == "served"


async def test_six_digits_are_guessed_by_all_strangers_together_no_faster(identity: Identity) -> None:
    person = await identity.person()
    secret, recovery_codes = await identity.enrolled(person)
    at_home = identity.browser("203.0.113.5")
    page = await at_home.sign_in(person)
    assert "code" in sent_back(await at_home.submit(page, code=recovery_codes[0]))

    async def guess(address: str) -> int:
        browser = identity.browser(address, accept="*/*")
        page = await browser.open()
        page = await browser.submit(page, username=person.username, password=person.password)
        return (await browser.submit(page, code="000000")).status_code

    answers = [await guess(address) for address in _addresses(24)]
    assert answers == [403] * 21 + [429] * 3
    wait_a_code = identity.browser("203.0.113.8")
    page = await wait_a_code.sign_in(person)
    assert (
        await wait_a_code.submit(page, code=pyotp.TOTP(secret).at(now() + timedelta(seconds=30)))
    ).status_code == 429
    new = identity.browser("203.0.113.9")
    page = await new.sign_in(person)
    assert "code" in sent_back(await new.submit(page, code=recovery_codes[1])), "recovery codes are beyond guessing"
    page = await at_home.sign_in(person, prompt="login")
    code = pyotp.TOTP(secret).at(now() + timedelta(seconds=30))
    assert "code" in sent_back(await at_home.submit(page, code=code)), "the owner's own device is not delayed"


async def test_the_address_is_the_one_that_the_gateway_says(identity: Identity) -> None:
    person = await identity.person()
    browser = identity.browser("10.0.0.5")
    browser.http.headers["X-Vca-Address"] = "203.0.113.50"
    await browser.submit(await browser.open(), username=person.username, password="wrong password")
    assert [entry["detail"]["address"] for entry in await identity.audited("sign_in.failed")] == ["203.0.113.50"]


@pytest.mark.parametrize(
    ("hops", "forwarded", "told"),
    [
        (0, "203.0.113.9, 10.0.0.5", 1),
        (0, "203.0.113.9, 9.9.9.9", 0),
        (0, "10.0.0.5", 0),
        (1, "203.0.113.9, 10.0.0.5", 0),
    ],
)
async def test_a_proxy_that_nobody_named_is_noticed_once(
    identity: Identity, monkeypatch: pytest.MonkeyPatch, hops: int, forwarded: str, told: int
) -> None:
    identity.app.state.identity.settings.trusted_hops = hops
    warnings: list[str] = []
    monkeypatch.setattr(attempts.log, "warning", lambda event, **_: warnings.append(event))
    for _ in range(2):
        browser = identity.browser()
        browser.http.headers["X-Forwarded-For"] = forwarded
        await browser.submit(await browser.open(), username="somebody", password="wrong password")
    assert warnings == ["proxy.not_trusted"] * told
