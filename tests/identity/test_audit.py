"""The audit: what happened, for the administrators of the area it happened in; nothing is ever changed."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from tests.identity.people import Identity
from tests.support.answers import every_item, faults
from tests.support.databases import as_owner

AUDIT = "/v1/identity/audit"


async def _fail(identity: Identity, username: str) -> None:
    browser = identity.browser()
    await browser.submit(await browser.open(), username=username, password="wrong password")


async def test_an_administrator_reads_the_audit_of_its_own_area(identity: Identity) -> None:
    here, there = await identity.person(area="25-2025"), await identity.person(area="40-2025")
    for person in (here, there):
        await _fail(identity, person.username)
        await identity.signed_in(person)
    await _fail(identity, "nobody-at-all")

    async def read(area: str, **params: Any) -> list[tuple[str, str, str | None]]:
        caller = identity.http_as(await identity.admin(area))
        entries = await every_item(caller, AUDIT, limit=1, **params)
        return [(entry["action"], entry["actor"], entry["area"]) for entry in entries]

    assert await read("25-2025", action=["sign_in.succeeded", "sign_in.failed"]) == [
        ("sign_in.succeeded", here.id, "25-2025"),
        ("sign_in.failed", here.id, "25-2025"),
    ]
    assert await read("VN", action="sign_in.failed") == [
        ("sign_in.failed", "", None),
        ("sign_in.failed", there.id, "40-2025"),
        ("sign_in.failed", here.id, "25-2025"),
    ]
    assert await read("25-2025", actor=there.id) == []
    assert ("access.changed", "system", "25-2025") in await read("25-2025"), "what the platform set up is told as well"


async def test_an_unknown_action_or_parameter_is_refused(identity: Identity) -> None:
    caller = identity.http_as(await identity.admin())
    answer = await caller.get(AUDIT, params={"action": "coffee.drunk", "who": "me"})
    assert faults(answer) == {("action", "not_allowed"), ("who", "unknown_parameter")}


@pytest.mark.parametrize("table", ["audit", "history"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET alliance = 'VN'", "DELETE FROM {}"])
async def test_the_database_itself_refuses_to_rewrite_the_past(
    identity: Identity, database_url: str, table: str, statement: str
) -> None:
    await identity.person()
    await _fail(identity, "nobody-at-all")
    connection = await asyncpg.connect(as_owner(database_url))
    with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
        await connection.execute(statement.format(table))
    await connection.close()


async def test_the_service_itself_may_not_even_try_to_rewrite_the_audit(identity: Identity) -> None:
    await _fail(identity, "nobody-at-all")
    for statement in ("UPDATE audit SET alliance = 'VN'", "DELETE FROM audit", "ALTER TABLE audit DISABLE TRIGGER ALL"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await identity.db.execute(statement)
