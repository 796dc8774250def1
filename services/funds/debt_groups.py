"""Debt groups and specific provisions of a fund's loans on any day, derived from the records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypedDict

from kernel.database.connections import Database, Transaction
from kernel.database.statements import statement
from services.funds.cures import RULE, cure_of
from services.funds.engine.debt_groups import debt_group, is_npl, provision, provision_step_vnd, scheme_on

GROUPS = (1, 2, 3, 4, 5)


class LoanFacts(TypedDict):
    """What the group of a loan and its provision follow from."""

    loan_id: str
    borrower_id: str
    alliance: str
    outstanding_vnd: int
    days_overdue: int
    reschedule_count: int
    interest_reduced: bool
    deductible_vnd: int
    cured_since: date | None
    cured_by: str | None


class AlikeLoans(TypedDict):
    """Loans of one group and one remainder of the provision's step, added up."""

    days_overdue: int
    reschedule_count: int
    interest_reduced: bool
    is_cured: bool
    rest_vnd: int
    loans: int
    outstanding_vnd: int
    steps: int


_COUNT = "coalesce(a.count, 0) + coalesce((own.opening ->> 'reschedule_count')::int, 0)"
# Every loan of {own} with what its group depends on, on the day $2; {of_own} says of an entry that it is of one of those.
# Where another lender keeps the books the balance reported last counts. Collateral without a day of registration counts from
# the day it was entered, so that provisions of the past stay as they were reported.
_FACTS = f"""
    WITH own AS (
        SELECT id, fund_id, borrower_id, alliance, channel, loan_application_id, opening FROM loan WHERE {{own}} AND starts_on <= $2),
    moved AS (
        SELECT loan_id, amount_vnd FROM disbursement
         WHERE {{of_own}} AND disbursed_on <= $2 AND reversed_at IS NULL
        UNION ALL SELECT loan_id, -principal_vnd FROM repayment
         WHERE {{of_own}} AND paid_on <= $2 AND reversed_at IS NULL
        UNION ALL SELECT loan_id, -amount_vnd FROM write_off
         WHERE {{of_own}} AND effective_on <= $2 AND kind = 'risk_handled' AND reversed_at IS NULL AND coalesce(confirmation_state, 'confirmed') = 'confirmed'
        UNION ALL SELECT id, (opening ->> 'principal_vnd')::bigint FROM own
         WHERE opening IS NOT NULL AND (opening ->> 'as_of')::date <= $2),
    sums AS (SELECT loan_id, sum(amount_vnd)::bigint AS outstanding_vnd FROM moved GROUP BY loan_id),
    reported AS (
        SELECT DISTINCT ON (loan_id) loan_id, outstanding_vnd, overdue_since FROM balance_statement
         WHERE {{of_own}} AND as_of <= $2
         ORDER BY loan_id, as_of DESC),
    late AS (
        SELECT i.loan_id, min(i.due_on) AS since FROM loan_installment i JOIN own ON own.id = i.loan_id
         WHERE i.due_on < $2 AND i.opened_on <= $2 AND (i.closed_on IS NULL OR i.closed_on > $2) GROUP BY i.loan_id),
    anew AS (
        SELECT loan_id, count(*)::int AS count FROM rescheduling
         WHERE {{of_own}} AND state = 'approved' AND kind <> 'early_recall' AND effective_on <= $2
         GROUP BY loan_id),
    cured AS (
        SELECT own.id, cure.valid_from, cure.legal_basis
          FROM own LEFT JOIN anew a ON a.loan_id = own.id CROSS JOIN LATERAL ({cure_of("own", "$2")}) cure
         WHERE {_COUNT} > 0),
    eased AS (
        SELECT DISTINCT loan_id FROM interest_reduction
         WHERE {{of_own}} AND for_inability AND reversed_at IS NULL AND effective_on <= $2 AND coalesce(confirmation_state, 'confirmed') = 'confirmed'),
    secured AS (
        SELECT own.id, sum(c.deductible_value_vnd)::bigint AS deductible_vnd
          FROM own JOIN collateral c ON c.loan_id = own.id OR c.loan_application_id = own.loan_application_id
         WHERE coalesce(c.registered_on, (c.created_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date) <= $2 AND (c.released_on IS NULL OR c.released_on > $2)
         GROUP BY own.id)
    SELECT own.id AS loan_id, own.borrower_id, own.alliance, coalesce(r.outstanding_vnd, s.outstanding_vnd) AS outstanding_vnd,
           coalesce($2 - coalesce(r.overdue_since, l.since), 0) AS days_overdue,
           {_COUNT} AS reschedule_count,
           e.loan_id IS NOT NULL AS interest_reduced, coalesce(c.deductible_vnd, 0) AS deductible_vnd,
           cured.valid_from AS cured_since, cured.legal_basis AS cured_by
      FROM own
      JOIN sums s ON s.loan_id = own.id
      LEFT JOIN reported r ON r.loan_id = own.id
      LEFT JOIN late l ON l.loan_id = own.id
      LEFT JOIN anew a ON a.loan_id = own.id
      LEFT JOIN eased e ON e.loan_id = own.id
      LEFT JOIN secured c ON c.id = own.id
      LEFT JOIN cured ON cured.id = own.id
     WHERE coalesce(r.outstanding_vnd, s.outstanding_vnd) > 0"""  # noqa: S608 - of constants of the code
