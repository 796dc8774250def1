"""What the national set holds: each organization with its facts, invented from a seed.

Organization number n is always the same, whatever was loaded before: records are drawn batch by batch.
"""

from __future__ import annotations

import math
import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache, cached_property
from typing import Any

from kernel.values import geography
from kernel.values.geography import Commune

Values = dict[str, Any]

COOPERATIVES, GROUPS, UNIONS = 35_000, 80_000, 200
TOTAL = COOPERATIVES + GROUPS + UNIONS
BATCH = 2_500
_SEED = 1_993_10_30

# Alliances whose published figures of 2020 to 2023 are real records of the other scenarios: there the invented
# ones begin later, so that those figures stay what they are.
_REAL_BEFORE_2024 = frozenset({"15-2025", "25-2025", "40-2025"})
_FIRST_DAY, _FIRST_DAY_BESIDE_REAL, _LAST_DAY = date(2003, 1, 1), date(2024, 1, 1), date(2026, 6, 30)
COVERED_FROM, COVERED_FROM_BESIDE_REAL = date(2015, 1, 1), _FIRST_DAY_BESIDE_REAL


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_SYLLABLES = _words(
    "An Anh Ba Bá Bắc Bảo Bằng Bích Bình Cam Cao Cẩm Chánh Châu Chi Chính Chung Công Cường Cửu Danh Diên Diệp Dũng Duy "
    "Dương Đa Đại Đan Đạo Đạt Đăng Đệ Điền Định Đoàn Đôn Đông Đồng Đức Gia Giang Giao Hà Hải Hàm Hạnh Hậu Hiền Hiệp "
    "Hiếu Hoa Hòa Hoài Hoan Hoàng Hồng Huệ Huy Hùng Hưng Hương Hữu Khai Khang Khánh Khê Khoa Kiên Kiều Kim Kỳ La Lạc Lai "
    "Lam Lan Lãng Lâm Lập Liên Linh Lĩnh Long Lộc Lợi Luân Lương Ly Mai Mạnh Mẫn Minh Mỹ Nam Nga Ngân Nghi Nghĩa Ngọc "
    "Nguyên Nhân Nhật Nhuận Ninh Phát Phi Phong Phú Phúc Phụng Phước Phương Quan Quang Quảng Quế Quốc Quỳnh Sa Sáng "
    "Sĩ Song Sơn Tài Tam Tâm Tân Tây Thạch Thái Thanh Thành Thạnh Thảo Thăng Thắng Thế Thiên Thiện Thịnh Thọ Thới Thu "
    "Thuận Thủy Thượng Tiên Tiến Tín Toàn Trà Trạch Tràng Trí Triều Trung Trúc Trường Tú Tuấn Tùng Tường Vạn Văn Vân "
    "Viên Việt Vinh Vĩnh Vũ Vượng Xuân Xuyên Yên Ý"
)
_FAMILY_NAMES = _words("Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý")
# Sector: share in percent, words of a name, VSIC code of the main line.
_SECTORS = {
    "agriculture": (66, ("Nông nghiệp", "Dịch vụ Nông nghiệp", "Sản xuất Nông nghiệp", "DVNN", "Chăn nuôi"), "0161"),
    "industry_handicraft": (10, ("Tiểu thủ công nghiệp", "Sản xuất", "Mây tre đan"), "1629"),
    "trade_service": (11, ("Thương mại Dịch vụ", "Dịch vụ Tổng hợp", "TMDV"), "4690"),
    "construction": (4, ("Xây dựng", "Sản xuất Vật liệu Xây dựng"), "4290"),
    "transport": (5, ("Vận tải", "Dịch vụ Vận tải"), "4933"),
    "environment": (3, ("Dịch vụ Môi trường", "Vệ sinh Môi trường"), "3811"),
    "credit_fund": (1, ("Quỹ tín dụng nhân dân",), "6419"),
}
_SECTOR_NAMES, _SECTOR_SHARES = tuple(_SECTORS), tuple(share for share, _, _ in _SECTORS.values())
_PREFIXES = {
    "cooperative": "Hợp tác xã",
    "cooperative_group": "Tổ hợp tác",
    "cooperative_union": "Liên hiệp hợp tác xã",
}
_WEIGHTS = (31, 29, 23, 19, 17, 13, 7, 5, 3)


@dataclass(frozen=True)
class Invented:
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
        return _id(f"{self.size}/{number}", number)

    def batch(self, index: int) -> Iterator[Invented]:
        """Yield the organizations of batch `index`."""
        chance = random.Random(_SEED * 1_000_000 + index)
        for number in range(index * BATCH, min((index + 1) * BATCH, self.size)):
            yield _Maker(chance, number, self.id_of(number)).make(self.type_of(number))


def _id(name: str, moment: int) -> str:
    """Return the UUIDv7 of `name`: its time counts milliseconds from 1 January 2025, so that ids keep the order."""
    value = (1_735_689_600_000 + moment) << 80 | uuid.uuid5(uuid.NAMESPACE_URL, f"vca:national:{name}").int >> 48
    value = value & ~(0xF000 << 64) | (0x7000 << 64)
    return str(uuid.UUID(int=value & ~(0xC000 << 48) | (0x8000 << 48)))


