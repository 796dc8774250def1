"""deploy/compose.yaml as an engine would read it: variables put in, and a strict look at what stands in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).resolve().parent.parent.parent / "deploy" / "compose.yaml"
_VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")

SERVICE_KEYS = {
    "image",
    "restart",
    "user",
    "read_only",
    "tmpfs",
    "cap_drop",
    "security_opt",
    "stop_grace_period",
    "command",
    "environment",
    "depends_on",
    "deploy",
    "healthcheck",
    "ports",
    "volumes",
}
"""What of the Compose specification these files use; anything else is a slip of the pen."""
TOP_KEYS = {"name", "services", "volumes"}


@dataclass(frozen=True)
class Container:
    """A service of the file."""

    name: str
    image: str
    command: list[str]
    environment: dict[str, str]
    replicas: int
    depends_on: list[str]
    document: dict[str, Any]


def interpolated(text: str, variables: Mapping[str, str]) -> str:
    """Put variables in: `${X}`, `${X:-default}`, `${X:?why it is needed}`. Raises KeyError for one that is needed."""

    def of(match: re.Match[str]) -> str:
        name, how, words = match.groups()
        if variables.get(name):
            return variables[name]
        if how == "-":
            return str(words)
        raise KeyError(f"{name}: {words}")

    return _VARIABLE.sub(of, text)


def variables_of(text: str) -> set[str]:
    """Return the variables that a file is filled in with."""
    return {match[1] for match in _VARIABLE.finditer(text)}


def _filled(value: Any, variables: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return interpolated(value, variables)
    if isinstance(value, list):
        return [_filled(each, variables) for each in value]
    if isinstance(value, dict):
        return {name: _filled(each, variables) for name, each in value.items()}
    return value


def containers(variables: Mapping[str, str]) -> dict[str, Container]:
    """Return the services of the file. Fails where something stands in it that these checks do not know."""
    document = yaml.safe_load(FILE.read_text())
    top = {name for name in document if not name.startswith("x-")}
    assert top == TOP_KEYS, top
    found = {}
    for name, service in _filled(document["services"], variables).items():
        assert set(service) <= SERVICE_KEYS, set(service) - SERVICE_KEYS
        environment = service.get("environment", {})
        assert all(isinstance(value, str) for value in environment.values()), f"{name}: numbers are written as text"
        found[name] = Container(
            name,
            service["image"],
            service.get("command", []),
            environment,
            service.get("deploy", {}).get("replicas", 1),
            [*service.get("depends_on", ())],
            service,
        )
    return found
