"""The steps of a report: submitted, approved, issued; returned to a draft, or revised. Each checks who may and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from kernel import problems as kernel_problems
from kernel import records
from kernel.database.connections import Transaction
from kernel.database.statements import command
from kernel.problems import FieldError, Invalid
from kernel.records.crud import insert
from kernel.records.replays import content_of, replay_of
from kernel.storage.files import check_files
from kernel.values.days import day_text, instant_text, now
from kernel.web.auth import Caller
from kernel.web.calls import Call
from kernel.web.replies import dump
from services.reporting import problems
from services.reporting.reports.receipts import step_not_open
from services.reporting.reports.records import (
    EMPTY,
    REPORT,
    REPORT_TYPE,
    refuse_another,
    refuse_unless_draft,
    with_preparer,
)
from services.reporting.reports.schemas import ApprovalCreate, IssueCreate, RevisionCreate
from services.reporting.rows import ReportRow

# Behind the report's lock: nobody else adds the next number.
_FREEZE = command(
    """
    INSERT INTO report_freeze (report_id, number, frozen_at, frozen_by, content)
    SELECT $1::uuid, coalesce(max(number), 0) + 1, $2::timestamptz, $3, $4::jsonb
      FROM report_freeze WHERE report_id = $1::uuid"""
)


def needs_step(report: Mapping[str, Any], state: str, step: str) -> None:
    """Raise ReportStepNotOpen, which says the next step and who may take it, unless the report has this state."""
    if report["state"] != state:
        raise step_not_open(report["state"], step)


async def _own(tx: Transaction, call: Call, id_: str) -> ReportRow:
    """Return the locked report of the caller's own alliance. Raises NotSendingAlliance."""
    report: ReportRow = await records.locked(tx, call, REPORT, id_)
    refuse_another(call.caller, report["alliance"])
    return report


def _a_person(caller: Caller) -> None:
    if caller.is_system:
        raise kernel_problems.PersonNeeded()


async def submit(
    tx: Transaction,
    call: Call,
    seen: ReportRow,
    content: Mapping[str, Any],
    *,
    frozen_at: datetime,
    note: str | None,
) -> ReportRow:
    """Freeze what the draft `seen` said: figures, definitions' versions, sentences. `frozen_at`: before they were asked.

    Raises ReportStepNotOpen, ReportChangedMeanwhile where somebody wrote in the draft since.
    """
    report = await _own(tx, call, seen["id"])
    needs_step(report, "draft", "submission")
    if report["version"] != seen["version"]:
        raise problems.ReportChangedMeanwhile()
    await tx.execute(_FREEZE, report["id"], frozen_at, call.caller.id, dump(content).decode())
    values = {
        "state": "submitted",
        "frozen_at": frozen_at,
        "submitted_by": call.caller.id,
        "submitted_at": now(),
        "prepared_by": with_preparer(report, call.caller),
    }
    return await _moved(tx, call, report, values, note)


async def _moved(
    tx: Transaction, call: Call, report: ReportRow, values: dict[str, Any], reason: str | None
) -> ReportRow:
    return await records.update(tx, REPORT, report, values, by=call.caller, reason=reason)


async def approve(tx: Transaction, call: Call, id_: str, body: ApprovalCreate) -> ReportRow:
    """Approve what was submitted. Raises PersonNeeded, SamePerson, ReportStepNotOpen."""
    report = await _own(tx, call, id_)
    _a_person(call.caller)
    _another_person(call.caller, report)
    needs_step(report, "submitted", "approval")
    values = {
        **body.model_dump(),
        "state": "approved",
        "approved_by": call.caller.id,
        "approved_at": now(),
    }
    return await _moved(tx, call, report, values, None)


def _another_person(caller: Caller, report: ReportRow) -> None:
    if caller.id in orjson.loads(report["prepared_by"]):
        raise kernel_problems.SamePerson(prepared_by=caller.id)


async def give_back(tx: Transaction, call: Call, id_: str, reason: str) -> ReportRow:
    """Make what was submitted a draft again; what was frozen of it stays. Raises PersonNeeded, ReportStepNotOpen."""
    report = await _own(tx, call, id_)
    _a_person(call.caller)
    needs_step(report, "submitted", "return")
    values = {
        "state": "draft",
        "frozen_at": None,
        "submitted_by": None,
        "submitted_at": None,
        "return_reason": reason,
        "returned_by": call.caller.id,
        "returned_at": now(),
    }
    return await _moved(tx, call, report, values, reason)


