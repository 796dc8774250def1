"""Every way training says no, beyond the kernel's own; trade promotion's stand in trade_problems.py."""

from __future__ import annotations

from typing import Any, ClassVar

from kernel.problems import Problem

_ID = "0192c7e0-0000-7000-8000-000000000000"


class ProgramCodeInUse(Problem):
    status, code = 409, "program_code_in_use"
    title = ("Mã chương trình đã được dùng", "The program's code is in use")
    detail = ("Mã {program_code} đã được dùng.", "The code {program_code} is in use.")
    example: ClassVar[dict[str, Any]] = {"program_code": "1804", "program_id": _ID}


class ClassNumberInUse(Problem):
    status, code = 409, "class_number_in_use"
    title = ("Số lớp đã được dùng", "The class's number is in use")
    detail = (
        "Số {class_number} đã được dùng.",
        "The number {class_number} is in use.",
    )
    example: ClassVar[dict[str, Any]] = {"class_number": "L-07", "class_id": _ID}  # fmt: skip


class JointClassClaimed(Problem):
    status, code = 409, "joint_class_claimed"
    title = ("Lớp phối hợp đã có Liên minh chủ trì", "The joint class has a lead already")
    detail = (
        "Lớp này đã được {lead_alliance} ghi là do mình chủ trì; một lớp chỉ tính một lần trong cả nước.",
        "{lead_alliance} entered this class as the one that leads it; a class counts once in the nation.",
    )
    example: ClassVar[dict[str, Any]] = {"lead_alliance": "40-2025"}  # fmt: skip


class ClassStateForbids(Problem):
    status, code = 409, "class_state_forbids"
    title = ("Trạng thái của lớp không cho phép", "The class's state does not allow it")
    detail = (
        "Lớp đang {state}; việc {action} chỉ làm được khi: {allowed_in}.",
        "The class is {state}; {action} may follow only in: {allowed_in}.",
    )
    example: ClassVar[dict[str, Any]] = {"state": "planned", "action": "attend", "allowed_in": ["running", "held", "reported"]}  # fmt: skip


class CapacityBelowRegistered(Problem):
    status, code = 409, "capacity_below_registered"
    title = ("Đã có nhiều người đăng ký hơn", "More have registered than that")
    detail = (
        "Đã có {registered_count} người đăng ký, không giảm xuống {capacity} chỗ được.",
        "{registered_count} have registered, so there cannot be only {capacity} places.",
    )
    example: ClassVar[dict[str, Any]] = {"capacity": 40, "registered_count": 43}  # fmt: skip


class SessionOutsideClass(Problem):
    status, code = 409, "session_outside_class"
    title = ("Buổi học ngoài thời gian của lớp", "The session lies outside the class's days")
    detail = (
        "Buổi {held_on} nằm ngoài thời gian từ {starts_on} đến {ends_on}.",
        "The session of {held_on} lies outside {starts_on} to {ends_on}.",
    )
    example: ClassVar[dict[str, Any]] = {"held_on": "2026-03-09", "starts_on": "2026-03-02", "ends_on": "2026-03-04"}  # fmt: skip


class SessionNumberInUse(Problem):
    status, code = 409, "session_number_in_use"
    title = ("Số thứ tự buổi đã có", "The session's number is in use")
    detail = (
        "Lớp đã có buổi số {number}.",
        "The class has a session {number} already.",
    )
    example: ClassVar[dict[str, Any]] = {"number": 2}  # fmt: skip


class SessionAttended(Problem):
    status, code = 409, "session_attended"
    title = ("Buổi học đã có người điểm danh", "Somebody checked in to this session")
    detail = (
        "Đã có {check_ins} lượt điểm danh; hãy gỡ trước khi bỏ buổi học.",
        "There are {check_ins} check-ins; take them back before the session.",
    )
    example: ClassVar[dict[str, Any]] = {"check_ins": 31}  # fmt: skip


class ClassWithoutSessions(Problem):
    status, code = 409, "class_without_sessions"
    title = ("Lớp chưa có buổi học nào", "The class has no session")
    detail = (
        "Hãy ghi ít nhất một buổi học.",
        "Enter at least one session.",
    )


class ClassNotOver(Problem):
    status, code = 409, "class_not_over"
    title = ("Lớp chưa kết thúc", "The class is not over")
    detail = (
        "Buổi cuối vào ngày {last_session_on}.",
        "Its last session is on {last_session_on}.",
    )
    example: ClassVar[dict[str, Any]] = {"last_session_on": "2026-12-24"}  # fmt: skip


