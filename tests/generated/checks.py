"""Checks of answers to made-up requests that Schemathesis does not have as they are needed here."""

from __future__ import annotations

from typing import Any

import schemathesis
from schemathesis.checks import CheckContext
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import response_schema_conformance


@schemathesis.check
def response_schema_conformance_of_whole_records(
    ctx: CheckContext, response: Response, case: schemathesis.Case[Any]
) -> bool | None:
    """Hold an answer against its schema, but for what `fields` left out: no schema can say that of a parameter.

    The client of the services' own tests checks those (tests/support/contract.py, `in_part`).
    """
    if response.status_code < 300 and "fields" in (case.query or {}):
        return None
    conforms: bool | None = response_schema_conformance(ctx, response, case)
    return conforms
