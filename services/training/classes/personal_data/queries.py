"""SQL of what tells of one trainee: what stands, and what was removed and is left in the history."""

from __future__ import annotations

from typing import Any, TypedDict

from kernel.database.statements import Statement, statement
from kernel.records import Resource
from services.training.classes.attendances.records import ATTENDANCE, CHECK_IN
from services.training.classes.certificates.records import CERTIFICATE
from services.training.classes.registrations.records import REGISTRATION
from services.training.rows import AttendanceRow, CheckInRow, RegistrationRow, TrainingCertificateRow

# By ix_registration_trainee_id, ix_attendance_trainee_id, ix_check_in_attendance_id (a check-in stands below an attendance of its
# person) and ix_training_certificate_trainee_id; to change them locked in the order of ids.
_OF = "WHERE trainee_id = $1::uuid ORDER BY id"
_BELOW = "WHERE attendance_id IN (SELECT id FROM attendance WHERE trainee_id = $1::uuid) ORDER BY id"
_LOCKED = "FOR NO KEY UPDATE"
REGISTRATIONS = statement(RegistrationRow, f"{REGISTRATION.select} {_OF} {_LOCKED}")
ATTENDANCES = statement(AttendanceRow, f"{ATTENDANCE.select} {_OF} {_LOCKED}")
CHECK_INS = statement(CheckInRow, f"{CHECK_IN.select} {_BELOW} {_LOCKED}")
CERTIFICATES = statement(TrainingCertificateRow, f"{CERTIFICATE.select} {_OF} {_LOCKED}")
TOLD: tuple[tuple[Resource[Any], Statement[Any]], ...] = (
    (REGISTRATION, statement(RegistrationRow, f"{REGISTRATION.select} {_OF}")),
    (ATTENDANCE, statement(AttendanceRow, f"{ATTENDANCE.select} {_OF}")),
    (CHECK_IN, statement(CheckInRow, f"{CHECK_IN.select} {_BELOW}")),
    (CERTIFICATE, statement(TrainingCertificateRow, f"{CERTIFICATE.select} {_OF}")),
)
"""The same to be read."""


class RemovedRecord(TypedDict):
    """A record that was removed: its last version is all that is left of it."""

    resource_type: str
    id: str
    version: int
    organization_id: str | None
    organization_name: str | None


# Entries that were deleted, and trainees that were joined to this one. By ix_history_removed_of_trainee, ix_change_merged_into
# and the primary key of history.
REMOVED = statement(
    RemovedRecord,
    """
    SELECT h.resource_type, h.resource_id AS id, h.version,
           h.content ->> 'organization_id' AS organization_id, h.content ->> 'organization_name' AS organization_name
      FROM history h
     WHERE h.action = 'removed' AND h.content ->> 'trainee_id' = $1
     UNION ALL
    SELECT h.resource_type, h.resource_id, h.version, NULL, NULL
      FROM change c JOIN history h ON h.resource_type = c.resource_type AND h.resource_id = c.resource_id
                                  AND h.version = c.resource_version
     WHERE c.merged_into = $1::uuid AND c.resource_type = 'trainee'
     ORDER BY id""",
)


class TraineeId(TypedDict):
    """The id of a trainee."""

    id: str


# Other entries of one person: those with its number. By ix_trainee_id_number.
SAME_NUMBER = statement(
    TraineeId, "SELECT id FROM trainee WHERE alliance = $1 AND id_number_mark = $2 AND id <> $3::uuid ORDER BY id"
)
