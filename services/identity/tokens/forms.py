"""OAuth's requests as they arrive: form fields, and who the calling client is."""

from __future__ import annotations

import base64
from urllib.parse import parse_qsl, unquote_plus

from kernel import problems as kernel_problems
from kernel.values.days import now
from kernel.web.api_route import unknown_parameter
from kernel.web.calls import Call
from services.identity import problems
from services.identity.api import FORM
from services.identity.audit import entries as audit
from services.identity.clients import secrets
from services.identity.clients.records import by_client_id
from services.identity.roles import SCOPES
from services.identity.rows import ClientRow

_MAX_FIELDS, _MAX_VALUE = 40, 4000

SIGN_IN_SCOPES = frozenset({"openid", "profile", "offline_access"})
"""What OpenID Connect's apps ask for beside ours; `openid` adds an ID token, the others change nothing."""

Form = dict[str, str]


async def read_form(call: Call) -> Form:
    """Return the fields of a form-encoded body; each at most once, empty ones left out (RFC 6749, 3.2).

    Raises UnsupportedMediaType, InvalidRequest, and Invalid for a query where none belongs.
    """
    request = call.request
    if request.query_params:
        raise kernel_problems.Invalid(*(unknown_parameter(name) for name in request.query_params))
    return await form_fields(call)


async def form_fields(call: Call) -> Form:
    """Return the fields of a form-encoded body, whatever the query holds."""
    content_type = call.request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type not in FORM:
        raise kernel_problems.UnsupportedMediaType(expected=", ".join(FORM))
    return fields(await call.request.body())


def fields(encoded: bytes) -> Form:
    """Return name → value of form-encoded bytes. Raises InvalidRequest."""
    try:
        pairs = parse_qsl(encoded.decode("ascii"), max_num_fields=_MAX_FIELDS, encoding="utf-8", errors="strict")
    except ValueError:
        raise problems.InvalidRequest("The form cannot be read.") from None
    form: Form = {}
    for name, value in pairs:
        if name in form:
            raise problems.InvalidRequest("A parameter stands there twice.")
        if len(value) > _MAX_VALUE or "\x00" in value:
            raise problems.InvalidRequest("A parameter is too long or holds a control character.")
        form[name] = value
    return form


def needed(form: Form, name: str) -> str:
    """Return a field that must be there. Raises InvalidRequest."""
    value = form.get(name)
    if not value:
        raise problems.InvalidRequest(f"The parameter {name} is missing.")
    return value


def read_scope(text: str | None) -> tuple[str, ...] | None:
    """Return the scopes in `text` (ours only), or None if it asks for none of ours. Raises InvalidScope."""
    requested = dict.fromkeys((text or "").split())
    unknown = [scope for scope in requested if scope not in SCOPES and scope not in SIGN_IN_SCOPES]
    if unknown:
        raise problems.InvalidScope("The scope names something that does not exist.")
    ours = tuple(scope for scope in SCOPES if scope in requested)
    return ours or None


def _credentials(call: Call, form: Form) -> tuple[str, str | None]:
    """Return client_id and secret, by HTTP Basic or by fields, never both (RFC 6749, 2.3.1)."""
    header = call.request.headers.get("authorization")
    if header is None:
        return needed(form, "client_id"), form.get("client_secret")
    scheme, _, encoded = header.partition(" ")
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True).decode("utf-8") if scheme.lower() == "basic" else ""
    except ValueError:
        decoded = ""
    client_id, colon, secret = decoded.partition(":")
    if not colon:
        raise problems.InvalidClient("The Authorization header is not HTTP Basic.")
    client_id, secret = unquote_plus(client_id), unquote_plus(secret)
    if "client_secret" in form or form.get("client_id", client_id) != client_id:
        raise problems.InvalidRequest("Use one way of client authentication only.")
    return client_id, secret


async def calling_client(call: Call, form: Form) -> ClientRow:
    """Return the client that calls, its secret checked if it has one. Raises InvalidClient, InvalidRequest."""
    client_id, secret = _credentials(call, form)
    if "\x00" in client_id:
        raise problems.InvalidClient("The client is not known, or its secret is wrong.")
    client = await by_client_id(call.db, client_id)
    if client is None:
        raise problems.InvalidClient("The client is not known, or its secret is wrong.")
    is_authentic = secrets.knows(client, secret or "", at=now()) if client["kind"] == "system" else not secret
    if not is_authentic or not client["is_active"]:
        await audit.record(
            call.db,
            "client.refused",
            actor=client["client_id"],
            alliance=client["alliance"],
            resource=("client", client["id"]),
            request_id=call.request_id,
        )
        raise problems.InvalidClient("The client is not known, or its secret is wrong.")
    return client
