"""The columns of an export that people read: headings, labels of codes, and what is nested spread out.

They follow from the schema of what a read answers, so that they name every field as the contract does.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from kernel.problems import field_labels
from kernel.records.code_lists import Lists
from kernel.records.embedding import own_fields
from kernel.values import common_lists, geography
from kernel.values.wording import Labels
from kernel.web.schemas import Output

_LEFT_OUT = ("allowed_actions", "redacted", "warnings")
"""What is for programs alone."""
_FLAGS = {True: ("Có", "Yes"), False: ("Không", "No")}


@dataclass(frozen=True)
class Column:
    """A column: where its value stands in a record, what it is called, and how a value is shown."""

    path: tuple[str, ...]
    heading: str
    show: Callable[[Any], Any]

    def of(self, document: Mapping[str, Any]) -> Any:
        """Return what stands in the cell of a record."""
        value: Any = document
        for name in self.path:
            value = None if value is None else value.get(name)
        return value if value is None else self.show(value)


def columns_of(output: type[Output], lists: Lists, language: str) -> list[Column]:
    """Return the columns of a record's representation in `language`."""
    schema = output.model_json_schema(mode="serialization")
    known = {
        frozenset(labels): labels for labels in (*common_lists.ALL.values(), common_lists.COMMUNE_MAPS, *lists.values())
    }
    return list(_columns(schema, schema.get("$defs", {}), known, int(language == "en"), (), ""))


def plain_columns(output: type[Output]) -> list[Column]:
    """Return the columns under the names of the record's own fields, with values as they are."""
    return [Column((name,), name, lambda value: value) for name in own_fields(output)]


def _columns(
    schema: Any, defs: Any, known: Mapping[frozenset[str], Labels], at: int, path: tuple[str, ...], above: str
) -> Iterator[Column]:
    for name, field in schema["properties"].items():
        if name in _LEFT_OUT:
            continue
        heading = above + _heading(name, field, at)
        nested = _nested(field, defs)
        if nested is not None:
            yield from _columns(nested, defs, known, at, (*path, name), f"{heading}: ")
        else:
            labels = _labels(frozenset(_codes(field, defs)), known)
            yield Column((*path, name), heading, functools.partial(_shown, name, labels, at))


def _heading(name: str, field: Any, at: int) -> str:
    if at:
        return field_labels.label_en(name)
    return field.get("x-label-vi") or field_labels.label_vi(name) or name


def _resolved(field: Any, defs: Any) -> Iterator[Any]:
    """Yield a field's schema and what it refers to or may be, but for null."""
    yield field
    if "$ref" in field:
        yield from _resolved(defs[field["$ref"].rpartition("/")[2]], defs)
    for choice in (*field.get("anyOf", ()), *field.get("allOf", ()), *field.get("oneOf", ())):
        yield from _resolved(choice, defs)


def _nested(field: Any, defs: Any) -> Any:
    """Return the schema of an object with fields of its own, or None."""
    return next((each for each in _resolved(field, defs) if "properties" in each), None)


def _codes(field: Any, defs: Any) -> tuple[str, ...]:
    """Return the closed list that a field, or each item of one, is from; empty for any other."""
    for each in _resolved(field, defs):
        if "enum" in each:
            return tuple(each["enum"])
        if "items" in each:
            return _codes(each["items"], defs)
    return ()


def _labels(codes: frozenset[str], known: Mapping[frozenset[str], Labels]) -> Labels:
    """Return the labels of a closed list, or of the shortest that it is a part of."""
    holding = [each for each in known if codes and codes <= each]
    return known[min(holding, key=len)] if holding else {}


def _shown(name: str, labels: Labels, at: int, value: Any) -> Any:
    if isinstance(value, bool):
        return _FLAGS[value][at]
    if isinstance(value, list):
        if any(isinstance(each, dict | list) for each in value):
            return orjson.dumps(value).decode()
        return "; ".join(str(_shown(name, labels, at, each)) for each in value)
    if isinstance(value, dict):
        return orjson.dumps(value).decode()
    if value in labels:
        return labels[value][at]
    if isinstance(value, str) and _names_a_place(name) and (province := geography.province(value)) is not None:
        return province.name_en if at else province.name
    return value


def _names_a_place(name: str) -> bool:
    return "province" in name or name.endswith("alliance")
