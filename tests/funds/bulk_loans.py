"""Rows that a nation's funds gather in ten years, made by SQL: to look at how they are found, not at what they say."""

from __future__ import annotations

from enum import IntEnum

import asyncpg

from kernel.values import geography
from services.funds.code_lists import REPORT_SECTORS
from services.funds.lending.schedule_terms import ScheduleTerms

LOANS = 12_000
SMALL = 40
"""So many loans are of the smallest province and its new fund; they are the youngest, at the end of every id order."""
SMALLEST_PROVINCE, SMALLEST_FUND = "01-2025", "00000000-0000-7000-8000-000000000001"
LARGE = frozenset(
    {
        "borrower",
        "loan_application",
        "loan",
        "disbursement",
        "repayment",
        "loan_installment",
        "rescheduling",
        "interest_reduction",
        "write_off",
        "balance_statement",
        "collateral",
        "ledger_transaction",
        "ledger_entry",
        "history",
    }
)
"""Tables that grow with every loan."""


class RecordKind(IntEnum):
    """The kinds of record, by the number that their ids end with."""

    BORROWER = 1
    ORGANIZATION = 2
    APPLICATION = 3
    LOAN = 4
    DISBURSEMENT = 5
    REPAYMENT = 6
    TRANSACTION = 9


def id_of(kind: RecordKind, number: int, part: int = 0) -> str:
    """Return the id of a record: of its loan's number, and which of the loan's it is."""
    return f"{number:08x}-00{part:02d}-7000-8000-{kind:012d}"


_PLACES = """
    CREATE TEMP TABLE place (number int, commune text, old text, new text, fund uuid);
    CREATE FUNCTION pg_temp.id_of(kind int, number int, part int) RETURNS uuid LANGUAGE sql IMMUTABLE
    RETURN (lpad(to_hex(number), 8, '0') || '-00' || lpad(part::text, 2, '0') || '-7000-8000-'
            || lpad(kind::text, 12, '0'))::uuid"""

