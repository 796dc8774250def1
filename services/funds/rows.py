"""The rows of the service's tables. Written by `vca rows` from the models; a test compares the two."""

from __future__ import annotations

from datetime import date, datetime
from typing import TypedDict


class BalanceStatementRow(TypedDict):
    """A row of balance_statement."""

    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    fund_id: str
    loan_id: str
    as_of: date
    outstanding_vnd: int
    overdue_principal_vnd: int
    overdue_since: date | None
    interest_collected_vnd: int | None
    document_number: str | None
    note: str | None
    file_ids: str


class BorrowerRow(TypedDict):
    """A row of borrower."""

    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    kind: str
    name: str
    name_folded: str
    organization_id: str | None
    organization_code: str | None
    beneficiary_organization_id: str | None
    beneficiary_organization_name: str | None
    beneficiary_kind: str | None
    address: str | None
    commune_code: str | None
    commune_map: str | None
    province_2008: str | None
    province_2025: str | None
    phone_last4: str | None
    phone_sealed: bytes | None
    id_number_last4: str | None
    id_number_sealed: bytes | None
    id_number_mark: str | None
    ended_as: str | None
    ended_on: date | None
    is_active: bool
    erased_on: date | None


class BorrowerGroupRow(TypedDict):
    """A row of borrower_group."""

    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    name: str
    name_folded: str
    kind: str
    note: str | None


class BorrowerGroupMemberRow(TypedDict):
    """A row of borrower_group_member."""

    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    borrower_group_id: str
    borrower_id: str
    relation: str | None
    valid_from: date
    valid_until: date | None


class CapitalMovementRow(TypedDict):
    """A row of capital_movement."""

    confirmation_state: str | None
    confirmation: str | None
    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    fund_id: str
    kind: str
    stage: str
    direction: str
    amount_vnd: int
    moved_on: date
    decision_number: str | None
    decided_on: date | None
    budget_year: int | None
    counterparty: str | None
    note: str | None
    reverses_id: str | None
    reversed_by_id: str | None


class CollateralRow(TypedDict):
    """A row of collateral."""

    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    loan_application_id: str | None
    loan_id: str | None
    borrower_id: str
    kind: str
    description: str
    owner_name: str
    certificate_number: str | None
    value_vnd: int
    deductible_value_vnd: int
    valued_on: date | None
    registration_number: str | None
    registered_on: date | None
    released_on: date | None
    file_ids: str


class CollectionActionRow(TypedDict):
    """A row of collection_action."""

    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    fund_id: str
    loan_id: str
    kind: str
    done_on: date
    document_number: str | None
    promise: str | None
    promised_on: date | None
    amount_vnd: int | None
    note: str | None
    file_ids: str


class CoverageRow(TypedDict):
    """A row of coverage."""

    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    province: str
    provinces_2008: list[str]
    record_types: list[str]
    covered_from: date
    covered_to: date | None
    source: str | None


class DebtClassificationRow(TypedDict):
    """A row of debt_classification."""

    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    fund_id: str
    as_of: date
    minutes_number: str | None
    note: str | None
    groups: str
    outstanding_vnd: int
    npl_outstanding_vnd: int
    provision_vnd: int


class DebtClassificationLoanRow(TypedDict):
    """A row of debt_classification_loan."""

    debt_classification_id: str
    loan_id: str
    debt_group: int
    days_overdue: int
    reschedule_count: int
    interest_reduced: bool
    outstanding_vnd: int
    deductible_vnd: int
    provision_vnd: int
    borrower_debt_group: int | None


class DisbursementRow(TypedDict):
    """A row of disbursement."""

    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    fund_id: str
    loan_id: str
    amount_vnd: int
    disbursed_on: date
    payment_channel: str
    voucher_number: str | None
    bad_debt_check: str | None
    note: str | None
    province_2008: str
    province_2025: str
    reversed_at: datetime | None
    reversed_by: str | None
    reversal_reason: str | None


