"""The TypeScript of the guide: it compiles strictly, and does on a running platform what its page says."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import pytest

from kernel.values.ids import new_id
from tests.docs.guide_typescript import compiled
from tests.platform.conftest import Platform

pytestmark = pytest.mark.platform

_PROGRAM = """
import { uuid7 } from "./writing-safely.js";
import { drain } from "./offline-phones.js";
import { every } from "./lists.js";
import { patiently } from "./errors.js";
const { API, TOKEN } = process.env;
const headers = { Authorization: `Bearer ${TOKEN}`, "Content-Type": "application/json" };
const get = path => fetch(API + path, { headers });
const organization = name => JSON.stringify({ id: uuid7(), type: "cooperative", name, force: true, reason: "Thử hàng đợi",
  seat: { commune_code: "00004", commune_map: "2025" } });
const waiting = body => ({ id: uuid7(), method: "POST", path: "/v1/registry/organizations", body });
const queue = [waiting(organization("Hợp tác xã Đi Rừng")), waiting("{}"), waiting(organization("Hợp tác xã Về Phố"))];
let sendings = 0;
const send = async item => {
  const answer = await fetch(API + item.path, { method: item.method, headers, body: item.body });
  if (++sendings === 1) throw new TypeError("the answer was lost");
  return answer;
};
const first = await drain(queue, send);
const second = await drain(first.left, send);
let answered = 0;
const busy = async () => new Response("{}", answered++ ? { status: 200 } : { status: 409, headers: { "Retry-After": "1" } });
const running = await drain([waiting("{}")], busy);
answered = 0;
const waited = (await patiently(busy)).status;
const listed = [];
for await (const each of every("/v1/registry/organizations?province=25-2008&limit=200&fields=id", get)) listed.push(each.id);
const told = await (await patiently(() => get("/v1/registry/organizations?province=25-2008&limit=1&count=exact"))).json();
const ids = Array.from({ length: 300 }, (_, at) => uuid7(1_750_000_000_000 + at));
console.log(JSON.stringify({ first: first.left.length, left: second.left.length, aside: second.aside.map(item => item.body),
  running: running.left.length, waited, sendings, listed: new Set(listed).size, count: told.count, ids }));
"""


@pytest.fixture(scope="module")
def answers(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a program answers that uses the modules of the pages."""
    folder = tmp_path_factory.mktemp("typescript")
    compiled(folder, platform.gateway)
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "program.js").write_text(_PROGRAM, encoding="utf-8")
    with platform.client() as client:
        token = client.headers["Authorization"].removeprefix("Bearer ")
    node = shutil.which("node")
    assert node is not None
    done = subprocess.run(
        [node, "program.js"],
        cwd=folder,
        env={**platform.environment, "API": platform.gateway, "TOKEN": token},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_queue_keeps_what_was_not_answered_and_puts_aside_what_a_person_has_to_look_at(
    answers: dict[str, Any],
) -> None:
    assert (answers["first"], answers["left"], answers["aside"]) == (3, 0, ["{}"])
    assert answers["sendings"] == 4  # The lost one, and then each of the three.


def test_what_is_still_being_done_is_waited_for_and_not_put_aside(answers: dict[str, Any]) -> None:
    assert (answers["running"], answers["waited"]) == (1, 200)


def test_every_item_of_a_list_is_read_once(answers: dict[str, Any]) -> None:
    assert answers["listed"] == answers["count"] > 200


def test_ids_minted_by_the_page_are_in_the_order_of_their_time_and_taken_by_the_platform(
    platform: Platform, answers: dict[str, Any]
) -> None:
    ids = answers["ids"]
    assert sorted(ids) == ids
    assert len(set(ids)) == len(ids) == 300
    assert {(id_[14], len(id_)) for id_ in ids} == {("7", len(new_id()))}
    assert {id_[19] for id_ in ids} == {*"89ab"}
