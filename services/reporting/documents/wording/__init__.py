"""Vietnamese sentences in the register of the published reports: `sentences_of(cells, context)`.

They are plain functions that fill format strings: a rule such as "nâng tổng số … lên …" only after a founding reads as code,
and a pattern is known by its figures, so that the numbers of a sentence can be read back and found in its cells.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from services.reporting.documents.content import Sentence
from services.reporting.documents.figures_read import figures_by_key
from services.reporting.documents.wording.activities import funds, media, science_and_certificates, trade, training
from services.reporting.documents.wording.context import ReportContext as ReportContext
from services.reporting.documents.wording.context import context_of as context_of
from services.reporting.documents.wording.goals import estimates, plan
from services.reporting.documents.wording.membership import membership_and_growth
from services.reporting.documents.wording.phrases import Speaker

SECTIONS: Mapping[str, str] = {
    "membership_and_growth": "Phát triển kinh tế tập thể, hợp tác xã và thành viên",
    "training": "Công tác đào tạo, bồi dưỡng",
    "trade": "Xúc tiến thương mại, kết nối tiêu thụ sản phẩm",
    "funds": "Hoạt động của các Quỹ",
    "science_and_certificates": "Khoa học công nghệ, chứng nhận và liên kết chuỗi giá trị",
    "media": "Công tác thông tin, tuyên truyền",
    "plan": "Thực hiện các chỉ tiêu, nhiệm vụ được giao",
    "estimates": "Ước thực hiện cả năm",
}
"""Section → its title, in the order of a report."""
# `plan` comes after those whose figures it leaves to them.
_WRITERS: Mapping[str, Callable[[Speaker], list[Sentence]]] = {
    "membership_and_growth": membership_and_growth,
    "training": training,
    "trade": trade,
    "funds": funds,
    "science_and_certificates": science_and_certificates,
    "media": media,
    "plan": plan,
    "estimates": estimates,
}


def sentences_of(cells: Sequence[Mapping[str, Any]], context: ReportContext) -> dict[str, list[Sentence]]:
    """Return the sentences of each of SECTIONS, empty where nothing is known.

    `cells`: figures as `figures` answers them, each with its `key` (`code:scope`); a cell may have `round_to`, the step that its
    number is rounded down to ("hơn 40"). What is unknown is left out, and what is a part only is said to be one.
    """
    say = Speaker(figures_by_key(cells), context)
    return {section: write(say) for section, write in _WRITERS.items()}
