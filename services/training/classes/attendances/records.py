"""What an entry of the attendance list and a check-in are: their tables, and how they are shown and listed."""

from __future__ import annotations

from kernel.records import Resource, table_of
from kernel.records.crud import listing_of, representation
from kernel.records.listing import SortKey, code_filter, flag_filter, id_filter, instant_range
from services.training import code_lists as codes
from services.training import models
from services.training.classes.attendances.schemas import Attendance, CheckIn
from services.training.filters import in_provinces
from services.training.indicators import INDICATORS
from services.training.names import CLASS_NAME, OF_CLASS_NAMES
from services.training.rows import AttendanceRow, CheckInRow
from services.training.scopes import OWN_READ, RecordType

ATTENDANCE = Resource(
    name="attendance",
    table=table_of(models.Attendance),
    path="/v1/training/attendances",
    represent=representation(Attendance, parsed=("session_ids",)),
    embeds=OF_CLASS_NAMES,
    row=AttendanceRow,
    own_column="organization_id",
)
CHECK_IN = Resource(
    name="check_in",
    table=table_of(models.CheckIn),
    path="/v1/training/check-ins",
    represent=representation(CheckIn),
    embeds=(CLASS_NAME,),
    row=CheckInRow,
    own_column="organization_id",
)
ATTENDANCE_TYPE = RecordType(
    resource=ATTENDANCE,
    plural="attendances",
    output=Attendance,
    create=None,
    listing=listing_of(
        ATTENDANCE,
        Attendance,
        (
            id_filter("class_id", "r.class_id", "Class."),
            id_filter("trainee_id", "r.trainee_id", "Person."),
            id_filter("organization_id", "r.organization_id", "Organization that the person came from."),
            code_filter("audience", "r.audience", codes.AUDIENCES, "In which role the person came."),
            code_filter("source", "r.source", codes.ATTENDANCE_SOURCES, "Where it is known from."),
            flag_filter("is_walk_in", "r.is_walk_in", "Those who were not registered, or were."),
            *in_provinces("r.class_id IN (SELECT c.id FROM training_class c WHERE {})"),
        ),
        facets=("audience", "source"),
        counts=INDICATORS,
    ),
    columns=None,
    read_scopes=OWN_READ,
)
CHECK_IN_TYPE = RecordType(
    resource=CHECK_IN,
    plural="check-ins",
    output=CheckIn,
    create=None,
    listing=listing_of(
        CHECK_IN,
        CheckIn,
        (
            id_filter("class_id", "r.class_id", "Class."),
            id_filter("class_session_id", "r.class_session_id", "Session."),
            id_filter("attendance_id", "r.attendance_id", "Entry of the attendance list."),
            id_filter("trainee_id", "r.trainee_id", "Person."),
            code_filter("source", "r.source", codes.PERSON_SOURCES, "Where it is known from."),
            *instant_range("checked_in_at", "r.checked_in_at", "When the person came"),
        ),
        sorts={"checked_in_at": SortKey("r.checked_in_at", "timestamptz")},
    ),
    columns=None,
)
