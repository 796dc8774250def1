"""The limits of an approval: each checked with its numbers, so that the decision can be explained later.

Whoever approves holds the row lock of the fund: who approves next sees what this one promised.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, TypedDict, cast

from kernel.database.connections import Transaction
from kernel.problems import Problem
from services.funds import problems
from services.funds.capital.funds.position import capital_of, lent
from services.funds.capital.rules.service import Rules, block
from services.funds.lending.applications.queries import RELATED
from services.funds.rows import FundRow, LoanApplicationRow


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What is to be approved, and against which the limits are checked."""

    fund: FundRow
    application: LoanApplicationRow
    amount_vnd: int
    on: date
    own_capital_percent: Decimal | None
    """What the product asks for, where it asks for more than the rule."""
    authority: str | None
    annual_rate_percent: str
    rate_minimum_percent: str | None
    """The least rate of the product, where there is one."""


def part_of(basis_vnd: int, percent: Decimal, *, up: bool = False) -> int:
    """Return `percent` of an amount in whole đồng, rounded so that the rule is never bent: a limit down, a minimum up."""
    rounding = ROUND_CEILING if up else ROUND_FLOOR
    return int((Decimal(basis_vnd) * percent / 100).to_integral_value(rounding=rounding))


class Check(TypedDict):
    """One thing that an approval looked at, as it is kept: `LimitCheck`."""

    check: str
    is_met: bool
    warning: str | None
    limit_percent: str | None
    asked_percent: str | None
    basis_vnd: int | None
    limit_vnd: int | None
    used_vnd: int
    asked_vnd: int
    over_vnd: int
    borrower_group_id: str | None
    authority: str | None
    loans: list[dict[str, Any]]
    borrowers: list[dict[str, Any]]
    missing_documents: list[str]
    votes: dict[str, int] | None
    rule: dict[str, Any] | None


def check_of(name: str, *, is_met: bool, **numbers: Any) -> Check:
    """Return a check with these numbers and none of the others."""
    unused: dict[str, Any] = {
        "warning": None,
        "limit_percent": None,
        "asked_percent": None,
        "basis_vnd": None,
        "limit_vnd": None,
        "used_vnd": 0,
        "asked_vnd": 0,
        "over_vnd": 0,
        "borrower_group_id": None,
        "authority": None,
        "loans": [],
        "borrowers": [],
        "missing_documents": [],
        "votes": None,
        "rule": None,
    }
    if is_met:
        numbers.pop("warning", None)
    return cast(Check, {"check": name, "is_met": is_met, **unused, **numbers})


def _amount_check(name: str, **numbers: Any) -> Check:
    return check_of(name, is_met=numbers["over_vnd"] == 0, **numbers)


def own_capital_check(
    application: LoanApplicationRow, rules: Rules, *, product_percent: Decimal | None = None
) -> Check | None:
    """Return the check that the borrower brings enough of the project's cost; None where nothing asks for it.

    `product_percent`: what the product asks for.
    """
    percents = [p for p in (rules.percent("own_capital_minimum"), product_percent) if p is not None]
    if not percents:
        return None
    percent, own = max(percents), application["own_capital_vnd"]
    least = part_of(application["total_cost_vnd"], percent, up=True)
    return _amount_check(
        "own_capital_minimum",
        limit_percent=f"{percent}",
        basis_vnd=application["total_cost_vnd"],
        limit_vnd=least,
        asked_vnd=own,
        over_vnd=max(0, least - own),
        rule=rules.applied("own_capital_minimum"),
    )


def authority_check(proposal: Proposal, rules: Rules) -> Check | None:
    """Return the check that whoever decides may approve that much; None where no authority is laid down."""
    rows = rules.authorities
    if not rows:
        return None
    enough = [row for row in rows if row["amount_up_to_vnd"] is None or row["amount_up_to_vnd"] >= proposal.amount_vnd]
    if proposal.authority is None:
        row = enough[0] if enough else rows[-1]
    else:
        # Of one authority's rows the highest counts; one that is not named anywhere may approve nothing.
        own = [row for row in rows if row["authority"] == proposal.authority]
        if not own:
            return _amount_check(
                "approval_authority",
                limit_vnd=0,
                asked_vnd=proposal.amount_vnd,
                over_vnd=proposal.amount_vnd,
                authority=proposal.authority,
            )
        row = own[-1]
    limit = row["amount_up_to_vnd"]
    over = 0 if limit is None else max(0, proposal.amount_vnd - limit)
    return _amount_check(
        "approval_authority",
        limit_vnd=limit,
        asked_vnd=proposal.amount_vnd,
        over_vnd=over,
        authority=row["authority"],
        rule=block(row),
    )


