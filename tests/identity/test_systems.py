"""A client system asks for a token with its secret."""

from __future__ import annotations

import pytest

from tests.identity.people import Identity, bearer, claims
from tests.support.answers import assert_problem


@pytest.mark.parametrize("way", ["basic", "post"])
async def test_a_system_gets_a_token_for_its_area_and_scopes(identity: Identity, way: str) -> None:
    system = await identity.system("registry.read", "sync.read", area="40-2025")
    if way == "basic":
        answer = await identity.token(auth=system.basic, grant_type="client_credentials")
    else:
        answer = await identity.token(
            grant_type="client_credentials", client_id=system.client_id, client_secret=system.secret
        )
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    document = answer.json()
    assert document["token_type"] == "Bearer"
    assert document["expires_in"] == 600
    assert document["scope"] == "registry.read sync.read"
    assert "refresh_token" not in document
    token_claims = claims(document["access_token"])
    assert token_claims["iss"] == "http://vca.test/v1/identity"
    assert token_claims["aud"] == "vca-api"
    assert token_claims["sub"] == token_claims["client_id"] == system.client_id
    assert token_claims["area"] == "40-2025"
    assert token_claims["scope"] == "registry.read sync.read"
    assert token_claims["exp"] - token_claims["iat"] == 600
    assert "organization_id" not in token_claims


async def test_the_scope_asked_for_narrows_the_token(identity: Identity) -> None:
    system = await identity.system("registry.read", "registry.write")
    answer = await identity.token(auth=system.basic, grant_type="client_credentials", scope="registry.read")
    assert answer.json()["scope"] == "registry.read"


@pytest.mark.parametrize("scope", ["funds.write", "registry.read funds.write", "no.such.scope", "openid"])
async def test_a_scope_that_was_not_granted_is_refused(identity: Identity, scope: str) -> None:
    system = await identity.system("registry.read")
    answer = await identity.token(auth=system.basic, grant_type="client_credentials", scope=scope)
    assert_problem(answer, 400, "invalid_scope", error="invalid_scope")


async def test_a_wrong_secret_is_refused_and_audited(identity: Identity) -> None:
    system = await identity.system()
    answer = await identity.token(auth=(system.client_id, "wrong"), grant_type="client_credentials")
    assert_problem(answer, 401, "invalid_client", error="invalid_client")
    assert answer.headers["www-authenticate"].startswith("Basic")
    assert [entry["resource_id"] for entry in await identity.audited("client.refused")] == [system.id]


async def test_an_unknown_system_gets_the_same_answer_as_a_wrong_secret(identity: Identity) -> None:
    system = await identity.system()
    unknown = await identity.token(auth=("nobody-here", "wrong"), grant_type="client_credentials")
    wrong = await identity.token(auth=(system.client_id, "wrong"), grant_type="client_credentials")
    kept = ("type", "title", "status", "detail", "error", "error_description")
    assert {name: unknown.json()[name] for name in kept} == {name: wrong.json()[name] for name in kept}


async def test_a_disabled_system_gets_nothing(identity: Identity) -> None:
    system = await identity.system()
    await identity.db.execute("UPDATE client SET is_active = false WHERE client_id = $1", system.client_id)
    answer = await identity.token(auth=system.basic, grant_type="client_credentials")
    assert_problem(answer, 401, "invalid_client")


async def test_a_public_app_has_no_credentials_of_its_own(identity: Identity) -> None:
    answer = await identity.token(grant_type="client_credentials", client_id="vca-web")
    assert_problem(answer, 400, "unauthorized_client", error="unauthorized_client")


async def test_a_public_app_with_a_secret_is_refused(identity: Identity) -> None:
    answer = await identity.token(grant_type="refresh_token", client_id="vca-web", client_secret="x", refresh_token="y")
    assert_problem(answer, 401, "invalid_client")


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"scope": "registry.read"}, "invalid_request"),
        ({"grant_type": "password", "client_id": "a"}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, "invalid_request"),
        ({"grant_type": "authorization_code", "client_id": "vca-web"}, "invalid_request"),
        ({"grant_type": "refresh_token", "client_id": "vca-web"}, "invalid_request"),
        ({"grant_type": "refresh_token", "client_id": "vca-web", "refresh_token": "x" * 5000}, "invalid_request"),
        ({"grant_type": "refresh_token", "client_id": "vca-web", "refresh_token": "\0"}, "invalid_request"),
    ],
)
async def test_a_malformed_request_says_what_oauth_libraries_expect(
    identity: Identity, form: dict[str, str], code: str
) -> None:
    document = assert_problem(await identity.post_token(form), 400, code, error=code)
    assert document["error_description"].isascii()
    assert document["request_id"]


async def test_a_parameter_given_twice_is_refused(identity: Identity) -> None:
    answer = await identity.http.post(
        "/v1/identity/token",
        content="grant_type=client_credentials&grant_type=refresh_token",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert_problem(answer, 400, "invalid_request")


async def test_two_ways_of_authentication_at_once_are_refused(identity: Identity) -> None:
    system = await identity.system()
    answer = await identity.token(
        auth=system.basic, grant_type="client_credentials", client_secret=system.secret, client_id=system.client_id
    )
    assert_problem(answer, 400, "invalid_request")


@pytest.mark.parametrize("header", ["Basic !!!", "Bearer abc", "Basic bm8tY29sb24="])
async def test_an_unreadable_authorization_header_is_refused(identity: Identity, header: str) -> None:
    answer = await identity.http.post(
        "/v1/identity/token", data={"grant_type": "client_credentials"}, headers={"Authorization": header}
    )
    assert_problem(answer, 401, "invalid_client")


async def test_json_is_not_a_form(identity: Identity) -> None:
    answer = await identity.http.post("/v1/identity/token", json={"grant_type": "client_credentials"})
    assert_problem(answer, 415, "unsupported_media_type")


async def test_secrets_do_not_travel_in_the_query(identity: Identity) -> None:
    answer = await identity.http.post("/v1/identity/token?client_secret=x", data={"grant_type": "client_credentials"})
    assert_problem(answer, 422, "invalid")


async def test_the_token_opens_identity_itself(identity: Identity) -> None:
    system = await identity.system("registry.read", area="VN")
    token = (await identity.token(auth=system.basic, grant_type="client_credentials")).json()["access_token"]
    me = await identity.http.get("/v1/identity/me", headers=bearer(token))
    assert me.status_code == 200
    assert me.json()["kind"] == "system"
    assert me.json()["scopes"] == ["registry.read"]
    assert me.json()["area"] == "VN"
