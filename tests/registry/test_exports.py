"""Snapshots: exactly the caller's records, byte for byte what a read gives, and a cursor that misses nothing."""

from __future__ import annotations

import asyncio
import csv
import hashlib
import io
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from kernel.database.connections import Database
from kernel.feed import jobs
from kernel.records.embedding import own_fields
from kernel.values.ids import new_id
from services.registry.organizations.schemas import Organization
from tests.registry.builders import LE_LOI, ORGANIZATIONS, PATH, Make, a_cooperative
from tests.support.answers import assert_problem, ok
from tests.support.client import ApiClient
from tests.support.waiting import ended_job

EXPORTS, CHANGES = f"{PATH}/exports", f"{PATH}/changes"


async def ended(client: ApiClient, job: dict[str, Any]) -> dict[str, Any]:
    return await ended_job(client, job["url"] if "url" in job else f"{PATH}/jobs/{job['id']}")


async def snapshot(client: ApiClient, **wanted: Any) -> tuple[dict[str, Any], bytes]:
    """Return the manifest and the bytes of its one file."""
    job = await ended(client, ok(await client.post(EXPORTS, json={"type": "organization", **wanted}), 202))
    assert (job["state"], job["progress_percent"]) == ("succeeded", 100)
    (file,) = job["result"]["files"]
    download = await client.anonymous().get(file["url"])
    assert download.status_code == 200
    assert (len(download.content), hashlib.sha256(download.content).hexdigest()) == (file["bytes"], file["sha256"])
    assert file["rows"] == job["result"]["rows"]
    return job["result"], download.content


async def test_an_export_begins_when_it_is_asked_for(
    registry: ApiClient, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "LOOK_SECONDS", 3600.0)
    await asyncio.sleep(1.2)  # By now the worker waits for an hour, if nobody wakes it.
    await make.organization()
    manifest, _ = await snapshot(registry)
    assert manifest["rows"] == 1
    monkeypatch.undo()
    await snapshot(registry)  # So that it looks each second again.


async def test_each_line_is_what_a_read_gives_and_another_area_is_not_in_it(registry: ApiClient, make: Make) -> None:
    ours = [(await make.organization()).id for _ in range(3)]
    theirs = (await make.organization(commune=LE_LOI)).id
    manifest, data = await snapshot(registry)
    lines = [json.loads(line) for line in data.splitlines()]
    assert [line["id"] for line in lines] == sorted(ours)
    for line in lines:
        read = ok(await registry.get(f"{ORGANIZATIONS}/{line['id']}"))
        # Exports keep to ids, without the names that a read puts beside them.
        assert line == {name: read[name] for name in own_fields(Organization)}
    assert (manifest["area"], manifest["rows"]) == ("25-2025", 3)
    _, everything = await snapshot(registry.as_(area="VN"))
    assert theirs in {json.loads(line)["id"] for line in everything.splitlines()}


async def test_csv_holds_the_same_records_with_vietnamese_letters_and_commas(registry: ApiClient, make: Make) -> None:
    organization = await make.organization(name='HTX "Sao, Mai" Đồng Tâm')
    _, data = await snapshot(registry, format="csv")
    (row,) = csv.DictReader(io.StringIO(data.decode()))
    assert (row["id"], row["name"], row["version"]) == (organization.id, organization.name, "1")
    assert json.loads(row["seat"]) == organization.seat


async def test_a_file_is_saved_under_a_name_that_says_what_is_in_it(registry: ApiClient, make: Make) -> None:
    await make.organization()
    manifest, _ = await snapshot(registry, format="csv")
    (file,) = manifest["files"]
    assert re.fullmatch(r"organization-[0-9a-f-]{36}\.csv", file["name"])
    for more in ("", "&bom=true"):
        saved = await registry.anonymous().get(file["url"] + more)
        assert saved.headers["content-disposition"] == f'attachment; filename="{file["name"]}"'


async def test_loading_a_snapshot_and_following_from_its_cursor_gives_what_stands(
    registry: ApiClient, make: Make
) -> None:
    before = [await make.organization() for _ in range(5)]
    manifest, data = await snapshot(registry)
    versions = {line["id"]: line["version"] for line in map(json.loads, data.splitlines())}
    change = {"name_short": "Đã đổi"}
    ok(await registry.patch(f"{ORGANIZATIONS}/{before[0].id}", json=change, headers={"If-Match": '"1"'}))
    later = await make.organization()
    client = registry.as_(scope="sync.read")
    page = ok(await client.get(CHANGES, params={"after": manifest["cursor"], "types": "organization"}))
    events = [(item["resource_id"], item["resource_version"]) for item in page["items"]]
    assert events == [(before[0].id, 2), (later.id, 1)]
    versions.update(events)
    assert versions == {**{organization.id: 1 for organization in before}, before[0].id: 2, later.id: 1}


