"""Summaries of operations, as menus and generated documentation show them: a verb, then what it acts on."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from tests.support.contract import contract_of
from vca import openapi

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
    "Reverse",
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
