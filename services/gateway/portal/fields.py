"""What the contract says of a value, for people: its type, its bounds, the values of a closed list, its fields."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

Json = dict[str, Any]
_LARGEST = 9007199254740991


@dataclass(frozen=True)
class Value:
    """One value of a closed list, with its labels by language."""

    code: str
    labels: dict[str, str]


@dataclass(frozen=True)
class Shape:
    """A value as the contract allows it.

    `record` and `closed_list` name components; `bounds` are (Vietnamese, English); `either`: one of these shapes; `fields`: of an object without a name.
    """

    type: str
    record: str | None = None
    closed_list: str | None = None
    values: tuple[Value, ...] = ()
    bounds: tuple[tuple[str, str], ...] = ()
    lists: int = 0
    nullable: bool = False
    open: bool = False
    either: tuple[Shape, ...] = ()
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True)
class Field:
    """A field of a record, or a parameter (`place`: path, query, header; `repeated`: named once for each value)."""

    name: str
    shape: Shape
    required: bool
    label: str
    description: dict[str, str] = field(hash=False)
    place: str = ""
    repeated: bool = False
    example: Any = field(default=None, hash=False)


def words(node: Json, name: str) -> dict[str, str]:
    """Return a text of the contract by language; where it has no Vietnamese, that is missing."""
    found = {"en": str(node.get(name, ""))}
    return found | ({"vi": str(node[f"x-{name}-vi"])} if f"x-{name}-vi" in node else {})


class Contract:
    """The contract, with references followed."""

    def __init__(self, document: Json) -> None:
        self.document = document
        self.schemas: Json = document.get("components", {}).get("schemas", {})
        self._fields: dict[str, tuple[Field, ...]] = {}

    def follow(self, node: Json) -> tuple[str | None, Json]:
        """Return what a node stands for, what it says itself put over it, and the name of the component, if any."""
        name = None
        while isinstance(reference := node.get("$ref"), str):
            *_, name = reference.split("/")
            found: Any = self.document
            for step in reference.removeprefix("#/").split("/"):
                found = found[step.replace("~1", "/").replace("~0", "~")]
            node = {**found, **{key: value for key, value in node.items() if key != "$ref"}}
        return name, node

    def fields(self, record: str) -> tuple[Field, ...]:
        """Return the fields of a component."""
        if record not in self._fields:
            self._fields[record] = self._fields_of(self.follow(self.schemas[record])[1])
        return self._fields[record]

    def _fields_of(self, node: Json) -> tuple[Field, ...]:
        found: dict[str, Field] = {}
        for part in node.get("allOf", ()):
            found |= {one.name: one for one in self._fields_of(self.follow(part)[1])}
        needed = set(node.get("required", ()))
        for name, schema in node.get("properties", {}).items():
            found[name] = self.field(name, schema, required=name in needed)
        return tuple(found.values())

    def field(self, name: str, schema: Json, *, required: bool, around: Json | None = None, place: str = "") -> Field:
        """Return a field; of a parameter, `around` is what the contract says beside its schema."""
        _, node = self.follow(schema)
        shape, said = self.shape(schema), around or {}
        texts = words(node, "description") | {
            language: text for language, text in words(said, "description").items() if text
        }
        examples = node.get("examples") or [node.get("example")]
        return Field(
            name,
            shape,
            required,
            label=str(said.get("x-label-vi") or node.get("x-label-vi") or ""),
            description=texts,
            place=place,
            repeated=place == "query" and shape.lists > 0 and said.get("explode", True),
            example=said.get("example", examples[0]),
        )

    def shape(self, schema: Json) -> Shape:
        """Return the shape of a schema."""
        name, node = self.follow(schema)
        if parts := node.get("oneOf") or node.get("anyOf"):
            return self._either(name, node, parts)
        types = node.get("type", "object" if "properties" in node or "allOf" in node else "any")
        nullable = isinstance(types, list) and "null" in types
        plain = [one for one in types if one != "null"] if isinstance(types, list) else [types]
        if plain == ["array"]:
            inner = self.shape(node.get("items", {}))
            return replace(inner, lists=inner.lists + 1, nullable=nullable, bounds=(*inner.bounds, *_bounds(node)))
        codes = node.get("enum") or ([node["const"]] if "const" in node else [])
        values = tuple(_value(code, node.get("x-enum-labels", {})) for code in codes if code is not None)
        kind = " | ".join(str(one) for one in plain)
        shape = Shape(
            f"{kind} ({what})" if (what := _format(node)) else kind,
            values=values,
            closed_list=name if values else None,
            bounds=tuple(_bounds(node)),
            nullable=nullable,
        )
        if plain != ["object"]:
            return shape
        if isinstance(inside := node.get("additionalProperties"), dict) and inside:
            inner = self.shape(inside)
            return replace(inner, type=f"map of {inner.type}", nullable=nullable)
        if name and ("properties" in node or "allOf" in node):
            return replace(shape, record=name)
        return replace(shape, fields=self._fields_of(node))

    def _either(self, name: str | None, node: Json, parts: list[Json]) -> Shape:
        shapes = [self.shape(part) for part in parts if self.follow(part)[1].get("type") != "null"]
        nullable = len(shapes) < len(parts)
        closed = [shape for shape in shapes if shape.values]
        if closed and all(shape.type == "string" for shape in shapes):
            # A list of codes that may grow: the codes of today, or any string.
            return replace(closed[0], nullable=nullable, open=len(shapes) > len(closed))
        if len(shapes) == 1:
            return replace(shapes[0], nullable=nullable or shapes[0].nullable)
        if name and "properties" in node:
            return Shape("object", record=name, nullable=nullable)
        return Shape("", either=tuple(shapes), nullable=nullable)


def _format(node: Json) -> str:
    return "file" if "contentMediaType" in node or node.get("format") == "binary" else str(node.get("format", ""))


def _value(code: Any, labels: Any) -> Value:
    found = labels.get(str(code), {}) if isinstance(labels, dict) else {}
    return Value(str(code), found if isinstance(found, dict) else {"vi": str(found), "en": str(found)})


def _plain(number: float) -> str:
    """Return a bound with all its digits: it may be an amount of đồng."""
    return str(int(number)) if number == int(number) else str(number)


def _bounds(node: Json) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for least, most, vi, en in (
        ("minLength", "maxLength", " ký tự", " characters"),
        ("minItems", "maxItems", " phần tử", " items"),
        ("minimum", "maximum", "", ""),
        ("exclusiveMinimum", "exclusiveMaximum", "", ""),
    ):
        low, high = node.get(least), node.get(most)
        low, high = (
            None if low in (None, -_LARGEST) else _plain(low),
            None if high in (None, _LARGEST) else _plain(high),
        )
        strict = least.startswith("exclusive")
        if low is not None and high is not None and not strict:
            span = low if low == high else f"{low}–{high}"
        else:
            above, below = (">", "<") if strict else ("≥", "≤")
            span = ", ".join(
                [*([f"{above} {low}"] if low is not None else []), *([f"{below} {high}"] if high is not None else [])]
            )
        if span:
            found.append((span + vi, span + en))
    if "pattern" in node:
        found.append((str(node["pattern"]), str(node["pattern"])))
    if node.get("default") is not None:
        default = str(node["default"]).lower() if isinstance(node["default"], bool) else str(node["default"])
        found.append((f"mặc định {default}", f"default {default}"))
    return found
