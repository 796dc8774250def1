"""Filing an application and correcting it: for which fund, borrower, product and project."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from kernel.database.connections import Transaction
from kernel.database.statements import statement
from kernel.feed.organizations import meet, organization
from kernel.problems import FieldError, Invalid
from kernel.records.crud import create, referenced_record
from kernel.storage.files import check_files
from kernel.web.calls import Call
from services.funds import problems
from services.funds.capital.funds.records import FUND
from services.funds.capital.products.records import LOAN_PRODUCT
from services.funds.lending.applications.project import project_columns
from services.funds.lending.applications.schemas import LoanApplicationCreate
from services.funds.lending.applications.states import require
from services.funds.lending.borrowers.records import BORROWER, BORROWERS, named_borrower
from services.funds.lending.borrowers.schemas import BorrowerCreate
from services.funds.rows import BorrowerRow, FundRow, LoanApplicationRow, LoanProductRow

_FREE_UNDER_APPRAISAL = ("documents", "application_number")
"""What may still change under appraisal: papers come in until the decision."""


async def columns(
    tx: Transaction, call: Call, body: LoanApplicationCreate, row: LoanApplicationRow | None
) -> dict[str, Any]:
    """Return the columns of a new application, or of what `row` becomes. Raises what refuses."""
    if row is not None:
        require(row, "change")
    fund = await referenced_record(tx, call, FUND, body.fund_id, "/fund_id")
    borrower = await _party(tx, call, body, fund)
    check_parties(fund, borrower)
    if body.loan_product_id is not None:
        product = await referenced_record(tx, call, LOAN_PRODUCT, body.loan_product_id, "/loan_product_id")
        _check_product(product, fund, borrower, body)
    if call.caller.confined_to is not None and body.application_number is not None:
        # Numbers are one series over all who borrow: one that is in use would tell of another's application.
        words = ("Số hồ sơ do Quỹ cấp; hãy để trống.", "The fund gives the number; leave it out.")
        raise Invalid(FieldError("officers_only", words, pointer="/application_number"))
    await _check_documents(tx, call, body)
    values = {
        **body.model_dump(exclude={"id", "reason", "project", "documents"}),
        **project_columns(body.project, borrower),
        "documents": [item.model_dump() for item in body.documents],
        "borrower_id": borrower["id"],
        "borrower_name": borrower["name"],
        "organization_id": borrower["organization_id"],
        "alliance": fund["alliance"],
    }
    if row is None:
        return {**values, **_FILED, "entered_by_name": call.caller.name}
    before: Mapping[str, Any] = row
    changed = [name for name, value in values.items() if name not in _FREE_UNDER_APPRAISAL and value != before[name]]
    if changed and row["state"] != "submitted":
        raise problems.StateForbids(
            state=row["state"], action="change", allowed_in=["submitted"], fields=sorted(changed)
        )
    return values


UNDECIDED: dict[str, Any] = {
    "approval": None,
    "approved_on": None,
    "approved_amount_vnd": None,
    "approved_term_months": None,
    "approved_annual_rate_percent": None,
}
"""What stands in the columns of the decision while there is none."""
_FILED: dict[str, Any] = {
    "state": "submitted",
    "appraisal": None,
    "rejection": None,
    "withdrawal": None,
    "commitment_ended_on": None,
    **UNDECIDED,
}


async def _check_documents(tx: Transaction, call: Call, body: LoanApplicationCreate) -> None:
    """Raise Invalid for files that are not there, each error pointing at its document."""
    with_file = [(at, item.file_id) for at, item in enumerate(body.documents) if item.file_id is not None]
    errors = []
    for error in await check_files(tx, call.caller, [file_id for _, file_id in with_file]):
        # The kernel counts the files; a document without one is not among them.
        at, _ = with_file[int(str(error.pointer).rpartition("/")[2])]
        errors.append(FieldError(error.code, error.detail, pointer=f"/documents/{at}/file_id"))
    if errors:
        raise Invalid(*errors)


async def meet_own(call: Call, body: Any) -> None:
    """Have the facts of the organization that its own user files for, before the transaction."""
    if call.caller.confined_to is not None and getattr(body, "borrower_id", "") is None:
        await meet(call, [call.caller.confined_to])


# The borrower that an organization is, by uq_borrower_organization.
_OWN_BORROWER = statement(BorrowerRow, f"{BORROWER.select} WHERE alliance = $1 AND organization_id = $2::uuid")


async def _party(tx: Transaction, call: Call, body: LoanApplicationCreate, fund: FundRow) -> BorrowerRow:
    """Return the borrower that the body names, or that the caller's own organization is, entering it if it is new."""
    if body.borrower_id is not None:
        return await named_borrower(tx, call, body.borrower_id)
    own = call.caller.confined_to
    if own is None or (registered := await organization(tx, call, own, "/borrower_id")) is None:
        words = ("Hãy điền giá trị này; đây là mục bắt buộc.", "Fill this in; it is required.")
        raise Invalid(FieldError("required", words, pointer="/borrower_id"))
    existing = await tx.fetchrow(_OWN_BORROWER, fund["alliance"], own)
    if existing is not None:
        return existing
    try:
        borrower, _ = await create(tx, call, BORROWERS, BorrowerCreate(kind=registered.type, organization_id=own))
    except problems.BorrowerExists:
        # Its user filed another application at the same moment, which entered it.
        existing = await tx.fetchrow(_OWN_BORROWER, registered.alliance, own)
        assert existing is not None, "the constraint has seen it"
        return existing
    return borrower


def check_parties(fund: FundRow, borrower: BorrowerRow) -> None:
    """Raise FundNotOperating, OutsideFundArea or BorrowerInactive where this fund does not lend to this borrower."""
    if fund["state"] != "operating":
        raise problems.FundNotOperating(state=fund["state"])
    if borrower["alliance"] != fund["alliance"]:
        raise problems.OutsideFundArea(fund_alliance=fund["alliance"], borrower_alliance=borrower["alliance"])
    if not borrower["is_active"]:
        raise problems.BorrowerInactive(borrower_id=borrower["id"])


def _check_product(product: LoanProductRow, fund: FundRow, borrower: BorrowerRow, body: LoanApplicationCreate) -> None:
    on, until = body.submitted_on, product["valid_until"]
    if (
        product["alliance"] != fund["alliance"]
        or product["fund_id"] not in (None, fund["id"])
        or product["type"] != "loan"
        or on < product["valid_from"]
        or (until is not None and on > until)
    ):
        raise problems.ProductNotOffered(
            product_type=product["type"],
            valid_from=product["valid_from"].isoformat(),
            valid_until=None if until is None else until.isoformat(),
            submitted_on=on.isoformat(),
        )
    if borrower["kind"] not in orjson.loads(product["borrower_kinds"]):
        raise problems.BorrowerKindNotServed(kind=borrower["kind"])
    shortest, longest = product["term_min_months"] or 1, product["term_max_months"] or 600
    check_term(body.requested_term_months, shortest, longest)


def check_term(months: int, shortest: int, longest: int) -> None:
    """Raise TermOutsideProduct for a term that the product does not offer."""
    if not shortest <= months <= longest:
        raise problems.TermOutsideProduct(term_min_months=shortest, term_max_months=longest, asked_months=months)
