"""Debt groups of a fund on any day, the loans of each, and what was kept of them at the end of a month."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

import orjson
from fastapi import Query
from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel.database.connections import Database, Row, Transaction
from kernel.problems import FieldError, Invalid
from kernel.records import records
from kernel.records.crud import (
    RecordType,
    find_replay,
    listing_of,
    record_router,
    referenced_record,
    representation,
)
from kernel.records.listing import Listing, SortKey, Source, answer_list, day_range, id_filter, integer_filter
from kernel.records.records import Resource, answer, dump, existing, table_of
from kernel.values.days import Day, today
from kernel.values.ids import Id
from kernel.values.money import share_percent
from kernel.web.idempotency import once
from kernel.web.operations import Call, CurrentCall
from kernel.web.schemas import Page
from services.funds import models, rows
from services.funds.books.debt_groups.groups import GROUPS, Classified, classify, rule_on, sums_of
from services.funds.books.debt_groups.schemas import (
    ClassifiedLoan,
    DebtClassification,
    DebtClassificationCompared,
    DebtClassificationCreate,
    DebtClassificationLoan,
    DebtGroups,
)
from services.funds.capital.funds.routes import FUND
from services.funds.cursors import cursor_page, given_cursor
from services.funds.engine.debt_groups import is_npl, provision_percent
from services.funds.scopes import READ, WRITE

DEBT_CLASSIFICATION = Resource(
    "debt_classification",
    table_of(models.DebtClassification),
    "/v1/funds/debt-classifications",
    representation(DebtClassification, parsed=("groups",)),
    row=rows.DebtClassificationRow,
)
KIND = RecordType(
    DEBT_CLASSIFICATION,
    "debt-classifications",
    DebtClassification,
    None,
    listing_of(
        DEBT_CLASSIFICATION,
        DebtClassification,
        (id_filter("fund_id", "r.fund_id", "Fund."), *day_range("as_of", "r.as_of", "Day it is of")),
        sorts={"as_of": SortKey("r.as_of", "date")},
    ),
    None,
    read_scopes=READ,
    write_scopes=WRITE,
)
router = record_router(KIND)
_FUND = existing(FUND, "fund_id")
_AS_OF = Query(description="At the end of that day; today if left out")
_WITHOUT_RISK = """
    SELECT coalesce(sum(CASE l.channel WHEN 'entrusted_out' THEN coalesce(t.outstanding_vnd, m.out_vnd)
                                       ELSE m.out_vnd - m.in_vnd END), 0)::bigint
      FROM loan l
      JOIN LATERAL (SELECT (SELECT coalesce(sum(amount_vnd), 0) FROM disbursement
                             WHERE loan_id = l.id AND reversed_at IS NULL AND disbursed_on <= $2)
                           + CASE WHEN (l.opening ->> 'as_of')::date <= $2
                                  THEN (l.opening ->> 'principal_vnd')::bigint ELSE 0 END AS out_vnd,
                           (SELECT coalesce(sum(principal_vnd), 0) FROM repayment
                             WHERE loan_id = l.id AND reversed_at IS NULL AND paid_on <= $2)
                           + (SELECT coalesce(sum(amount_vnd), 0) FROM write_off
                               WHERE loan_id = l.id AND effective_on <= $2 AND kind = 'risk_handled') AS in_vnd) m ON true
      LEFT JOIN LATERAL (SELECT outstanding_vnd FROM balance_statement
                          WHERE loan_id = l.id AND as_of <= $2 ORDER BY as_of DESC LIMIT 1) t ON true
     WHERE l.fund_id = $1::uuid AND NOT l.own_risk AND l.starts_on <= $2"""


def kept(loans: Sequence[Classified]) -> list[dict[str, Any]]:
    """Return each group's number of loans, outstanding principal and provision."""
    return [
        {
            "debt_group": group,
            "loans": sum(1 for loan in loans if loan.debt_group == group),
            "outstanding_vnd": sum(loan.outstanding_vnd for loan in loans if loan.debt_group == group),
            "provision_vnd": sum(loan.provision_vnd for loan in loans if loan.debt_group == group),
        }
        for group in GROUPS
    ]


async def groups_of(db: Database | Transaction, fund_id: str, on: date) -> dict[str, Any]:
    """Return the debt groups of a fund on a day as they are answered."""
    groups = await sums_of(db, fund_id, on)
    items = [
        {
            **asdict(group),
            "provision_percent": f"{provision_percent(group.debt_group, on=on)}",
            "evidence": f"/v1/funds/funds/{fund_id}/classified-loans?as_of={on}&debt_group={group.debt_group}",
        }
        for group in groups
    ]
    outstanding = sum(group.outstanding_vnd for group in groups)
    npl = sum(group.outstanding_vnd for group in groups if is_npl(group.debt_group))
    return {
        "fund_id": fund_id,
        "as_of": on,
        "items": items,
        "outstanding_vnd": outstanding,
        "npl_outstanding_vnd": npl,
        "npl_ratio_percent": share_of(npl, outstanding),
        "provision_vnd": sum(group.provision_vnd for group in groups),
        "without_risk_vnd": await db.fetchval(_WITHOUT_RISK, fund_id, on),
        "rule": rule_on(on),
    }