async def test_a_signed_address_lives_five_minutes_and_opens_one_file_only(registry: ApiClient, make: Make) -> None:
    await make.organization()
    manifest, _ = await snapshot(registry)
    url, anyone = manifest["files"][0]["url"], registry.anonymous()
    assert (await anyone.get(url)).status_code == 200
    assert_problem(await anyone.get(url[:-1] + ("0" if url[-1] != "0" else "1")), 404, "not_found")
    other = url.replace(manifest["files"][0]["name"], f"{new_id()}.ndjson")
    assert_problem(await anyone.get(other), 404, "not_found")
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=5, seconds=2), tick=True):
        assert_problem(await anyone.get(url), 404, "not_found")


async def test_another_alliance_sees_neither_the_job_nor_its_files(registry: ApiClient) -> None:
    job = ok(await registry.post(EXPORTS, json={"type": "organization"}), 202)
    other = registry.as_(area="40-2025")
    assert_problem(await other.get(job["url"]), 404, "not_found")
    assert_problem(await other.post(f"{job['url']}/cancellation"), 404, "not_found")


async def test_an_address_that_was_not_signed_or_is_over_leads_nowhere(registry: ApiClient, make: Make) -> None:
    job = await ended(registry, ok(await registry.post(EXPORTS, json={"type": "organization"}), 202))
    path, _, query = job["result"]["files"][0]["url"].partition("?")
    expires, signature = (part.partition("=")[2] for part in query.split("&"))
    for signed in (
        {"expires": expires, "signature": "0" * 64},
        {"expires": expires, "signature": "chữ ký"},
        {"expires": str(int(expires) + 1), "signature": signature},
        {"expires": "9" * 30, "signature": signature},
        {"expires": "0", "signature": signature},
    ):
        assert_problem(await registry.anonymous().get(path, params=signed), 404, "not_found")


async def test_an_unknown_type_or_format_is_refused_at_its_field(registry: ApiClient) -> None:
    for body, pointer in (({"type": "loan"}, "/type"), ({"type": "organization", "format": "xml"}, "/format")):
        document = assert_problem(await registry.post(EXPORTS, json=body), 422, "invalid")
        assert [(error["pointer"], error["code"]) for error in document["errors"]] == [(pointer, "not_allowed")]


async def test_a_job_whose_worker_died_is_taken_up_again_by_the_next(
    registry: ApiClient, make: Make, db: Database
) -> None:
    organization = await make.organization()
    # As a worker leaves it that was killed in the middle: running, its lease over.
    id_ = new_id()
    await db.execute(
        "INSERT INTO job (id, kind, state, area, created_by, request, attempts, lease_until) VALUES "
        """($1::uuid, 'export', 'running', '25-2025', 'x', '{"type": "organization", "format": "ndjson"}', 1, """
        "now() - interval '1 second')",
        id_,
    )
    job = await ended(registry, {"id": id_})
    assert (job["state"], job["result"]["rows"]) == ("succeeded", 1)
    download = await registry.anonymous().get(job["result"]["files"][0]["url"])
    assert json.loads(download.content)["id"] == organization.id


async def test_a_job_that_has_ended_cannot_be_cancelled(registry: ApiClient) -> None:
    job = await ended(registry, ok(await registry.post(EXPORTS, json={"type": "product"}), 202))
    assert job["result"]["rows"] == 0
    assert_problem(await registry.post(f"{PATH}/jobs/{job['id']}/cancellation"), 409, "job_not_cancellable")


async def test_asking_twice_with_one_key_makes_one_job(registry: ApiClient, db: Database) -> None:
    key = {"Idempotency-Key": new_id()}
    responses = [await registry.post(EXPORTS, json={"type": "organization"}, headers=key) for _ in range(3)]
    assert len({ok(response, 202)["id"] for response in responses}) == 1
    assert await db.fetchval("SELECT count(*) FROM job") == 1


async def test_records_written_while_a_snapshot_is_taken_come_by_the_feed_or_are_in_it(registry: ApiClient) -> None:
    async def write() -> set[str]:
        bodies = [a_cooperative() for _ in range(60)]
        return {ok(await registry.post(ORGANIZATIONS, json=body), 201)["id"] for body in bodies}

    writing = asyncio.create_task(write())
    await asyncio.sleep(0.05)
    manifest, data = await snapshot(registry)
    written = await writing
    ids = {json.loads(line)["id"] for line in data.splitlines()}
    client, after = registry.as_(scope="sync.read"), manifest["cursor"]
    while True:
        page = ok(await client.get(CHANGES, params={"after": after}))
        ids |= {item["resource_id"] for item in page["items"] if item["resource_type"] == "organization"}
        if not page["items"]:
            break
        after = page["next_cursor"]
    assert ids == written
