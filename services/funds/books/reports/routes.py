"""The reports of a fund over HTTP: lending of a period, collection sheets of a month, and the work list."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic_core import PydanticCustomError
from starlette.responses import Response

from kernel import problems as kernel_problems
from kernel.problems import FieldError, Invalid
from kernel.records.cursors import computed_page, last_id
from kernel.records.listing import answer_list, list_operation
from kernel.values.field_errors import as_fault
from kernel.values.geography import is_alliance
from kernel.values.ids import Id
from kernel.values.periods import PeriodCode, days_of
from kernel.web.calls import CurrentCall
from kernel.web.replies import PRIVATE, json_reply
from services.funds.books.reports.collection import collection_sheet
from services.funds.books.reports.lending import lending_report
from services.funds.books.reports.schemas import CollectionBorrowerPage, LendingReport, WorkItemPage
from services.funds.books.reports.work_list import WORK_LIST
from services.funds.capital.funds.records import check_fund
from services.funds.lending.borrowers.communes import PLACE_WORDS, places_asked
from services.funds.scopes import READ, funds_router
from services.funds.servicing.loans.schemas import OfficerId

router = funds_router("reports")


@router.operation(
    "GET",
    "/reports/lending",
    scopes=(*READ, "reports.read"),
    response_model=LendingReport,
    written_by=lending_report,
    summary="Read the lending report of a period",
)
async def read_lending_report(
    call: CurrentCall,
    period: Annotated[PeriodCode, Query(description="2023-H1, 2023, or any other period")],
    fund_id: Annotated[Id | None, Query(description="One fund; every fund of the caller's area if left out")] = None,
) -> Response:
    """Report lending in the shape of form 1a (Circular 52/2022/TT-BTC, Art. 11): half-year cut-offs 30 June, 31 December.

    Every figure is computed from the records; each section adds up to the total, and opening + disbursed + taken over −
    collected − handled = closing. Terms: short up to 12 months from the signing, medium up to 60, else long.
    """
    await check_fund(call, fund_id)
    async with call.db.transaction(isolation="repeatable_read", read_only=True) as tx:
        document = await lending_report(tx, call.caller, fund_id, period)
    return json_reply(document, cache=PRIVATE)


@router.operation(
    "GET",
    "/collection-sheets",
    scopes=READ,
    response_model=CollectionBorrowerPage,
    problems=(kernel_problems.CursorMismatch,),
    summary="List collection sheets of a month",
)
async def list_collection_sheets(
    call: CurrentCall,
    month: Annotated[str, Query(pattern="^[0-9]{4}-(0[1-9]|1[0-2])$", description="Month, 2023-08")],
    area: Annotated[str | None, Query(max_length=10, description="One alliance, 25-2025")] = None,
    fund_id: Annotated[Id | None, Query(description="One fund")] = None,
    officer_id: Annotated[
        list[OfficerId] | None,
        Query(max_length=100, description="Account of the officer who looks after it. Repeat for OR."),
    ] = None,
    commune_code: Annotated[list[str] | None, Query(max_length=100, description=PLACE_WORDS["commune_code"])] = None,
    commune_map: Annotated[list[str] | None, Query(max_length=2, description=PLACE_WORDS["commune_map"])] = None,
    district: Annotated[list[str] | None, Query(max_length=100, description=PLACE_WORDS["district"])] = None,
    placement: Annotated[list[str] | None, Query(max_length=1, description=PLACE_WORDS["placement"])] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="Borrowers a page")] = 50,
    cursor: Annotated[str | None, Query(max_length=300, description="`next_cursor` of the page before")] = None,
    totals: Annotated[
        str | None, Query(pattern="^exact$", description="exact: add `totals`, the sums of every borrower of `fund_id`")
    ] = None,
) -> Response:
    """Page through the borrowers, by commune and name, with what was due, collected and remains of each loan, principal
    and interest apart. In every row and every sum arrears + due − paid ahead − collected = remaining.

    Arrears are those of the eve of the month; overdue interest counts with the interest. All as known today.
    """
    faults = []
    if area is not None and not is_alliance(area):
        words = (
            "Không có Liên minh này; hãy chọn trong danh mục.",
            "There is no such alliance; choose one of the list.",
        )
        faults.append(FieldError("unknown_alliance", words, parameter="area"))
    if totals is not None and fund_id is None:
        words = ("Tổng cộng được tính cho từng quỹ: hãy chọn quỹ.", "Totals are those of one fund: name it.")
        faults.append(FieldError("required", words, parameter="fund_id"))
    try:
        first, last = days_of(month)
    except PydanticCustomError as error:
        faults.append(as_fault(error, parameter="month"))
    places, wrong_places = places_asked(
        {"commune_code": commune_code, "commune_map": commune_map, "district": district, "placement": placement}
    )
    if faults := [*faults, *wrong_places]:
        raise Invalid(*faults)
    asked = [month, area, fund_id, call.caller.area, officer_id, places]
    after = last_id(cursor, asked)
    sheet = await collection_sheet(
        call,
        first,
        last,
        area=area,
        fund_id=fund_id,
        officers=officer_id,
        places=places,
        after=after,
        limit=limit,
        with_totals=totals is not None,
    )
    document = {
        **computed_page(call, sheet.items, last=sheet.last, asked=asked),
        "totals": sheet.totals,
        "uncertain_count": sheet.uncertain_count,
    }
    return json_reply(document)


@list_operation(
    router,
    "/work-list",
    WORK_LIST,
    page=WorkItemPage,
    scopes=READ,
    summary="Read the work list up to a date",
)
async def list_work(call: CurrentCall) -> Response:
    """Page through what an officer has to look after, oldest first: installments that fall due until the day, loans that
    are late (each once, with the amount of its position and whether a notice is to be sent), checks of use that
    are owed, and promises that brought no money.

    The public phone of an organization is there; the number of a person is opened by `include=phone` with a `purpose`,
    by who may read personal data, and one entry of the audit a request tells whose.
    """
    return await answer_list(call, WORK_LIST)
