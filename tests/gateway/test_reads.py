"""Reads, which are most calls, pass by what has nothing to do for them, and by nothing else."""

from __future__ import annotations

import httpx
import pytest

from services.gateway.config import MAX_BODY_BYTES
from tests.gateway.edge import Edge
from tests.support.answers import assert_problem
from tests.support.tokens import token

READ = "/v1/registry/large"
LOCAL = "http://localhost:5173"
ENCODINGS = {None: None, "gzip": "gzip", "br": "br", "gzip, br": "br", "br;q=0.5, gzip;q=0.1": "br", "deflate": None}


def _read(gateway: Edge, path: str, **headers: str | None) -> httpx.Response:
    """Read with these headers alone; httpx would name encodings by itself."""
    with gateway.client(token()) as client:
        del client.headers["Accept-Encoding"]
        return client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items() if value})


@pytest.mark.parametrize("origin", [None, LOCAL])
@pytest.mark.parametrize(("accepted", "used"), ENCODINGS.items())
def test_an_answer_comes_in_the_encoding_that_a_page_or_a_program_takes(
    edge: Edge, accepted: str | None, used: str | None, origin: str | None
) -> None:
    answer = _read(edge, READ, accept_encoding=accepted, origin=origin)
    assert (answer.status_code, answer.headers.get("content-encoding")) == (200, used)
    if used != "br":
        # That one httpx reads only where the package is installed.
        assert len(answer.json()["items"]) == 200
    assert answer.headers.get("access-control-allow-origin") == origin
    varies = [name.strip() for name in answer.headers["vary"].split(",")]
    assert sorted(varies) == ["Accept-Encoding", "Origin"], "each once, also where nothing is compressed"


@pytest.mark.parametrize("encoding", [None, "gzip", "br"])
def test_a_read_with_too_large_a_body_is_refused_whatever_its_caller_takes(edge: Edge, encoding: str | None) -> None:
    with edge.client(token()) as client:
        del client.headers["Accept-Encoding"]
        headers = {"Accept-Encoding": encoding} if encoding else {}
        for body in (b"x" * (MAX_BODY_BYTES + 1), iter([b"x" * MAX_BODY_BYTES, b"x"])):
            assert_problem(client.request("GET", READ, content=body, headers=headers), 413, "body_too_large")
