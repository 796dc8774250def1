"""What a loan may be read with: what it is today, who borrowed, what secures it and how its use was checked."""

from __future__ import annotations

from typing import Any

from kernel.database.connections import Transaction
from kernel.records.parts import Part, page_part
from kernel.records.reading import read
from kernel.records.responses import document_of
from kernel.values.days import today
from kernel.web.calls import Call
from services.funds.lending.borrowers.records import BORROWER
from services.funds.lending.borrowers.schemas import Borrower
from services.funds.rows import LoanRow
from services.funds.scopes import OWN_READ, PREFIX, READ
from services.funds.servicing.collaterals.records import COLLATERALS
from services.funds.servicing.monitoring.records import USE_CHECKS
from services.funds.servicing.positions.schemas import LoanPosition, LoanSchedule
from services.funds.servicing.positions.service import Position, Schedule, position_of, schedule_of


async def _schedule(tx: Transaction, call: Call, loan: LoanRow) -> Schedule:
    return await schedule_of(tx, loan, today())


async def _position(tx: Transaction, call: Call, loan: LoanRow) -> Position:
    return await position_of(tx, loan, today())


async def _borrower(tx: Transaction, call: Call, loan: LoanRow) -> dict[str, Any] | None:
    borrower = await read(tx, BORROWER, loan["borrower_id"], call.caller, named=True)
    return None if borrower is None else await document_of(tx, call, BORROWER, borrower)


LOAN_PARTS = (
    Part(
        field="schedule",
        label="Lịch trả nợ",
        description="With `include=schedule`: every installment as it stands today",
        output=LoanSchedule,
        scopes=OWN_READ,
        read=_schedule,
    ),
    Part(
        field="position",
        label="Tình hình khoản vay",
        description="With `include=position`: what is outstanding, due and overdue today",
        output=LoanPosition,
        scopes=OWN_READ,
        read=_position,
    ),
    Part(
        field="borrower",
        label="Khách hàng vay",
        description="With `include=borrower`: who borrowed, numbers masked; null where the caller may not read it",
        output=Borrower | None,
        scopes=OWN_READ,
        read=_borrower,
    ),
    page_part(
        "collaterals",
        COLLATERALS.listing,
        label="Tài sản bảo đảm",
        page=COLLATERALS.page,
        scopes=READ,
        by="secures_loan_id",
        path=f"{PREFIX}/collaterals?secures_loan_id={{id}}",
    ),
    page_part(
        "use_checks",
        USE_CHECKS.listing,
        label="Kiểm tra sử dụng vốn",
        page=USE_CHECKS.page,
        scopes=READ,
        by="loan_id",
        path=f"{PREFIX}/loans/{{id}}/use-checks",
    ),
)
