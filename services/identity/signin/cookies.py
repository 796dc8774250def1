"""The cookies of the sign-in pages: one that a form must match, one by which a browser's sign-in is known, and one by which
a device is known to accounts that signed in on it. The last opens nothing: it keeps strangers' failures from delaying it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import orjson
from starlette.responses import Response

from kernel.web.calls import Call
from services.identity.api import PREFIX
from services.identity.rows import AccountRow
from services.identity.runtime import identity_of
from services.identity.security.sealing import CannotOpen, bytes_of, new_token, text_of

CSRF, SESSION = "vca_csrf", "vca_session"
DEVICE = "vca_device"
_MAX_LENGTH = 1500
_DEVICE_SECONDS = 400 * 24 * 3600  # As long as browsers keep any.
_MOST_ACCOUNTS = 8


@dataclass(frozen=True)
class Device:
    """A browser, and the accounts that signed in on it, each with the instant of its password: another one ends it."""

    id: str
    accounts: tuple[tuple[str, float], ...] = ()

    def knows(self, account: AccountRow) -> bool:
        """Say whether the account signed in here with the password that it has now."""
        return _mark(account) in self.accounts

    def after(self, account: AccountRow) -> Device:
        """Return the device as it is once the account has signed in here."""
        others = [each for each in self.accounts if each[0] != account["id"]]
        return replace(self, accounts=(*others, _mark(account))[-_MOST_ACCOUNTS:])


def _mark(account: AccountRow) -> tuple[str, float]:
    return account["id"], account["password_changed_at"].timestamp()


def _read(call: Call, name: str) -> str | None:
    value = call.request.cookies.get(name)
    return value if value and len(value) <= _MAX_LENGTH and value.isascii() else None


def _set(call: Call, response: Response, name: str, value: str, *, seconds: int | None = None) -> None:
    secure = identity_of(call).settings.public_url.startswith("https://")
    # Without an age it goes with the browser's session; the sign-in also idles out in the database.
    response.set_cookie(name, value, max_age=seconds, path=PREFIX, httponly=True, samesite="lax", secure=secure)


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


def device(call: Call) -> Device:
    """Return the device that the browser's cookie says it is; one that nobody knows where there is none of ours."""
    kept = _read(call, DEVICE)
    try:
        content = identity_of(call).sealer.open(DEVICE, bytes_of(kept)) if kept else b""
        id_, accounts = orjson.loads(content)
    except (CannotOpen, ValueError):
        return Device("")
    return Device(id_, tuple((account, at) for account, at in accounts))


def remember_device(call: Call, response: Response, account: AccountRow) -> Response:
    """Have the browser be known to the account that just signed in."""
    present = device(call)
    after = (present if present.id else Device(new_token())).after(account)
    sealed = identity_of(call).sealer.seal(DEVICE, orjson.dumps([after.id, after.accounts]))
    _set(call, response, DEVICE, text_of(sealed), seconds=_DEVICE_SECONDS)
    return response


def forget_session(response: Response) -> Response:
    """Clear the session cookie."""
    response.delete_cookie(SESSION, path=PREFIX, httponly=True, samesite="lax")
    return response
