"""The training and trade promotion of a scenario in the making: one class, person and booth after another.

Its draws are its own, so that the organizations of the registry's scenario keep their ids. Persons are invented.
"""

from __future__ import annotations

import csv
import random
import uuid
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from services.training.code_lists import PRODUCT_KINDS

Row = dict[str, Any]

_FAMILIES = (
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Hoàng",
    "Phan",
    "Vũ",
    "Đặng",
    "Bùi",
    "Đỗ",
    "Hồ",
    "Ngô",
    "Dương",
    "Lý",
    "Hà",
    "Đinh",
    "Cao",
)
_MIDDLES = {"male": ("Văn", "Đức", "Quang", "Hữu", "Minh"), "female": ("Thị", "Thu", "Ngọc", "Thanh", "Kim")}
_GIVEN = {
    "male": (
        "An",
        "Bình",
        "Cường",
        "Dũng",
        "Hải",
        "Hiếu",
        "Hùng",
        "Khánh",
        "Lâm",
        "Long",
        "Nam",
        "Phong",
        "Sơn",
        "Thắng",
        "Tuấn",
        "Việt",
    ),
    "female": (
        "Anh",
        "Chi",
        "Dung",
        "Hà",
        "Hạnh",
        "Hiền",
        "Hoa",
        "Hương",
        "Lan",
        "Liên",
        "Mai",
        "Nga",
        "Oanh",
        "Phương",
        "Thảo",
        "Yến",
    ),
}
_COLUMNS = {
    "classes": (
        "id",
        "class_number",
        "name",
        "kind",
        "topic",
        "attribution",
        "lead_alliance",
        "partner_kind",
        "partner_name",
        "decision_number",
        "commune_code",
        "commune_map",
        "starts_on",
        "ends_on",
        "capacity",
        "audience",
        "is_held",
    ),
    "class_sessions": ("id", "class_id", "number", "held_on", "start_time", "minutes"),
    "attendances": (
        "class_number",
        "name",
        "birth_year",
        "sex",
        "organization_id",
        "organization_name",
        "position",
        "audience",
        "allowance_vnd",
    ),
    "trade_events": (
        "id",
        "name",
        "kind",
        "organizer_kind",
        "organizer_name",
        "attribution",
        "commune_code",
        "commune_map",
        "starts_on",
        "ends_on",
        "decision_number",
        "support_per_cooperative_vnd",
        "is_held",
        "alliance",
        "cancelled_on",
        "cancelled_reason",
    ),
    "participations": (
        "id",
        "trade_event_id",
        "organization_id",
        "organization_name",
        "organization_type",
        "province",
        "booth",
        "products",
        "support_received_vnd",
        "revenue_vnd",
        "contract_count",
        "memorandum_count",
    ),
    "market_links": (
        "id",
        "organization_id",
        "organization_name",
        "province",
        "buyer_kind",
        "buyer_name",
        "product_kind",
        "signed_on",
        "value_vnd",
        "attribution",
        "note",
    ),
    "training_coverages": ("id", "province", "record_types", "covered_from", "covered_to", "source"),
}
_KINDS = tuple(kind for kind in PRODUCT_KINDS if kind != "other")


