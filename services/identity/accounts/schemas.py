"""What a caller sends and gets for accounts."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field

from kernel.problems.field_labels import Label
from kernel.values.common_lists import CONFIRMATION_STATES
from kernel.values.field_errors import field_error
from kernel.values.ids import Id
from kernel.web.field_types import Reason
from kernel.web.schemas import Checked, Flag, Input, Output, Page, Recorded, code, listed, text
from services.identity.access.schemas import NOTHING_WAITS, PendingRights
from services.identity.api import Area
from services.identity.code_lists import ROLES as ROLE_LABELS
from services.identity.roles import KEPT_APART, OWN_ROLE, ROLES, scopes_of

_USERNAME = r"^[A-Za-z0-9][A-Za-z0-9._@-]{2,63}$"

Username = Annotated[
    str,
    Checked(
        str.lower,
        {
            "type": "string",
            "pattern": _USERNAME,
            "description": "3–64 letters, digits, `.`, `_`, `-`, `@`; kept in lower case",
        },
        pattern=_USERNAME,
    ),
]
Role = Annotated[str, code(ROLE_LABELS)]
_OWN = ROLE_LABELS[OWN_ROLE]


def _each_once(roles: list[str]) -> list[str]:
    if OWN_ROLE in roles and len(set(roles)) > 1:
        raise field_error(
            "stands_alone",
            f"Vai trò “{_OWN[0]}” không đi cùng vai trò khác; hãy chọn một vai trò này, hoặc bỏ nó.",
            f"The role “{_OWN[1]}” goes with no other role; choose it alone, or leave it out.",
        )
    if KEPT_APART.issubset(scopes_of(roles)):
        raise field_error(
            "kept_apart",
            "Ai ghi sổ quỹ thì không phê duyệt ở quỹ; hãy bỏ vai trò cán bộ quỹ hoặc vai trò người duyệt của quỹ.",
            "Who books in a fund does not approve there; leave out the role of the officer or that of the approver.",
        )
    return [role for role in ROLES if role in roles]


Roles = Annotated[list[Role], Field(min_length=1, max_length=len(ROLES)), AfterValidator(_each_once)]

_EXAMPLE: dict[str, Any] = {
    "username": "lan.nguyen",
    "full_name": "Nguyễn Thị Lan",
    "roles": ["registry_officer"],
    "area": "25-2025",
    "organization_id": None,
}


class AccountCreate(Input):
    """A new account. It starts with a one-time password, told once in the answer."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: Id | None = Field(default=None, description="UUIDv7 minted by the client, so that sending again is harmless")
    username: Username
    full_name: Annotated[str, text(100)]
    roles: Roles
    area: Area
    organization_id: Id | None = Field(
        default=None, description=f"Organization of the registry; needed by the role {OWN_ROLE}, and only there"
    )
    reason: Reason | None = None


class AccountChange(Input):
    """A merge patch: absent leaves, null clears. Only `organization_id` can be cleared."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"is_active": False, "reason": "Nghỉ hưu"}]})

    # The factories stand for "absent" in the contract; what was given is read off model_fields_set.
    full_name: Annotated[str, text(100)] = Field(default_factory=str)
    roles: Roles = Field(default_factory=list)
    area: Area = Field(default_factory=str)
    organization_id: Id | None = None
    is_active: Flag = Field(default_factory=bool, description="False: cannot sign in, and every session ends")
    reason: Reason | None = None


_SHOWN: dict[str, Any] = {
    "id": "0192c7e0-0000-7000-8000-00000000a001",
    "version": 1,
    "created_at": "2026-03-02T02:00:00Z",
    "updated_at": "2026-03-02T02:00:00Z",
    "created_by": "0192c7e0-0000-7000-8000-00000000a000",
    "created_by_name": "Trần Thị Quản Trị",
    **_EXAMPLE,
    "scopes": ["registry.read", "registry.write", "funds.read", "training.read", "reports.read"],
    "is_active": True,
    "erased_on": None,
    "must_change_password": True,
    "password_changed_at": "2026-03-02T02:00:00Z",
    "second_factor_since": None,
    **NOTHING_WAITS,
    "pending_roles": None,
    "pending_password_reset": False,
    "pending_second_factor_reset": False,
}


class Account(Recorded, PendingRights):
    """A person who signs in."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SHOWN]})

    username: str
    full_name: str
    roles: list[str] = Field(json_schema_extra={"items": {"type": "string", **listed(ROLE_LABELS)}})
    scopes: list[str] = Field(description="What the roles allow")
    area: str = Field(description="VN or an alliance: where the roles hold")
    organization_id: str | None = Field(json_schema_extra={"format": "uuid"})
    is_active: bool
    erased_on: date | None = Field(description="When its person was erased; what it did stays under its id")
    must_change_password: bool = Field(description="The next sign-in asks for a new password")
    password_changed_at: datetime
    second_factor_since: datetime | None = Field(
        description="When its present authenticator app was enrolled; null: the password alone signs it in"
    )
    pending_roles: list[str] | None = Field(
        json_schema_extra={"items": {"type": "string", **listed(ROLE_LABELS)}},
        description="All the roles that it has once the change is confirmed; null: no change of roles waits",
    )
    pending_password_reset: bool = Field(
        description="Whether a one-time password waits; it is good once another administrator confirms it"
    )
    pending_second_factor_reset: bool = Field(
        description="Whether its second factor is taken away once another administrator confirms it"
    )


class AccountCreated(Account):
    """A new account and the password to hand over."""

    model_config = ConfigDict(json_schema_extra={"examples": [{**_SHOWN, "one_time_password": "k7mt-29ve-hq4x-w3pd"}]})

    one_time_password: str | None = Field(
        description="Told in this answer only; null when the same account was sent again without its Idempotency-Key"
    )


class AccountPage(Page[Account]):
    """A page of accounts."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"items": [_SHOWN], "next_cursor": None, "next": None, "count": None, "sums": None, "facets": None}
            ]
        }
    )


class PasswordReset(Input):
    """Why the password is reset; kept in the account's history."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "Quên mật khẩu"}]})

    reason: Reason | None = None


class SecondFactorReset(Input):
    """Why the second factor is taken away; kept in the account's history."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "Mất điện thoại"}]})

    reason: Reason | None = None


class OneTimePassword(Output):
    """A password to hand over; the next sign-in asks for another."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "account_id": "0192c7e0-0000-7000-8000-00000000a001",
                    "username": "lan.nguyen",
                    "one_time_password": "k7mt-29ve-hq4x-w3pd",
                    "must_change_password": True,
                    "confirmation_state": None,
                }
            ]
        }
    )

    account_id: str = Field(json_schema_extra={"format": "uuid"})
    username: str
    one_time_password: str = Field(description="Told in this answer only")
    must_change_password: bool
    confirmation_state: Annotated[str | None, Label("Trạng thái xác nhận")] = Field(
        json_schema_extra=listed(CONFIRMATION_STATES),
        description="pending: the present password holds until another administrator confirms; null: good at once",
    )
