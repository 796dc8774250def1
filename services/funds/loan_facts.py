"""What the debt group of a loan on a day follows from, and what a fund has out: as the last entry left it, or derived anew.

A loan's row keeps what its last entry left: `kept_from` is the day of that entry, `unpaid_since` the due date of the oldest
installment that nothing has closed, `deductible_vnd` what secures it since `secured_from`. From these days on only the day
itself is added. A loan of which nothing is kept (`kept_version` null), or that has an entry after the day, is derived from
its records; what is kept is written with every entry (services/funds/servicing/loans/kept.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TypedDict, TypeVar, cast

from kernel.database.connections import Database, Transaction
from kernel.database.statements import Statement, statement
from services.funds.cures import cure_of


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


class KeptFacts(LoanFacts):
    """The same as a loan's row keeps them, and whether that holds on the day."""

    is_kept: bool


class AlikeLoans(TypedDict):
    """Loans of which all is alike that group and provision depend on, added up.

    `owing`: how many of them owe principal; `steps` and `rest_vnd`: what is not secured, in whole steps of provisions and
    what is left of one.
    """

    own_risk: bool
    is_elsewhere: bool
    days_overdue: int
    reschedule_count: int
    interest_reduced: bool
    is_cured: bool
    rest_vnd: int
    loans: int
    owing: int
    outstanding_vnd: int
    steps: int


class CommittedLoans(AlikeLoans):
    """The same with what contracts promise beyond what was paid out, and what was written off and not recovered."""

    undrawn_vnd: int
    lost_vnd: int


class KeptAlike(AlikeLoans):
    """The same as the loans' rows keep it, and whether that holds on the day. A loan with something particular stands alone."""

    is_kept: bool
    alone_id: str | None


class KeptCommitted(KeptAlike, CommittedLoans):
    """The same of what a position needs."""


K = TypeVar("K", bound=KeptAlike)


class _Id(TypedDict):
    id: str


class _Alone(TypedDict):
    alone_id: str | None
    reschedule_count: int
    interest_reduced: bool
    is_cured: bool


_COUNT = "coalesce(a.count, 0) + coalesce((own.opening ->> 'reschedule_count')::int, 0)"
# Every loan of {own} with what its group depends on, on the day $2; {of_own} says of an entry that it is of one of those.
# Where another lender keeps the books the balance reported last counts. Collateral without a day of registration counts from
# the day it was entered, so that provisions of the past stay as they were reported.
_FACTS = f"""
    WITH own AS (
        SELECT id, fund_id, borrower_id, alliance, channel, own_risk, loan_application_id, opening, principal_vnd, drawing_closed_on
          FROM loan WHERE {{own}}),
    moved AS (
        SELECT loan_id, amount_vnd, amount_vnd AS drawn_vnd, 0 AS lost_vnd FROM disbursement
         WHERE {{of_own}} AND disbursed_on <= $2 AND reversed_at IS NULL
        UNION ALL SELECT loan_id, -principal_vnd, 0, 0 FROM repayment
         WHERE {{of_own}} AND paid_on <= $2 AND reversed_at IS NULL
        UNION ALL SELECT loan_id, CASE kind WHEN 'risk_handled' THEN -amount_vnd ELSE 0 END, 0,
                         CASE kind WHEN 'risk_handled' THEN amount_vnd
                              ELSE coalesce(interest_vnd + overdue_interest_vnd, 0) - amount_vnd END
          FROM write_off
         WHERE {{of_own}} AND effective_on <= $2 AND kind IN ('risk_handled', 'recovery') AND reversed_at IS NULL AND coalesce(confirmation_state, 'confirmed') = 'confirmed'
        UNION ALL SELECT id, (opening ->> 'principal_vnd')::bigint, 0, 0 FROM own
         WHERE opening IS NOT NULL AND (opening ->> 'as_of')::date <= $2),
    sums AS (
        SELECT loan_id, sum(amount_vnd)::bigint AS outstanding_vnd, sum(drawn_vnd)::bigint AS drawn_vnd,
               sum(lost_vnd)::bigint AS lost_vnd
          FROM moved GROUP BY loan_id),
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
         GROUP BY own.id),
    facts AS (
        SELECT own.id AS loan_id, own.borrower_id, own.alliance, own.own_risk, own.channel = 'entrusted_out' AS is_elsewhere,
               coalesce(r.outstanding_vnd, s.outstanding_vnd, 0) AS outstanding_vnd,
               coalesce($2 - coalesce(r.overdue_since, l.since), 0) AS days_overdue,
               {_COUNT} AS reschedule_count,
               e.loan_id IS NOT NULL AS interest_reduced, coalesce(c.deductible_vnd, 0) AS deductible_vnd,
               cured.valid_from AS cured_since, cured.legal_basis AS cured_by,
               CASE WHEN own.opening IS NULL AND (own.drawing_closed_on IS NULL OR own.drawing_closed_on > $2)
                    THEN own.principal_vnd - coalesce(s.drawn_vnd, 0) ELSE 0 END AS undrawn_vnd,
               coalesce(s.lost_vnd, 0) AS lost_vnd
          FROM own
          LEFT JOIN sums s ON s.loan_id = own.id
          LEFT JOIN reported r ON r.loan_id = own.id
          LEFT JOIN late l ON l.loan_id = own.id
          LEFT JOIN anew a ON a.loan_id = own.id
          LEFT JOIN eased e ON e.loan_id = own.id
          LEFT JOIN secured c ON c.id = own.id
          LEFT JOIN cured ON cured.id = own.id)
"""  # noqa: S608 - of constants of the code
_EACH = f"""{_FACTS}
    SELECT {", ".join(LoanFacts.__annotations__)} FROM facts"""  # noqa: S608 - as above
