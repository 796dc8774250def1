"""The loans of the scenarios, counted here from their files without the service."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

import vca.scenarios
from vca.demo.lending import records
from vca.scenarios.lending import Lending, all_lending

FOLDER = Path(vca.scenarios.__file__).parent
PERIOD = ("2023-01-01", "2023-08-31")


def test_phu_tho_paid_out_43_projects_for_13_200_million() -> None:
    tranches = [
        row for row in records("phu_tho_2023", "disbursements") if PERIOD[0] <= row["disbursed_on"] <= PERIOD[1]
    ]
    assert len({row["loan_id"] for row in tranches}) == 43
    assert sum(row["amount_vnd"] for row in tranches) == 13_200_000_000
    loans = {row["id"]: row for row in records("phu_tho_2023", "loans")}
    assert len({loans[row["loan_id"]]["fund_id"] for row in tranches}) == 2
    kinds = {row["id"]: row["kind"] for row in records("phu_tho_2023", "borrowers")}
    assert Counter(kinds[loans[id_]["borrower_id"]] for id_ in {row["loan_id"] for row in tranches}) == {
        "cooperative": 36,
        "member_person": 7,
    }


def test_every_borrower_is_an_organization_of_the_registrys_scenario() -> None:
    for scenario in ("phu_tho_2023", "nghe_an_2023"):
        with (FOLDER / scenario / "organizations.csv").open(encoding="utf-8", newline="") as lines:
            types = {row["id"]: row["type"] for row in csv.DictReader(lines)}
        for borrower in records(scenario, "borrowers"):
            if borrower["kind"] == "cooperative":
                assert types[borrower["organization_id"]] == "cooperative"
            else:
                assert types[borrower["beneficiary_organization_id"]] == "cooperative_group"


@pytest.mark.parametrize("lending", all_lending(), ids=lambda lending: lending.folder.parent.name)
def test_the_files_are_what_the_maker_makes(lending: Lending) -> None:
    for table, rows in lending.records.items():
        with (lending.folder / f"{table}.csv").open(encoding="utf-8", newline="") as lines:
            kept = list(csv.DictReader(lines))
        assert kept == [{name: "" if value is None else str(value) for name, value in row.items()} for row in rows], (
            table
        )
