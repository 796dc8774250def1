"""Reading a sentence back: every number in it with unit, rounding and comparator, to be found in the cells it names.

The reader knows nothing of how sentences were made. It is what the tests hold them to, and what a person's own text can be
compared with.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from services.reporting.documents.content import Sentence
from services.reporting.documents.figures_read import HUNDRED, Figure, rounded

Comparator = Literal["eq", "gt", "ge"]
Role = Literal["value", "plan", "percent_of_plan", "exceeds_by", "rise", "fall"]


@dataclass(frozen=True)
class Stated:
    """A number as a sentence has it. `unit`: what it counts or is measured in, "" if not told; `decimals`: how it is rounded."""

    text: str
    value: Decimal
    decimals: int
    unit: str
    comparator: Comparator
    role: Role


# Days, periods and the law's own terms hold digits that state no figure.
_NO_FIGURES = re.compile(
    r"(?i)\d{1,2}/\d{1,2}/\d{4}"
    r"|\d{1,2} tháng (?:đầu|cuối) năm(?: \d{4})?"
    r"|(?:năm thống kê|năm|cả năm) \d{4}"
    r"|tháng \d{1,2}/\d{4}"
    r"|quý [IVX]+/\d{4}"
)
_NUMBER = re.compile(r"(?<![\w.,])((?:(?<= )-)?\d{1,3}(?:\.\d{3})+|(?:(?<= )-)?\d+)(,\d+)?(?![\d])(?!\.\d)")
_COUNTED = (
    ("liên hiệp HTX", "cooperative_union"),
    ("HTX và doanh nghiệp", "organization"),
    ("lượt HTX", "participation"),
    ("HTX", "cooperative"),
    ("THT", "cooperative_group"),
    ("tổ chức", "organization"),
    ("tổ thành viên", "member_team"),
    ("đơn vị cấp huyện", "district"),
    ("lượt đơn vị", "participation"),
    ("đơn vị", "organization"),
    ("lượt học viên", "attendance"),
    ("lượt cán bộ", "attendance"),
    ("lượt giải ngân", "disbursement"),
    ("lượt trưng bày", "showing"),
    ("lượt tham gia", "participation"),
    ("học viên", "trainee"),
    ("cán bộ quản lý", "trainee"),
    ("người được học", "trainee"),
    ("giờ", "hour"),
    ("lớp", "class"),
    ("dự án", "project"),
    ("khách hàng", "borrower"),
    ("loại sản phẩm", "product_type"),
    ("sản phẩm", "product"),
    ("hợp đồng", "contract"),
    ("liên kết", "market_link"),
    ("sự kiện", "event"),
    ("cuộc thi", "event"),
    ("thành viên", "member"),
    ("lao động", "worker"),
    ("mô hình", "model"),
    ("hồ sơ", "dossier"),
    ("tin", "item"),
    ("phóng sự", "item"),
    ("cuốn", "copy"),
    ("hộ", "household"),
    ("chỉ tiêu", "indicator"),
    ("sao", "star"),
    ("ha", "hectare"),
)
_TOLD = {"percent", *(unit for _, unit in _COUNTED)}
"""Units that a text tells behind a number."""
_PER = (
    ("/người/tháng", "_per_person_month"),
    ("/người/6 tháng", "_per_person_half_year"),
    ("/người/năm", "_per_person_year"),
    ("/tháng", "_per_month"),
    ("/quý", "_per_quarter"),
    ("/6 tháng", "_per_half_year"),
    ("/năm", "_per_year"),
)
_AMOUNT = re.compile(r" triệu đồng((?:/người)?/(?:6 tháng|tháng|quý|năm))?")


def numbers_of(text: str, *, without: tuple[str, ...] = ()) -> tuple[Stated, ...]:
    """Return the numbers that a text states, in their order; `without`: people's own words in it, which are not read."""
    for words in without:
        text = text.replace(words, " " * len(words)) if words else text
    text = _NO_FIGURES.sub(lambda match: " " * len(match[0]), text)
    # What an amount is for has digits of its own: 1.117 triệu đồng/6 tháng.
    text = text.replace("/6 tháng", "/° tháng")
    return tuple(_stated(text, match) for match in _NUMBER.finditer(text))


def _stated(text: str, match: re.Match[str]) -> Stated:
    whole, fraction = match[1].replace(".", ""), (match[2] or "")[1:]
    value, decimals = Decimal(f"{whole}.{fraction or 0}"), len(fraction)
    before, after = text[: match.start()], text[match.end() :].replace("/° tháng", "/6 tháng")
    if after.startswith(" nghìn"):
        value, decimals, after = value * 1000, decimals - 3, after.removeprefix(" nghìn")
    leading = before.lower()
    comparator: Comparator = "gt" if leading.endswith("hơn ") else "ge" if leading.endswith("ít nhất ") else "eq"
    pair = re.match(r"/[\d.]+(?:,\d+)?", after)
    unit = _unit(after[pair.end() :] if pair else after)
    return Stated(match[0], value, decimals, unit, comparator, _role(before, after, unit))