_ALIKE_BY = "own_risk, is_elsewhere, days_overdue, reschedule_count, interest_reduced, is_cured, rest_vnd"
_ALIKE_SUMS = """count(*)::int AS loans, count(*) FILTER (WHERE outstanding_vnd > 0)::int AS owing, sum(outstanding_vnd)::bigint AS outstanding_vnd, sum(steps)::bigint AS steps,
           sum(undrawn_vnd)::bigint AS undrawn_vnd, sum(lost_vnd)::bigint AS lost_vnd"""
# $3: the step of provisions.
_ALIKE = f"""{_FACTS}
    SELECT {_ALIKE_BY}, {_ALIKE_SUMS}
      FROM (SELECT *, uncovered_vnd % $3 AS rest_vnd, uncovered_vnd / $3 AS steps
              FROM (SELECT *, cured_by IS NOT NULL AS is_cured, greatest(outstanding_vnd - deductible_vnd, 0) AS uncovered_vnd
                      FROM facts) AS each) AS loan
     GROUP BY {_ALIKE_BY}"""  # noqa: S608 - as above

# Loans that had begun by the day $2; and those that were signed by then, on which money is still to be paid out.
_BEGUN = "starts_on <= $2"
_SIGNED = "(starts_on <= $2 OR (opening IS NULL AND signed_on <= $2))"
# Of the fund $1: each branch reads the fund's rows by its index on fund and day. Or of the loans $1: by theirs on the loan.
_IN_FUND, _OF_FUND = "fund_id = $1::uuid", "fund_id = $1::uuid"
_THESE, _OF_THESE = "id = ANY($1::uuid[])", "loan_id = ANY($1::uuid[])"
_OWING = "WHERE outstanding_vnd > 0"
_OF_FUND_IN_FULL = statement(
    LoanFacts,
    f"{_EACH.format(own=f'own_risk AND {_IN_FUND} AND {_BEGUN}', of_own=_OF_FUND)} {_OWING} ORDER BY loan_id",
)
_OF_LOANS_IN_FULL = statement(
    LoanFacts, f"{_EACH.format(own=f'own_risk AND {_THESE} AND {_BEGUN}', of_own=_OF_THESE)} {_OWING}"
)
_FUND_ALIKE_IN_FULL = statement(CommittedLoans, _ALIKE.format(own=f"{_IN_FUND} AND {_SIGNED}", of_own=_OF_FUND))
_LOANS_ALIKE_IN_FULL = statement(CommittedLoans, _ALIKE.format(own=f"{_THESE} AND {_SIGNED}", of_own=_OF_THESE))
# Those of the loans $1 that owe, at whosever risk.
AT_ANY_RISK = statement(
    LoanFacts, f"{_EACH.format(own=f'{_THESE} AND {_BEGUN}', of_own=_OF_THESE)} {_OWING} ORDER BY loan_id"
)
# The same as if nothing had been written off, and of loans that owe interest alone: of one that is about to be.
TO_WRITE_OFF = statement(
    LoanFacts,
    _EACH.format(own=f"{_THESE} AND {_BEGUN}", of_own=_OF_THESE).replace(
        "kind IN ('risk_handled', 'recovery')", "false"
    ),
)
# Those of the borrowers $1, in whatever fund: by ix_loan_borrower_id, and each branch by its index on the loan.
OF_BORROWERS = statement(
    LoanFacts,
    f"""{
        _EACH.format(
            own=f"own_risk AND borrower_id = ANY($1::uuid[]) AND {_BEGUN}",
            of_own="loan_id = ANY(ARRAY(SELECT id FROM own))",
        )
    } {_OWING}""",  # noqa: S608 - as above
)

