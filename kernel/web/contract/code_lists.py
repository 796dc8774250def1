"""Closed lists in the contract: each one component with its labels, closed in inputs, open to grow in answers
(api-style, rule 14)."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

from kernel.values.wording import Labels, labels_shown, title_of
from kernel.web.contract.nodes import Json, operations, pascal, reached, replaced

_IRREGULAR = {"statuses": "status", "bases": "basis", "sexes": "sex", "likenesses": "likeness"}
_SAME = {"trade_organization_types": "organization_types"}
"""A list that a service has by another name."""
_SAID = {
    "likenesses": "things that two records of one person may share",
    "lineages": "degrees to which a unit's lineage is known",
    "memberships": "states of official membership",
    "topics": "topics of classes",
    "vsic-versions": "versions of VSIC",
}
"""Lists whose names alone do not say what they hold."""
_WORDS = re.compile(r"\^\(?([a-z_]+(?:\|[a-z_]+)*)\)?\$")
"""A pattern that is a choice of words: the contract says it as a closed list."""
_OF_ITS_SERVICE = ["record", "types"]
"""The list that each service has with codes of its own: its component carries the service's name."""
_REFERENCE = "#/components/schemas/"
_Content = frozenset[tuple[str, str, str]]
"""What tells one list from another: its codes with their labels."""


def component_name(list_name: str, service: str) -> str:
    """Return what the component of a code list is called: legal-statuses is LegalStatus."""
    *first, last = _words(list_name)
    name = pascal(*first, _singular(last))
    return pascal(service) + name if _words(list_name) == _OF_ITS_SERVICE else name


def _words(list_name: str) -> list[str]:
    return re.split("[-_]", _SAME.get(list_name, list_name))


def _said(list_name: str) -> str:
    return _SAID.get(list_name) or title_of("_".join(_words(list_name)))


def _singular(word: str) -> str:
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    return f"{word[:-3]}y" if word.endswith("ies") else word.removesuffix("s")


def name_code_lists(document: Json, lists: Mapping[str, Labels], service: str) -> None:
    """Put each closed list of `document` into a component and refer to it, as an input or as an answer has it."""
    schemas = document["components"]["schemas"]
    named = _Named(schemas, lists, service)
    for operation in operations(document):
        for parameter in operation.get("parameters", ()):
            parameter["schema"] = _sent(parameter["schema"])
    inputs = _split(document, named)
    for operation in operations(document):
        of = operation["operationId"].removeprefix("list_")
        for parameter in operation.get("parameters", ()):
            parameter["schema"] = named.closed(parameter["schema"], pascal(of, parameter["name"]))
        operation["responses"] = named.open(operation["responses"], pascal(of))
    for name in list(schemas):
        put = named.closed if name in inputs else named.open
        for field, schema in schemas[name].get("properties", {}).items():
            schemas[name]["properties"][field] = put(schema, name.removesuffix("Input") + pascal(field))
    schemas.update(sorted(named.components.items()))


def _sent(schema: Json) -> Json:
    """Return a parameter's schema without null, which nobody can send, and with a choice of words as the list it is."""
    kinds = [kind for kind in schema["type"] if kind != "null"] if isinstance(schema.get("type"), list) else []
    said = {**schema, "type": kinds[0]} if len(kinds) == 1 else dict(schema)
    if said.get("default", said) is None:
        del said["default"]
    if isinstance(said.get("enum"), list):
        said["enum"] = [value for value in said["enum"] if value is not None]
    if isinstance(said.get("pattern"), str) and (words := _WORDS.fullmatch(said["pattern"])):
        said = {key: value for key, value in said.items() if key != "pattern"} | {"enum": words[1].split("|")}
    return said


