"""Loans as a record type: how they are listed and entered, and what refuses that."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kernel import problems as kernel_problems
from kernel.database.connections import Transaction
from kernel.records.confirmations import Confirmation
from kernel.records.crud import RecordType, listing_of
from kernel.records.listing import SortKey, code_filter, day_filter, day_range, id_filter, number_range, text_filter
from kernel.records.province_filters import PROVINCE_FILTERS
from kernel.values.common_lists import CONFIRMATION_STATES
from services.funds import code_lists as codes
from services.funds import problems
from services.funds.field_types import called
from services.funds.indicators import INDICATORS
from services.funds.lending.borrowers.communes import by_place
from services.funds.models.folding import LOAN_FOLDED
from services.funds.scopes import APPROVE, OWN_READ, WRITE
from services.funds.servicing.loans import contracts
from services.funds.servicing.loans.resource import LOAN
from services.funds.servicing.loans.schemas import Loan, LoanCreate

# Unpaid after its day: the installments tell, as the loan's history stands now.
_OVERDUE = """
    r.id IN (SELECT loan_id FROM loan_installment i WHERE i.due_on < {0}::date AND i.opened_on <= {0}::date
                AND (i.closed_on IS NULL OR i.closed_on > {0}::date)) AND r.state IN ('disbursing', 'active')"""


async def _number_in_use(tx: Transaction, values: dict[str, Any]) -> Exception:
    loan_id = await contracts.loan_with_number(tx, values["alliance"], values["contract_number"])
    return problems.ContractNumberInUse(contract_number=values["contract_number"], loan_id=loan_id)


async def _contracted(tx: Transaction, values: dict[str, Any]) -> Exception:
    return problems.NotApproved(state="contracted")


_LISTING = listing_of(
    LOAN,
    Loan,
    (
        called(
            LOAN_FOLDED,
            "Search in contract numbers and borrowers' names, as in the contract or today, without regard to case or marks.",
        ),
        code_filter("state", "r.state", codes.LOAN_STATES, "State."),
        id_filter("fund_id", "r.fund_id", "Fund."),
        id_filter("borrower_id", "r.borrower_id", "Borrower."),
        id_filter("organization_id", "r.organization_id", "Organization that borrows."),
        code_filter(
            "confirmation_state",
            "r.confirmation_state",
            CONFIRMATION_STATES,
            "Whether a second person confirmed it.",
        ),
        id_filter("import_id", "r.import_id", "Import that entered it."),
        id_filter("loan_application_id", "r.loan_application_id", "Application."),
        text_filter("contract_number", "r.contract_number", "Number of the contract, exactly."),
        # What a borrower's own user is not shown is no filter for it either.
        replace(text_filter("officer_id", "r.officer_id", "Account of the officer who looks after it."), beyond=True),
        code_filter("channel", "r.channel", codes.LOAN_CHANNELS, "Channel."),
        code_filter("report_sector", "r.report_sector", codes.REPORT_SECTORS, "Sector."),
        day_filter("as_of", "r.starts_on <= {0}::date", "Loans that had begun on that day"),
        day_filter("overdue_on", _OVERDUE, "Loans on which anything was overdue on that day"),
        *day_range("signed_on", "r.signed_on", "Day of the contract"),
        *day_range("starts_on", "r.starts_on", "Day of the first tranche"),
        *day_range("last_due_on", "r.last_due_on", "Last due date"),
        *number_range("outstanding_vnd", "r.outstanding_vnd", "Outstanding principal in đồng"),
        *PROVINCE_FILTERS,
    ),
    sorts={
        "signed_on": SortKey("r.signed_on", "date"),
        "outstanding_vnd": SortKey("r.outstanding_vnd", "bigint"),
        "contract_number": SortKey("r.contract_number"),
    },
    facets=("state", "channel", "report_sector", "fund_id"),
    counts=INDICATORS,
)

LOANS = RecordType(
    resource=LOAN,
    plural="loans",
    output=Loan,
    create=LoanCreate,
    listing=by_place(_LISTING, "r.borrower_id"),
    columns=contracts.columns,
    after=contracts.after,
    confirmation=Confirmation(
        scopes=APPROVE,
        needed=contracts.is_opening,
        take_effect=contracts.open_loan,
        ended={"state": "cancelled"},
        refusals=(problems.PeriodClosed, problems.OverdueRateTooHigh),
    ),
    refusals=(
        kernel_problems.AlreadyErased,
        problems.NotApproved,
        problems.AboveApproved,
        problems.DiffersFromApproval,
        problems.OwnCapitalTooLow,
        problems.SingleBorrowerLimitExceeded,
        problems.RelatedBorrowersLimitExceeded,
        problems.ContractNumberInUse,
        problems.TermsContradict,
        problems.PeriodClosed,
        problems.OutsideFundArea,
        problems.OverdueRateTooHigh,
        problems.OpeningPeriodOver,
    ),
    unique={"uq_loan_contract_number": _number_in_use, "uq_loan_application": _contracted},
    read_scopes=OWN_READ,
    write_scopes=WRITE,
)
