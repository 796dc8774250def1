"""Entering the number of a signed list."""

from __future__ import annotations

from typing import Any, TypedDict

from kernel import records
from kernel.database.connections import Transaction
from kernel.database.statements import statement
from kernel.problems import FieldError, Invalid
from kernel.storage.files import check_files
from kernel.values.ids import new_id
from kernel.web.auth import Caller
from services.training import problems
from services.training.classes.attendances.records import ATTENDANCE
from services.training.classes.signed_lists.schemas import SignedListCreate
from services.training.classes.training_classes.records import CLASS
from services.training.classes.training_classes.states import CLASS_STEPS
from services.training.rows import TrainingClassRow


class _Listed(TypedDict):
    persons: int
    has_list: bool | None


# By ix_attendance_class_id.
_LISTED = statement(
    _Listed,
    """
    SELECT count(*) FILTER (WHERE trainee_id IS NOT NULL) AS persons, bool_or(trainee_id IS NULL) AS has_list
      FROM attendance WHERE class_id = $1::uuid""",
)


async def sign_list(tx: Transaction, row: TrainingClassRow, body: SignedListCreate, *, by: Caller) -> TrainingClassRow:
    """Keep the number of a signed list for the locked class: one entry of the attendance list that stands for all.

    Raises ClassStateForbids, AttendancesKnown, Invalid.
    """
    CLASS_STEPS.require("attend", row["state"])
    if await check_files(tx, by, [body.file_id]):
        words = ("Không có tệp này; hãy tải lên trước.", "There is no such file; upload it first.")
        raise Invalid(FieldError("unknown_file", words, pointer="/file_id"))
    listed = await tx.fetchrow(_LISTED, row["id"])
    assert listed is not None, "an aggregate has a row"
    if listed["persons"] or listed["has_list"]:
        raise problems.AttendancesKnown(
            attendances=listed["persons"], reported_attendance_count=row["reported_attendance_count"]
        )
    entry: dict[str, Any] = {
        "id": new_id(),
        "class_id": row["id"],
        "trainee_id": None,
        "counted": body.reported_attendance_count,
        "organization_id": None,
        "organization_name": None,
        "audience": body.audience,
        "is_walk_in": False,
        "source": "signed_list",
        "session_ids": [],
        "first_seen_at": None,
        "allowance_vnd": None,
        "file_id": body.file_id,
        "note": None,
        "alliance": row["alliance"],
    }
    await records.create(tx, ATTENDANCE, entry, by=by, reason=body.reason)
    values = {"reported_attendance_count": body.reported_attendance_count, "reported_list_file_id": body.file_id}
    return await records.update(tx, CLASS, row, values, by=by, reason=body.reason)