class ClassAttended(Problem):
    status, code = 409, "class_attended"
    title = ("Lớp đã có người học", "Somebody attended the class")
    detail = (
        "Lớp đã có học viên thì không hủy; hãy ghi là đã tổ chức.",
        "A class that somebody attended is not called off; say that it was held.",
    )


class NobodyAttended(Problem):
    status, code = 409, "nobody_attended"
    title = ("Lớp chưa có học viên nào", "Nobody attended")
    detail = (
        "Hãy nhập danh sách học viên, hoặc số người ký nhận kèm bản quét.",
        "Enter who attended, or how many signed with the scan of the list.",
    )


class AttendancesKnown(Problem):
    status, code = 409, "attendances_known"
    title = ("Đã có danh sách học viên", "The attendance list has entries")
    detail = (
        "Danh sách đã có {attendances} người hoặc đã ghi số ký nhận; chỉ dùng một trong hai cách.",
        "The list has {attendances} persons, or the number of those who signed; a class is known by one or the other.",
    )
    example: ClassVar[dict[str, Any]] = {"attendances": 48, "reported_attendance_count": None}  # fmt: skip


class KnownByListOnly(Problem):
    status, code = 409, "known_by_list_only"
    title = ("Lớp chỉ có số ký nhận", "The class is known by its signed list only")
    detail = (
        "Lớp đã ghi {reported_attendance_count} người theo danh sách ký nhận; hãy gỡ mục {attendance_id} trước khi nhập từng người.",
        "The class has {reported_attendance_count} by its signed list; take back the entry {attendance_id} before you enter persons.",
    )
    example: ClassVar[dict[str, Any]] = {"reported_attendance_count": 48, "attendance_id": _ID}  # fmt: skip


class AlreadyInvited(Problem):
    status, code = 409, "already_invited"
    title = ("Đơn vị đã được mời", "The organization was invited")
    detail = (
        "Lớp này đã mời đơn vị đó.",
        "The class has an invitation for that organization.",
    )
    example: ClassVar[dict[str, Any]] = {"invitation_id": _ID}  # fmt: skip


class ClassFull(Problem):
    status, code = 409, "class_full"
    title = ("Lớp đã hết chỗ", "The class is full")
    detail = (
        "{registered_count}/{capacity} chỗ đã có người.",
        "{registered_count} of {capacity} places are taken.",
    )
    example: ClassVar[dict[str, Any]] = {"capacity": 50, "registered_count": 50}  # fmt: skip


class ClassNotOpen(Problem):
    status, code = 409, "class_not_open"
    title = ("Lớp không nhận đăng ký", "The class takes no registrations")
    detail = (
        "Lớp đang {state}; chỉ đăng ký khi lớp đang mở.",
        "The class is {state}; register while it is open.",
    )
    example: ClassVar[dict[str, Any]] = {"state": "planned"}  # fmt: skip


class AlreadyRegistered(Problem):
    status, code = 409, "already_registered"
    title = ("Người này đã đăng ký", "This person has registered")
    detail = (
        "Người này đã có chỗ trong lớp; không cần đăng ký lần nữa.",
        "This person has a place in the class already; there is no need to register again.",
    )
    example: ClassVar[dict[str, Any]] = {"registration_id": _ID}  # fmt: skip


class RegistrationCancelled(Problem):
    status, code = 409, "registration_cancelled"
    title = ("Đăng ký đã hủy", "The registration was cancelled")
    detail = (
        "Đăng ký này đã hủy trước đó.",
        "This registration was cancelled before.",
    )


class NotRegistered(Problem):
    status, code = 409, "not_registered"
    title = ("Người này không có trong danh sách lớp", "This person is not in the class")
    detail = (
        "Chưa đăng ký lớp này; nếu là người đến trực tiếp, hãy gửi is_walk_in là true.",
        "Not registered for this class; for someone who walked in, send is_walk_in as true.",
    )
    example: ClassVar[dict[str, Any]] = {"trainee_id": _ID, "class_id": _ID}  # fmt: skip


class AlreadyCheckedIn(Problem):
    status, code = 409, "already_checked_in"
    title = ("Đã điểm danh buổi này", "Checked in to this session already")
    detail = (
        "Người này đã điểm danh buổi học, mục {check_in_id}.",
        "This person checked in to the session, entry {check_in_id}.",
    )
    example: ClassVar[dict[str, Any]] = {"check_in_id": _ID, "attendance_id": _ID}  # fmt: skip


