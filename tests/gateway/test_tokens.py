"""Who gets through: the gateway checks the token before a service sees the call."""

from __future__ import annotations

import time
from pathlib import Path

import httpx
import pytest

from services.gateway.envoy import render
from tests.gateway.edge import Edge
from tests.support.answers import assert_problem
from tests.support.tokens import token

READ = "/v1/registry/organizations"


def test_a_valid_token_passes_and_reaches_the_service_whole(officer: httpx.Client) -> None:
    answer = officer.get(READ)
    assert answer.status_code == 200
    assert answer.json()["headers"]["authorization"] == officer.headers["authorization"]
    assert answer.json()["path"] == READ


def test_without_a_token_the_caller_is_told_to_send_one(stranger: httpx.Client) -> None:
    answer = stranger.get(READ, headers={"Accept-Language": "en-GB"})
    problem = assert_problem(answer, 401, "token_missing", instance=READ, title="Authentication required")
    assert "Authorization header" in problem["detail"]
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-language"] == "en"
    assert "Accept-Language" in answer.headers["vary"]


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(token(exp=int(time.time()) - 60), id="expired"),
        pytest.param(token(exp=None), id="without an end"),
        pytest.param(token(iss="http://elsewhere.test/v1/identity"), id="of another issuer"),
        pytest.param(token(aud="another-api"), id="for another audience"),
        pytest.param(token(stranger=True), id="signed by a stranger under a known key's name"),
        pytest.param(token()[:-8], id="cut short"),
        pytest.param("x.y.z", id="no token at all"),
    ],
)
def test_a_token_that_is_not_good_is_refused_in_vietnamese(edge: Edge, bad: str) -> None:
    with edge.client(bad) as client:
        answer = client.get(READ)
    assert_problem(answer, 401, "token_invalid", title="Chưa đăng nhập")
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    assert answer.headers["content-language"] == "vi"


def test_a_password_in_place_of_a_token_is_refused(stranger: httpx.Client) -> None:
    assert_problem(stranger.get(READ, auth=("officer", "secret")), 401, "token_invalid")


def test_a_token_in_the_address_is_no_token(stranger: httpx.Client) -> None:
    assert_problem(stranger.get(READ, params={"access_token": token()}), 401, "token_missing")


@pytest.mark.parametrize(
    "path",
    [
        "/v1/identity/token",
        "/v1/identity/authorize",
        "/v1/identity/sign-out",
        "/v1/identity/revoke",
        "/v1/identity/jwks",
        "/v1/identity/.well-known/openid-configuration",
        "/v1/identity/.well-known/oauth-authorization-server",
        "/v1/identity/health/live",
        "/v1/registry/health/ready",
        "/v1/funds/health/ready",
        "/v1/training/verify/0192c7e0",
        "/v1/registry/files/0192c7e0/content?signature=abc",
    ],
)
def test_open_paths_need_no_token(stranger: httpx.Client, path: str) -> None:
    assert stranger.get(path).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/v1/identity/me",
        "/v1/identity/accounts",
        "/v1/identity/token/x",
        "/v1/identity/sign-in/../accounts",
        "/v1/registry/code-lists",
        "/v1/registry/files/0192c7e0",
        "/v1/registry/health",
        "/v1/registry/verify/0192c7e0",
        "/v1/registry/token",
        "/v1/registry//health/../organizations",
        "/v1/registry/health/live%2f..%2f..%2forganizations",
        "/v1/training/verify/%2e%2e/classes",
    ],
)
def test_everything_beside_the_open_paths_needs_one(stranger: httpx.Client, path: str) -> None:
    assert_problem(stranger.get(path), 401, "token_missing")


@pytest.mark.parametrize("path", [READ, "/v1/identity/token", "/v1/registry/health/live", "/docs"])
def test_headers_under_our_own_names_never_reach_a_service(edge: Edge, path: str) -> None:
    forged = {
        "X-VCA-Sub": "administrator",
        "X-Vca-Anything": "1",
        "X-Envoy-Max-Retries": "9",
        "X-Envoy-Retry-On": "5xx",
        "X_Vca_Sub": "root",
        "X-Vca-Address": "192.0.2.1",
    }
    with edge.client(token(sub="officer-7"), **forged) as client:
        received = client.get(path).json()["headers"]
    assert received.get("x-vca-sub") == ("officer-7" if path == READ else None)
    # The gateway adds the address it saw itself, to sign-in calls under a name of its own.
    assert received.get("x-vca-address") == ("127.0.0.1" if path == "/v1/identity/token" else None)
    added = {"x-vca-sub", "x-envoy-external-address", "x-vca-address"}
    assert {name for name in received if name.startswith(("x-vca-", "x-envoy-", "x_"))} <= added


def test_a_stray_character_behind_the_signature_gains_no_second_limit(strict_edge: Edge) -> None:
    """Envoy takes such a token for good, so the limit goes by the subject and never by the token's text."""
    good = token(sub="stray")
    statuses = []
    for number in range(6):
        with strict_edge.client(good + "A" * (number % 2)) as client:
            statuses.append(client.get(READ).status_code)
    assert statuses.count(200) <= 4
    assert statuses[-1] in (401, 429)


def test_a_key_file_without_keys_leaves_the_running_configuration_alone(edge: Edge) -> None:
    before = (edge.config.run_dir / "lds.json").read_bytes()
    keys = edge.jwks.read_text()
    edge.jwks.write_text('{"keys": []}')
    try:
        with pytest.raises(ValueError, match="no ES256 key"):
            render(edge.config)
    finally:
        edge.jwks.write_text(keys)
    assert (edge.config.run_dir / "lds.json").read_bytes() == before


def test_nothing_private_is_written_into_the_configuration(edge: Edge, tmp_path: Path) -> None:
    from joserfc.jwk import ECKey

    private = ECKey.generate_key("P-256", parameters={"kid": "k"}, private=True).as_dict(private=True)
    d, x = str(private["d"]), str(private["x"])
    other = Edge(tmp_path, {"registry": 1}, keys={"keys": [private]})
    render(other.config)
    written = (other.config.run_dir / "lds.json").read_text()
    assert d not in written
    assert x in written
