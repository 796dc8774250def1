"""What people read: sentences, in Vietnamese and in English, without codes, brackets, ISO days or parameters' names."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from kernel.problems import CATALOGUE, FieldError, Invalid, Problem
from kernel.values import common_lists
from kernel.values.scopes import SCOPES
from services.funds import code_lists as funds_codes
from services.funds import code_lists as loan_codes
from services.funds.engine.contradiction_texts import CONTRADICTION_TEXTS
from services.funds.imports.columns import COLUMNS as LOAN_COLUMNS
from services.funds.indicators import INDICATORS as FUND_FIGURES
from services.funds.lending.applications.states import ALLOWED_IN as APPLICATION_STEPS
from services.funds.servicing.loans.steps import ALLOWED_IN as LOAN_STEPS
from services.gateway.replies import REPLIES
from services.identity import code_lists as identity_codes
from services.registry import code_lists as registry_codes
from services.registry.imports.columns import COLUMNS as ORGANIZATION_COLUMNS
from services.registry.indicators import INDICATORS as REGISTRY_FIGURES
from services.reporting import code_lists as reporting_codes
from services.reporting.indicators import INDICATORS as REPORTING_FIGURES
from services.training import code_lists as trade_codes
from services.training import code_lists as training_codes
from services.training.classes.imports.columns import COLUMNS as ATTENDANCE_COLUMNS
from services.training.classes.training_classes.states import CLASS_STEPS
from services.training.indicators import INDICATORS as TRAINING_FIGURES
from services.training.trade.event_access import TRADE_EVENT_STEPS
from services.training.trade.imports.columns import COLUMNS as PARTICIPATION_COLUMNS
from tests.support.contract import contract_of
from vca import openapi

ROOT = Path(__file__).resolve().parents[2]
LISTS = [
    *common_lists.ALL.values(),
    *identity_codes.ALL.values(),
    *registry_codes.ALL.values(),
    *funds_codes.ALL.values(),
    *loan_codes.ALL.values(),
    *training_codes.ALL.values(),
    *trade_codes.ALL.values(),
    *reporting_codes.ALL.values(),
    SCOPES,
    funds_codes.NO_BORROWERS,
    *(
        {each.code: (each.label_vi, each.label_en) for each in table.by_code.values()}
        for table in (REGISTRY_FIGURES, FUND_FIGURES, TRAINING_FIGURES, REPORTING_FIGURES)
    ),
]
CODES = {code for each in LISTS for code in each if code.isascii()}

LIKE_CODE = {
    "a snake_case word": r"[A-Za-z0-9]_[A-Za-z0-9]",
    "a bracket": r"[\[\]{}<>`]",
    "an ISO day": r"\b\d{4}-\d{2}(-\d{2})?\b",
    "an instant": r"\d{2}:\d{2}:\d{2}|\dT\d",
    "a constant of a program": r"\b(None|null|True|False|UUID|JSON Pointer)\b",
    "an id": r"[0-9a-f]{8}-[0-9a-f]{4}",
    "an alliance by its code": r"\b\d{2}-20(08|25)\b",
    "a value that nothing was put in for": r"…",
    "a word in a program's quotes": r"'\w+'",
    "đ for đồng": r"\d đ\b",
    "a field in place of its label": r"\b(trainee|reason|force|scope|from|to)\b(?= (phải|hoặc|trở đi|và))",
}
OWN_NAMES = {"username", "client_id", "expected"}
"""Members that people chose themselves, or that name a kind of content, stand in a sentence as they are."""

languages = pytest.mark.parametrize("language", ["vi", "en"])


def looks_like_code(sentence: str) -> list[str]:
    """Return what in `sentence` a person would not say."""
    return [f"{what}: {sentence}" for what, pattern in LIKE_CODE.items() if re.search(pattern, sentence)]


def occasions(problem: type[Problem]) -> Iterator[dict[str, Any]]:
    """Return the members of a problem: as in its example, and with each code of each list that a member is from."""
    yield dict(problem.example)
    for member, labels in problem.labels.items():
        several = isinstance(problem.example[member], list)
        for code in labels:
            yield {**problem.example, member: [code] if several else code}
        if several:
            yield {**problem.example, member: []}
            yield {**problem.example, member: list(labels)}
    for member in problem.example:
        if member.endswith(("_until", "_to")):
            yield {**problem.example, member: None}


@languages
@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_a_problem_reads_as_a_sentence_whatever_its_members_are(code: str, language: str) -> None:
    wrong = []
    for members in occasions(CATALOGUE[code]):
        document = CATALOGUE[code](**members).document(language)
        assert document["title"].strip()
        assert document["detail"].endswith((".", ".”")), document["detail"]
        assert "““" not in document["detail"], "a label brings its marks along"
        wrong += looks_like_code(document["title"]) + looks_like_code(document["detail"])
    assert wrong == []


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_a_code_stands_in_a_problem_by_its_label(code: str) -> None:
    problem = CATALOGUE[code]
    named = set(re.findall(r"{(\w+)}", problem.detail[0] + problem.detail[1]))
    assert named <= set(problem.example), "each member of a sentence is in the example, so that it is tried"
    bare = []
    for member in named - set(problem.labels) - OWN_NAMES:
        value = problem.example[member]
        parts = value if isinstance(value, list) else [value]
        # A list of objects is worded by the problem itself, in `sentence`.
        assert problem.sentence is not Problem.sentence or not any(isinstance(each, dict) for each in parts)
        bare += [each for each in parts if isinstance(each, str) and each in CODES]
    assert bare == [], "declare in `labels` which list these are from"


@languages
def test_a_refusal_of_the_gateway_reads_as_a_sentence(language: str) -> None:
    at = 1 if language == "en" else 0
    assert [word for reply in REPLIES for word in looks_like_code(reply.title[at])] == []
    assert [word for reply in REPLIES for word in looks_like_code(reply.detail[at])] == []


def test_an_invalid_body_says_how_many_faults_there_are_and_the_first_with_its_label() -> None:
    first = FieldError("blank", ("Không được để trống.", "This may not be blank."), pointer="/name")
    first.label = ("Tên", "Name")
    assert Invalid(first).document("vi")["detail"] == "Có 1 chỗ cần sửa. “Tên”: Không được để trống."
    both = Invalid(first, FieldError("x", ("a", "b"), pointer="/x"))
    assert both.document("vi")["detail"] == "Có 2 chỗ cần sửa, chỗ đầu tiên: “Tên”: Không được để trống."
    assert both.document("en")["detail"] == "2 places need correcting, the first: “Name”: This may not be blank."


_VIETNAMESE = re.compile(r"[ăâđêôơưĂÂĐÊÔƠƯàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ]")
_PUT_IN = re.compile(
    r"\b(said|quoted|one_of|choice|joined|day_text|vnd_text|number_shown|number_text|number|len|earning)\(|^[A-Z_.]+$|\.number$|"
    r"\.label_(vi|en)$|^(vi|en|own\[\d\]|_OWN\[\d\])$|\bname'\]$"
)
_NOT_ANSWERS = {
    "kernel/values/wording.py",
    "kernel/storage/keyring.py",
    "kernel/storage/keys.py",
    "services/funds/servicing/documents/make_templates.py",
    "services/gateway/portal/fields.py",
}
"""The formatters themselves, what an operator reads in a terminal, templates, whose marks are filled in, and the reference,
which speaks of the contract to developers."""
_REPORT_TEXTS = ROOT / "services/reporting/documents"
"""What a report says is Vietnamese alone; its numbers are read back from the text in tests/reporting/documents."""
_SEEN = {
    # Of a cell as the office wrote it, names of places and organizations with their codes, headings of a template.
    "decimal",
    "decimal.replace(',', '.')",
    "whole",
    "district",
    "labels[0]",
    "labels[1]",
    "otherwise[0]",
    "otherwise[1]",
    "tail[0]",
    "tail[1]",
    "shown",
    "REASON.label",
    "most",
    "first",
    "count",
    "seen[key]",
    "day_words",
    "named",
    "listed",
    "similar_names",
    "kind",
    "where",
    "where[0]",
    "where[1]",
    # Of a start that is refused: the server's version, a file that a setting names, and what the system says of it.
    "version",
    "path",
    "error.strerror",
    "more",
    "due",
    "total",
    "left",
    "level",
    "rounded",
    "earned",
    "part",
    "cell.row",
    "cell.column",
    "cell.header",
    "label[0].lower()",
    "label[1:]",
    "resource.name.replace('_', ' ')",
    "terms.interest_grace + 1",
    "area",
    "place",
    "DEMO_AREA",
    "app",
    "name",
    "' + '.join(terms_of_sum)",
    "lasts",
    "months",
    "period",
}
"""What is put into words and was looked at: numbers of rows, labels, names that people gave, headings of a file."""


def words_of(node: ast.expr) -> tuple[str, list[str]] | None:
    """Return the text of a literal with what is put into it, or None for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value, []
    if isinstance(node, ast.JoinedStr):
        put = [ast.unparse(part.value) for part in node.values if isinstance(part, ast.FormattedValue)]
        return "".join(str(part.value) for part in node.values if isinstance(part, ast.Constant)), put
    return None


