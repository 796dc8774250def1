"""What a field is called: its label stands beside its declaration, or, where its name says all, in one shared file.

A name that means one thing everywhere (`created_at`, `commune_code`) has its label and its description in
data/field_labels.csv. A name that each record fills with a meaning of its own (`kind`, `state`, `number`, `title`) is not
there: each declaration has its `Label`. A test holds both.
"""

from __future__ import annotations

import csv
import functools
import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from kernel.values.field_errors import FieldError

_FILE = Path(__file__).parent / "field_labels.csv"
_RANGES = {"_gte": ("từ", "from"), "_lte": ("đến", "until"), "_lt": ("trước", "before")}
_OF_FIGURES = {"scope": "Phạm vi"}
"""Parameters that never filter by the record's field of the same name."""
_OF_OAUTH = {"state": "Trạng thái của ứng dụng"}
_UNITS = ("_vnd", "_ids", "_id", "_percent")


@dataclass(frozen=True)
class Label:
    """Metadata of a field: its Vietnamese label. `kind: Annotated[str, Label("Loại lớp")]`."""

    vi: str

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        return {**handler(schema), "x-label-vi": self.vi}


@functools.cache
def _shared() -> Mapping[str, tuple[str, str]]:
    with _FILE.open(encoding="utf-8", newline="") as lines:
        return {row["field"]: (row["label_vi"], row["description"]) for row in csv.DictReader(lines)}


def label_vi(field: str) -> str | None:
    """Return the Vietnamese label that `field` has wherever it stands, or None if its name alone does not say."""
    words = _shared().get(field)
    return words[0] or None if words else None


def description(field: str) -> str | None:
    """Return what `field` means wherever its schema says nothing nearer, with unit and format; or None."""
    words = _shared().get(field)
    return words[1] or None if words else None


def label_en(field: str) -> str:
    """Return the English label, which the field's own name is: founded_on is "Founded on"."""
    for unit in _UNITS:
        field = field.removesuffix(unit) or field
    words = field.removeprefix("is_").replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:]


def labels_of(metadata: Iterable[Any]) -> tuple[Label, ...]:
    """Return the labels among a field's metadata: one or none."""
    return tuple(each for each in metadata if isinstance(each, Label))


def unlabelled(hint: Any) -> Any:
    """Return a type hint without its own label."""
    if get_origin(hint) is not Annotated:
        return hint
    inner, *metadata = get_args(hint)
    rest = [each for each in metadata if not isinstance(each, Label)]
    return Annotated[inner, *rest] if rest else inner


def field_label(model: type[BaseModel] | None, name: str) -> str | None:
    """Return the Vietnamese label of the field `name` of `model`: the one beside it, else the shared one."""
    found = _field(model, name)
    return _beside(found) if found is not None and _beside(found) else label_vi(name)


def _field(model: type[BaseModel] | None, name: str) -> FieldInfo | None:
    if model is None:
        return None
    fields = model.model_fields
    return fields.get(name) or next((field for field in fields.values() if field.alias == name), None)


def _beside(field: FieldInfo) -> str | None:
    found = labels_of(field.metadata) or labels_of(_within(field.annotation))
    return found[0].vi if found else None


def _within(annotation: Any) -> list[Any]:
    """Return the metadata of an annotation's own layers, not of what a list holds."""
    if get_origin(annotation) is Annotated:
        inner, *metadata = get_args(annotation)
        return [*metadata, *_within(inner)]
    if get_origin(annotation) in (Union, types.UnionType):
        return [each for part in get_args(annotation) for each in _within(part)]
    return []


def models_in(annotation: Any) -> list[type[BaseModel]]:
    """Return the models that an annotation, or a list of models, is made of, through lists, options and metadata."""
    if isinstance(annotation, list):
        return [model for part in annotation for model in models_in(part)]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in models_in(part)]


def items_of(annotation: Any) -> list[type[BaseModel]]:
    """Return the models of the items of a page or a batch; of anything else none."""
    fields = (_field(model, "items") for model in models_in(annotation))
    return [model for field in fields if field is not None for model in models_in(field.annotation)]


def name_places(faults: Iterable[FieldError], body: Any, answer: Any) -> None:
    """Tell each fault what its field is called: by the body's schemas, or a parameter by what the operation answers."""
    models = models_in(body)
    for fault in faults:
        if fault.label is None:
            fault.label = (
                _parameter(fault.parameter, answer) if fault.parameter else _place(fault.pointer or "", models)
            )


def _place(pointer: str, models: list[type[BaseModel]]) -> tuple[str, str] | None:
    found = None
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if name.isdigit():
            continue
        owner = next((model for model in models if _field(model, name) is not None), None)
        vi = field_label(owner, name)
        found = None if vi is None else (vi, label_en(name))
        known = _field(owner, name)
        models = [] if known is None else models_in(known.annotation)
    return found


def _parameter(name: str, answer: Any) -> tuple[str, str] | None:
    vi = parameter_label(name, answer)
    if vi is None:
        return None
    for ending, (_, en) in _RANGES.items():
        if name.endswith(ending):
            return vi, f"{label_en(name.removesuffix(ending))} {en}"
    return vi, "Search" if name == "q" else label_en(name)


def parameter_label(name: str, answer: Any) -> str | None:
    """Return the Vietnamese label of a query parameter: that of the field of the answer that it filters by."""
    if (known := _OF_FIGURES.get(name) or label_vi(name)) is not None:
        return known
    for ending, (vi, _) in _RANGES.items():
        if name.endswith(ending):
            of = parameter_label(name.removesuffix(ending), answer)
            return None if of is None else f"{of} ({vi})"
    for model in (*items_of(answer), *models_in(answer)):
        if (beside := field_label(model, name)) is not None:
            return beside
    return _OF_OAUTH.get(name)
