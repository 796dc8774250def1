"""What a version of a record came of has a label, so that an officer is never shown a bare code."""

from __future__ import annotations

from typing import get_args

from kernel.values.history_actions import HISTORY_ACTIONS, HistoryAction


def test_every_action_that_a_history_may_tell_has_a_label_in_both_languages() -> None:
    assert set(HISTORY_ACTIONS) == set(get_args(HistoryAction))
    assert all(vi and en for vi, en in HISTORY_ACTIONS.values())
