"""The funds service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx
from fastapi import APIRouter, FastAPI

from kernel.app import build_app
from kernel.audit.routes import audit_router
from kernel.database.connections import Database
from kernel.feed.change_routes import changes_router
from kernel.feed.changes import feed_ready
from kernel.feed.exports import export_kind, exports_router, show_result
from kernel.feed.following import following, following_ready
from kernel.feed.history_routes import history_router
from kernel.feed.jobs import jobs_router, worker
from kernel.feed.measures import OF_A_DOMAIN
from kernel.feed.organizations import ORGANIZATIONS
from kernel.feed.references import references_router
from kernel.feed.registry_client import registry_feed, with_registry
from kernel.feed.repointing import repointing
from kernel.feed.revocations import following_revocations
from kernel.feed.subjects import following_subjects
from kernel.indicators.routes import indicators_router
from kernel.records.code_lists import code_lists_router
from kernel.records.coverages import data_until
from kernel.runtime.settings import ServiceSettings
from kernel.storage.cleaner import cleaner
from kernel.storage.file_routes import files_router
from kernel.storage.files import Naming
from kernel.storage.signing import signing
from kernel.web.public_keys import following_keys
from migrations.run import head, stands_at
from services.funds import code_lists
from services.funds.approvals import router as approvals
from services.funds.books.debt_groups.records import DEBT_CLASSIFICATION
from services.funds.books.debt_groups.routes import router as debt
from services.funds.books.ledger.measures import ledger_balanced
from services.funds.books.ledger.records import LEDGER_CLOSURE
from services.funds.books.ledger.routes import router as ledger
from services.funds.books.reports.routes import router as reports
from services.funds.capital.coverages import COVERAGE
from services.funds.capital.coverages import router as coverages
from services.funds.capital.funds.records import FUND
from services.funds.capital.funds.routes import router as funds
from services.funds.capital.movements.resource import CAPITAL_MOVEMENT
from services.funds.capital.movements.routes import router as capital
from services.funds.capital.products.records import LOAN_PRODUCT
from services.funds.capital.products.routes import router as products
from services.funds.capital.rules.national import national_rules
from services.funds.capital.rules.records import LENDING_RULE
from services.funds.capital.rules.routes import router as rules
from services.funds.imports.routes import router as imports
from services.funds.indicators import INDICATORS
from services.funds.lending.applications.records import LOAN_APPLICATION
from services.funds.lending.applications.routes import router as applications
from services.funds.lending.borrower_groups.records import BORROWER_GROUP, BORROWER_GROUP_MEMBER
from services.funds.lending.borrower_groups.routes import members
from services.funds.lending.borrower_groups.routes import router as borrower_groups
from services.funds.lending.borrowers.records import BORROWER
from services.funds.lending.borrowers.routes import router as borrowers
from services.funds.lending.projects.routes import router as projects
from services.funds.lending.quotes.routes import router as quotes
from services.funds.personal_data.routes import router as personal_data
from services.funds.references import REFERENCES
from services.funds.scopes import APPROVE, OWN_READ, OWN_WRITE, READ, WRITE
from services.funds.sealing import with_sealer
from services.funds.servicing.collaterals.records import COLLATERAL
from services.funds.servicing.collaterals.routes import router as collaterals
from services.funds.servicing.disbursements.records import DISBURSEMENT
from services.funds.servicing.disbursements.routes import router as disbursements
from services.funds.servicing.documents.routes import router as documents
from services.funds.servicing.interest_reductions.resource import INTEREST_REDUCTION
from services.funds.servicing.interest_reductions.routes import router as interest_reductions
from services.funds.servicing.loans.kept import loans_kept
from services.funds.servicing.loans.rederive import loans_derived_anew
from services.funds.servicing.loans.repayment_record import REPAYMENT
from services.funds.servicing.loans.resource import LOAN
from services.funds.servicing.loans.routes import router as loans
from services.funds.servicing.monitoring.records import BALANCE_STATEMENT, COLLECTION_ACTION, USE_CHECK
from services.funds.servicing.monitoring.routes import balance_statements, collection_actions, use_checks
from services.funds.servicing.positions.routes import router as positions
from services.funds.servicing.repayments.routes import router as repayments
from services.funds.servicing.reschedulings.resource import RESCHEDULING
from services.funds.servicing.reschedulings.routes import router as reschedulings
from services.funds.servicing.reversals.resource import REVERSAL
from services.funds.servicing.reversals.routes import router as reversals
from services.funds.servicing.write_offs.resource import WRITE_OFF
from services.funds.servicing.write_offs.routes import router as write_offs
from services.funds.tags import TAGS

DESCRIPTION = """The cooperative development support funds of an alliance: their capital, what they lend by, who
borrows, and each loan from the application to its settlement (Decree 45/2021/NĐ-CP)."""

RESOURCES = (
    FUND,
    CAPITAL_MOVEMENT,
    LOAN_PRODUCT,
    LENDING_RULE,
    BORROWER,
    BORROWER_GROUP,
    BORROWER_GROUP_MEMBER,
    LOAN_APPLICATION,
    COLLATERAL,
    LOAN,
    DISBURSEMENT,
    REPAYMENT,
    RESCHEDULING,
    INTEREST_REDUCTION,
    WRITE_OFF,
    REVERSAL,
    USE_CHECK,
    COLLECTION_ACTION,
    BALANCE_STATEMENT,
    LEDGER_CLOSURE,
    DEBT_CLASSIFICATION,
    COVERAGE,
)
"""What the feed tells of and snapshots hold."""

_NAMINGS = (
    Naming("collateral"),
    Naming(
        "loan_application",
        "jsonb_path_query(documents, '$[*].file_id') #>> '{}'",
        "documents <> '[]'",
        "organization_id",
    ),
    Naming(
        "loan_application",
        "jsonb_array_elements_text(appraisal -> 'file_ids')",
        "appraisal IS NOT NULL",
        "organization_id",
    ),
    Naming("disbursement", "bad_debt_check ->> 'file_id'", "bad_debt_check IS NOT NULL"),
    Naming("use_check"),
    Naming("collection_action"),
    Naming("balance_statement"),
    Naming("write_off"),
)
"""Which records name files."""

_NEWEST = head("funds")


async def _ready(db: Database) -> dict[str, Any]:
    return {
        "migrations": await stands_at(db, _NEWEST),
        **await feed_ready(db),
        **await following_ready(db),
        "data_until": await data_until(db),
    }


_ROUTERS: Sequence[APIRouter] = (
    loans,
    positions,
    repayments,
    projects,
    indicators_router(INDICATORS, READ, service="funds"),
    documents,
    disbursements,
    reschedulings,
    interest_reductions,
    write_offs,
    reversals,
    use_checks,
    collection_actions,
    balance_statements,
    ledger,
    debt,
    reports,
    imports,
    applications,
    approvals,
    funds,
    capital,
    borrowers,
    personal_data,
    collaterals,
    borrower_groups,
    members,
    products,
    quotes,
    rules,
    coverages,
    audit_router("funds"),
    code_lists_router("funds", code_lists.ALL, OWN_READ),
    references_router("funds", REFERENCES, READ),
    changes_router("funds", RESOURCES, READ),
    history_router("funds", RESOURCES, READ),
    exports_router("funds", RESOURCES, READ),
    jobs_router("funds", (*READ, *WRITE, *APPROVE), show_result("funds")),
    files_router("funds", OWN_READ, OWN_WRITE, _NAMINGS),
)
"""Made once a process, as all routes are: the start of an app only puts them together."""


def create_app(
    settings: ServiceSettings | None = None, *, transport: httpx.AsyncBaseTransport | None = None
) -> FastAPI:
    """Return the ASGI app of the funds. `transport`: how other services are reached, where that is not the network."""
    return build_app(
        settings or ServiceSettings.for_service("funds"),
        service="funds",
        title="Funds",
        description=DESCRIPTION,
        tags=TAGS,
        routers=_ROUTERS,
        ready=_ready,
        tasks=[
            with_sealer,
            signing("funds"),
            national_rules,
            following_keys(transport),
            following_revocations(transport),
            loans_derived_anew,
            loans_kept,
            with_registry(transport),
            following(ORGANIZATIONS, registry_feed, after=repointing(REFERENCES)),
            following_subjects(transport),
            worker([export_kind("funds", RESOURCES, code_lists.ALL)]),
            cleaner(_NAMINGS),
        ],
        measures=[*OF_A_DOMAIN, ledger_balanced()],
    )
