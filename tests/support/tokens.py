"""Access tokens as identity would issue them, signed with a key that only the tests know."""

from __future__ import annotations

import functools
import time
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey

PUBLIC_URL = "http://vca.test"
ISSUER = f"{PUBLIC_URL}/v1/identity"
_KEY = ECKey.generate_key("P-256", parameters={"kid": "test-key"}, private=True)
_STRANGER = ECKey.generate_key("P-256", parameters={"kid": "test-key"}, private=True)
JWKS = {"keys": [_KEY.as_dict(private=False)]}


def token(scope: str = "", area: str = "VN", *, stranger: bool = False, **claims: Any) -> str:
    """Return an access token that lives an hour or more; `claims` replace or add some, None leaves one out.

    `stranger`: signed with a key that identity never had, under the name of one that it has.
    """
    # Kept by the half hour as well: one of a day that a test has travelled to is no token of today.
    now = int(time.time())
    return _token(scope, area, stranger, tuple(sorted(claims.items())), now - now % 1800)


@functools.lru_cache(maxsize=500)
def _token(scope: str, area: str, stranger: bool, claims: tuple[tuple[str, Any], ...], now: int) -> str:
    payload = {
        "iss": ISSUER,
        "aud": "vca-api",
        "sub": "officer",
        "client_id": "tests",
        "jti": "test-token",
        "iat": now,
        "exp": now + 5400,
        "scope": scope,
        "area": area,
        **dict(claims),
    }
    payload = {name: value for name, value in payload.items() if value is not None}
    return jwt.encode(
        {"alg": "ES256", "kid": "test-key"}, payload, _STRANGER if stranger else _KEY, algorithms=["ES256"]
    )
