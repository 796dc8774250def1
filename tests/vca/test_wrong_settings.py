"""A setting that is wrong is refused by its name before anything starts, whoever reads it: no traceback, nothing made."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from vca import doctor
from vca.checked_settings import check_settings, check_settings_of_gateway
from vca.errors import Refusal
from vca.settings import Place

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(autouse=True)
def _told_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("VCA_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("VCA_HOME", str(tmp_path / "home"))


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("VCA_POOL_SIZE", "many", "VCA_POOL_SIZE=many must be a whole number from 2 to 200."),
        ("VCA_CALLS_PER_PERSON", "0", "VCA_CALLS_PER_PERSON=0 must be a whole number from 1."),
        ("VCA_LEAST_BYTES_PER_SECOND", "2kB", "VCA_LEAST_BYTES_PER_SECOND=2kB must be a whole number from 1."),
        ("VCA_UNUSUAL_READINGS_PER_HOUR", "x", "VCA_UNUSUAL_READINGS_PER_HOUR=x must be a whole number from 1."),
        ("VCA_ACCESS_TOKEN_SECONDS", "5", "VCA_ACCESS_TOKEN_SECONDS=5 must be a whole number from 60 to 3600."),
        ("VCA_TRACE_SHARE", "2", "VCA_TRACE_SHARE=2 must be a number from 0 to 1."),
        ("VCA_TRACE_SHARE", "half", "VCA_TRACE_SHARE=half must be a number from 0 to 1."),
        ("VCA_SECOND_FACTOR", "yes", "VCA_SECOND_FACTOR=yes must be one of off, optional, required."),
        ("VCA_RATE_LIMIT_PER_MINUTE", "60,000", "VCA_RATE_LIMIT_PER_MINUTE=60,000 must be a whole number from 1 to"),
        ("VCA_SIGN_IN_LIMIT_PER_MINUTE", "-1", "VCA_SIGN_IN_LIMIT_PER_MINUTE=-1 must be a whole number from 1 to"),
        ("VCA_GATEWAYS", "0", "VCA_GATEWAYS=0 must be a whole number from 1 to 1000."),
        ("VCA_TRUSTED_HOPS", "one", "VCA_TRUSTED_HOPS=one must be a whole number from 0 to 16."),
        ("VCA_METRICS_PORT", "99999", "VCA_METRICS_PORT=99999 must be a whole number from 0 to 65535."),
        ("VCA_POSTGRES_SLOW_MS", "0.5s", "VCA_POSTGRES_SLOW_MS=0.5s must be a whole number from -1 to"),
        ("VCA_LOG_LEVEL", "loud", "VCA_LOG_LEVEL=loud must be one of DEBUG, INFO, WARNING, ERROR, CRITICAL."),
        ("VCA_AREA", "ZZ", "VCA_AREA=ZZ is not VN, nor one of today's alliances such as 25-2025."),
        ("VCA_PUBLIC_URL", "vca.test", "VCA_PUBLIC_URL is no address such as https://… or http://…."),
        ("VCA_OTLP_ENDPOINT", "127.0.0.1:4318", "VCA_OTLP_ENDPOINT is no address such as http://… or https://…."),
        ("VCA_FILES_URL", "s3://", "VCA_FILES_URL is no address such as s3://…"),
        ("VCA_DATABASE_URL", "db1:5432", "VCA_DATABASE_URL is no address such as postgresql://…"),
        ("VCA_DATABASE_URL_FUNDS", "db1", "VCA_DATABASE_URL_FUNDS is no address such as postgresql://…"),
        ("VCA_MIGRATION_URL", "db1", "VCA_MIGRATION_URL is no address such as postgresql://…"),
        ("VCA_MIGRATION_URL_FUNDS", "db1", "VCA_MIGRATION_URL_FUNDS is no address such as postgresql://…"),
        ("VCA_SECURITY_CONTACT", "us@vca.test", "VCA_SECURITY_CONTACT is no address such as mailto:… or https://…."),
        ("VCA_CORS_ORIGINS", "https://a.test app.test", "VCA_CORS_ORIGINS=app.test is no origin such as https://app."),
        ("VCA_CORS_ORIGINS", "https://a.test/app", "VCA_CORS_ORIGINS=https://a.test/app is no origin such as https"),
        (
            "VCA_BIND",
            "gateway.test",
            "VCA_BIND=gateway.test is no address of this machine such as 127.0.0.1 or 0.0.0.0",
        ),
        ("VCA_BIND", "192.0.2.1", "VCA_BIND=192.0.2.1 is no address of this machine"),
        ("VCA_TLS_CERT", "/none", "VCA_TLS_CERT and VCA_TLS_KEY go together."),
        ("VCA_METRICS_BIND", "192.0.2.1", "VCA_METRICS_BIND=192.0.2.1 is no address of this machine"),
    ],
)
def test_a_setting_that_it_cannot_have_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(Refusal) as refused:
        check_settings_of_gateway()
    assert said in refused.value.en
    assert name in refused.value.vi
    assert refused.value.vi != refused.value.en


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VCA_PUBLIC_URL", "https://vca.test"),
        ("VCA_FILES_URL", "file:///var/lib/vca/files"),
        ("VCA_DATABASE_URL", "postgresql://vca:x@db1:5432,db2:5432/postgres?target_session_attrs=read-write"),
        ("VCA_SECURITY_CONTACT", "mailto:us@vca.test"),
        ("VCA_CORS_ORIGINS", "https://a.test http://localhost:3000"),
        ("VCA_BIND", "0.0.0.0"),
        ("VCA_LOG_LEVEL", "debug"),
        ("VCA_AREA", "25-2025"),
        ("VCA_TRACE_SHARE", "0.1"),
        ("VCA_TRUSTED_HOPS", ""),
        ("VCA_POOL_SIZE", ""),
    ],
)
def test_a_setting_as_the_pages_show_it_is_taken(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    check_settings_of_gateway()


def test_an_address_that_lies_in_a_file_is_looked_at_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    address = tmp_path / "address"
    for name in ("VCA_DATABASE_URL", "VCA_MIGRATION_URL_FUNDS"):
        monkeypatch.setenv(f"{name}_FILE", str(address))
        address.write_text("postgresql://vca:x@db:5432/postgres\n")
        check_settings_of_gateway()
        address.write_text("db:5432")
        with pytest.raises(Refusal, match=f"{name} is no address"):
            check_settings_of_gateway()
        monkeypatch.delenv(f"{name}_FILE")


def test_a_part_that_is_no_gateway_needs_not_to_listen_where_that_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VCA_BIND", "192.0.2.1")
    monkeypatch.setenv("VCA_TLS_CERT", "/none")
    check_settings()


def test_a_certificate_that_is_none_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "pair.pem").write_text("no certificate")
    monkeypatch.setenv("VCA_TLS_CERT", str(tmp_path / "pair.pem"))
    monkeypatch.setenv("VCA_TLS_KEY", str(tmp_path / "pair.pem"))
    with pytest.raises(Refusal, match="The certificate VCA_TLS_CERT and the key VCA_TLS_KEY cannot be used together"):
        check_settings_of_gateway()


def test_all_that_are_wrong_are_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VCA_POOL_SIZE", "many")
    monkeypatch.setenv("VCA_AREA", "ZZ")
    with pytest.raises(Refusal, match=r"VCA_POOL_SIZE=many .* VCA_AREA=ZZ"):
        check_settings()


def test_up_says_so_and_makes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VCA_CALLS_PER_PERSON", "all")
    tried = subprocess.run(
        [sys.executable, "-m", "vca", "up"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert tried.returncode == 2
    assert [line[:26] for line in tried.stderr.splitlines()] == ["vca: VCA_CALLS_PER_PERSON="] * 2
    assert not (tmp_path / "home").exists()


def test_doctor_names_it_instead_of_what_follows_from_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VCA_DATABASE_URL", "nonsense")
    monkeypatch.setenv("VCA_TRUSTED_HOPS", "one")
    found = [finding for finding in doctor.diagnose() if finding.code == "setting_refused"]
    assert [finding.en.split()[0] for finding in found] == ["VCA_TRUSTED_HOPS=one", "VCA_DATABASE_URL"]
    assert {finding.severity for finding in found} == {"fault"}


def test_doctor_is_told_a_home_that_is_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    assert "home_missing" in {finding.code for finding in doctor.diagnose()}


@pytest.mark.parametrize("text", ["0", "65536", "²", "http"])
def test_a_port_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("VCA_PORT", text)
    with pytest.raises(Refusal, match=f"VCA_PORT={text} is not a port number"):
        Place.from_environment()


def test_a_home_that_is_named_by_nothing_is_the_usual_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VCA_HOME", "")
    monkeypatch.setenv("VCA_PORT", "")
    place = Place.from_environment()
    assert (place.home, place.port) == (Path(".vca").resolve(), 8000)
