"""What a child process may do, and when it ends: PostgreSQL refuses to be root, and no child outlives us."""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import sys
from collections.abc import Callable

from vca.errors import Refusal

# prctl(2) and capabilities(7)
_PR_SET_PDEATHSIG, _PR_SET_SECUREBITS, _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE = 1, 28, 47, 2
_NO_SETUID_FIXUP, _CAP_DAC_OVERRIDE, _CAPABILITY_VERSION_3 = 1 << 2, 1, 0x20080522


def unprivileged() -> pwd.struct_passwd | None:
    """Return whom to become when we are root, since PostgreSQL refuses to be; None for an ordinary user."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise Refusal("Không có người dùng thường để chạy PostgreSQL.", "There is no ordinary user to run PostgreSQL as.")


def die_with_parent(sig: int) -> None:
    """Ask Linux to send us `sig` when the thread that spawned us ends; elsewhere nothing."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, sig, 0, 0, 0)


class _Header(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class _Data(ctypes.Structure):
    _fields_ = [("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32)]


def before_exec(user: pwd.struct_passwd | None, *, dies: bool) -> Callable[[], None]:
    """Return what the child does before exec: drop root but keep the right to pass folders of mode 0700."""

    def before() -> None:
        if user is not None:
            libc = ctypes.CDLL(None, use_errno=True)
            os.setgroups([])
            os.setgid(user.pw_gid)
            if sys.platform == "linux":
                libc.prctl(_PR_SET_SECUREBITS, _NO_SETUID_FIXUP, 0, 0, 0)
            os.setresuid(user.pw_uid, user.pw_uid, user.pw_uid)
            if sys.platform == "linux":
                bit = 1 << _CAP_DAC_OVERRIDE
                data = (_Data * 2)(_Data(bit, bit, bit), _Data(0, 0, 0))
                libc.capset(ctypes.byref(_Header(_CAPABILITY_VERSION_3, 0)), data)
                libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_DAC_OVERRIDE, 0, 0)
        if dies:
            die_with_parent(signal.SIGINT)

    return before
