"""Receipts: what the level above says of an issued report. Its own record, which the sender reads and never writes."""

from __future__ import annotations

from typing import Annotated, Any, TypedDict

from pydantic import Field, model_validator

from kernel.database.connections import Transaction
from kernel.database.statements import statement
from kernel.problems.field_labels import Label
from kernel.records import Resource, table_of
from kernel.records.crud import listing_of, referenced_record, representation
from kernel.records.listing import code_filter, id_filter
from kernel.records.parts import page_part
from kernel.values.field_errors import field_error
from kernel.values.ids import Id
from kernel.web.calls import Call
from kernel.web.field_types import UUID, Reason
from kernel.web.schemas import Input, Recorded, code, listed
from services.reporting import code_lists as codes
from services.reporting import models, problems
from services.reporting.reports.kinds import NATION
from services.reporting.reports.records import REPORT
from services.reporting.rows import ReportReceiptRow
from services.reporting.scopes import APPROVE, PREFIX, READ, RecordType

_STATE, _REPORT = Label("Tiếp nhận"), Label("Báo cáo")
_AREA = "Whose word it is: VN, the national alliance"


class ReportReceiptCreate(Input):
    """Say that an issued report came in, is accepted, or goes back; a return needs its reason."""

    id: Id | None = None
    report_id: Annotated[Id, _REPORT] = Field(description="The issued report")
    state: Annotated[Annotated[str, code(codes.RECEIPT_STATES)], _STATE]
    reason: Reason | None = None

    @model_validator(mode="after")
    def _says_why(self) -> ReportReceiptCreate:
        if self.state == "returned" and self.reason is None:
            words = ("Trả lại thì phải ghi lý do.", "Give the reason why it goes back.")
            raise field_error("required", *words, at="reason")
        return self


class ReportReceipt(Recorded):
    """The receiving level's word on a report."""

    report_id: Annotated[str, _REPORT] = Field(json_schema_extra=UUID)
    state: Annotated[str, _STATE] = Field(json_schema_extra=listed(codes.RECEIPT_STATES))
    reason: str | None
    receiving_area: Annotated[str, Label("Nơi nhận")] = Field(description=_AREA)
    alliance: str = Field(description="The sender's: who reads the report reads what is said of it")


REPORT_RECEIPT = Resource(
    name="report_receipt",
    table=table_of(models.ReportReceipt),
    path=f"{PREFIX}/report-receipts",
    represent=representation(ReportReceipt),
    row=ReportReceiptRow,
)


class _Said(TypedDict):
    state: str


# By uq_report_receipt.
_SAID = statement(
    _Said,
    "SELECT state FROM report_receipt WHERE report_id = $1::uuid AND state IN ('accepted', 'returned')",
)


async def _columns(
    tx: Transaction, call: Call, body: ReportReceiptCreate, row: ReportReceiptRow | None
) -> dict[str, Any]:
    # Locked: of an acceptance and a return at once, one comes first.
    report = await referenced_record(tx, call, REPORT, body.report_id, "/report_id", lock=True)
    if call.caller.area != NATION or report["alliance"] == NATION:
        raise problems.NotReceivingLevel(alliance=report["alliance"])
    if report["state"] != "issued":
        raise step_not_open(report["state"], "receipt")
    if (said := await tx.fetchrow(_SAID, report["id"])) is not None:
        raise problems.ReceiptNotOpen(receipt=said["state"])
    return {
        "report_id": report["id"],
        "state": body.state,
        "reason": body.reason,
        "receiving_area": NATION,
        "alliance": report["alliance"],
    }


NEXT_STEP = {
    "draft": ("submission", "reports.write"),
    "submitted": ("approval", "reports.approve"),
    "approved": ("issue", "reports.write"),
    "issued": ("revision", "reports.write"),
}
"""State → the step that leads on, and the permission that it needs."""


def step_not_open(state: str, step: str) -> problems.ReportStepNotOpen:
    """Return the refusal of a step that the report has not come to, or is past."""
    next_step, may_act = NEXT_STEP[state]
    return problems.ReportStepNotOpen(state=state, step=step, next_step=next_step, may_act=may_act)


async def _said_before(tx: Transaction, values: dict[str, Any]) -> Exception:
    return problems.ReceiptNotOpen(receipt=values["state"])


REPORT_RECEIPT_TYPE = RecordType(
    resource=REPORT_RECEIPT,
    plural="report-receipts",
    output=ReportReceipt,
    create=ReportReceiptCreate,
    listing=listing_of(
        REPORT_RECEIPT,
        ReportReceipt,
        (
            id_filter("report_id", "r.report_id", "The report."),
            code_filter("state", "r.state", codes.RECEIPT_STATES, "Received, accepted or returned."),
        ),
        facets=("state",),
        sums={},
    ),
    columns=_columns,
    refusals=(problems.NotReceivingLevel, problems.ReportStepNotOpen, problems.ReceiptNotOpen),
    unique={"uq_report_receipt": _said_before},
    create_scopes=APPROVE,
    read_scopes=READ,
)

RECEIPTS_PART = page_part(
    "receipts",
    REPORT_RECEIPT_TYPE.listing,
    label="Tiếp nhận",
    page=REPORT_RECEIPT_TYPE.page,
    scopes=READ,
    by="report_id",
    path=f"{PREFIX}/report-receipts?report_id={{id}}",
)