def product_rate_check(proposal: Proposal) -> Check | None:
    """Return the check that the rate is not below the product's least; None where no product lays one down."""
    least = proposal.rate_minimum_percent
    if least is None:
        return None
    return check_of(
        "product_rate_minimum",
        is_met=Decimal(proposal.annual_rate_percent) >= Decimal(least),
        limit_percent=least,
        asked_percent=proposal.annual_rate_percent,
    )


async def exposure_checks(
    tx: Transaction, fund: FundRow, borrower_id: str, rules: Rules, *, on: date, amount_vnd: int, counted_vnd: int = 0
) -> list[Check]:
    """Return the checks of what one borrower, and each group of related persons, would owe and be promised with an amount.

    The limits are parts of the actual charter capital on the day. `counted_vnd`: what counts already of what the amount
    is part of.
    """
    if rules.percent("single_borrower_limit") is None and rules.percent("related_borrowers_limit") is None:
        return []
    basis = (await capital_of(tx, fund["id"], on)).actual_charter_capital_vnd(fund)

    async def exposure(name: str, borrower_ids: Sequence[str], group_id: str | None) -> Check | None:
        percent = rules.percent(name)
        if percent is None:
            return None
        limit = part_of(basis, percent)
        used = (await lent(tx, fund["id"], borrower_ids=borrower_ids)).exposure_vnd - counted_vnd
        return _amount_check(
            name,
            limit_percent=f"{percent}",
            basis_vnd=basis,
            limit_vnd=limit,
            used_vnd=used,
            asked_vnd=amount_vnd,
            over_vnd=max(0, used + amount_vnd - limit),
            borrower_group_id=group_id,
            rule=rules.applied(name),
        )

    checks = [await exposure("single_borrower_limit", [borrower_id], None)]
    for row in await tx.fetch(RELATED, borrower_id, on):
        checks.append(await exposure("related_borrowers_limit", row["borrower_ids"], row["borrower_group_id"]))
    return [check for check in checks if check is not None]


async def check_limits(tx: Transaction, proposal: Proposal, rules: Rules) -> list[Check]:
    """Return every limit of an approval checked, met or not, by the rules of the decision day."""
    application = proposal.application
    checks = [
        own_capital_check(application, rules, product_percent=proposal.own_capital_percent),
        *await exposure_checks(
            tx, proposal.fund, application["borrower_id"], rules, on=proposal.on, amount_vnd=proposal.amount_vnd
        ),
        authority_check(proposal, rules),
        product_rate_check(proposal),
    ]
    return [check for check in checks if check is not None]


_PROBLEMS: dict[str, type[Problem]] = {
    "own_capital_minimum": problems.OwnCapitalTooLow,
    "single_borrower_limit": problems.SingleBorrowerLimitExceeded,
    "related_borrowers_limit": problems.RelatedBorrowersLimitExceeded,
    "approval_authority": problems.AuthorityExceeded,
    "product_rate_minimum": problems.BelowProductMinimum,
    "council_votes": problems.CouncilAgainst,
}


_NUMBERS = (
    "limit_percent",
    "asked_percent",
    "basis_vnd",
    "limit_vnd",
    "used_vnd",
    "asked_vnd",
    "over_vnd",
    "borrower_group_id",
    "authority",
)


def refuse_unmet(checks: Sequence[Check], *, pointers: Mapping[str, str] | None = None) -> None:
    """Raise the problem of the first absolute check that is not met, with its numbers, and with all that was checked.

    `pointers`: what of a body each check looked at, by its name; then the problem says that too.
    """
    for check in checks:
        if not check["is_met"] and check["warning"] is None:
            kept: Mapping[str, Any] = check
            numbers: dict[str, Any] = {name: kept[name] for name in _NUMBERS if kept[name] is not None}
            if pointers is not None:
                numbers["pointer"] = pointers.get(check["check"])
            raise _PROBLEMS[check["check"]](**numbers, **kept["votes"] or {}, limits=list(checks))


def acknowledged_of(checks: Sequence[Check], acknowledged: Collection[str]) -> list[str]:
    """Return the warnings that there are. Raises WarningsUnacknowledged with those that the approver did not name."""
    warnings = [check for check in checks if not check["is_met"]]
    unseen = [check for check in warnings if check["warning"] not in acknowledged]
    if unseen:
        raise problems.WarningsUnacknowledged(warnings=[{"code": check["warning"], **check} for check in unseen])
    return [check["warning"] for check in warnings if check["warning"] is not None]
