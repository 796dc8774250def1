"""SQL of confirmations: what stands in the way of joining two persons, and what goes over from one to the other."""

from __future__ import annotations

from typing import TypedDict

from sqlmodel import select

from kernel.database.statements import command, param, scalar, statement
from services.training import models
from services.training.classes.attendances.records import ATTENDANCE, CHECK_IN
from services.training.classes.certificates.records import CERTIFICATE
from services.training.classes.registrations.records import REGISTRATION
from services.training.classes.trainees.records import TRAINEE
from services.training.rows import AttendanceRow, CheckInRow, RegistrationRow, TraineeRow, TrainingCertificateRow

# A trainee of the caller's area, against everything that is entered for it. By the primary key.
LOCKED = statement(
    TraineeRow, f"{TRAINEE.select} WHERE id = $1::uuid AND ($2::text IS NULL OR alliance = $2) FOR UPDATE"
)

# Another confirmed trainee with the number. By uq_trainee_id_number.
OTHER_WITH_NUMBER = scalar(
    str,
    """
    SELECT id FROM trainee
     WHERE alliance = $1 AND id_number_mark = $2 AND state = 'confirmed' AND NOT (id = ANY($3::uuid[])) LIMIT 1""",
)


class BothAttendedRow(TypedDict):
    """A class on whose list both persons stand."""

    class_id: str
    attendance_ids: list[str]


# By ix_attendance_trainee_id.
BOTH_ATTENDED = statement(
    BothAttendedRow,
    """
    SELECT class_id, array_agg(id::text ORDER BY id) AS attendance_ids FROM attendance
     WHERE trainee_id = ANY($1::uuid[]) GROUP BY class_id HAVING count(*) > 1 ORDER BY class_id LIMIT 1""",
)

# What a person attended and was given, locked in the order of ids. By ix_attendance_trainee_id and
# ix_training_certificate_trainee_id; check-ins of one person are found by a scan: joining is rare.
ATTENDANCES = statement(AttendanceRow, f"{ATTENDANCE.select} WHERE trainee_id = $1::uuid ORDER BY id FOR NO KEY UPDATE")
CHECK_INS = statement(CheckInRow, f"{CHECK_IN.select} WHERE trainee_id = $1::uuid ORDER BY id FOR NO KEY UPDATE")
CERTIFICATES = statement(
    TrainingCertificateRow, f"{CERTIFICATE.select} WHERE trainee_id = $1::uuid ORDER BY id FOR NO KEY UPDATE"
)

# The classes that a person has or had a place in, locked in the order of ids: before the registrations, as elsewhere.
LOCK_CLASSES = command("""
    SELECT 1 FROM training_class WHERE id IN (SELECT class_id FROM registration WHERE trainee_id = $1::uuid)
     ORDER BY id FOR NO KEY UPDATE""")
REGISTRATIONS = statement(
    RegistrationRow, f"{REGISTRATION.select} WHERE trainee_id = $1::uuid ORDER BY id FOR NO KEY UPDATE"
)


class RegisteredClass(TypedDict):
    """A class in which a person has a place."""

    class_id: str


REGISTERED = statement(
    RegisteredClass,
    select(models.Registration.class_id).where(
        models.Registration.trainee_id == param(1), models.Registration.state == "registered"
    ),
)
