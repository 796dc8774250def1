"""What registrations, attendances, trainees and certificates refuse, beyond the kernel's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from kernel.problems import EXAMPLE_ID, Problem
from kernel.values.wording import Labels
from services.training import code_lists as codes


class ClassFull(Problem):
    status, code = 409, "class_full"
    title = ("Lớp đã hết chỗ", "Class is full")
    detail = (
        "Đã có {registered_count} người trên {capacity} chỗ; hãy tăng số chỗ hoặc chọn lớp khác.",
        "{registered_count} of {capacity} places are taken; add places or choose another class.",
    )
    example: ClassVar[dict[str, Any]] = {"capacity": 50, "registered_count": 50}


class ClassNotOpen(Problem):
    status, code = 409, "class_not_open"
    title = ("Lớp không nhận đăng ký", "Class is not open for registration")
    detail = (
        "Lớp đang ở trạng thái {state}; chỉ đăng ký hoặc hủy đăng ký khi lớp đang nhận đăng ký.",
        "The class is {state}; register or cancel while it is open for registration.",
    )
    labels: ClassVar[Mapping[str, Labels]] = {"state": codes.CLASS_STATES}
    example: ClassVar[dict[str, Any]] = {"state": "planned"}


class AlreadyRegistered(Problem):
    status, code = 409, "already_registered"
    title = ("Người này đã đăng ký", "Already registered")
    detail = (
        "Người này đã đăng ký lớp này; không cần đăng ký lại.",
        "This person has registered for the class; there is nothing more to do.",
    )
    example: ClassVar[dict[str, Any]] = {"registration_id": EXAMPLE_ID}


class RegistrationCancelled(Problem):
    status, code = 409, "registration_cancelled"
    title = ("Đăng ký đã hủy", "Registration already cancelled")
    detail = (
        "Đăng ký này đã hủy trước đó; nếu cần, hãy đăng ký mới.",
        "This registration was cancelled before; register anew if needed.",
    )


class NotRegistered(Problem):
    status, code = 409, "not_registered"
    title = ("Người này không có trong danh sách lớp", "Person is not registered for the class")
    detail = (
        "Người này chưa đăng ký lớp; nếu là người đến trực tiếp, hãy ghi rõ như vậy.",
        "This person has not registered for the class; of somebody who walked in, say so.",
    )
    example: ClassVar[dict[str, Any]] = {"trainee_id": EXAMPLE_ID, "class_id": EXAMPLE_ID}


class AlreadyCheckedIn(Problem):
    status, code = 409, "already_checked_in"
    title = ("Đã điểm danh buổi này", "Already checked in")
    detail = (
        "Người này đã điểm danh buổi học này; không cần điểm danh lại.",
        "This person checked in to the session; there is nothing more to do.",
    )
    example: ClassVar[dict[str, Any]] = {"check_in_id": EXAMPLE_ID, "attendance_id": EXAMPLE_ID}


class AlreadyAttended(Problem):
    status, code = 409, "already_attended"
    title = ("Đã có trong danh sách học viên", "Already on the attendance list")
    detail = (
        "Người này đã có trong danh sách của lớp: một người một lớp là một lượt.",
        "This person is on the class's list: one person at one class counts once.",
    )
    example: ClassVar[dict[str, Any]] = {"attendance_id": EXAMPLE_ID}


class TraineeAmbiguous(Problem):
    status, code = 409, "trainee_ambiguous"
    title = ("Có nhiều người trùng tên", "Several persons match")
    detail = (
        "Có {count} người cùng họ tên, năm sinh và đơn vị; hãy chọn một người hoặc ghi số định danh.",
        "{count} persons have this name, birth year and organization; choose one, or give the identity number.",
    )
    example: ClassVar[dict[str, Any]] = {"count": 2, "trainee_ids": [EXAMPLE_ID]}


class TraineeKnown(Problem):
    status, code = 409, "trainee_known"
    title = ("Người này đã có", "Person already exists")
    detail = (
        "Số định danh này thuộc về một học viên đã có; hãy dùng hồ sơ đó.",
        "This identity number belongs to a trainee who is there already; use that record.",
    )
    example: ClassVar[dict[str, Any]] = {"trainee_id": EXAMPLE_ID}


class TraineeErased(Problem):
    status, code = 409, "trainee_erased"
    title = ("Dữ liệu của người này đã xóa", "Personal data was erased")
    detail = (
        "Dữ liệu đã xóa ngày {erased_on}; chỉ còn số đếm.",
        "The data was erased on {erased_on}; only the counts are left.",
    )
    example: ClassVar[dict[str, Any]] = {"erased_on": "2026-05-04"}


class TraineeConfirmed(Problem):
    status, code = 409, "trainee_confirmed"
    title = ("Người này đã được xác nhận", "This person is confirmed already")
    detail = (
        "Cán bộ đã xác nhận người này; không cần làm gì thêm.",
        "An officer has said already who this is; there is nothing left to do.",
    )


class TraineeUnjoined(Problem):
    status, code = 409, "trainee_unjoined"
    title = ("Người này còn đứng ở mục khác", "This person stands in other entries as well")
    detail = (
        "Cùng số định danh còn mục khác chờ xác nhận; hãy xác nhận và nhập chúng về một người trước, rồi hãy xóa.",
        "Other entries with the same identity number wait for confirmation; join them to one person first, then erase.",
    )
    example: ClassVar[dict[str, Any]] = {"trainee_ids": [EXAMPLE_ID]}


class BothAttended(Problem):
    status, code = 409, "both_attended"
    title = ("Cả hai đều có tên trong một lớp", "Both stand on the list of one class")
    detail = (
        "Một người một lớp là một lượt: hãy gỡ một trong hai mục điểm danh của lớp này trước, rồi nhập lại.",
        "One person at one class is one: take back one of the two entries of that class first, then join them.",
    )
    example: ClassVar[dict[str, Any]] = {"class_id": EXAMPLE_ID, "attendance_ids": [EXAMPLE_ID, EXAMPLE_ID]}


class NoCertificateForClass(Problem):
    status, code = 409, "no_certificate_for_class"
    title = ("Lớp không cấp giấy chứng nhận", "Class gives no certificate")
    detail = (
        "Lớp này được ghi là không cấp giấy chứng nhận; hãy sửa ở lớp nếu không đúng.",
        "The class is entered as giving no certificate; correct the class if that is wrong.",
    )


class TraineeDidNotAttend(Problem):
    status, code = 409, "trainee_did_not_attend"
    title = ("Người này không dự lớp", "Person did not attend the class")
    detail = (
        "Chỉ cấp giấy chứng nhận cho người có trong danh sách học viên; hãy ghi lượt học trước.",
        "Certificates are for those on the attendance list; enter the attendance first.",
    )
    example: ClassVar[dict[str, Any]] = {"trainee_id": EXAMPLE_ID, "class_id": EXAMPLE_ID}


class CertificateNumberInUse(Problem):
    status, code = 409, "certificate_number_in_use"
    title = ("Số giấy chứng nhận đã được dùng", "Certificate number already in use")
    detail = (
        "Số {certificate_number} đã được cấp; hãy ghi số khác.",
        "The number {certificate_number} was issued already; give another.",
    )
    example: ClassVar[dict[str, Any]] = {"certificate_number": "07/2026/GCN"}


class AlreadyCertified(Problem):
    status, code = 409, "already_certified"
    title = ("Đã cấp giấy chứng nhận", "Certificate already issued")
    detail = (
        "Người này đã có giấy chứng nhận của lớp; nếu cấp lại, hãy thu hồi giấy cũ trước.",
        "This person has a certificate of the class; to issue another, revoke that one first.",
    )
    example: ClassVar[dict[str, Any]] = {"training_certificate_id": EXAMPLE_ID}


class CertificateRevoked(Problem):
    status, code = 409, "certificate_revoked"
    title = ("Giấy chứng nhận đã thu hồi", "Certificate already revoked")
    detail = ("Giấy này đã thu hồi ngày {revoked_on}.", "It was revoked on {revoked_on}.")
    example: ClassVar[dict[str, Any]] = {"revoked_on": "2026-06-01"}


class CertificateStands(Problem):
    status, code = 409, "certificate_stands"
    title = ("Còn giấy chứng nhận", "A certificate depends on this record")
    detail = (
        "Đã cấp giấy chứng nhận theo bản ghi này; hãy thu hồi giấy trước.",
        "A certificate was issued on this record; revoke it first.",
    )
    example: ClassVar[dict[str, Any]] = {"training_certificate_id": EXAMPLE_ID}
