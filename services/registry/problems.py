"""Every way the registry says no, beyond the kernel's own."""

from __future__ import annotations

from typing import Any, ClassVar

from kernel.problems import Problem

_ID = "0192c7e0-0000-7000-8000-000000000000"


class CodeInUse(Problem):
    status, code = 409, "code_in_use"
    title = ("Mã số đã có trong sổ đăng ký", "The code is in the registry already")
    detail = ("Mã số {organization_code} đã được dùng.", "The code {organization_code} is in use.")
    example: ClassVar[dict[str, Any]] = {"organization_code": "2600123456", "organization_id": _ID}


class ExternalIdInUse(Problem):
    status, code = 409, "external_id_in_use"
    title = ("Mã ở hệ thống ngoài đã được dùng", "The external id is in use")
    detail = ("Mỗi mã của hệ thống ngoài chỉ thuộc một tổ chức.", "An external id belongs to one organization only.")


class PossibleDuplicate(Problem):
    status, code = 409, "possible_duplicate"
    title = ("Có thể đã có tổ chức này", "This organization may exist already")
    detail = (
        "Cùng xã đã có tên gần giống, xem `candidates`; nếu khác thật, gửi force và reason.",
        "The same commune has similar names, see `candidates`; if it is another, send `force` and a `reason`.",
    )
    example: ClassVar[dict[str, Any]] = {
        "candidates": [{"id": _ID, "code": "2600123456", "name": "HTX Đồng Tâm", "legal_status": "active"}]
    }


class TransitionForbidden(Problem):
    status, code = 409, "transition_forbidden"
    title = ("Không chuyển được tình trạng này", "This transition is not allowed")
    detail = (
        "Từ {from_status} không chuyển sang {to_status}. Tình trạng cuối chỉ mở lại khi hiệu đính hoặc khôi phục "
        "giấy chứng nhận (NĐ 92/2024, Điều 56).",
        "{from_status} does not lead to {to_status}. A final status is left only by a registry correction or a "
        "restored certificate (Decree 92/2024, Art. 56).",
    )
    example: ClassVar[dict[str, Any]] = {"from_status": "ended", "to_status": "active"}


class StatusNotOfType(Problem):
    status, code = 409, "status_not_of_type"
    title = ("Tình trạng không thuộc loại hình này", "The status is not one of this type's")
    detail = (
        "{to_status} không dùng cho {organization_type} (NĐ 92/2024, Điều 27–28).",
        "{to_status} is not a status of {organization_type} (Decree 92/2024, Art. 27–28).",
    )
    example: ClassVar[dict[str, Any]] = {"to_status": "terminated", "organization_type": "cooperative"}


class DecidedByFacts(Problem):
    status, code = 409, "decided_by_facts"
    title = ("Trường này do sự kiện quyết định", "Facts decide this field")
    detail = (
        "Hãy nhập thay đổi này thành sự kiện có ngày hiệu lực. Chỉ khi dữ liệu ban đầu bị ghi sai mới sửa dữ liệu ban "
        "đầu, kèm lý do.",
        "Enter this change as a fact with its day. Only what was entered wrong from the first day is corrected here, "
        "with a reason.",
    )
    example: ClassVar[dict[str, Any]] = {
        "facts": "seat-changes",
        "field": "seat",
        "post_to": f"/v1/registry/organizations/{_ID}/seat-changes",
    }


class BeforeStart(Problem):
    status, code = 409, "before_start"
    title = ("Trước ngày thành lập", "Before the organization began")
    detail = ("Tổ chức bắt đầu từ {starts_on}.", "The organization begins on {starts_on}.")
    example: ClassVar[dict[str, Any]] = {"starts_on": "2020-05-01"}


class MembershipOpen(Problem):
    status, code = 409, "membership_open"
    title = ("Đang là thành viên Liên minh", "A membership is open already")
    detail = (
        "Mỗi tổ chức chỉ có một tư cách thành viên tại một thời điểm.",
        "An organization has one membership at a time.",
    )
    example: ClassVar[dict[str, Any]] = {"membership_id": _ID}


class ConversionForbidden(Problem):
    status, code = 409, "conversion_forbidden"
    title = ("Không chuyển đổi được", "This conversion is not possible")
    detail = (
        "Loại hình hiện tại là {organization_type}, hoặc đã chuyển đổi rồi.",
        "The organization is a {organization_type}, or was converted already.",
    )
    example: ClassVar[dict[str, Any]] = {"organization_type": "cooperative"}
