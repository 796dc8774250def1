"""Keys, given by settings or in files below VCA_HOME/keys: written whole or not at all, known to the database by their fingerprint.

A database that was used with one key is not served with another: marks would find nobody twice, sealed numbers would not
open, and the process that has the right key would be locked out.
"""

from __future__ import annotations

import base64
import contextlib
import hmac
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from kernel.runtime.given import SettingRefused, given

KEY_BYTES = 32


class KeyRefused(Exception):
    """A key is damaged, missing, or another database's; one sentence in Vietnamese and in English."""

    def __init__(self, vi: str, en: str) -> None:
        super().__init__(f"{vi} / {en}")
        self.vi, self.en = vi, en


def write_whole(path: Path, content: bytes, *, replace: bool) -> None:
    """Have `content` at `path` (0600), on the disk, or leave everything as it was. Raises OSError.

    Without `replace`, a file that is there stays: of two that start at once one wins, and the other takes what it wrote.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            partial.replace(path)
        else:
            with contextlib.suppress(FileExistsError):
                os.link(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _from_text(text: bytes) -> bytes:
    return base64.b64decode(text + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)


@dataclass(frozen=True)
class KeyFile:
    """A key of 32 bytes and where it lies. `as_text`: in base64url, so that it can be given as a setting instead.

    `setting`: the variable that gives the key, or (with `_FILE`) names a file of it, raw or in base64url. One that is
    given is never made: each copy of a service must have the same.
    """

    name: str
    path: Path
    as_text: bool = False
    from_setting: str | None = None

    @property
    def setting(self) -> str:
        """The name of the variable that may give this key."""
        return f"VCA_KEYS_{self.name.upper().replace('-', '_')}"

    def read(self) -> bytes | None:
        """Return the key, or None if there is none yet. Raises KeyRefused for one that is short or no key."""
        where, as_text = str(self.path), self.as_text
        if self.from_setting is not None:
            content, as_text = self.from_setting.encode(), True
        elif (own := self._given()) is not None:
            where, content = own
            # Raw bytes are kept as they are; 32 of them are no base64url of 32.
            as_text = len(content) != KEY_BYTES
        else:
            try:
                content = self.path.read_bytes()
            except FileNotFoundError:
                return None
        with contextlib.suppress(ValueError):
            key = _from_text(content.strip()) if as_text else content
            if len(key) == KEY_BYTES:
                return key
        raise KeyRefused(
            f"Khóa {where} bị hỏng (không đủ {KEY_BYTES} byte); hãy lấy lại từ bản sao lưu, hoặc xóa tệp nếu chưa "
            "có dữ liệu nào được niêm phong bằng khóa này.",
            f"The key {where} is damaged (it has not {KEY_BYTES} bytes); put it back from a backup, or remove the file "
            "if nothing was sealed with it.",
        )

    def _given(self) -> tuple[str, bytes] | None:
        try:
            own = given(self.setting)
        except SettingRefused as refused:
            raise KeyRefused(refused.vi, refused.en) from None
        return None if own is None else (own.variable, own.content)

    @property
    def is_given(self) -> bool:
        """Say whether a setting gives the key, and not its file. Raises KeyRefused."""
        return self.from_setting is not None or self._given() is not None

    @property
    def _where(self) -> str:
        own = None if self.from_setting is not None else self._given()
        return str(self.path) if own is None else own[0]

    def make(self) -> bytes:
        """Make the key, or take the one that somebody key in this moment."""
        new_key = secrets.token_bytes(KEY_BYTES)
        text = base64.urlsafe_b64encode(new_key).rstrip(b"=") + b"\n"
        write_whole(self.path, text if self.as_text else new_key, replace=False)
        key = self.read()
        assert key is not None, "it was written a moment ago"
        return key

    def fingerprint(self, key: bytes) -> str:
        """Return what the database knows the key by; nobody finds the key from it."""
        return hmac.digest(key, f"vca fingerprint {self.name}".encode(), "sha256").hex()

    def other(self) -> KeyRefused:
        """Return the refusal of a key that is not the database's."""
        return KeyRefused(
            f"Khóa {self._where} không phải khóa mà cơ sở dữ liệu này đã dùng; hãy lấy lại khóa đó từ bản sao lưu hoặc chạy "
            "với đúng VCA_HOME.",
            f"The key {self._where} is not the one that this database was used with; put that one back from a backup, or run "
            "with its VCA_HOME.",
        )

    def missing(self) -> KeyRefused:
        """Return the refusal to go on without the key."""
        return KeyRefused(
            f"Thiếu khóa {self.path}, mà cơ sở dữ liệu này có dữ liệu niêm phong bằng khóa đó; hãy lấy lại từ bản sao lưu "
            "hoặc chạy với đúng VCA_HOME.",
            f"The key {self.path} is missing, and this database holds what was sealed with it; put it back from a backup, or "
            "run with its VCA_HOME.",
        )


class RunsSql(Protocol):
    """A pool of ours, or one connection."""

    async def fetchval(self, sql: str, *args: Any) -> Any: ...
    async def fetch(self, sql: str, *args: Any) -> Any: ...
    async def execute(self, sql: str, *args: Any) -> Any: ...


@dataclass(frozen=True)
class Sealed:
    """Where sealed values are found (`sql`: a few rows of `field` and `sealed`), and how a key is tried on one."""

    table: str
    sql: str
    opens: Callable[[bytes, str, bytes], bool]


_RECORDED = "SELECT fingerprint FROM key_fingerprint WHERE name = $1"
_RECORD = "INSERT INTO key_fingerprint (name, fingerprint) VALUES ($1, $2) ON CONFLICT DO NOTHING"
_REPLACE = "UPDATE key_fingerprint SET fingerprint = $2, recorded_at = now() WHERE name = $1 AND fingerprint = $3"


async def judge(db: RunsSql, key: KeyFile, sealed: Sealed | None) -> str | None:
    """Return the recorded fingerprint, if any. Raises KeyRefused unless this database may be served with what is there.

    Changes nothing, and knows older databases, whose keys left no fingerprint yet: a key is tried on what is sealed.
    """
    secret = key.read()
    fingerprint: str | None = None
    if await db.fetchval("SELECT to_regclass('key_fingerprint') IS NOT NULL"):
        fingerprint = await db.fetchval(_RECORDED, key.name)
    if secret is not None and fingerprint is not None:
        if key.fingerprint(secret) != fingerprint:
            raise key.other()
        return fingerprint
    if sealed is None or await db.fetchval("SELECT to_regclass($1) IS NULL", sealed.table):
        return fingerprint
    rows = await db.fetch(sealed.sql)
    if rows and secret is None:
        raise key.missing()
    if rows and secret is not None and not any(sealed.opens(secret, row["field"], row["sealed"]) for row in rows):
        raise key.other()
    return fingerprint


async def settle(db: RunsSql, key: KeyFile, sealed: Sealed | None = None) -> bytes:
    """Return the key that this database is served with, made and recorded at the first start. Raises KeyRefused."""
    recorded = await judge(db, key, sealed)
    secret = key.read()
    if secret is None:
        secret = key.make()
        if recorded is not None:
            # Nothing was sealed with the one that is gone.
            await db.execute(_REPLACE, key.name, key.fingerprint(secret), recorded)
    await db.execute(_RECORD, key.name, key.fingerprint(secret))
    if await db.fetchval(_RECORDED, key.name) != key.fingerprint(secret):
        raise key.other()
    return secret
