"""What a body names beyond itself: other records, and the alliance that is to own it."""

from __future__ import annotations

from kernel import records
from kernel.database.connections import Transaction
from kernel.problems import FieldError, Invalid
from kernel.problems.field_labels import label_vi
from kernel.records.resources import R, Resource
from kernel.values.geography import is_alliance
from kernel.web.calls import Call


def outside_area(pointer: str) -> Invalid:
    """Return the refusal of a body that names something beyond the caller's area."""
    return Invalid(
        FieldError(
            "outside_area",
            (
                "Nằm ngoài địa bàn của bạn; hãy chọn trong địa bàn của mình.",
                "This lies outside your area; choose one within it.",
            ),
            pointer=pointer,
        )
    )


def owner(call: Call, alliance: str | None) -> str:
    """Return the alliance that owns what a body enters without naming a record of one: the one it names, else the caller's.

    Raises Invalid for one beyond the caller's area, and where a national caller names none.
    """
    owning = alliance or call.caller.alliance
    if owning is None:
        raise Invalid(
            FieldError(
                "required",
                ("Hãy điền giá trị này; đây là mục bắt buộc.", "Fill this in; it is required."),
                pointer="/alliance",
            )
        )
    if not is_alliance(owning) or not call.caller.holds(owning):
        raise outside_area("/alliance")
    return owning


async def referenced_record(
    tx: Transaction, call: Call, resource: Resource[R], id_: str, pointer: str, *, lock: bool = False
) -> R:
    """Return the record that a body names. Raises Invalid if it is not there or beyond the caller's area."""
    row = await records.read(tx, resource, id_, call.caller, lock=lock)
    if row is None:
        label = label_vi(pointer.rpartition("/")[2]) or resource.name
        words = (
            f"Không có {label[0].lower()}{label[1:]} này trong địa bàn của bạn.",
            f"There is no such {resource.name.replace('_', ' ')} in your area.",
        )
        raise Invalid(FieldError(f"unknown_{resource.name}", words, pointer=pointer))
    return row