def pairs(tree: ast.AST) -> Iterator[tuple[int, str, list[str]]]:
    """Return the Vietnamese and the English words that stand beside each other in a source, with their line."""
    for node in ast.walk(tree):
        parts = node.elts if isinstance(node, ast.Tuple) else node.args if isinstance(node, ast.Call) else []
        for left, right in itertools.pairwise(parts):
            vi, en = words_of(left), words_of(right)
            if vi and en and _VIETNAMESE.search(vi[0]) and not _VIETNAMESE.search(en[0].replace("đồng", "")):
                yield left.lineno, vi[0], vi[1]
                yield right.lineno, en[0], en[1]


def test_what_faults_and_warnings_say_in_the_sources_reads_as_sentences() -> None:
    wrong = []
    for path in sorted([*(ROOT / "kernel").rglob("*.py"), *(ROOT / "services").rglob("*.py")]):
        if (
            path.name.endswith(("problems.py", "contradiction_texts.py"))
            or path.relative_to(ROOT).as_posix() in _NOT_ANSWERS
            or path.is_relative_to(_REPORT_TEXTS)
        ):
            continue  # rendered above and below, with their members put in
        for line, words, put in pairs(ast.parse(path.read_text(encoding="utf-8"))):
            where = f"{path.relative_to(ROOT)}:{line}"
            bare = re.sub(r"\{\w+\}", "", words)
            wrong += [f"{where} {what}" for what in looks_like_code(bare)]
            wrong += [
                f"{where} puts in {each}: say its label, a day or an amount (kernel/values/wording.py), or add it to _SEEN"
                for each in put
                if not _PUT_IN.search(each) and each not in _SEEN
            ]
    assert not wrong, "\n".join(wrong)


