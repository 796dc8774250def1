"""Appraisals and approvals from before terms were kept with them: every field that is shown, as null, and nothing else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import asyncpg
import pytest

from kernel.records.embedding import own_fields
from migrations.run import configuration, downgrade, upgrade
from services.funds.lending.applications.check_schemas import LimitCheck
from services.funds.lending.applications.schemas import LoanAppraisal, LoanApproval
from tests.support.databases import Databases

BEFORE = "funds_0012"
LIMIT = {
    "check": "single_borrower_limit",
    "is_met": True,
    "limit_percent": "15",
    "basis_vnd": 20_000_000_000,
    "limit_vnd": 3_000_000_000,
    "used_vnd": 0,
    "asked_vnd": 500_000_000,
    "over_vnd": 0,
    "borrower_group_id": None,
    "authority": None,
    "rule": None,
}
OF_BEFORE = {"recorded_by": "officer", "recorded_at": "2023-02-20T02:00:00Z"}
APPRAISAL = {
    "site_visit_on": None,
    "council": [{"name": "Trần Thị B", "position": None, "vote": "for"}],
    "minutes_number": None,
    "minutes_on": None,
    "proposed_amount_vnd": 500_000_000,
    "proposed_term_months": 24,
    "proposed_annual_rate_percent": "6.60",
    "findings": 'Lời ghi có "approved_terms" trong câu',
    "file_ids": [],
    **OF_BEFORE,
}
APPROVAL = {
    "decision_number": "09/QĐ-QHT",
    "decided_on": "2023-02-20",
    "approved_amount_vnd": 500_000_000,
    "term_months": 24,
    "annual_rate_percent": "6.60",
    "authority": None,
    "signed_by": None,
    "note": None,
    "limits": [{**LIMIT, "check": "own_capital_minimum"}, LIMIT],
    **OF_BEFORE,
}

ID = "0192c7e0-0000-7000-8000-00000000000{}"
_RECORD = "id, version, created_at, updated_at, created_by, alliance"
_OF_RECORD = "$1::uuid, 1, now(), now(), 'officer', '25-2025'"


@pytest.fixture
async def old(databases: Databases) -> AsyncIterator[str]:
    """A database as it stood before, with an application that was approved and one that was only filed."""
    from alembic import command

    await databases.run("CREATE DATABASE approvals_test TEMPLATE template0")
    url = databases.server.url("approvals_test")
    await asyncio.to_thread(command.upgrade, configuration("funds", url), BEFORE)
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(
            f"INSERT INTO fund ({_RECORD}, name, name_folded, operating_model, legal_form, province, valid_from, state) "
            f"VALUES ({_OF_RECORD}, 'Quỹ', 'quy', 'own_apparatus', 'other', '25-2025', '2019-01-01', 'operating')",
            ID.format(1),
        )
        await connection.execute(
            f"INSERT INTO borrower ({_RECORD}, kind, name, name_folded, is_active) "
            f"VALUES ({_OF_RECORD}, 'cooperative', 'HTX', 'htx', true)",
            ID.format(2),
        )
        for number, appraisal, approval in ((3, APPRAISAL, APPROVAL), (4, None, None)):
            await connection.execute(
                f"INSERT INTO loan_application ({_RECORD}, fund_id, borrower_id, borrower_name, state, submitted_on, "
                "requested_amount_vnd, requested_term_months, purpose, total_cost_vnd, own_capital_vnd, cofinancing_vnd, "
                "commune_code, commune_map, province_2008, province_2025, appraisal, approval, approved_amount_vnd) "
                f"VALUES ({_OF_RECORD}, $2::uuid, $3::uuid, 'HTX', $4, '2023-02-01', 500000000, 24, 'Máy', 1000000000, "
                "500000000, 0, '07900', '2008', '25-2008', '25-2025', $5::jsonb, $6::jsonb, 500000000)",
                ID.format(number),
                ID.format(1),
                ID.format(2),
                "submitted" if approval is None else "approved",
                None if appraisal is None else json.dumps(appraisal),
                None if approval is None else json.dumps(approval),
            )
    finally:
        await connection.close()
    yield url
    await databases.run("DROP DATABASE approvals_test WITH (FORCE)")


async def test_appraisals_and_approvals_of_before_say_what_they_said(old: str) -> None:
    await asyncio.to_thread(upgrade, "funds", old)
    connection = await asyncpg.connect(old)
    try:
        rows = await connection.fetch("SELECT version, appraisal, approval FROM loan_application ORDER BY id")
    finally:
        await connection.close()
    assert [row["version"] for row in rows] == [1, 1]
    assert (rows[1]["appraisal"], rows[1]["approval"]) == (None, None)
    appraisal, approval = json.loads(rows[0]["appraisal"]), json.loads(rows[0]["approval"])
    assert set(appraisal) == set(own_fields(LoanAppraisal))
    assert appraisal == {**APPRAISAL, "proposed_terms": None, "required_security": None}
    assert set(approval) == set(own_fields(LoanApproval))
    limits = approval.pop("limits")
    kept = {name: value for name, value in APPROVAL.items() if name != "limits"}
    assert approval == {**kept, "approved_terms": None, "required_security": None, "acknowledged": []}
    assert [limit["check"] for limit in limits] == ["own_capital_minimum", "single_borrower_limit"]
    assert set(limits[0]) == set(LimitCheck.model_fields)
    assert {name: limits[1][name] for name in LIMIT} == LIMIT
    assert (limits[1]["warning"], limits[1]["loans"], limits[1]["votes"]) == (None, [], None)
    await asyncio.to_thread(downgrade, "funds", old, BEFORE)
