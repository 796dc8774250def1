"""What a caller sends and gets for the ledger and its closures."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from kernel.problems.field_labels import Label
from kernel.records.embedding import EMBEDDED
from kernel.values.days import PastDay
from kernel.values.ids import Id
from kernel.web.field_types import VndShown
from kernel.web.schemas import Input, Output, Page, Recorded, SubjectName, listed, text
from services.funds import code_lists as codes
from services.funds.names import FundName, LoanName


class LedgerClosureCreate(Input):
    """Close the books of a fund until a day, that day included: nothing is booked there any more."""

    id: Id | None = None
    fund_id: Id
    closed_until: PastDay
    note: Annotated[str, text(500)] | None = None
    reason: Annotated[str, text(500)] | None = None


class LedgerClosure(Recorded):
    """The books of a fund are closed until a day."""

    fund_id: str = Field(json_schema_extra={"format": "uuid"})
    fund: Annotated[FundName, EMBEDDED]
    closed_until: date
    note: str | None
    alliance: str


class LedgerAccount(Output):
    """An account of the ledger."""

    code: Annotated[str, Label("Mã tài khoản")] = Field(json_schema_extra=listed(codes.LEDGER_ACCOUNTS))
    label: str = Field(description="Name in the language asked for")
    side: str = Field(description="On which side it grows", json_schema_extra=listed(codes.LEDGER_SIDES))


class LedgerAccounts(Output):
    """Every account of the ledger."""

    items: list[LedgerAccount]


class LedgerEntry(Output):
    """One line of a ledger transaction: a debit or a credit."""

    number: Annotated[int, Label("Số thứ tự bút toán")] = Field(description="Grows with every entry of the ledger")
    transaction_id: str = Field(json_schema_extra={"format": "uuid"})
    line: int
    fund_id: str = Field(json_schema_extra={"format": "uuid"})
    fund: Annotated[FundName, EMBEDDED]
    account: str = Field(json_schema_extra=listed(codes.LEDGER_ACCOUNTS))
    booked_on: date
    debit_vnd: VndShown
    credit_vnd: VndShown
    kind: Annotated[str, Label("Loại bút toán")] = Field(json_schema_extra=listed(codes.LEDGER_KINDS))
    loan_id: str | None = Field(json_schema_extra={"format": "uuid"})
    loan: Annotated[LoanName | None, EMBEDDED]
    source_id: str | None = Field(json_schema_extra={"format": "uuid"}, description="The record that made it")
    corrects_id: str | None = Field(json_schema_extra={"format": "uuid"}, description="The transaction it corrects")
    memo: str | None
    recorded_at: datetime
    recorded_by: str
    recorded_by_name: SubjectName


class LedgerEntryPage(Page[LedgerEntry]):
    """A page of ledger entries."""


class TrialBalanceLine(Output):
    """One account of one fund on a day."""

    fund_id: str = Field(json_schema_extra={"format": "uuid"})
    fund: Annotated[FundName, EMBEDDED]
    account: str = Field(json_schema_extra=listed(codes.LEDGER_ACCOUNTS))
    debit_vnd: VndShown = Field(description="All debits until the day")
    credit_vnd: VndShown = Field(description="All credits until the day")
    balance_vnd: VndShown = Field(description="Balance on the side that `side` names")
    side: str = Field(description="Side of the balance", json_schema_extra=listed(codes.LEDGER_SIDES))


class TrialBalance(Output):
    """Every account on a day; the sums of debits and credits are equal."""

    as_of: date
    items: list[TrialBalanceLine]
    debit_vnd: VndShown
    credit_vnd: VndShown
    is_balanced: bool