# The loans of the fund $1, or those of them in $3; each branch reads the fund's rows by its index on fund and day.
_IN_FUND = "fund_id = $1::uuid AND ($3::uuid[] IS NULL OR {loan} = ANY($3))"
_OF_FUND = {"own": _IN_FUND.format(loan="id"), "of_own": _IN_FUND.format(loan="loan_id")}
_AT_OWN_RISK = _FACTS.format(**{**_OF_FUND, "own": f"own_risk AND {_OF_FUND['own']}"})
_EACH = statement(LoanFacts, f"{_AT_OWN_RISK} ORDER BY own.id")
# The same of loans at whosever risk.
_EACH_AT_ANY_RISK = statement(LoanFacts, f"{_FACTS.format(**_OF_FUND)} ORDER BY own.id")
# The same as if nothing had been written off, and of loans that owe interest alone: of one that is about to be.
_EACH_TO_WRITE_OFF = statement(
    LoanFacts,
    _FACTS.format(**_OF_FUND)
    .replace("kind = 'risk_handled'", "false")
    .replace("WHERE coalesce(r.outstanding_vnd, s.outstanding_vnd) > 0", "ORDER BY own.id"),
)
# Those of the borrowers $1, in whatever fund: by ix_loan_borrower_id, and each branch by its index on the loan.
_OF_BORROWERS = statement(
    LoanFacts,
    _FACTS.format(own="own_risk AND borrower_id = ANY($1::uuid[])", of_own="loan_id = ANY(ARRAY(SELECT id FROM own))"),
)
# As _EACH, loans together of which all is alike that group and provision depend on. $4: the step of provisions.
_ALIKE = statement(
    AlikeLoans,
    f"""
    SELECT days_overdue, reschedule_count, interest_reduced, cured_by IS NOT NULL AS is_cured,
           uncovered_vnd % $4 AS rest_vnd, count(*)::int AS loans,
           sum(outstanding_vnd)::bigint AS outstanding_vnd, sum(uncovered_vnd / $4)::bigint AS steps
      FROM (SELECT *, greatest(outstanding_vnd - deductible_vnd, 0) AS uncovered_vnd FROM ({_AT_OWN_RISK}) AS each) AS loan
     GROUP BY days_overdue, reschedule_count, interest_reduced, is_cured, rest_vnd""",  # noqa: S608 - of this module's constants
)


@dataclass(frozen=True, slots=True)
class ClassifiedLoan:
    """A loan on a day: how late it is, in which group, and what is set aside for it."""

    loan_id: str
    borrower_id: str
    alliance: str
    outstanding_vnd: int
    days_overdue: int
    reschedule_count: int
    interest_reduced: bool
    deductible_vnd: int
    debt_group: int
    provision_vnd: int
    cure: Mapping[str, Any] | None
    """The rule by which its new schedules count no more; None where they count or there are none."""

    @property
    def is_npl(self) -> bool:
        """Whether it is non-performing (groups 3 to 5)."""
        return is_npl(self.debt_group)


