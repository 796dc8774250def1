"""What the national set holds: each organization with its facts, invented from a seed.

Organization number n is always the same, whatever was loaded before: records are drawn batch by batch.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from kernel.values import geography
from kernel.values.geography import Commune
from vca.national.identifiers import code_of, uuid_of
from vca.national.places import communes_of, old_communes, seat_in
from vca.national.reported import statistics_of
from vca.national.vocabulary import FAMILY_NAMES, PREFIXES, SECTOR_NAMES, SECTOR_SHARES, SECTORS, SYLLABLES

Values = dict[str, Any]

COOPERATIVES, GROUPS, UNIONS = 35_000, 80_000, 200
TOTAL = COOPERATIVES + GROUPS + UNIONS
BATCH = 2_500
_SEED = 1_993_10_30
# What is reported is drawn by itself, so that the organizations stay what they were.
_SEED_OF_FIGURES = _SEED + 1

# Alliances whose published figures of 2020 to 2023 are real records of the other scenarios: there the invented
# ones begin later, so that those figures stay what they are.
_REAL_BEFORE_2024 = frozenset({"15-2025", "25-2025", "40-2025"})
_FIRST_DAY, _FIRST_DAY_BESIDE_REAL, _LAST_DAY = date(2003, 1, 1), date(2024, 1, 1), date(2026, 6, 30)
COVERED_FROM, COVERED_FROM_BESIDE_REAL = date(2015, 1, 1), _FIRST_DAY_BESIDE_REAL


@dataclass(frozen=True)
class GeneratedOrganization:
    """One organization: its opening state as columns, and its facts, oldest first (table name, columns)."""

    organization: Values
    facts: list[tuple[str, Values]]


@dataclass(frozen=True)
class National:
    """A national set of `size` organizations, in the proportions of the real ones."""

    size: int

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many there are of each type; they add up to `size`."""
        unions = round(self.size * UNIONS / TOTAL)
        cooperatives = round(self.size * COOPERATIVES / TOTAL)
        return {
            "cooperative": cooperatives,
            "cooperative_group": self.size - cooperatives - unions,
            "cooperative_union": unions,
        }

    @property
    def batches(self) -> int:
        """How many batches there are."""
        return math.ceil(self.size / BATCH)

    @cached_property
    def _stride(self) -> int:
        stride = round(self.size * 0.618) | 1
        while math.gcd(stride, self.size) != 1:
            stride += 2
        return stride

    def type_of(self, number: int) -> str:
        """Return the type of organization `number`: types lie mixed, and each has its exact count."""
        place = number * self._stride % self.size
        for type_, count in self.counts.items():
            if place < count:
                return type_
            place -= count
        raise IndexError(number)

    def id_of(self, number: int) -> str:
        """Return the id of organization `number`."""
        return uuid_of(f"{self.size}/{number}", number)

    def batch(self, index: int) -> Iterator[GeneratedOrganization]:
        """Yield the organizations of batch `index`."""
        chance, of_figures = (random.Random(seed * 1_000_000 + index) for seed in (_SEED, _SEED_OF_FIGURES))
        for number in range(index * BATCH, min((index + 1) * BATCH, self.size)):
            builder = _OrganizationBuilder(chance, number, self.id_of(number))
            yield builder.build(self.type_of(number), of_figures)


def is_beside_real_records(alliance: str) -> bool:
    """Say whether the other scenarios hold real records of this alliance."""
    return alliance in _REAL_BEFORE_2024


