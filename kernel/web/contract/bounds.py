"""Bounds of every text, number and list in the contract (api-style, rule 76).

An input has those of its type. What a caller is shown has those of the field of the same name that was entered; what
nobody enters has them by what its name says (a cursor, a name, an amount, a path).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from kernel.values.money import MAX_VND
from kernel.web.contract.nodes import Json, operations, pascal, reached

_ADDRESS_LENGTH, _HEADER_LENGTH = 10_240, 24_576
"""What the gateway takes of an address with a cursor and of headers; beyond it answers 414 and 431."""
_TEXT_LENGTH, _LIST_LENGTH = 4000, 1_000_000
"""What no text that is entered, a form's included, and no list that comes whole goes beyond: every figure of every
commune, every cell of a workbook."""
_FILTER_DIGITS = 10**16 - 1
_TEXTS: tuple[tuple[str, Json], ...] = (
    (r"(.*_)?percent(_of_rate)?", {"maxLength": 40, "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}),
    (r"(next_|feed_)?cursor|feed_head", {"maxLength": 2000}),
    # With what an app asked to find in it again, up to 4,000 letters.
    (r"id_token", {"maxLength": 8000}),
    (
        r"next|(.*_)?(url|uri|path|endpoint|resource)|evidence|exports|checksum|feed|issuer",
        {"maxLength": _ADDRESS_LENGTH},
    ),
    (r"(.*_)?(area|alliance|province(_20\d\d|_id)?)", {"maxLength": 20}),
    (
        r"(.*_)?by|actor|sub|client_id|officer_id|request_id|(.*_)?(type|kind|state|code|scope|field|source)s?",
        {"maxLength": 200},
    ),
    (r"(.*_)?last4", {"maxLength": 4}),
    (r"sha256", {"pattern": "^[0-9a-f]{64}$"}),
    (r"(.*_)?(name|label|title|number)(_vi|_en)?", {"maxLength": 500}),
)
_SHOWN = re.compile("(Written|Recorded|Reversed|Created|Details|Summary)$")
"""What the name of an answer may have more than that of its record."""
_SIGNED = re.compile(r"(.*_)?(left|vnd|growth.*|days|value|balance)|change(_percent)?|contribution|numerator")
"""Numbers of answers that may be below nothing."""


def bound(document: Json, service: str) -> None:
    """Give bounds to every text, number and list of `document` that has none of its own."""
    schemas = document["components"]["schemas"]
    inputs = reached(schemas, [operation.get("requestBody") for operation in operations(document)])
    for name, schema in schemas.items():
        # Of its own record's inputs only: what every service has is bounded alike in each of them.
        entered = _entered(
            schemas[other] for other in inputs if _of_one_record(name, other.removeprefix(pascal(service)))
        )
        for field, prop in schema.get("properties", {}).items():
            for node in _values(prop):
                if name in inputs:
                    _put(node, "string", {"maxLength": _TEXT_LENGTH})
                    _put(node, "integer", {"minimum": -_FILTER_DIGITS, "maximum": _FILTER_DIGITS})
                else:
                    _bound(node, field, entered)
    for operation in operations(document):
        for parameter in operation.get("parameters", ()):
            length = _HEADER_LENGTH if parameter["in"] == "header" else _ADDRESS_LENGTH
            for node in _values(parameter["schema"]):
                _put(node, "string", {"maxLength": length})
                _put(node, "integer", {"minimum": -_FILTER_DIGITS, "maximum": _FILTER_DIGITS})
                _put(node, "array", {"maxItems": _ADDRESS_LENGTH // 8})
    _bound_pages(document)


def _bound_pages(document: Json) -> None:
    """A page has at most as many items as its `limit` may ask for."""
    for operation in operations(document):
        limits = [each["schema"]["maximum"] for each in operation.get("parameters", ()) if each["name"] == "limit"]
        content = operation["responses"].get("200", {}).get("content", {}).get("application/json", {})
        name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
        for limit in limits:
            document["components"]["schemas"][name]["properties"]["items"]["maxItems"] = limit


def _of_one_record(shown: str, entered: str) -> bool:
    return entered.startswith(_SHOWN.sub("", shown))


def _entered(schemas: Iterator[Json]) -> Mapping[tuple[str, str], int]:
    """Return the widest bound of each field of the inputs: (name, keyword) → length or number of items."""
    widest: dict[tuple[str, str], int] = {}
    for schema in schemas:
        for field, prop in schema.get("properties", {}).items():
            for node in _values(prop):
                for keyword in ("maxLength", "maxItems"):
                    if keyword in node:
                        widest[field, keyword] = max(node[keyword], widest.get((field, keyword), 0))
    return widest


def _values(node: Any) -> Iterator[Json]:
    """Yield a property's schema and those it is made of; what it refers to stands elsewhere."""
    if isinstance(node, dict) and "$ref" not in node:
        yield node
        for key in ("items", "additionalProperties"):
            yield from _values(node.get(key))
        for key in ("oneOf", "anyOf"):
            for option in node.get(key, ()):
                yield from _values(option)


def _bound(node: Json, field: str, entered: Mapping[tuple[str, str], int]) -> None:
    by_name = next((bounds for name, bounds in _TEXTS if re.fullmatch(name, field)), {"maxLength": _TEXT_LENGTH})
    length = entered.get((field, "maxLength"))
    _put(node, "string", by_name if length is None else {"maxLength": length})
    _put(node, "array", {"maxItems": entered.get((field, "maxItems"), _LIST_LENGTH)})
    for number in ("integer", "number"):
        _put(node, number, {"minimum": -MAX_VND if _SIGNED.fullmatch(field) else 0, "maximum": MAX_VND})


_BOUNDED = {
    "string": frozenset({"maxLength", "pattern", "format", "enum", "const", "contentMediaType"}),
    "array": frozenset({"maxItems"}),
    "integer": frozenset({"enum", "const"}),
    "number": frozenset({"enum", "const"}),
}


def _put(node: Json, kind: str, bounds: Json) -> None:
    types = node.get("type", ())
    if kind not in ((types,) if isinstance(types, str) else types) or _BOUNDED[kind] & node.keys():
        return
    if "exclusiveMinimum" in node:
        bounds = {key: value for key, value in bounds.items() if key != "minimum"}
    for key, value in bounds.items():
        node.setdefault(key, value)