def classified(loan: LoanFacts, on: date) -> ClassifiedLoan:
    """Return a loan's facts on a day with the group and the provision that follow."""
    days_overdue, outstanding_vnd, deductible_vnd = (
        loan["days_overdue"],
        loan["outstanding_vnd"],
        loan["deductible_vnd"],
    )
    cured_since, cured_by = loan["cured_since"], loan["cured_by"]
    count = loan["reschedule_count"] if cured_by is None else 0
    group = debt_group(days_overdue, count, days_overdue, loan["interest_reduced"], on=on)
    cure = None
    if cured_since is not None:
        cure = {"id": RULE, "version": cured_since.isoformat()[:7], "legal_basis": cured_by}
    return ClassifiedLoan(
        loan_id=loan["loan_id"],
        borrower_id=loan["borrower_id"],
        alliance=loan["alliance"],
        outstanding_vnd=outstanding_vnd,
        days_overdue=days_overdue,
        reschedule_count=loan["reschedule_count"],
        interest_reduced=loan["interest_reduced"],
        deductible_vnd=deductible_vnd,
        debt_group=group,
        provision_vnd=provision(outstanding_vnd, deductible_vnd, group, on=on),
        cure=cure,
    )


async def classify(
    db: Database | Transaction, fund_id: str, on: date, *, loan_ids: list[str] | None = None
) -> list[ClassifiedLoan]:
    """Return every loan of the fund (or of `loan_ids`) at its own risk with principal outstanding on the day."""
    return [classified(row, on) for row in await db.fetch(_EACH, fund_id, on, loan_ids)]


async def classify_at_any_risk(
    db: Database | Transaction, fund_id: str, on: date, *, loan_ids: list[str]
) -> list[ClassifiedLoan]:
    """Return those of `loan_ids` with principal outstanding on the day, as they would be if the fund bore every risk."""
    return [classified(row, on) for row in await db.fetch(_EACH_AT_ANY_RISK, fund_id, on, loan_ids)]


async def classify_to_write_off(tx: Transaction, fund_id: str, on: date, *, loan_id: str) -> ClassifiedLoan:
    """Return a loan that had begun by the day as it stands before it is written off on it, at whosever risk."""
    (facts,) = await tx.fetch(_EACH_TO_WRITE_OFF, fund_id, on, [loan_id])
    return classified(facts, on)


async def classify_borrowers(db: Database | Transaction, borrower_ids: Iterable[str], on: date) -> list[ClassifiedLoan]:
    """Return every loan of the borrowers at its fund's own risk with principal outstanding on the day."""
    return [classified(row, on) for row in await db.fetch(_OF_BORROWERS, sorted(set(borrower_ids)), on)]


def worst_groups(loans: Iterable[ClassifiedLoan]) -> dict[tuple[str, str], int]:
    """Return the worst group of each borrower in each alliance: one alliance is not told what another has lent."""
    worst: dict[tuple[str, str], int] = {}
    for loan in loans:
        key = (loan.borrower_id, loan.alliance)
        worst[key] = max(worst.get(key, 0), loan.debt_group)
    return worst


@dataclass(slots=True)
class GroupSum:
    """The loans of a fund in one debt group on a day."""

    debt_group: int
    loans: int = 0
    outstanding_vnd: int = 0
    provision_vnd: int = 0


async def sums_of(db: Database | Transaction, fund_id: str, on: date) -> list[GroupSum]:
    """Return what `classify` finds, added up by group, 1 to 5: to the đồng the same, with far fewer rows to read."""
    sums = [GroupSum(group) for group in GROUPS]
    step = provision_step_vnd(on=on)
    for row in await db.fetch(_ALIKE, fund_id, on, None, step):
        days_overdue, loans = row["days_overdue"], row["loans"]
        count = 0 if row["is_cured"] else row["reschedule_count"]
        group = debt_group(days_overdue, count, days_overdue, row["interest_reduced"], on=on)
        total = sums[group - 1]
        total.loans += loans
        total.outstanding_vnd += row["outstanding_vnd"]
        total.provision_vnd += row["steps"] * provision(step, 0, group, on=on)
        total.provision_vnd += loans * provision(row["rest_vnd"], 0, group, on=on)
    return sums


async def provisions_of(db: Database | Transaction, fund_id: str, on: date) -> int:
    """Return the specific provisions of the fund on the day."""
    return sum(group.provision_vnd for group in await sums_of(db, fund_id, on))


def rule_on(day: date) -> Mapping[str, Any]:
    """Return the `rule` block of the scheme that holds on a day."""
    scheme = scheme_on(day)
    version = "2010-06" if scheme.valid_from is None else scheme.valid_from.isoformat()[:7]
    return {"id": "debt_groups", "version": version, "legal_basis": scheme.source}
