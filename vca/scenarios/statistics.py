"""What the organizations of the scenarios report for a period: rows that differ, of which the published sums and means come.

All of it is invented and says so; the reports print the totals alone.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from vca.scenarios.builder import Row, Scenario

_ENDED = ("ended", "terminated")


def standing(s: Scenario, on: date, *types: str) -> list[Row]:
    """Return the organizations of these types that were registered by a day and had not ended on it."""
    ended = {
        fact["organization_id"]
        for fact in s.records["status_changes"]
        if fact["status"] in _ENDED and fact["effective_on"] <= on
    }
    return [
        one
        for one in s.records["organizations"]
        if one["type"] in types and one["registered_on"] and one["registered_on"] <= on and one["id"] not in ended
    ]


def _parts(chance: random.Random, total: int, count: int, least: int) -> list[int]:
    """Return `count` numbers of at least `least` that are `total` together."""
    room = total - least * count
    cuts = sorted(chance.randrange(room + 1) for _ in range(count - 1))
    return [least + after - before for before, after in pairwise((0, *cuts, room))]


def _around(chance: random.Random, mean: int, count: int, most: int, step: int) -> Iterator[int]:
    """Yield `count` numbers whose mean is `mean`: two by two as far above it as below."""
    for _ in range(count // 2):
        off = chance.randrange(1, most) * step
        yield mean + off
        yield mean - off
    if count % 2:
        yield mean


def _by_two(chance: random.Random, count: int, low: int, high: int) -> Iterator[int]:
    """Yield `count` numbers, two by two the same."""
    for _ in range((count + 1) // 2):
        number = chance.randrange(low, high)
        yield number
        yield number


def _qualified(chance: random.Random, levels: dict[str, int], count: int) -> Iterator[dict[str, int]]:
    """Yield for `count` cooperatives how many managers each has by highest qualification; `levels` are all together."""
    everyone = [level for level, number in levels.items() for _ in range(number)]
    chance.shuffle(everyone)
    for size in _parts(chance, len(everyone), count, 2):
        mine = [everyone.pop() for _ in range(size)]
        yield {level: mine.count(level) for level in levels}


def hoa_binh(s: Scenario) -> None:
    """Add 2023 and the year before: 16,300 members, 28,000 workers, 4.54 million đồng a month, 4.58 % above 2022."""
    chance = random.Random(s.name)
    first, last = date(2022, 1, 1), date(2023, 12, 31)
    before = standing(s, date(2022, 12, 31), "cooperative")
    earnings = zip(before, _by_two(chance, len(before), 15, 60), _incomes(chance, 4_341_174, len(before)), strict=False)
    for one, workers, income in earnings:
        s.statistic(one, "2022", workers_regular=workers, income=income)
    cooperatives = standing(s, last, "cooperative")
    others = standing(s, last, "cooperative_union", "cooperative_group")
    members = iter(_parts(chance, 16_300, len(cooperatives) + len(others), 7))
    workers_of = list(_by_two(chance, len(cooperatives), 20, 75))[: len(cooperatives)]
    # 82.5 % with intermediate training or more, 35.1 % with college or university.
    levels = {
        "managers_no_qualification": 150,
        "managers_elementary": 200,
        "managers_intermediate": 948,
        "managers_college": 301,
        "managers_university_or_higher": 401,
    }
    incomes, managers = _incomes(chance, 4_540_000, len(cooperatives)), _qualified(chance, levels, len(cooperatives))
    for one, workers, income, mine in zip(cooperatives, workers_of, incomes, managers, strict=True):
        s.statistic(one, "2023", members_official=next(members), workers_regular=workers, income=income, **mine)
    rest = _parts(chance, 28_000 - sum(workers_of), len(others), 2)
    for one, workers in zip(others, rest, strict=True):
        s.statistic(one, "2023", members_official=next(members), workers_regular=workers)
    source = "Báo cáo năm 2023, tỉnh Hòa Bình"
    s.coverage(("statistics",), first, last, source)
    # What 2023 is compared with: an average tells of how many it is.
    s.coverage(("cooperatives",), first, date(2022, 12, 31), source)


def _incomes(chance: random.Random, mean: int, count: int) -> Iterator[int]:
    return _around(chance, mean, count, 1500, 1000)


def nghe_an(s: Scenario) -> None:
    """Add the first half of 2023: a mean revenue of 1,117 million đồng over the cooperatives that reported."""
    chance = random.Random(s.name)
    first, last = date(2023, 1, 1), date(2023, 6, 30)
    reporting = standing(s, last, "cooperative")[:812]
    revenues = _around(chance, 1_117_000_000, len(reporting), 900, 1_000_000)
    for one, revenue in zip(reporting, revenues, strict=True):
        s.statistic(one, "2023-H1", revenue_vnd=revenue)
    # The year before, which no half-year's mean takes in.
    for one in reporting[:300]:
        s.statistic(one, "2022", revenue_vnd=chance.randrange(400, 4000) * 1_000_000)
    s.coverage(("statistics",), first, last, "Báo cáo 6 tháng đầu năm 2023, tỉnh Nghệ An")
