"""The plan: what was assigned and came of it, what is still to reach, and what the year is estimated to end with."""

from __future__ import annotations

from decimal import Decimal

from kernel.values.common_lists import FIGURE_SCOPES
from services.reporting.documents.content import Sentence
from services.reporting.documents.figures_read import HUNDRED, Figure, Measured
from services.reporting.documents.wording.numbers import counted, percent_digits
from services.reporting.documents.wording.phrases import (
    Clause,
    Speaker,
    end_words,
    is_behind,
    led_in,
    listed,
    partial_words,
    together,
)

_COUNTS = "plan_indicators_"
_DISSOLUTION = "dissolution_target_achievement"
_NAMES = {
    _DISSOLUTION: "giải thể HTX hoạt động không đúng luật hoặc ngừng hoạt động kéo dài",
    "advanced_cooperative_models": "xây dựng HTX điển hình tiên tiến, ứng dụng công nghệ cao, sản xuất theo chuỗi giá trị",
}
"""What a target is called in a report, where the indicator's label is not it."""
_REACHED = {
    "cooperatives_total": "{in_area} có {n}",
    "cooperatives_new": "thành lập mới {n}",
    "cooperative_unions_new": "thành lập mới {n}",
    "cooperative_groups_new": "thành lập mới {n}",
    "cooperative_members_total": "số lượng thành viên HTX đạt {n}",
    "cooperative_group_members_total": "số lượng thành viên THT đạt {n}",
    "avg_revenue_per_cooperative": "doanh thu bình quân một HTX đạt {n}",
    "avg_revenue_per_cooperative_group": "doanh thu bình quân một THT đạt {n}",
    "avg_profit_per_cooperative": "lợi nhuận bình quân một HTX đạt {n}",
    "avg_income_per_cooperative_worker": "thu nhập bình quân của người lao động trong HTX đạt {n}",
    "managers_share_college_or_higher": "tỷ lệ cán bộ quản lý HTX có trình độ đại học, cao đẳng trở lên đạt {n}",
    "managers_share_elementary_intermediate": "cán bộ có trình độ trung, sơ cấp đạt {n}",
    "poor_households_supported": "hỗ trợ, giúp đỡ {n}",
}
"""How a plan or an estimate is said; of any other indicator by its label."""
_OF_A_YEAR = {
    f"{money}_per_{time}": f"{money}_per_year"
    for money in ("vnd", "million_vnd")
    for time in ("month", "quarter", "half_year", "period")
}
"""What is estimated for the year is of the year, whatever the report's days are."""


def plan(say: Speaker) -> list[Sentence]:
    """Return what came of the plan: the counts, what lags behind, what no other section told, and what has no value yet."""
    households = say.clause(
        "đã có {n:of_plan} hộ nghèo được hỗ trợ, giúp đỡ để từng bước thoát nghèo bền vững{n:end}",
        n="poor_households_supported",
    )
    counts = _counts(say)
    return [*counts, *say.sentence(households), *_behind(say), *_untold(say), *_targets(say)]


def _counts(say: Speaker) -> list[Sentence]:
    """Return how many targets were assigned and how they ended."""
    assigned = say.known(f"{_COUNTS}assigned")
    exceeded = say.known(f"{_COUNTS}exceeded")
    if assigned is None or not assigned.value:
        return []
    total = int(assigned.value)
    if assigned.measured.shown_percent == HUNDRED:
        all_done = Clause(
            f"{say.context.last_day}, {say.context.named_alliance} đã hoàn thành toàn diện {total}/{total} chỉ tiêu, nhiệm vụ được giao",
            (assigned.key,),
        )
        beyond = None
        if exceeded is not None and exceeded.value:
            beyond = Clause(
                f", trong đó {int(exceeded.value)}/{total} chỉ tiêu hoàn thành vượt kế hoạch", (exceeded.key,)
            )
        return say.sentence(together(all_done, beyond))
    ends = [
        say.clause(f"{{n}} chỉ tiêu {word}", n=f"{_COUNTS}{end}")
        for end, word in (
            ("exceeded", "vượt kế hoạch"),
            ("met", "đạt kế hoạch"),
            ("partly_met", "mới đạt một phần kế hoạch"),
            ("missed", "đạt thấp so với kế hoạch"),
        )
    ]
    told = listed(ends)
    if told is None:
        return say.sentence(
            say.clause("{period}, tổng số chỉ tiêu, nhiệm vụ được giao là {n} chỉ tiêu", n=assigned.key)
        )
    among = say.clause("{period}, trong số {n} chỉ tiêu được giao có ", n=assigned.key)
    return say.sentence(together(among, told))


def _behind(say: Speaker) -> list[Sentence]:
    """Return the targets that were not met, each with its reason, as what to mend."""
    sentences = []
    for figure in say.figures.values():
        if figure.value is None or figure.code.startswith(_COUNTS):
            continue
        if figure.code == _DISSOLUTION or is_behind(figure):
            sentences += say.sentence(_lagging(say, figure))
    return sentences


