"""On the host, what no administrator is left to do: `vca admin confirm` and `vca admin reset-second-factor`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypedDict

import orjson

from kernel import records
from kernel.database.connections import Transaction, opened
from kernel.database.statements import statement
from kernel.problems import NotPending, Problem
from kernel.records import Resource
from kernel.records.confirmations import CONFIRMED, PENDING, decided
from kernel.web.auth import NATION
from services.identity.access import second_person
from services.identity.accounts import second_factor
from services.identity.accounts import service as accounts
from services.identity.accounts.records import ACCOUNT
from services.identity.api import SYSTEM
from services.identity.clients import service as clients
from services.identity.clients.records import CLIENT

HOST = replace(SYSTEM, id="host", name="vca admin confirm")
"""Who decides at the terminal of the host."""


class _Pending(TypedDict):
    kind: str
    id: str
    name: str


class _Administrator(TypedDict):
    full_name: str


# By ix_account_pending and ix_client_pending.
_PENDING = statement(
    _Pending,
    """
    SELECT 'account' AS kind, id, username AS name FROM account WHERE confirmation_state = 'pending'
     UNION ALL SELECT 'client', id, client_id FROM client WHERE confirmation_state = 'pending' ORDER BY name""",
)
_ADMINISTRATORS = statement(
    _Administrator,
    """
    SELECT full_name FROM account
     WHERE is_active AND 'administrator' = ANY (roles) AND alliance = ANY ($1::text[]) AND id::text <> ALL ($2::text[])
     ORDER BY username""",
)


async def confirm_on_host(database_url: str, name: str) -> None:
    """Confirm what waits of the account or client system `name`, which may be given by its id.

    Raises ValueError, with a sentence in Vietnamese and one in English: nothing waits under this name, an administrator can
    decide, or a check refuses.
    """
    async with opened(database_url) as db:
        try:
            async with db.transaction() as tx:
                pending = await tx.fetch(_PENDING)
                named = [each for each in pending if name in (each["name"], each["id"])]
                if len(named) != 1:
                    listed = ", ".join(f"{each['name']} ({each['id']})" for each in pending) or "–"
                    raise ValueError(
                        f"Không có gì của {name} chờ xác nhận; đang chờ: {listed}.",
                        f"Nothing of {name} waits; waiting: {listed}.",
                    )
                await _confirm(tx, named[0])
        except Problem as refused:
            raise ValueError(*(refused.document(language)["detail"] for language in ("vi", "en"))) from None


async def reset_second_factor_on_host(database_url: str, name: str) -> None:
    """Take away the second factor of an administrator beside whom there is no other.

    Raises ValueError, with a sentence in Vietnamese and one in English: there is none, or an administrator can.
    """
    async with opened(database_url) as db, db.transaction() as tx:
        row = await accounts.by_username(tx, name)
        row = None if row is None else await accounts.by_id(tx, row["id"], lock=True)
        if row is None or row["second_factor_since"] is None:
            raise ValueError(f"{name} không có yếu tố thứ hai.", f"{name} has no second factor.")
        _refuse(await tx.fetch(_ADMINISTRATORS, [NATION, row["alliance"]], [row["id"]]))
        await second_factor.reset(tx, row, by=replace(HOST, name="vca admin reset-second-factor"))


async def _confirm(tx: Transaction, pending: _Pending) -> None:
    resource: Resource[Any] = ACCOUNT if pending["kind"] == ACCOUNT.name else CLIENT
    row = await records.read(tx, resource, pending["id"], HOST, lock=True)
    if row is None or row["confirmation_state"] != PENDING:
        raise NotPending(confirmation_state=None if row is None else row["confirmation_state"])
    await _refuse_while_others_can(tx, row)
    values = decided(row, CONFIRMED, HOST, None)
    confirmed = await records.update(tx, resource, row, values, by=HOST, action=CONFIRMED)
    after: Any
    if resource is ACCOUNT:
        after = await accounts.take_effect(tx, confirmed, by=HOST)
    else:
        after = await clients.take_effect(tx, confirmed, by=HOST)
    await second_person.note_end(tx, resource, row, after, by=HOST, request_id=None)


async def _refuse_while_others_can(tx: Transaction, row: Any) -> None:
    moves = "alliance" in second_person.change_of(row)
    areas = [NATION] if moves else [NATION, row["alliance"]]
    entered_by = orjson.loads(row["confirmation"])["entered_by"]
    concerned = [row["id"], *await second_person.may_act_as(tx, entered_by)]
    _refuse(await tx.fetch(_ADMINISTRATORS, areas, concerned))


def _refuse(others: Sequence[_Administrator]) -> None:
    """Raise ValueError where there are `others` who can."""
    if others:
        listed = ", ".join(each["full_name"] for each in others)
        raise ValueError(f"Hãy để quản trị viên làm việc này: {listed}.", f"An administrator can do this: {listed}.")