def share_of(part: int, whole: int) -> float | None:
    """Return a share in percent with four decimals, as JSON writes it; None of nothing."""
    share = share_percent(part, whole)
    return None if share is None else float(share)


@router.operation(
    "GET",
    "/funds/{fund_id}/debt-groups",
    scopes=READ,
    guard=_FUND,
    response_model=DebtGroups,
    summary="Debt groups of a fund on a day",
)
async def read_debt_groups(call: CurrentCall, fund_id: Id, as_of: Annotated[Day | None, _AS_OF] = None) -> Response:
    """Classify every loan at the fund's own risk by the rules of that day: derived from the records, for any past day.

    The groups add up to what is outstanding at own risk; each opens to its loans by `evidence`.
    """
    async with call.db.transaction(isolation="repeatable_read", read_only=True) as tx:
        document = await groups_of(tx, fund_id, as_of or today())
    return Response(dump(document), 200, {"Cache-Control": "private, no-cache"}, "application/json")


class ClassifiedLoanPage(Page[ClassifiedLoan]):
    """A page of loans with their groups."""


_SHOWN = "SELECT id, contract_number, borrower_name FROM loan WHERE id = ANY($1::uuid[])"


@router.operation(
    "GET",
    "/funds/{fund_id}/classified-loans",
    scopes=READ,
    guard=_FUND,
    response_model=ClassifiedLoanPage,
    problems=(kernel_problems.CursorMismatch,),
    summary="Loans of a fund with their debt groups",
)
async def list_classified_loans(
    call: CurrentCall,
    fund_id: Id,
    as_of: Annotated[Day | None, _AS_OF] = None,
    debt_group: Annotated[list[int] | None, Query(description="These groups only. Repeat for OR.")] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="Items a page")] = 50,
    cursor: Annotated[str | None, Query(max_length=300, description="`next_cursor` of the page before")] = None,
    count: Annotated[str | None, Query(pattern="^exact$", description="exact: add `count`, all that match")] = None,
) -> Response:
    """Page through the loans behind the debt groups of a day, with what each group followed from."""
    on, wanted = as_of or today(), sorted(set(debt_group or GROUPS))
    if not set(wanted) <= set(GROUPS):
        words = ("Hãy chọn nhóm nợ từ 1 đến 5.", "Choose a debt group from 1 to 5.")
        raise Invalid(FieldError("out_of_range", words, parameter="debt_group"))
    bound = [fund_id.lower(), on.isoformat(), wanted]
    after = given_cursor(cursor, bound)
    found = [loan for loan in await classify(call.db, fund_id, on) if loan.debt_group in wanted]
    rest = [loan for loan in found if after is None or loan.loan_id > after]
    page = rest[:limit]
    names = {row["id"]: row for row in await call.db.fetch(_SHOWN, [loan.loan_id for loan in page])}
    items = [
        {
            name: getattr(loan, name) if hasattr(loan, name) else names[loan.loan_id][name]
            for name in ClassifiedLoan.model_fields
        }
        for loan in page
    ]
    document = cursor_page(
        call,
        items,
        last=page[-1].loan_id if len(rest) > limit else None,
        bound=bound,
        count=len(found) if count else None,
    )
    return Response(dump(document), 200, {"Cache-Control": "no-store"}, "application/json")


_KEEP_LOANS = """
    INSERT INTO debt_classification_loan (debt_classification_id, loan_id, debt_group, days_overdue, reschedule_count,
                                          interest_reduced, outstanding_vnd, deductible_vnd, provision_vnd)
    SELECT $1::uuid, * FROM unnest($2::uuid[], $3::int[], $4::int[], $5::int[], $6::boolean[], $7::bigint[], $8::bigint[],
                                   $9::bigint[])"""
_OF_LOAN = (
    "loan_id",
    "debt_group",
    "days_overdue",
    "reschedule_count",
    "interest_reduced",
    "outstanding_vnd",
    "deductible_vnd",
    "provision_vnd",
)


