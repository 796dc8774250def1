"""Reading a class, with its sessions and who registered and came where that is asked for."""

from __future__ import annotations

from kernel.records.crud import reading_router
from kernel.records.parts import page_part
from services.training.classes.attendances.records import ATTENDANCE_TYPE
from services.training.classes.attendances.schemas import AttendanceOfClassPage
from services.training.classes.registrations.records import REGISTRATION_TYPE
from services.training.classes.registrations.schemas import RegistrationOfClassPage
from services.training.classes.sessions.records import SESSION_TYPE
from services.training.classes.training_classes.records import CLASS_TYPE
from services.training.scopes import PREFIX, READ

_CLASS = f"{PREFIX}/classes/{{id}}"

# GET              /v1/training/classes/{class_id}
router = reading_router(
    CLASS_TYPE,
    page_part(
        "sessions",
        SESSION_TYPE.listing,
        label="Các buổi học",
        page=SESSION_TYPE.page,
        scopes=READ,
        by="class_id",
        path=f"{_CLASS}/sessions",
    ),
    page_part(
        "registrations",
        REGISTRATION_TYPE.listing,
        label="Đăng ký tham dự",
        page=RegistrationOfClassPage,
        scopes=READ,
        by="class_id",
        path=f"{_CLASS}/registrations",
    ),
    page_part(
        "attendances",
        ATTENDANCE_TYPE.listing,
        label="Danh sách học viên",
        page=AttendanceOfClassPage,
        scopes=READ,
        by="class_id",
        path=f"{_CLASS}/attendances",
    ),
)
