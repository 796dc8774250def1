"""Loan products: what a fund lends, to whom and on which terms, for as long as each holds."""

from __future__ import annotations

from kernel.records.crud import record_router
from services.funds.capital.products.records import LOAN_PRODUCTS

# GET, POST        /v1/funds/loan-products
# GET, PATCH       /v1/funds/loan-products/{loan_product_id}
# GET              /v1/funds/loan-products/{loan_product_id}/history
router = record_router(LOAN_PRODUCTS)
