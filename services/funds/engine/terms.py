"""What a loan is agreed on: the terms that its schedule is computed from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, NamedTuple

from services.funds.engine.calendar_vn import HolidayRule
from services.funds.engine.days import MONTHLY, DayCount, Interval, due_dates

Method = Literal["equal_principal", "equal_installment", "flat", "bullet", "custom"]
METHODS: tuple[Method, ...] = ("equal_principal", "equal_installment", "flat", "bullet", "custom")


class Part(NamedTuple):
    """One given repayment of principal of the method `custom`; 0 đồng means that only interest falls due."""

    due_on: date
    principal_vnd: int


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of a loan, enough to compute its schedule. Ask `faults` before `schedule`.

    `principal_vnd`: whole đồng, more than 0. `annual_rate_percent`: 12 is 12 % a year. `installments`: rows, for
    `custom` as many as `parts`. `principal_every` n: principal falls due only in rows n, 2n, 3n … and in the last.
    `principal_grace`: the first rows that pay interest only. `interest_grace`: the first rows that pay no interest; it
    falls due in the row after. `interest_free`: the first rows that earn none. `round_installment_to_vnd`: installments
    of `equal_installment`, and principal parts of `equal_principal` and `flat`, are rounded to multiples of it; it
    changes nothing for `bullet` and `custom`. `interval`: for `custom` only the day count `none` looks at it.
    """

    principal_vnd: int
    annual_rate_percent: Decimal
    installments: int
    disbursed_on: date
    method: Method = "equal_principal"
    interval: Interval = MONTHLY
    day_count: DayCount = "actual_365"
    principal_every: int = 1
    principal_grace: int = 0
    interest_grace: int = 0
    interest_free: int = 0
    first_due_on: date | None = None
    round_installment_to_vnd: int | None = None
    holiday_rule: HolidayRule = "none"
    parts: tuple[Part, ...] = ()

    def nominal_due_dates(self) -> list[date]:
        """Return the due dates before holidays move them. Raises OverflowError after the year 9999."""
        if self.method == "custom":
            return [part.due_on for part in self.parts]
        return due_dates(self.disbursed_on, self.first_due_on, self.interval, self.installments)

    def carries_principal(self, number: int) -> bool:
        """Return whether principal may fall due in row `number` (1 is the first)."""
        if number == self.installments or self.method == "custom":
            return True
        if self.method == "bullet":
            return False
        return number > self.principal_grace and number % self.principal_every == 0
