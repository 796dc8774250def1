"""What a report is: its table, how it is shown and listed, what may be written in a draft, and what its receipts are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Table

from kernel.database.connections import Transaction
from kernel.database.statements import scalar
from kernel.problems import FieldError, Invalid
from kernel.records import Resource, table_of
from kernel.records.crud import listing_of, outside_area, representation
from kernel.records.embedding import subject_name
from kernel.records.in_sql import Fields, columns_in_sql, said_in_sql, with_fields
from kernel.records.listing import SortKey, code_filter, day_range, flag_filter, id_filter, name_filter, text_filter
from kernel.values.text import name_folded
from kernel.web.auth import Caller
from kernel.web.calls import Call
from services.reporting import code_lists as codes
from services.reporting import models, problems
from services.reporting.catalogue import CATALOGUE
from services.reporting.plans.areas import provinces_in
from services.reporting.plans.lookup import named_plan
from services.reporting.reports.kinds import title_of_report
from services.reporting.reports.schemas import Report, ReportChange, ReportCreate
from services.reporting.rows import ReportRow
from services.reporting.scopes import PREFIX, RecordType

_PARSED = ("sections", "explanations", "included", "answers", "recipients", "file_ids", "signature")
_own_columns = representation(Report, parsed=_PARSED, computed=("from", "to"))


def represent_report(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a report as it is shown: its days are called as figures call theirs."""
    return {**_own_columns(row), "from": row["starts_on"], "to": row["ends_on"]}


@said_in_sql(represent_report)
def _in_sql(table: Table) -> Fields:
    days = columns_in_sql(table, ("starts_on", "ends_on"))
    return with_fields(_own_columns, table, **{"from": days["starts_on"], "to": days["ends_on"]})


REPORT = Resource(
    name="report",
    table=table_of(models.Report),
    path=f"{PREFIX}/reports",
    represent=represent_report,
    embeds=tuple(subject_name(f"{step}_by") for step in ("submitted", "approved", "issued", "returned")),
    row=ReportRow,
)
_SAME = ("kind", "calendar", "starts_on", "ends_on", "province", "geography", "plan_id", "version_number")
# By uq_report.
_EXISTING = scalar(
    str,
    """
    SELECT id FROM report
     WHERE kind = $1 AND calendar = $2 AND starts_on = $3::date AND ends_on = $4::date AND province = $5
       AND geography = $6 AND plan_id IS NOT DISTINCT FROM $7::uuid AND version_number = $8""",
)
_REVISION = scalar(str, "SELECT id FROM report WHERE supersedes_id = $1::uuid")


def with_preparer(row: ReportRow | None, by: Caller) -> list[str]:
    """Return the subjects of everyone who wrote in the draft, the caller among them."""
    before: list[str] = [] if row is None else orjson.loads(row["prepared_by"])
    return before if by.id in before else [*before, by.id]


async def _columns(tx: Transaction, call: Call, body: ReportCreate, row: ReportRow | None) -> dict[str, Any]:
    if not call.caller.holds(body.alliance):
        raise outside_area("/province")
    refuse_another(call.caller, body.alliance)
    if body.plan_id is not None:
        await _check_plan(tx, call, body.plan_id, body.province)
    title = body.title or title_of_report(body.kind, body.calendar, body.from_, body.to, body.province)
    return {
        **body.model_dump(include={"kind", "calendar", "province", "geography", "plan_id"}),
        "starts_on": body.from_,
        "ends_on": body.to,
        "title": title,
        "title_folded": name_folded(title),
        "alliance": body.alliance,
        "state": "draft",
        "version_number": 1,
        "prepared_by": with_preparer(None, call.caller),
        **EMPTY,
    }


async def _check_plan(tx: Transaction, call: Call, plan_id: str, province: str) -> None:
    """Raise Invalid for a plan that nothing can be held against: that there is not, was never approved, or is of elsewhere."""
    plan = await named_plan(tx, plan_id, None, call.caller, pointer="/plan_id")
    if not provinces_in(province) <= provinces_in(plan["province"]):
        words = (
            "Kế hoạch này của nơi khác; hãy chọn kế hoạch của nơi báo cáo, hoặc để trống.",
            "This plan is of another area; choose one of the report's place, or leave this out.",
        )
        raise Invalid(FieldError("outside_plan_area", words, pointer="/plan_id"))


EMPTY: Mapping[str, Any] = {
    "supersedes_id": None,
    "revision_reason": None,
    "sections": [],
    "explanations": [],
    "included": None,
    "answers": [],
    "recipients": [],
    "signer_form": None,
    "signer_title": None,
    "signer_name": None,
    "frozen_at": None,
    "submitted_by": None,
    "submitted_at": None,
    "approved_by": None,
    "approved_at": None,
    "number": None,
    "issued_on": None,
    "issued_by": None,
    "issued_at": None,
    "return_reason": None,
    "returned_by": None,
    "returned_at": None,
    "file_ids": [],
    "signature": None,
}
"""The columns of a report that nobody wrote in yet."""


def merged(
    before: Sequence[Mapping[str, Any]], given: Sequence[Mapping[str, Any]], by: tuple[str, ...], text: str
) -> list[dict[str, Any]]:
    """Return texts with those that are given in the place of those named alike by `by`; one that is null goes."""

    def name(each: Mapping[str, Any]) -> tuple[Any, ...]:
        return tuple(each[part] for part in by)

    texts = {name(each): dict(each) for each in (*before, *given)}
    return [each for each in texts.values() if each[text] is not None]


