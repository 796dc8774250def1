"""Loan products as records."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlmodel import select

from kernel.database.connections import Transaction
from kernel.database.statements import param, scalar
from kernel.records import Resource, table_of
from kernel.records.crud import (
    RecordType,
    listing_of,
    merge_patch_model,
    owner,
    referenced_record,
    representation,
)
from kernel.records.listing import SortKey, code_filter, id_filter, text_filter
from kernel.web.calls import Call
from services.funds import code_lists as codes
from services.funds import models, problems, rows
from services.funds.capital.funds.records import FUND
from services.funds.capital.products.schemas import LoanProduct, LoanProductCreate
from services.funds.capital.rules.service import rules_on
from services.funds.field_types import valid_on
from services.funds.names import FUND_NAME
from services.funds.rows import LoanProductRow
from services.funds.scopes import READ, WRITE


async def _columns(tx: Transaction, call: Call, body: LoanProductCreate, row: LoanProductRow | None) -> dict[str, Any]:
    if body.fund_id is not None:
        alliance = (await referenced_record(tx, call, FUND, body.fund_id, "/fund_id"))["alliance"]
    else:
        alliance = owner(call, body.alliance)
    rules = await rules_on(tx, body.fund_id, alliance, body.valid_from)
    cap = rules.percent("overdue_rate_maximum")
    if body.overdue_rate_percent_of_rate is not None and cap is not None:
        rate = Decimal(body.overdue_rate_percent_of_rate)
        if rate > cap:
            raise problems.OverdueRateTooHigh(
                limit_percent=f"{cap}",
                asked_percent=body.overdue_rate_percent_of_rate,
                over_percent=f"{rate - cap}",
                legal_basis=rules.by_name["overdue_rate_maximum"]["legal_basis"],
            )
    return {**body.model_dump(exclude={"id", "reason"}), "alliance": alliance}


LOAN_PRODUCT = Resource(
    "loan_product",
    table_of(models.LoanProduct),
    "/v1/funds/loan-products",
    representation(LoanProduct, parsed=("borrower_kinds", "interval", "repayment_order")),
    embeds=(FUND_NAME,),
    row=rows.LoanProductRow,
)


def least_rate_percent(product: LoanProductRow) -> str | None:
    """Return the least rate that the product lends at; None where it names no rate."""
    return product["annual_rate_minimum_percent"] or product["annual_rate_percent"]


# By uq_loan_product_code.
_ID_BY_CODE = scalar(
    str,
    select(models.LoanProduct.id).where(models.LoanProduct.alliance == param(1), models.LoanProduct.code == param(2)),
)


async def _code_in_use(tx: Transaction, values: dict[str, Any]) -> Exception:
    product_id = await tx.fetchval(_ID_BY_CODE, values["alliance"], values["code"])
    return problems.ProductCodeInUse(product_code=values["code"], loan_product_id=product_id)


LOAN_PRODUCTS = RecordType(
    resource=LOAN_PRODUCT,
    plural="loan-products",
    output=LoanProduct,
    create=LoanProductCreate,
    listing=listing_of(
        LOAN_PRODUCT,
        LoanProduct,
        (
            id_filter("fund_id", "r.fund_id", "Fund whose own product it is."),
            code_filter("type", "r.type", codes.PRODUCT_TYPES, "Loan, interest support or guarantee."),
            text_filter("code", "r.code", "Code, exactly."),
            valid_on("Products offered on that day"),
        ),
        sorts={"code": SortKey("r.code"), "valid_from": SortKey("r.valid_from", "date")},
        facets=("type",),
        # What installments are rounded to is no money that adds up.
        sums={},
    ),
    columns=_columns,
    change=merge_patch_model(LoanProductCreate, without=("fund_id", "alliance")),
    refusals=(problems.OverdueRateTooHigh, problems.ProductCodeInUse),
    unique={"uq_loan_product_code": _code_in_use},
    read_scopes=READ,
    write_scopes=WRITE,
)
