"""How a figure's number stands in a sentence: digits, decimals, unit, comparator, plan and change."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal

from kernel.values.money import number_text
from services.reporting.documents.figures_read import HUNDRED, Figure, Measured, rounded
from services.reporting.documents.wording.context import PlanManner

NOUNS = {
    "cooperative": "HTX",
    "cooperative_union": "liên hiệp HTX",
    "cooperative_group": "THT",
    "organization": "đơn vị",
    "product": "sản phẩm",
    "project": "dự án",
    "disbursement": "lượt giải ngân",
    "borrower": "khách hàng",
    "class": "lớp",
    "attendance": "lượt học viên",
    "trainee": "học viên",
    "hour": "giờ",
    "participation": "lượt tham gia",
    "event": "sự kiện",
    "product_type": "loại sản phẩm",
    "showing": "lượt trưng bày",
    "contract": "hợp đồng",
    "market_link": "liên kết tiêu thụ",
    "member": "thành viên",
    "worker": "lao động",
    "model": "mô hình",
    "district": "đơn vị cấp huyện",
    "dossier": "hồ sơ",
    "member_team": "tổ thành viên",
    "item": "tin, bài",
    "copy": "cuốn",
    "household": "hộ",
    "indicator": "chỉ tiêu",
}
"""What is counted in a unit, behind its number."""
_SIGNS = {"percent": "%", "percent_vs_previous_year": "%", "hectare": " ha", "star": " sao"}
_MILLION_UNITS = {
    "": "",
    "_per_period": "",
    "_per_month": "/tháng",
    "_per_quarter": "/quý",
    "_per_half_year": "/6 tháng",
    "_per_year": "/năm",
    "_per_person_month": "/người/tháng",
    "_per_person_half_year": "/người/6 tháng",
    "_per_person_year": "/người/năm",
}
_MILLION = Decimal(1_000_000)
_PEOPLE = ("member", "worker")
_THOUSANDS_FROM = Decimal(10_000)
_NEAR = Decimal("0.95")
"""A bound that somebody reported stands for the figure where it is no less than this part of it."""
_WHOLE_PERCENT_FROM = Decimal(200)
"""From here on reports print a percent of plan without decimals: 217%, but 153,3%."""
WORSE = ("partly_met", "missed")


def is_money(unit: str) -> bool:
    """Whether a unit is of money."""
    return unit.removeprefix("million_").startswith("vnd")


def in_millions(value: Decimal, unit: str) -> Decimal:
    """Return an amount of money in millions."""
    return value if unit.startswith("million_") else value / _MILLION


def digits(value: Decimal, decimals: int) -> str:
    """Return a number half up with at most so many decimals, none of them a zero at the end: 13.200; 75,7; 217."""
    exact = rounded(value, decimals)
    text = number_text(exact)
    return text.rstrip("0").rstrip(",") if "," in text else text


def count_digits(value: Decimal) -> str:
    """Return a count as reports print it: 03, 36, 1.283."""
    return f"{int(value):02d}" if 0 < value < 10 and value == int(value) else digits(value, 1)


def said_decimals(value: Decimal, unit: str) -> int:
    """Return with how many decimals at most a value in `unit` is said (money is in millions then)."""
    if unit == "hectare" or unit == "percent_vs_previous_year":
        return 2
    if unit.startswith("million_vnd_") or unit.startswith("vnd_"):
        return 0 if abs(value) >= 1000 else 1 if abs(value) >= 100 else 2
    return 1


def plain(value: Decimal, unit: str) -> str:
    """Return the digits of a value in its unit; money in millions."""
    if is_money(unit):
        value = in_millions(value, unit)
        return digits(value, said_decimals(value, unit))
    if unit in NOUNS:
        return count_digits(value)
    return digits(value, said_decimals(value, unit))


def with_unit(value: Decimal, unit: str, *, time: bool = True) -> str:
    """Return a value with its unit: 75,7%; 643 ha; 13.200 triệu đồng; 16,3 nghìn. Of what is counted the noun follows in the text.

    `time`: whether an amount says of what time it is, where its unit does.
    """
    if is_money(unit):
        rest = unit.removeprefix("million_").removeprefix("vnd")
        said = _MILLION_UNITS.get(rest, "") if time or "person" in rest else ""
        return f"{plain(value, unit)} triệu đồng{said}"
    if unit in _PEOPLE and value >= _THOUSANDS_FROM and value % HUNDRED == 0:
        return f"{digits(value / 1000, 1)} nghìn"
    return f"{plain(value, unit)}{_SIGNS.get(unit, '')}"


def counted(value: Decimal, unit: str) -> str:
    """Return a value with its unit or what it counts: 58 HTX; 25%; 2.285 triệu đồng/năm."""
    noun = NOUNS.get(unit)
    return with_unit(value, unit) if noun is None else f"{with_unit(value, unit)} {noun}"


def bound_of(figure: Figure) -> tuple[str, Decimal]:
    """Return the word before a figure's number and the number: ("", 36); ("hơn ", 40) for 41.

    A bound is said where somebody reported this figure so and the figure meets it closely, or where the cell has `round_to`,
    the step that it is rounded down to.
    """
    value = figure.value
    assert value is not None, "only known figures are said"
    for reported in figure.raw.get("reported_elsewhere") or ():
        bound, comparator = reported.get("value"), reported.get("comparator")
        if bound is None or comparator not in ("gt", "ge") or reported.get("unit", figure.unit) != figure.unit:
            continue
        least = Decimal(str(bound))
        if (
            _is_sayable(least, figure.unit)
            and least >= value * _NEAR
            and (value > least or (comparator == "ge" and value == least))
        ):
            return ("hơn " if comparator == "gt" else "ít nhất "), least
    step = figure.raw.get("round_to")
    if step is not None and Decimal(str(step)) > 0:
        size = Decimal(str(step))
        down = (value / size).to_integral_value(ROUND_FLOOR) * size
        if 0 < down < value and _is_sayable(down, figure.unit):
            return "hơn ", down
    return "", value


def _is_sayable(bound: Decimal, unit: str) -> bool:
    """Whether a bound is said without rounding it: rounded up, nothing need be more than it."""
    shown = in_millions(bound, unit) if is_money(unit) else bound
    return rounded(shown, said_decimals(shown, unit)) == shown


def percent_digits(percent: Decimal) -> str:
    """Return a percent of plan: 217; 153,3; 100 is said only of what is exactly 100, so 99,96 keeps its decimals."""
    decimals = 0 if percent >= _WHOLE_PERCENT_FROM else 1
    while rounded(percent, decimals) == HUNDRED != percent and decimals < 6:
        decimals += 1
    return digits(percent, decimals)


def plan_words(measured: Measured, manner: PlanManner | None) -> str:
    """Return what came of the plan: "đạt 217% kế hoạch", "vượt 75% kế hoạch", "mới đạt 90% kế hoạch"; "" without a percent.

    By itself a surpassed plan that nobody printed is said by how much it was surpassed, one that was printed by what was reached.
    """
    percent, verdict = measured.percent, measured.verdict
    if percent is None:
        return ""
    said = percent_digits(percent)
    if measured.direction == "less_is_better":
        words = {"exceeded": ", tốt hơn kế hoạch", "met": "", **dict.fromkeys(WORSE, ", chưa đạt kế hoạch")}
        return f"bằng {said}% mức kế hoạch{words.get(verdict or '', '')}"
    if verdict == "exceeded" and percent > HUNDRED:
        by_how_much = manner == "exceeded_by" or (manner is None and measured.implied and percent < _WHOLE_PERCENT_FROM)
        if by_how_much:
            return f"vượt {percent_digits_above(percent)}% kế hoạch"
    verbs = {"partly_met": "mới đạt", "missed": "chỉ đạt", "running": "bằng"}
    return f"{verbs.get(verdict or '', 'đạt')} {said}% kế hoạch"


def percent_digits_above(percent: Decimal) -> str:
    """Return by how much a percent is above 100."""
    above = percent - HUNDRED
    decimals = 1
    while rounded(above, decimals) == 0 and decimals < 6:
        decimals += 1
    return digits(above, decimals)


def change_words(figure: Figure, before: str) -> str:
    """Return the change against the value before: "tăng 4,58% so với năm 2022", "bằng cùng kỳ năm 2022"; "" if not known."""
    points = figure.unit == "percent"
    raw = figure.raw.get("change" if points else "change_percent")
    if raw is None or figure.previous is None:
        return ""
    change = Decimal(str(raw))
    if change == 0:
        return f"bằng {before}"
    shown = digits(abs(change), 2)
    if shown == "0":
        return f"xấp xỉ {before}"
    return f"{'tăng' if change > 0 else 'giảm'} {shown}{' điểm phần trăm' if points else '%'} so với {before}"
