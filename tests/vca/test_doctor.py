"""`vca doctor`: each finding is made true, and is found; a home that is well is told so."""

from __future__ import annotations

import asyncio
import json
import shutil
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from typer.testing import CliRunner

from kernel.database.connections import connect
from kernel.storage.last_backup import LastBackup, record
from tests.support.databases import Databases
from vca import connection_budget, doctor
from vca.cli import app
from vca.services import SERVICES
from vca.settings import Place


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A home with nothing wrong, which does not run."""
    for name in ("VCA_TLS_CERT", "VCA_TLS_KEY", "VCA_PUBLIC_URL", "VCA_BIND", "VCA_TRUSTED_HOPS", "VCA_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("VCA_HOME", str(tmp_path))
    tmp_path.chmod(0o700)
    for folder in ("keys", "logs", "run"):
        (tmp_path / folder).mkdir(mode=0o700)
    _backed_up(tmp_path)
    return Place.from_environment()


def _backed_up(home: Path, days: float = 0) -> None:
    made_at = datetime.now(UTC) - timedelta(days=days)
    record(home, LastBackup(made_at=made_at, bytes=1, is_encrypted=True, has_keys=False))


def _codes(findings: Any) -> set[str]:
    found = list(findings)
    for finding in found:
        assert finding.vi != finding.en
        assert finding.vi.endswith(".")
        assert finding.en.endswith(".")
    return {finding.code for finding in found}


def _offline(place: Place) -> set[str]:
    """Return what is found without asking anybody."""
    return _codes(
        [
            *doctor._home(place),
            *doctor._backup(place),
            *doctor._certificate(),
            *doctor._exposure(place),
            *doctor._logs(place),
        ]
    )


def test_a_home_that_is_well_gives_nothing(place: Place) -> None:
    assert _offline(place) == set()


def test_a_home_that_is_not_there(place: Place) -> None:
    shutil.rmtree(place.home)
    assert "home_missing" in _offline(place)


class _Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.mark.parametrize(("used", "code"), [(84, None), (86, "disk_low"), (96, "disk_full")])
def test_a_disk_that_fills(place: Place, monkeypatch: pytest.MonkeyPatch, used: int, code: str | None) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: _Usage(100, used, 100 - used))
    assert _offline(place) == ({code} if code else set())


def test_keys_that_others_may_read(place: Place) -> None:
    key = place.home / "keys" / "identity.key"
    key.write_text("x")
    key.chmod(0o640)
    assert _offline(place) == {"open_to_others"}
    key.chmod(0o600)
    assert _offline(place) == set()


def test_a_backup_that_is_missing_or_old(place: Place) -> None:
    _backed_up(place.home, days=3)
    assert _offline(place) == {"backup_old"}
    (place.run / "last-backup.json").unlink()
    assert _offline(place) == {"backup_missing"}


def _certificate(folder: Path, days: float) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "vca.test")])
    until = datetime.now(UTC) + timedelta(days=days)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(until - timedelta(days=90))
        .not_valid_after(until)
        .sign(key, hashes.SHA256())
    )
    cert, private = folder / f"{days}.pem", folder / f"{days}.key"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return cert, private


def test_a_certificate_that_ends_or_does_not_fit(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "run"
    made = {days: _certificate(folder, days) for days in (-1, 5, 60)}
    for days, code in ((-1, "certificate_expired"), (5, "certificate_expires"), (60, None)):
        monkeypatch.setenv("VCA_TLS_CERT", str(made[days][0]))
        monkeypatch.setenv("VCA_TLS_KEY", str(made[days][1]))
        assert _offline(place) == ({code} if code else set())
    monkeypatch.setenv("VCA_TLS_KEY", str(made[5][1]))
    assert _offline(place) == {"certificate_unusable"}
    monkeypatch.setenv("VCA_TLS_CERT", str(folder / "nothing.pem"))
    assert _offline(place) == {"certificate_unusable"}


@pytest.mark.parametrize(
    ("settings", "codes"),
    [
        ({"VCA_PUBLIC_URL": "http://vca.example.vn"}, {"plain_http"}),
        ({"VCA_PUBLIC_URL": "https://vca.example.vn"}, {"trusted_hops"}),
        ({"VCA_PUBLIC_URL": "https://vca.example.vn", "VCA_TRUSTED_HOPS": "1"}, set()),
        (
            {"VCA_PUBLIC_URL": "http://127.0.0.1:8000", "VCA_BIND": "0.0.0.0", "VCA_TRUSTED_HOPS": "1"},
            {"trusted_hops_open"},
        ),
    ],
)
def test_how_it_is_reached(
    place: Place, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], codes: set[str]
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    assert _offline(Place.from_environment()) == codes


def test_logs_beyond_their_bound(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VCA_LOG_MAX_MB", "0.1")
    (place.logs / "registry.log").write_bytes(b"x" * 1_300_000)
    assert _offline(place) == {"log_not_rotated"}
    monkeypatch.setenv("VCA_LOG_MAX_MB", "none")
    assert _offline(place) == {"log_settings"}


@pytest.fixture
async def databases_of(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A database for each service, named by settings."""
    import contextlib

    async with contextlib.AsyncExitStack() as stack:
        urls = {}
        for service in SERVICES:
            urls[service.name] = await stack.enter_async_context(databases.clone(service.name))
            monkeypatch.setenv(f"VCA_DATABASE_URL_{service.name.upper()}", urls[service.name])
        yield urls


