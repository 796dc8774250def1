"""What an invented organization reports of each year: members, workers, managers, money."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from kernel.values import periods

Values = dict[str, Any]

YEARS: tuple[int, ...] = (2023, 2024, 2025)
REPORTED_FROM = date(YEARS[0], 1, 1)
_DAYS = {year: periods.days_of(str(year)) for year in YEARS}
_SHARE_OF_GROUPS = 0.2
_MILLION = 1_000_000


def statistics_of(
    chance: random.Random, organization: Values, facts: Iterable[tuple[str, Values]]
) -> Iterator[tuple[date, Values]]:
    """Yield the last day and the columns of each year at whose end the organization stood.

    Cooperatives and unions report every year, one group in five the last one to three years.
    """
    ended, converted = date.max, date.max
    for table, fact in facts:
        if table == "status_change" and fact["status"] in ("ended", "terminated"):
            ended = min(ended, fact["effective_on"])
        elif table == "type_conversion":
            converted = fact["effective_on"]
    reporting: tuple[int, ...] = YEARS
    if organization["type"] == "cooperative_group" and converted == date.max:
        if chance.random() >= _SHARE_OF_GROUPS:
            return
        reporting = YEARS[chance.randrange(len(YEARS)) :]
    size = chance.random() ** 3
    for year in reporting:
        first, last = _DAYS[year]
        if organization["starts_on"] <= last < ended:
            is_group = organization["type"] == "cooperative_group" and last < converted
            draw = _group if is_group else _cooperative
            figures = draw(chance, size * (1 + (year - YEARS[0]) / 20), organization)
            yield last, {"period": str(year), "period_from": first, "period_to": last, **figures}


def _shares(chance: random.Random, whole: int, parts: int) -> list[int]:
    """Return whole numbers that add up to `whole`."""
    cuts = sorted(chance.randrange(whole + 1) for _ in range(parts - 1))
    return [high - low for low, high in zip([0, *cuts], [*cuts, whole], strict=True)]


def _people(chance: random.Random, official: int, affiliates: Sequence[int | None], workers: int) -> Values:
    members = official + sum(each or 0 for each in affiliates)
    persons, households, entities = _shares(chance, members, 3)
    return {
        "members_official": official,
        "members_affiliate_capital": affiliates[0],
        "members_affiliate_noncapital": affiliates[1],
        "members_persons": persons,
        "members_households": households,
        "members_legal_entities": entities,
        "members_female": chance.randrange(members + 1),
        "members_ethnic_minority": chance.randrange(members // 2 + 1),
        "members_disabled": chance.randrange(members // 20 + 1),
        "workers_regular": workers,
        "workers_members": chance.randrange(workers + 1),
        "workers_female": chance.randrange(workers + 1),
        "workers_insured": chance.randrange(workers + 1),
    }


def _money(chance: random.Random, revenue: int) -> Values:
    inside = chance.randrange(revenue + 1)
    return {
        "revenue_vnd": revenue * _MILLION,
        "revenue_internal_vnd": inside * _MILLION,
        "revenue_external_vnd": (revenue - inside) * _MILLION,
        "profit_vnd": (chance.randrange(revenue // 5 + 2) - revenue // 25) * _MILLION,
        "income_per_worker_vnd": chance.randrange(30, 80) * 100_000,
        "income_per": "month",
    }


def _cooperative(chance: random.Random, size: float, organization: Values) -> Values:
    official, revenue = 7 + int(size * 400), 200 + int(size * 12_000)
    levels = _shares(chance, 3 + int(size * 6), 5)
    capital = organization["charter_capital_vnd"]
    return {
        **_people(
            chance,
            official,
            (chance.randrange(official // 5 + 1), chance.randrange(official // 5 + 1)),
            12 + int(size * 90),
        ),
        "managers_no_qualification": levels[0],
        "managers_elementary": levels[1],
        "managers_intermediate": levels[2],
        "managers_college": levels[3],
        "managers_university_or_higher": levels[4],
        "managers_female": chance.randrange(sum(levels) + 1),
        **_money(chance, revenue),
        "charter_capital_vnd": capital,
        "paid_capital_vnd": organization["paid_capital_vnd"],
        "assets_vnd": revenue * 2 * _MILLION + (capital or 0),
        "indivisible_fund_vnd": revenue * _MILLION // 20,
        "tax_paid_vnd": revenue * _MILLION // 100,
        "source": chance.choice(("unit", "unit", "alliance", "national_system", "tax")),
    }


def _group(chance: random.Random, size: float, _: Values) -> Values:
    """Draw a group's figures: it has neither affiliates nor capital of its own."""
    official = 3 + int(size * 60)
    return {
        **_people(chance, official, (None, None), official),
        **_money(chance, 50 + int(size * 1_500)),
        "source": chance.choice(("unit", "alliance")),
    }
