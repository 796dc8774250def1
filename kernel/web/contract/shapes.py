"""How schemas are said: nullable as a type with null, no titles that repeat a name, every field with its label."""

from __future__ import annotations

from typing import Any

from kernel.problems.field_labels import description, label_vi
from kernel.web.contract.nodes import DATA, Json


def plainly(node: Any) -> Any:
    """Say nullable as type: [T, "null"] and leave out the titles that repeat a field's name."""
    if isinstance(node, list):
        return [plainly(item) for item in node]
    if not isinstance(node, dict):
        return node
    if node.get("$ref") == "#/components/schemas/ProblemDocument":
        node = {**node, "$ref": "#/components/schemas/Problem"}
    walked = {
        key: value if key in DATA else plainly(value)
        for key, value in node.items()
        if not (key == "title" and _is_schema(node))
    }
    if isinstance(walked.get("default"), dict) and "$ref" in walked:
        # A generator of Python writes such a default as a bare dict; the field's description says it.
        walked.pop("default")
    options = walked.get("anyOf")
    if isinstance(options, list) and {"type": "null"} in options:
        rest = [option for option in options if option != {"type": "null"}]
        if len(rest) == 1 and "null" in rest[0].get("type", ()):
            walked.pop("anyOf")
            return {**rest[0], **walked}
        if len(rest) == 1 and isinstance(rest[0].get("type"), str):
            walked.pop("anyOf")
            merged = {**rest[0], **walked}
            merged["type"] = [rest[0]["type"], "null"]
            if "enum" in merged and None not in merged["enum"]:
                merged["enum"] = [*merged["enum"], None]
            return merged
        if len(rest) == 1:
            walked.pop("anyOf")
            walked["oneOf"] = [rest[0], {"type": "null"}]
    return walked


def _is_schema(node: Json) -> bool:
    return (
        isinstance(node.get("title"), str)
        and bool({"type", "anyOf", "$ref", "allOf", "properties", "oneOf"} & node.keys() or len(node) == 1)
        and "version" not in node
    )


def restore_nulls(example: Any, schema: Json, schemas: Json) -> None:
    """Put back what FastAPI drops from examples: every null. A required field that is missing was one."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    if isinstance(example, list):
        for item in example:
            restore_nulls(item, schema.get("items", {}), schemas)
    elif isinstance(example, dict):
        for name in schema.get("required", []):
            example.setdefault(name, None)
        for name, value in example.items():
            restore_nulls(value, schema.get("properties", {}).get(name, {}), schemas)


def label_fields(schema: Json) -> None:
    """Put label and description beside each field whose name alone says them."""
    for name, prop in schema.get("properties", {}).items():
        label, meaning = label_vi(name), description(name)
        lifted = [option.pop("x-label-vi") for option in prop.get("oneOf", ()) if "x-label-vi" in option]
        if lifted or label:
            prop.setdefault("x-label-vi", lifted[0] if lifted else label)
        if meaning:
            prop.setdefault("description", meaning)