class TrainingScenario:
    """What one alliance's report says of training and trade, in the making."""

    def __init__(self, name: str, province: str, alliance: str, seed: int) -> None:
        self.name, self.province, self.alliance = name, province, alliance
        self._random = random.Random(seed)
        self._seed, self._made, self._numbers = seed, 0, 0
        self._people: set[tuple[str, int, str | None]] = set()
        self.records: dict[str, list[Row]] = {kind: [] for kind in _COLUMNS}

    def _id(self) -> str:
        # A UUIDv7 of 1 January 2025 plus a running second, so that a second run makes the same ids.
        self._made += 1
        at = 1_735_689_600_000 + self._seed * 100_000_000 + self._made * 1000
        value = at << 80 | self._random.getrandbits(80)
        value = value & ~(0xF000 << 64) | (0x7000 << 64)
        return str(uuid.UUID(int=value & ~(0xC000 << 48) | (0x8000 << 48)))

    def _number(self, suffix: str, year: int) -> str:
        self._numbers += 1
        return f"{self._numbers}/{year}/{suffix}"

    def sample(self, rows: Sequence[Row], count: int) -> list[Row]:
        """Return `count` of `rows`, in random order."""
        return self._random.sample(list(rows), count)

    def day(self, first: date, last: date) -> date:
        """Return a day on which a class of two days may begin: Monday to Thursday, between two days, both included."""
        while True:
            day = first + timedelta(days=self._random.randrange((last - first).days + 1))
            if day.weekday() < 4:
                return day

    def training_class(
        self,
        name: str,
        starts_on: date,
        commune: str,
        *,
        kind: str,
        topic: str,
        attribution: str,
        audience: str,
        partner: tuple[str, str] | None = None,
        held: bool = True,
    ) -> Row:
        """Add a class of two days with a session on each."""
        ends_on, at = starts_on + timedelta(days=1), len(self.records["classes"]) + 1
        row: Row = {
            "id": self._id(),
            "class_number": f"{self.province[:2]}-{starts_on.year}-{at:02d}",
            "name": name,
            "kind": kind,
            "topic": topic,
            "attribution": attribution,
            "lead_alliance": self.alliance if partner else None,
            "partner_kind": partner[0] if partner else None,
            "partner_name": partner[1] if partner else None,
            "decision_number": self._number("QĐ-LMHTX", starts_on.year),
            "commune_code": commune,
            "commune_map": "2008",
            "starts_on": starts_on,
            "ends_on": ends_on,
            "capacity": None,
            "audience": audience,
            "is_held": held,
        }
        self.records["classes"].append(row)
        for number, held_on in enumerate((starts_on, ends_on), 1):
            self.records["class_sessions"].append(
                {
                    "id": self._id(),
                    "class_id": row["id"],
                    "number": number,
                    "held_on": held_on,
                    "start_time": "07:30",
                    "minutes": 240,
                }
            )
        return row

    def person(self, audience: str, organization: Row | None, born: tuple[int, int], position: str | None) -> Row:
        """Return an invented person whom no other would be taken for."""
        while True:
            sex = self._random.choice(("female", "male"))
            name = " ".join(self._random.choice(words) for words in (_FAMILIES, _MIDDLES[sex], _GIVEN[sex]))
            year = self._random.randint(*born)
            key = (name, year, organization["id"] if organization else None)
            if key not in self._people:
                self._people.add(key)
                break
        return {
            "name": name,
            "birth_year": year,
            "sex": sex,
            "organization_id": organization["id"] if organization else None,
            "organization_name": organization["name"] if organization else None,
            "position": position,
            "audience": audience,
        }

    def attend(self, training_class: Row, people: Sequence[Row], allowance_vnd: int | None = None) -> None:
        """Put people on the list of a class."""
        for person in people:
            self.records["attendances"].append(
                {"class_number": training_class["class_number"], **person, "allowance_vnd": allowance_vnd}
            )

    def event(
        self,
        name: str,
        starts_on: date,
        days: int,
        *,
        kind: str,
        organizer: tuple[str, str],
        attribution: str,
        commune: str | None,
        cancelled: tuple[date, str] | None = None,
    ) -> Row:
        """Add a trade event."""
        row: Row = {
            "id": self._id(),
            "name": name,
            "kind": kind,
            "organizer_kind": organizer[0],
            "organizer_name": organizer[1],
            "attribution": attribution,
            "commune_code": commune,
            "commune_map": "2008" if commune else None,
            "starts_on": starts_on,
            "ends_on": starts_on + timedelta(days=days - 1),
            "decision_number": self._number("KH-LMHTX", starts_on.year),
            "support_per_cooperative_vnd": 5_000_000,
            "is_held": cancelled is None,
            "alliance": self.alliance,
            "cancelled_on": cancelled[0] if cancelled else None,
            "cancelled_reason": cancelled[1] if cancelled else None,
        }
        self.records["trade_events"].append(row)
        return row

    def kinds(self, count: int) -> list[str]:
        """Return `count` kinds of products."""
        return self._random.sample(_KINDS, count)

    def take_part(self, event: Row, organization: Row, kinds: Sequence[str]) -> None:
        """Add an organization's participation in an event."""
        is_held = event["is_held"]
        self.records["participations"].append(
            {
                "id": self._id(),
                "trade_event_id": event["id"],
                "organization_id": organization["id"],
                "organization_name": organization["name"],
                "organization_type": organization["type"],
                "province": self.province,
                "booth": f"A{len(self.records['participations']) % 60 + 1:02d}",
                "products": " ".join(kinds),
                "support_received_vnd": 5_000_000 if is_held else None,
                "revenue_vnd": self._random.randrange(8, 60) * 1_000_000 if is_held else None,
                "contract_count": self._random.choice((0, 0, 0, 1, 2)) if is_held else None,
                "memorandum_count": self._random.choice((0, 0, 1)) if is_held else None,
            }
        )

    def link(
        self,
        organization: Row,
        buyer: tuple[str, str],
        product_kind: str | None,
        signed_on: date,
        *,
        note: str | None = None,
    ) -> None:
        """Add an agreement of an organization with a buyer; without a kind of product the value is not told either."""
        value = self._random.randrange(4, 40) * 50_000_000 if product_kind is not None else None
        self.records["market_links"].append(
            {
                "id": self._id(),
                "organization_id": organization["id"],
                "organization_name": organization["name"],
                "province": self.province,
                "buyer_kind": buyer[0],
                "buyer_name": buyer[1],
                "product_kind": product_kind,
                "signed_on": signed_on,
                "value_vnd": value,
                "attribution": "supported",
                "note": note,
            }
        )

    def coverage(self, record_types: Sequence[str], first: date, last: date, source: str) -> None:
        """Say what these records hold completely."""
        self.records["training_coverages"].append(
            {
                "id": self._id(),
                "province": self.province,
                "record_types": " ".join(record_types),
                "covered_from": first,
                "covered_to": last,
                "source": source,
            }
        )

    def write(self, scenarios: Path) -> None:
        """Write one CSV a kind of record into the scenario's folder; empty kinds have none."""
        folder = scenarios / self.name
        folder.mkdir(exist_ok=True)
        for kind, columns in _COLUMNS.items():
            rows, path = self.records[kind], folder / f"{kind}.csv"
            if not rows:
                path.unlink(missing_ok=True)
                continue
            with path.open("w", encoding="utf-8", newline="") as lines:
                writer = csv.writer(lines, lineterminator="\n")
                writer.writerow(columns)
                for row in rows:
                    writer.writerow(["" if row[name] is None else _text(row[name]) for name in columns])


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