async def _patched(tx: Transaction, call: Call, row: ReportRow, patch: ReportChange) -> dict[str, Any]:
    refuse_another(call.caller, row["alliance"])
    refuse_unless_draft(row)
    values = patch.model_dump(exclude={"reason"}, exclude_unset=True)
    if faults := [*_unknown_figures(values)]:
        raise Invalid(*faults)
    if "title" in values:
        values["title_folded"] = name_folded(values["title"])
    if "sections" in values:
        values["sections"] = merged(orjson.loads(row["sections"]), values["sections"], ("code",), "own_text")
    if "explanations" in values:
        before = orjson.loads(row["explanations"])
        values["explanations"] = merged(before, values["explanations"], ("indicator", "scope"), "text")
    return {**values, "prepared_by": with_preparer(row, call.caller)} if values else {}


def _unknown_figures(values: Mapping[str, Any]) -> Iterator[FieldError]:
    """Tell of figures that are named and that no service counts; an explanation of one may still be taken away."""
    named = [(f"/included/{at}", key.partition(":")) for at, key in enumerate(values.get("included") or ())]
    pointed = [(pointer, code, scope) for pointer, (code, _, scope) in named]
    pointed += [
        (f"/explanations/{at}/indicator", each["indicator"], each["scope"])
        for at, each in enumerate(values.get("explanations") or ())
        if each["text"] is not None
    ]
    words = (
        "Danh mục chỉ tiêu không có chỉ tiêu này ở phạm vi này; hãy chọn trong danh mục.",
        "The catalogue has no such indicator at this scope; choose one that it has.",
    )
    for pointer, code, scope in pointed:
        if code not in CATALOGUE or scope not in CATALOGUE[code].scopes:
            yield FieldError("unknown_indicator", words, pointer=pointer)


def refuse_another(caller: Caller, alliance: str) -> None:
    """Raise NotSendingAlliance for who sees a report and is not of the alliance that sends it: the level above."""
    if caller.area != alliance:
        raise problems.NotSendingAlliance(alliance=alliance)


async def _check_removal(tx: Transaction, call: Call, row: ReportRow) -> None:
    refuse_another(call.caller, row["alliance"])
    refuse_unless_draft(row)


def refuse_unless_draft(row: ReportRow) -> None:
    """Raise ReportFrozen, which says who can make it a draft again."""
    if row["state"] != "draft":
        raise problems.ReportFrozen(state=row["state"], may_act="reports.approve")


async def report_exists(tx: Transaction, values: Mapping[str, Any]) -> Exception:
    """Return the refusal of a second report of the same kind, days and place; of a revision that another was before."""
    if values["supersedes_id"] is not None:
        return await report_revised(tx, values)
    return problems.ReportExists(report_id=await tx.fetchval(_EXISTING, *(values[name] for name in _SAME)))


async def report_revised(tx: Transaction, values: Mapping[str, Any]) -> Exception:
    """Return the refusal of a second revision."""
    return problems.ReportRevised(report_id=await tx.fetchval(_REVISION, values["supersedes_id"]))


# The receiver's last word: a return or an acceptance comes after "received".
LAST_RECEIPT = (
    "(SELECT w.state FROM report_receipt w WHERE w.report_id = r.id "
    "ORDER BY (w.state = 'received'), w.created_at DESC LIMIT 1)"
)

_LISTING = listing_of(
    REPORT,
    Report,
    (
        name_filter("r.title_folded", "Search in titles without regard to case or marks."),
        code_filter("kind", "r.kind", codes.REPORT_KINDS, "Kind of report."),
        code_filter("calendar", "r.calendar", codes.REPORT_CALENDARS, "Plan year or statistical year."),
        code_filter("state", "r.state", codes.REPORT_STATES, "How far it has come."),
        code_filter("receipt_state", LAST_RECEIPT, codes.RECEIPT_STATES, "The receiving level's last word."),
        text_filter("province", "r.province", "Province as the report names it, or VN."),
        text_filter("number", "r.number", "Number it was issued under, exactly."),
        id_filter("plan_id", "r.plan_id", "Plan it is held against."),
        id_filter("supersedes_id", "r.supersedes_id", "Revision of this report."),
        flag_filter(
            "is_superseded",
            "EXISTS (SELECT FROM report newer WHERE newer.supersedes_id = r.id)",
            "Whether there is a revision of it.",
        ),
        *day_range("from", "r.starts_on", "First day"),
        *day_range("to", "r.ends_on", "Cut-off"),
    ),
    sorts={"to": SortKey("r.ends_on", "date"), "title": SortKey("r.title_folded")},
    facets=("kind", "state", "province"),
    sums={},
)

REPORT_TYPE = RecordType(
    resource=REPORT,
    plural="reports",
    tag="alliance-reports",
    output=Report,
    create=ReportCreate,
    change=ReportChange,
    listing=_LISTING,
    columns=_columns,
    patched=_patched,
    refusals=(problems.ReportExists, problems.NotSendingAlliance),
    change_refusals=(problems.ReportFrozen, problems.NotSendingAlliance),
    removable=True,
    check_removal=_check_removal,
    removal_refusals=(problems.ReportFrozen, problems.NotSendingAlliance, problems.ReportWasSubmitted),
    holders={"fk_report_freeze_report_id": problems.ReportWasSubmitted},
    unique={"uq_report": report_exists, "uq_report_supersedes_id": report_revised},
)
