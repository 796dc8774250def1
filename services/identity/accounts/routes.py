"""Accounts over HTTP: an administrator sees and changes those of its own area."""

from __future__ import annotations

from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel import records
from kernel.database.connections import Transaction
from kernel.personal_data.erasure import REFUSALS
from kernel.personal_data.schemas import Erasure, PersonalDataCopy
from kernel.records import answer, existing, loaded
from kernel.records.confirmations import PENDING
from kernel.records.listing import answer_list, list_operation
from kernel.records.parts import Asking, answer_one
from kernel.values.ids import Id
from kernel.web.calls import Call, CurrentCall
from kernel.web.idempotency import once
from kernel.web.replies import json_reply
from kernel.web.schemas import HistoryPage
from services.identity import problems
from services.identity.access import second_person
from services.identity.access.operations import declare_decisions
from services.identity.accounts import erasure, service
from services.identity.accounts.listing import LISTING
from services.identity.accounts.personal_data import copy_of
from services.identity.accounts.records import ACCOUNT
from services.identity.accounts.schemas import (
    Account,
    AccountChange,
    AccountCreate,
    AccountCreated,
    AccountPage,
    OneTimePassword,
    PasswordReset,
    SecondFactorReset,
)
from services.identity.api import ADMIN, identity_router, once_sealed, opened
from services.identity.runtime import identity_of
from services.identity.security import passwords as rules

router = identity_router("accounts")
_ONE = existing(ACCOUNT, "account_id")


@list_operation(
    router,
    "/accounts",
    LISTING,
    page=AccountPage,
    scopes=ADMIN,
    summary="List accounts",
)
async def list_accounts(call: CurrentCall) -> Response:
    """Page through the accounts of the administrator's area; one of VN sees all."""
    return await answer_list(call, LISTING)


@router.operation(
    "POST",
    "/accounts",
    scopes=ADMIN,
    status_code=201,
    response_model=AccountCreated,
    summary="Create an account",
    problems=(kernel_problems.IdInUse, kernel_problems.AlreadyErased, problems.UsernameInUse),
    minted=True,
)
async def create_account(call: CurrentCall, body: AccountCreate) -> Response:
    """Create an account with a one-time password, told in this answer only; the first sign-in asks for another.

    Where one of its roles approves or administers, it has none until another administrator confirms them: `pending_roles`. The same `id` and content again answers 200.
    """
    password = rules.one_time()
    password_hash = await identity_of(call).passwords.hash(password)

    async def effect(tx: Transaction) -> Response:
        row, new = await service.create(
            tx, body, password_hash=password_hash, must_change=True, by=call.caller, request_id=call.request_id
        )
        shown_once = {"one_time_password": password if new else None}
        return await answer(tx, call, ACCOUNT, row, status=201 if new else 200, extra=shown_once)

    return await once_sealed(call, effect)


_ASKING = Asking(Account)


async def _read(call: Call) -> Response:
    return await answer_one(call, ACCOUNT, _ASKING)


@router.operation(
    "GET",
    "/accounts/{account_id}",
    scopes=ADMIN,
    guard=_ONE,
    response_model=Account,
    direct=_read,
    openapi_extra={"parameters": _ASKING.parameters()},
    conditional=True,
    summary="Read an account",
)
async def read_account(call: CurrentCall, account_id: Id) -> Response:
    """Read an account of the administrator's area. The ETag is its version."""
    return await _read(call)


@router.operation(
    "PATCH",
    "/accounts/{account_id}",
    scopes=ADMIN,
    guard=existing(ACCOUNT, "account_id", if_match=True),
    etag=True,
    response_model=Account,
    summary="Update or disable an account",
    problems=(
        problems.OwnAccount,
        problems.OwnRights,
        problems.ChangePending,
        problems.Disabled,
        kernel_problems.AlreadyErased,
    ),
)
async def change_account(call: CurrentCall, account_id: Id, body: AccountChange) -> Response:
    """Apply a merge patch. `is_active: false` disables the account and ends its sessions; nothing is deleted.

    A role that is added holds from the next access token on, ten minutes at most. When the account loses a role, its area or
    its organization, access tokens issued before are void at once. A role that approves or administers, and another area of
    an account that has one, wait for another administrator, and what the patch says of roles, area and organization with
    them: `pending_roles`, `pending_area`.
    """

    async def effect(tx: Transaction) -> Response:
        row = await records.locked(tx, call, ACCOUNT, account_id)
        after = await service.change(tx, row, body, by=call.caller, request_id=call.request_id)
        return await answer(tx, call, ACCOUNT, after)

    return await once(call, effect)


