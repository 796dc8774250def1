"""The scenarios' files read and counted plainly, as a clerk with a calendar would: nothing of the service is used."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import date
from pathlib import Path

import vca.scenarios

FOLDER = Path(vca.scenarios.__file__).parent
Row = dict[str, str]


class Records:
    """The records of one scenario."""

    def __init__(self, scenario: str) -> None:
        self.scenario = scenario
        self.organizations = self._read("organizations")
        self.status_changes = self._read("status_changes")
        self.type_conversions = self._read("type_conversions")
        self.alliance_memberships = self._read("alliance_memberships")
        self.products = self._read("products")
        self.certificates = self._read("certificates")
        self.inspections = self._read("inspections")
        self.dissolution_cases = self._read("dissolution_cases")
        self.member_teams = self._read("member_teams")
        self.models = self._read("models")
        self.value_chains = self._read("value_chains")
        self.organization_statistics = self._read("organization_statistics")
        self.value_chain_links = self._read("value_chain_links")
        self.coverages = self._read("coverages")
        self.by_id = {row["id"]: row for row in self.organizations}
        self._changes: dict[str, list[Row]] = defaultdict(list)
        for row in sorted(self.status_changes, key=lambda change: change["effective_on"]):
            self._changes[row["organization_id"]].append(row)

    def _read(self, kind: str) -> list[Row]:
        path = FOLDER / self.scenario / f"{kind}.csv"
        if not path.exists():
            return []
        with path.open(encoding="utf-8", newline="") as lines:
            return list(csv.DictReader(lines))

    def facts(self) -> dict[str, list[Row]]:
        """Return every kind of fact with its rows."""
        return {
            "status_changes": self.status_changes,
            "type_conversions": self.type_conversions,
            "alliance_memberships": self.alliance_memberships,
            "products": self.products,
            "certificates": self.certificates,
            "inspections": self.inspections,
            "dissolution_cases": self.dissolution_cases,
            "models": self.models,
        }

    def began(self, row: Row) -> str:
        """Return the first day that anything tells of an organization; of which nothing does, it begins when entered."""
        days = [day_of(fact) for rows in self.facts().values() for fact in rows if fact["organization_id"] == row["id"]]
        return row["registered_on"] or row["founded_on"] or min(days, default="9999-12-31")

    def statuses(self, row: Row, on: date) -> tuple[str, str]:
        """Return the legal status and the operating state of an organization on a day."""
        by_column = {"legal": row["legal_status"], "operating": row["operating_state"]}
        for change in self._changes[row["id"]]:
            if change["effective_on"] <= on.isoformat():
                by_column[change["kind"]] = change["status"]
        return by_column["legal"], by_column["operating"]

    def standing(self, on: date, *types: str) -> list[Row]:
        """Return the organizations of these types that were registered and had not ended on a day."""
        return [
            row
            for row in self.organizations
            if row["type"] in types
            and (row["registered_on"] or self.began(row)) <= on.isoformat()
            and self.statuses(row, on)[0] not in ("ended", "terminated")
        ]

    def operating(self, on: date) -> list[Row]:
        """Return the cooperatives that were registered as active and seen to operate on a day."""
        return [row for row in self.standing(on, "cooperative") if self.statuses(row, on) == ("active", "operating")]

    def members(self, on: date) -> set[str]:
        """Return the ids of official members of the alliance on a day."""
        day = on.isoformat()
        return {
            row["organization_id"]
            for row in self.alliance_memberships
            if row["kind"] == "official" and row["admitted_on"] <= day and (not row["left_on"] or row["left_on"] > day)
        }

    def holding(self, kind: str, on: date) -> list[Row]:
        """Return the recognitions of a kind that hold on a day."""
        day = on.isoformat()
        return [
            row
            for row in self.models
            if row["kind"] == kind
            and row["recognized_on"] <= day
            and (not row["valid_until"] or row["valid_until"] >= day)
        ]

    def new(self, type_: str, first: date, last: date) -> list[Row]:
        """Return the organizations of a type registered from one day to another."""
        return [
            row
            for row in self.organizations
            if row["type"] == type_ and first.isoformat() <= row["registered_on"] <= last.isoformat()
        ]


_DAYS = ("effective_on", "admitted_on", "recognized_on", "valid_from", "inspected_on", "opened_on")


def day_of(fact: Row) -> str:
    """Return the day that places a fact of any kind."""
    return next(fact[name] for name in _DAYS if fact.get(name))


def within(rows: list[Row], day: str, first: date, last: date) -> list[Row]:
    """Return the rows whose `day` lies from one day to another."""
    return [row for row in rows if first.isoformat() <= row[day] <= last.isoformat()]
