"""The files in deploy/: what they name is there, and they are what the tools that read them would take."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from services.identity.settings import IdentitySettings
from tests.support.compose import FILE, containers, variables_of
from vca.cli import app
from vca.key_use import SEALED_COLUMNS
from vca.parts.clients import new_settings
from vca.parts.settings import APPS, PORTS

ROOT = Path(__file__).resolve().parent.parent.parent
DEPLOY = ROOT / "deploy"
MANIFESTS = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
SECRETS = dict(line.split("=", 1) for line in new_settings())
# What is read elsewhere than in a service's own settings (docs/operating.md).
OTHERS = {
    "VCA_PORT",
    "VCA_BIND",
    "VCA_HEALTH_PATH",
    "VCA_UPSTREAMS",
    "VCA_CORS_ORIGINS",
    "VCA_TRUSTED_HOPS",
    "VCA_ALLOW_PLAIN_HTTP",
    "VCA_GATEWAYS",
    "VCA_METRICS_PORT",
    "VCA_METRICS_BIND",
    "VCA_MIGRATION_URL",
    "AWS_ENDPOINT_URL",
    "AWS_ALLOW_HTTP",
    "AWS_REGION",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
}
MARKS = {f"VCA_KEYS_{name.upper()}_MARKS" for name in SEALED_COLUMNS}
KNOWN = (
    OTHERS
    | MARKS
    | {f"VCA_{name.upper()}" for name in IdentitySettings.model_fields}
    | {name for name in SECRETS if not name.startswith(("VCA_POSTGRES", "VCA_OBJECTS"))}
    | {f"VCA_DATABASE_URL_{name.upper()}" for name in APPS}
)


def _check_command(words: list[str]) -> None:
    """Parse a command as the command itself would, without running it."""
    assert words[0] == "vca", words
    command: Any = get_command(app)
    context = command.make_context("vca", list(words[1:]), resilient_parsing=True)
    name, found, rest = command.resolve_command(context, list(words[1:]))
    assert found is not None
    found.make_context(name, rest)


def test_every_command_of_the_compose_file_is_one_that_there_is_and_every_variable_is_known() -> None:
    found = containers(SECRETS)
    ours = {name: each for name, each in found.items() if each.image == "vca-platform"}
    assert set(ours) == {*APPS, "gateway", "migrate"}
    for name, each in ours.items():
        _check_command(each.command)
        assert set(each.environment) <= KNOWN, (name, set(each.environment) - KNOWN)
        assert each.document["user"] == "10001:10001"
        assert each.document["read_only"] is True
    assert {name: each.replicas for name, each in ours.items() if each.replicas > 1} == {"registry": 2, "funds": 2}
    for name in APPS:
        assert ours[name].command[:3] == ["vca", "serve", name]
        assert ours[name].command[-1] == str(PORTS[name])
    for each in found.values():
        assert set(each.depends_on) <= set(found)


def test_each_container_is_given_its_own_secrets_and_nobody_elses() -> None:
    document = yaml.safe_load(FILE.read_text())["services"]
    for name in APPS:
        given = variables_of(yaml.safe_dump(document[name]["environment"])) & set(SECRETS)
        strangers = {each for each in given if not each.startswith("VCA_OBJECTS") and name.upper() not in each}
        assert not strangers, (name, strangers)


def test_what_has_to_be_given_is_what_the_command_prints() -> None:
    needed = set(re.findall(r"\$\{(\w+):\?", FILE.read_text()))
    assert needed == set(SECRETS)
    assert variables_of(FILE.read_text()) - needed == {
        "VCA_IMAGE",
        "VCA_POSTGRES_IMAGE",
        "VCA_OBJECTS_IMAGE",
        "VCA_OBJECTS_CLIENT_IMAGE",
        "VCA_PUBLIC_URL",
        "VCA_AREA",
        "VCA_CORS_ORIGINS",
        "VCA_TRUSTED_HOPS",
        *MARKS,
    }


def test_kubernetes_would_take_the_manifests() -> None:
    (postgres,) = (manifest for manifest in MANIFESTS if manifest.stem == "10-postgres")
    # A resource of CloudNativePG, of which no package has the schema: only what all resources share is looked at.
    (cluster,) = yaml.safe_load_all(postgres.read_text())
    assert (cluster["apiVersion"], cluster["kind"]) == ("postgresql.cnpg.io/v1", "Cluster")
    others = [manifest for manifest in MANIFESTS if manifest != postgres]
    command = Path(sys.executable).parent / "kubernetes-validate"
    done = subprocess.run([command, "--strict", *others], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert all(manifest.name in done.stdout + done.stderr for manifest in others)


def _pods() -> Iterator[tuple[str, dict[str, Any]]]:
    for manifest in MANIFESTS:
        for document in yaml.safe_load_all(manifest.read_text()):
            if document["kind"] in ("Deployment", "Job"):
                yield document["metadata"]["name"], document["spec"]["template"]["spec"]


def test_pods_run_as_nobody_on_a_root_that_they_cannot_write_with_commands_and_settings_that_there_are() -> None:
    shared = yaml.safe_load((DEPLOY / "kubernetes" / "00-settings.yaml").read_text())["data"]
    assert set(shared) <= KNOWN
    pods = dict(_pods())
    assert set(pods) == {*APPS, "gateway", "migrate"}
    for name, pod in pods.items():
        (container,) = pod["containers"]
        _check_command(container["command"])
        assert pod["securityContext"]["runAsUser"] == 10001
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert container["resources"]["requests"]
        given = {each["name"] for each in container["env"]}
        assert given - KNOWN <= {each for each in SECRETS if each.startswith("VCA_POSTGRES_PASSWORD")}, name
        keys = {each["valueFrom"]["secretKeyRef"]["key"] for each in container["env"] if "valueFrom" in each}
        assert keys <= {*SECRETS, *MARKS}
        if name != "migrate":
            assert all(probe in container for probe in ("startupProbe", "readinessProbe", "livenessProbe"))


def test_the_image_stands_on_one_base_that_cannot_change() -> None:
    lines = [line.split() for line in (ROOT / "Dockerfile").read_text().splitlines() if line.startswith("FROM ")]
    bases = {words[1] for words in lines}
    assert len(lines) == 2
    assert len(bases) == 1
    assert re.fullmatch(r"python:3\.\d+-slim@sha256:[0-9a-f]{64}", bases.pop())


PARTS = {*APPS, "gateway"}


def _scraped(run_by: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((DEPLOY / "prometheus" / f"{run_by}.yml").read_text())
    assert document["rule_files"] == ["alerts.yml"]
    (scrape,) = document["scrape_configs"]
    assert scrape["job_name"] == "vca", "the alerts and dashboards go by it"
    found: dict[str, Any] = scrape
    return found


def test_prometheus_finds_every_container_and_nobody_outside_their_network_does() -> None:
    (look,) = _scraped("compose")["dns_sd_configs"]
    assert set(look["names"]) == PARTS
    found = containers(SECRETS)
    for name in PARTS:
        told = found[name].environment
        assert (told["VCA_METRICS_PORT"], told["VCA_METRICS_BIND"]) == (str(look["port"]), "0.0.0.0"), name
        assert not any(each.endswith(f":{look['port']}") for each in found[name].document.get("ports", ()))


def test_prometheus_finds_every_pod_by_the_name_of_its_port_and_no_service_leads_there() -> None:
    (keep,) = _scraped("kubernetes")["relabel_configs"]
    shared = yaml.safe_load((DEPLOY / "kubernetes" / "00-settings.yaml").read_text())["data"]
    port = int(shared["VCA_METRICS_PORT"])
    for name, pod in _pods():
        (container,) = pod["containers"]
        named = [each["containerPort"] for each in container.get("ports", ()) if each.get("name") == keep["regex"]]
        assert named == ([port] if name in PARTS else []), name
    for manifest in MANIFESTS:
        for document in yaml.safe_load_all(manifest.read_text()):
            if document["kind"] == "Service":
                assert port not in {each["port"] for each in document["spec"]["ports"]}


@pytest.mark.parametrize("language", ["", "vi/"])
def test_each_unit_is_scraped_at_a_port_of_its_own_as_the_page_on_deploying_says(language: str) -> None:
    (listed,) = _scraped("systemd")["static_configs"]
    ports = [int(target.removeprefix("127.0.0.1:")) for target in listed["targets"]]
    assert len(set(ports)) == len(PARTS)
    assert not {*ports} & {*PORTS.values(), 8000}
    page = (ROOT / "docs" / f"{language}deploying.md").read_text()
    (line,) = [line for line in page.splitlines() if "systemd.yml" in line]
    # From the first service to the last, the portal, the gateway.
    assert [int(each) for each in re.findall(r"\b9\d{3}\b", line)] == [ports[0], *ports[-3:]]


# Not of the cluster: promtool as Debian has it knows nothing of Kubernetes.
@pytest.mark.parametrize("run_by", ["compose", "systemd", "prometheus"])
def test_prometheus_would_take_its_configuration(run_by: str) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed here")
    path = DEPLOY / "prometheus" / f"{run_by}.yml"
    done = subprocess.run([promtool, "check", "config", path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_image_is_built_as_hadolint_advises() -> None:
    command = shutil.which("hadolint") or str(Path(sys.executable).parent / "hadolint")
    # DL3013, DL3042: pip takes the locked file, with hashes, and no cache.
    done = subprocess.run([command, str(ROOT / "Dockerfile")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("unit", sorted((DEPLOY / "systemd").glob("*.service")), ids=lambda path: path.stem)
def test_the_units_start_commands_that_there_are(unit: Path, tmp_path: Path) -> None:
    text = unit.read_text()
    command = next(line.partition("=")[2] for line in text.splitlines() if line.startswith("ExecStart="))
    words = shlex.split(command.replace("%i", "registry"))
    _check_command([Path(words[0]).name, *words[1:]])
    assert "ProtectSystem=strict" in text
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    name = unit.name.replace("@.", "@registry.")
    program = tmp_path / "vca"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    (tmp_path / name).write_text(
        text.replace("/opt/vca/.venv/bin/vca", str(program)).replace("User=vca\nGroup=vca\n", "")
    )
    done = subprocess.run(
        ["systemd-analyze", "verify", "--recursive-errors=no", "--man=no", str(tmp_path / name)],
        capture_output=True,
        text=True,
        check=False,
    )
    said = [line for line in done.stderr.splitlines() if name in line]
    assert said == [], done.stderr
