"""Each row's arithmetic in words, in Vietnamese or English, so that a borrower can follow it with a calculator."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from kernel.values.money import number_text
from services.funds.engine.days import days_30e_360, days_in_leap_years
from services.funds.engine.schedule import Row, growth_parts, level_installment_vnd
from services.funds.engine.terms import Terms

Language = Literal["vi", "en"]


def explanations(terms: Terms, rows: Sequence[Row], lang: Language) -> list[str]:
    """Return the formula of each row of `schedule(terms)` in words, with the numbers put in.

    For instance: "Interest: 92,115,121 × 12%/year × 1/12 = 921,151 VND. Principal: level payment 8,884,879 - interest
    921,151 = 7,963,728 VND. To pay: 8,884,879 VND; outstanding 84,151,393 VND."
    """
    words = _Words(terms, rows, lang)
    return [f"{words.interest(row)} {words.principal(row)} {words.total(row)}" for row in rows]


class _Words:
    def __init__(self, terms: Terms, rows: Sequence[Row], lang: Language) -> None:
        self.terms, self.rows, self.vi = terms, rows, lang == "vi"
        self.growths = growth_parts(terms, [row.due_on for row in rows])
        self.level_vnd = level_installment_vnd(terms, self.growths) if terms.method == "equal_installment" else 0
        self.carrying = sum(terms.carries_principal(row.number) for row in rows)

    def say(self, vi: str, en: str) -> str:
        return vi if self.vi else en

    def number(self, value: int | Decimal) -> str:
        return number_text(value) if self.vi else f"{value:,f}" if isinstance(value, Decimal) else f"{value:,}"

    def earned(self, row: Row) -> Fraction:
        base = self.terms.principal_vnd if self.terms.method == "flat" else row.opening_principal_vnd
        return base * Fraction(*self.growths[row.number - 1])

    def share(self, row: Row) -> str:
        """The share of a year as it is written: 31/365, or 61/365 + 121/366."""
        terms, end = self.terms, row.due_on
        start = self.rows[row.number - 2].due_on if row.number > 1 else terms.disbursed_on
        match terms.day_count:
            case "none":
                count, year = terms.interval.share
                return f"{count}/{year}"
            case "30e_360":
                return f"{days_30e_360(start, end)}/360"
            case "actual_actual":
                leap = days_in_leap_years(start, end)
                parts = [f"{days}/{year}" for days, year in ((row.days - leap, 365), (leap, 366)) if days]
                return f"({' + '.join(parts)})" if len(parts) > 1 else parts[0] if parts else "0/365"
            case _:
                return f"{row.days}/{terms.day_count.removeprefix('actual_')}"

    def earning(self, row: Row) -> str:
        """What a row earns, as a product."""
        base = self.terms.principal_vnd if self.terms.method == "flat" else row.opening_principal_vnd
        rate = self.number(self.terms.annual_rate_percent)
        return f"{self.number(base)} × {rate}%/{self.say('năm', 'year')} × {self.share(row)}"

    def interest(self, row: Row) -> str:
        terms, due = self.terms, self.number(row.interest_vnd)
        if row.number <= terms.interest_grace:
            if row.number <= terms.interest_free:
                return self.say("Lãi: kỳ được miễn lãi.", "Interest: none is earned in this row.")
            return self.say(
                f"Lãi: chưa phải trả, {self.earning(row)} chuyển sang kỳ {terms.interest_grace + 1}.",
                f"Interest: not yet due, {self.earning(row)} moves to row {terms.interest_grace + 1}.",
            )
        if row.number == terms.interest_grace + 1 and terms.interest_grace > terms.interest_free:
            terms_of_sum = [self.earning(other) for other in self.rows[terms.interest_free : row.number]]
            return self.say(
                f"Lãi (gồm lãi các kỳ ân hạn): {' + '.join(terms_of_sum)} = {due} đồng.",
                f"Interest (with that of the rows of grace): {' + '.join(terms_of_sum)} = {due} VND.",
            )
        if row.number <= terms.interest_free:
            return self.say("Lãi: kỳ được miễn lãi.", "Interest: none is earned in this row.")
        return self.say(f"Lãi: {self.earning(row)} = {due} đồng.", f"Interest: {self.earning(row)} = {due} VND.")

    def principal(self, row: Row) -> str:
        terms, due = self.terms, self.number(row.principal_vnd)
        if terms.method == "custom":
            return self.say(f"Gốc: theo thỏa thuận {due} đồng.", f"Principal: as agreed, {due} VND.")
        if not terms.carries_principal(row.number) or row.opening_principal_vnd == 0:
            return self.say("Gốc: không đến hạn.", "Principal: none falls due.")
        if row.number == terms.installments:
            return self.say(
                f"Gốc: kỳ cuối trả hết phần còn lại {due} đồng.",
                f"Principal: the last row pays what is left, {due} VND.",
            )
        if terms.method == "equal_installment":
            return self.level(row, due)
        part = f"{self.number(terms.principal_vnd)} / {self.number(self.carrying)}"
        rounded = self.rounded()
        if row.outstanding_principal_vnd == 0:
            return self.say(f"Gốc: trả hết phần còn lại {due} đồng.", f"Principal: what is left, {due} VND.")
        return self.say(f"Gốc: {part}{rounded} = {due} đồng.", f"Principal: {part}{rounded} = {due} VND.")

    def level(self, row: Row, due: str) -> str:
        level, earned_vnd = self.number(self.level_vnd), int(self.earned(row) + Fraction(1, 2))
        earned, rounded = self.number(earned_vnd), self.rounded()
        if earned_vnd >= self.level_vnd:
            return self.say(
                f"Gốc: tiền trả đều {level}{rounded} không vượt lãi {earned}, nên chưa trả gốc.",
                f"Principal: none, as the level payment {level}{rounded} is not above the interest {earned}.",
            )
        if row.outstanding_principal_vnd == 0:
            return self.say(f"Gốc: trả hết phần còn lại {due} đồng.", f"Principal: what is left, {due} VND.")
        return self.say(
            f"Gốc: tiền trả đều {level}{rounded} - lãi phát sinh {earned} = {due} đồng.",
            f"Principal: level payment {level}{rounded} - interest earned {earned} = {due} VND.",
        )

    def rounded(self) -> str:
        to = self.terms.round_installment_to_vnd or 1
        if to == 1:
            return ""
        return self.say(f" (làm tròn đến {self.number(to)})", f" (rounded to {self.number(to)})")

    def total(self, row: Row) -> str:
        total, left = self.number(row.total_vnd), self.number(row.outstanding_principal_vnd)
        return self.say(
            f"Phải trả: {total} đồng; dư nợ gốc còn {left} đồng.",
            f"To pay: {total} VND; outstanding {left} VND.",
        )
