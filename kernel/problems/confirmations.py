"""What refuses to confirm, to withdraw, or to act on what a second person has to confirm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from kernel.problems.catalogue import EXAMPLE_ID, Problem
from kernel.values.common_lists import CONFIRMATION_STATES
from kernel.values.wording import Labels


class SamePerson(Problem):
    status, code = 403, "same_person"
    title = ("Người lập hồ sơ không được phê duyệt", "Preparer may not approve")
    detail = (
        "Bạn đã nhập, sửa hoặc thẩm định việc này; hãy để người khác quyết định.",
        "You entered, corrected or appraised this; another person has to decide on it.",
    )
    example: ClassVar[dict[str, Any]] = {"prepared_by": EXAMPLE_ID}


class PersonNeeded(Problem):
    status, code = 403, "person_needed"
    title = ("Cần một người quyết định", "A person has to decide")
    detail = (
        "Hệ thống không được xác nhận thay người; hãy để một người có quyền phê duyệt làm việc này.",
        "A client system may not confirm; let a person with the approving permission do this.",
    )


class NotPending(Problem):
    status, code = 409, "not_pending"
    title = ("Không còn chờ xác nhận", "Does not wait for confirmation")
    detail = (
        "Bản ghi này không chờ người thứ hai xác nhận; hãy xem lại trạng thái xác nhận của nó.",
        "This does not wait for a second person; look at its confirmation state.",
    )
    labels: ClassVar[Mapping[str, Labels]] = {"confirmation_state": CONFIRMATION_STATES}
    example: ClassVar[dict[str, Any]] = {"confirmation_state": "confirmed"}


class NotConfirmed(Problem):
    status, code = 409, "not_confirmed"
    title = ("Chưa được người thứ hai xác nhận", "Not confirmed by a second person")
    detail = (
        "Trạng thái xác nhận là {confirmation_state}; chỉ làm tiếp được khi đã xác nhận.",
        "Its confirmation state is: {confirmation_state}; nothing is done with it before it is confirmed.",
    )
    labels: ClassVar[Mapping[str, Labels]] = {"confirmation_state": CONFIRMATION_STATES}
    example: ClassVar[dict[str, Any]] = {"confirmation_state": "pending"}


class EnteredByAnother(Problem):
    status, code = 403, "entered_by_another"
    title = ("Người khác đã nhập", "Entered by another person")
    detail = (
        "{entered_by_name} đã nhập việc này; chỉ người đó được rút lại, người phê duyệt thì có thể từ chối.",
        "{entered_by_name} entered this and alone may withdraw it; who approves may reject it.",
    )
    example: ClassVar[dict[str, Any]] = {"entered_by_name": "Nguyễn Thị Lan"}