# Null where something was never kept, as false.
_IS_KEPT = "(l.starts_on IS NULL OR (l.kept_version IS NOT NULL AND l.kept_from <= $2 AND l.secured_from <= $2))"
_REDUCED = """l.id IN (SELECT loan_id FROM interest_reduction
                     WHERE fund_id = $1::uuid AND for_inability AND reversed_at IS NULL AND effective_on <= $2 AND coalesce(confirmation_state, 'confirmed') = 'confirmed')"""
_OWN_OF_FUND = "l.fund_id = $1::uuid AND (l.starts_on <= $2 OR (l.opening IS NULL AND l.signed_on <= $2))"
# Of the fund $1 on the day $2 as the loans' rows keep it: one walk over them by ix_loan_fund_id, and what the day adds.
_FUND_KEPT = statement(
    KeptFacts,
    f"""
    SELECT l.id AS loan_id, l.borrower_id, l.alliance, l.outstanding_vnd,
           CASE WHEN l.unpaid_since < $2 THEN $2 - l.unpaid_since ELSE 0 END AS days_overdue, l.reschedule_count,
           {_REDUCED} AS interest_reduced, coalesce(l.deductible_vnd, 0) AS deductible_vnd,
           cure.valid_from AS cured_since, cure.legal_basis AS cured_by, {_IS_KEPT} IS TRUE AS is_kept
      FROM loan l LEFT JOIN LATERAL (SELECT * FROM ({cure_of("l", "$2")}) AS rule WHERE l.reschedule_count > 0) cure ON true
     WHERE l.fund_id = $1::uuid AND l.own_risk AND l.starts_on <= $2 AND (l.outstanding_vnd > 0 OR {_IS_KEPT} IS NOT TRUE)
     ORDER BY l.id""",  # noqa: S608 - as above
)
# Loans that were rescheduled, or whose interest was reduced, stand alone (`alone_id`): their count and reduction, and whether
# they are cured, are asked for by themselves, as most loans have none of it and the rule of cures costs PostgreSQL more to plan
# than most funds have loans for. $3: the step of provisions.
_KEPT_ALIKE = f"""
    SELECT is_kept, alone_id, own_risk, is_elsewhere, days_overdue, 0 AS reschedule_count, false AS interest_reduced,
           false AS is_cured, rest_vnd, count(*)::int AS loans, count(*) FILTER (WHERE outstanding_vnd > 0)::int AS owing,
           sum(outstanding_vnd)::bigint AS outstanding_vnd, ((sum(uncovered_vnd) - count(*) * rest_vnd) / $3)::bigint AS steps{{sums}}
      FROM (SELECT *, uncovered_vnd % $3 AS rest_vnd
              FROM (SELECT {_IS_KEPT} AS is_kept, l.own_risk, l.channel = 'entrusted_out' AS is_elsewhere,
                           CASE WHEN l.unpaid_since < $2 THEN $2 - l.unpaid_since ELSE 0 END AS days_overdue,
                           CASE WHEN l.reschedule_count > 0 OR {_REDUCED} THEN l.id END AS alone_id, l.outstanding_vnd,
                           greatest(l.outstanding_vnd - l.deductible_vnd, 0) AS uncovered_vnd,
                           CASE WHEN l.opening IS NULL AND (l.drawing_closed_on IS NULL OR l.drawing_closed_on > $2)
                                THEN l.principal_vnd - l.disbursed_vnd ELSE 0 END AS undrawn_vnd,
                           l.written_off_vnd - l.recovered_vnd AS lost_vnd
                      FROM loan l WHERE {_OWN_OF_FUND}{{owing}}) AS each) AS loan
     GROUP BY is_kept, alone_id, own_risk, is_elsewhere, days_overdue, rest_vnd"""  # noqa: S608 - as above
