"""TEMPLATE: what the idiomatic FastAPI, SQLModel and async session template gives, on the same tables."""

from __future__ import annotations

import os
import uuid
from collections.abc import AsyncGenerator
from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Query
from sqlalchemy import BigInteger, DateTime, literal_column
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from kernel.values.text import fold_query, name_distinct, name_folded, name_sort


class OrganizationBase(SQLModel):
    type: str
    is_credit_fund: bool = False
    code: str | None = None
    legacy_number: str | None = None
    name: str
    name_short: str | None = None
    name_foreign: str | None = None
    commune_code: str
    commune_map: str
    commune_name: str | None = None
    address: str | None = None
    province_2008: str
    province_2025: str
    business_lines: list[Any] = Field(default=[], sa_type=JSONB)
    report_sector: str | None = None
    charter_capital_vnd: int | None = Field(default=None, sa_type=BigInteger)
    paid_capital_vnd: int | None = Field(default=None, sa_type=BigInteger)
    founded_on: date | None = None
    founded_precision: str | None = None
    registered_on: date | None = None
    founding_attribution: str | None = None
    founding_partners: list[Any] = Field(default=[], sa_type=JSONB)
    legal_representatives: list[Any] = Field(default=[], sa_type=JSONB)
    contacts: list[Any] = Field(default=[], sa_type=JSONB)
    legal_status: str = "active"
    operating_state: str = "unknown"
    governance: str | None = None
    external_ids: list[Any] = Field(default=[], sa_type=JSONB)
    is_synthetic: bool = False
    alliance: str


class Organization(OrganizationBase, table=True):
    __tablename__ = "organization"
    id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True)
    version: int = 1
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    updated_at: datetime = Field(sa_type=DateTime(timezone=True))
    created_by: str
    name_folded: str
    name_distinct: str
    name_sort: str
    starts_on: date
    opening_type: str
    opening_legal_status: str
    opening_operating_state: str
    opening_commune_code: str
    opening_commune_map: str
    opening_province_2008: str
    opening_province_2025: str


class OrganizationPublic(OrganizationBase):
    id: uuid.UUID
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str


class OrganizationPage(SQLModel):
    items: list[OrganizationPublic]


class SeatIn(SQLModel):
    commune_code: str
    commune_map: str


class OrganizationCreate(SQLModel):
    type: str
    name: str = Field(min_length=1, max_length=300)
    code: str | None = None
    seat: SeatIn
    registered_on: date | None = None
    charter_capital_vnd: int | None = None
    force: bool = False
    reason: str | None = None


engine = create_async_engine(
    os.environ["BENCH_URL"].replace("postgresql://", "postgresql+asyncpg://"),
    pool_size=int(os.environ.get("BENCH_POOL", "12")),
    max_overflow=0,
)


async def get_session() -> AsyncGenerator[AsyncSession, None]:
    async with AsyncSession(engine, expire_on_commit=False) as session:
        yield session


Session = Annotated[AsyncSession, Depends(get_session)]
router = APIRouter(prefix="/v1/registry")


@router.get("/organizations/{id}", response_model=OrganizationPublic)
async def read_organization(session: Session, id: uuid.UUID) -> Any:
    found = await session.get(Organization, id)
    if not found:
        raise HTTPException(404)
    return found


@router.get("/organizations", response_model=OrganizationPage)
async def list_organizations(
    session: Session,
    province: str | None = None,
    type: str | None = None,
    legal_status: str | None = None,
    q: str | None = None,
    folded: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Any:
    statement = select(Organization)
    if province:
        statement = statement.where(Organization.province_2025 == province)
    if type:
        statement = statement.where(Organization.type == type)
    if legal_status:
        statement = statement.where(Organization.legal_status == legal_status)
    if q:
        # As its own index has it: ours finds names in another way.
        like = literal_column("(organization.name_distinct || '')").like(f"%{fold_query(q)}%")
        statement = statement.where(like).order_by(col(Organization.name_sort))
    else:
        statement = statement.order_by(col(Organization.id))
    return OrganizationPage(items=(await session.exec(statement.limit(limit))).all())  # type: ignore[arg-type]


@router.post("/organizations", response_model=OrganizationPublic, status_code=201)
async def create_organization(session: Session, body: OrganizationCreate) -> Any:
    now = datetime.now(UTC)
    place: dict[str, Any] = {
        "commune_code": body.seat.commune_code,
        "commune_map": body.seat.commune_map,
        "province_2008": "25-2008",
        "province_2025": "25-2025",
    }
    made = Organization(
        **body.model_dump(exclude={"seat", "force", "reason"}),
        **place,
        alliance="25-2025",
        created_at=now,
        updated_at=now,
        created_by="bench",
        name_folded=name_folded(body.name),
        name_distinct=name_distinct(body.name),
        name_sort=name_sort(body.name),
        starts_on=body.registered_on or now.date(),
        opening_type=body.type,
        opening_legal_status="active",
        opening_operating_state="unknown",
        **{f"opening_{key}": value for key, value in place.items()},
    )
    session.add(made)
    try:
        await session.commit()
    except IntegrityError as error:
        raise HTTPException(409) from error
    await session.refresh(made)
    return made


app = FastAPI()
app.include_router(router)
