"""Backups sealed for the holders of age keys: made and read as streams, so that none of it lies in the open on a disk."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pyrage

from vca.errors import Refusal

# The package tells no types.
Recipients = list[Any]
"""Public keys of age: for whom to encrypt."""
Identities = list[Any]
"""Secret keys of age: who may read."""

_HEADER = b"age-encryption.org/v1\n"
_RECIPIENT, _IDENTITY = "age1", "AGE-SECRET-KEY-1"


def is_encrypted(file: Path) -> bool:
    """Say whether a file is encrypted with age. Raises OSError."""
    with file.open("rb") as opened:
        return opened.read(len(_HEADER)) == _HEADER


def make_identity(file: Path) -> str:
    """Write a new secret key (0600) where no file is, and return the recipient that belongs to it. Raises Refusal."""
    identity = pyrage.x25519.Identity.generate()
    recipient = str(identity.to_public())
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Refusal(f"Đã có tệp {file}.", f"There is a file {file} already.") from None
    except OSError as error:
        raise Refusal(
            f"Không ghi được {file}: {error.strerror}.", f"{file} cannot be written: {error.strerror}."
        ) from None
    with os.fdopen(handle, "w") as out:
        out.write(f"# {recipient}\n{identity}\n")
        out.flush()
        os.fsync(out.fileno())
    return recipient


def recipients_of(texts: Sequence[str]) -> Recipients:
    """Return those for whom to encrypt: each text is an `age1…`, or a file with one a line. Raises Refusal."""
    several: Recipients = []
    for text in texts:
        if text.startswith(_RECIPIENT):
            several.append(_parsed(pyrage.x25519.Recipient.from_str, text, "--encrypt-to"))
        else:
            several += _of_file(Path(text), pyrage.x25519.Recipient.from_str, _RECIPIENT)
    return several


def identities_of(file: Path) -> Identities:
    """Return the secret keys of a file with one a line. Raises Refusal."""
    return _of_file(file, pyrage.x25519.Identity.from_str, _IDENTITY)


def _of_file(file: Path, parse: Callable[[str], Any], begins: str) -> list[Any]:
    try:
        lines = [line.strip() for line in file.read_text("ascii").splitlines()]
    except (OSError, ValueError):
        raise Refusal(
            f"Không đọc được {file}: cần {begins}… hoặc tệp mỗi dòng một {begins}….",
            f"{file} cannot be read: give {begins}…, or a file with one {begins}… a line.",
        ) from None
    several = [
        _parsed(parse, line, f"{file}:{number}")
        for number, line in enumerate(lines, start=1)
        if line and not line.startswith("#")
    ]
    if not several:
        raise Refusal(f"{file} không có khóa {begins}… nào.", f"{file} has no key {begins}….")
    return several


def _parsed(parse: Callable[[str], Any], text: str, where: str) -> Any:
    try:
        return parse(text)
    except (pyrage.RecipientError, pyrage.IdentityError):
        # Never the text itself: somebody may have given the secret half.
        raise Refusal(
            f"{where}: không phải khóa age (X25519) đúng loại.", f"{where}: that is no age key (X25519) of this kind."
        ) from None


class _Pipe:
    """The writing end of a pipe for age, which would make one error of all: it says whether the reader left."""

    def __init__(self, end: IO[bytes]) -> None:
        self._end, self.left = end, False

    def write(self, data: bytes) -> int:
        try:
            return self._end.write(data)
        except (BrokenPipeError, ValueError):
            self.left = True
            raise

    def flush(self) -> None:
        self._end.flush()


class _Work(threading.Thread):
    """One end of a stream, worked on beside us; `failure` is what ended it."""

    def __init__(self, work: Callable[[], None], end: IO[bytes]) -> None:
        super().__init__(daemon=True)
        self._work, self._end = work, end
        self.failure: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            self._work()
        except BaseException as error:
            self.failure = error
        finally:
            # The other side finds the end of the stream, or nobody who reads it.
            with contextlib.suppress(OSError):
                self._end.close()


def _pipe() -> tuple[IO[bytes], IO[bytes]]:
    reading, writing = os.pipe()
    return os.fdopen(reading, "rb"), os.fdopen(writing, "wb")


@contextmanager
def encrypting(out: IO[bytes], recipients: Recipients) -> Iterator[IO[bytes]]:
    """Lend what to write to; it arrives at `out` encrypted, or as it is if there are no recipients. Raises OSError."""
    if not recipients:
        yield out
        return
    reading, writing = _pipe()
    work = _Work(lambda: pyrage.encrypt_io(reading, out, recipients), reading)
    try:
        yield writing
    except BrokenPipeError:
        # It ended before us, and says why below.
        pass
    finally:
        with contextlib.suppress(OSError):
            writing.close()
        work.join()
    if work.failure is not None:
        raise OSError(0, str(work.failure).removeprefix("OSError: ")) from work.failure


@contextmanager
def decrypting(file: Path, identities: Identities) -> Iterator[IO[bytes]]:
    """Lend what an encrypted file says; read it to its end. Raises Refusal where it was changed, cut off or is not for us.

    What was read may be used only once this has returned.
    """
    with file.open("rb") as source:
        reading, writing = _pipe()
        pipe = _Pipe(writing)
        work = _Work(lambda: pyrage.decrypt_io(source, pipe, identities), writing)
        try:
            yield reading
        except BaseException as error:
            reading.close()
            work.join()
            if work.failure is None or pipe.left:
                raise
            raise _unreadable(file, work.failure) from error
        reading.close()
        work.join()
    if work.failure is not None:
        raise _unreadable(file, work.failure)


def _unreadable(file: Path, failure: BaseException) -> Refusal:
    if isinstance(failure, pyrage.DecryptError) and "matching keys" in str(failure):
        return Refusal(
            f"{file} không mã hóa cho khóa nào trong --identity; chưa có gì bị thay đổi.",
            f"{file} is encrypted to none of the keys in --identity; nothing was changed.",
        )
    return Refusal(
        f"{file} bị sửa hoặc bị cắt cụt sau khi mã hóa; chưa có gì bị thay đổi.",
        f"{file} was changed or cut off after it was encrypted; nothing was changed.",
    )