class FundRow(TypedDict):
    """A row of fund."""

    confirmation_state: str | None
    confirmation: str | None
    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    name: str
    name_folded: str
    operating_model: str
    legal_form: str
    legal_basis: str | None
    alliance_label: str | None
    province: str
    licence_number: str | None
    licensed_on: date | None
    established_on: date | None
    valid_from: date
    valid_until: date | None
    charter_capital_vnd: int | None
    opening_until: date | None
    pending_opening_until: date | None
    state: str


class InterestReductionRow(TypedDict):
    """A row of interest_reduction."""

    confirmation_state: str | None
    confirmation: str | None
    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    fund_id: str
    loan_id: str
    kind: str
    effective_on: date
    interest_vnd: int
    overdue_interest_vnd: int
    for_inability: bool
    decision_number: str
    decided_on: date
    note: str | None
    reversed_at: datetime | None
    reversed_by: str | None
    reversal_reason: str | None


class LedgerClosureRow(TypedDict):
    """A row of ledger_closure."""

    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    fund_id: str
    closed_until: date
    note: str | None


class LedgerEntryRow(TypedDict):
    """A row of ledger_entry."""

    transaction_id: str
    line: int
    number: int
    fund_id: str
    account: str
    booked_on: date
    debit_vnd: int
    credit_vnd: int


class LedgerTransactionRow(TypedDict):
    """A row of ledger_transaction."""

    id: str
    alliance: str
    fund_id: str
    booked_on: date
    kind: str
    loan_id: str | None
    source_id: str | None
    corrects_id: str | None
    memo: str | None
    recorded_at: datetime
    recorded_by: str


class LendingRuleRow(TypedDict):
    """A row of lending_rule."""

    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    rule: str
    fund_id: str | None
    value_percent: str | None
    value_days: int | None
    value_months: int | None
    value_installments: int | None
    amount_up_to_vnd: int | None
    authority: str | None
    borrower_kind: str | None
    documents: str | None
    valid_from: date
    valid_until: date | None
    legal_basis: str
    note: str | None


class LoanRow(TypedDict):
    """A row of loan."""

    confirmation_state: str | None
    confirmation: str | None
    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    fund_id: str
    loan_application_id: str | None
    loan_product_id: str | None
    borrower_id: str
    borrower_name: str
    organization_id: str | None
    contract_number: str
    channel: str
    own_risk: bool
    signed_on: date
    principal_vnd: int
    annual_rate_percent: str
    overdue_rate_percent_of_rate: str
    overdue_interest_rate_percent: str
    repayment_order: str
    terms: str
    dues: str
    starts_on: date | None
    last_due_on: date | None
    purpose: str
    report_sector: str | None
    total_cost_vnd: int | None
    own_capital_vnd: int | None
    cofinancing_vnd: int | None
    jobs: int | None
    expected_results: str | None
    result: str | None
    commune_code: str
    commune_map: str
    province_2008: str
    province_2025: str
    opening: str | None
    in_force: str | None
    state: str
    drawing_closed_on: date | None
    disbursed_vnd: int
    outstanding_vnd: int
    interest_paid_vnd: int
    overdue_interest_paid_vnd: int
    held_vnd: int
    written_off_vnd: int
    recovered_vnd: int
    reschedule_count: int
    settlement: str | None
    settled_on: date | None
    import_id: str | None
    officer_id: str | None
    kept_version: int | None
    kept_from: date | None
    unpaid_since: date | None
    deductible_vnd: int | None
    secured_from: date | None


