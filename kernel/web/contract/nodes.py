"""Walking a document: what is data and no schema, and which schemas are reached from where."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

Json = dict[str, Any]

METHODS = ("get", "post", "put", "patch", "delete")
DATA = frozenset({"example", "examples", "default", "const", "enum", "x-problems", "x-enum-labels"})
"""Keys whose values are data, not schemas."""
_REF = re.compile(r"#/components/schemas/([\w.-]+)")


def operations(document: Json) -> Iterator[Json]:
    """Return every operation of a document, in its order."""
    for item in document["paths"].values():
        yield from (operation for method, operation in item.items() if method in METHODS)


def replaced(node: Any, put: Callable[[Json], Json | None]) -> Any:
    """Return `node` with each object in it, outermost first, replaced by what `put` makes of it (None: kept)."""
    if isinstance(node, list):
        return [replaced(item, put) for item in node]
    if not isinstance(node, dict):
        return node
    other = put(node)
    if other is not None:
        return other
    return {key: value if key in DATA else replaced(value, put) for key, value in node.items()}


def reached(schemas: Mapping[str, Json], start: Any) -> set[str]:
    """Return the names of the schemas that `start` refers to, and those that they refer to."""
    found: set[str] = set()
    waiting: list[Any] = [start]
    while waiting:
        for name in _references(waiting.pop()):
            if name not in found:
                found.add(name)
                waiting.append(schemas.get(name))
    return found


def _references(node: Any) -> Iterable[str]:
    if isinstance(node, list):
        return {name for item in node for name in _references(item)}
    if not isinstance(node, dict):
        return set()
    names = {name for key, value in node.items() if key not in DATA and key != "$ref" for name in _references(value)}
    if isinstance(node.get("$ref"), str) and (found := _REF.fullmatch(node["$ref"])):
        names.add(found[1])
    return names


def pascal(*names: str) -> str:
    """Return names joined as a component is called: ("list_loans", "fund-id") is ListLoansFundId."""
    return "".join(word[:1].upper() + word[1:] for name in names for word in re.split(r"[^A-Za-z0-9]+", name))
