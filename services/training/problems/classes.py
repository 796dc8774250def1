"""What programs, classes, sessions and invitations refuse, beyond the kernel's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from kernel.problems import EXAMPLE_ID, Problem
from kernel.values.wording import Labels
from services.training import code_lists as codes


class ProgramCodeInUse(Problem):
    status, code = 409, "program_code_in_use"
    title = ("Mã chương trình đã được dùng", "Program code already in use")
    detail = ("Mã {program_code} đã được dùng; hãy chọn mã khác.", "The code {program_code} is in use; choose another.")
    example: ClassVar[dict[str, Any]] = {"program_code": "1804", "program_id": EXAMPLE_ID}


class ClassNumberInUse(Problem):
    status, code = 409, "class_number_in_use"
    title = ("Số lớp đã được dùng", "Class number already in use")
    detail = (
        "Số lớp {class_number} đã được dùng; hãy ghi số khác.",
        "The class number {class_number} is in use; give another.",
    )
    example: ClassVar[dict[str, Any]] = {"class_number": "L-07", "class_id": EXAMPLE_ID}


class JointClassClaimed(Problem):
    status, code = 409, "joint_class_claimed"
    title = ("Lớp phối hợp đã có Liên minh chủ trì", "Joint class already has a lead")
    detail = (
        "Liên minh {lead_alliance} đã ghi lớp này là do mình chủ trì; một lớp chỉ tính một lần trong cả nước. Hãy thống nhất đơn vị chủ trì.",
        "The alliance of {lead_alliance} entered this class as its lead; a class counts once in the nation. Agree on who leads it.",
    )
    example: ClassVar[dict[str, Any]] = {"lead_alliance": "40-2025"}


class ClassStateForbids(Problem):
    status, code = 409, "class_state_forbids"
    title = ("Trạng thái của lớp không cho phép", "Class state does not allow this")
    detail = (
        "Lớp đang ở trạng thái {state}; việc {action} chỉ làm được khi lớp ở trạng thái {allowed_in}.",
        "The class is {state}; {action} is possible only while it is {allowed_in}.",
    )
    labels: ClassVar[Mapping[str, Labels]] = {
        "state": codes.CLASS_STATES,
        "action": codes.CLASS_ACTIONS,
        "allowed_in": codes.CLASS_STATES,
    }
    example: ClassVar[dict[str, Any]] = {
        "state": "planned",
        "action": "attend",
        "allowed_in": ["running", "held", "reported"],
    }


class CapacityBelowRegistered(Problem):
    status, code = 409, "capacity_below_registered"
    title = ("Đã có nhiều người đăng ký hơn", "More people have registered")
    detail = (
        "Đã có {registered_count} người đăng ký, nên không giảm xuống {capacity} chỗ được; hãy hủy bớt đăng ký trước.",
        "{registered_count} have registered, so there cannot be only {capacity} places; cancel registrations first.",
    )
    example: ClassVar[dict[str, Any]] = {"capacity": 40, "registered_count": 43}


class SessionOutsideClass(Problem):
    status, code = 409, "session_outside_class"
    title = ("Buổi học ngoài thời gian của lớp", "Session outside the class dates")
    detail = (
        "Buổi học ngày {held_on} nằm ngoài thời gian của lớp, từ {starts_on} đến {ends_on}; hãy sửa ngày học hoặc thời gian của lớp.",
        "The session of {held_on} lies outside the class, {starts_on} to {ends_on}; correct the day or the dates of the class.",
    )
    example: ClassVar[dict[str, Any]] = {"held_on": "2026-03-09", "starts_on": "2026-03-02", "ends_on": "2026-03-04"}


class SessionNumberInUse(Problem):
    status, code = 409, "session_number_in_use"
    title = ("Số thứ tự buổi đã có", "Session number already in use")
    detail = (
        "Lớp đã có buổi số {number}; hãy ghi số khác.",
        "The class has a session {number} already; give another number.",
    )
    example: ClassVar[dict[str, Any]] = {"number": 2}


class SessionAttended(Problem):
    status, code = 409, "session_attended"
    title = ("Buổi học đã có người điểm danh", "Session has check-ins")
    detail = (
        "Đã có {check_ins} lượt điểm danh; hãy gỡ các lượt đó trước khi bỏ buổi học.",
        "There are {check_ins} check-ins; delete them before the session.",
    )
    example: ClassVar[dict[str, Any]] = {"check_ins": 31}


class ClassDeviceEnded(Problem):
    status, code = 403, "class_device_ended"
    title = ("Thiết bị hết quyền điểm danh", "Device no longer allowed")
    detail = (
        "Lớp đã kết thúc ngày {ends_on}; thiết bị điểm danh chỉ dùng được đến hết ngày hôm sau. Hãy nhờ cán bộ đào tạo nhập tiếp.",
        "The class ended on {ends_on}; its device is good until the end of the next day. Ask the training officer to enter the rest.",
    )
    example: ClassVar[dict[str, Any]] = {"ends_on": "2026-03-05"}


class ClassTooLarge(Problem):
    status, code = 409, "class_too_large"
    title = ("Lớp quá đông để trả về trọn danh sách", "Class too large for one roll")
    detail = (
        "Lớp có trên {most} người nên danh sách điểm danh không trả về trọn một lần được; hãy đọc danh sách tham dự theo từng trang.",
        "The class has more than {most} people, too many for one roll; read its attendances page by page.",
    )
    example: ClassVar[dict[str, Any]] = {"most": 2000}


class ClassWithoutSessions(Problem):
    status, code = 409, "class_without_sessions"
    title = ("Lớp chưa có buổi học nào", "Class has no sessions")
    detail = ("Hãy ghi ít nhất một buổi học trước.", "Enter at least one session first.")


class ClassNotOver(Problem):
    status, code = 409, "class_not_over"
    title = ("Lớp chưa kết thúc", "Class has not ended")
    detail = (
        "Buổi cuối vào ngày {last_session_on}; hãy ghi sau ngày đó.",
        "Its last session is on {last_session_on}; enter this afterwards.",
    )
    example: ClassVar[dict[str, Any]] = {"last_session_on": "2026-12-24"}


class ClassAttended(Problem):
    status, code = 409, "class_attended"
    title = ("Lớp đã có người học", "Class has attendances")
    detail = (
        "Lớp đã có học viên thì không hủy được; hãy ghi là đã tổ chức.",
        "A class that somebody attended cannot be cancelled; complete it instead.",
    )


class NobodyAttended(Problem):
    status, code = 409, "nobody_attended"
    title = ("Lớp chưa có học viên nào", "Class has no attendances")
    detail = (
        "Hãy nhập danh sách học viên, hoặc số người ký nhận kèm bản quét danh sách.",
        "Enter who attended, or how many signed with the scan of the list.",
    )


class AttendancesKnown(Problem):
    status, code = 409, "attendances_known"
    title = ("Đã có danh sách học viên", "Attendance already recorded")
    detail = (
        "Danh sách đã có {attendances} người hoặc đã ghi số người ký nhận; chỉ dùng một trong hai cách.",
        "The list has {attendances} persons, or the number of those who signed was entered; use one of the two only.",
    )
    example: ClassVar[dict[str, Any]] = {"attendances": 48, "reported_attendance_count": None}


class KnownByListOnly(Problem):
    status, code = 409, "known_by_list_only"
    title = ("Lớp chỉ có số người ký nhận", "Class is known by its signed list only")
    detail = (
        "Lớp đã ghi {reported_attendance_count} người theo danh sách ký nhận; hãy gỡ mục đó trước khi nhập từng người.",
        "The class has {reported_attendance_count} persons by its signed list; delete that entry before you enter persons.",
    )
    example: ClassVar[dict[str, Any]] = {"reported_attendance_count": 48, "attendance_id": EXAMPLE_ID}


class AlreadyInvited(Problem):
    status, code = 409, "already_invited"
    title = ("Đơn vị đã được mời", "Organization already invited")
    detail = (
        "Lớp này đã mời đơn vị đó; hãy sửa lời mời đã có.",
        "The class has invited that organization; change the invitation that is there.",
    )
    example: ClassVar[dict[str, Any]] = {"invitation_id": EXAMPLE_ID}
