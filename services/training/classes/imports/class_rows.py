"""The classes of a roll: found by their number, else entered as held from the first row that names them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, TypedDict

from pydantic import ValidationError

from kernel.database.connections import Transaction
from kernel.database.statements import statement
from kernel.problems import FieldError, Invalid, Problem
from kernel.records import crud
from kernel.values.field_errors import field_errors_of
from kernel.values.wording import said
from kernel.web.calls import Call
from kernel.workbooks.communes import COMMUNE_CELLS, COMMUNE_NAMES
from services.training import problems
from services.training.classes.imports.columns import CLASS_FIELDS, COLUMNS
from services.training.classes.imports.reading import Errors, Item
from services.training.classes.training_classes.records import CLASS, CLASS_TYPE
from services.training.classes.training_classes.schemas import TrainingClassCreate
from services.training.classes.training_classes.states import CLASS_STEPS
from services.training.rows import TrainingClassRow


class _ListedClass(TypedDict):
    class_id: str


# The classes of the caller's area that a file names. By uq_training_class_number.
_BY_NUMBER = statement(
    TrainingClassRow, f"{CLASS.select} WHERE class_number = ANY($1::text[]) AND ($2::text IS NULL OR alliance = $2)"
)
# Those that are known by a signed list. By uq_attendance_list.
_LISTED = statement(
    _ListedClass, "SELECT class_id FROM attendance WHERE trainee_id IS NULL AND class_id = ANY($1::uuid[])"
)


async def find_or_create_classes(tx: Transaction, call: Call, items: list[Item]) -> int:
    """Give each row its class; enter those that are new, as held, from the first row that names them. Return how many."""
    created = 0
    by_number: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        if number := item.line.values.get("class_number"):
            by_number[number].append(item)
    rows = await tx.fetch(_BY_NUMBER, list(by_number), call.caller.alliance)
    existing = {row["class_number"]: row for row in rows}
    signed_lists = await tx.fetch(_LISTED, [row["id"] for row in rows])
    listed = {row["class_id"] for row in signed_lists}
    for number, members in by_number.items():
        training_class = existing.get(number)
        if training_class is None:
            training_class = await _enter_class(tx, call, members[0])
            created += training_class is not None
        elif error := _unfit(training_class, training_class["id"] in listed):
            for item in members:
                item.outcome.errors.append(("class_number", error))
        cells = {} if training_class is None else _cells_of(training_class)
        for item in members:
            if training_class is None:
                if item is not members[0]:
                    words = (
                        f"Lớp này sai ở dòng {members[0].line.number}; hãy sửa dòng đó.",
                        f"Its class is wrong in row {members[0].line.number}; correct that row.",
                    )
                    item.outcome.errors.append(("class_number", FieldError("class_refused", words)))
                continue
            item.training_class, item.outcome.class_id = training_class, training_class["id"]
            item.outcome.errors += _differences(item.line.values, cells)
    return created


def _unfit(training_class: TrainingClassRow, is_listed: bool) -> FieldError | None:
    allowed_in = CLASS_STEPS.allowed_in["attend"]
    if training_class["state"] not in allowed_in:
        refused = problems.ClassStateForbids(
            state=training_class["state"], action="attend", allowed_in=list(allowed_in)
        )
        return FieldError("class_state_forbids", (refused.sentence("vi"), refused.sentence("en")))
    if is_listed:
        words = (
            "Lớp đã ghi số người ký nhận; hãy gỡ mục đó trước.",
            "The class is known by its signed list; delete that entry first.",
        )
        return FieldError("known_by_list_only", words)
    return None


def _cells_of(training_class: TrainingClassRow) -> dict[str, Any]:
    """Return what the cells of a class would say."""
    cells: dict[str, Any] = {name: value for name, value in training_class.items() if name in CLASS_FIELDS}
    cells["class_name"] = training_class["name"]
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in cells.items()}


_CODES = {column.field: column.codes for column in COLUMNS}


def _differences(row: Mapping[str, Any], cells: Mapping[str, Any]) -> Errors:
    """Return an error for each cell that says otherwise than the class; empty cells say nothing."""
    errors: Errors = []
    for name, shown in cells.items():
        if name in row and row[name] != shown:
            vi, en = (said(name, shown, language, _CODES.get(name) if shown else None) for language in ("vi", "en"))
            words = (
                f"Lớp này ghi là {vi}; hãy sửa ở lớp hoặc để trống.",
                f"The class says {en}; correct the class, or leave the cell empty.",
            )
            errors.append((name, FieldError("class_differs", words)))
    return errors


async def _enter_class(tx: Transaction, call: Call, item: Item) -> TrainingClassRow | None:
    cells = item.line.values
    body = {name: cells[name] for name in ("class_number", *CLASS_FIELDS) if name in cells}
    body |= {"name": cells["class_name"]} if "class_name" in cells else {}
    if body.get("attribution") == "joint":
        body |= {
            "lead_alliance": call.caller.alliance,
            "partners": [{"kind": "other", "name": cells["partner_name"]}] if "partner_name" in cells else [],
        }
    places = {"name": "class_name", "partners": "partner_name", "lead_alliance": "partner_name"}
    try:
        parsed = TrainingClassCreate.model_validate({**body, "is_held": True})
        async with tx.raw.transaction():
            row, _ = await crud.create(tx, call, CLASS_TYPE, parsed, reason=item.origin)
            return row
    except ValidationError as refused:
        errors = field_errors_of(refused.errors(), prefix=())
    except Invalid as problem:
        errors = problem.members["errors"]
    except Problem as problem:
        words = (problem.document("vi")["detail"], problem.document("en")["detail"])
        errors = [FieldError(problem.code, words, pointer="/class_number")]
    in_error = {name for name, _ in item.outcome.errors}
    if in_error & COMMUNE_NAMES:
        in_error |= COMMUNE_CELLS
    for error in errors:
        at = (error.pointer or "").lstrip("/").partition("/")[0]
        at = places.get(at, at) or "class_number"
        if at not in in_error:
            item.outcome.errors.append((at, error))
    return None