@router.operation(
    "GET",
    "/accounts/{account_id}/history",
    scopes=ADMIN,
    guard=_ONE,
    response_model=HistoryPage,
    summary="Change history of an account",
)
async def read_account_history(call: CurrentCall, account_id: Id) -> Response:
    """Return every version of an account, oldest first. Passwords are in none."""
    return await records.history(call, ACCOUNT, account_id)


@router.operation(
    "POST",
    "/accounts/{account_id}/password-reset",
    scopes=ADMIN,
    guard=existing(ACCOUNT, "account_id", opened=opened),
    response_model=OneTimePassword,
    summary="Reset a password",
    problems=(
        problems.OwnAccount,
        problems.ChangePending,
        problems.Disabled,
        kernel_problems.Stale,
        kernel_problems.AlreadyErased,
    ),
)
async def reset_password(call: CurrentCall, account_id: Id, body: PasswordReset) -> Response:
    """Give the account a one-time password, told in this answer only; its sessions end.

    The next sign-in asks for a password of the person's own. Nobody resets their own: that needs the present one. Of an
    account that approves or administers the present password holds until another administrator confirms.
    """
    if call.caller.id == call.record["id"]:
        raise problems.OwnAccount()
    password = rules.one_time()
    password_hash = await identity_of(call).passwords.hash(password)

    async def effect(tx: Transaction) -> Response:
        row = await records.locked(tx, call, ACCOUNT, account_id)
        after = await service.reset_password(
            tx, row, password_hash, by=call.caller, reason=body.reason, request_id=call.request_id
        )
        document = {
            "account_id": after["id"],
            "username": after["username"],
            "one_time_password": password,
            "must_change_password": True,
            "confirmation_state": PENDING if second_person.pending_change(after) else None,
        }
        return json_reply(document)

    return await once_sealed(call, effect)


@router.operation(
    "POST",
    "/accounts/{account_id}/second-factor-reset",
    scopes=ADMIN,
    guard=_ONE,
    response_model=Account,
    summary="Reset a second factor",
    problems=(
        problems.OwnAccount,
        problems.NoSecondFactor,
        problems.ChangePending,
        problems.Disabled,
        kernel_problems.Stale,
        kernel_problems.AlreadyErased,
    ),
)
async def reset_second_factor(call: CurrentCall, account_id: Id, body: SecondFactorReset) -> Response:
    """Take away the second factor of who lost phone and recovery codes; sessions and access tokens end.

    Nobody resets their own. Of an account that approves or administers it holds until another administrator confirms:
    `pending_second_factor_reset`. Where a second factor is required, the next sign-in leads to enrolling another.
    """
    if call.caller.id == call.record["id"]:
        raise problems.OwnAccount()

    async def effect(tx: Transaction) -> Response:
        row = await records.locked(tx, call, ACCOUNT, account_id)
        after = await service.reset_second_factor(
            tx, row, by=call.caller, reason=body.reason, request_id=call.request_id
        )
        return await answer(tx, call, ACCOUNT, after)

    return await once(call, effect)


@router.operation(
    "POST",
    "/accounts/{account_id}/erasure",
    scopes=ADMIN,
    guard=existing(ACCOUNT, "account_id", if_match=True),
    etag=True,
    response_model=Account,
    summary="Erase the personal data of an account",
    problems=(problems.OwnAccount, *REFUSALS),
)
async def erase_account(call: CurrentCall, account_id: Id, body: Erasure) -> Response:
    """Erase the person of a disabled account: name, user name, rights, password, second factor, sessions; also from history.

    The id stays as who did what. One administrator does it, whatever roles the account had: it has held none since it was
    disabled. The user name may be given to somebody else.
    """

    async def effect(tx: Transaction) -> Response:
        return await answer(tx, call, ACCOUNT, await erasure.erase(tx, call, account_id, body))

    return await once(call, effect)


@router.operation(
    "GET",
    "/accounts/{account_id}/personal-data-copy",
    scopes=ADMIN,
    guard=_ONE,
    response_model=PersonalDataCopy,
    summary="Copy the personal data of an account",
)
async def copy_account_personal_data(call: CurrentCall, account_id: Id) -> Response:
    """Return all that identity keeps of the account's person, for that person; that it was made is recorded."""
    return json_reply(await copy_of(call, loaded(call, ACCOUNT)))


declare_decisions(
    router,
    ACCOUNT,
    service.CONFIRMATION,
    one="/accounts/{account_id}",
    parameter="account_id",
    output=Account,
    take_effect=service.take_effect,
)
