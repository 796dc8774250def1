"""The officer's morning list: what falls due, what is late, checks that are owed, promises to ask after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from kernel.audit.purposes import PURPOSE_WORDS, SCHEMA, Why, read_why
from kernel.problems import FieldError, Forbidden, Invalid
from kernel.records.commune_filters import steering
from kernel.records.embedding import name_columns
from kernel.records.listing import (
    Filter,
    Listing,
    SortKey,
    Source,
    code_filter,
    day_filter,
    flag_filter,
    id_filter,
    text_filter,
)
from kernel.values.days import today
from kernel.values.field_errors import as_fault, field_error
from kernel.web.calls import Call
from services.funds import code_lists as codes
from services.funds.books.reports.schemas import WorkItem
from services.funds.books.reports.work_items import LATE_LOANS, LOANS, WORK_ITEMS
from services.funds.debt_groups import classify_borrowers, worst_groups
from services.funds.lending.borrowers.communes import by_place
from services.funds.lending.borrowers.personal_data import PERSONAL_DATA_SCOPE, phones_of, read_purpose
from services.funds.names import OFFICER_NAME
from services.funds.rows import LoanRow
from services.funds.servicing.loans.account import state_on

_MOST_SORTED = 300
"""Late loans that are sorted by amount at once: each is replayed for it, in some 3 ms, and a call should not take a second."""


def _check(parameters: dict[str, Any]) -> list[FieldError]:
    """Say which day is today, and until when the list reaches."""
    parameters["_today"] = today()
    parameters.setdefault("until", parameters["_today"])
    faults = []
    if parameters["until"] < parameters["_today"]:
        words = ("Hãy ghi hôm nay hoặc ngày sau đó.", "Give today or a later day.")
        faults.append(as_fault(field_error("too_small", *words), parameter="until"))
    if "include" in parameters and "purpose" not in parameters:
        words = ("Hãy ghi cần số điện thoại để làm gì.", "Say what the phone numbers are needed for.")
        faults.append(FieldError("required", words, parameter="purpose"))
    return faults


_ITEMS = WORK_ITEMS.replace("{_today}", "{_today}::date").replace("{until}", "{until}::date")
_COLUMNS = (
    'w.id, w.kind, w.day AS "on", greatest({{_today}}::date - w.day, 0) AS days_late, w.loan_id, l.contract_number, '
    "l.borrower_id, l.borrower_name, {amount} AS amount_vnd, w.needs_notice, l.officer_id, w.resource, l.alliance"
    + name_columns((OFFICER_NAME,), "l")
)
_AMOUNT = "coalesce(w.amount_vnd, late.amount_vnd)"
_OWN = {
    "_alliance": "l.alliance = {_alliance}",
    "officer_id": "l.officer_id = ANY({officer_id}::text[])",
    "fund_id": "l.fund_id = ANY({fund_id}::uuid[])",
    "borrower_id": "l.borrower_id = ANY({borrower_id}::uuid[])",
    "loan_id": "l.id = ANY({loan_id}::uuid[])",
}
"""Parameter → which loans are looked at for it; the list's own conditions stand beside these."""


def _source(parameters: Mapping[str, Any]) -> Source:
    own = " AND ".join(sql for name, sql in _OWN.items() if name in parameters) or "TRUE"
    source = Source(
        _COLUMNS.format(amount="w.amount_vnd"), _ITEMS.replace("{own}", own), (), "l.alliance", dated="l", named=True
    )
    if "_amounts" not in parameters:
        return source
    return replace(
        source,
        columns=_COLUMNS.format(amount=_AMOUNT),
        tables=f"{source.tables} LEFT JOIN unnest({{_late_ids}}::uuid[], {{_amounts}}::bigint[])"
        " AS late (loan_id, amount_vnd) ON late.loan_id = w.loan_id AND w.kind = 'overdue'",
        sorts={**WORK_LIST.sorts, "amount_vnd": SortKey(f"coalesce({_AMOUNT}, 0)", "bigint")},
    )


