"""What many operations have alike stands once in `components`: parameters, answers, what pages hold (api-style, rule 76)."""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

from kernel.web.contract.nodes import Json, operations, pascal

Use = tuple[Json | list[Any], Any, str, str]
"""What holds a shared thing and where in it; what it is called at best, and what where others are called so."""


def share(document: Json) -> None:
    """Refer to every parameter and every answer that stands more than once."""
    _share(document, "parameters", _parameters)
    _share(document, "responses", _answers)
    _share_of_pages(document["components"].get("schemas", {}))


OF_PAGES = {"sums": "PageSums", "facets": "PageFacets"}
"""What every page of a list has, and is called where it stands once."""


def _share_of_pages(schemas: Json) -> None:
    for name, shared in OF_PAGES.items():
        holders = [schema["properties"] for schema in schemas.values() if name in schema.get("properties", ())]
        of_pages = [properties for properties in holders if {"items", "next_cursor", *OF_PAGES} <= {*properties}]
        for properties in of_pages:
            if "$ref" not in properties[name]:
                # A field's label stays with it, where pages of apps look for it.
                label = {"x-label-vi": properties[name].pop("x-label-vi")}
                schemas[shared] = properties[name]
                properties[name] = {"$ref": f"#/components/schemas/{shared}", **label}


def unshared(document: Json) -> Json:
    """Return a copy of `document` in which parameters and answers stand in their operations again."""
    document = copy.deepcopy(document)
    components = document.get("components", {})
    shared = {kind: components.pop(kind, {}) for kind in ("parameters", "responses")}
    for operation in operations(document):
        for use in (*_parameters(operation), *_answers(operation)):
            holder, key, _, _ = use
            reference = holder[key].get("$ref")
            if reference is not None:
                _, _, kind, name = reference.split("/")
                holder[key] = copy.deepcopy(shared[kind][name])
    return document


def _share(document: Json, kind: str, uses_of: Callable[[Json], Iterator[Use]]) -> None:
    uses = [use for operation in operations(document) for use in uses_of(operation)]
    texts = [json.dumps(holder[key], sort_keys=True) for holder, key, _, _ in uses]
    times = Counter(texts)
    names: dict[str, str] = {}
    # The most frequent of one name has it plain; the others say of which operation they were first.
    for at in sorted(range(len(uses)), key=lambda at: -times[texts[at]]):
        _, _, best, else_ = uses[at]
        if times[texts[at]] > 1 and texts[at] not in names:
            names[texts[at]] = best if best not in names.values() else else_
    components: Json = {}
    for text, (holder, key, _, _) in zip(texts, uses, strict=True):
        if (name := names.get(text)) is not None:
            components[name] = holder[key]
            holder[key] = {"$ref": f"#/components/{kind}/{name}"}
    if components:
        document["components"][kind] = dict(sorted(components.items()))


def _parameters(operation: Json) -> Iterator[Use]:
    of = operation["operationId"].removeprefix("list_")
    parameters = operation.get("parameters", [])
    for at, parameter in enumerate(parameters):
        name = parameter.get("name", "")
        yield parameters, at, pascal(name), pascal(of, name)


def _answers(operation: Json) -> Iterator[Use]:
    for status, answer in operation.get("responses", {}).items():
        best = f"Error{status}" if status >= "4" else _held(answer) or pascal(HTTPStatus(int(status)).phrase)
        yield operation["responses"], status, best, f"{best}Of{pascal(operation['operationId'])}"


def _held(answer: Json) -> str:
    """Return the name of the schema that an answer holds."""
    schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
    name: str = schema.get("$ref", "").rpartition("/")[2]
    return name
