"""What dissolution cases and member teams are refused with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from kernel.problems import EXAMPLE_ID, Problem
from kernel.values.wording import Labels
from services.registry import case_lists


class DissolutionCaseOpen(Problem):
    status, code = 409, "dissolution_case_open"
    title = ("Đang có vụ việc giải thể khác", "Another dissolution case is open")
    detail = (
        "Mỗi tổ chức chỉ có một vụ việc giải thể đang mở, kèm theo đây; hãy ghi tiếp vào vụ việc đó, hoặc ghi kết quả của nó trước.",
        "An organization has one open dissolution case at a time, named here; go on with that one, or enter its outcome first.",
    )
    example: ClassVar[dict[str, Any]] = {"dissolution_case_id": EXAMPLE_ID}


class BlockersUnresolved(Problem):
    status, code = 409, "blockers_unresolved"
    title = ("Còn vướng mắc chưa giải quyết", "Blockers not yet resolved")
    detail = (
        "Chưa kết thúc được giải thể khi còn {blockers}; hãy ghi ngày giải quyết từng vướng mắc trước.",
        "The dissolution cannot end while {blockers} stands in its way; enter first on which day each was resolved.",
    )
    labels: ClassVar[Mapping[str, Labels]] = {"blockers": case_lists.DISSOLUTION_BLOCKERS}
    example: ClassVar[dict[str, Any]] = {"blockers": ["tax_debt"]}


class OrganizationNotEnded(Problem):
    status, code = 409, "organization_not_ended"
    title = ("Tổ chức chưa chấm dứt về pháp lý", "Organization has not ended by law")
    detail = (
        "Đến ngày {outcome_on} tổ chức này chưa có tình trạng đã giải thể hoặc đã chấm dứt; hãy nhập thay đổi tình trạng "
        "pháp lý đó trước, rồi ghi kết quả của vụ việc.",
        "By {outcome_on} the organization's legal status is neither ended nor terminated; enter that status change first, "
        "then the outcome of the case.",
    )
    example: ClassVar[dict[str, Any]] = {
        "outcome_on": "2023-06-30",
        "legal_status": "active",
        "post_to": f"/v1/registry/organizations/{EXAMPLE_ID}/status-changes",
    }


class DissolutionCaseEnded(Problem):
    status, code = 409, "dissolution_case_ended"
    title = ("Vụ việc giải thể đã ghi là kết thúc", "A dissolution case is recorded as ended")
    detail = (
        "Vụ việc giải thể kèm theo đã ghi là kết thúc ngày {outcome_on}, mà sau thay đổi này thì đến ngày đó tổ chức chưa chấm "
        "dứt. Hãy bỏ kết quả của vụ việc để mở lại, rồi làm lại thay đổi này.",
        "The dissolution case named here ended on {outcome_on}, and after this change the organization would not have ended by "
        "then. Open the case again by taking its outcome back, then make this change.",
    )
    example: ClassVar[dict[str, Any]] = {"dissolution_case_id": EXAMPLE_ID, "outcome_on": "2023-06-30"}


class DissolutionCasesOpen(Problem):
    status, code = 409, "dissolution_cases_open"
    title = ("Cả hai đang có vụ việc giải thể", "Both have an open dissolution case")
    detail = (
        "Cả hai tổ chức đang có vụ việc giải thể, kèm theo đây; hãy xóa vụ việc nhập trùng hoặc ghi kết quả của một vụ việc, "
        "rồi gộp lại.",
        "Both organizations have an open dissolution case, named here; delete the one entered twice or enter the outcome of "
        "one, then merge again.",
    )
    example: ClassVar[dict[str, Any]] = {"dissolution_case_ids": [EXAMPLE_ID, EXAMPLE_ID]}
