"""Summaries of operations, as menus and generated documentation show them: a verb, then what it acts on."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from vca import openapi

# A new verb is welcome where none of these says it; two words for one thing are not.
VERBS = set(
    "Add Announce Answer Appraise Approve Cancel Check Close Compare Complete Confirm Count Create Delete Disburse Download "
    "Erase Find Follow Import Issue List Look Open Print Propose Quote Read Recall Record Register Reject Report Reset Reverse "
    "Revoke Save Settle Show Sign Start Submit Update Upload Verify Waive Withdraw Write".split()
)
PHRASES = ("Change history of a", "Change own password")
MISTAKES = re.compile(r"sss\b|\ba [aeio]|\ban [^aeio]|\b(\w+) \1\b")


@pytest.mark.parametrize("service", openapi.SERVICES)
def test_summaries_are_a_verb_and_a_noun_and_unique_in_their_service(service: str) -> None:
    document = (openapi.FOLDER / f"{service}.yaml").read_text(encoding="utf-8")
    summaries = re.findall(r"^      summary: (.+)$", document, flags=re.MULTILINE)
    assert len(summaries) == document.count("\n      operationId: ")
    strange = [each for each in summaries if each.split()[0] not in VERBS and not each.startswith(PHRASES)]
    assert strange == []
    assert [each for each in summaries if MISTAKES.search(each)] == []
    assert [each for each, times in Counter(summaries).items() if times > 1] == []


def test_the_mistakes_that_generated_summaries_made_are_seen() -> None:
    for each in ("List classs", "Read an certificate", "Create a organization", "Check persons in in a batch"):
        assert MISTAKES.search(each), each
