"""Backup and restore of all services, with or without a run going on."""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from kernel.storage.last_backup import LastBackup, record
from vca import backups, databases, restoring
from vca.databases import Served
from vca.encryption import identities_of, recipients_of
from vca.errors import Refusal
from vca.modes import keep_private
from vca.postgres import EmbeddedPostgres
from vca.services import SERVICES
from vca.settings import Place, uses_embedded


@contextmanager
def served(only: str | None = None) -> Iterator[dict[str, Served]]:
    """Lend all services' databases, or the one of `only`: those of the run that is going on, else on a server started for us.

    Raises Refusal.
    """
    if only is not None and only not in (service.name for service in SERVICES):
        raise Refusal(f"Không có dịch vụ {only}.", f"There is no service {only}.")
    keep_private()
    place = Place.from_environment()
    if not uses_embedded():
        yield databases.served(databases.ensure(None, only), None)
        return
    running = EmbeddedPostgres(place.home)
    with contextlib.ExitStack() as stack:
        port = running.running_port()
        if port is not None:
            running.port = port
        else:
            stack.enter_context(running)
        yield databases.served(databases.ensure(running, only), running)


@contextmanager
def database_urls(only: str | None = None) -> Iterator[dict[str, str]]:
    """Lend the addresses of all services' databases, or of the one that is named. Raises Refusal."""
    with served(only) as databases:
        yield {service: each.url for service, each in databases.items()}


@contextmanager
def _lock(path: Path) -> Iterator[bool]:
    """Hold a lock if nobody else does, and say whether we hold it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True


def backup(
    file: Path, *, with_keys: bool = False, encrypt_to: Sequence[str] = (), overwrite: bool = False
) -> LastBackup:
    """Write all databases and files, and keys if asked, into one archive, by rename. Raises Refusal.

    A file that is there stays, unless it is to `overwrite` it.
    """
    place = Place.from_environment()
    recipients = recipients_of(encrypt_to)
    with database_urls() as urls:
        if restoring.is_cut_off(place.home):
            raise Refusal(
                "Một lần khôi phục đang chạy hoặc bị ngắt giữa chừng; hãy chờ, hoặc chạy lại vca up hay vca restore.",
                "A restore is running or was cut off; wait for it, or run vca up or vca restore again.",
            )
        made_at = backups.write(file, urls, place, with_keys=with_keys, recipients=recipients, overwrite=overwrite)
    made = LastBackup(made_at=made_at, bytes=file.stat().st_size, is_encrypted=bool(recipients), has_keys=with_keys)
    # The backup is there, whether or not this can be noted.
    with contextlib.suppress(OSError):
        record(place.home, made)
    return made


def verify(file: Path, identity: Path | None = None) -> backups.Backup:
    """Read a backup whole and check each part; changes nothing and needs no database. Raises Refusal."""
    return backups.read(file, identities=None if identity is None else identities_of(identity))


def restore(file: Path, *, replace: bool, identity: Path | None = None) -> None:
    """Put a backup's databases, files and keys in place; every feed begins a new life. Raises Refusal."""
    keep_private()
    place = Place.from_environment()
    identities = None if identity is None else identities_of(identity)
    if not file.is_file():
        raise Refusal(f"Không có tệp {file}.", f"There is no file {file}.")
    # A run that holds its lock is going on; one that would start now waits for us.
    with _lock(place.home / "restore.lock") as alone, _lock(place.home / "up.lock") as stopped:
        if not alone:
            raise Refusal(
                f"Một lần khôi phục khác đang chạy với {place.home}.", f"Another restore is using {place.home}."
            )
        with served() as databases:
            filled = backups.filled({service: each.url for service, each in databases.items()})
            if filled and not replace:
                raise Refusal(
                    f"Đã có dữ liệu ({', '.join(filled)}); dùng --replace để thay.",
                    f"There is data already ({', '.join(filled)}); --replace replaces it.",
                )
            restoring.restore(file, place.home, databases, running=not stopped, identities=identities)
