"""The recorded examples, sent again: to services with the demo in them, with the ids that it has today.

What is sent is recorded anew (tests/contract/examples), and is to be the same request, byte for byte but for what comes
by chance; its answers are to have the same status and the same shape.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.gateway.portal.examples import Examples
from tests.contract.examples.deployment import deployment
from tests.contract.examples.recording import recorded
from tests.support.databases import Databases
from vca.openapi import EXAMPLES

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


_ENDED_OR_NOT = frozenset(f"cancel_{service}_job" for service in ("registry", "funds", "training"))


@pytest.mark.thorough
async def test_each_request_is_answered_in_the_shape_of_its_example(databases: Databases, tmp_path: Path) -> None:
    sent: set[str] = set()
    different: dict[str, list[str]] = {}
    async with deployment(databases, tmp_path) as running:
        async for operation_id, now in recorded(running):
            sent.add(operation_id)
            example = _RECORDED.of(operation_id)
            # Made-up names and numbers go on counting where other tests ran before.
            told = [*differences(example.get("request"), now["request"])]
            told += differences(example.get("responses"), now["responses"])
            if operation_id in _ENDED_OR_NOT and set(example["responses"]) == set(now["responses"]):
                # Its worker may have been quicker than who cancels: then the result is there.
                told = [each for each in told if "/result" not in each and "_at: " not in each]
            if told:
                different[operation_id] = told
    assert sent == {path.stem for path in EXAMPLES.glob("*.json")}
    assert different == {}, "run `make examples`"
