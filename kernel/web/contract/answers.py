"""What the contract says of an operation's answers, and of the key that makes it safe to send again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kernel.web.contract.nodes import Json

_GENERATED = "Successful Response"
"""What FastAPI says of an answer of which nobody said anything."""
_NO_CONTENT = "Done; the answer is empty"


def describe_answers(operation: Json, schemas: Mapping[str, Json]) -> None:
    """Describe each answer by what it holds."""
    for status, answer in operation["responses"].items():
        for media_type, content in answer.get("content", {}).items():
            if media_type.startswith("text/"):
                # A text is characters: called binary, a generated client reads it as bytes and gets a text.
                content["schema"].pop("format", None)
        if answer.get("description", _GENERATED) == _GENERATED:
            answer["description"] = _NO_CONTENT if status == "204" else _held(answer.get("content", {}), schemas)


def _held(content: Json, schemas: Mapping[str, Json]) -> str:
    schema: Json = next((each.get("schema", {}) for each in content.values()), {})
    named = schemas.get(schema.get("$ref", "").rpartition("/")[2])
    if named is not None:
        return str(named["description"]).split("\n\n")[0].replace("\n", " ")
    return "A page for people to read" if "text/html" in content else "The file"


def state_key_rule(operation: Json, schemas: Mapping[str, Json]) -> None:
    """Say where an Idempotency-Key is needed: always, or where the body has no `id` (api-style, rule 36)."""
    if "idempotency_key_missing" not in operation["responses"].get("400", {}).get("x-problems", ()):
        return
    (key,) = (each for each in operation["parameters"] if each["name"] == "Idempotency-Key")
    if _takes_id(operation, schemas):
        key["description"] += " Needed here: key or `id` in the body, in a batch `id` of every item."
    else:
        key["required"] = True


def _takes_id(operation: Json, schemas: Mapping[str, Json]) -> bool:
    def properties(schema: Any) -> Json:
        named: Json = schemas[schema["$ref"].rpartition("/")[2]].get("properties", {})
        return named

    body = properties(operation["requestBody"]["content"]["application/json"]["schema"])
    return "id" in body or ("items" in body and "id" in properties(body["items"]["items"]))
