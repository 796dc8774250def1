"""A client of one service in process: it carries a token and checks each answer against the contract."""

from __future__ import annotations

from typing import Any, Self

import httpx
from fastapi import FastAPI

from tests.support.contract import Contract
from tests.support.tokens import PUBLIC_URL, token


class ApiClient(httpx.AsyncClient):
    """Calls a service as one caller; `as_` gives the same service as another."""

    def __init__(self, app: FastAPI, contract: Contract, **caller: Any) -> None:
        self.app, self.contract, self.caller = app, contract, caller
        headers = {"Authorization": f"Bearer {token(**caller)}"} if caller else {}
        super().__init__(
            transport=httpx.ASGITransport(app),
            base_url=PUBLIC_URL,
            headers=headers,
            event_hooks={"response": [contract.check]},
        )

    def as_(self, **claims: Any) -> Self:
        """Return a client of the same service whose token differs in these claims (scope, area, sub …)."""
        return type(self)(self.app, self.contract, **{**self.caller, **claims})

    def anonymous(self) -> ApiClient:
        """Return a client that sends no token."""
        return ApiClient(self.app, self.contract)
