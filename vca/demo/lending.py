"""The loans of a scenario, entered as an office would: one system prepares, another decides."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx

from vca.demo import scenarios
from vca.demo.scenarios import Row, not_loaded

_DONE = frozenset(
    {"state_forbids", "loan_state_forbids", "already_decided", "not_pending", "id_in_use", "idempotency_key_reused"}
)
"""What a step says that was taken when the scenario was loaded before, by an earlier version perhaps with other papers."""
_WHOLE = ("term_months", "jobs", "installments", "interval_months")
_AT_ONCE = 4
_COUNCIL = (
    {"name": "Nguyễn Thị Thu Hà", "position": "Giám đốc Quỹ", "vote": "for"},
    {"name": "Trần Quốc Bình", "position": "Cán bộ thẩm định", "vote": "for"},
    {"name": "Lê Thị Minh", "position": "Kế toán trưởng", "vote": "for"},
)
"""The appraisal council of every fund of the demo; invented persons."""


def records(scenario: str, table: str) -> list[Row]:
    """Return the rows of one file of a scenario's loans; empty cells are left out. None if it has no such file."""
    return [scenarios.json_values(row, whole=_WHOLE) for row in scenarios.records(scenario, f"funds/{table}")]


class LoanLoader:
    """Enters a scenario's loans through the gateway; entering them again changes nothing."""

    def __init__(self, officer: httpx.Client, approver: httpx.Client, scenario: str) -> None:
        self._officer, self._approver, self._scenario = officer, approver, scenario
        self.new = 0

    def load(self) -> int:
        """Enter everything in the order of an office's year; return how many records were new."""
        for table, path in (
            ("funds", "funds"),
            ("capital_movements", "capital-movements"),
            ("loan_products", "loan-products"),
            ("borrowers", "borrowers"),
        ):
            for row in records(self._scenario, table):
                self._post(path, row)
                if table == "capital_movements":
                    self._confirm(path, row)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(self._loan, records(self._scenario, "loans")))
        for row in records(self._scenario, "coverages"):
            self._post("coverages", {**row, "record_types": row["record_types"].split()})
        return self.new

    def _post(self, path: str, body: Row, *, approve: bool = False, key: str | None = None) -> None:
        client = self._approver if approve else self._officer
        headers = {"Idempotency-Key": f"demo-{key or body.get('id') or path}"}
        answer = client.post(f"/v1/funds/{path}", json=body, headers=headers, timeout=60)
        if answer.status_code == 201 and "idempotency-replayed" not in answer.headers:
            self.new += 1
        elif answer.status_code not in (200, 201) and answer.json().get("code") not in _DONE:
            raise not_loaded(self._scenario, path, answer)

    def _confirm(self, path: str, row: Row) -> None:
        """Let the second person confirm what the officer entered."""
        self._post(f"{path}/{row['id']}/confirmation", {"decision": "confirm"}, approve=True)

    def _of(self, table: str, loan: Row) -> list[Row]:
        return [
            {name: value for name, value in row.items() if name != "loan_id"}
            for row in records(self._scenario, table)
            if row["loan_id"] == loan["id"]
        ]

    def _loan(self, row: Row) -> None:
        """Enter one loan: application, appraisal, approval, contract, and what happened to it; as far as the row goes."""
        terms = {
            "method": "equal_principal",
            "installments": row["installments"],
            "interval": {"count": row["interval_months"], "unit": "months"},
        }
        self._apply(row, terms)
        if "contract_number" not in row:
            return
        self._post(
            "loans",
            {
                "id": row["id"],
                "loan_application_id": row["application_id"],
                "contract_number": row["contract_number"],
                "signed_on": row["signed_on"],
                "channel": row["channel"],
                "terms": terms,
            },
        )
        of = f"loans/{row['id']}"
        for at, tranche in enumerate(self._of("disbursements", row)):
            check = {"checked_on": row["checked_on"], "result": "clean"} if at == 0 else None
            self._post(f"{of}/disbursements", {**tranche, **({"bad_debt_check": check} if check else {})})
        if "paid_until" in row:
            self._pay(of, row["paid_until"])
        for table in ("repayments", "use_checks", "balance_statements"):
            for entry in self._of(table, row):
                self._post(f"{of}/{table.replace('_', '-')}", entry)
        for entry in self._of("interest_reductions", row):
            self._post(f"{of}/interest-reductions", entry)
            self._confirm("interest-reductions", entry)
        for entry in self._of("reschedulings", row):
            self._reschedule(of, entry)
        for entry in self._of("write_offs", row):
            self._post(f"{of}/write-offs", {**entry, "file_ids": [self._minutes(entry)]})
            self._confirm("write-offs", entry)
        for entry in self._of("settlements", row):
            self._post(f"{of}/settlement", {name: value for name, value in entry.items() if name != "id"})

    def _apply(self, row: Row, terms: Row) -> None:
        project = {
            name: row[name]
            for name in ("purpose", "report_sector", "total_cost_vnd", "own_capital_vnd", "jobs")
            if name in row
        }
        body = {
            "id": row["application_id"],
            "project": project,
            "requested_term_months": row["term_months"],
            "documents": [{"kind": kind} for kind in row["documents"].split()],
            **{
                name: row[name]
                for name in (
                    "fund_id",
                    "loan_product_id",
                    "borrower_id",
                    "application_number",
                    "submitted_on",
                    "requested_amount_vnd",
                )
            },
        }
        self._post("loan-applications", body)
        of = f"loan-applications/{row['application_id']}"
        if "minutes_number" not in row:
            return
        self._post(
            f"{of}/appraisal",
            {
                "site_visit_on": row["site_visit_on"],
                "council": _COUNCIL,
                "minutes_number": row["minutes_number"],
                "minutes_on": row["minutes_on"],
                "proposed_amount_vnd": row["requested_amount_vnd"],
                "proposed_term_months": row["term_months"],
                "proposed_annual_rate_percent": row["annual_rate_percent"],
                "proposed_terms": terms,
            },
        )
        if "decision_number" not in row:
            return
        decision = {"decision_number": row["decision_number"], "decided_on": row["decided_on"]}
        self._post(f"{of}/approval", decision, approve=True)

    def _pay(self, of: str, until: str) -> None:
        """Enter a repayment of each installment due until that day, on its day."""
        schedule = self._officer.get(f"/v1/funds/{of}/schedule", timeout=60).json()
        for installment in schedule["items"]:
            if installment["due_on"] <= until and installment["unpaid_vnd"]:
                entry = {"paid_on": installment["due_on"], "amount_vnd": installment["unpaid_vnd"]}
                self._post(f"{of}/repayments", entry, key=f"{of}-{installment['due_on']}")

    def _minutes(self, row: Row) -> str:
        """Upload the minutes that a write-off goes by; sent again they are the same file."""
        text = f"Biên bản của Hội đồng xử lý rủi ro, Quyết định {row['decision_number']} (tài liệu minh họa)\n"
        answer = self._officer.post(
            "/v1/funds/files",
            files={"file": ("bien-ban-xu-ly-rui-ro.txt", text.encode(), "text/plain")},
            headers={"Idempotency-Key": f"demo-minutes-{row['id']}"},
            timeout=60,
        )
        if answer.status_code != 201:
            raise not_loaded(self._scenario, "files", answer)
        return str(answer.json()["id"])

    def _reschedule(self, of: str, row: Row) -> None:
        decision = {name: row[name] for name in ("decision_number", "decided_on")}
        terms = {
            "method": "equal_principal",
            "installments": row["installments"],
            "first_due_on": row["first_due_on"],
            "interval": {"count": 3, "unit": "months"},
        }
        body = {name: row[name] for name in ("id", "kind", "effective_on", "request_reason")}
        self._post(f"{of}/reschedulings", {**body, "terms": terms})
        self._post(f"reschedulings/{row['id']}/approval", decision, approve=True)
