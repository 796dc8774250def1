"""The current user: who bears the token, and that person's own password."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints
from starlette.responses import Response

from kernel.database.connections import Transaction
from kernel.personal_data.schemas import PersonalDataCopy
from kernel.problems.field_labels import Label
from kernel.values.days import now
from kernel.web.calls import CurrentCall
from kernel.web.idempotency import once
from kernel.web.replies import json_reply, no_content
from kernel.web.schemas import Input, Output, listed
from services.identity import problems
from services.identity.accounts import service as accounts
from services.identity.accounts.personal_data import copy_of
from services.identity.api import ANYONE, identity_router
from services.identity.code_lists import CALLER_KINDS
from services.identity.code_lists import ROLES as ROLE_LABELS
from services.identity.code_lists import SCOPES as SCOPE_LABELS
from services.identity.roles import SCOPES
from services.identity.runtime import identity_of
from services.identity.security import passwords as rules
from services.identity.security import throttle
from services.identity.signin import attempts
from services.identity.tokens.issue import claims_of

router = identity_router("me")


class Me(Output):
    """The bearer of the token: a person or a client system."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "sub": "0192c7e0-0000-7000-8000-00000000a001",
                    "kind": "person",
                    "name": "Nguyễn Thị Lan",
                    "username": "lan.nguyen",
                    "client_id": "vca-web",
                    "roles": ["viewer"],
                    "scopes": ["registry.read", "funds.read", "training.read", "reports.read"],
                    "area": "25-2025",
                    "organization_id": None,
                    "must_change_password": False,
                    "expires_at": "2026-03-02T02:10:00Z",
                }
            ]
        }
    )

    sub: str = Field(description="Subject of the token: an account's id, or a system's client_id")
    kind: Annotated[str, Label("Loại bên gọi")] = Field(json_schema_extra=listed(CALLER_KINDS))
    name: str
    username: str | None = Field(description="Null for a system")
    client_id: str = Field(description="The app or system that holds the token")
    roles: list[str] = Field(json_schema_extra={"items": {"type": "string", **listed(ROLE_LABELS)}})
    scopes: list[str] = Field(json_schema_extra={"items": {"type": "string", **listed(SCOPE_LABELS)}})
    area: str = Field(description="VN or an alliance: where the scopes hold")
    organization_id: str | None = Field(description="Of a cooperative's own user", json_schema_extra={"format": "uuid"})
    must_change_password: bool
    expires_at: datetime = Field(description="When this token ends")


class PasswordChange(Input):
    """The present password and the next one."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"current_password": "k7mt-29ve-hq4x-w3pd", "new_password": "một câu dài dễ nhớ"}]
        }
    )

    current_password: Annotated[str, StringConstraints(strict=True, min_length=1, max_length=rules.MAX_LENGTH)]
    new_password: Annotated[str, StringConstraints(strict=True, max_length=1000)] = Field(
        description=f"{rules.MIN_LENGTH}–{rules.MAX_LENGTH} characters, without the user name, not a common password"
    )


@router.operation("GET", "/me", scopes=ANYONE, response_model=Me, summary="Read the current user")
async def read_me(call: CurrentCall) -> Response:
    """Say who bears the token, with which roles, scopes and area. Any valid token will do."""
    caller = call.caller
    account = await accounts.by_id(call.db, caller.id) if _is_person(caller.id, caller.client_id) else None
    document = {
        "sub": caller.id,
        "kind": "person" if account else "system",
        "name": account["full_name"] if account else caller.name,
        "username": account["username"] if account else None,
        "client_id": caller.client_id,
        "roles": account["roles"] if account else [],
        "scopes": [scope for scope in SCOPES if scope in caller.scopes],
        "area": caller.area,
        "organization_id": caller.organization_id,
        "must_change_password": bool(account and account["must_change_password"]),
        "expires_at": datetime.fromtimestamp(caller.expires_at, UTC),
    }
    return json_reply(document)


@router.operation(
    "GET",
    "/me/personal-data-copy",
    scopes=ANYONE,
    response_model=PersonalDataCopy,
    summary="Copy own personal data",
    written_by=copy_of,
    problems=(problems.NotAPerson,),
)
async def copy_own_personal_data(call: CurrentCall) -> Response:
    """Return all that identity keeps of the person who calls: account, sessions, audit entries, how many calls of the last week.

    The calls themselves are listed at `/v1/identity/requests`. No secret is among it. That the copy was made is recorded.
    """
    caller = call.caller
    account = await accounts.by_id(call.db, caller.id) if _is_person(caller.id, caller.client_id) else None
    if account is None:
        raise problems.NotAPerson()
    return json_reply(await copy_of(call, account))


def _is_person(subject: str, client_id: str) -> bool:
    # A system's subject is its client_id.
    return subject != client_id


@router.operation(
    "POST",
    "/me/password",
    scopes=ANYONE,
    status_code=204,
    summary="Change own password",
    written_by=accounts.set_password,
    problems=(problems.WrongPassword, problems.NotAPerson, problems.SignInDelayed),
)
async def change_own_password(call: CurrentCall, body: PasswordChange) -> Response:
    """Replace the password of the person who calls; needs the present one. Every other session of theirs ends."""
    caller, identity = call.caller, identity_of(call)
    account = await accounts.by_id(call.db, caller.id) if _is_person(caller.id, caller.client_id) else None
    if account is None:
        raise problems.NotAPerson()
    accounts.check_password(
        body.new_password, username=account["username"], full_name=account["full_name"], pointer="/new_password"
    )
    attempt = attempts.in_session(call, account["username"])
    _, _, token = call.request.headers["authorization"].partition(" ")
    session_id = claims_of(identity, token).get("sid")

    async def effect(tx: Transaction) -> Response:
        row = await accounts.by_id(tx, caller.id, lock=True)
        if row is None or not await identity.passwords.matches(body.current_password, row["password_hash"]):
            raise problems.WrongPassword()
        await accounts.set_password(
            tx,
            row,
            await identity.passwords.hash(body.new_password),
            must_change=False,
            by=caller,
            keep_session=session_id,
            request_id=call.request_id,
        )
        return no_content()

    async with identity.turns.take(call.db, attempt, at=now):
        try:
            return await once(call, effect, pepper=identity.sealer.pepper)
        except problems.WrongPassword:
            async with call.db.transaction() as tx:
                await throttle.failed(tx, attempt, at=now())
            raise
