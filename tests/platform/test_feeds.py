"""The feeds of a running platform, begun anew by hand: followers are told, and the services' own go on by themselves."""

from __future__ import annotations

import pytest

from tests.platform.conftest import Platform
from tests.platform.test_following import borrows, follows, register
from tests.platform.test_platform import until

pytestmark = [pytest.mark.platform, pytest.mark.faults]


def test_a_new_life_begun_by_hand_is_told_to_followers_and_the_services_own_start_over(platform: Platform) -> None:
    with platform.client() as client:
        before = {
            name: client.get(f"/v1/{name}/changes?limit=1").json()["next_cursor"] for name in ("registry", "funds")
        }
        until(lambda: follows(client)["cursor"] is not None)
        done = platform.vca("feeds", "renew")
        assert (done.returncode, done.stdout.split()) == (0, ["identity", "registry", "funds", "training", "reporting"])
        for name, cursor in before.items():
            answer = client.get(f"/v1/{name}/changes", params={"after": cursor})
            assert answer.status_code == 410
            assert answer.json()["snapshot_url"] == f"/v1/{name}/exports"
        organization = register(client)
        until(lambda: borrows(client, organization), 60)
        refused = platform.vca("feeds", "renew", "nowhere")
        assert (refused.returncode, "nowhere" in refused.stderr) == (2, True)