class AlreadyAttended(Problem):
    status, code = 409, "already_attended"
    title = ("Đã có trong danh sách học viên", "On the attendance list already")
    detail = (
        "Người này đã có trong danh sách của lớp, mục {attendance_id}: một người một lớp là một lượt.",
        "This person is on the class's list, entry {attendance_id}: one person at one class is one.",
    )
    example: ClassVar[dict[str, Any]] = {"attendance_id": _ID}  # fmt: skip


class TraineeAmbiguous(Problem):
    status, code = 409, "trainee_ambiguous"
    title = ("Có nhiều người trùng tên", "Several persons fit")
    detail = (
        "Có {count} người cùng tên, năm sinh, đơn vị; hãy gửi trainee_id hoặc số định danh.",
        "{count} persons have this name, birth year and organization; send trainee_id or the identity number.",
    )
    example: ClassVar[dict[str, Any]] = {"count": 2, "trainee_ids": [_ID]}  # fmt: skip


class TraineeKnown(Problem):
    status, code = 409, "trainee_known"
    title = ("Người này đã có", "This person is known")
    detail = (
        "Số định danh này thuộc về {trainee_id}.",
        "This identity number belongs to {trainee_id}.",
    )
    example: ClassVar[dict[str, Any]] = {"trainee_id": _ID}  # fmt: skip


class TraineeErased(Problem):
    status, code = 409, "trainee_erased"
    title = ("Dữ liệu của người này đã xóa", "This person's data was erased")
    detail = (
        "Đã xóa ngày {erased_on}; chỉ còn số đếm.",
        "Erased on {erased_on}; only the counts are left.",
    )
    example: ClassVar[dict[str, Any]] = {"erased_on": "2026-05-04"}  # fmt: skip


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
    example: ClassVar[dict[str, Any]] = {"trainee_ids": [_ID]}


class BothAttended(Problem):
    status, code = 409, "both_attended"
    title = ("Cả hai đều có tên trong một lớp", "Both stand on the list of one class")
    detail = (
        "Một người một lớp là một lượt: hãy gỡ một trong hai mục điểm danh của lớp này trước, rồi nhập lại.",
        "One person at one class is one: take back one of the two entries of that class first, then join them.",
    )
    example: ClassVar[dict[str, Any]] = {"class_id": _ID, "attendance_ids": [_ID, _ID]}


class NoCertificateForClass(Problem):
    status, code = 409, "no_certificate_for_class"
    title = ("Lớp không cấp giấy chứng nhận", "The class gives no certificate")
    detail = (
        "Lớp này ghi là không cấp giấy chứng nhận.",
        "The class says that it gives no certificate.",
    )


class TraineeDidNotAttend(Problem):
    status, code = 409, "trainee_did_not_attend"
    title = ("Người này không dự lớp", "This person did not attend")
    detail = (
        "Chỉ cấp cho người có trong danh sách học viên.",
        "Only who is on the attendance list gets one.",
    )
    example: ClassVar[dict[str, Any]] = {"trainee_id": _ID, "class_id": _ID}  # fmt: skip


class CertificateNumberInUse(Problem):
    status, code = 409, "certificate_number_in_use"
    title = ("Số giấy chứng nhận đã được dùng", "The certificate's number is in use")
    detail = (
        "Số {certificate_number} đã được cấp.",
        "The number {certificate_number} was given.",
    )
    example: ClassVar[dict[str, Any]] = {"certificate_number": "07/2026/GCN"}  # fmt: skip


class AlreadyCertified(Problem):
    status, code = 409, "already_certified"
    title = ("Đã cấp giấy chứng nhận", "There is a certificate")
    detail = (
        "Người này đã có giấy {training_certificate_id} của lớp.",
        "This person has the certificate {training_certificate_id} of the class.",
    )
    example: ClassVar[dict[str, Any]] = {"training_certificate_id": _ID}  # fmt: skip


class CertificateRevoked(Problem):
    status, code = 409, "certificate_revoked"
    title = ("Giấy chứng nhận đã thu hồi", "The certificate was revoked")
    detail = (
        "Giấy này đã thu hồi ngày {revoked_on}.",
        "It was revoked on {revoked_on}.",
    )
    example: ClassVar[dict[str, Any]] = {"revoked_on": "2026-06-01"}  # fmt: skip


class CertificateStands(Problem):
    status, code = 409, "certificate_stands"
    title = ("Còn giấy chứng nhận", "A certificate stands on it")
    detail = (
        "Hãy thu hồi giấy {training_certificate_id} trước.",
        "Revoke the certificate {training_certificate_id} first.",
    )
    example: ClassVar[dict[str, Any]] = {"training_certificate_id": _ID}  # fmt: skip