async def test_a_server_of_several_hosts_is_one_server(
    place: Place, databases_of: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for service in SERVICES:
        before, _, after = databases_of[service.name].rpartition("/")
        monkeypatch.setenv(f"VCA_DATABASE_URL_{service.name.upper()}", f"{before},127.0.0.1:1/{after}")
    monkeypatch.setenv("VCA_POOL_SIZE", "2")
    assert _codes(await doctor._databases(place)) == {"fsync_off"}


async def test_connections_that_a_start_would_refuse_are_found_too(
    place: Place, databases_of: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = await connect(databases_of["registry"])
    allowed = await connection.fetchval(connection_budget.ALLOWED)
    await connection.close()
    size = next(size for size in range(2, 200) if connection_budget.needed(len(SERVICES), size) > allowed)
    for pool, codes in ((size - 1, {"fsync_off"}), (size, {"fsync_off", "connections_short"})):
        monkeypatch.setenv("VCA_POOL_SIZE", str(pool))
        assert _codes(await doctor._databases(place)) == codes


async def test_databases_that_are_well_or_not(
    place: Place, databases_of: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The tests' own server runs without fsync, and has few connections.
    usual = {"fsync_off"}
    monkeypatch.setenv("VCA_POOL_SIZE", "2")
    assert _codes(await doctor._databases(place)) == usual

    monkeypatch.setenv("VCA_POOL_SIZE", "200")
    assert "connections_short" in _codes(await doctor._databases(place))
    monkeypatch.setenv("VCA_POOL_SIZE", "2")

    registry = await connect(databases_of["registry"])
    await registry.execute("UPDATE alembic_version SET version_num = 'registry_0001'")
    assert _codes(await doctor._databases(place)) == {*usual, "migrations_differ"}
    await registry.close()

    funds = await connect(databases_of["funds"])
    await funds.execute(
        "INSERT INTO followed_feed (feed, area, life, is_whole, known_at) VALUES ('organizations', 'VN', 1, true, now() - interval '1 hour')"
    )
    assert "follower_behind" in _codes(await doctor._databases(place))
    await funds.execute(
        "INSERT INTO key_fingerprint (name, fingerprint) SELECT k, 'another' FROM unnest(ARRAY['funds', 'funds-sealing', 'sealing']) k"
    )
    (place.home / "keys" / "funds.key").write_bytes(b"short")
    assert "key_refused" in _codes(await doctor._databases(place))
    await funds.close()

    monkeypatch.setattr(doctor, "OLDEST_POSTGRESQL", 990_000)
    monkeypatch.setattr(doctor, "_CLOCK_SECONDS", -1.0)
    monkeypatch.setattr(doctor, "_LONG_TRANSACTION_SECONDS", -1)
    assert {"postgresql_old", "clock_skew", "transaction_old"} <= _codes(await doctor._databases(place))

    monkeypatch.setenv("VCA_DATABASE_URL_REGISTRY", databases_of["registry"].rpartition("/")[0] + "/nothing")
    assert "database_unreachable" in _codes(await doctor._databases(place))


def test_a_platform_that_is_down_is_looked_at_all_the_same(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VCA_PUBLIC_URL", "http://127.0.0.1:1")
    told = CliRunner().invoke(app, ["doctor", "--json"])
    assert told.exit_code == 2
    assert {finding["code"] for finding in json.loads(told.stdout)} == {"database_stopped", "gateway_unreachable"}
    in_words = CliRunner().invoke(app, ["doctor"])
    assert "hãy chạy vca up" in in_words.stdout
    assert "run vca up" in in_words.stdout


class _Platform(BaseHTTPRequestHandler):
    """What a gateway answers."""

    health: dict[str, Any] = {}
    kids: tuple[str, ...] = ("a",)

    def do_GET(self) -> None:
        document: Any = self.health if self.path == "/health" else {"keys": [{"kid": kid} for kid in self.kids]}
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def answering(place: Place, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[_Platform]]:
    """Something that answers at the public address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Platform)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("VCA_PUBLIC_URL", f"http://127.0.0.1:{server.server_port}")
    yield _Platform
    server.shutdown()
    server.server_close()


def test_what_the_platform_says_of_itself(
    place: Place, answering: type[_Platform], monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place.from_environment()
    place.jwks.write_text(json.dumps({"keys": [{"kid": "a"}]}))
    well = {"status": "ok", "checks": {"database": "ok"}}
    monkeypatch.setattr(answering, "health", {"services": {"registry": well}})
    assert _codes(asyncio.run(doctor._running(place))) == set()
    failing = {"status": "failing", "checks": {"database": "ok", "migrations": "stands at registry_0001"}}
    monkeypatch.setattr(answering, "health", {"services": {"registry": failing}})
    monkeypatch.setattr(answering, "kids", ("b",))
    assert _codes(asyncio.run(doctor._running(place))) == {"service_not_ready", "jwks_differ"}
