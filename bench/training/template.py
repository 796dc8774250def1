"""TEMPLATE of training: the idiomatic FastAPI, SQLModel and async session doing the plain thing, on the same tables.

A check-in writes the entry of the list and the check-in: no history, event, lock or replay.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import AsyncGenerator
from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Query
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.training.models import Attendance, CheckIn, ClassSession, Registration, Trainee, TrainingClass


class RecordPublic(SQLModel):
    id: uuid.UUID
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str


class ClassPublic(RecordPublic):
    program_id: uuid.UUID | None
    plan_line: str | None
    class_number: str | None
    name: str
    kind: str
    topic: str
    attribution: str
    lead_alliance: str
    partners: list[Any]
    is_counted: bool
    decision_number: str | None
    decided_on: date | None
    budget: list[Any]
    actual_cost: list[Any]
    commune_code: str
    commune_map: str
    province_2008: str
    province_2025: str
    venue: str | None
    starts_on: date
    ends_on: date
    counted_on: date
    session_minutes: int
    lecturers: list[Any]
    capacity: int | None
    expected_audience: list[Any]
    expected_attendances: int | None
    reported_attendance_count: int | None
    reported_list_file_id: uuid.UUID | None
    gives_certificate: bool
    state: str
    cancellation: dict[str, Any] | None
    report: dict[str, Any] | None
    note: str | None
    file_ids: list[Any]


class AttendancePublic(RecordPublic):
    class_id: uuid.UUID
    trainee_id: uuid.UUID | None
    counted: int
    organization_id: uuid.UUID | None
    organization_name: str | None
    audience: str
    is_walk_in: bool
    source: str
    session_ids: list[uuid.UUID]
    first_seen_at: datetime | None
    allowance_vnd: int | None
    file_id: uuid.UUID | None
    note: str | None


class ClassPage(SQLModel):
    items: list[ClassPublic]


class AttendancePage(SQLModel):
    items: list[AttendancePublic]


class CheckInCreate(SQLModel):
    class_session_id: uuid.UUID
    trainee_id: uuid.UUID
    source: str = "roll_call"
    is_walk_in: bool = False
    device: str | None = None


class CheckInPublic(RecordPublic):
    class_id: uuid.UUID
    class_session_id: uuid.UUID
    attendance_id: uuid.UUID
    trainee_id: uuid.UUID
    source: str
    is_walk_in: bool
    checked_in_at: datetime
    device: str | None


engine = create_async_engine(
    os.environ["BENCH_URL"].replace("postgresql://", "postgresql+asyncpg://"),
    pool_size=int(os.environ.get("BENCH_POOL", "12")),
    max_overflow=0,
)


async def get_session() -> AsyncGenerator[AsyncSession, None]:
    async with AsyncSession(engine, expire_on_commit=False) as session:
        yield session


Session = Annotated[AsyncSession, Depends(get_session)]
Limit = Annotated[int, Query(ge=1, le=200)]
app = FastAPI()


@app.get("/v1/training/classes", response_model=ClassPage)
async def list_classes(session: Session, province: str | None = None, limit: Limit = 50) -> Any:
    statement = select(TrainingClass)
    if province:
        statement = statement.where(TrainingClass.province_2025 == province)
    statement = statement.order_by(col(TrainingClass.id)).limit(limit)
    return {"items": (await session.exec(statement)).all()}


@app.get("/v1/training/classes/{class_id}/attendances", response_model=AttendancePage)
async def list_attendances(session: Session, class_id: uuid.UUID, limit: Limit = 50) -> Any:
    if await session.get(TrainingClass, str(class_id)) is None:
        raise HTTPException(404)
    statement = select(Attendance).where(Attendance.class_id == str(class_id))
    statement = statement.order_by(col(Attendance.id)).limit(limit)
    return {"items": (await session.exec(statement)).all()}


@app.post("/v1/training/check-ins", response_model=CheckInPublic, status_code=201)
async def create_check_in(session: Session, body: CheckInCreate) -> Any:
    sitting = await session.get(ClassSession, str(body.class_session_id))
    person = await session.get(Trainee, str(body.trainee_id))
    if sitting is None or person is None:
        raise HTTPException(404)
    held = await session.get(TrainingClass, sitting.class_id)
    if held is None or held.state not in ("running", "held", "reported"):
        raise HTTPException(409)
    of_person = select(Registration).where(
        Registration.class_id == held.id, Registration.trainee_id == person.id, Registration.state == "registered"
    )
    registered = (await session.exec(of_person)).first() is not None
    if not registered and not body.is_walk_in:
        raise HTTPException(409)
    now = datetime.now(UTC)
    recorded: dict[str, Any] = {
        "version": 1,
        "created_at": now,
        "updated_at": now,
        "created_by": "bench",
        "alliance": held.alliance,
    }
    listed = select(Attendance).where(Attendance.class_id == held.id, Attendance.trainee_id == person.id)
    entry = (await session.exec(listed)).first()
    if entry is None:
        entry = Attendance(
            **recorded,
            id=str(uuid.uuid4()),
            class_id=held.id,
            trainee_id=person.id,
            counted=1,
            organization_id=person.organization_id,
            organization_name=person.organization_name,
            audience=person.audience,
            is_walk_in=not registered,
            source=body.source,
            session_ids=[sitting.id],  # type: ignore[arg-type]  # an array in the table
            first_seen_at=now,
        )
        session.add(entry)
        await session.flush()
    made = CheckIn(
        **recorded,
        id=str(uuid.uuid4()),
        class_id=held.id,
        class_session_id=sitting.id,
        attendance_id=entry.id,
        trainee_id=person.id,
        organization_id=person.organization_id,
        source=body.source,
        is_walk_in=not registered,
        checked_in_at=now,
        device=body.device,
    )
    session.add(made)
    await session.commit()
    await session.refresh(made)
    return made
