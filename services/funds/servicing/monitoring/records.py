"""Use checks, collection actions and balance statements as record types."""

from __future__ import annotations

from kernel import problems as kernel_problems
from kernel.records import Resource, table_of
from kernel.records.crud import RecordType, listing_of, merge_patch_model, representation
from kernel.records.listing import SortKey, code_filter, day_range, flag_filter
from services.funds import code_lists as codes
from services.funds import models, problems, rows
from services.funds.names import OF_LOAN_NAMES
from services.funds.scopes import READ, WRITE
from services.funds.servicing.loans.resource import OF_LOAN, UNDER_LOAN
from services.funds.servicing.monitoring.schemas import (
    BalanceStatement,
    BalanceStatementCreate,
    CollectionAction,
    CollectionActionCreate,
    UseCheck,
    UseCheckCreate,
)
from services.funds.servicing.monitoring.service import day_taken, noted, reported, take_over

_FILES = ("file_ids",)
_REFUSALS = (kernel_problems.AlreadyErased, kernel_problems.NotConfirmed)

USE_CHECK = Resource(
    "use_check",
    table_of(models.UseCheck),
    "/v1/funds/use-checks",
    representation(UseCheck, parsed=_FILES),
    "no-store",
    embeds=OF_LOAN_NAMES,
    row=rows.UseCheckRow,
)
USE_CHECKS = RecordType(
    resource=USE_CHECK,
    plural="use-checks",
    output=UseCheck,
    create=UseCheckCreate,
    listing=listing_of(
        USE_CHECK,
        UseCheck,
        (
            *OF_LOAN,
            flag_filter("is_done", "(r.checked_on IS NOT NULL)", "Those that were done, or are owed."),
            code_filter("finding", "r.finding", codes.USE_FINDINGS, "Finding."),
            *day_range("due_on", "r.due_on", "Day it is due"),
            *day_range("checked_on", "r.checked_on", "Day it was done"),
        ),
        sorts={"due_on": SortKey("r.due_on", "date")},
        facets=("finding",),
    ),
    columns=noted,
    refusals=_REFUSALS,
    change=merge_patch_model(UseCheckCreate),
    under=UNDER_LOAN,
    read_scopes=READ,
    write_scopes=WRITE,
)

COLLECTION_ACTION = Resource(
    "collection_action",
    table_of(models.CollectionAction),
    "/v1/funds/collection-actions",
    representation(CollectionAction, parsed=_FILES),
    "no-store",
    embeds=OF_LOAN_NAMES,
    row=rows.CollectionActionRow,
)
COLLECTION_ACTIONS = RecordType(
    resource=COLLECTION_ACTION,
    plural="collection-actions",
    output=CollectionAction,
    create=CollectionActionCreate,
    listing=listing_of(
        COLLECTION_ACTION,
        CollectionAction,
        (
            *OF_LOAN,
            code_filter("kind", "r.kind", codes.COLLECTION_KINDS, "What was done."),
            *day_range("done_on", "r.done_on", "Day it was done"),
            *day_range("promised_on", "r.promised_on", "Day the borrower promised to pay on"),
        ),
        sorts={"done_on": SortKey("r.done_on", "date")},
        facets=("kind",),
    ),
    columns=noted,
    refusals=_REFUSALS,
    change=merge_patch_model(CollectionActionCreate),
    under=UNDER_LOAN,
    read_scopes=READ,
    write_scopes=WRITE,
)

BALANCE_STATEMENT = Resource(
    "balance_statement",
    table_of(models.BalanceStatement),
    "/v1/funds/balance-statements",
    representation(BalanceStatement, parsed=_FILES),
    "no-store",
    embeds=OF_LOAN_NAMES,
    row=rows.BalanceStatementRow,
)
BALANCE_STATEMENTS = RecordType(
    resource=BALANCE_STATEMENT,
    plural="balance-statements",
    output=BalanceStatement,
    create=BalanceStatementCreate,
    listing=listing_of(
        BALANCE_STATEMENT,
        BalanceStatement,
        (*OF_LOAN, *day_range("as_of", "r.as_of", "Day of the balance")),
        sorts={"as_of": SortKey("r.as_of", "date")},
    ),
    columns=reported,
    under=UNDER_LOAN,
    after=take_over,
    refusals=(*_REFUSALS, problems.BooksKeptHere, problems.StatementExists, problems.AboveContract),
    unique={"uq_balance_statement_day": day_taken},
    read_scopes=READ,
    write_scopes=WRITE,
)