async def issue(
    tx: Transaction, call: Call, id_: str, body: IssueCreate, signature: Mapping[str, Any] | None
) -> ReportRow:
    """Issue what was approved under its number and day. Raises Invalid, ReportStepNotOpen."""
    report = await _own(tx, call, id_)
    _a_person(call.caller)
    needs_step(report, "approved", "issue")
    file_ids = [] if body.file_id is None else [body.file_id]
    if body.issued_on < report["ends_on"]:
        words = (
            f"Báo cáo chốt số liệu ngày {day_text(report['ends_on'])} nên không ban hành trước ngày đó.",
            f"The report's figures end on {day_text(report['ends_on'])}; it is issued on that day or later.",
        )
        raise Invalid(FieldError("before_the_cut_off", words, pointer="/issued_on"))
    if faults := await check_files(tx, call.caller, file_ids, field="file_id"):
        raise Invalid(*faults)
    values = {
        "state": "issued",
        "number": body.number,
        "issued_on": body.issued_on,
        "issued_by": call.caller.id,
        "issued_at": now(),
        "file_ids": file_ids,
        "signature": signature,
        **({} if body.recipients is None else {"recipients": body.recipients}),
    }
    return await _moved(tx, call, report, values, None)


_TAKEN_OVER = (
    "kind",
    "calendar",
    "starts_on",
    "ends_on",
    "province",
    "geography",
    "plan_id",
    "title",
    "title_folded",
    "alliance",
    "signer_form",
    "signer_title",
    "signer_name",
)
_TAKEN_OVER_JSON = ("sections", "explanations", "included", "recipients")


async def revise(tx: Transaction, call: Call, id_: str, body: RevisionCreate) -> tuple[ReportRow, bool]:
    """Make a draft that is to take the report's place, with its texts; return it and whether it is new.

    Raises IdInUse, ReportRevised, ReportStepNotOpen of what is not approved yet: that is returned, or is a draft.
    """
    before, digest = await replay_of(
        tx, REPORT, body.id, {**content_of(body), "supersedes_id": id_}, call.caller, below=("supersedes_id", id_)
    )
    if before is not None:
        return before, False
    report = await _own(tx, call, id_)
    if report["state"] not in ("approved", "issued"):
        raise step_not_open(report["state"], "revision")
    values: dict[str, Any] = {
        **EMPTY,
        **{name: report[name] for name in _TAKEN_OVER},  # type: ignore[literal-required]
        **{name: _parsed(report[name]) for name in _TAKEN_OVER_JSON},  # type: ignore[literal-required]
        "id": body.id,
        "state": "draft",
        "version_number": report["version_number"] + 1,
        "supersedes_id": report["id"],
        "revision_reason": body.reason,
        "prepared_by": [call.caller.id],
    }
    return await insert(tx, call, REPORT_TYPE, values, reason=body.reason, digest=digest), True


def _parsed(text: str | None) -> Any:
    return None if text is None else orjson.loads(text)


async def answer_check(tx: Transaction, call: Call, id_: str, finding: Mapping[str, Any], text: str) -> ReportRow:
    """Keep what people say to a finding and its numbers, in the place of what they said before. Raises ReportFrozen."""
    report = await _own(tx, call, id_)
    refuse_unless_draft(report)
    others = [each for each in orjson.loads(report["answers"]) if each["check"] != finding["code"]]
    said = {
        "check": finding["code"],
        "text": text,
        "value": finding["value"],
        "compared_with": finding["compared_with"],
        "answered_by": call.caller.id,
        "answered_by_name": call.caller.name,
        "answered_at": instant_text(now()),
    }
    values = {"answers": [*others, said], "prepared_by": with_preparer(report, call.caller)}
    return await _moved(tx, call, report, values, None)


def unanswered(report: ReportRow, findings: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the codes of findings that have to be mended or answered and are not."""
    answers = answers_of(report)
    return [each["code"] for each in findings if each["severity"] == "blocking" and answer_to(each, answers) is None]


def answers_of(report: ReportRow) -> dict[str, dict[str, Any]]:
    """Return what people said, by the code of the finding."""
    return {each["check"]: each for each in orjson.loads(report["answers"])}


def answer_to(finding: Mapping[str, Any], answers: Mapping[str, dict[str, Any]]) -> dict[str, Any] | None:
    """Return what people said to a finding; None where its numbers are others since, for then nobody spoke of them."""
    said = answers.get(finding["code"])
    if said is None or any(said.get(name) != finding[name] for name in ("value", "compared_with")):
        return None
    return said
