"""What OAuth's endpoints take and give, in the words of their RFCs."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from kernel.problems.field_labels import Label
from kernel.web.schemas import Output

RECOGNIZED = ("password", "second_factor")
"""How a person was recognized (`acr`): what an app may ask for by `acr_values`, and finds in both tokens."""
PASSWORD, SECOND_FACTOR = RECOGNIZED
GRANT_TYPES = ("client_credentials", "authorization_code", "refresh_token")


class TokenRequest(BaseModel):
    """A form (RFC 6749). Each grant uses some of the fields; what it does not use is ignored."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "grant_type": "client_credentials",
                    "client_id": "phu-tho-accounting",
                    "client_secret": "invented-secret-of-the-example",
                    "scope": "registry.read",
                }
            ]
        }
    )

    grant_type: Annotated[str, Field(json_schema_extra={"enum": list(GRANT_TYPES)})]
    client_id: str | None = Field(default=None, description="Unless HTTP Basic names the client")
    client_secret: str | None = Field(default=None, description="client_credentials, unless HTTP Basic carries it")
    scope: Annotated[str | None, Label("Các quyền")] = Field(
        default=None, description="Separated by spaces; narrows what would be granted"
    )
    code: Annotated[str | None, Label("Mã đăng nhập")] = Field(
        default=None, description="authorization_code: what the redirect carried; good for 60 s"
    )
    redirect_uri: str | None = Field(default=None, description="authorization_code: the same as at the sign-in")
    code_verifier: str | None = Field(default=None, description="authorization_code: PKCE (RFC 7636), method S256")
    refresh_token: str | None = Field(default=None, description="refresh_token: the last one given")


class TokenAnswer(BaseModel):
    """Tokens (RFC 6749, 5.1). Fields that do not apply are absent."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "access_token": "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFUzI1NiJ9.invented.example",
                    "token_type": "Bearer",
                    "expires_in": 600,
                    "scope": "registry.read",
                }
            ]
        },
    )

    access_token: str = Field(description="A JWT signed with ES256 (RFC 9068)")
    token_type: str
    expires_in: int = Field(description="Seconds until it ends")
    scope: Annotated[str, Label("Các quyền")] = Field(
        description="What was granted, separated by spaces", max_length=2000
    )
    refresh_token: str | None = Field(default=None, description="For people: replaces the one before; keep the last")
    id_token: str | None = Field(default=None, description="With the scope `openid` (OpenID Connect)")


class RevokeRequest(BaseModel):
    """A form (RFC 7009)."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"client_id": "vca-mobile", "token": "invented"}]})

    token: str = Field(description="A refresh token")
    token_type_hint: str | None = None
    client_id: str | None = None
    client_secret: str | None = None


class Discovery(Output):
    """Every address that signing in takes (OpenID Connect Discovery, RFC 8414)."""

    model_config = ConfigDict(extra="allow")

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str
    revocation_endpoint: str
    userinfo_endpoint: str
    scopes_supported: list[str]
    response_types_supported: list[str]
    response_modes_supported: list[str]
    grant_types_supported: list[str]
    code_challenge_methods_supported: list[str]
    token_endpoint_auth_methods_supported: list[str]
    revocation_endpoint_auth_methods_supported: list[str]
    subject_types_supported: list[str]
    id_token_signing_alg_values_supported: list[str]
    claims_supported: list[str]
    acr_values_supported: list[str]
    prompt_values_supported: list[str]
    ui_locales_supported: list[str]
    authorization_response_iss_parameter_supported: bool


_KEY = {
    "kty": "EC",
    "crv": "P-256",
    "x": "4_BfFrchmM_mTA6y5bgEp-Np1nivfEZGmgxgd_23zmo",
    "y": "1MigCNltGJ3RPW0XizKDsp-oRmbWjF2PyCr02oir40E",
    "kid": "xu2oVyILvSEPl4tRKp2WaWAlI0su7UrLAslF9rGpxy8",
    "alg": "ES256",
    "use": "sig",
}


class Jwk(Output):
    """A public key (RFC 7517)."""

    kty: str
    crv: str
    x: str
    y: str
    kid: str
    alg: str
    use: str


class Jwks(Output):
    """Public keys: the one that signs, the next one, and those whose tokens may still be about."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"keys": [dict(_KEY)]}]})

    keys: list[Jwk]


def discovery(issuer: str, scopes: list[str]) -> dict[str, Any]:
    """Return what discovery says for `issuer`."""
    methods = ["client_secret_basic", "client_secret_post", "none"]
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "jwks_uri": f"{issuer}/jwks",
        "end_session_endpoint": f"{issuer}/sign-out",
        "revocation_endpoint": f"{issuer}/revoke",
        "userinfo_endpoint": f"{issuer}/me",
        "scopes_supported": scopes,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": list(GRANT_TYPES),
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_methods_supported": methods,
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "claims_supported": [
            "iss",
            "sub",
            "aud",
            "exp",
            "iat",
            "auth_time",
            "acr",
            "amr",
            "nonce",
            "sid",
            "name",
            "preferred_username",
        ],
        "acr_values_supported": list(RECOGNIZED),
        "prompt_values_supported": ["none", "login"],
        "ui_locales_supported": ["vi", "en"],
        "authorization_response_iss_parameter_supported": True,
    }