@router.operation(
    "POST",
    "/debt-classifications",
    scopes=WRITE,
    status_code=201,
    minted=True,
    response_model=DebtClassification,
    problems=(kernel_problems.IdInUse,),
    summary="Keep the debt groups of a month's end",
)
async def create_debt_classification(call: CurrentCall, body: DebtClassificationCreate) -> Response:
    """Classify a fund's loans on the last day of a month and keep the result. Of a month that is kept already the
    answer is what was kept (200): running it twice or late changes nothing.
    """
    last = calendar.monthrange(body.as_of.year, body.as_of.month)[1]
    if body.as_of.day != last:
        words = ("Hãy ghi ngày cuối của một tháng.", "Give the last day of a month.")
        raise Invalid(FieldError("not_a_month_end", words, pointer="/as_of"))

    async def effect(tx: Transaction) -> Response:
        known, digest = await find_replay(tx, call, KIND, body)
        fund = await referenced_record(tx, call, FUND, body.fund_id, "/fund_id", lock=True)
        if known is None:
            sql = f"{DEBT_CLASSIFICATION.select} WHERE fund_id = $1::uuid AND as_of = $2"
            known = await tx.fetchrow(sql, body.fund_id, body.as_of)
        if known is not None:
            return answer(call, DEBT_CLASSIFICATION, known, status=200)
        return answer(call, DEBT_CLASSIFICATION, await _keep(tx, call, fund, body, digest), status=201)

    return await once(call, effect)


async def _keep(tx: Transaction, call: Call, fund: Row, body: DebtClassificationCreate, digest: bytes) -> Row:
    loans = await classify(tx, fund["id"], body.as_of)
    values = {
        **body.model_dump(exclude={"reason"}),
        "groups": kept(loans),
        "alliance": fund["alliance"],
        "outstanding_vnd": sum(loan.outstanding_vnd for loan in loans),
        "npl_outstanding_vnd": sum(loan.outstanding_vnd for loan in loans if loan.is_npl),
        "provision_vnd": sum(loan.provision_vnd for loan in loans),
    }
    row: Row = await records.create(tx, DEBT_CLASSIFICATION, values, by=call.caller, reason=body.reason, digest=digest)
    if loans:
        columns = ([getattr(loan, name) for loan in loans] for name in _OF_LOAN)
        await tx.execute(_KEEP_LOANS, row["id"], *columns)
    return row


_ONE = existing(DEBT_CLASSIFICATION, "debt_classification_id")


@router.operation(
    "GET",
    "/debt-classifications/{debt_classification_id}/comparison",
    scopes=READ,
    guard=_ONE,
    response_model=DebtClassificationCompared,
    summary="A kept classification beside what is known now",
)
async def compare_debt_classification(call: CurrentCall, debt_classification_id: Id) -> Response:
    """Say whether the groups of that day are still the same, now that entries were made or reversed since."""
    row = call.found
    now = kept(await classify(call.db, row["fund_id"], row["as_of"]))
    document = {
        **DEBT_CLASSIFICATION.represent(row),
        "differs_from_now": now != orjson.loads(row["groups"]),
        "groups_now": now,
    }
    return Response(dump(document), 200, {"Cache-Control": "private, no-cache"}, "application/json")


class DebtClassificationLoanPage(Page[DebtClassificationLoan]):
    """A page of the loans of a kept classification."""


_SOURCE = Source(
    "c.loan_id, l.contract_number, l.borrower_name, c.debt_group, c.days_overdue, c.reschedule_count, c.interest_reduced, "
    "c.outstanding_vnd, c.deductible_vnd, c.provision_vnd",
    "debt_classification_loan c JOIN loan l ON l.id = c.loan_id",
    ("c.debt_classification_id = {_classification}::uuid",),
    "l.alliance",
    dated="l",
)
_LOANS = Listing(
    name="debt_classification_loan",
    filters=(integer_filter("debt_group", "c.debt_group", "Debt group."),),
    sorts={"loan_id": SortKey("c.loan_id", "uuid")},
    default_sort="loan_id",
    source=lambda given: _SOURCE,
    represent=lambda row: {name: row[name] for name in DebtClassificationLoan.model_fields},
    fields=tuple(DebtClassificationLoan.model_fields),
    id_key=SortKey("c.loan_id", "uuid"),
    cache_control="no-store",
)


async def _list_kept(call: Call) -> Response:
    return await answer_list(call, _LOANS, preset={"_classification": call.found["id"]})


@router.operation(
    "GET",
    "/debt-classifications/{debt_classification_id}/loans",
    scopes=READ,
    guard=_ONE,
    direct=_list_kept,
    response_model=DebtClassificationLoanPage,
    problems=(kernel_problems.CursorMismatch,),
    openapi_extra={"parameters": _LOANS.parameters()},
    summary="Loans of a kept classification",
)
async def list_loans_of_debt_classification(call: CurrentCall, debt_classification_id: Id) -> Response:
    """Page through the loans as they were classified, with what each group followed from."""
    return await _list_kept(call)