class LoanApplicationRow(TypedDict):
    """A row of loan_application."""

    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    fund_id: str
    loan_product_id: str | None
    borrower_id: str
    borrower_name: str
    organization_id: str | None
    application_number: str | None
    entered_by_name: str | None
    state: str
    submitted_on: date
    requested_amount_vnd: int
    requested_term_months: int
    purpose: str
    report_sector: str | None
    total_cost_vnd: int
    own_capital_vnd: int
    cofinancing_vnd: int
    jobs: int | None
    commune_code: str
    commune_map: str
    province_2008: str
    province_2025: str
    expected_results: str | None
    documents: str
    appraisal: str | None
    approval: str | None
    rejection: str | None
    withdrawal: str | None
    approved_on: date | None
    approved_amount_vnd: int | None
    approved_term_months: int | None
    approved_annual_rate_percent: str | None
    commitment_ended_on: date | None


class LoanInstallmentRow(TypedDict):
    """A row of loan_installment."""

    loan_id: str
    number: int
    opened_on: date
    due_on: date
    principal_vnd: int
    interest_vnd: int
    principal_paid_vnd: int
    interest_paid_vnd: int
    interest_waived_vnd: int
    closed_on: date | None
    replaced: bool


class LoanProductRow(TypedDict):
    """A row of loan_product."""

    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    fund_id: str | None
    code: str
    name: str
    type: str
    borrower_kinds: str
    annual_rate_percent: str | None
    annual_rate_minimum_percent: str | None
    rate_as_quoted: str | None
    rate_quoted_per: str | None
    overdue_rate_percent_of_rate: str | None
    overdue_interest_rate_percent: str | None
    term_min_months: int | None
    term_max_months: int | None
    method: str | None
    interval: str | None
    principal_every: int
    principal_grace: int
    interest_grace: int
    interest_free: int
    day_count: str
    holiday_rule: str
    round_installment_to_vnd: int | None
    repayment_order: str
    security: str
    security_note: str | None
    own_capital_minimum_percent: str | None
    valid_from: date
    valid_until: date | None
    legal_basis: str | None


class LoanToDeriveRow(TypedDict):
    """A row of loan_to_derive."""

    loan_id: str


class RepaymentRow(TypedDict):
    """A row of repayment."""

    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    fund_id: str
    loan_id: str
    amount_vnd: int
    paid_on: date
    payment_channel: str
    voucher_number: str | None
    payer: str | None
    note: str | None
    excess: str
    prepayment: str
    principal_vnd: int
    interest_vnd: int
    overdue_interest_vnd: int
    held_vnd: int
    reversed_at: datetime | None
    reversed_by: str | None
    reversal_reason: str | None


class ReschedulingRow(TypedDict):
    """A row of rescheduling."""

    confirmation_state: str | None
    confirmation: str | None
    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    fund_id: str
    loan_id: str
    kind: str
    effective_on: date
    state: str
    annual_rate_percent: str | None
    terms: str
    dues: str
    request_reason: str
    decision_number: str | None
    decided_on: date | None
    decided_by: str | None
    rejection_reason: str | None
    entered_by_name: str | None
    reversed_at: datetime | None
    reversed_by: str | None
    reversal_reason: str | None


class ReversalRow(TypedDict):
    """A row of reversal."""

    confirmation_state: str | None
    confirmation: str | None
    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    fund_id: str
    loan_id: str
    kind: str
    reverses_id: str
    effective_on: date
    amount_vnd: int | None
    reason: str
    moved: str | None


class UseCheckRow(TypedDict):
    """A row of use_check."""

    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    fund_id: str
    loan_id: str
    due_on: date
    checked_on: date | None
    finding: str | None
    note: str | None
    minutes_number: str | None
    checked_by: str | None
    file_ids: str


class WriteOffRow(TypedDict):
    """A row of write_off."""

    confirmation_state: str | None
    confirmation: str | None
    id: str
    version: int
    created_at: datetime
    updated_at: datetime
    created_by: str
    alliance: str
    fund_id: str
    loan_id: str
    kind: str
    effective_on: date
    amount_vnd: int
    interest_vnd: int | None
    overdue_interest_vnd: int | None
    ground: str | None
    file_ids: str
    reversed_at: datetime | None
    reversed_by: str | None
    reversal_reason: str | None
    decision_number: str
    decided_on: date
    note: str | None
