"""The file of public keys, broken under a platform that runs: written again at once, and nobody is refused meanwhile."""

from __future__ import annotations

import json

import pytest

from tests.platform.conftest import Platform
from tests.platform.test_platform import until
from vca.liveness import HUNG_SECONDS

pytestmark = [pytest.mark.platform, pytest.mark.faults]


@pytest.mark.parametrize("broken", [b"", b'{"keys": ['], ids=["empty", "cut off"])
def test_broken_keys_are_written_again_while_everybody_is_served(platform: Platform, broken: bytes) -> None:
    file = platform.home / "run" / "jwks.json"
    whole = json.loads(file.read_bytes())
    with platform.client(area="25-2025") as client:
        file.write_bytes(broken)
        assert client.get("/v1/registry/organizations?limit=1").status_code == 200
        until(lambda: file.read_bytes() not in (b"", broken), HUNG_SECONDS)
        assert json.loads(file.read_bytes()) == whole
        assert client.get("/v1/registry/organizations?limit=1").status_code == 200
        assert client.get("/health").json()["status"] == "ok"
