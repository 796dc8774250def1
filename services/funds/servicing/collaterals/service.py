"""Entering what secures a loan."""

from __future__ import annotations

from typing import Any

from kernel.database.connections import Row, Transaction
from kernel.problems import FieldError, Invalid
from kernel.records.confirmations import require_in_force
from kernel.records.crud import referenced_record
from kernel.storage.files import check_files
from kernel.web.calls import Call
from services.funds.lending.applications.records import LOAN_APPLICATION
from services.funds.lending.borrowers.records import named_borrower, refuse_erased
from services.funds.servicing.collaterals.schemas import CollateralCreate
from services.funds.servicing.loans.resource import LOAN


async def columns(tx: Transaction, call: Call, body: CollateralCreate, row: Row | None) -> dict[str, Any]:
    values = body.model_dump(exclude={"id", "reason"})
    if body.loan_application_id is not None:
        application = await referenced_record(
            tx, call, LOAN_APPLICATION, body.loan_application_id, "/loan_application_id"
        )
        if body.borrower_id not in (None, application["borrower_id"]):
            words = (
                "Hồ sơ này của khách hàng khác; hãy chọn hồ sơ của khách hàng đã nêu.",
                "The application is another borrower's; choose one of the borrower named.",
            )
            raise Invalid(FieldError("differs_from_application", words, pointer="/borrower_id"))
        values["borrower_id"] = application["borrower_id"]
    if body.loan_id is not None:
        loan = await referenced_record(tx, call, LOAN, body.loan_id, "/loan_id")
        require_in_force(loan)
        if values["borrower_id"] not in (None, loan["borrower_id"]):
            words = (
                "Khoản vay này của khách hàng khác; hãy chọn khoản vay của khách hàng đã nêu.",
                "The loan is another borrower's; choose one of the borrower named.",
            )
            raise Invalid(FieldError("differs_from_loan", words, pointer="/borrower_id"))
        values["borrower_id"] = loan["borrower_id"]
    borrower = await named_borrower(tx, call, values["borrower_id"])
    refuse_erased(borrower)
    if faults := await check_files(tx, call.caller, body.file_ids):
        raise Invalid(*faults)
    return {**values, "alliance": borrower["alliance"]}