def _unit(after: str) -> str:
    if after.startswith("%"):
        return "percent"
    if after.startswith(" điểm phần trăm"):
        return "points"
    if amount := _AMOUNT.match(after):
        return "million_vnd" + dict(_PER).get(amount[1] or "", "")
    return next((unit for words, unit in _COUNTED if re.match(rf" {words}\b", after)), "")


def _role(before: str, after: str, unit: str) -> Role:
    if re.search(r"\d/$", before):
        return "plan"
    if unit == "percent" and re.match(r"% (?:mức )?kế hoạch", after):
        return "exceeds_by" if before.endswith("vượt ") else "percent_of_plan"
    if unit in ("percent", "points") and re.match(r"(?:%| điểm phần trăm) so với ", after):
        return "fall" if before.endswith("giảm ") else "rise"
    return "value"


def faults_of(sentence: Sentence, figures: Mapping[str, Figure]) -> list[str]:
    """Return what is wrong with a sentence: a number that none of its cells holds, a cell that it names and does not state."""
    named = [figures[key] for key in sentence.cells]
    explained = tuple(word for figure in named for word in _own_words(figure))
    stated = numbers_of(sentence.text, without=explained)
    faults = [
        f"no cell holds {number}" for number in stated if not any(_holds(figure, number, named) for figure in named)
    ]
    faults += [
        f"{figure.key} is not stated"
        for figure in named
        if not any(number.role in ("value", "rise", "fall") and _holds(figure, number, named) for number in stated)
    ]
    return faults


def _own_words(figure: Figure) -> Iterator[str]:
    """Yield what people wrote into a figure, and its label where that has digits: neither is a number of ours."""
    yield figure.explanation
    if any(letter.isdigit() for letter in figure.label):
        yield from (figure.label, figure.label[:1].lower() + figure.label[1:])


def _holds(figure: Figure, number: Stated, named: list[Figure]) -> bool:
    """Whether a number is one that the figure holds, in its role."""
    measured, estimate = figure.measured, figure.estimate
    if number.role == "plan":
        counts = [each.value for each in named if each.code == "plan_indicators_assigned"]
        return any(_same(number, goal, measured.plan_unit) for goal in (measured.plan, *counts))
    if number.role in ("percent_of_plan", "exceeds_by"):
        above = HUNDRED if number.role == "exceeds_by" else Decimal(0)
        percents = [each.percent for each in (measured, estimate) if each is not None]
        return any(
            percent is not None and rounded(percent - above, number.decimals) == number.value for percent in percents
        )
    if number.role in ("rise", "fall"):
        return _is_change(figure, number)
    values = [figure.value, None if estimate is None else estimate.value]
    if figure.is_measured_so_far:
        values.append(figure.so_far)
    if _unit_fits(figure.unit, number) and any(_same(number, value, figure.unit) for value in values):
        return True
    unit = measured.plan_unit
    return figure.value is None and _unit_fits(unit, number) and _same(number, measured.plan, unit)


def _is_change(figure: Figure, number: Stated) -> bool:
    name = "change" if number.unit == "points" else "change_percent"
    of_its_own = figure.value if figure.unit == "percent_vs_previous_year" else None
    for change in (figure.raw.get(name), of_its_own):
        if change is not None:
            signed = Decimal(str(change))
            fits = rounded(abs(signed), number.decimals) == number.value
            if fits and (signed < 0) == (number.role == "fall"):
                return True
    return False


def _same(number: Stated, value: Decimal | None, unit: str) -> bool:
    """Whether a stated number is a value: by its comparator, after its own rounding, money in millions."""
    if value is None:
        return False
    if unit.startswith("vnd"):
        value /= 1_000_000
    if number.comparator == "gt":
        return value > number.value
    if number.comparator == "ge":
        return value >= number.value
    return rounded(value, number.decimals) == number.value


def _unit_fits(unit: str, number: Stated) -> bool:
    """Whether a number is told in a unit. An amount may leave its time to the sentence, or be of the year as an estimate."""
    unit = unit.removeprefix("million_")
    if unit.startswith("vnd"):
        told = number.unit.removeprefix("million_")
        times = {unit, unit.removesuffix("_per_period"), "vnd", "vnd_per_year"} if "person" not in unit else {unit}
        return told.startswith("vnd") and told in times
    if unit == "percent_vs_previous_year":
        return number.unit == "percent"
    return number.unit == unit or (number.unit == "" and unit not in _TOLD)
