"""`vca token`: signs in as an app does, on identity's own page; with a second factor it asks for the code."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import httpx
import pytest

from tests.identity.people import Identity, Person, claims
from tests.support.tokens import PUBLIC_URL
from vca.errors import Refusal
from vca.tokens import AskCode, sign_in


class _Bridge(httpx.BaseTransport):
    """Carries the calls of a program without a loop to an app in this one."""

    def __init__(self, identity: Identity) -> None:
        self._loop, self._way = asyncio.get_running_loop(), httpx.ASGITransport(identity.app)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        async def answer() -> httpx.Response:
            body = httpx.ByteStream(request.read())
            sent = httpx.Request(request.method, request.url, headers=request.headers, stream=body)
            came = await self._way.handle_async_request(sent)
            return httpx.Response(came.status_code, headers=came.headers, content=await came.aread())

        return asyncio.run_coroutine_threadsafe(answer(), self._loop).result(20)


async def _token(identity: Identity, person: Person, ask_code: AskCode | None = None) -> str:
    with httpx.Client(transport=_Bridge(identity), base_url=PUBLIC_URL) as client:
        return await asyncio.to_thread(sign_in, client, person.username, person.password, ask_code)


async def test_without_a_second_factor_nobody_is_asked_for_a_code(identity: Identity) -> None:
    person = await identity.person()
    assert claims(await _token(identity, person))["sub"] == person.id


async def test_with_a_second_factor_the_code_is_asked_for(identity: Identity) -> None:
    person = await identity.person()
    _, recovery_codes = await identity.enrolled(person)
    asked: Iterator[str] = iter(recovery_codes)
    token = await _token(identity, person, lambda: f" {next(asked)}\n")
    assert claims(token)["acr"] == "second_factor"
    assert next(asked) == recovery_codes[1], "asked once"


async def test_where_nobody_can_be_asked_it_says_what_to_do(identity: Identity) -> None:
    person = await identity.person()
    await identity.enrolled(person)
    with pytest.raises(Refusal) as refused:
        await _token(identity, person)
    assert "add --code and the six digits of the app" in refused.value.en
    assert "hãy thêm --code và mã sáu chữ số" in refused.value.vi


async def test_a_wrong_code_and_a_wrong_password_are_said(identity: Identity) -> None:
    person = await identity.person()
    await identity.enrolled(person)
    with pytest.raises(Refusal, match=r"Sign-in failed \(\d+\)\. wrong_code"):
        await _token(identity, person, lambda: "000000")
    with pytest.raises(Refusal, match=r"Sign-in failed \(\d+\)\. sign_in_failed"):
        await _token(identity, Person(person.id, person.username, "một câu khác hẳn", person.area))


async def test_who_has_to_choose_a_password_first_is_sent_to_the_page(identity: Identity) -> None:
    person = await identity.person()
    await identity.db.execute("UPDATE account SET must_change_password = true WHERE id = $1::uuid", person.id)
    with pytest.raises(Refusal, match=f"has to sign in at {PUBLIC_URL}/ once"):
        await _token(identity, person)
