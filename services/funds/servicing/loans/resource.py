"""A loan as a resource: its table, how its row is shown, and how what belongs to a loan is tied to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy import Table

from kernel.records import Resource, table_of
from kernel.records.crud import Parent
from kernel.records.embedding import own_fields
from kernel.records.in_sql import (
    Fields,
    Memo,
    Pieces,
    Sql,
    as_one,
    columns_in_sql,
    composed_in_sql,
    object_in_sql,
    said_in_sql,
)
from kernel.records.listing import id_filter
from services.funds import models, rows
from services.funds.lending.applications.projects import project_in_sql
from services.funds.lending.applications.schemas import LoanProject
from services.funds.names import FUND_NAME, LOAN_PRODUCT_NAME, OFFICER_NAME, ORGANIZATION_NAME
from services.funds.servicing.loans.in_force import of_contract
from services.funds.servicing.loans.schemas import Loan
from services.funds.servicing.loans.steps import actions

_FIELDS, _PROJECT = own_fields(Loan), tuple(LoanProject.model_fields)
_JSON = ("repayment_order", "terms", "opening", "settlement", "confirmation")


def represent(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the public representation of a loan's row; jsonb passes through unparsed."""
    composed: dict[str, Any] = {
        "project": {name: row[name] for name in _PROJECT},
        "allowed_actions": actions(row["state"], row["channel"], row["confirmation_state"]),
    }
    composed["in_force"] = of_contract(row) if row["in_force"] is None else orjson.Fragment(row["in_force"])
    for name in _JSON:
        composed[name] = None if row[name] is None else orjson.Fragment(row[name])
    return {name: composed[name] if name in composed else row[name] for name in _FIELDS}


@said_in_sql(represent)
def _in_sql(table: Table) -> Fields:
    columns = columns_in_sql(table, ("annual_rate_percent", "terms", "signed_on"), ("terms",))
    contract: dict[str, Pieces] = {
        "annual_rate_percent": columns["annual_rate_percent"],
        "terms": columns["terms"],
        "since": columns["signed_on"],
        **dict.fromkeys(("rescheduling_id", "kind", "decision_number", "decided_on", "reason"), ("null",)),
    }
    steps = Memo(
        "concat_ws('/', r.state, r.channel, r.confirmation_state)",
        lambda key: actions(*key.split("/"), *((None,) if key.count("/") == 1 else ())),
    )
    return composed_in_sql(
        table,
        Loan,
        _JSON,
        in_force=(Sql(f"coalesce(r.in_force::text, {as_one(object_in_sql(contract))})"),),
        project=project_in_sql(table),
        allowed_actions=(steps,),
    )


def own_view(document: dict[str, Any]) -> dict[str, Any]:
    """Return a loan as the borrower's own user sees it: not who of the fund entered it, confirmed it, rejected it and why, or
    looks after it.
    """
    return {**document, "confirmation": None, "officer_id": None}


LOAN = Resource(
    "loan",
    table_of(models.Loan),
    "/v1/funds/loans",
    represent,
    "no-store",
    own_column="organization_id",
    own_view=own_view,
    embeds=(FUND_NAME, LOAN_PRODUCT_NAME, ORGANIZATION_NAME, OFFICER_NAME),
    row=rows.LoanRow,
)
UNDER_LOAN = Parent(LOAN, "loans", "loan_id")
OF_LOAN = (id_filter("loan_id", "r.loan_id", "Loan."), id_filter("fund_id", "r.fund_id", "Fund."))
"""Filters of what belongs to a loan."""


def owner_of(loan: rows.LoanRow) -> dict[str, Any]:
    """Return the columns that tie a record to its loan."""
    return {"fund_id": loan["fund_id"], "loan_id": loan["id"], "alliance": loan["alliance"]}
