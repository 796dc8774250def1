"""Funds, loans and what else people call by a name, beside their ids in answers (docs/adr/0012)."""

from __future__ import annotations

from pydantic import Field

from kernel.records.embedding import Embed, subject_name
from kernel.records.organization_names import organization_name
from kernel.web.schemas import Output


class FundName(Output):
    """A fund as people name it."""

    id: str = Field(json_schema_extra={"format": "uuid"})
    name: str


class LoanName(Output):
    """A loan as people name it: by its contract, and by who borrowed."""

    id: str = Field(json_schema_extra={"format": "uuid"})
    contract_number: str
    borrower_name: str


class LoanProductName(Output):
    """A loan product as people name it."""

    id: str = Field(json_schema_extra={"format": "uuid"})
    name: str


class BorrowerName(Output):
    """A borrower as people name it."""

    id: str = Field(json_schema_extra={"format": "uuid"})
    name: str


FUND_NAME = Embed(field="fund", by="fund_id", table="fund", shown=("id", "name"))
LOAN_NAME = Embed(field="loan", by="loan_id", table="loan", shown=("id", "contract_number", "borrower_name"))
LOAN_PRODUCT_NAME = Embed(field="loan_product", by="loan_product_id", table="loan_product", shown=("id", "name"))
BORROWER_NAME = Embed(field="borrower", by="borrower_id", table="borrower", shown=("id", "name"))
ORGANIZATION_NAME = organization_name("followed_organization")
BENEFICIARY_NAME = organization_name(
    "followed_organization", field="beneficiary_organization", by="beneficiary_organization_id"
)
OFFICER_NAME = subject_name("officer_id")
REVERSED_BY_NAME = subject_name("reversed_by")
DECIDED_BY_NAME = subject_name("decided_by")
RECORDED_BY_NAME = subject_name("recorded_by")
OF_LOAN_NAMES = (FUND_NAME, LOAN_NAME)
"""Of everything that happened to a loan."""
