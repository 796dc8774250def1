"""The current user's second factor: enrolling an authenticator app, recovery codes, giving it up."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints
from starlette.responses import Response

from kernel.database.connections import Transaction
from kernel.problems import FieldError, Invalid
from kernel.problems.field_labels import Label
from kernel.web.calls import Call, CurrentCall
from kernel.web.idempotency import once
from kernel.web.replies import json_reply, no_content
from kernel.web.schemas import Input, Output
from services.identity import problems
from services.identity.accounts import second_factor
from services.identity.accounts import service as accounts
from services.identity.api import ANYONE, identity_router, once_sealed
from services.identity.rows import AccountRow
from services.identity.runtime import identity_of
from services.identity.second_factor import store
from services.identity.security import passwords as rules
from services.identity.signin.service import check_credentials, proving, use_code
from services.identity.tokens.issue import claims_of

router = identity_router("me")

_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105  invented, for the example
_CODES = ["k7mt-29ve-hq4x-w3pd", "9rdc-x4mh-27pw-vk3e"]
Code = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=100), Label("Mã xác thực")]


class SecondFactor(Output):
    """Whether a code is asked for beside the password."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "offered": True,
                    "required": True,
                    "enrolled_at": "2026-03-02T02:00:00Z",
                    "recovery_codes_left": 9,
                }
            ]
        }
    )

    offered: bool = Field(description="False: this deployment asks nobody for one")
    required: bool = Field(description="True: the person's roles get no token without one here")
    enrolled_at: datetime | None = Field(
        description="When the present authenticator app was enrolled; null: there is none"
    )
    recovery_codes_left: int


class SecondFactorEnrolment(Input):
    """What shows that it is the person: the password where no app is enrolled yet, else a code of the present one."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"current_password": "một câu dài dễ nhớ"}]})

    current_password: (
        Annotated[str, StringConstraints(strict=True, min_length=1, max_length=rules.MAX_LENGTH)] | None
    ) = None
    code: Annotated[Code | None, Label("Mã xác thực")] = Field(
        default=None, description="Of the present app, or a recovery code"
    )


class SecondFactorSecret(Output):
    """What an authenticator app takes over. It counts once a code of it comes back."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "secret": _SECRET,
                    "otpauth_uri": f"otpauth://totp/VCA%20vca.test:lan.nguyen?secret={_SECRET}&issuer=VCA%20vca.test",
                    "qr_svg": '<svg width="180" height="180"><path d="M0 0h180v180h-180z" fill="#fff"/></svg>',
                    "enrolment": "invented-enrolment-of-the-example",
                    "expires_at": "2026-03-02T02:10:00Z",
                }
            ]
        }
    )

    secret: str = Field(description="Base32, to type in where nothing scans")
    otpauth_uri: str = Field(description="What the QR code says")
    qr_svg: str = Field(description="The QR code, as an SVG image")
    enrolment: str = Field(description="To send back with the app's first code")
    expires_at: datetime = Field(description="Until when `enrolment` is taken")


class SecondFactorConfirmation(Input):
    """The app's first code."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"enrolment": "invented-enrolment-of-the-example", "code": "492039"}]}
    )

    enrolment: Annotated[str, StringConstraints(strict=True, min_length=1, max_length=1000)] = Field(
        description="As it came with the secret"
    )
    code: Code = Field(description="Of the app, six digits")


class SecondFactorCode(Input):
    """A code of the present app, or a recovery code."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"code": "492039"}]})

    code: Code = Field(description="Of the app, or a recovery code")


