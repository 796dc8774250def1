"""The two cookies of the sign-in pages: one that a form must match, one by which a browser's sign-in is known."""

from __future__ import annotations

from starlette.responses import Response

from kernel.web.calls import Call
from services.identity.api import PREFIX
from services.identity.runtime import identity_of
from services.identity.security.sealing import new_token

CSRF, SESSION = "vca_csrf", "vca_session"
_MAX_LENGTH = 200


def _read(call: Call, name: str) -> str | None:
    value = call.request.cookies.get(name)
    return value if value and len(value) <= _MAX_LENGTH and value.isascii() else None


def _set(call: Call, response: Response, name: str, value: str) -> None:
    secure = identity_of(call).settings.public_url.startswith("https://")
    # No age: both go with the browser's session; the sign-in also idles out in the database.
    response.set_cookie(name, value, path=PREFIX, httponly=True, samesite="lax", secure=secure)


def csrf(call: Call) -> tuple[str, str | None]:
    """Return the token for a form, and the cookie to set if the browser has none yet."""
    kept = _read(call, CSRF)
    cookie = kept or new_token()
    return identity_of(call).sealer.mark("csrf", cookie), None if kept else cookie


def remember_csrf(call: Call, response: Response, new_cookie: str | None) -> Response:
    """Set the cookie that `csrf` made, if it did."""
    if new_cookie is not None:
        _set(call, response, CSRF, new_cookie)
    return response


def csrf_is_right(call: Call, token: str) -> bool:
    """Say whether a form came from a page that this browser was shown."""
    kept = _read(call, CSRF)
    return kept is not None and identity_of(call).sealer.marked("csrf", kept, token)


def session(call: Call) -> str | None:
    """Return the browser's session cookie."""
    return _read(call, SESSION)


def remember_session(call: Call, response: Response, cookie: str | None) -> Response:
    """Set the session cookie; a phone's sign-in has none."""
    if cookie is not None:
        _set(call, response, SESSION, cookie)
    return response


def forget_session(response: Response) -> Response:
    """Clear the session cookie."""
    response.delete_cookie(SESSION, path=PREFIX, httponly=True, samesite="lax")
    return response
