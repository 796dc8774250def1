"""What a cooperative's own user sees of the fund: its own papers and limits, and nothing of who else borrows."""

from __future__ import annotations

import pytest

from kernel.values.ids import new_id
from tests.funds.builders import APPLICATIONS, PATH, Make, Record, an_application, an_appraisal
from tests.support.answers import assert_problem, faults, ok
from tests.support.client import ApiClient

FILES = f"{PATH}/files"
QUOTE = f"{PATH}/loan-quotes"


def own_user(funds: ApiClient, of: Record, sub: str = "htx") -> ApiClient:
    return funds.as_(scope="own.read own.write", sub=sub, organization_id=of.organization_id)


async def upload(client: ApiClient, text: str = "một tệp") -> str:
    content = f"%PDF-1.4\n% {text} {new_id()}\n%%EOF\n".encode()
    return str(ok(await client.post(FILES, files={"file": ("dieu-le.pdf", content, "application/pdf")}), 201)["id"])


async def read(client: ApiClient, file_id: str) -> int:
    return (await client.get(f"{FILES}/{file_id}")).status_code


@pytest.fixture
async def fund(make: Make) -> Record:
    return await make.fund()


async def test_an_attachment_is_read_through_a_record_that_one_may_read(
    funds: ApiClient, make: Make, fund: Record
) -> None:
    mine, other = await make.borrower(), await make.borrower()
    own, colleague, stranger = own_user(funds, mine), own_user(funds, mine, "htx-2"), own_user(funds, other, "khac")
    file_id, papers = await upload(own), await upload(funds)
    assert [await read(each, file_id) for each in (own, colleague, stranger, funds)] == [200, 404, 404, 200]
    documents = [{"kind": "charter", "file_id": file_id}]
    application = ok(await own.post(APPLICATIONS, json=an_application(fund, mine, documents=documents)), 201)
    assert [await read(each, file_id) for each in (own, colleague, stranger)] == [200, 200, 404]
    assert await read(own, papers) == 404
    appraisal = {**an_appraisal(application["requested_amount_vnd"]), "file_ids": [papers]}
    ok(await funds.post(f"{APPLICATIONS}/{application['id']}/appraisal", json=appraisal), 201)
    assert [await read(each, papers) for each in (own, stranger)] == [200, 404]


async def test_naming_anothers_file_opens_nothing(funds: ApiClient, make: Make, fund: Record) -> None:
    mine, other = await make.borrower(), await make.borrower()
    own = own_user(funds, mine)
    for file_id in (await upload(own_user(funds, other, "khac")), await upload(funds), new_id()):
        body = an_application(fund, mine, documents=[{"kind": "charter", "file_id": file_id}])
        assert faults(await own.post(APPLICATIONS, json=body)) == {("/documents/0/file_id", "unknown_file")}
        assert await read(own, file_id) == 404


async def test_an_approval_shows_the_borrower_nothing_of_its_relations(
    funds: ApiClient, make: Make, fund: Record
) -> None:
    mine, relative = await make.borrower(), await make.borrower()
    await make.related(mine, relative)
    await make.approved(fund, relative)
    application = await make.approved(fund, mine)
    path = f"{APPLICATIONS}/{application.id}"
    officers = ok(await funds.get(path))["approval"]["limits"]
    assert any(each["check"] == "related_borrowers_limit" and each["used_vnd"] > 0 for each in officers)
    own = own_user(funds, mine)
    shown = [ok(await own.get(path)), *ok(await own.get(APPLICATIONS))["items"]]
    shown += [entry["content"] for entry in ok(await own.get(f"{path}/history"))["items"]]
    limits = [each["check"] for one in shown if one["approval"] for each in one["approval"]["limits"]]
    assert len(shown) >= 4
    assert "single_borrower_limit" in limits
    assert "related_borrowers_limit" not in limits
    withdrawn = ok(await own.post(f"{path}/withdrawal", json={"withdrawn_on": "2023-04-05"}), 201)
    assert "related_borrowers_limit" not in str(withdrawn)


async def test_the_fund_gives_the_numbers_of_applications(funds: ApiClient, make: Make, fund: Record) -> None:
    mine = await make.borrower()
    await make.application(fund, application_number="HS-2023-001")
    answers = [
        faults(
            await own_user(funds, mine).post(APPLICATIONS, json=an_application(fund, mine, application_number=number))
        )
        for number in ("HS-2023-001", "HS-2023-999")
    ]
    assert answers == [{("/application_number", "officers_only")}] * 2


async def test_a_stored_answer_is_for_the_organization_that_it_was_given_to(
    funds: ApiClient, make: Make, fund: Record
) -> None:
    """A person who works for another cooperative since, with the same account, is not told what the first one did."""
    mine, other = await make.borrower(), await make.borrower()
    body, key = an_application(fund, mine), {"Idempotency-Key": "nop-ho-so-1"}
    first = own_user(funds, mine)
    application = ok(await first.post(APPLICATIONS, json=body, headers=key), 201)
    assert ok(await first.post(APPLICATIONS, json=body, headers=key), 201)["id"] == application["id"]
    since = own_user(funds, other)
    assert_problem(await since.post(APPLICATIONS, json=body, headers=key), 422, "idempotency_key_reused")
