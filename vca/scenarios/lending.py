"""Write the scenarios' loans: dated records of funds, borrowers, contracts, tranches and repayments.

    python -m vca.scenarios.lending

Deterministic. Nothing here writes a total: what is repaid is what the loan's own arithmetic says is owed on the day.
All amounts but the sum and number of Phú Thọ's projects are invented; the organizations are those of the registry's scenario.
"""

from __future__ import annotations

import csv
import random
import uuid
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from services.funds.engine.days import Interval
from services.funds.engine.schedule import schedule
from services.funds.engine.terms import Terms
from services.funds.servicing.replay.replay import replay
from services.funds.servicing.replay.state import Contract, Entry, dues_of

FOLDER = Path(__file__).resolve().parent
MILLION = 1_000_000
Row = dict[str, Any]
_PURPOSES = (
    "Mua máy sấy, máy đóng gói chè",
    "Xây nhà màng trồng rau an toàn",
    "Mở rộng chuồng trại chăn nuôi",
    "Mua máy cày, máy gặt",
    "Đầu tư lồng nuôi cá trên sông",
    "Mua nguyên liệu sản xuất mỳ gạo",
    "Nâng cấp kho lạnh",
    "Trồng mới bưởi Đoan Hùng",
    "Mua xe tải chở nông sản",
    "Dây chuyền chế biến gỗ",
)
_PAPERS = {
    "cooperative": "loan_request registration_certificate charter borrowing_resolution financial_statements project",
    "member_person": "loan_request membership_proof project",
}
"""What each kind of borrower hands in with its application: what the nation's checklists ask for."""
_NAMES = (
    "Nguyễn Văn Hòa",
    "Trần Thị Mai",
    "Lê Văn Thắng",
    "Phạm Thị Hạnh",
    "Hoàng Văn Sơn",
    "Đỗ Thị Lan",
    "Bùi Văn Minh",
)


