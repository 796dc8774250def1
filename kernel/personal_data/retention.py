"""How long records of persons are kept: by dated rules, of which some oblige and the others say when nobody needs them any more.

A service says of its persons, in SQL, which rules hold them and since when (`Persons.held`); the years are here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class RetentionRule:
    """How many whole years after the year of the last day something is kept.

    `obliges`: it may not be erased before, whoever asks. Those that do not are the house's own: they say when it is time.
    """

    code: str
    since: date
    years: int
    obliges: bool
    source: str


_ACCOUNTING = "Luật Kế toán 88/2015/QH13, Điều 41; Nghị định 174/2016/NĐ-CP, Điều 12, 13"
_HOUSE = "Quy định của nền tảng / the platform's own rule"

RULES = (
    RetentionRule("loan_documents", date(2017, 1, 1), 10, True, _ACCOUNTING),
    RetentionRule("loan_applications", date(2017, 1, 1), 5, True, _ACCOUNTING),
    RetentionRule("allowance_vouchers", date(2017, 1, 1), 10, True, _ACCOUNTING),
    RetentionRule("account_in_use", date(2017, 1, 1), 0, True, _HOUSE),
    RetentionRule("office_held", date(2017, 1, 1), 0, True, "Luật Hợp tác xã 17/2023/QH15"),
    RetentionRule("maker_of_books", date(2017, 1, 1), 10, False, _ACCOUNTING),
    RetentionRule("former_office", date(2017, 1, 1), 5, False, _HOUSE),
    RetentionRule("contact", date(2017, 1, 1), 5, False, _HOUSE),
)


def _ends(number: int) -> str:
    code = RULES[number].code
    later = next((rule.since for rule in RULES[number + 1 :] if rule.code == code), None)
    return "infinity" if later is None else later.isoformat()


def _by_rule(value: Callable[[RetentionRule], object]) -> str:
    """Return the SQL of what the rule {rule} says on {day}, null where there is none.

    No table of the rules is joined: the planner would put it first, and ask what holds a person anew for each of them.
    """
    whens = (
        f"WHEN {{rule}} = '{rule.code}' AND {{day}} >= '{rule.since}'::date AND {{day}} < '{_ends(number)}'::date"
        f" THEN {value(rule)}"
        for number, rule in enumerate(RULES)
    )
    return f"CASE {' '.join(whens)} END"


YEARS_SQL = _by_rule(lambda rule: rule.years)
OBLIGES_SQL = _by_rule(lambda rule: rule.obliges)


def rule_of(code: str, day: date) -> RetentionRule:
    """Return the rule of that code that holds on `day`, or the first there was."""
    same = [rule for rule in RULES if rule.code == code]
    return next((rule for rule in reversed(same) if rule.since <= day), same[0])