def _split(document: Json, named: _Named) -> set[str]:
    """Return the schemas of inputs.

    One with a list, or with a field that may be left out, that answers have as well gets a twin: there the list may grow and every field is present.
    """
    schemas = document["components"]["schemas"]
    bodies = [operation["requestBody"] for operation in operations(document) if "requestBody" in operation]
    inputs = reached(schemas, bodies)
    answers = reached(schemas, [operation["responses"] for operation in operations(document)])
    listing = {name for name in inputs & answers if named.has_list([schemas[name]]) or _may_lack(schemas[name])}
    twins = {name for name in inputs & answers if name in listing or reached(schemas, schemas[name]) & listing}

    def to_twin(node: Json) -> Json | None:
        name = node.get("$ref", "").removeprefix(_REFERENCE)
        return {**node, "$ref": f"{_REFERENCE}{name}Input"} if name in twins else None

    for name in sorted(twins):
        schemas[f"{name}Input"] = replaced(copy.deepcopy(schemas[name]), to_twin)
    for name in twins:
        properties = schemas[name].get("properties", {})
        for schema in properties.values():
            schema.pop("default", None)
        if properties:
            schemas[name]["required"] = list(properties)
    for name in inputs - answers:
        schemas[name] = replaced(schemas[name], to_twin)
    for body in bodies:
        body.update(replaced(body, to_twin))
    return (inputs - twins) | {f"{name}Input" for name in twins}


def _may_lack(schema: Json) -> bool:
    return set(schema.get("properties", ())) != set(schema.get("required", ()))


class _Named:
    """The lists of one document by what is in them."""

    def __init__(self, schemas: Mapping[str, Json], lists: Mapping[str, Labels], service: str) -> None:
        self.components: dict[str, Json] = {}
        self._taken = schemas
        self._names: dict[_Content, tuple[str, str]] = {}
        self._labels: dict[frozenset[str], Json] = {}
        self._declared: dict[_Content, Json] = {}
        for list_name, of_list in lists.items():
            name, labels = component_name(list_name, service), labels_shown(of_list)
            named = (name if name not in schemas else f"{name}Code", f"One of the {_said(list_name)}")
            self._names.setdefault(_content(labels), named)
            self._labels.setdefault(frozenset(labels), labels)
            self._declared.setdefault(_content(labels), labels)

    def closed(self, node: Any, at: str) -> Any:
        """Return an input's schema with its lists as references."""

        def put(found: Json) -> Json | None:
            reference = self._reference(found, at)
            if reference is None:
                return None
            nullable = "null" in found.get("type", ())
            return ({"oneOf": [reference, {"type": "null"}]} if nullable else reference) | _beside(found)

        return replaced(node, put)

    def open(self, node: Any, at: str) -> Any:
        """Return an answer's schema with each list as a reference or any other text."""

        def put(found: Json) -> Json | None:
            reference = self._reference(found, at)
            if reference is None:
                return None
            other = {"type": found.get("type", "string"), "maxLength": 100}
            return {"anyOf": [reference, other]} | _beside(found)

        return replaced(node, put)

    def has_list(self, node: Any) -> bool:
        """Return whether anything in `node` is a list."""
        seen = False

        def put(found: Json) -> Json | None:
            nonlocal seen
            seen = seen or self._known(found) is not None
            return None

        replaced(node, put)
        return seen

    def _known(self, node: Json) -> Json | None:
        """Return the labels of the list that a schema is: its own, or those of the list with just these codes."""
        values = node.get("enum")
        if not isinstance(values, list):
            return None
        codes = frozenset(value for value in values if value is not None)
        labels: Json | None = node.get("x-enum-labels") or self._labels.get(codes)
        return labels

    def _reference(self, node: Json, at: str) -> Json | None:
        labels = self._known(node)
        if labels is None:
            return None
        # Schemas of models come sorted and those of parameters do not: the list says in which order its codes stand.
        labels = self._declared.get(_content(labels), labels)
        else_ = (at if at not in self._taken else f"{at}Code", "One of a closed list of codes")
        name, words = self._names.setdefault(_content(labels), else_)
        self.components[name] = {
            "type": "string",
            "enum": list(labels),
            "description": words,
            "x-enum-labels": labels,
        }
        return {"$ref": _REFERENCE + name}


def _content(labels: Json) -> _Content:
    return frozenset((code, each["vi"], each["en"]) for code, each in labels.items())


def _beside(node: Json) -> Json:
    return {
        key: value
        for key, value in node.items()
        if key not in ("type", "enum", "x-enum-labels", "minLength", "maxLength")
    }
