"""Tests tell each other nothing by what they share: their order, and the day that one has travelled to, change no other."""

from __future__ import annotations

import base64
import importlib.util
import json
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.tokens import token


def _examples() -> list[int]:
    seen: list[int] = []

    @settings(max_examples=300)
    @given(st.integers())
    def looked_at(value: int) -> None:
        seen.append(value)

    looked_at()
    return seen


def test_a_module_that_another_test_has_loaded_changes_no_example(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _examples()
    file = tmp_path / "loaded_before.py"
    file.write_text("".join(f"_{number} = {10**6 + number}\n" for number in range(400)))
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    monkeypatch.setitem(sys.modules, file.stem, importlib.util.module_from_spec(spec))
    assert _examples() == before


def test_a_token_of_a_day_that_another_test_travelled_to_is_not_todays() -> None:
    claims: dict[str, Any] = {"scope": "registry.read", "area": "VN", "sub": "traveller"}
    with time_machine.travel("2023-05-05T05:00:00Z"):
        then = _ends(token(**claims))
    assert then < time.time() < _ends(token(**claims))


def _ends(token_: str) -> float:
    payload = token_.split(".")[1]
    return float(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["exp"])