# Loans that owe nothing have no group; of a fund of some years they are most.
_FUND_KEPT_ALIKE = statement(
    KeptAlike, _KEPT_ALIKE.format(sums="", owing=f" AND (l.outstanding_vnd > 0 OR {_IS_KEPT} IS NOT TRUE)")
)
_FUND_KEPT_COMMITTED = statement(
    KeptCommitted,
    _KEPT_ALIKE.format(sums=", sum(undrawn_vnd)::bigint AS undrawn_vnd, sum(lost_vnd)::bigint AS lost_vnd", owing=""),
)
# What is particular to the loans $3 of the fund $1.
_ALONE = statement(
    _Alone,
    f"""
    SELECT l.id AS alone_id, l.reschedule_count, {_REDUCED} AS interest_reduced,
           l.reschedule_count > 0 AND EXISTS ({cure_of("l", "$2")}) AS is_cured
      FROM loan l WHERE l.id = ANY($3::uuid[])""",  # noqa: S608 - as above
)
_NOT_KEPT = statement(_Id, f"SELECT l.id FROM loan l WHERE {_OWN_OF_FUND} AND {_IS_KEPT} IS NOT TRUE")  # noqa: S608 - as above
MANY = 300
"""From so many loans on that have to be derived the whole fund is: reading its rows together is cheaper than each loan's."""


async def facts_of(db: Database | Transaction, fund_id: str, on: date) -> Sequence[LoanFacts]:
    """Return every loan of the fund at its own risk with principal outstanding on the day, by id."""
    kept = await db.fetch(_FUND_KEPT, fund_id, on)
    others = [loan["loan_id"] for loan in kept if not loan["is_kept"]]
    if not others:
        return kept
    if len(others) > MANY:
        return await facts_in_full(db, fund_id, on)
    derived = await db.fetch(_OF_LOANS_IN_FULL, others, on)
    return sorted([*(loan for loan in kept if loan["is_kept"]), *derived], key=lambda loan: loan["loan_id"])


async def facts_in_full(db: Database | Transaction, fund_id: str, on: date) -> Sequence[LoanFacts]:
    """Return the same, every loan derived from its records: what `facts_of` has to equal."""
    return await db.fetch(_OF_FUND_IN_FULL, fund_id, on)


async def alike_of(tx: Transaction, fund_id: str, on: date, step_vnd: int) -> Sequence[AlikeLoans]:
    """Return every loan of the fund that owes on the day, those that are alike together; `tx` sees one moment."""
    return await _alike_of(tx, _FUND_KEPT_ALIKE, fund_id, on, step_vnd)


async def committed_of(tx: Transaction, fund_id: str, on: date, step_vnd: int) -> Sequence[CommittedLoans]:
    """Return every loan that it had signed by the day, with what is promised and lost."""
    return await _alike_of(tx, _FUND_KEPT_COMMITTED, fund_id, on, step_vnd)


async def _alike_of(
    tx: Transaction, kept_alike: Statement[K], fund_id: str, on: date, step_vnd: int
) -> Sequence[K | CommittedLoans]:
    rows = await tx.fetch(kept_alike, fund_id, on, step_vnd)
    others = sum(alike["loans"] for alike in rows if not alike["is_kept"])
    if others > MANY:
        return await alike_in_full(tx, fund_id, on, step_vnd)
    kept = await _with_particulars(tx, [alike for alike in rows if alike["is_kept"]], fund_id, on)
    if not others:
        return kept
    ids = [row["id"] for row in await tx.fetch(_NOT_KEPT, fund_id, on)]
    return [*kept, *await tx.fetch(_LOANS_ALIKE_IN_FULL, ids, on, step_vnd)]


async def _with_particulars(tx: Transaction, kept: Sequence[K], fund_id: str, on: date) -> Sequence[K]:
    """Return the same, each loan that stands alone with what is particular to it on the day."""
    alone = [alike["alone_id"] for alike in kept if alike["alone_id"] is not None]
    if not alone:
        return kept
    particular = {row["alone_id"]: row for row in await tx.fetch(_ALONE, fund_id, on, alone)}
    return [cast(K, {**alike, **particular.get(alike["alone_id"], {})}) for alike in kept]


async def alike_in_full(tx: Transaction, fund_id: str, on: date, step_vnd: int) -> Sequence[CommittedLoans]:
    """Return the same, every loan derived from its records: what `committed_of` has to equal, and of those that owe `alike_of`."""
    return await tx.fetch(_FUND_ALIKE_IN_FULL, fund_id, on, step_vnd)
