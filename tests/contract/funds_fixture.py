"""The funds, for the checks of every operation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from kernel.values.ids import new_id
from tests.contract.service_fixture import HOME, NUMBERS, Body, ServiceFixture
from tests.funds.builders import (
    MILLION,
    PATH,
    Make,
    Record,
    a_borrower,
    a_contract,
    a_coverage,
    a_fund,
    a_movement,
    a_product,
    a_quote,
    a_repayment,
    a_rule,
    a_tranche,
    an_application,
    an_appraisal,
    an_approval,
    an_opening,
    keyed,
    terms,
)
from tests.support.answers import ok
from tests.support.client import ApiClient
from tests.support.contract import Operation
from tests.support.waiting import ended_job

_PDF = b"%PDF-1.4\n%invented\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
_COLLATERAL = {"kind": "machinery", "description": "Máy sấy chè", "owner_name": "Nguyễn Văn A", "value_vnd": 10**8}


class FundsFixture(ServiceFixture):
    open = frozenset({"read_funds_live", "read_funds_ready", "download_funds_file", "download_funds_export"})
    common = frozenset({"read_funds_code_list", *open})
    every_scope = "funds.read funds.write funds.approve sync.read sync.write identity.admin"

    def __init__(self, funds: ApiClient, make: Make, paths: dict[str, str]) -> None:
        self.contract, self.funds, self.make, self.paths = funds.contract, funds, make, paths

    async def caller(
        self, *, scope: str | None = None, area: str = HOME, operation: Operation | None = None
    ) -> ApiClient:
        return self.funds.as_(scope=self.every_scope if scope is None else scope, area=area)

    async def stranger(self) -> ApiClient:
        return self.funds.anonymous()

    async def _waiting(self, parameter: str, operation: Operation) -> str:
        """Enter what waits for a second person: by the caller for what the caller withdraws, else by another."""
        make = self.make
        by_caller = operation.path.endswith("/withdrawal")
        officer = (await self.caller()) if by_caller else self.funds.as_(scope=self.every_scope, sub="another")
        fund = await make.fund()

        async def enter(path: str, body: dict[str, Any]) -> str:
            return str(ok(await officer.post(f"{PATH}/{path}", json=body, headers=keyed()), 201)["id"])

        match parameter:
            case "capital_movement_id":
                return await enter("capital-movements", a_movement(fund))
            case "loan_id":
                return await enter("loans", an_opening(fund, await make.borrower()))
            case "fund_id":
                changed = await officer.patch(
                    f"{PATH}/funds/{fund.id}", json={"opening_until": "2098-12-31"}, headers={"If-Match": '"1"'}
                )
                return str(ok(changed)["id"])
            case "import_id":
                sent = await _import(self)
                answer = await officer.post(f"{PATH}/imports?dry_run=false", content=sent.content, headers=sent.headers)
                return str(ok(answer)["import_id"])
        loan = await make.loan()
        match parameter:
            case "write_off_id":
                return await enter(f"loans/{loan.id}/write-offs", await _write_off(self))
            case "interest_reduction_id":
                return await enter(f"loans/{loan.id}/interest-reductions", a_reduction())
            case "reversal_id":
                reduction = await make.entered_and_confirmed("interest-reductions", loan, a_reduction())
                return await enter(f"interest-reductions/{reduction.id}/reversal", {"reason": _remark()})
            case _:
                recall = {"effective_on": "2023-03-20", "due_on": "2023-04-20", "reason": _remark(), **_DECIDED}
                return await enter(f"loans/{loan.id}/early-recall", recall)

    async def _record(self, parameter: str, operation: Operation) -> str:
        make = self.make
        if operation.path.endswith(("/confirmation", "/withdrawal")) and parameter != "loan_application_id":
            return await self._waiting(parameter, operation)
        match parameter:
            case "fund_id":
                record = await make.fund()
            case "capital_movement_id":
                record = await make.movement(await make.fund())
            case "loan_product_id":
                record = await make.product()
            case "lending_rule_id":
                record = await make.rule()
            case "borrower_id" if operation.path.endswith(("/erasure", "/personal-data-copy")):
                record = await make.borrower("member_person")
            case "borrower_id":
                record = await make.borrower()
            case "borrower_group_id":
                record = await make.related()
            case "borrower_group_member_id":
                record = await make.create("borrower-group-members", await _member(self))
            case "collateral_id":
                record = await make.create("collaterals", await _collateral(self))
            case "loan_application_id":
                decided = operation.id == "approve_loan_application"
                record = await (make.appraised if decided else make.application)(await make.fund())
            case "loan_id":
                record = await self._loan(operation)
            case "disbursement_id" | "repayment_id":
                record = await self._moved(parameter.removesuffix("_id"))
            case "rescheduling_id" if operation.id == "reverse_rescheduling":
                recall = {"effective_on": "2023-03-20", "due_on": "2023-04-20", "reason": _remark(), **_DECIDED}
                record = await make.entered_and_confirmed("early-recall", await make.loan(), recall)
            case "reversal_id":
                reduction = await make.entered_and_confirmed("interest-reductions", await make.loan(), a_reduction())
                record = await make.undone(f"interest-reductions/{reduction.id}")
            case "rescheduling_id":
                record = await make.create(f"loans/{(await make.loan()).id}/reschedulings", a_rescheduling())
            case "interest_reduction_id":
                record = await make.entered_and_confirmed("interest-reductions", await make.loan(), a_reduction())
            case "write_off_id" if operation.id == "reverse_write_off":
                record = await make.written_off(await make.loan())
            case "write_off_id":
                record = await make.money(f"loans/{(await make.loan()).id}/write-offs", await _write_off(self))
            case "use_check_id":
                record = await make.create(f"loans/{(await make.loan()).id}/use-checks", {"due_on": "2023-05-01"})
            case "collection_action_id":
                record = await make.create(f"loans/{(await make.loan()).id}/collection-actions", _ACTION)
            case "balance_statement_id":
                loan = await self._entrusted()
                record = await make.create(f"loans/{loan.id}/balance-statements", _balance())
            case "debt_classification_id":
                record = await make.create("debt-classifications", await _classification(self))
            case "project_id":
                record = await make.loan()
            case "coverage_id":
                record = await make.create("coverages", a_coverage())
            case "ledger_closure_id":
                record = Record(ok(await make.approver.post(f"{PATH}/ledger-closures", json=await _closure(self)), 201))
            case "file_id":
                record = Record(await self._file())
            case _:
                record = Record(await self._job())
        return str(record.id)

    async def _loan(self, operation: Operation) -> Record:
        match operation.id:
            case "record_disbursement" | "cancel_loan" | "change_loan":
                return await self.make.contract()
            case "close_loan_drawing":
                loan = await self.make.contract()
                await self.make.money(f"loans/{loan.id}/disbursements", a_tranche(MILLION))
                return loan
            case "settle_loan":
                loan = await self.make.loan()
                owed = ok(await self.funds.as_(area="VN").get(f"{PATH}/loans/{loan.id}/position?as_of=2023-04-02"))
                await self.make.money(f"loans/{loan.id}/repayments", a_repayment(owed["total_owed_vnd"]))
                return loan
            case "reverse_settlement":
                loan = await self.make.loan()
                owed = ok(await self.funds.as_(area="VN").get(f"{PATH}/loans/{loan.id}/position?as_of=2023-04-02"))
                await self.make.money(f"loans/{loan.id}/repayments", a_repayment(owed["total_owed_vnd"]))
                await self.make.money(f"loans/{loan.id}/settlement", {"settled_on": "2023-04-02"})
                return loan
            case "record_balance_statement" | "list_balance_statements_of_loan":
                return await self._entrusted()
            case _:
                return await self.make.loan()

    async def _entrusted(self) -> Record:
        return await self.make.loan(channel="entrusted_out")

    async def _moved(self, what: str) -> Record:
        loan = await self.make.contract()
        paid_out = await self.make.money(f"loans/{loan.id}/disbursements", a_tranche(120 * MILLION))
        if what == "disbursement":
            return paid_out
        return await self.make.money(f"loans/{loan.id}/repayments", a_repayment())

    async def _file(self) -> dict[str, Any]:
        operation = next(o for o in self.contract.operations if o.id == "upload_funds_file")
        return ok(await self.call(operation, client=await self.caller()), 201)

    async def _job(self) -> dict[str, Any]:
        return ok(await (await self.caller()).post(f"{PATH}/exports", json={"type": "fund"}), 202)

    async def _finished_job(self) -> dict[str, Any]:
        client, job = await self.caller(), await self._job()
        ended = await ended_job(client, f"{PATH}/jobs/{job['id']}")
        assert ended["state"] == "succeeded", ended
        return ended

    async def path(self, operation: Operation) -> str:
        match operation.id:
            case "download_funds_file":
                return "?".join(urlsplit((await self._file())["url"])[2:4])
            case "read_funds_job":
                return operation.path.format(job_id=(await self._finished_job())["id"])
            case "download_funds_export":
                return "?".join(urlsplit((await self._finished_job())["result"]["files"][0]["url"])[2:4])
            case "read_funds_code_list":
                return f"{PATH}/code-lists/methods"
            case "list_funds_organization_references":
                return f"{operation.path}?organization_id={new_id()}"
            case "read_funds_checksum":
                return f"{operation.path}?type=fund"
            case "read_lending_report":
                return f"{operation.path}?period=2023-H1"
            case "list_funds_history":
                return f"{operation.path}?recorded_after=2026-01-01T00:00:00Z"
            case "list_funds_indicator_values":
                return f"{operation.path}?from=2023-01-01&to=2023-08-31"
            case "list_collection_sheets":
                return f"{operation.path}?month=2023-08"
        if operation.id == "print_loan_document":
            return f"{PATH}/loans/{(await self.make.loan()).id}/documents/repayment-schedule"
        ids = {name: await self._record(name, operation) for name in operation.path_parameters}
        path = operation.path.format(**ids)
        return f"{path}?purpose=contract" if operation.id == "read_borrower_personal_data" else path

    async def body(self, operation: Operation) -> Body:
        if operation.id == "upload_funds_file":
            return _upload()
        if operation.id == "import_loans":
            return await _import(self)
        made_body = await _BODIES[operation.body_schema() or ""](self)
        if operation.id == "add_member_to_borrower_group":
            made_body.pop("borrower_group_id", None)
        moves_money = "idempotency_key_missing" in operation.problem_codes(400)
        return Body(json=made_body, headers=keyed() if moves_money and "id" not in made_body else {})

    async def version(self, path: str) -> str:
        answer = await self.funds.as_(area="VN").get(path.partition("?")[0].removesuffix("/erasure"))
        return f'"{ok(answer)["version"]}"'


def _upload() -> Body:
    part = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="qd-%d.pdf"\r\n\r\n' % next(NUMBERS)
    return Body(
        content=part + _PDF + b"\r\n--edge--\r\n", headers={"Content-Type": "multipart/form-data; boundary=edge"}
    )


async def _import(service: FundsFixture) -> Body:
    fund = await service.make.fund()
    cells = {
        "fund": fund.id,
        "contract_number": f"{next(NUMBERS)}/2021/HDTD",
        "signed_on": "2021-06-01",
        "borrower_kind": "cooperative",
        "borrower_name": f"HTX Minh Khai {next(NUMBERS)}",
        "commune_code": "07900",
        "commune_map": "2008",
        "purpose": "Mua máy",
        "total_cost_vnd": 3 * 10**8,
        "own_capital_vnd": 10**8,
        "principal_vnd": 2 * 10**8,
        "annual_rate_percent": "6.60",
        "method": "equal_principal",
        "installments": 12,
        "opening_as_of": "2022-12-31",
        "opening_principal_vnd": 10**8,
    }
    table = "\r\n".join((",".join(cells), ",".join(map(str, cells.values()))))
    part = '--edge\r\nContent-Disposition: form-data; name="file"; filename="kv.csv"\r\n\r\n'
    return Body(
        content=f"{part}{table}\r\n--edge--\r\n".encode(),
        headers={"Content-Type": "multipart/form-data; boundary=edge"},
    )


def _remark() -> str:
    return f"lần {next(NUMBERS)}"


Builder = Callable[[FundsFixture], Awaitable[dict[str, Any]]]


def _plain(make: Callable[[], dict[str, Any]]) -> Builder:
    async def build(service: FundsFixture) -> dict[str, Any]:
        return make()

    return build


async def _movement(service: FundsFixture) -> dict[str, Any]:
    return a_movement(await service.make.fund())


async def _member(service: FundsFixture) -> dict[str, Any]:
    group, borrower = await service.make.related(), await service.make.borrower()
    return {"borrower_group_id": group.id, "borrower_id": borrower.id, "valid_from": "2022-01-01"}


async def _collateral(service: FundsFixture) -> dict[str, Any]:
    return {**_COLLATERAL, "borrower_id": (await service.make.borrower()).id}


async def _application(service: FundsFixture) -> dict[str, Any]:
    return an_application(await service.make.fund(), await service.make.borrower())


_DECIDED = {"decision_number": "3/QĐ", "decided_on": "2023-06-21"}
_ACTION = {"kind": "reminder", "done_on": "2023-05-05"}


def a_rescheduling(**fields: Any) -> dict[str, Any]:
    return {
        "kind": "extension",
        "effective_on": "2023-06-20",
        "request_reason": _remark(),
        "terms": terms(installments=18),
        **fields,
    }


def a_reduction() -> dict[str, Any]:
    return {"kind": "waived", "effective_on": "2023-04-10", "interest_vnd": 1000 + next(NUMBERS), **_DECIDED}


async def _write_off(service: FundsFixture) -> dict[str, Any]:
    return await service.make.a_write_off(note=_remark())


def _balance() -> dict[str, Any]:
    return {"as_of": "2023-06-30", "outstanding_vnd": 10**8, "note": _remark()}


async def _closure(service: FundsFixture) -> dict[str, Any]:
    return {"fund_id": (await service.make.fund()).id, "closed_until": "2022-12-31"}


async def _classification(service: FundsFixture) -> dict[str, Any]:
    return {"fund_id": (await service.make.loan()).fund_id, "as_of": "2023-06-30", "note": _remark()}


async def _contract(service: FundsFixture) -> dict[str, Any]:
    return a_contract(await service.make.approved(await service.make.fund()))


_RECALL = {"effective_on": "2023-03-20", "due_on": "2023-04-20", **_DECIDED}


async def _repayments(service: FundsFixture) -> dict[str, Any]:
    return {"mode": "atomic", "items": [{"loan_id": (await service.make.loan()).id, **a_repayment(note=_remark())}]}


_BODIES: dict[str, Builder] = {
    "FundCreate": _plain(a_fund),
    "FundChange": _plain(lambda: {"legal_basis": _remark()}),
    "CapitalMovementCreate": _movement,
    "CapitalReversal": _plain(lambda: {"reason": _remark()}),
    "LoanProductCreate": _plain(a_product),
    "LoanProductChange": _plain(lambda: {"security_note": _remark()}),
    "LendingRuleCreate": _plain(lambda: a_rule(note=_remark())),
    "LendingRuleChange": _plain(lambda: {"note": _remark()}),
    "BorrowerCreate": _plain(a_borrower),
    "BorrowerChange": _plain(lambda: {"address": _remark()}),
    "Erasure": _plain(lambda: {"ground": "own_request", "document_number": _remark()}),
    "BorrowerGroupCreate": _plain(lambda: {"name": _remark()}),
    "BorrowerGroupChange": _plain(lambda: {"note": _remark()}),
    "BorrowerGroupMemberCreate": _member,
    "BorrowerGroupMemberChange": _plain(lambda: {"relation": _remark()}),
    "CollateralCreate": _collateral,
    "CollateralChange": _plain(lambda: {"description": _remark()}),
    "LoanApplicationCreate": _application,
    "LoanApplicationChange": _plain(lambda: {"application_number": _remark()}),
    "LoanAppraisalCreate": _plain(lambda: an_appraisal(findings=_remark())),
    "LoanApprovalCreate": _plain(lambda: an_approval(note=_remark())),
    "ConfirmationCreate": _plain(lambda: {"decision": "reject", "reason": _remark()}),
    "WithdrawalCreate": _plain(lambda: {"reason": _remark()}),
    "LoanRejectionCreate": _plain(lambda: {"reason": _remark(), "decided_on": "2023-02-20"}),
    "LoanWithdrawalCreate": _plain(lambda: {"reason": _remark(), "withdrawn_on": "2023-02-20"}),
    "LoanCreate": _contract,
    "LoanChange": _plain(lambda: {"result": _remark()}),
    "DrawingClosure": _plain(lambda: {"closed_on": "2023-03-05", "reason": _remark()}),
    "LoanCancellation": _plain(lambda: {"cancelled_on": "2023-03-05", "reason": _remark()}),
    "SettlementCreate": _plain(lambda: {"settled_on": "2023-04-02", "note": _remark()}),
    "DisbursementCreate": _plain(lambda: a_tranche(MILLION, note=_remark())),
    "RepaymentBatch": _repayments,
    "RepaymentCreate": _plain(lambda: a_repayment(note=_remark())),
    "Reversal": _plain(lambda: {"reason": _remark()}),
    "ReschedulingCreate": _plain(a_rescheduling),
    "ReschedulingApproval": _plain(lambda: {**_DECIDED, "decision_number": _remark()}),
    "ReschedulingRejection": _plain(lambda: {"reason": _remark(), "decided_on": "2023-06-21"}),
    "EarlyRecallCreate": _plain(lambda: {**_RECALL, "reason": _remark()}),
    "InterestReductionCreate": _plain(a_reduction),
    "WriteOffCreate": _write_off,
    "UseCheckCreate": _plain(lambda: {"due_on": "2023-05-01", "note": _remark()}),
    "UseCheckChange": _plain(lambda: {"note": _remark()}),
    "CollectionActionCreate": _plain(lambda: {**_ACTION, "note": _remark()}),
    "CollectionActionChange": _plain(lambda: {"note": _remark()}),
    "BalanceStatementCreate": _plain(_balance),
    "LedgerClosureCreate": _closure,
    "DebtClassificationCreate": _classification,
    "FundsCoverageCreate": _plain(lambda: a_coverage(source=_remark())),
    "FundsCoverageChange": _plain(lambda: {"source": _remark()}),
    "FundsCoverageBatch": _plain(lambda: {"mode": "each", "items": [a_coverage(source=_remark())]}),
    "LoanQuote": _plain(lambda: a_quote(principal_vnd=10**8 + next(NUMBERS))),
    "FundsExportCreate": _plain(lambda: {"type": ["fund", "borrower", "collateral"][next(NUMBERS) % 3]}),
}