# A fund a province of today; loans fall to the provinces of 2008, more to the first ones, in the order of their days.
# Every eighth is lent by another lender, every third borrower is a member of a cooperative.
_ROWS = """
    CREATE TEMP TABLE bulk_loan AS
    SELECT g, p.commune, p.old, p.new, p.fund, date '2014-01-01' + g * 3650 / {loans} AS day, 100000000 + g * 10000 AS amount,
           ({sectors}::text[])[1 + g % {sector_count}] AS sector, g % 8 = 0 AS entrusted, g % 3 = 0 AS member,
           g < {loans} * 0.7 AS settled
      FROM generate_series(1, {loans}) g
      JOIN place p ON p.number = CASE WHEN g > {loans} - {small} THEN {places}
                                 ELSE 1 + floor(({places} - 1) * power((g * 7919 % 10007) / 10007.0, 2))::int END
     ORDER BY g;
    INSERT INTO fund (id, version, created_at, updated_at, created_by, alliance, name, name_folded, operating_model, legal_form,
           province, valid_from, charter_capital_vnd, state)
    SELECT DISTINCT fund, 1, now(), now(), 'x', new, 'Quỹ ' || new, 'quy ' || new, 'own_apparatus', 'cooperative_model', new,
           date '2010-01-01', 5000000000000, 'operating'
      FROM place;
    INSERT INTO capital_movement (id, version, created_at, updated_at, created_by, alliance, fund_id, kind, stage, direction,
           amount_vnd, moved_on)
    SELECT gen_random_uuid(), 1, now(), now(), 'x', alliance, id, 'state', 'received', 'in', 4000000000000, date '2010-02-01'
      FROM fund;
    INSERT INTO borrower (id, version, created_at, updated_at, created_by, alliance, kind, name, name_folded, organization_id,
           beneficiary_organization_id, beneficiary_kind, commune_code, commune_map, province_2008, province_2025, is_active)
    SELECT pg_temp.id_of(1, g, 0), 1, now(), now(), 'x', new, CASE WHEN member THEN 'member_person' ELSE 'cooperative' END,
           'Bên vay ' || md5(g::text), 'ben vay ' || md5(g::text), CASE WHEN NOT member THEN pg_temp.id_of(2, g, 0) END,
           CASE WHEN member THEN pg_temp.id_of(2, g / 30, 0) END, CASE WHEN member THEN 'cooperative' END, commune, '2008',
           old, new, true
      FROM bulk_loan;
    INSERT INTO loan_application (id, version, created_at, updated_at, created_by, alliance, fund_id, borrower_id, borrower_name,
           organization_id, state, submitted_on, requested_amount_vnd, requested_term_months, purpose, report_sector,
           total_cost_vnd, own_capital_vnd, cofinancing_vnd, commune_code, commune_map, province_2008, province_2025,
           approved_on, approved_amount_vnd, commitment_ended_on)
    SELECT pg_temp.id_of(3, g, 0), 1, now(), now(), 'x', new, fund, pg_temp.id_of(1, g, 0), 'Bên vay',
           CASE WHEN NOT member THEN pg_temp.id_of(2, g, 0) END, 'contracted', day - 40, amount, 24, 'Mua máy', sector,
           2 * amount, amount, 0, commune, '2008', old, new, day - 10, amount, day
      FROM bulk_loan;
    INSERT INTO loan (id, version, created_at, updated_at, created_by, alliance, fund_id, loan_application_id, borrower_id,
           borrower_name, organization_id, contract_number, channel, own_risk, signed_on, principal_vnd, annual_rate_percent,
           overdue_rate_percent_of_rate, overdue_interest_rate_percent, starts_on, last_due_on, purpose, report_sector,
           total_cost_vnd, own_capital_vnd, cofinancing_vnd, commune_code, commune_map, province_2008, province_2025, state,
           disbursed_vnd, outstanding_vnd, interest_paid_vnd, overdue_interest_paid_vnd, held_vnd, written_off_vnd,
           recovered_vnd, reschedule_count, officer_id, terms)
    SELECT pg_temp.id_of(4, g, 0), 1, now(), now(), 'x', new, fund, pg_temp.id_of(3, g, 0), pg_temp.id_of(1, g, 0), 'Bên vay',
           CASE WHEN NOT member THEN pg_temp.id_of(2, g, 0) END, g || '/HĐTD',
           CASE WHEN entrusted THEN 'entrusted_out' ELSE 'direct' END, NOT entrusted, day, amount, '6.60', '150', '0', day,
           day + 700, 'Mua máy', sector, 2 * amount, amount, 0, commune, '2008', old, new,
           CASE WHEN settled THEN 'settled' ELSE 'active' END, amount, CASE WHEN settled THEN 0 ELSE amount / 2 END, 1000000,
           0, 0, 0, 0, 0, 'officer-' || g % 300, '{terms}'
      FROM bulk_loan;
    INSERT INTO disbursement (id, version, created_at, updated_at, created_by, alliance, fund_id, loan_id, amount_vnd,
           disbursed_on, payment_channel, province_2008, province_2025)
    SELECT pg_temp.id_of(5, g, 0), 1, now(), now(), 'x', new, fund, pg_temp.id_of(4, g, 0), amount, day, 'transfer', old, new
      FROM bulk_loan;
    INSERT INTO repayment (id, version, created_at, updated_at, created_by, alliance, fund_id, loan_id, amount_vnd, paid_on,
           payment_channel, excess, principal_vnd, interest_vnd, overdue_interest_vnd, held_vnd)
    SELECT pg_temp.id_of(6, g, part), 1, now(), now(), 'x', new, fund, pg_temp.id_of(4, g, 0), amount / 4 + 1000, day + 180 * part,
           'transfer', 'refuse', amount / 4, 1000, 0, 0
      FROM bulk_loan, generate_series(1, 2) part WHERE NOT entrusted;
    INSERT INTO balance_statement (id, version, created_at, updated_at, created_by, alliance, fund_id, loan_id, as_of,
           outstanding_vnd, overdue_principal_vnd)
    SELECT pg_temp.id_of(7, g, part), 1, now(), now(), 'x', new, fund, pg_temp.id_of(4, g, 0), day + 180 * part, amount / 2, 0
      FROM bulk_loan, generate_series(1, 4) part WHERE entrusted;
    INSERT INTO rescheduling (id, version, created_at, updated_at, created_by, alliance, fund_id, loan_id, kind, effective_on,
           state, request_reason)
    SELECT pg_temp.id_of(10, g, 0), 1, now(), now(), 'x', new, fund, pg_temp.id_of(4, g, 0), 'extension', day + 200, 'approved', 'x'
      FROM bulk_loan WHERE g % 8 IN (1, 2);
    INSERT INTO interest_reduction (id, version, created_at, updated_at, created_by, alliance, fund_id, loan_id, kind,
           effective_on, interest_vnd, overdue_interest_vnd, for_inability, decision_number, decided_on)
    SELECT pg_temp.id_of(11, g, 0), 1, now(), now(), 'x', new, fund, pg_temp.id_of(4, g, 0), 'reduced', day + 200, 1000, 0, true,
           '1', day + 190
      FROM bulk_loan WHERE g % 8 IN (3, 4);
    INSERT INTO write_off (id, version, created_at, updated_at, created_by, alliance, fund_id, loan_id, kind, effective_on,
           amount_vnd, decision_number, decided_on)
    SELECT pg_temp.id_of(12, g, 0), 1, now(), now(), 'x', new, fund, pg_temp.id_of(4, g, 0), 'risk_handled', day + 600, 1000, '1',
           day + 590
      FROM bulk_loan WHERE g % 8 IN (5, 6);
    INSERT INTO loan_installment (loan_id, number, opened_on, due_on, principal_vnd, interest_vnd, principal_paid_vnd,
           interest_paid_vnd, interest_waived_vnd, closed_on, replaced)
    SELECT pg_temp.id_of(4, g, 0), part, day, day + 180 * part, amount / 4, 1000, 0, 0, 0,
           CASE WHEN settled OR part < 3 THEN day + 180 * part END, false
      FROM bulk_loan, generate_series(1, 4) part WHERE NOT entrusted;
    INSERT INTO collateral (id, version, created_at, updated_at, created_by, alliance, loan_application_id, loan_id, borrower_id,
           kind, description, owner_name, value_vnd, deductible_value_vnd)
    SELECT pg_temp.id_of(8, g, 0), 1, now(), now(), 'x', new, CASE WHEN g % 2 = 0 THEN pg_temp.id_of(3, g, 0) END,
           CASE WHEN g % 2 = 1 THEN pg_temp.id_of(4, g, 0) END, pg_temp.id_of(1, g, 0), 'land_use_right', 'Đất', 'A',
           amount, amount / 2
      FROM bulk_loan;
    INSERT INTO ledger_transaction (id, alliance, fund_id, booked_on, kind, loan_id, source_id, corrects_id, recorded_at,
           recorded_by)
    SELECT pg_temp.id_of(9, g, part), new, fund, day + 180 * part, CASE part WHEN 0 THEN 'disbursement' ELSE 'repayment' END,
           pg_temp.id_of(4, g, 0), pg_temp.id_of(CASE part WHEN 0 THEN 5 ELSE 6 END, g, part),
           CASE WHEN part = 2 AND g % 49 = 0 THEN pg_temp.id_of(9, g, 1) END, now(), 'x'
      FROM bulk_loan, generate_series(0, 2) part WHERE NOT entrusted;
    INSERT INTO ledger_entry (transaction_id, line, fund_id, account, booked_on, debit_vnd, credit_vnd)
    SELECT t.id, side, t.fund_id, CASE side WHEN 1 THEN 'cash' ELSE 'loan_principal' END, t.booked_on,
           CASE side WHEN 1 THEN 1000 ELSE 0 END, CASE side WHEN 1 THEN 0 ELSE 1000 END
      FROM ledger_transaction t, generate_series(1, 2) side;
    INSERT INTO history (resource_type, resource_id, version, action, recorded_at, recorded_by, alliance, changed, content)
    SELECT 'loan', id, 1, 'created', now(), 'x', alliance, '{{}}', '{{}}' FROM loan"""


async def fill(connection: asyncpg.Connection) -> None:
    """Fill a database of the funds with a nation's loans."""
    provinces = [p for p in geography.provinces() if p.map == "2008"]
    communes: dict[str, str] = {}
    for commune in geography.communes():
        if commune.map == "2008":
            communes.setdefault(commune.province_id, commune.code)
    provinces.sort(key=lambda p: p.successor_id == SMALLEST_PROVINCE)
    await connection.execute("SET session_replication_role = replica")
    await connection.execute(_PLACES)
    rows = [
        (number, communes[p.id], p.id, p.successor_id, f"00000000-0000-7000-8000-{(p.successor_id or '')[:2]:0>12}")
        for number, p in enumerate(provinces, 1)
    ]
    await connection.copy_records_to_table("place", records=rows)
    await connection.execute(
        _ROWS.format(
            loans=LOANS,
            small=SMALL,
            places=len(rows),
            terms=ScheduleTerms(installments=4).model_dump_json(),
            sectors=f"'{{{','.join(REPORT_SECTORS)}}}'",
            sector_count=len(REPORT_SECTORS),
        )
    )
    await connection.execute("ANALYZE")
