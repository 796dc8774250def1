"""Bodies and answers that follow from others: merge patches, batches, and how a row is shown."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from operator import itemgetter
from typing import Annotated, Any, get_type_hints

import orjson
from pydantic import Field, ValidationError, create_model
from pydantic.fields import FieldInfo

from kernel.problems import Invalid
from kernel.problems.field_labels import labels_of, unlabelled
from kernel.records.batch import LENIENT
from kernel.records.crud.record_type import RecordType
from kernel.records.embedding import own_fields
from kernel.records.in_sql import shows_columns
from kernel.records.resources import R
from kernel.values.field_errors import field_errors_of
from kernel.web.replies import dump
from kernel.web.schemas import Input, NotNull, Output, text


def merge_patch_fields(
    create: type[Input], *, without: Container[str], not_null: Callable[[FieldInfo], bool] = FieldInfo.is_required
) -> dict[str, Any]:
    """Return the fields of the merge patch of what `create` makes, without those in `without`.

    Every field may be left out; null clears it unless it is `not_null`.
    """
    hints = get_type_hints(create, include_extras=True)
    fields: dict[str, Any] = {}
    for name, info in create.model_fields.items():
        if name in without:
            continue
        hint: Any = unlabelled(hints[name]) | None
        if not_null(info):
            hint = Annotated[hint, NotNull()]
        for label in labels_of(info.metadata):
            hint = Annotated[hint, label]
        fields[name] = (hint, Field(default=None, description=info.description))
    return fields


def merge_patch_model(create: type[Input], *, without: tuple[str, ...] = ()) -> type[Input]:
    """Return the merge patch of what `create` makes: every field may be left out, null clears what may be empty."""
    fields = merge_patch_fields(create, without=("id", *without))
    fields["reason"] = (Annotated[str, text(500)] | None, Field(default=None))
    name = create.__name__.removesuffix("Create") + "Change"
    words = "A correction: absent leaves, null clears, and what it leads to is judged as a whole."
    model: type[Input] = create_model(name, __base__=Input, __doc__=words, **fields)
    return model


def batch_of(create: type[Input], *, name: str, mode: Any, doc: str) -> type[Input]:
    """Return the body of a batch: up to 500 items, all or none (`atomic`) or every one for itself (`each`).

    `mode`: the annotation of the field that says which.
    """
    item: Any = Annotated[create, LENIENT]
    # The most that one transaction takes within its time limit, whatever the type.
    items: Any = Annotated[list[item], Field(min_length=1, max_length=500)]
    model: type[Input] = create_model(name, __base__=Input, __doc__=doc, mode=(mode, ...), items=(items, ...))
    return model


def representation(
    output: type[Output], *, parsed: tuple[str, ...] = (), computed: tuple[str, ...] = ()
) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Return the representation that shows the columns of `output` as they are; jsonb in `parsed` passes through.

    Fields that are `computed` from others, or embedded, are left out.
    """
    names = tuple(name for name in own_fields(output) if name not in computed)
    pick = itemgetter(*names)

    def represent(row: Mapping[str, Any]) -> dict[str, Any]:
        # A page is a thousand values and more: picked and paired without a step of Python a value.
        document = dict(zip(names, pick(row), strict=True))
        for name in parsed:
            if document[name] is not None:
                document[name] = orjson.Fragment(document[name])
        return document

    return shows_columns(represent, names, parsed, of=output)


# A code means another place on the other map: one that is given anew is never read on the map of the one before.
_NAMED_TOGETHER = {"commune_code": "commune_map"}


def merged_body(record_type: RecordType[R], row: R, patch: Any) -> Any:
    """Return the body that would make what `row` becomes by `patch`. Raises Invalid with every fault at once."""
    assert record_type.create is not None, record_type.plural
    fields = record_type.create.model_fields
    document = orjson.loads(dump(record_type.resource.represent(row)))
    merged = {name: value for name, value in document.items() if name in fields and name != "id" and value is not None}
    for name, of in _NAMED_TOGETHER.items():
        if name in patch.model_fields_set:
            merged.pop(of, None)
    for name in patch.model_fields_set - {"reason"}:
        value = getattr(patch, name)
        if value is None:
            # Cleared: what has a default takes it, what may be empty is said to be.
            merged.pop(name, None)
            if fields[name].default is None and not fields[name].is_required():
                merged[name] = None
        else:
            merged[name] = patch.model_dump(include={name}, mode="json", exclude_unset=True)[name]
    try:
        return record_type.create.model_validate(merged)
    except ValidationError as error:
        raise Invalid(*field_errors_of(error.errors(), prefix=())) from None