class Lending:
    """The records of an alliance's funds in one scenario, in the making."""

    def __init__(self, scenario: str, seed: int) -> None:
        self.folder = FOLDER / scenario / "funds"
        self.random = random.Random(seed)
        self._seed, self._made = seed, 0
        self.records: dict[str, list[Row]] = {}

    def id(self) -> str:
        """Return the next id: a UUIDv7, the same in every run."""
        self._made += 1
        at = 1_704_067_200_000 + self._seed * 100_000_000 + self._made * 1000
        value = at << 80 | self.random.getrandbits(80)
        value = value & ~(0xF000 << 64) | (0x7000 << 64)
        return str(uuid.UUID(int=value & ~(0xC000 << 48) | (0x8000 << 48)))

    def add(self, table: str, **values: Any) -> Row:
        """Add a record with an id of its own."""
        row = {"id": self.id(), **values}
        self.records.setdefault(table, []).append(row)
        return row

    def day(self, first: date, last: date) -> date:
        """Return a working-week day between two days, both included."""
        while True:
            day = first + timedelta(days=self.random.randrange((last - first).days + 1))
            if day.weekday() < 5:
                return day

    def borrower(self, organization: dict[str, str], name: str | None = None) -> Row:
        """Add an organization that borrows, or `name`, a member of the group `organization`."""
        of = {"commune_code": organization["commune_code"], "commune_map": organization["commune_map"]}
        if name is None:
            return self.add(
                "borrowers",
                kind="cooperative",
                name=organization["name"],
                organization_id=organization["id"],
                organization_code=organization["code"],
                beneficiary_organization_id=None,
                beneficiary_kind=None,
                **of,
            )
        return self.add(
            "borrowers",
            kind="member_person",
            name=name,
            organization_id=None,
            organization_code=None,
            beneficiary_organization_id=organization["id"],
            beneficiary_kind="cooperative_group",
            **of,
        )

    def loan(
        self,
        fund: Row,
        product: Row,
        borrower: Row,
        amount: int,
        out_on: date,
        *,
        sector: str | None,
        parts: Sequence[int] = (),
        installments: int = 8,
        channel: str = "direct",
    ) -> Row:
        """Add a loan from its application to its tranches; `parts` are those after the first, a month apart each."""
        year, number = out_on.year, len(self.records.get("loans", ())) + 1
        loan = self.add(
            "loans",
            application_id=self.id(),
            fund_id=fund["id"],
            loan_product_id=product["id"],
            borrower_id=borrower["id"],
            application_number=f"HS-{number:03d}/{year}",
            contract_number=f"{number:03d}/{year}/HĐTD",
            submitted_on=out_on - timedelta(days=40),
            requested_amount_vnd=amount,
            term_months=installments * 3,
            purpose=self.random.choice(_PURPOSES),
            report_sector=sector,
            total_cost_vnd=amount * 2,
            own_capital_vnd=amount,
            jobs=self.random.randrange(3, 30),
            documents=_PAPERS[borrower["kind"]],
            site_visit_on=out_on - timedelta(days=30),
            minutes_number=f"{number:03d}/BB-TĐ",
            minutes_on=out_on - timedelta(days=25),
            decision_number=f"{number:03d}/QĐ-QHT",
            decided_on=out_on - timedelta(days=15),
            signed_on=out_on - timedelta(days=5),
            annual_rate_percent=product["annual_rate_percent"],
            channel=channel,
            installments=installments,
            interval_months=3,
            checked_on=out_on - timedelta(days=3),
        )
        self.add(
            "disbursements",
            loan_id=loan["id"],
            disbursed_on=out_on,
            amount_vnd=amount - sum(parts),
            voucher_number=f"UNC-{number:03d}",
        )
        for at, part in enumerate(parts, 1):
            self.add(
                "disbursements",
                loan_id=loan["id"],
                disbursed_on=out_on + timedelta(days=20 * at),
                amount_vnd=part,
                voucher_number=f"UNC-{number:03d}.{at}",
            )
        return loan

    def repay(self, loan: Row, until: date, *, all_on: date | None = None) -> None:
        """Pay each installment on its day until `until`, and all that is owed on `all_on`."""
        out = [row for row in self.records["disbursements"] if row["loan_id"] == loan["id"]]
        starts = min(row["disbursed_on"] for row in out)
        rate = Decimal(loan["annual_rate_percent"])
        terms = Terms(loan["requested_amount_vnd"], rate, loan["installments"], starts, interval=Interval(3, "months"))
        contract = Contract(starts, rate, dues_of(schedule(terms)))
        entries = [Entry(row["id"], "disbursement", row["disbursed_on"], row["amount_vnd"]) for row in out]
        days = [due.due_on for due in contract.dues if due.due_on <= until and (all_on is None or due.due_on < all_on)]
        for day in [*days, *([all_on] if all_on else [])]:
            state = replay(contract, entries, day)
            owed = (
                state.total_owed_vnd
                if day == all_on
                else (state.principal_due_vnd + state.interest_owed_vnd + state.overdue_interest_owed_vnd)
            )
            repayment = self.add(
                "repayments", loan_id=loan["id"], paid_on=day, amount_vnd=owed, voucher_number=f"PT-{self._made:04d}"
            )
            entries.append(Entry(repayment["id"], "repayment", day, owed))

    def write(self) -> None:
        """Write one CSV a kind of record."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for old in self.folder.glob("*.csv"):
            old.unlink()
        for table, rows in self.records.items():
            with (self.folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as lines:
                writer = csv.DictWriter(lines, list(rows[0]), lineterminator="\n")
                writer.writeheader()
                writer.writerows({name: "" if value is None else value for name, value in row.items()} for row in rows)


def organizations(scenario: str) -> list[dict[str, str]]:
    """Return the organizations of the registry's scenario."""
    with (FOLDER / scenario / "organizations.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _amounts(lending: Lending, count: int, total_millions: int) -> list[int]:
    """Return `count` amounts in whole tens of millions that add up to the total."""
    tens = [20] * count
    for _ in range(total_millions // 10 - 20 * count):
        tens[lending.random.randrange(count)] += 1
    return [ten * 10 * MILLION for ten in tens]


def phu_tho() -> Lending:
    """Phú Thọ, January to August 2023: 43 projects for 13,200 million đồng, and older loans in every state."""
    s = Lending("phu_tho_2023", 125)
    # Loans are invented, so nobody real has one.
    invented = [o for o in organizations("phu_tho_2023") if o["is_synthetic"] == "true"]
    cooperatives = [
        o
        for o in invented
        if o["type"] == "cooperative"
        and o["operating_state"] == "operating"
        and o["legal_status"] == "active"
        and o["is_credit_fund"] == "false"
        and o["registered_on"] < "2020"
    ]
    groups = [o for o in invented if o["type"] == "cooperative_group"]
    own = s.add(
        "funds",
        name="Quỹ hỗ trợ phát triển hợp tác xã tỉnh Phú Thọ",
        operating_model="own_apparatus",
        legal_form="state_owned_company",
        province="25-2008",
        licence_number="17/QĐ-UBND",
        licensed_on=date(2019, 1, 10),
        valid_from=date(2019, 2, 1),
        charter_capital_vnd=30_000 * MILLION,
        state="operating",
    )
    jobs = s.add(
        "funds",
        name="Vốn Quỹ quốc gia về việc làm do Liên minh quản lý",
        operating_model="own_apparatus",
        legal_form="managed_capital",
        province="25-2008",
        licence_number=None,
        licensed_on=None,
        valid_from=date(2019, 2, 1),
        charter_capital_vnd=8_000 * MILLION,
        state="operating",
    )
    for of, source, millions in ((own, "state", 30_000), (own, "members", 1_200), (jobs, "state", 8_000)):
        s.add(
            "capital_movements",
            fund_id=of["id"],
            kind=source,
            amount_vnd=millions * MILLION,
            moved_on=date(2019, 3, 4),
            decision_number="25/QĐ-UBND" if source == "state" else None,
        )
    product = s.add(
        "loan_products",
        fund_id=own["id"],
        code="TH-06",
        name="Cho vay trung hạn",
        annual_rate_percent="6.0",
        method="equal_principal",
        valid_from=date(2019, 2, 1),
    )
    employment = s.add(
        "loan_products",
        fund_id=jobs["id"],
        code="VL-79",
        name="Cho vay giải quyết việc làm",
        annual_rate_percent="7.92",
        method="equal_principal",
        valid_from=date(2019, 2, 1),
    )
    chosen = s.random.sample(cooperatives, 50)
    parties = [(s.borrower(one), one["report_sector"]) for one in chosen[:36]]
    parties += [(s.borrower(one, name), "agriculture") for one, name in zip(groups, _NAMES, strict=True)]
    august = date(2023, 8, 31)
    for at, ((borrower, sector), amount) in enumerate(zip(parties, _amounts(s, 43, 13_200), strict=True)):
        fund, kind = (jobs, employment) if at % 4 == 3 else (own, product)
        parts = (amount // 2 // (10 * MILLION) * 10 * MILLION,) if at % 6 == 0 else ()
        out_on = s.day(date(2023, 1, 9), date(2023, 8, 4))
        s.repay(s.loan(fund, kind, borrower, amount, out_on, sector=sector, parts=parts), august)
    _older(s, own, product, [(s.borrower(one), one["report_sector"]) for one in chosen[36:]], august)
    s.add(
        "coverages",
        province="25-2008",
        record_types="disbursements loans",
        covered_from=date(2023, 1, 1),
        covered_to=august,
        source="Báo cáo 8 tháng 2023 của Liên minh HTX tỉnh Phú Thọ",
    )
    return s


def _older(s: Lending, fund: Row, product: Row, parties: list[tuple[Row, str]], august: date) -> None:
    """Add loans of 2021 and 2022: current, late in each debt group, rescheduled, eased, settled, given up."""

    def lend(out_on: date, amount: int = 240, installments: int = 8) -> Row:
        borrower, sector = parties.pop()
        return s.loan(fund, product, borrower, amount * MILLION, out_on, sector=sector, installments=installments)

    for _ in range(3):
        s.repay(lend(s.day(date(2022, 1, 10), date(2022, 11, 30)), installments=12), august)
    # Days overdue on 31 August 2023: 16, 62, 139, 323. The last installment paid is the one before.
    for out_on, paid_until in (
        (date(2022, 5, 15), date(2023, 6, 1)),
        (date(2022, 3, 30), date(2023, 4, 1)),
        (date(2022, 4, 14), date(2023, 2, 1)),
        (date(2022, 4, 12), date(2022, 8, 1)),
    ):
        s.repay(lend(out_on), paid_until)
    again = lend(date(2022, 2, 15))
    s.repay(again, date(2022, 12, 1))
    s.add(
        "reschedulings",
        loan_id=again["id"],
        kind="extension",
        effective_on=date(2023, 3, 20),
        installments=8,
        first_due_on=date(2023, 6, 20),
        request_reason="Dịch bệnh trên đàn lợn",
        decision_number="02/QĐ-CCN",
        decided_on=date(2023, 3, 22),
    )
    eased = lend(date(2022, 6, 20))
    s.repay(eased, date(2023, 4, 1))
    s.add(
        "interest_reductions",
        loan_id=eased["id"],
        kind="reduced",
        effective_on=date(2023, 6, 20),
        interest_vnd=500_000,
        decision_number="03/QĐ-GL",
        decided_on=date(2023, 6, 20),
    )
    for out_on, all_on in ((date(2021, 3, 10), date(2022, 9, 12)), (date(2021, 8, 16), date(2023, 5, 18))):
        done = lend(out_on)
        s.repay(done, all_on, all_on=all_on)
        s.add("settlements", loan_id=done["id"], settled_on=all_on, minutes_number="BB-TL")
    lost = lend(date(2021, 2, 18), amount=100, installments=4)
    s.repay(lost, date(2021, 9, 1))
    s.add(
        "write_offs",
        loan_id=lost["id"],
        kind="risk_handled",
        effective_on=date(2022, 12, 20),
        ground="debt_group_5",
        decision_number="05/QĐ-XLRR",
        decided_on=date(2022, 12, 20),
    )
    watched = lend(date(2022, 9, 12), installments=12)
    s.repay(watched, august)
    s.add(
        "use_checks",
        loan_id=watched["id"],
        due_on=date(2022, 12, 12),
        checked_on=date(2022, 12, 14),
        finding="as_agreed",
        minutes_number="11/BB-KT",
    )
    s.add(
        "use_checks",
        loan_id=watched["id"],
        due_on=date(2023, 9, 12),
        checked_on=None,
        finding=None,
        minutes_number=None,
    )


def nghe_an() -> Lending:
    """Nghệ An: one loan of March 2023 that the Social Policy Bank lends and keeps the books of."""
    s = Lending("nghe_an_2023", 140)
    one = next(o for o in organizations("nghe_an_2023") if o["type"] == "cooperative" and o["registered_on"] < "2020")
    fund = s.add(
        "funds",
        name="Quỹ hỗ trợ phát triển hợp tác xã tỉnh Nghệ An",
        operating_model="entrusted",
        legal_form="state_owned_company",
        province="40-2008",
        licence_number="40/QĐ-UBND",
        licensed_on=date(2018, 1, 10),
        valid_from=date(2018, 2, 1),
        charter_capital_vnd=20_000 * MILLION,
        state="operating",
    )
    for kind in ("state", "entrusted_out"):
        s.add(
            "capital_movements",
            fund_id=fund["id"],
            kind=kind,
            amount_vnd=20_000 * MILLION,
            moved_on=date(2018, 3, 5),
            decision_number="40/QĐ-UBND" if kind == "state" else None,
        )
    product = s.add(
        "loan_products",
        fund_id=fund["id"],
        code="UT-06",
        name="Cho vay ủy thác qua NHCSXH",
        annual_rate_percent="6.0",
        method="equal_principal",
        valid_from=date(2018, 2, 1),
    )
    loan = s.loan(
        fund,
        product,
        s.borrower(one),
        500 * MILLION,
        date(2023, 3, 15),
        sector=one["report_sector"],
        channel="entrusted_out",
    )
    s.add(
        "balance_statements",
        loan_id=loan["id"],
        as_of=date(2023, 6, 30),
        outstanding_vnd=437_500_000,
        document_number="06/TB-NHCSXH",
    )
    s.add(
        "coverages",
        province="40-2008",
        record_types="disbursements loans",
        covered_from=date(2023, 1, 1),
        covered_to=date(2023, 6, 30),
        source="Quỹ ủy thác qua NHCSXH, tỉnh Nghệ An",
    )
    return s


def kon_tum() -> Lending:
    """The province that the article does not name, as Kon Tum: the project to found a fund, not yet licensed."""
    s = Lending("kon_tum_2022", 162)
    s.add(
        "funds",
        name="Quỹ hỗ trợ phát triển hợp tác xã (đề án thành lập)",
        operating_model="own_apparatus",
        legal_form="state_owned_company",
        province="62-2008",
        licence_number=None,
        licensed_on=None,
        valid_from=date(2022, 1, 1),
        charter_capital_vnd=None,
        state="planned",
    )
    return s


def all_lending() -> tuple[Lending, ...]:
    """Return the lending of every scenario, made anew."""
    return phu_tho(), nghe_an(), kon_tum()


if __name__ == "__main__":
    for lending in all_lending():
        lending.write()
