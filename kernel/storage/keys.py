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
    """A key of 32 bytes (or `size`) and where it lies. `as_text`: in base64url, so that it can be given as a setting instead.

    `setting`: the variable that gives the key, or (with `_FILE`) names a file of it, raw or in base64url. One that is
    given is never made: each copy of a service must have the same. A setting may give several, with spaces between them: the
    first seals, all open, and the last is the oldest.
    """

    name: str
    path: Path
    as_text: bool = False
    from_setting: str | None = None
    size: int = KEY_BYTES

    @property
    def setting(self) -> str:
        """The name of the variable that may give this key."""
        return f"VCA_KEYS_{self.name.upper().replace('-', '_')}"

    def read(self) -> bytes | None:
        """Return the key, of several the oldest, or None if there is none yet. Raises KeyRefused for one that is short or no key."""
        keys = self.read_all()
        return keys[-1] if keys else None

    def read_all(self) -> list[bytes]:
        """Return the keys as they are given; one of a file, none if there is none yet. Raises KeyRefused as `read` does."""
        where, as_text = str(self.path), self.as_text
        if self.from_setting is not None:
            content, as_text = self.from_setting.encode(), True
        elif (own := self._given()) is not None:
            where, content = own
            # Raw bytes are kept as they are; 32 of them are no base64url of 32.
            as_text = len(content) != self.size
        else:
            try:
                content = self.path.read_bytes()
            except FileNotFoundError:
                return []
        with contextlib.suppress(ValueError):
            keys = [_from_text(word) for word in content.split()] if as_text else [content]
            if keys and all(len(key) == self.size for key in keys):
                return keys
        raise KeyRefused(
            f"Khóa {where} bị hỏng (không đủ {self.size} byte); hãy lấy lại từ bản sao lưu, hoặc xóa tệp nếu chưa "
            "có dữ liệu nào được niêm phong bằng khóa này.",
            f"The key {where} is damaged (it has not {self.size} bytes); put it back from a backup, or remove the file "
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
        where = str(self.path) if not self.is_given else self._where
        return KeyRefused(
            f"Thiếu khóa {where}, mà cơ sở dữ liệu này có dữ liệu niêm phong bằng khóa đó; hãy lấy lại từ bản sao lưu "
            "hoặc chạy với đúng VCA_HOME.",
            f"The key {where} is missing, and this database holds what was sealed with it; put it back from a backup, or "
            "run with its VCA_HOME.",
        )


class RunsSql(Protocol):
    """A pool of ours, or one connection."""

    async def fetchval(self, sql: str, *args: Any) -> Any: ...
    async def fetch(self, sql: str, *args: Any) -> Any: ...
    async def execute(self, sql: str, *args: Any) -> Any: ...


@dataclass(frozen=True)
class Sealed:
    """Where sealed values are found (`sql`: a few rows of `field` and `sealed`), and how a key is tried on one.

    `marks_of`: what of the first key remains when it is put away: `marks_size` bytes that make marks and open nothing.
    """

    table: str
    sql: str
    opens: Callable[[bytes, str, bytes], bool]
    marks_of: Callable[[bytes], bytes]
    marks_size: int

    def marks_key(self, key: KeyFile) -> KeyFile:
        """Return where that of `key` lies."""
        return KeyFile(f"{key.name}-marks", key.path.with_name(f"{key.name}-marks.key"), size=self.marks_size)


@dataclass(frozen=True)
class Known:
    """The keys by which a database is served: its first one, or the marks that are left of it; `given`: those of a setting."""

    first: bytes | None
    marks: bytes | None = None
    given: tuple[bytes, ...] = ()


_RECORDED = "SELECT fingerprint FROM key_fingerprint WHERE name = $1"
_RECORD = "INSERT INTO key_fingerprint (name, fingerprint) VALUES ($1, $2) ON CONFLICT DO NOTHING"
_REPLACE = "UPDATE key_fingerprint SET fingerprint = $2, recorded_at = now() WHERE name = $1 AND fingerprint = $3"


async def judge(db: RunsSql, key: KeyFile, sealed: Sealed | None) -> str | None:
    """Return the recorded fingerprint, if any. Raises KeyRefused unless this database may be served with what is there.

    Changes nothing, and knows older databases, whose keys left no fingerprint yet: a key is tried on what is sealed.
    """
    keys = key.read_all()
    fingerprint: str | None = None
    if await db.fetchval("SELECT to_regclass('key_fingerprint') IS NOT NULL"):
        fingerprint = await db.fetchval(_RECORDED, key.name)
        if fingerprint is None and sealed is not None and await _put_away(db, key, sealed) is not None:
            return None
    if keys and fingerprint is not None:
        if not any(key.fingerprint(each) == fingerprint for each in keys):
            raise key.other()
        return fingerprint
    secret = keys[-1] if keys else None
    if sealed is None or await db.fetchval("SELECT to_regclass($1) IS NULL", sealed.table):
        return fingerprint
    rows = await db.fetch(sealed.sql)
    if rows and secret is None:
        raise key.missing()
    if rows and secret is not None and not any(sealed.opens(secret, row["field"], row["sealed"]) for row in rows):
        raise key.other()
    return fingerprint


async def _put_away(db: RunsSql, key: KeyFile, sealed: Sealed) -> Known | None:
    """Return what is left of a first key that was put away; None where none was. Raises KeyRefused where it is not there."""
    marks = sealed.marks_key(key)
    recorded = await db.fetchval(_RECORDED, marks.name)
    if recorded is None:
        return None
    keys = key.read_all()
    given = tuple(keys) if key.is_given else ()
    # Given all the same, or put back beside the others for a backup of before.
    for each in keys:
        if marks.fingerprint(sealed.marks_of(each)) == recorded:
            return Known(each, given=given)
    if keys and not given:
        raise key.other()
    left = marks.read()
    if left is None:
        raise marks.missing()
    if marks.fingerprint(left) != recorded:
        raise marks.other()
    return Known(None, left, given)


async def known_keys(db: RunsSql, key: KeyFile, sealed: Sealed) -> Known:
    """Return the keys that this database is served with; changes nothing. Raises KeyRefused, also where there is none yet."""
    recorded = await judge(db, key, sealed)
    if recorded is None and (known := await _put_away(db, key, sealed)) is not None:
        return known
    first = _first_of(key, recorded)
    if first is None:
        raise key.missing()
    return Known(first, given=tuple(key.read_all()) if key.is_given else ())


def _first_of(key: KeyFile, recorded: str | None) -> bytes | None:
    """Return which of several keys the database was first used with; the oldest where it does not know."""
    keys = key.read_all()
    return next((each for each in keys if key.fingerprint(each) == recorded), keys[-1] if keys else None)


async def settle_sealing(db: RunsSql, key: KeyFile, sealed: Sealed) -> Known:
    """Return the keys that this database is served with; the first is made and recorded at the first start. Raises KeyRefused."""
    if await db.fetchval(_RECORDED, key.name) is None and (known := await _put_away(db, key, sealed)) is not None:
        return known
    first = await settle(db, key, sealed)
    return Known(first, given=tuple(key.read_all()) if key.is_given else ())


async def settle_signing(db: RunsSql, key: KeyFile) -> list[bytes]:
    """Return the keys whose signatures count, of which the first signs; the database notes that one. Raises KeyRefused.

    Nothing lasts that they sign: of several in a setting it is enough that the database knows one.
    """
    recorded_with = await settle(db, key)
    keys = key.read_all()
    if keys[0] != recorded_with:
        await db.execute(_REPLACE, key.name, key.fingerprint(keys[0]), key.fingerprint(recorded_with))
    return keys


async def settle(db: RunsSql, key: KeyFile, sealed: Sealed | None = None) -> bytes:
    """Return the key that this database is served with, made and recorded at the first start. Raises KeyRefused."""
    recorded = await judge(db, key, sealed)
    secret = _first_of(key, recorded)
    if secret is None:
        secret = key.make()
        if recorded is not None:
            # Nothing was sealed with the one that is gone.
            await db.execute(_REPLACE, key.name, key.fingerprint(secret), recorded)
    await db.execute(_RECORD, key.name, key.fingerprint(secret))
    if await db.fetchval(_RECORDED, key.name) != key.fingerprint(secret):
        raise key.other()
    return secret
