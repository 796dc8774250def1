"""What the law asks on the day of a contract, or of a tranche, that it did not when the application was approved.

An approval is held to the law of its own day, and what it met then holds. So one from before a law meets that law here:
else money would go out today by no limit at all.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from kernel.database.connections import Transaction
from services.funds import problems
from services.funds.capital.rules.service import Rules, law_since_approval
from services.funds.lending.applications.limits import Check, exposure_checks, own_capital_check, refuse_unmet
from services.funds.rows import FundRow, LoanApplicationRow, LoanRow
from services.funds.servicing.loans.approval import application_of


async def refuse_contract_beyond_law(
    tx: Transaction, fund: FundRow, application: LoanApplicationRow, *, signed_on: date, principal_vnd: int
) -> None:
    """Raise OwnCapitalTooLow, SingleBorrowerLimitExceeded or RelatedBorrowersLimitExceeded, each with its `pointer`."""
    law = await law_since_approval(tx, application["id"], signed_on)
    # The contract takes the place of what was promised with the approval.
    promised = application["approved_amount_vnd"] or 0
    checks = await _checks(tx, fund, application, law, on=signed_on, amount_vnd=principal_vnd, counted_vnd=promised)
    refuse_unmet(checks, pointers={**_pointing("/principal_vnd"), "own_capital_minimum": "/loan_application_id"})


async def refuse_tranche_beyond_law(
    tx: Transaction, fund: FundRow, loan: LoanRow, *, disbursed_on: date, amount_vnd: int
) -> None:
    """Raise the same, or OverdueRateTooHigh; `pointer` is null where no other amount would help."""
    application = await application_of(tx, loan)
    if application is None:
        return
    law = await law_since_approval(tx, application["id"], disbursed_on)
    limit, percent = law.percent("overdue_rate_maximum"), Decimal(loan["overdue_rate_percent_of_rate"])
    if limit is not None and percent > limit:
        raise problems.OverdueRateTooHigh(
            limit_percent=f"{limit}", asked_percent=f"{percent}", over_percent=f"{percent - limit}", pointer=None
        )
    # Of a contract that is closed to drawing nothing is promised any more.
    undrawn = 0 if loan["drawing_closed_on"] is not None else loan["principal_vnd"] - loan["disbursed_vnd"]
    checks = await _checks(tx, fund, application, law, on=disbursed_on, amount_vnd=amount_vnd, counted_vnd=undrawn)
    refuse_unmet(checks, pointers=_pointing("/amount_vnd"))


def _pointing(at: str) -> dict[str, str]:
    return {"single_borrower_limit": at, "related_borrowers_limit": at}


async def _checks(
    tx: Transaction,
    fund: FundRow,
    application: LoanApplicationRow,
    law: Rules,
    *,
    on: date,
    amount_vnd: int,
    counted_vnd: int,
) -> list[Check]:
    own = own_capital_check(application, law)
    exposures = await exposure_checks(
        tx, fund, application["borrower_id"], law, on=on, amount_vnd=amount_vnd, counted_vnd=counted_vnd
    )
    return exposures if own is None else [own, *exposures]