def _lagging(say: Speaker, figure: Figure) -> Clause:
    """Return a target and how far it came: đạt tỷ lệ thấp là 19% do nợ thuế; mới đạt 18/20 HTX theo kế hoạch."""
    assert figure.value is not None
    measured, name = figure.measured, _scoped_name(say, figure)
    reason = f" {figure.explanation}" if figure.explanation else ""
    if figure.code == _DISSOLUTION:
        low = "đạt tỷ lệ thấp là" if is_behind(figure) else "đạt"
        return Clause(
            f"chỉ tiêu {name} {low} {percent_digits(figure.value)}%{reason}{partial_words(figure)}", (figure.key,)
        )
    if measured.plan is None or measured.direction == "less_is_better" or measured.implied or figure.unit not in _WHOLE:
        return Clause(
            f"chỉ tiêu {name}: {counted(figure.value, figure.unit)}{end_words(figure, say.context, change=True)}",
            (figure.key,),
        )
    assert measured.value is not None
    so_far = "lũy kế từ đầu năm " if figure.is_measured_so_far else ""
    pair = f"{int(measured.value)}/{counted(measured.plan, figure.unit).lstrip('0')}"
    return Clause(f"chỉ tiêu {name} {so_far}mới đạt {pair} theo kế hoạch{reason}{partial_words(figure)}", (figure.key,))


_WHOLE = (
    "cooperative",
    "cooperative_union",
    "cooperative_group",
    "model",
    "product",
    "class",
    "project",
    "household",
    "organization",
)
"""Units of which a lagging target is told as a pair: 18/20 HTX."""


def _untold(say: Speaker) -> list[Sentence]:
    """Return the figures with a plan that no sentence stated: nothing that was planned goes unsaid."""
    told = [
        Clause(
            f"{_scoped_name(say, figure)}: {counted(figure.value, figure.unit)}{end_words(figure, say.context, change=True)}",
            (figure.key,),
        )
        for key, figure in say.figures.items()
        if key not in say.stated
        and figure.value is not None
        and figure.measured.plan
        and not figure.code.startswith(_COUNTS)
    ]
    return say.sentence(*told, before="kết quả thực hiện các chỉ tiêu khác: ")


def _targets(say: Speaker) -> list[Sentence]:
    """Return the plan of figures without a value: of a year to come its targets, else what is still to be reported."""
    planned = [
        figure
        for figure in say.figures.values()
        if figure.value is None
        and not figure.is_unavailable
        and figure.measured.plan
        and not figure.code.startswith(_COUNTS)
    ]
    goals = [(figure, figure.measured.plan) for figure in planned if figure.measured.plan is not None]
    founded = [
        Clause(counted(goal, figure.measured.plan_unit), (figure.key,))
        for figure, goal in goals
        if _is_founding(figure)
    ]
    clauses = [
        led_in("thành lập mới ", listed(founded)),
        *(_reached(say, figure, goal, figure.measured.plan_unit) for figure, goal in goals if not _is_founding(figure)),
    ]
    nothing_yet = all(figure.value is None for figure in say.figures.values())
    head = "một số mục tiêu, chỉ tiêu cụ thể {period} gồm: phấn đấu "
    return say.sentence(*clauses, before=head if nothing_yet else "các chỉ tiêu kế hoạch chưa có số liệu thực hiện: ")


def _is_founding(figure: Figure) -> bool:
    return figure.code in ("cooperatives_new", "cooperative_unions_new", "cooperative_groups_new")


def estimates(say: Speaker) -> list[Sentence]:
    """Return what the year is estimated to end with, each beside its plan."""
    clauses = []
    for figure in say.figures.values():
        estimate = figure.estimate
        if estimate is None or estimate.value is None:
            continue
        unit = _OF_A_YEAR.get(figure.unit, figure.unit)
        clauses.append(together(_reached(say, figure, estimate.value, unit), _of_estimate(figure, estimate)))
    return say.sentence(*clauses, before=f"ước thực hiện cả năm {say.context.to.year}: ")


def _reached(say: Speaker, figure: Figure, value: Decimal, unit: str) -> Clause:
    pattern = _REACHED.get(figure.code, f"{_plain_name(figure)} đạt {{n}}")
    context = say.context
    text = pattern.replace("{n}", counted(value, unit)).replace("{in_area}", context.in_area)
    return Clause(text, (figure.key,))


def _of_estimate(figure: Figure, estimate: Measured) -> Clause | None:
    if estimate.percent is None:
        return None
    verb = "đạt" if estimate.percent == HUNDRED else "bằng"
    return Clause(f", {verb} {percent_digits(estimate.percent)}% kế hoạch", (figure.key,))


def name_of(figure: Figure) -> str:
    """Return what a target is called within a sentence."""
    return _NAMES.get(figure.code) or _plain_name(figure)


def _scoped_name(say: Speaker, figure: Figure) -> str:
    """Return the name, with whose work is counted where a report has the indicator at several scopes."""
    scopes = [each.key for each in say.figures.values() if each.code == figure.code]
    label = FIGURE_SCOPES.get(figure.key.partition(":")[2])
    return f"{name_of(figure)} ({label[0].lower()})" if len(scopes) > 1 and label else name_of(figure)


def _plain_name(figure: Figure) -> str:
    """Return the label as it stands within a sentence: HTX and THT stay, other words begin small."""
    label = figure.label.replace("{", "(").replace("}", ")")
    return label if label[:2].isupper() else label[:1].lower() + label[1:]
