"""The recorded examples, sent again: to services with the demo in them, with the ids that it has today.

What is sent is recorded anew (tests/contract/examples), and is to be the same request, byte for byte but for what comes
by chance; its answers are to have the same status and the same shape.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.gateway.portal.examples import Examples
from vca.openapi import EXAMPLES, ROOT

_RECORDED = Examples(EXAMPLES)


def differences(example: Any, answer: Any, at: str = "") -> Iterator[str]:
    """Yield where an answer has another shape than the example: another type, a field more or less."""
    if type(example) is not type(answer):
        yield f"{at}: {type(example).__name__} {type(answer).__name__}"
    elif isinstance(example, dict):
        for name in example.keys() ^ answer.keys():
            yield f"{at}/{name}: {'recorded' if name in example else 'answered'} only"
        for name in example.keys() & answer.keys():
            yield from differences(example[name], answer[name], f"{at}/{name}")
    elif isinstance(example, list):
        for number, (one, other) in enumerate(zip(example, answer, strict=False)):
            yield from differences(one, other, f"{at}/{number}")


@pytest.mark.parametrize(
    ("answer", "where"),
    [
        ({"items": [{"id": "a", "count": 1}]}, set()),
        ({"items": []}, set()),
        ({"items": [{"id": "a", "count": None}]}, {"/items/0/count: int NoneType"}),
        ({"items": [{"id": "a"}]}, {"/items/0/count: recorded only"}),
        ({"items": [{"id": "a", "count": 1}], "next": None}, {"/next: answered only"}),
    ],
)
def test_another_shape_is_told_from_another_value(answer: Any, where: set[str]) -> None:
    assert set(differences({"items": [{"id": "b", "count": 2}]}, answer)) == where


@pytest.mark.thorough
def test_each_request_is_answered_in_the_shape_of_its_example(tmp_path: Path) -> None:
    # In a process of its own: made-up names go on counting where other tests ran before.
    subprocess.run([sys.executable, "-m", "tests.contract.examples", str(tmp_path)], cwd=ROOT, check=True)
    now = Examples(tmp_path)
    different: dict[str, list[str]] = {}
    for operation_id in (path.stem for path in tmp_path.glob("*.json")):
        example, sent = _RECORDED.of(operation_id), now.of(operation_id)
        told = [] if sent["request"] == example.get("request") else ["another request"]
        told += differences(example.get("responses"), sent["responses"])
        if told:
            different[operation_id] = told
    assert {path.name for path in tmp_path.glob("*.json")} == {path.name for path in EXAMPLES.glob("*.json")}
    assert different == {}, "run `make examples`"