def coverage_id(alliance: str) -> str:
    """Return the id of the coverage that goes with the invented records of `alliance`."""
    return _id(f"coverage/{alliance}", int(alliance[:2]))


def is_beside_real_records(alliance: str) -> bool:
    """Say whether the other scenarios hold real records of this alliance."""
    return alliance in _REAL_BEFORE_2024


def code_of(number: int) -> str:
    """Return a code that no office gives out: 95 to 98, a running number, the right check digit."""
    for lead in ("98", "97", "96", "95"):
        serial = f"{lead}{number + 1:07d}"
        check = 10 - sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, serial, strict=True)) % 11
        if check < 10:
            return f"{serial}{check}"
    raise ValueError(f"no check digit for {number}")  # The four leads never fail together; tested.


@cache
def _old_communes() -> tuple[Commune, ...]:
    return tuple(commune for commune in geography.communes() if commune.map == "2008")


@cache
def _communes_of(province_2008: str, map_: str) -> tuple[Commune, ...]:
    """Return the communes of one map that lie in an old province."""
    found = []
    for commune in geography.communes():
        place = geography.place(commune.code, commune.map) if commune.map == map_ else None
        if place is not None and place.province_2008 == province_2008:
            found.append(commune)
    return tuple(found)


def _seat(commune: Commune) -> Values:
    place = geography.place(commune.code, commune.map)
    assert place is not None
    return {
        "commune_code": commune.code,
        "commune_map": commune.map,
        "commune_name": None,
        "address": None,
        "province_2008": place.province_2008,
        "province_2025": place.province_2025,
    }


class _Maker:
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
        syllables = self._chance.choices(_SYLLABLES, k=3 if kind > 0.8 else 2)
        name = " ".join(syllables)
        return f"{name} {self._chance.randrange(1, 100)}" if kind > 0.95 else name

    def make(self, type_: str) -> Invented:
        """Return the organization; `type_` is what it is today."""
        chance = self._chance
        home = chance.choice(_old_communes())
        seat = _seat(home)
        first = _FIRST_DAY_BESIDE_REAL if is_beside_real_records(seat["province_2025"]) else _FIRST_DAY
        # More were founded of late than long ago.
        registered_on = max(self._day(first, _LAST_DAY), self._day(first, _LAST_DAY))
        if registered_on >= geography.MAP_2025_FROM:
            home = chance.choice(_communes_of(seat["province_2008"], "2025"))
            seat = _seat(home)
        is_group = type_ == "cooperative_group"
        later = registered_on + timedelta(days=60)
        was_group = type_ == "cooperative" and later < _LAST_DAY and self._happens(1.5)
        sector = "agriculture" if type_ == "cooperative_union" else chance.choices(_SECTOR_NAMES, _SECTOR_SHARES)[0]
        if sector == "credit_fund" and (is_group or was_group):
            sector = "agriculture"
        _, words, line = _SECTORS[sector]
        lead = "" if sector == "credit_fund" else f"{_PREFIXES[type_]} "
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
            "founding_support": chance.choice(("alliance_led", "alliance_supported", "other", None, None)),
            "legal_representatives": [
                {
                    "full_name": f"{chance.choice(_FAMILY_NAMES)} {chance.choice(_SYLLABLES)} {chance.choice(_SYLLABLES)}",
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
        self._facts.sort(key=lambda fact: fact[1]["_on"])
        return Invented(organization, self._facts)

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
            seat = _seat(self._chance.choice(_communes_of(organization["province_2008"], map_)))
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
        left = ended
        if left is None and self._happens(4):
            left = on + timedelta(days=self._chance.randrange(200, 2_000))
        if left is not None and left > _LAST_DAY:
            left = None
        self._fact(
            "alliance_membership",
            on,
            kind="official" if self._happens(97) else "affiliate",
            admitted_on=on,
            admission_decision_number=f"{self._number % 900 + 1}/QĐ-LMHTX",
            certificate_number=f"{self._number:07d}",
            alliance_label=f"Liên minh Hợp tác xã {geography.province_name(alliance)}",
            left_on=left,
            leaving_decision_number=None if left is None else f"{self._number % 900 + 1}/QĐ-LMHTX",
            leaving_reason=None,
        )

    def _achieve(self, later: date, until: date) -> None:
        """Draw OCOP products and certificates."""
        if self._happens(8):
            on = self._day(later, until)
            stars = self._chance.choices((3, 4, 5), (80, 19, 1))[0]
            low, high = {3: (50, 70), 4: (70, 90), 5: (90, 100)}[stars]
            score = Decimal(self._chance.randrange(low * 10, high * 10)) / 10
            name = f"{self._chance.choice(('Chè', 'Gạo', 'Mật ong', 'Cam', 'Miến', 'Rau'))} {self._chance.choice(_SYLLABLES)}"
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
                with_alliance_support=self._happens(50),
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
                with_alliance_support=self._happens(50),
            )

    def _fact(self, table: str, on: date, **values: Any) -> None:
        name = f"{self._id}/{len(self._facts)}"
        self._facts.append((table, {"_on": on, "id": _id(name, self._number), **values}))
