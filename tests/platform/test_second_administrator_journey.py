"""Rights that give power, through the gateway: one administrator enters them, another confirms, or the host where nobody else can."""

from __future__ import annotations

import uuid
from typing import Any

import httpx
import pytest

from tests.platform.conftest import Platform
from tests.platform.test_training_journey import Person
from vca.tokens import sign_in

pytestmark = pytest.mark.platform
IDENTITY = "/v1/identity"
CONFIRM = {"decision": "confirm"}


def by_token(platform: Platform, token: str) -> Person:
    headers = {"Authorization": f"Bearer {token}"}
    return Person(httpx.Client(base_url=platform.gateway, headers=headers, timeout=30))


def new_approver(administrator: Person) -> dict[str, Any]:
    """Enter an approver of the nation's funds; he has no role before somebody else confirms."""
    body = {
        "username": f"duyet-{uuid.uuid4().hex[:8]}",
        "full_name": "Lý Thị Duyệt",
        "roles": ["fund_approver"],
        "area": "VN",
    }
    account = administrator.post(f"{IDENTITY}/accounts", body)
    assert (account["roles"], account["pending_roles"], account["confirmation_state"]) == (
        [],
        ["fund_approver"],
        "pending",
    )
    own = administrator.post(f"{IDENTITY}/accounts/{account['id']}/confirmation", CONFIRM, status=403)
    assert own["code"] == "same_person"
    return account


def audited(administrator: Person, action: str, subject: str) -> list[dict[str, Any]]:
    entries = administrator.get(f"{IDENTITY}/audit", action=action, limit=200)["items"]
    return [entry for entry in entries if entry["resource_id"] == subject]


def test_a_role_that_gives_power_takes_two_people_or_the_host(platform: Platform) -> None:
    first = by_token(platform, platform.token("administrator-vn"))
    alone = new_approver(first)
    done = platform.vca("admin", "confirm", alone["username"])
    assert done.returncode == 0, done.stderr
    assert first.get(f"{IDENTITY}/accounts/{alone['id']}")["roles"] == ["fund_approver"]

    name, password = f"quan-tri-{uuid.uuid4().hex[:8]}", "con trâu đi trước cái cày"
    made = platform.vca("admin", "create", name, "--password", password)
    assert made.returncode == 0, made.stderr
    with httpx.Client(base_url=platform.gateway, timeout=30) as browser:
        second = by_token(platform, sign_in(browser, name, password))
    account = new_approver(first)
    refused = platform.vca("admin", "confirm", account["username"])
    assert refused.returncode == 2
    assert name in refused.stderr
    inbox = second.get(f"{IDENTITY}/approvals", state="pending")["items"]
    (item,) = [item for item in inbox if item["resource_id"] == account["id"]]
    assert item["entered_by_name"] == "Ngô Văn Trung Ương"
    confirmed = second.post(item["decision_path"], CONFIRM)
    assert (confirmed["roles"], confirmed["pending_roles"]) == (["fund_approver"], None)
    again = second.post(item["decision_path"], CONFIRM, status=409)
    assert again["code"] == "not_pending"
    assert len(audited(first, "access.confirmed", account["id"])) == 1
    system = first.post(
        f"{IDENTITY}/clients",
        {
            "client_id": f"he-thong-{uuid.uuid4().hex[:8]}",
            "name": "Hệ thống",
            "kind": "system",
            "area": "VN",
            "scopes": ["funds.write"],
        },
    )
    assert (system["scopes"], system["pending_scopes"]) == ([], ["funds.write"])
    credentials = (system["client_id"], system["client_secret"])
    token = {"grant_type": "client_credentials"}
    shut = httpx.post(f"{platform.gateway}{IDENTITY}/token", data=token, auth=credentials)
    assert (shut.status_code, shut.json()["error"]) == (400, "unauthorized_client")
    second.post(f"{IDENTITY}/clients/{system['id']}/confirmation", CONFIRM)
    opened = httpx.post(f"{platform.gateway}{IDENTITY}/token", data=token, auth=credentials)
    assert (opened.status_code, opened.json()["scope"]) == (200, "funds.write")
    approving = {
        "client_id": f"he-thong-{uuid.uuid4().hex[:8]}",
        "name": "Hệ thống",
        "kind": "system",
        "area": "VN",
        "scopes": ["funds.approve"],
    }
    never = first.post(f"{IDENTITY}/clients", approving, status=422)
    assert never["errors"][0]["code"] == "never_approves"
