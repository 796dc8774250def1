"""What a part that runs by itself is not told, or told wrongly, is said in one sentence before anything starts."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.support.databases import Databases
from tests.support.object_store import BUCKET, object_store
from vca.errors import Refusal
from vca.parts.clients import new_settings
from vca.parts.gateway import gateway
from vca.parts.serving import serve
from vca.parts.settings import given_client_secrets
from vca.settings import given_database, given_owner


@pytest.fixture(scope="module")
async def url(databases: Databases) -> AsyncIterator[str]:
    async with databases.clone("funds") as address:
        yield address


@pytest.fixture
def port() -> Iterator[int]:
    """A port that is taken: a part that is told all it needs gets no further."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


@pytest.fixture(autouse=True)
def _told(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that the funds, the portal and the gateway need."""
    settings = {
        **dict(line.split("=", 1) for line in new_settings()),
        "VCA_HOME": str(tmp_path),
        "VCA_PUBLIC_URL": "https://vca.test",
        "VCA_DATABASE_URL": url,
        "VCA_FILES_URL": f"file://{tmp_path}/files",
        "VCA_IDENTITY_URL": "http://identity:8101",
        "VCA_REGISTRY_URL": "http://registry:8102",
        "VCA_UPSTREAMS": "identity=identity:8101 portal=portal:8106",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)


def _start(words: list[str], port: int) -> None:
    if words[0] == "serve":
        serve(words[1], host="127.0.0.1", port=port, workers=1)
    elif words[0] == "gateway":
        gateway(words[1:], host=None, port=port)
    else:
        given_client_secrets()


FUNDS, PORTAL, GATEWAY, SECRETS = ["serve", "funds"], ["serve", "portal"], ["gateway"], ["secrets"]


@pytest.mark.parametrize(
    ("words", "left_out", "wrong", "said"),
    [
        (FUNDS, "VCA_KEYS_FUNDS", {}, "VCA_KEYS_FUNDS (a key"),
        (FUNDS, "VCA_CLIENT_SECRET_FUNDS", {}, "VCA_CLIENT_SECRET (the secret"),
        (FUNDS, "VCA_FILES_URL", {}, "VCA_FILES_URL (the store of files"),
        (FUNDS, "VCA_PUBLIC_URL", {}, "VCA_PUBLIC_URL (the address"),
        (FUNDS, "", {"VCA_IDENTITY_URL": "identity:8101"}, "VCA_IDENTITY_URL is no address such as http://"),
        (FUNDS, "", {"VCA_FILES_URL": "ftp://files"}, "VCA_FILES_URL is no address such as s3://"),
        (FUNDS, "", {"VCA_KEYS_FUNDS": "short"}, "VCA_KEYS_FUNDS is damaged"),
        (FUNDS, "VCA_KEYS_FUNDS", {"VCA_KEYS_FUNDS_FILE": "/none"}, "VCA_KEYS_FUNDS_FILE cannot be read"),
        (FUNDS, "", {"VCA_POOL_SIZE": "many"}, "VCA_POOL_SIZE=many must be"),
        (FUNDS, "", {"VCA_DATABASE_URL": "postgresql://x@127.0.0.1:1/x"}, "The database of funds cannot be reached"),
        (FUNDS, "", {"VCA_DRAIN_SECONDS": "soon"}, "VCA_DRAIN_SECONDS=soon is no number"),
        (FUNDS, "", {"VCA_LOG_LEVEL": "loud"}, "VCA_LOG_LEVEL=loud must be one of DEBUG"),
        (FUNDS, "", {}, "cannot be listened on"),
        (["serve", "fund"], "", {}, "There is no service fund"),
        (PORTAL, "VCA_UPSTREAMS", {}, "VCA_UPSTREAMS (where the services are)"),
        (PORTAL, "", {"VCA_METRICS_PORT": "ninety"}, "VCA_METRICS_PORT=ninety must be a whole number"),
        (PORTAL, "", {"VCA_UPSTREAMS": "{"}, "VCA_UPSTREAMS is no JSON"),
        (GATEWAY, "VCA_UPSTREAMS", {}, "--upstream identity=host:port is missing"),
        ([*GATEWAY, "registry=nowhere"], "", {}, "nowhere is no host:port"),
        ([*GATEWAY, "wares=a:1"], "", {}, "one of identity, registry"),
        (GATEWAY, "VCA_PUBLIC_URL", {}, "VCA_PUBLIC_URL is missing"),
        (GATEWAY, "", {"VCA_TLS_CERT": "/none"}, "VCA_TLS_CERT and VCA_TLS_KEY go together"),
        (
            GATEWAY,
            "",
            {"VCA_TLS_CERT": "/none", "VCA_TLS_KEY": "/none"},
            "/none of VCA_TLS_CERT and VCA_TLS_KEY cannot be read",
        ),
        (GATEWAY, "", {"VCA_TRACE_SHARE": "half"}, "VCA_TRACE_SHARE=half must be a number from 0 to 1"),
        (GATEWAY, "", {"VCA_TRUSTED_HOPS": "one"}, "VCA_TRUSTED_HOPS=one must be a whole number"),
        (GATEWAY, "", {}, "cannot be listened on"),
        (SECRETS, "VCA_CLIENT_SECRET_FUNDS", {"VCA_CLIENT_SECRET_FUNDS_FILE": "/none"}, "The file /none of VCA_CLIENT"),
    ],
)
async def test_what_is_missing_or_wrong_is_said_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, port: int, words: list[str], left_out: str, wrong: dict[str, str], said: str
) -> None:
    if left_out:
        monkeypatch.delenv(left_out)
    for name, value in wrong.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(Refusal) as refused:
        # It has a loop of its own.
        await asyncio.to_thread(_start, words, port)
    error = refused.value
    assert said in error.en
    assert error.vi != error.en
    assert "\n" not in error.en


async def test_an_object_store_that_refuses_is_told_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch, port: int
) -> None:
    with object_store() as store:
        for name, value in store.settings.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("VCA_FILES_URL", "s3://nowhere/files")
        with pytest.raises(Refusal, match=r"The object store s3://nowhere/files refuses: NoSuchBucket\."):
            await asyncio.to_thread(_start, FUNDS, port)
        monkeypatch.setenv("VCA_FILES_URL", f"s3://{BUCKET}/files")
        with pytest.raises(Refusal, match="cannot be listened on"):
            await asyncio.to_thread(_start, FUNDS, port)
    with pytest.raises(Refusal, match="cannot be listened on"):  # Down: it starts all the same.
        await asyncio.to_thread(_start, FUNDS, port)


async def test_addresses_of_databases_may_lie_in_files_for_every_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("VCA_DATABASE_URL", "VCA_DATABASE_URL_REGISTRY", "VCA_MIGRATION_URL", "VCA_MIGRATION_URL_FUNDS"):
        monkeypatch.delenv(name, raising=False)
        (tmp_path / name).write_text(f"postgresql://{name}/db\n")
        monkeypatch.setenv(f"{name}_FILE", str(tmp_path / name))
    assert given_database("registry") == "postgresql://VCA_DATABASE_URL_REGISTRY/db"
    assert given_database("training") == "postgresql://VCA_DATABASE_URL/db"
    assert given_owner("funds") == "postgresql://VCA_MIGRATION_URL_FUNDS/db"
    assert given_owner("training") == "postgresql://VCA_MIGRATION_URL/db"
    (tmp_path / "VCA_DATABASE_URL").unlink()
    with pytest.raises(Refusal, match="VCA_DATABASE_URL_FILE cannot be read"):
        given_database("training")
