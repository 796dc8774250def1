"""One contract out of the services' own: their paths are whole, their names must not clash."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.gateway.replies import catalogue

Json = dict[str, Any]

_DESCRIPTION = """One API for the work of Vietnam's Cooperative Alliances: registry, funds, training and reporting, behind
one gateway. Every refusal is a problem document with a stable code; lists page by cursor; each service has a change
feed that loses nothing."""


class Clash(Exception):
    """Two services give different things the same name."""


def merge(documents: Sequence[Json]) -> Json:
    """Return the merged document. Raises Clash where one name stands for two things."""
    first = documents[0]
    merged: Json = {
        "openapi": first["openapi"],
        "info": {**first["info"], "title": "Cooperative Alliance API", "description": _DESCRIPTION},
        "servers": first["servers"],
        "paths": {},
        "components": {},
        "tags": [],
        "x-problems": [],
    }
    operations: set[str] = set()
    for document in documents:
        for path, item in document["paths"].items():
            _put(merged["paths"], path, item, "path")
            for operation in item.values():
                if operation["operationId"] in operations:
                    raise Clash(f"two operations are called {operation['operationId']}")
                operations.add(operation["operationId"])
        for kind, named in document.get("components", {}).items():
            for name, item in named.items():
                _put(merged["components"].setdefault(kind, {}), name, item, kind)
        for tag in document.get("tags", []):
            if tag not in merged["tags"]:
                merged["tags"].append(tag)
        for problem in document.get("x-problems", []):
            if problem["code"] not in {known["code"] for known in merged["x-problems"]}:
                merged["x-problems"].append(problem)
    known = {problem["code"] for problem in merged["x-problems"]}
    merged["x-problems"] += [problem for problem in catalogue() if problem["code"] not in known]
    merged["x-problems"].sort(key=lambda problem: problem["code"])
    return merged


def _put(into: Json, name: str, item: Any, kind: str) -> None:
    if into.setdefault(name, item) != item:
        raise Clash(f"{kind}: {name} means two things")