class _OrganizationBuilder:
    """Draws one organization and its facts."""

    def __init__(self, chance: random.Random, number: int, id_: str) -> None:
        self._chance, self._number, self._id = chance, number, id_
        self._facts: list[tuple[str, Values]] = []

    def _happens(self, percent: float) -> bool:
        return self._chance.random() * 100 < percent

    def _day(self, first: date, last: date) -> date:
        return first + timedelta(days=int(self._chance.random() * ((last - first).days + 1)))

    def _own_name(self, commune: Commune) -> str:
        kind = self._chance.random()
        if kind < 0.35:
            return commune.name
        syllables = self._chance.choices(SYLLABLES, k=3 if kind > 0.8 else 2)
        name = " ".join(syllables)
        return f"{name} {self._chance.randrange(1, 100)}" if kind > 0.95 else name

    def build(self, type_: str, of_figures: random.Random) -> GeneratedOrganization:
        """Return the organization; `type_` is what it is today, what it reports is drawn from `of_figures`."""
        chance = self._chance
        home = chance.choice(old_communes())
        seat = seat_in(home)
        first = _FIRST_DAY_BESIDE_REAL if is_beside_real_records(seat["province_2025"]) else _FIRST_DAY
        # More were founded of late than long ago.
        registered_on = max(self._day(first, _LAST_DAY), self._day(first, _LAST_DAY))
        if registered_on >= geography.MAP_2025_FROM:
            home = chance.choice(communes_of(seat["province_2008"], "2025"))
            seat = seat_in(home)
        is_group = type_ == "cooperative_group"
        later = registered_on + timedelta(days=60)
        was_group = type_ == "cooperative" and later < _LAST_DAY and self._happens(1.5)
        sector = "agriculture" if type_ == "cooperative_union" else chance.choices(SECTOR_NAMES, SECTOR_SHARES)[0]
        if sector == "credit_fund" and (is_group or was_group):
            sector = "agriculture"
        _, words, line = SECTORS[sector]
        lead = "" if sector == "credit_fund" else f"{PREFIXES[type_]} "
        capital = None if is_group else chance.randrange(2, 200) * 25_000_000
        opening = "cooperative_group" if was_group else type_
        operating = "unknown" if self._happens(8) else "not_started" if self._happens(2) else "operating"
        organization = {
            "id": self._id,
            "type": opening,
            "is_credit_fund": sector == "credit_fund",
            "code": code_of(self._number) if not is_group or self._happens(30) else None,
            "legacy_number": None,
            "name": f"{lead}{chance.choice(words)} {self._own_name(home)}",
            "name_short": None,
            "name_foreign": None,
            **seat,
            "business_lines": [
                {
                    "code": line,
                    "version": "2025" if registered_on >= date(2025, 11, 15) else "2018",
                    "is_main": True,
                    "detail": None,
                }
            ],
            "report_sector": sector,
            "charter_capital_vnd": capital,
            "paid_capital_vnd": None if capital is None else capital * chance.randrange(50, 101) // 100,
            "founded_on": registered_on - timedelta(days=chance.randrange(3, 40)),
            "founded_precision": "day",
            "registered_on": registered_on,
            "founding_attribution": chance.choice(("alliance_led", "supported", "none", None, None)),
            "founding_partners": [],
            "legal_representatives": [
                {
                    "full_name": f"{chance.choice(FAMILY_NAMES)} {chance.choice(SYLLABLES)} {chance.choice(SYLLABLES)}",
                    "title": "Tổ trưởng" if is_group else "Giám đốc",
                }
            ],
            "contacts": [],
            "legal_status": "active",
            "operating_state": operating,
            "governance": None if is_group else "full" if self._happens(40) else "simplified",
            "external_ids": [],
            "is_synthetic": True,
            "starts_on": registered_on,
        }
        if later < _LAST_DAY:
            self._live(organization, later, was_group=was_group)
        for on, figures in [*statistics_of(of_figures, organization, self._facts)]:
            self._fact("organization_statistic", on, **figures)
        self._facts.sort(key=lambda fact: fact[1]["_on"])
        return GeneratedOrganization(organization, self._facts)

    def _live(self, organization: Values, later: date, *, was_group: bool) -> None:
        """Draw what happened from `later` on."""
        if was_group:
            on = self._day(later, _LAST_DAY)
            self._fact(
                "type_conversion", on, kind="group_to_cooperative", effective_on=on, decision_number=None, reason=None
            )
            return
        is_group = organization["type"] == "cooperative_group"
        ended = self._fate(later, is_group=is_group)
        until = _LAST_DAY if ended is None else ended - timedelta(days=1)
        if until < later:
            return
        if self._happens(1.5):
            on = self._day(later, until)
            map_ = "2025" if on >= geography.MAP_2025_FROM else "2008"
            seat = seat_in(self._chance.choice(communes_of(organization["province_2008"], map_)))
            seat["to_province_2008"], seat["to_province_2025"] = seat.pop("province_2008"), seat.pop("province_2025")
            self._fact("seat_change", on, effective_on=on, **seat, decision_number=None, reason=None)
        if self._happens(2 if is_group else 56):
            self._join(later, until, ended, organization["province_2025"])
        if not is_group:
            self._achieve(later, until)

    def _fate(self, later: date, *, is_group: bool) -> date | None:
        """Draw how the organization fares; return the day it ended, or None."""
        fate = self._chance.random() * 100
        on = self._day(later, _LAST_DAY)
        end = "terminated" if is_group else "ended"
        if fate < 4:
            self._status("legal", end, on)
            return on
        if fate < 7:
            self._status("legal", "temporarily_suspended", on)
        elif fate < 17:
            self._status("operating", "dormant", on)
        elif fate < 18:
            self._status("operating", "dormant", on)
            back = on + timedelta(days=self._chance.randrange(90, 700))
            if back <= _LAST_DAY:
                self._status("operating", "operating", back)
        elif fate < 18.5:
            self._status("legal", "terminating" if is_group else "dissolving_or_reorganizing", on)
        return None

    def _status(self, kind: str, status: str, on: date) -> None:
        source = "registry" if kind == "legal" else "alliance"
        self._fact(
            "status_change",
            on,
            kind=kind,
            status=status,
            effective_on=on,
            decision_number=None,
            reason=None,
            source=source,
            basis=None,
        )

    def _join(self, later: date, until: date, ended: date | None, alliance: str) -> None:
        on = self._day(later, until)
        left_on = ended
        if left_on is None and self._happens(4):
            left_on = on + timedelta(days=self._chance.randrange(200, 2_000))
        if left_on is not None and left_on > _LAST_DAY:
            left_on = None
        self._fact(
            "alliance_membership",
            on,
            kind="official" if self._happens(97) else "affiliate",
            admitted_on=on,
            admission_decision_number=f"{self._number % 900 + 1}/QĐ-LMHTX",
            certificate_number=f"{self._number:07d}",
            alliance_label=f"Liên minh Hợp tác xã {geography.province_name(alliance)}",
            left_on=left_on,
            leaving_decision_number=None if left_on is None else f"{self._number % 900 + 1}/QĐ-LMHTX",
            leaving_reason=None,
        )

    def _achieve(self, later: date, until: date) -> None:
        """Draw OCOP products and certificates."""
        if self._happens(8):
            on = self._day(later, until)
            stars = self._chance.choices((3, 4, 5), (80, 19, 1))[0]
            low, high = {3: (50, 70), 4: (70, 90), 5: (90, 100)}[stars]
            score = Decimal(self._chance.randrange(low * 10, high * 10)) / 10
            name = f"{self._chance.choice(('Chè', 'Gạo', 'Mật ong', 'Cam', 'Miến', 'Rau'))} {self._chance.choice(SYLLABLES)}"
            self._fact(
                "product",
                on,
                name=name,
                product_group="food",
                ocop_stars=stars,
                ocop_score=score,
                decision_number=None,
                issuing_authority=None,
                recognized_on=on,
                valid_until=on + timedelta(days=1095),
                attribution="supported" if self._happens(50) else None,
            )
        if self._happens(5):
            on = self._day(later, until)
            self._fact(
                "certificate",
                on,
                scheme="vietgap" if self._happens(75) else "organic",
                scope="Lúa",
                area_hectares=Decimal(self._chance.randrange(10, 900)) / 10,
                number=f"CN-{self._number:07d}",
                certifier=None,
                valid_from=on,
                valid_until=on + timedelta(days=730),
                attribution="supported" if self._happens(50) else None,
            )

    def _fact(self, table: str, on: date, **values: Any) -> None:
        name = f"{self._id}/{len(self._facts)}"
        self._facts.append((table, {"_on": on, "id": uuid_of(name, self._number), **values}))
