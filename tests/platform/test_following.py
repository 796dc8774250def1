"""Funds and training following the registry as real processes, with one of them killed in the middle."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

import httpx
import pytest

from kernel.values.ids import new_id
from tests.platform.conftest import Platform
from tests.platform.test_platform import until

pytestmark = pytest.mark.platform


def register(client: httpx.Client) -> str:
    """Register a cooperative in Hà Nội, where none of the demo's figures is."""
    answer = client.post(
        "/v1/registry/organizations",
        json={
            "type": "cooperative",
            "name": f"Hợp tác xã Theo Dõi {os.urandom(4).hex()}",
            "seat": {"commune_code": "00004", "commune_map": "2025"},
            "force": True,
            "reason": "Thử theo dõi thay đổi",
        },
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def borrows(client: httpx.Client, organization_id: str) -> bool:
    body = {"kind": "cooperative", "organization_id": organization_id}
    return client.post("/v1/funds/borrowers", json=body).status_code == 201


def follows(client: httpx.Client, service: str = "funds") -> dict[str, Any]:
    document = client.get(f"/v1/{service}/health/ready").json()
    return next((dict(feed) for feed in document["follows"] if feed["feed"] == "registry"), {})


def test_funds_know_the_demos_organizations_and_say_how_far_they_are(platform: Platform) -> None:
    with platform.client() as client:
        until(lambda: follows(client).get("problem") is None and follows(client).get("cursor") is not None)
        organization = register(client)
        until(lambda: borrows(client, organization))
        until(lambda: int(follows(client)["seconds_behind"]) <= 35)


def test_funds_that_are_killed_go_on_where_they_were(platform: Platform) -> None:
    with platform.client() as client:
        before = [register(client) for _ in range(20)]
        os.kill(platform.pid_of("services.funds.main"), signal.SIGKILL)
        during, entered_at = [register(client) for _ in range(20)], time.monotonic()
        until(lambda: client.get("/v1/funds/health/ready").status_code == 200)
        # What they know is of an instant after the last one was registered.
        until(lambda: int(str(follows(client)["seconds_behind"])) + 1 < time.monotonic() - entered_at, 60)
        assert all(borrows(client, id_) for id_ in (*before, *during))


def test_with_the_registry_killed_funds_stay_ready_and_lend_to_whom_they_know(platform: Platform) -> None:
    with platform.client() as client:
        cursor = follows(client)["cursor"]
        before = register(client)
        until(lambda: follows(client)["cursor"] != cursor, 40)
        os.kill(platform.pid_of("services.registry.main"), signal.SIGKILL)
        assert borrows(client, before)
        assert client.get("/v1/funds/health/ready").json()["status"] == "ok"
        until(lambda: client.get("/v1/registry/health/ready").status_code == 200)
        organization = register(client)
        until(lambda: borrows(client, organization))


def test_the_secrets_of_the_services_clients_are_not_in_the_demos_file(platform: Platform) -> None:
    text = (platform.home / "demo-credentials.json").read_text()
    kept = platform.home / "keys" / "service-clients.json"
    assert "service-funds" not in text
    assert "service-training" not in text
    assert kept.stat().st_mode & 0o777 == 0o600


def invites(client: httpx.Client, class_id: str, organization_id: str) -> int:
    body = {"organization_id": organization_id, "organization_name": "Hợp tác xã"}
    return client.post(f"/v1/training/classes/{class_id}/invitations", json=body).status_code


def test_training_that_is_killed_goes_on_where_it_was_and_without_the_registry(platform: Platform) -> None:
    with platform.client() as client:
        planned = client.post(
            "/v1/training/classes",
            json={
                "name": "Lớp chưa mở",
                "kind": "short_course",
                "topic": "law",
                "attribution": "alliance_led",
                "commune_code": "00004",
                "commune_map": "2025",
                "starts_on": "2031-03-06",
                "ends_on": "2031-03-07",
            },
        )
        assert planned.status_code == 201, planned.text
        class_id = planned.json()["id"]
        before = register(client)
        os.kill(platform.pid_of("services.training.main"), signal.SIGKILL)
        during, entered_at = register(client), time.monotonic()
        until(lambda: client.get("/v1/training/health/ready").status_code == 200)
        # What it knows is of an instant after the last one was registered.
        until(lambda: follows(client, "training")["seconds_behind"] + 1 < time.monotonic() - entered_at, 60)
        os.kill(platform.pid_of("services.registry.main"), signal.SIGKILL)
        assert [invites(client, class_id, id_) for id_ in (before, during)] == [201, 201]
        assert client.get("/v1/training/health/ready").json()["status"] == "ok"
        until(lambda: client.get("/v1/registry/health/ready").status_code == 200)
        assert invites(client, class_id, new_id()) == 422


def owner(client: httpx.Client, path: str) -> str:
    return str(client.get(path).json()["organization_id"])


def test_a_doubled_cooperative_is_put_together_and_taken_apart_in_all_services(platform: Platform) -> None:
    """Through the gateway: the registry asks both services, and both follow it there and back."""
    with platform.client() as client:
        kept, duplicate = register(client), register(client)
        borrower = client.post(
            "/v1/funds/borrowers", json={"kind": "cooperative", "organization_id": duplicate}
        ).json()["id"]
        link = client.post(
            "/v1/training/market-links",
            json={
                "organization_id": duplicate,
                "buyer_kind": "shop_chain",
                "buyer_name": "Chuỗi cửa hàng",
                "signed_on": "2023-04-02",
            },
        ).json()["id"]
        paths = (f"/v1/funds/borrowers/{borrower}", f"/v1/training/market-links/{link}")
        path = f"/v1/registry/organizations/{duplicate}"
        refused = client.delete(path, params={"reason": "Nhập nhầm"}, headers={"If-Match": '"1"'})
        assert (refused.status_code, refused.json()["code"]) == (409, "organization_referenced"), refused.text
        assert {each["service"] for each in refused.json()["references"]} == {"funds", "training"}
        body = {"into": kept, "reason": "Nhập hai lần"}
        assert client.post(f"{path}/deduplication?dry_run=true", json=body).status_code == 200
        merged = client.post(f"{path}/deduplication", json=body)
        assert merged.status_code == 201, merged.text
        assert client.get(path).json()["merged_into"] == kept
        until(lambda: {owner(client, each) for each in paths} == {kept}, 60)
        undone = client.post(f"{path}/deduplication/reversal", json={"reason": "Là hai"})
        assert undone.status_code == 201, undone.text
        until(lambda: {owner(client, each) for each in paths} == {duplicate}, 60)
        mistaken = register(client)
        gone = client.delete(
            f"/v1/registry/organizations/{mistaken}", params={"reason": "Nhập nhầm"}, headers={"If-Match": '"1"'}
        )
        assert gone.status_code == 204, gone.text
