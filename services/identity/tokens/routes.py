"""Tokens over HTTP: the token endpoint, revocation, public keys, discovery."""

from __future__ import annotations

from typing import Annotated

import orjson
from fastapi import Form
from starlette.responses import Response

from kernel.web.calls import Call, CurrentCall
from services.identity import problems
from services.identity.api import FORM, identity_router
from services.identity.roles import SCOPES
from services.identity.runtime import identity_of
from services.identity.tokens import grants
from services.identity.tokens.forms import SIGN_IN_SCOPES, calling_client, needed, read_form
from services.identity.tokens.schemas import Discovery, Jwks, RevokeRequest, TokenAnswer, TokenRequest, discovery

router = identity_router("tokens")

# Shorter than a new key is published before it signs: nobody who honours it meets a key it does not know.
_CACHE_KEYS = "public, max-age=300"


def _json(document: object, cache_control: str) -> Response:
    return Response(orjson.dumps(document), 200, {"Cache-Control": cache_control}, "application/json")


async def _token(call: Call) -> Response:
    form = await read_form(call)
    grant_type = needed(form, "grant_type")
    grant = {
        "client_credentials": grants.client_credentials,
        "authorization_code": grants.authorization_code,
        "refresh_token": grants.refresh_token,
    }.get(grant_type)
    if grant is None:
        raise problems.UnsupportedGrantType("Use client_credentials, authorization_code or refresh_token.")
    client = await calling_client(call, form)
    return _json(await grant(call, client, form), "no-store")


@router.operation(
    "POST",
    "/token",
    scopes=None,
    direct=_token,
    written_by=_token,
    media_types=FORM,
    response_model=TokenAnswer,
    response_model_exclude_none=True,
    summary="Issue tokens",
    problems=(
        problems.InvalidRequest,
        problems.InvalidClient,
        problems.InvalidGrant,
        problems.InvalidScope,
        problems.UnauthorizedClient,
        problems.UnsupportedGrantType,
    ),
)
async def issue_token(call: CurrentCall, form: Annotated[TokenRequest, Form()]) -> Response:
    """Give an access token, good for ten minutes.

    `client_credentials`: a system shows its secret, by HTTP Basic or in the form. `authorization_code`: an app
    exchanges what the sign-in gave it, with its PKCE verifier. `refresh_token`: the app's last refresh token is
    followed by the next one. For 30 seconds the one before gets the same answer again (two tabs, a lost answer); an
    older one ends the session. A refusal is a problem document that also has RFC 6749's `error`.
    """
    return await _token(call)


async def _revoke(call: Call) -> Response:
    form = await read_form(call)
    needed(form, "token")
    client = await calling_client(call, form)
    await grants.revoke(call, client, form)
    return Response(None, 200, {"Cache-Control": "no-store"})


@router.operation(
    "POST",
    "/revoke",
    scopes=None,
    direct=_revoke,
    written_by=grants.revoke,
    media_types=FORM,
    summary="Revoke a refresh token",
    response_class=Response,
    responses={200: {"description": "The token is good no more, or never was"}},
    problems=(problems.InvalidRequest, problems.InvalidClient),
)
async def revoke_token(call: CurrentCall, form: Annotated[RevokeRequest, Form()]) -> Response:
    """End the session of a refresh token (RFC 7009). Access tokens run out by themselves, within ten minutes."""
    return await _revoke(call)


@router.operation("GET", "/jwks", scopes=None, response_model=Jwks, summary="Read the public signing keys")
async def read_jwks(call: CurrentCall) -> Response:
    """Return the keys that tokens are signed with. A new key stands here well before its first use."""
    return _json(identity_of(call).ring.jwks, _CACHE_KEYS)


def _discovery(call: Call) -> Response:
    issuer = identity_of(call).settings.issuer
    return _json(discovery(issuer, [*SCOPES, *sorted(SIGN_IN_SCOPES)]), _CACHE_KEYS)


@router.operation(
    "GET",
    "/.well-known/openid-configuration",
    scopes=None,
    response_model=Discovery,
    summary="Read the OpenID Connect configuration",
)
async def read_openid_configuration(call: CurrentCall) -> Response:
    """Return every address that signing in takes (OpenID Connect Discovery)."""
    return _discovery(call)


@router.operation(
    "GET",
    "/.well-known/oauth-authorization-server",
    scopes=None,
    response_model=Discovery,
    summary="Read the authorization server metadata",
)
async def read_authorization_server(call: CurrentCall) -> Response:
    """Return the same as the OpenID Connect configuration, at the address of RFC 8414."""
    return _discovery(call)