async def _prepare(call: Call, parameters: Mapping[str, Any], sort: str) -> dict[str, Any]:
    """Return whose loans are looked at and, to sort by amount, that of each late one. Raises Forbidden, Invalid."""
    if "include" in parameters and PERSONAL_DATA_SCOPE not in call.caller.scopes:
        raise Forbidden(required_scope=PERSONAL_DATA_SCOPE)
    if "include" in parameters:
        _why(parameters)
    alliance = call.caller.alliance
    prepared: dict[str, Any] = {} if alliance is None else {"_alliance": alliance}
    if "amount_vnd" not in (key.removeprefix("-") for key in sort.split(",")):
        return prepared
    narrowed = (parameters.get(name) for name in ("officer_id", "fund_id", "borrower_id", "loan_id"))
    late = await call.db.fetch(LATE_LOANS, alliance, *narrowed, parameters["_today"], _MOST_SORTED + 1)
    if len(late) > _MOST_SORTED:
        words = (
            f"Chỉ xếp được tối đa {_MOST_SORTED} khoản vay quá hạn theo số tiền; hãy chọn quỹ hoặc cán bộ.",
            f"At most {_MOST_SORTED} late loans are sorted by amount; choose a fund or an officer.",
        )
        raise Invalid(FieldError("too_many", words, parameter="sort"))
    amounts = [await _amount_vnd(call, loan) for loan in late]
    return {**prepared, "_late_ids": [loan["id"] for loan in late], "_amounts": amounts}


async def _amount_vnd(call: Call, loan: LoanRow) -> int:
    """Return what the position of a late loan says is due: principal and interest, with the overdue interest."""
    state = await state_on(call.db, loan, today())
    return state.principal_due_vnd + state.interest_owed_vnd + state.overdue_interest_owed_vnd


def _why(parameters: Mapping[str, Any]) -> Why:
    return read_why(parameters["purpose"], parameters.get("purpose_words"))


async def _finish(call: Call, parameters: Mapping[str, Any], items: list[dict[str, Any]]) -> None:
    """Put into the items what is due of late loans, their debt groups, and the phones that may be shown."""
    late = {item["loan_id"]: item for item in items if item["kind"] == "overdue" and item["amount_vnd"] is None}
    for loan in await call.db.fetch(LOANS, list(late)) if late else ():
        late[loan["id"]]["amount_vnd"] = await _amount_vnd(call, loan)
    borrower_ids = {item["borrower_id"] for item in items}
    phones = await phones_of(call, borrower_ids, why=_why(parameters) if "include" in parameters else None)
    loans = await classify_borrowers(call.db, borrower_ids, today()) if items else []
    groups, worst = {loan.loan_id: loan.debt_group for loan in loans}, worst_groups(loans)
    for item in items:
        item["debt_group"] = groups.get(item["loan_id"])
        item["borrower_debt_group"] = worst.get((item["borrower_id"], item["alliance"]))
        phone = phones[item["borrower_id"]]
        item["phone"], item["redacted"] = phone.shown, ["phone"] if phone.is_hidden else []


_FINISHED = ("debt_group", "borrower_debt_group", "phone", "redacted", OFFICER_NAME.field)
_FIELDS = tuple(name for name in WorkItem.model_fields if name not in _FINISHED)

WORK_LIST = by_place(
    Listing(
        name="work_item",
        filters=(
            day_filter(
                "until", "{0}::date IS NOT NULL", "What falls due until that day is listed too; today if left out"
            ),
            code_filter("kind", "w.kind", codes.WORK_KINDS, "What is to do."),
            flag_filter(
                "needs_notice", "w.needs_notice", "Late loans for which a notice of overdue debt is to be sent."
            ),
            id_filter("fund_id", "l.fund_id", "Fund."),
            id_filter("borrower_id", "l.borrower_id", "Borrower."),
            id_filter("loan_id", "l.id", "Loan."),
            text_filter("officer_id", "l.officer_id", "Account of the officer who looks after the loan."),
            steering(code_filter("include", "", ("phone",), "phone: the numbers of persons as well; needs a purpose.")),
            Filter(
                "purpose",
                "",
                "With `include=phone`: what the numbers are needed for, a code of the list `reading-purposes` or words; it "
                "is recorded.",
                read_purpose,
                SCHEMA,
            ),
            Filter("purpose_words", "", PURPOSE_WORDS, read_purpose, SCHEMA),
        ),
        sorts={
            "on": SortKey("w.day", "date"),
            "days_late": SortKey("greatest({_today}::date - w.day, 0)", "integer"),
            "amount_vnd": SortKey("coalesce(w.amount_vnd, 0)", "bigint"),
            "id": SortKey("w.id"),
        },
        default_sort="on",
        source=_source,
        represent=lambda row: {name: row[name] for name in _FIELDS},
        embeds=(OFFICER_NAME,),
        fields=tuple(WorkItem.model_fields),
        facets={"kind": "w.kind"},
        id_key=SortKey("w.id"),
        cache_control="no-store",
        check=_check,
        prepare=_prepare,
        finish=_finish,
    ),
    "l.borrower_id",
)
