"""Clients over HTTP: systems that call by themselves, and public apps that people sign in with."""

from __future__ import annotations

from datetime import timedelta

from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel import records
from kernel.database.connections import Transaction
from kernel.records import answer, existing
from kernel.records.listing import answer_list, list_operation
from kernel.records.parts import Asking, answer_one
from kernel.values.ids import Id
from kernel.web.calls import Call, CurrentCall
from kernel.web.idempotency import once
from kernel.web.replies import no_content
from kernel.web.schemas import HistoryPage
from services.identity import problems
from services.identity.access.operations import declare_decisions
from services.identity.api import ADMIN, identity_router, once_sealed, opened
from services.identity.clients import secrets, service
from services.identity.clients.records import CLIENT, LISTING
from services.identity.clients.schemas import (
    ClientChange,
    ClientCreate,
    ClientCreated,
    ClientPage,
    ClientSystem,
    SecretCreate,
)
from services.identity.security.sealing import new_token

router = identity_router("clients")
_ID = "client_record_id"
_ONE = existing(CLIENT, _ID)


@list_operation(
    router,
    "/clients",
    LISTING,
    page=ClientPage,
    scopes=ADMIN,
    summary="List clients",
)
async def list_clients(call: CurrentCall) -> Response:
    """Page through the clients of the administrator's area; one of VN sees all, the public apps among them."""
    return await answer_list(call, LISTING)


@router.operation(
    "POST",
    "/clients",
    scopes=ADMIN,
    status_code=201,
    response_model=ClientCreated,
    summary="Create a client",
    problems=(kernel_problems.IdInUse, problems.ClientIdInUse),
    minted=True,
)
async def create_client(call: CurrentCall, body: ClientCreate) -> Response:
    """Create a client; the secret of a system is told in this answer only.

    A system that writes or administers has no scope until another administrator confirms them: `pending_scopes`. The same `id` and content again answers 200.
    """

    async def effect(tx: Transaction) -> Response:
        secret = new_token()
        row, new = await service.create(tx, body, secret=secret, by=call.caller, request_id=call.request_id)
        shown_once = {"client_secret": secret if new and row["kind"] == "system" else None}
        return await answer(tx, call, CLIENT, row, status=201 if new else 200, extra=shown_once)

    return await once_sealed(call, effect)


_ASKING = Asking(ClientSystem)


async def _read(call: Call) -> Response:
    return await answer_one(call, CLIENT, _ASKING)


@router.operation(
    "GET",
    "/clients/{client_record_id}",
    scopes=ADMIN,
    guard=_ONE,
    response_model=ClientSystem,
    direct=_read,
    openapi_extra={"parameters": _ASKING.parameters()},
    conditional=True,
    summary="Read a client",
)
async def read_client(call: CurrentCall, client_record_id: Id) -> Response:
    """Read a client of the administrator's area by its `id`. The ETag is its version."""
    return await _read(call)


@router.operation(
    "PATCH",
    "/clients/{client_record_id}",
    scopes=ADMIN,
    guard=existing(CLIENT, _ID, if_match=True),
    etag=True,
    response_model=ClientSystem,
    summary="Update or disable a client",
    problems=(problems.OwnAccount, problems.OwnRights, problems.ChangePending, problems.Disabled),
)
async def change_client(call: CurrentCall, client_record_id: Id, body: ClientChange) -> Response:
    """Apply a merge patch. A scope that is added holds from the next access token on, ten minutes at most.

    When the client loses a scope or its area, access tokens issued before are void at once.

    A system's scopes to write or administer, and another area of one that has such, wait for another administrator, and what the
    patch says of scopes and area with them: `pending_scopes`, `pending_area`.
    """

    async def effect(tx: Transaction) -> Response:
        row = await records.locked(tx, call, CLIENT, client_record_id)
        after = await service.change(tx, row, body, by=call.caller, request_id=call.request_id)
        return await answer(tx, call, CLIENT, after)

    return await once(call, effect)


@router.operation(
    "GET",
    "/clients/{client_record_id}/history",
    scopes=ADMIN,
    guard=_ONE,
    response_model=HistoryPage,
    summary="Change history of a client",
)
async def read_client_history(call: CurrentCall, client_record_id: Id) -> Response:
    """Return every version of a client, oldest first. Secrets are in none."""
    return await records.history(call, CLIENT, client_record_id)


@router.operation(
    "POST",
    "/clients/{client_record_id}/secrets",
    scopes=ADMIN,
    guard=existing(CLIENT, _ID, opened=opened),
    status_code=201,
    response_model=ClientCreated,
    summary="Add a client secret",
    problems=(
        problems.PublicClient,
        problems.TwoSecretsLive,
        problems.ChangePending,
        problems.Disabled,
        kernel_problems.Stale,
    ),
    written_by=secrets.add_secret,
)
async def create_client_secret(call: CurrentCall, client_record_id: Id, body: SecretCreate) -> Response:
    """Give a system a second secret, told in this answer only; the present one stays good for `overlap_seconds`.

    Two at most are live, so that a system can be moved from one to the other without an interruption. Of a system that writes or
    administers the new one is good once another administrator confirms: `pending_secret`.
    """

    async def effect(tx: Transaction) -> Response:
        row = await records.locked(tx, call, CLIENT, client_record_id)
        after, secret = await secrets.add_secret(
            tx,
            row,
            overlap=timedelta(seconds=body.overlap_seconds),
            by=call.caller,
            reason=body.reason,
            request_id=call.request_id,
        )
        return await answer(tx, call, CLIENT, after, status=201, extra={"client_secret": secret})

    return await once_sealed(call, effect)


@router.operation(
    "DELETE",
    "/clients/{client_record_id}/secrets/{secret_id}",
    scopes=ADMIN,
    status_code=204,
    etag=True,
    guard=existing(CLIENT, _ID, if_match=True),
    summary="Revoke a client secret",
)
async def remove_client_secret(call: CurrentCall, client_record_id: Id, secret_id: Id) -> Response:
    """End a secret at once: one that leaked, or the old one before its time. If-Match is the client's ETag."""

    async def effect(tx: Transaction) -> Response:
        row = await records.locked(tx, call, CLIENT, client_record_id)
        await secrets.remove_secret(tx, row, secret_id, by=call.caller, request_id=call.request_id)
        return no_content()

    return await once(call, effect)


declare_decisions(
    router,
    CLIENT,
    service.CONFIRMATION,
    one="/clients/{client_record_id}",
    parameter="client_record_id",
    output=ClientSystem,
    take_effect=service.take_effect,
)
