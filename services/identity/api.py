"""What the slices of identity share: their router, who may administer, areas, answers that hold a secret."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Annotated, Any

from starlette.responses import Response

from kernel.database.connections import Transaction
from kernel.problems import FieldError, Invalid
from kernel.records.listing import Filter, code_filter
from kernel.values import geography
from kernel.values.field_errors import field_error
from kernel.values.text import name_folded
from kernel.values.wording import Labels
from kernel.web.auth import NATION, Caller
from kernel.web.calls import Call
from kernel.web.idempotency import once
from kernel.web.operations import ApiRouter
from kernel.web.schemas import Checked
from services.identity.roles import SCOPES
from services.identity.runtime import identity_of

PREFIX = "/v1/identity"
ADMIN = ("identity.admin",)
ANYONE = SCOPES
"""Any token will do."""

FORM = ("application/x-www-form-urlencoded",)

SYSTEM = Caller(
    id="system",
    client_id="system",
    scopes=frozenset(ADMIN),
    area=NATION,
    organization_id=None,
    token_id="",
    name="system",
    expires_at=0.0,
)
"""Who writes what the platform itself sets up."""

Effect = Callable[[Transaction], Awaitable[Response]]


def identity_router(tag: str) -> ApiRouter:
    """Return a router of identity; its operations stand under `tag` in the documentation."""
    return ApiRouter(prefix=PREFIX, tags=[tag])


def _is_area(value: str) -> str:
    if value != NATION and not geography.is_alliance(value):
        raise field_error(
            "unknown_area",
            "Hãy chọn cả nước hoặc một Liên minh hiện nay.",
            "Choose the nation or one of today's alliances.",
        )
    return value


Area = Annotated[
    str,
    Checked(
        _is_area,
        {
            "type": "string",
            "pattern": "^(VN|[0-9]{2}-2025)$",
            "description": "VN, or one of the 34 alliances of today, such as 25-2025",
        },
    ),
]


def check_area(by: Caller, area: str) -> None:
    """Raise Invalid if `area` is not the caller's, nor within it."""
    if not by.holds(area):
        words = (
            "Địa bàn này ngoài phạm vi của bạn; hãy chọn trong địa bàn của mình.",
            "This area is outside yours; choose one within it.",
        )
        raise Invalid(FieldError("outside_area", words, pointer="/area"))


def _words(value: str) -> str:
    if not 1 <= len(value) <= 300:
        raise field_error("wrong_format", "Hãy ghi từ 1 đến 300 ký tự.", "Give 1 to 300 characters.")
    return name_folded(value)


def words_filter(description: str) -> Filter:
    """`q`: part of what `name_folded` holds, without regard to case and marks."""
    return Filter("q", "name_folded LIKE '%' || {0} || '%'", description, _words)


def any_of_filter(name: str, column: str, values: Labels | Sequence[str], description: str) -> Filter:
    """A column that holds several codes has one of those given."""
    plain = code_filter(name, column, values, description)
    return replace(plain, sql=f"{column} && {{0}}::text[]")


async def once_sealed(call: Call, effect: Effect, *, pepper: bytes = b"") -> Response:
    """Run `effect` at most once for the caller's Idempotency-Key, keeping its answer sealed.

    The answer tells a secret that is otherwise stored by its hash only; a replay must tell it again.
    """
    sealer = identity_of(call).sealer

    async def sealed(tx: Transaction) -> Response:
        response = await effect(tx)
        response.body = sealer.seal("kept answer", bytes(response.body))
        return response

    return opened(call, await once(call, sealed, pepper=pepper))


def opened(call: Call, response: Response) -> Response:
    """Return an answer that is kept sealed as it is given."""
    headers: dict[str, Any] = {
        name: value for name, value in response.headers.items() if name not in ("content-length", "cache-control")
    }
    headers["Cache-Control"] = "no-store"
    plain = identity_of(call).sealer.open("kept answer", bytes(response.body))
    return Response(plain, response.status_code, headers)
