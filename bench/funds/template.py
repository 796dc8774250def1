"""TEMPLATE of the funds: the idiomatic FastAPI, SQLModel and async session doing the plain thing, on the same tables.

It locks the loan, splits the money by a month's interest on the balance, and writes the repayment, its ledger rows and
the balance: no key, history, event, installments or replay.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import AsyncGenerator
from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import Field, SQLModel, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.funds.models import LedgerEntry, LedgerTransaction, Loan, Repayment


class RepaymentCreate(SQLModel):
    amount_vnd: int = Field(gt=0)
    paid_on: date
    payment_channel: str = "transfer"
    voucher_number: str | None = None
    payer: str | None = None
    note: str | None = None


class RepaymentPublic(RepaymentCreate):
    id: uuid.UUID
    version: int
    created_at: datetime
    created_by: str
    fund_id: uuid.UUID
    loan_id: uuid.UUID
    principal_vnd: int
    interest_vnd: int
    loan_outstanding_vnd: int


engine = create_async_engine(
    os.environ["BENCH_URL"].replace("postgresql://", "postgresql+asyncpg://"),
    pool_size=int(os.environ.get("BENCH_POOL", "12")),
    max_overflow=0,
)


async def get_session() -> AsyncGenerator[AsyncSession, None]:
    async with AsyncSession(engine, expire_on_commit=False) as session:
        yield session


Session = Annotated[AsyncSession, Depends(get_session)]
app = FastAPI()


@app.post("/v1/funds/loans/{loan_id}/repayments", response_model=RepaymentPublic, status_code=201)
async def record_repayment(session: Session, loan_id: uuid.UUID, body: RepaymentCreate) -> Any:
    loan = (await session.exec(select(Loan).where(Loan.id == str(loan_id)).with_for_update())).first()
    if loan is None:
        raise HTTPException(404)
    since = (await session.exec(select(func.max(Repayment.paid_on)).where(Repayment.loan_id == loan.id))).one()
    days = (body.paid_on - (since or loan.starts_on or body.paid_on)).days
    earned = round(loan.outstanding_vnd * float(loan.annual_rate_percent) / 100 * days / 365)
    interest = min(body.amount_vnd, max(0, earned))
    principal = body.amount_vnd - interest
    if principal > loan.outstanding_vnd:
        raise HTTPException(409)
    now = datetime.now(UTC)
    repayment = Repayment(
        **body.model_dump(),
        id=str(uuid.uuid4()),
        version=1,
        created_at=now,
        updated_at=now,
        created_by="bench",
        alliance=loan.alliance,
        fund_id=loan.fund_id,
        loan_id=loan.id,
        excess="refuse",
        principal_vnd=principal,
        interest_vnd=interest,
        overdue_interest_vnd=0,
        held_vnd=0,
    )
    transaction = LedgerTransaction(
        id=str(uuid.uuid4()),
        alliance=loan.alliance,
        fund_id=loan.fund_id,
        booked_on=body.paid_on,
        kind="repayment",
        memo=None,
        loan_id=loan.id,
        source_id=repayment.id,
        recorded_at=now,
        recorded_by="bench",
    )
    session.add(repayment)
    session.add(transaction)
    await session.flush()
    lines = [("cash", body.amount_vnd, 0), ("loan_principal", 0, principal), ("interest_income", 0, interest)]
    session.add_all(
        LedgerEntry(  # type: ignore[call-arg]  # PostgreSQL numbers it
            transaction_id=transaction.id,
            line=line,
            fund_id=loan.fund_id,
            account=account,
            booked_on=body.paid_on,
            debit_vnd=debit,
            credit_vnd=credit,
        )
        for line, (account, debit, credit) in enumerate(lines, 1)
        if debit or credit
    )
    loan.outstanding_vnd -= principal
    loan.interest_paid_vnd += interest
    loan.version += 1
    loan.updated_at = now
    session.add(loan)
    await session.commit()
    await session.refresh(repayment)
    return RepaymentPublic(**repayment.model_dump(), loan_outstanding_vnd=loan.outstanding_vnd)