class RecoveryCodeList(Output):
    """Codes that each stand in once for the app."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"recovery_codes": [*_CODES]}]})

    recovery_codes: list[str] = Field(description="Told in this answer only")


async def _own_account(call: Call, tx: Transaction | None = None, *, lock: bool = False) -> AccountRow:
    caller = call.caller
    account = None if caller.is_system else await accounts.by_id(tx or call.db, caller.id, lock=lock)
    if account is None:
        raise problems.NotAPerson()
    return account


@router.operation(
    "GET",
    "/me/second-factor",
    scopes=ANYONE,
    response_model=SecondFactor,
    written_by=accounts.by_id,
    summary="Read own second factor",
)
async def read_own_second_factor(call: CurrentCall) -> Response:
    """Say whether the person who calls has an authenticator app enrolled, and has to."""
    identity, caller = identity_of(call), call.caller
    account = None if caller.is_system else await accounts.by_id(call.db, caller.id)
    document = {
        "offered": identity.settings.second_factor != "off",
        "required": account is not None and second_factor.is_required(identity, account),
        "enrolled_at": account["second_factor_since"] if account else None,
        "recovery_codes_left": await store.recovery_codes_left(call.db, account["id"]) if account else 0,
    }
    return json_reply(document)


def _needed(given: str | None, field: str, words: tuple[str, str]) -> str:
    if given is None:
        raise Invalid(FieldError("required", words, pointer=f"/{field}"))
    return given


async def _check_password(call: Call, account: AccountRow, given: str | None) -> None:
    words = ("Hãy nhập mật khẩu hiện tại.", "Enter the current password.")
    try:
        await check_credentials(call, account["username"], _needed(given, "current_password", words), in_session=True)
    except problems.SignInFailed:
        raise problems.WrongPassword() from None


@router.operation(
    "POST",
    "/me/second-factor",
    scopes=ANYONE,
    status_code=201,
    response_model=SecondFactorSecret,
    summary="Start enrolling an authenticator app",
    written_by=second_factor.begin,
    problems=(
        problems.WrongPassword,
        problems.WrongCode,
        problems.NotAPerson,
        problems.SecondFactorOff,
        problems.SignInDelayed,
    ),
)
async def enrol_second_factor(call: CurrentCall, body: SecondFactorEnrolment) -> Response:
    """Return a secret for the person's authenticator app (TOTP, RFC 6238). Nothing changes until its first code is sent.

    Whose app is enrolled already brings a code of it: the next app takes its place once that one's code is sent.
    """
    identity = identity_of(call)
    second_factor.refuse_off(identity)
    account = await _own_account(call)

    async def effect(tx: Transaction) -> Response:
        if account["second_factor_since"] is not None:
            words = ("Hãy nhập mã của ứng dụng hiện nay.", "Enter a code of the present app.")
            await use_code(tx, call, account, _needed(body.code, "code", words))
        enrolment = second_factor.begin(identity, account)
        document = {
            "secret": enrolment.secret,
            "otpauth_uri": enrolment.address,
            "qr_svg": enrolment.picture,
            "enrolment": enrolment.ticket,
            "expires_at": enrolment.expires_at,
        }
        return json_reply(document, status=201)

    if account["second_factor_since"] is None:
        await _check_password(call, account, body.current_password)
        return await once_sealed(call, effect, pepper=identity.sealer.pepper)
    async with proving(call, account, body.code or "", in_session=True):
        return await once_sealed(call, effect)


@router.operation(
    "POST",
    "/me/second-factor/confirmation",
    scopes=ANYONE,
    response_model=RecoveryCodeList,
    summary="Confirm the authenticator app",
    written_by=second_factor.enrol,
    problems=(problems.WrongCode, problems.EnrolmentExpired, problems.NotAPerson, problems.SecondFactorOff),
)
async def confirm_second_factor(call: CurrentCall, body: SecondFactorConfirmation) -> Response:
    """Have the app that shows this code be asked for beside the password, from the next sign-in on.

    The answer tells ten recovery codes, this once. Every other session of the person ends; this one goes on.
    """
    identity = identity_of(call)
    second_factor.refuse_off(identity)
    _, _, token = call.request.headers["authorization"].partition(" ")
    session_id = claims_of(identity, token).get("sid")

    async def effect(tx: Transaction) -> Response:
        account = await _own_account(call, tx, lock=True)
        enrolment = second_factor.begun(identity, account, body.enrolment)
        _, made = await second_factor.enrol(
            tx,
            identity,
            account,
            enrolment,
            body.code,
            by=call.caller,
            session_id=session_id,
            request_id=call.request_id,
        )
        return json_reply({"recovery_codes": made})

    return await once_sealed(call, effect)


@router.operation(
    "POST",
    "/me/second-factor/recovery-codes",
    scopes=ANYONE,
    response_model=RecoveryCodeList,
    summary="Issue new recovery codes",
    written_by=second_factor.renew_recovery_codes,
    problems=(problems.WrongCode, problems.NoSecondFactor, problems.NotAPerson, problems.SignInDelayed),
)
async def renew_own_recovery_codes(call: CurrentCall, body: SecondFactorCode) -> Response:
    """Return ten recovery codes, this once; those of before are good no more."""
    account = await _own_account(call)

    async def effect(tx: Transaction) -> Response:
        account = await _enrolled(call, tx, body.code)
        made = await second_factor.renew_recovery_codes(tx, account, by=call.caller, request_id=call.request_id)
        return json_reply({"recovery_codes": made})

    async with proving(call, account, body.code, in_session=True):
        return await once_sealed(call, effect)


@router.operation(
    "POST",
    "/me/second-factor/removal",
    scopes=ANYONE,
    status_code=204,
    summary="Delete own second factor",
    written_by=second_factor.remove,
    problems=(
        problems.WrongCode,
        problems.NoSecondFactor,
        problems.SecondFactorRequired,
        problems.NotAPerson,
        problems.SignInDelayed,
    ),
)
async def remove_own_second_factor(call: CurrentCall, body: SecondFactorCode) -> Response:
    """Sign in with the password alone from now on; needs a code once more. Not where the person's roles require it."""
    account = await _own_account(call)
    if second_factor.is_required(identity_of(call), account):
        raise problems.SecondFactorRequired()

    async def effect(tx: Transaction) -> Response:
        present = await _enrolled(call, tx, body.code)
        await second_factor.remove(tx, present, by=call.caller, request_id=call.request_id)
        return no_content()

    async with proving(call, account, body.code, in_session=True):
        return await once(call, effect)


async def _enrolled(call: Call, tx: Transaction, code: str) -> AccountRow:
    """Return the caller's account, locked, whose code was just used up. Raises NoSecondFactor, WrongCode."""
    account = await _own_account(call, tx, lock=True)
    if account["second_factor_since"] is None:
        raise problems.NoSecondFactor()
    await use_code(tx, call, account, code)
    return account
