"""What the launcher sets up: demo accounts, and the first administrator."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.identity import bootstrap
from services.identity.bootstrap import (
    SERVICE_CLIENTS_FILE,
    SERVICE_SCOPES,
    create_admin,
    ensure_demo_accounts,
    ensure_given_clients,
    ensure_service_clients,
)
from services.identity.roles import ROLES, SCOPES
from tests.identity.people import Identity, Person, claims
from tests.support.answers import assert_problem

GATEWAY = "http://127.0.0.1:8000"
PROVINCIAL = "registry.read registry.write funds.read funds.write training.read training.write reports.read reports.write sync.read"


async def _demo(url: str, home: Path) -> dict[str, Any]:
    credentials = await ensure_demo_accounts(url, home, GATEWAY)
    (home / "demo-credentials.json").write_text(json.dumps(credentials), encoding="utf-8")
    return credentials


async def test_the_demo_has_an_account_for_each_role_and_the_client_systems(
    identity: Identity, database_url: str, tmp_path: Path
) -> None:
    credentials = await _demo(database_url, tmp_path)
    assert credentials["gateway"] == GATEWAY
    assert [(account["role"], account["area"]) for account in credentials["accounts"]] == [
        *((role, "25-2025") for role in ROLES),
        ("administrator", "VN"),
        ("fund_approver", "VN"),
        ("report_approver", "VN"),
    ]
    systems = [(set(client["scope"].split()), client["area"]) for client in credentials["clients"]]
    assert systems == [
        ({scope for scope in SCOPES if not scope.endswith(".approve")} - {"requests.report"}, "VN"),
        ({"sync.read"}, "VN"),
        (set(PROVINCIAL.split()), "25-2025"),
        (set(PROVINCIAL.split()), "40-2025"),
        ({"registry.read"}, "VN"),
    ]
    assert all(set(account) == {"username", "password", "role", "area"} for account in credentials["accounts"])
    assert all(set(client) == {"client_id", "client_secret", "scope", "area"} for client in credentials["clients"])
    for account in credentials["accounts"]:
        tokens = await identity.signed_in(Person("", account["username"], account["password"], account["area"]))
        assert claims(tokens["access_token"])["area"] == account["area"]
    for client in credentials["clients"]:
        answer = await identity.token(
            auth=(client["client_id"], client["client_secret"]), grant_type="client_credentials"
        )
        assert answer.json()["scope"] == client["scope"]


async def test_a_second_start_changes_nothing(identity: Identity, database_url: str, tmp_path: Path) -> None:
    first = await _demo(database_url, tmp_path)
    written = await identity.db.fetchval("SELECT count(*) FROM history")
    assert await _demo(database_url, tmp_path) == first
    assert await identity.db.fetchval("SELECT count(*) FROM history") == written


async def test_what_the_file_no_longer_opens_gets_a_new_secret(
    identity: Identity, database_url: str, tmp_path: Path
) -> None:
    first = await _demo(database_url, tmp_path)
    (tmp_path / "demo-credentials.json").unlink()
    second = await _demo(database_url, tmp_path)
    for old, new in zip(first["clients"], second["clients"], strict=True):
        assert old["client_secret"] != new["client_secret"]
        refused = await identity.token(auth=(old["client_id"], old["client_secret"]), grant_type="client_credentials")
        assert_problem(refused, 401, "invalid_client")
        response = await identity.token(auth=(new["client_id"], new["client_secret"]), grant_type="client_credentials")
        assert response.status_code == 200
    viewer = second["accounts"][0]
    assert viewer["password"] != first["accounts"][0]["password"]
    assert await identity.signed_in(Person("", viewer["username"], viewer["password"], viewer["area"]))


async def test_the_organization_of_the_demos_cooperative_can_be_named_later(
    identity: Identity, database_url: str, tmp_path: Path
) -> None:
    await _demo(database_url, tmp_path)
    real = "0192c7e0-0000-7000-8000-0000000000aa"
    await ensure_demo_accounts(database_url, tmp_path, GATEWAY, organization_id=real)
    row = await identity.db.fetchrow("SELECT organization_id FROM account WHERE username = 'cooperative-user'")
    assert row is not None
    assert row["organization_id"] == real


async def test_the_first_administrator_signs_in(identity: Identity, database_url: str) -> None:
    await create_admin(database_url, "Quan.Tri", "một câu dài dễ nhớ", "VN")
    tokens = await identity.signed_in(Person("", "quan.tri", "một câu dài dễ nhớ", "VN"))
    assert tokens["scope"] == "identity.admin"


@pytest.mark.parametrize(
    ("username", "password", "area", "sentence"),
    [
        ("quan.tri", "short", "VN", "At least 10 characters"),
        ("x", "một câu dài dễ nhớ", "VN", "3 to 64 letters"),
        ("quan.tri", "một câu dài dễ nhớ", "17-2008", "17-2008 is not VN"),
        ("taken", "một câu dài dễ nhớ", "VN", "The name taken is taken"),
    ],
)
async def test_an_administrator_that_cannot_be_is_refused_in_one_sentence_of_each_language(
    identity: Identity, database_url: str, username: str, password: str, area: str, sentence: str
) -> None:
    await identity.person(username="taken")
    with pytest.raises(ValueError, match=sentence) as refused:
        await create_admin(database_url, username, password, area)
    vietnamese, english = refused.value.args
    assert vietnamese != english


async def test_a_service_that_calls_others_has_a_client_of_its_own_that_is_not_the_demos(
    identity: Identity, database_url: str, tmp_path: Path
) -> None:
    clients = await ensure_service_clients(database_url, tmp_path, "VN")
    client_id, secret = clients["funds"]
    answer = await identity.token(auth=(client_id, secret), grant_type="client_credentials")
    assert answer.json()["scope"] == "registry.read names.read tokens.follow"
    assert claims(answer.json()["access_token"])["area"] == "VN"
    assert (tmp_path / SERVICE_CLIENTS_FILE).stat().st_mode & 0o777 == 0o600
    demo = json.dumps(await _demo(database_url, tmp_path))
    assert client_id not in demo
    assert secret not in demo
    written = await identity.db.fetchval("SELECT count(*) FROM history")
    assert await ensure_service_clients(database_url, tmp_path, "VN") == clients
    assert await identity.db.fetchval("SELECT count(*) FROM history") == written


async def test_a_service_client_that_lost_its_file_or_changed_its_area_gets_a_secret_that_works(
    identity: Identity, database_url: str, tmp_path: Path
) -> None:
    first = (await ensure_service_clients(database_url, tmp_path, "VN"))["funds"]
    (tmp_path / SERVICE_CLIENTS_FILE).unlink()
    second = (await ensure_service_clients(database_url, tmp_path, "VN"))["funds"]
    third = (await ensure_service_clients(database_url, tmp_path, "25-2025"))["funds"]
    assert len({first[1], second[1], third[1]}) == 3
    for auth, status in ((first, 401), (second, 401), (third, 200)):
        assert (await identity.token(auth=auth, grant_type="client_credentials")).status_code == status
    answer = await identity.token(auth=third, grant_type="client_credentials")
    assert claims(answer.json()["access_token"])["area"] == "25-2025"


async def test_a_service_that_came_with_an_upgrade_gets_its_client_beside_those_that_are_there(
    identity: Identity, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {service: scopes for service, scopes in SERVICE_SCOPES.items() if service != "reporting"}
    with monkeypatch.context() as patch:
        patch.setattr(bootstrap, "SERVICE_SCOPES", before)
        old = await ensure_service_clients(database_url, tmp_path, "VN")
    new = await ensure_service_clients(database_url, tmp_path, "VN")
    assert {service: new[service] for service in old} == old
    answer = await identity.token(auth=new["reporting"], grant_type="client_credentials")
    assert answer.json()["scope"] == "registry.read names.read tokens.follow"


async def test_a_service_whose_secret_is_given_is_known_and_the_one_before_goes_on_for_an_hour(
    identity: Identity, database_url: str
) -> None:
    async def opens(secret: str) -> bool:
        answer = await identity.token(auth=("service-funds", secret), grant_type="client_credentials")
        return answer.status_code == 200

    await ensure_given_clients(database_url, {"funds": "first-secret"}, "VN")
    assert await opens("first-secret")
    written = await identity.db.fetchval("SELECT count(*) FROM history")
    await ensure_given_clients(database_url, {"funds": "first-secret"}, "VN")
    assert await identity.db.fetchval("SELECT count(*) FROM history") == written, "a second time changes nothing"
    await ensure_given_clients(database_url, {"funds": "second-secret"}, "VN")
    assert [await opens(secret) for secret in ("first-secret", "second-secret", "third-secret")] == [True, True, False]
    await ensure_given_clients(database_url, {"funds": "third-secret"}, "VN")
    assert [await opens(secret) for secret in ("first-secret", "second-secret", "third-secret")] == [False, True, True]
    ends = await identity.db.fetchval(
        "SELECT (secrets -> 0 ->> 'expires_at')::timestamptz - now() FROM client WHERE client_id = 'service-funds'"
    )
    assert timedelta(minutes=59) < ends <= timedelta(hours=1)
