"""The contract in Vietnamese: every text has one, and openapi/vi/ holds nothing else."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.support.contract import committed
from vca import openapi
from vca.translations import FOLDER, as_toml, plain, said, texts_of, translate, untranslated

Json = dict[str, Any]
FILES = sorted(FOLDER.glob("*.toml"))
_CODE = re.compile(r"`[^`]+`")


@pytest.mark.parametrize("name", [*openapi.SERVICES, "gateway"])
def test_every_text_of_the_contract_has_its_vietnamese_beside_it(name: str) -> None:
    assert untranslated(committed(name)) == []


def test_every_translation_is_of_a_text_that_the_contract_says_and_each_is_written_once() -> None:
    texts = Counter(en for file in FILES for en, _ in texts_of(file))
    by_service = {service: {plain(node[key]) for node, key in said(committed(service))} for service in openapi.SERVICES}
    assert sorted(texts.keys() - set().union(*by_service.values())) == []
    assert [en for en, times in texts.items() if times > 1] == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_fields_and_codes_stand_alike_in_both_languages(file: Path) -> None:
    texts = texts_of(file)
    assert texts, file
    for en, vi in texts:
        assert sorted(_CODE.findall(en)) == sorted(_CODE.findall(vi)), en


def test_a_text_is_found_however_it_is_wrapped_and_stands_behind_what_it_translates() -> None:
    (en, vi) = next((en, vi) for en, vi in texts_of(FILES[0]) if " " in en and vi)
    document = translate({"paths": {"/a": {"get": {"description": en.replace(" ", "\n", 1), "tags": ["a"]}}}})
    operation = document["paths"]["/a"]["get"]
    assert operation["x-description-vi"] == vi
    assert list(operation) == ["description", "x-description-vi", "tags"]


def test_a_text_without_vietnamese_is_told_as_it_is_to_be_written() -> None:
    document = translate({"paths": {"/a": {"get": {"summary": 'Never "said"', "description": "`busy`, `invalid`"}}}})
    assert untranslated(document) == ['Never "said"']
    assert as_toml('Never "said"') == '[[text]]\nen = "Never \\"said\\""\nvi = ""\n'
