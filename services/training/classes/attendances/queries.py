"""SQL of the attendance list. The first three statements run with every check-in."""

from __future__ import annotations

from datetime import date
from typing import TypedDict

from sqlmodel import select

from kernel.database.statements import param, scalar, statement
from services.training import models
from services.training.classes.attendances.records import ATTENDANCE, CHECK_IN
from services.training.rows import AttendanceRow, CheckInRow


class SessionRow(TypedDict):
    """A session of the caller's area, and its class."""

    id: str
    class_id: str


# By the primary key.
SESSION = statement(
    SessionRow,
    "SELECT id, class_id FROM class_session WHERE id = $1::uuid AND ($2::text IS NULL OR alliance = $2)",
)


class Standing(TypedDict):
    """How a person stands in a class."""

    list_id: str | None
    attendance_id: str | None
    is_registered: bool


# One read for all that decides: whether the class is known by a list, registered for, and has an entry of this person.
# By uq_attendance_list, uq_attendance_trainee and uq_registration_trainee.
STANDING = statement(
    Standing,
    """
    SELECT (SELECT id FROM attendance WHERE class_id = $1::uuid AND trainee_id IS NULL) AS list_id,
           (SELECT id FROM attendance WHERE class_id = $1::uuid AND trainee_id = $2::uuid) AS attendance_id,
           EXISTS (SELECT FROM registration
                    WHERE class_id = $1::uuid AND trainee_id = $2::uuid AND state = 'registered') AS is_registered""",
)

# When somebody was erased: by the primary key.
ERASED_ON = scalar(date, "SELECT erased_on FROM trainee WHERE id = $1::uuid")

# By uq_check_in_trainee.
CHECKED_IN = scalar(
    str,
    select(models.CheckIn.id).where(models.CheckIn.class_session_id == param(1), models.CheckIn.trainee_id == param(2)),
)

# By uq_training_certificate_trainee.
VALID_CERTIFICATE = scalar(
    str,
    select(models.TrainingCertificate.id).where(
        models.TrainingCertificate.class_id == param(1),
        models.TrainingCertificate.trainee_id == param(2),
        models.TrainingCertificate.state == "valid",
    ),
)

# What a person is one by, however often entered.
WHO = scalar(str, "SELECT coalesce(id_number_mark, id::text) FROM trainee WHERE id = $1::uuid")

# An entry to be changed, and one that may be deleted with its check-ins. By the primary key.
TO_CHANGE = statement(AttendanceRow, f"{ATTENDANCE.select} WHERE id = $1::uuid FOR NO KEY UPDATE")
TO_DELETE = statement(AttendanceRow, f"{ATTENDANCE.select} WHERE id = $1::uuid FOR UPDATE")

# The check-ins of an entry, locked in the order of ids; and those that are left beside one. By ix_check_in_attendance_id.
CHECK_INS = statement(CheckInRow, f"{CHECK_IN.select} WHERE attendance_id = $1::uuid ORDER BY id FOR UPDATE")
OTHER_CHECK_INS = statement(
    CheckInRow,
    f"{CHECK_IN.select} WHERE attendance_id = $1::uuid AND id <> $2::uuid ORDER BY checked_in_at, id",
)
