"""The worked example of docs/funds.md, sent to the service and compared number by number."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.funds.builders import PATH
from tests.support.answers import ok
from tests.support.client import ApiClient

DOC = Path(__file__).resolve().parent.parent.parent / "docs" / "funds.md"


async def test_the_worked_example_of_the_documentation_is_what_the_service_answers(funds: ApiClient) -> None:
    text = DOC.read_text(encoding="utf-8")
    request = re.search(r"```json\n(\{\"principal_vnd\".*?\})\n```", text, re.DOTALL)
    table = re.search(r"(\| number \|.*?)\n\n", text, re.DOTALL)
    assert request
    assert table
    body = json.loads(request[1])
    heading, _, *rows = table[1].splitlines()
    names = [cell.strip() for cell in heading.strip("|").split("|")]
    printed = [dict(zip(names, (cell.strip() for cell in row.strip("|").split("|")), strict=True)) for row in rows]
    quote = ok(await funds.post(f"{PATH}/loan-quotes", json=body))
    assert [{name: str(item[name]) for name in names} for item in quote["items"]] == printed
    assert quote["totals"]["principal_vnd"] == body["principal_vnd"]