@languages
def test_contradictory_terms_are_told_in_sentences(language: str) -> None:
    from services.funds.engine.contradictions import Contradiction

    numbers = {
        name: 3 for words in CONTRADICTION_TEXTS.values() for name in re.findall(r"{(\w+)}", words[0] + words[1])
    }
    members: dict[str, int | str] = {
        **numbers,
        "due_on": "2023-05-31",
        "disbursed_on": "2023-06-01",
        "previous_due_on": "2023-04-30",
        "first": "2020-01-01",
        "last": "2030-12-31",
    }
    for code in CONTRADICTION_TEXTS:
        for method in funds_codes.METHODS:
            detail = Contradiction("/x", code, {**members, "method": method}).detail
            assert looks_like_code(detail[1 if language == "en" else 0]) == []


def test_the_columns_of_a_template_are_told_in_words() -> None:
    columns = (*ORGANIZATION_COLUMNS, *LOAN_COLUMNS, *ATTENDANCE_COLUMNS, *PARTICIPATION_COLUMNS)
    assert [word for each in columns for word in looks_like_code(each.label) + looks_like_code(each.note)] == []


def test_every_code_has_a_label_in_both_languages() -> None:
    for each in LISTS:
        for code, (vi, en) in each.items():
            assert vi.strip(), code
            assert en.strip(), code
            assert looks_like_code(vi) + looks_like_code(en) == [], code


@pytest.mark.parametrize(
    ("steps", "labels"),
    [
        (CLASS_STEPS.allowed_in, training_codes.CLASS_ACTIONS),
        (TRADE_EVENT_STEPS.allowed_in, trade_codes.TRADE_EVENT_ACTIONS),
        (APPLICATION_STEPS, funds_codes.APPLICATION_ACTIONS),
        (LOAN_STEPS, loan_codes.LOAN_ACTIONS),
    ],
)
def test_every_step_that_a_state_may_forbid_has_a_label(steps: Mapping[str, Any], labels: Mapping[str, Any]) -> None:
    assert set(steps) <= set(labels)


PROTOCOL = {"code", "S256", "exact", "true", "authorization_code", "client_credentials", "refresh_token"}
PROTOCOL |= {"256", "1024", "vi", "en"}
"""Words of OAuth 2 and of HTTP parameters, pixels and languages, which no person chooses from a list."""


def enums(node: Any) -> Iterator[list[Any]]:
    """Return every closed list of values in a contract; names of fields in a comma list are no codes."""
    if isinstance(node, dict):
        if node.get("explode") is False:
            return
        if isinstance(node.get("enum"), list):
            yield node["enum"]
        for value in node.values():
            yield from enums(value)
    elif isinstance(node, list):
        for value in node:
            yield from enums(value)


@pytest.mark.parametrize("service", openapi.SERVICES)
def test_every_value_of_the_contracts_lists_is_a_code_with_labels(service: str) -> None:
    contract = contract_of(service)
    values = {each for listed in enums(contract.document) for each in listed if isinstance(each, str)}
    # Types of records, and fields to count by, go by their names.
    names = {field for _, schema in contract.schemas() for field in schema.get("properties", ())}
    feed = next(each for each in contract.operations if each.id == f"list_{service}_changes")
    (types,) = (each["schema"] for each in feed.document["parameters"] if each["name"] == "types")
    names |= set(contract.codes(types["items"]))
    assert sorted(values - CODES - PROTOCOL - names) == [], "give these a label in a code list"
