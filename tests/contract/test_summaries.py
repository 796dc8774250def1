"""Summaries of operations, as menus and generated documentation show them: a verb, then what it acts on."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from kernel.values.wording import title_of
from tests.support.contract import contract_of
from vca import openapi
from vca.translations import said

# A new verb is welcome where none of these says it; two words for one thing are not.
VERBS = {
    "Add",
    "Announce",
    "Answer",
    "Appraise",
    "Approve",
    "Cancel",
    "Check",
    "Close",
    "Compare",
    "Complete",
    "Confirm",
    "Copy",
    "Count",
    "Create",
    "Delete",
    "Disburse",
    "Download",
    "Erase",
    "Find",
    "Follow",
    "Import",
    "Issue",
    "List",
    "Look",
    "Merge",
    "Open",
    "Print",
    "Propose",
    "Quote",
    "Read",
    "Recall",
    "Record",
    "Register",
    "Reject",
    "Report",
    "Reset",
    "Return",
    "Reverse",
    "Revise",
    "Revoke",
    "Save",
    "Settle",
    "Show",
    "Sign",
    "Start",
    "Submit",
    "Update",
    "Upload",
    "Verify",
    "Waive",
    "Withdraw",
    "Write",
}
PHRASES = ("Change history of a", "Change own password")
MISTAKES = re.compile(r"sss\b|\ba [aeio]|\ban [^aeiou]|\b(\w+) \1\b")


@pytest.mark.parametrize("service", openapi.SERVICES)
def test_summaries_are_a_verb_and_a_noun_and_unique_in_their_service(service: str) -> None:
    summaries = [each.document["summary"] for each in contract_of(service).operations]
    strange = [each for each in summaries if each.split()[0] not in VERBS and not each.startswith(PHRASES)]
    assert strange == []
    assert [each for each in summaries if MISTAKES.search(each)] == []
    assert [each for each, times in Counter(summaries).items() if times > 1] == []


def test_the_mistakes_that_generated_summaries_made_are_seen() -> None:
    for each in ("List classs", "Read an certificate", "Create a organization", "Check persons in in a batch"):
        assert MISTAKES.search(each), each


@pytest.mark.parametrize("service", openapi.SERVICES)
def test_names_that_are_made_into_words_are_written_as_people_write_them(service: str) -> None:
    made = {node[key] for node, key in said(contract_of(service).document) if node[key].startswith(("Id of", "One of"))}
    assert sorted(text for text in made if re.search(r"\b(write off|check in|admin|vsic)\b", text)) == []
    assert title_of("write_off_grounds") == "write-off grounds"


@pytest.mark.parametrize(
    ("path", "decided_on"),
    [
        ("/v1/funds/reschedulings/{rescheduling_id}", "an early recall"),
        ("/v1/funds/funds/{fund_id}", "a pending change of a fund"),
        ("/v1/funds/write-offs/{write_off_id}", "a write-off"),
    ],
)
def test_a_confirmation_says_what_is_decided_on(path: str, decided_on: str) -> None:
    paths = contract_of("funds").document["paths"]
    assert paths[f"{path}/confirmation"]["post"]["summary"] == f"Confirm or reject {decided_on}"
    assert paths[f"{path}/withdrawal"]["post"]["summary"] == f"Withdraw {decided_on}"
