"""What a newcomer sees: one command, an answered request, and nothing lost when a part is killed."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import time
from collections.abc import Callable

import httpx
import pytest

from tests.platform.conftest import ROOT, Platform
from tests.support.folders import statuses
from vca.settings import Place
from vca.tokens import token_of

pytestmark = pytest.mark.platform
PHU_THO = {"from": "2023-01-01", "to": "2023-08-31", "province": "25-2008"}
PUBLISHED = {
    "cooperatives_total": 698,
    "cooperatives_operating": 548,
    "cooperatives_new_supported": 36,
    "alliance_members_admitted": 23,
    "alliance_member_cooperatives_total": 415,
    "alliance_member_share_of_active": 75.7299,
    "certified_area_vietgap": 643,
    "certified_cooperatives_vietgap": 4,
}


def until(check: Callable[[], object], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if check():
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise AssertionError("it did not come back in time")


def test_the_figures_phu_tho_published_are_answered_through_the_gateway(platform: Platform) -> None:
    with platform.client() as client:
        items = client.get("/v1/registry/indicator-values", params=PHU_THO).json()["items"]
        values = {item["indicator"]: item for item in items}
        assert {code: values[code]["value"] for code in PUBLISHED} == PUBLISHED
        share = values["alliance_member_share_of_active"]
        assert (share["numerator"], share["denominator"]) == (415, 548)


def test_examples_are_served_through_the_gateway_and_sent_once(platform: Platform) -> None:
    with httpx.Client(base_url=f"{platform.gateway}/openapi/examples", timeout=30) as stranger:
        first = stranger.get("/create_loan/request.json")
        assert (first.status_code, first.headers["cache-control"]) == (200, "public, max-age=600")
        assert first.json() == stranger.get("/create_loan.json").json()["request"]["body"]
        again = stranger.get("/create_loan/request.json", headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        unknown = stranger.get("/create_castle.json")
        assert (unknown.status_code, unknown.headers["content-type"]) == (404, "application/problem+json")
    shown = httpx.get(f"{platform.gateway}/openapi/funds.json?examples=true", timeout=30).json()
    sent = shown["paths"]["/v1/funds/loans"]["post"]["requestBody"]["content"]["application/json"]
    assert sent["examples"]["create_loan"]["value"] == first.json()


def test_the_first_request_of_the_readme_answers_what_stands_below_it(platform: Platform) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    request = re.search(r"'http://127\.0\.0\.1:8000(/[^']+)'", readme)
    answer = re.search(r"```json\n(.*?)```", readme, re.DOTALL)
    assert request is not None
    assert answer is not None
    with platform.client() as client:
        assert client.get(request[1]).json() == json.loads(answer[1])


def test_every_published_figure_opens_to_exactly_the_records_it_counts(platform: Platform) -> None:
    with platform.client() as client:
        for item in client.get("/v1/registry/indicator-values", params=PHU_THO).json()["items"]:
            if item["status"] == "not_reported":
                assert (item["value"], item["evidence"]) == (None, None)
                continue
            counted = item["value"] if item["numerator"] is None else item["numerator"]
            listed = client.get(item["evidence"] + "&count=exact&limit=200").json()
            if item["unit"] == "hectare":
                counted, listed["count"] = counted, sum(float(c["area_hectares"]) for c in listed["items"])
            assert listed["count"] == counted, item["indicator"]
            if item["denominator_evidence"]:
                assert client.get(item["denominator_evidence"] + "&count=exact").json()["count"] == item["denominator"]


def test_the_new_province_asked_for_the_same_days_says_that_it_knows_only_part(platform: Platform) -> None:
    with platform.client() as client:
        items = client.get("/v1/registry/indicator-values", params={**PHU_THO, "province": "25-2025"}).json()["items"]
    total = next(item for item in items if item["indicator"] == "cooperatives_total")
    # Old Phú Thọ's 698 and the 505 that old Hòa Bình had on the same day.
    assert (total["value"], total["status"], total["missing_provinces"]) == (698 + 505, "partial", ["26-2008"])


def test_another_alliance_sees_neither_the_records_nor_the_figures(platform: Platform) -> None:
    with platform.client(area="40-2025") as client:
        assert client.get("/v1/registry/organizations?count=exact").json()["count"] == 0
        items = client.get("/v1/registry/indicator-values", params=PHU_THO).json()["items"]
        assert {(item["value"], item["status"]) for item in items} == {(None, "outside_area")}


def test_the_credentials_file_is_for_its_owner_only_and_every_one_in_it_gets_a_token(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert stat.S_IMODE((platform.home / "demo-credentials.json").stat().st_mode) == 0o600
    names = [c["client_id"] for c in platform.credentials["clients"]]
    names += [a["username"] for a in platform.credentials["accounts"]]
    monkeypatch.setenv("VCA_HOME", str(platform.home))
    monkeypatch.setenv("VCA_PORT", str(platform.port))
    for name in names:
        assert token_of(name, Place.from_environment()).count(".") == 2, name
    assert platform.vca("token", names[0]).stdout.count(".") == 2


@pytest.mark.parametrize("words", ["services.registry.main", "services.identity.main", "envoy", "bin/postgres"])
def test_a_part_that_is_killed_comes_back_with_the_data_intact(platform: Platform, words: str) -> None:
    with platform.client() as client:
        created = client.post(
            "/v1/registry/organizations",
            json={
                "type": "cooperative",
                "name": f"Hợp tác xã Bền Vững {os.urandom(4).hex()}",
                "seat": {"commune_code": "08230", "commune_map": "2008"},
                "force": True,
                "reason": "Thử dừng đột ngột",
            },
        )
        assert created.status_code == 201
        os.kill(platform.pid_of(words), signal.SIGKILL)
        until(lambda: client.get(created.headers["location"]).status_code == 200)
        until(lambda: client.get("/health").status_code == 200)
        # Backends that outlived their PostgreSQL for a moment may have answered both.
        until(lambda: client.get(created.headers["location"]).json().get("name") == created.json()["name"])


def test_nobody_else_reads_what_a_home_keeps(platform: Platform) -> None:
    modes = {path: found.st_mode for path, found in statuses(platform.home).items()}
    kept = {path: mode for path, mode in modes.items() if stat.S_ISDIR(mode) or stat.S_ISREG(mode)}
    assert len(kept) > 100
    # PostgreSQL makes its socket and the lock of it for all; the folder around them is closed.
    own = platform.home / "postgres" / "run"
    assert [path for path, mode in kept.items() if mode & 0o077 and path.parent != own] == []


def test_backup_and_restore_bring_every_record_back_and_begin_a_new_feed(platform: Platform) -> None:
    with platform.client() as client:
        before = client.get("/v1/registry/organizations?count=exact&limit=1").json()["count"]
    file = platform.home.parent / "backup.tar"
    done = platform.vca("backup", str(file))
    assert done.returncode == 0, done.stderr
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    refused = platform.vca("restore", str(file))
    assert refused.returncode == 2
    assert "--replace" in refused.stderr
    done = platform.vca("restore", str(file), "--replace")
    assert done.returncode == 0, done.stderr
    with platform.client() as client:
        until(lambda: client.get("/v1/registry/organizations?count=exact&limit=1").status_code == 200)
        assert client.get("/v1/registry/organizations?count=exact&limit=1").json()["count"] == before


def test_a_second_run_on_the_same_home_or_port_is_refused_in_one_sentence(platform: Platform) -> None:
    done = platform.vca("up")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert str(platform.home) in done.stderr
    elsewhere = Platform(platform.home.parent / "other", platform.port)
    done = elsewhere.vca("up")
    assert done.returncode == 2
    assert str(platform.port) in done.stderr


def test_ctrl_c_ends_it_cleanly_and_the_second_start_loads_nothing_again(platform: Platform) -> None:
    platform.stop()
    assert platform.process is not None
    assert platform.process.returncode == 0
    assert "cut off" not in platform.log.read_text()
    platform.forget_log()
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{platform.gateway}/health")
    platform.start()
    assert "demo data" not in platform.log.read_text()
    assert httpx.get(f"{platform.gateway}/health").json()["status"] == "ok"
