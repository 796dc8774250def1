"""The records of a scenario in the making: one by one, with their days, drawn from a seed."""

from __future__ import annotations

import csv
import json
import random
import uuid
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from kernel.values import geography
from kernel.values.geography import UNKNOWN_COMMUNE
from kernel.values.text import name_distinct
from vca.scenarios.columns import COLUMNS
from vca.scenarios.vocabulary import FIRST, KINDS, SECOND, SHARES

Row = dict[str, Any]

_PREFIXES = {
    "cooperative": "Hợp tác xã",
    "cooperative_group": "Tổ hợp tác",
    "cooperative_union": "Liên hiệp hợp tác xã",
    "enterprise": "Công ty TNHH",
}
_WEIGHTS = (31, 29, 23, 19, 17, 13, 7, 5, 3)


def _trigrams(text: str) -> set[str]:
    """Return the trigrams by which PostgreSQL's pg_trgm compares texts."""
    return {f"  {word} "[at : at + 3] for word in text.split() for at in range(len(word) + 1)}


class Scenario:
    """The records of one alliance's report, in the making."""

    def __init__(self, name: str, province: str, seed: int) -> None:
        self.name, self.province = name, province
        self._random = random.Random(seed)
        self._seed, self._made, self._serial = seed, 0, 0
        communes = [c for c in geography.communes() if c.map == "2008" and c.province_id == province]
        self._communes = sorted(communes, key=lambda c: c.code)
        self._known: dict[str, list[set[str]]] = {}
        self._numbers = 0
        self.records: dict[str, list[Row]] = {kind: [] for kind in COLUMNS}

    def _id(self) -> str:
        # A UUIDv7 of 1 January 2024 plus a running second, so that a second run makes the same ids.
        self._made += 1
        at = 1_704_067_200_000 + self._seed * 100_000_000 + self._made * 1000
        value = at << 80 | self._random.getrandbits(80)
        value = value & ~(0xF000 << 64) | (0x7000 << 64)
        return str(uuid.UUID(int=value & ~(0xC000 << 48) | (0x8000 << 48)))

    def _code(self) -> str:
        # 99 leads no tax office's numbers: nobody's real code.
        while True:
            self._serial += 1
            digits = f"99{self.province[:2]}{self._serial:05d}"
            check = 10 - sum(w * int(d) for w, d in zip(_WEIGHTS, digits, strict=True)) % 11
            if check < 10:
                return f"{digits}{check}"

    def day(self, first: date, last: date) -> date:
        """Return a working-week day between two days, both included."""
        while True:
            day = first + timedelta(days=self._random.randrange((last - first).days + 1))
            if day.weekday() < 5:
                return day

    def number(self, suffix: str, year: int) -> str:
        """Return the next number of a decision, as offices write it."""
        self._numbers += 1
        return f"{self._numbers}/{year}/{suffix}"

    def _own_name(self, where: str, pattern: str, plain: str) -> str:
        """Return `pattern` with a name of its own that nobody would take for another one in the same commune."""
        names = self._known.setdefault(where, [])
        for attempt in range(400):
            if attempt == 40:
                # Names of one trade in one commune share too much: only the own name is left.
                pattern = plain
            name = pattern.format(f"{self._random.choice(FIRST)} {self._random.choice(SECOND)}")
            trigrams = _trigrams(name_distinct(name))
            if all(len(trigrams & other) < 0.5 * len(trigrams | other) for other in names):
                names.append(trigrams)
                return name
        raise RuntimeError(f"no name is left in commune {where}")

    def organization(
        self,
        type_: str,
        registered_on: date,
        *,
        sector: str | None = None,
        support: str | None = None,
        operating: str = "operating",
        credit_fund: bool = False,
        coded: bool = True,
    ) -> Row:
        """Add an invented organization in a random commune."""
        where = self._random.choice(self._communes).code
        sector = sector or self._random.choices([s for s, _ in SHARES], [w for _, w in SHARES])[0]
        kind = self._random.choice(KINDS.get(sector, ("Dịch vụ Tổng hợp",)))
        pattern = "Quỹ tín dụng nhân dân {}" if credit_fund else f"{_PREFIXES[type_]} {kind} {{}}"
        name = self._own_name(where, pattern, f"{_PREFIXES[type_]} {{}}")
        representative = f"Nguyễn {self._random.choice(FIRST)} {self._random.choice(SECOND)}"
        id_, code = self._id(), self._code() if coded else None
        capital = self._random.randrange(2, 60) * 50_000_000 if type_ != "cooperative_group" else None
        return self._add(
            id=id_,
            type=type_,
            is_credit_fund=credit_fund,
            code=code,
            name=name,
            commune_code=where,
            commune_map="2008",
            report_sector="credit_fund" if credit_fund else sector,
            charter_capital_vnd=capital,
            registered_on=registered_on,
            founding_attribution=support,
            representative=representative,
            legal_status="active",
            operating_state=operating,
            is_synthetic=True,
        )

    def named(
        self,
        type_: str,
        name: str,
        *,
        commune: str = UNKNOWN_COMMUNE,
        district: str | None = None,
        province: str | None = None,
        founded: tuple[date, str] | None = None,
        reason: str | None = None,
    ) -> Row:
        """Add an organization that a report names: what the report does not say of it stays empty.

        Its seat is known as far as it is printed. `founded` is a day and what of it is known; `reason` tells why it
        is no duplicate of one with a like name.
        """
        if commune != UNKNOWN_COMMUNE:
            self._known.setdefault(commune, []).append(_trigrams(name_distinct(name)))
        day, precision = founded or (None, None)
        return self._add(
            id=self._id(),
            type=type_,
            is_credit_fund=False,
            name=name,
            commune_code=commune,
            commune_map="2008",
            district_name=district,
            province=(province or self.province) if commune == UNKNOWN_COMMUNE else None,
            founded_on=day,
            founded_precision=precision,
            legal_status="active",
            operating_state="unknown",
            is_synthetic=False,
            reason=reason,
        )

    def _add(self, **values: Any) -> Row:
        row = {**dict.fromkeys(COLUMNS["organizations"]), **values}
        self.records["organizations"].append(row)
        return row

    def status(self, organization: Row, kind: str, status: str, on: date, *, reason: str | None = None) -> None:
        """Add a change of legal status or operating state."""
        source = "registry" if kind == "legal" else "alliance"
        number = self.number("ĐKKD", on.year) if kind == "legal" else None
        self._fact(
            "status_changes",
            organization,
            kind=kind,
            status=status,
            effective_on=on,
            decision_number=number,
            source=source,
            reason=reason,
        )

    def membership(
        self, organization: Row, on: date, label: str, *, kind: str = "official", left: date | None = None
    ) -> None:
        """Add a membership of the alliance; of a named organization without the numbers that no report says."""
        invented = organization["is_synthetic"]
        self._fact(
            "alliance_memberships",
            organization,
            kind=kind,
            admitted_on=on,
            admission_decision_number=self.number("QĐ-LMHTX", on.year) if invented else None,
            certificate_number=f"{self._made:05d}/GCN" if invented else None,
            alliance_label=label,
            left_on=left,
            leaving_decision_number=self.number("QĐ-LMHTX", left.year) if left else None,
        )

    def product(self, organization: Row, name: str, *, stars: int, on: date, authority: str) -> None:
        """Add an OCOP product as a report tells of it: without group, score, number and end."""
        self._fact(
            "products",
            organization,
            name=name,
            group=None,
            ocop_stars=stars,
            ocop_score=None,
            decision_number=None,
            issuing_authority=authority,
            recognized_on=on,
            valid_until=None,
            attribution="alliance_led",
            partners=None,
        )

    def certificate(
        self,
        organization: Row,
        scheme: str,
        scope: str,
        hectares: str | None,
        on: date,
        *,
        attribution: str = "supported",
        partners: str | None = None,
    ) -> None:
        """Add a certificate; of a named organization without the number and the end that no report says."""
        invented = organization["is_synthetic"]
        self._fact(
            "certificates",
            organization,
            scheme=scheme,
            scope=scope,
            area_hectares=hectares,
            number=f"{scheme.upper()}-{self._made:05d}" if invented else None,
            certifier=None,
            valid_from=on,
            valid_until=on + timedelta(days=730) if invented else None,
            attribution=attribution,
            partners=partners,
        )

    def model(
        self,
        organization: Row,
        kind: str,
        on: date,
        *,
        until: date | None = None,
        criteria: str | None = None,
        attribution: str | None = None,
    ) -> None:
        """Add a recognition as a model."""
        self._fact(
            "models",
            organization,
            kind=kind,
            recognized_on=on,
            valid_until=until,
            criteria=criteria,
            attribution=attribution,
        )

    def value_chain(
        self, lead: Row, name: str, product: str, on: date, links: Sequence[Row], *, attribution: str
    ) -> None:
        """Add a value chain; each link says its role, and which organization or outside party it is."""
        id_ = self._id()
        self.records["value_chains"].append(
            {
                "id": id_,
                "lead_organization_id": lead["id"],
                "name": name,
                "product": product,
                "attribution": attribution,
                "started_on": on,
                "is_synthetic": True,
            }
        )
        self.records["value_chain_links"] += [{"value_chain_id": id_, **link} for link in links]

    def conversion(self, organization: Row, kind: str, on: date, *, attribution: str | None = None) -> None:
        """Add a conversion."""
        number = self.number("ĐKKD", on.year)
        self._fact(
            "type_conversions",
            organization,
            kind=kind,
            effective_on=on,
            decision_number=number,
            attribution=attribution,
        )

    def statistic(self, organization: Row, period: str, *, income: int | None = None, **numbers: int) -> None:
        """Add what an organization reports for a period; `income` is a worker's in đồng a month."""
        self._fact(
            "organization_statistics",
            organization,
            period=period,
            **numbers,
            income_per_worker_vnd=income,
            income_per=None if income is None else "month",
            source="unit",
        )

    def coverage(self, record_types: Sequence[str], first: date, last: date, source: str) -> None:
        """Say what these records hold completely."""
        self.records["coverages"].append(
            {
                "id": self._id(),
                "province": self.province,
                "record_types": " ".join(record_types),
                "covered_from": first,
                "covered_to": last,
                "source": source,
            }
        )

    def fact(self, table: str, organization: Row, **values: Any) -> None:
        """Add what happened to an organization, of a kind that has no way of its own here."""
        self._fact(table, organization, **values)

    def added(self, table: str, **values: Any) -> None:
        """Add a record that belongs to no organization."""
        self.records[table].append({"id": self._id(), **values})

    def _fact(self, table: str, organization: Row, **values: Any) -> None:
        # Each holds a day that no report says, so each is marked, those of named organizations as well.
        self.records[table].append(
            {"id": self._id(), "organization_id": organization["id"], **values, "is_synthetic": True}
        )

    def sample(self, rows: Sequence[Row], count: int) -> list[Row]:
        """Return `count` of `rows`, in random order."""
        return self._random.sample(list(rows), count)

    def write(self, scenarios: Path) -> None:
        """Write one CSV a kind of record into the scenario's folder; empty kinds have none."""
        folder = scenarios / self.name
        folder.mkdir(exist_ok=True)
        for kind, columns in COLUMNS.items():
            path = folder / f"{kind}.csv"
            rows = self.records[kind]
            if not rows:
                path.unlink(missing_ok=True)
                continue
            with path.open("w", encoding="utf-8", newline="") as lines:
                writer = csv.writer(lines, lineterminator="\n")
                writer.writerow(columns)
                for row in rows:
                    writer.writerow([_text(row.get(name)) for name in columns])


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value).lower() if isinstance(value, bool) else str(value)
