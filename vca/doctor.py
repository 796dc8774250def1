"""`vca doctor`: looks at a deployment, up or down, changes nothing, and says what is wrong and what to do.

Each finding has a code that never changes; docs/logs.md lists them. `fault`: something does not work, or will be lost;
`warning`: it will go wrong one day.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import json
import os
import shutil
import ssl
import stat
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import asyncpg
import httpx
from cryptography import x509

from kernel.database.connections import connect, opened
from kernel.storage.keys import KeyRefused, judge
from kernel.storage.last_backup import last_backup
from migrations.run import head, stands_at
from services.gateway.access_log import files_of
from services.gateway.config import is_unknown_proxy
from vca import connection_budget
from vca.checked_settings import refused_bind, refused_settings
from vca.databases import on_database
from vca.errors import Refusal
from vca.key_use import SEALED_COLUMNS, unused
from vca.keys import keys_of
from vca.log_rotation import Rotation
from vca.modes import OTHERS
from vca.persons import ended
from vca.postgres import EmbeddedPostgres
from vca.processes import UNKNOWN_PROXY
from vca.services import SERVICES
from vca.settings import Place, given_database, own_database, uses_embedded

OLDEST_POSTGRESQL = 160_000
_DISK_WARNING, _DISK_FAULT = 0.85, 0.95
_BACKUP_AGE = timedelta(days=2)
_CERTIFICATE_WARNING = timedelta(days=21)
_CLOCK_SECONDS = 2.0
_LONG_TRANSACTION_SECONDS = 900
_BEHIND_SECONDS = 300


@dataclass(frozen=True)
class Finding:
    """Something to mend: its code, how grave it is, and in both languages what it is and what to do."""

    code: str
    severity: Literal["fault", "warning"]
    vi: str
    en: str


def exit_code(findings: list[Finding]) -> int:
    """Return 0 where nothing was found, 1 where warnings were, 2 where something is at fault."""
    return max(({"warning": 1, "fault": 2}[finding.severity] for finding in findings), default=0)


def diagnose() -> list[Finding]:
    """Look at everything; the grave first. Raises Refusal where the settings say not even where to look."""
    place = Place.from_environment()
    wrong = [_fault("setting_refused", refused.vi, refused.en) for refused in (*refused_settings(), *refused_bind())]
    findings = [*wrong, *_home(place), *_backup(place), *_certificate(), *_exposure(place), *_logs(place)]
    # A wrong setting is mended first: what they say elsewhere would only follow from it.
    if not wrong:
        findings += asyncio.run(_databases(place))
        findings += asyncio.run(_running(place))
    return sorted(findings, key=lambda finding: finding.severity)


def _fault(code: str, vi: str, en: str) -> Finding:
    return Finding(code, "fault", vi, en)


def _warning(code: str, vi: str, en: str) -> Finding:
    return Finding(code, "warning", vi, en)


def _home(place: Place) -> Iterator[Finding]:
    if not place.home.is_dir():
        yield _fault(
            "home_missing",
            f"Không có thư mục {place.home}; hãy đặt đúng VCA_HOME, hoặc chạy vca up lần đầu.",
            f"There is no folder {place.home}; set VCA_HOME rightly, or run vca up for the first time.",
        )
        return
    usage = shutil.disk_usage(place.home)
    share = usage.used / (usage.used + usage.free)
    if share >= _DISK_WARNING:
        words = (
            f"Đĩa của {place.home} đã đầy {share:.0%}; hãy thêm đĩa hoặc dọn bớt trước khi hết chỗ ghi.",
            f"The disk of {place.home} is {share:.0%} full; add room or clear some before writes are refused.",
        )
        yield _fault("disk_full", *words) if share >= _DISK_FAULT else _warning("disk_low", *words)
    wide = [path for path in (place.home, place.home / "keys", *(place.home / "keys").glob("*")) if _is_wide(path)]
    if wide:
        names = ", ".join(map(str, wide[:5]))
        yield _fault(
            "open_to_others",
            f"Người dùng khác của máy đọc được {names}; hãy chạy chmod go= {names}.",
            f"Other users of this machine may read {names}; run chmod go= {names}.",
        )


def _is_wide(path: Path) -> bool:
    with contextlib.suppress(OSError):
        return bool(stat.S_IMODE(path.stat().st_mode) & OTHERS)
    return False


def _backup(place: Place) -> Iterator[Finding]:
    made = last_backup(place.home)
    if made is None:
        yield _warning(
            "backup_missing",
            "Chưa có bản sao lưu nào; hãy chạy vca backup hằng ngày và cất tệp ở máy khác.",
            "There is no backup; run vca backup every day and keep the file on another machine.",
        )
    elif datetime.now(UTC) - made.made_at > _BACKUP_AGE:
        day = f"{made.made_at:%d/%m/%Y %H:%M}"
        yield _warning(
            "backup_old",
            f"Bản sao lưu mới nhất là của {day} UTC; hãy xem vì sao vca backup không còn chạy hằng ngày.",
            f"The newest backup is of {day} UTC; see why vca backup no longer runs every day.",
        )


def _certificate() -> Iterator[Finding]:
    cert, key = os.environ.get("VCA_TLS_CERT"), os.environ.get("VCA_TLS_KEY")
    if not cert and not key:
        return
    try:
        read = x509.load_pem_x509_certificate(Path(cert or "").read_bytes())
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(cert or "", key or "")
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError.
        yield _fault(
            "certificate_unusable",
            f"Chứng thư VCA_TLS_CERT và khóa VCA_TLS_KEY không dùng được cùng nhau ({type(error).__name__}); hãy đặt đúng hai tệp.",
            f"The certificate VCA_TLS_CERT and the key VCA_TLS_KEY cannot be used together ({type(error).__name__}); set both files rightly.",
        )
        return
    left = read.not_valid_after_utc - datetime.now(UTC)
    day = f"{read.not_valid_after_utc:%d/%m/%Y}"
    if left < timedelta(0):
        yield _fault(
            "certificate_expired",
            f"Chứng thư TLS hết hạn ngày {day}; hãy thay bằng chứng thư mới.",
            f"The TLS certificate expired on {day}; put a new one in its place.",
        )
    elif left < _CERTIFICATE_WARNING:
        yield _warning(
            "certificate_expires",
            f"Chứng thư TLS hết hạn ngày {day}; hãy gia hạn.",
            f"The TLS certificate expires on {day}; renew it.",
        )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False


def _exposure(place: Place) -> Iterator[Finding]:
    bind, has_tls = os.environ.get("VCA_BIND") or "127.0.0.1", bool(os.environ.get("VCA_TLS_CERT"))
    public = urlsplit(place.public_url)
    if public.scheme != "https" and not _is_loopback(public.hostname or ""):
        yield _fault(
            "plain_http",
            f"{place.public_url} không có TLS: mật khẩu và token đi không che; hãy đặt VCA_TLS_CERT và VCA_TLS_KEY, hoặc "
            "một proxy có TLS ở trước, và VCA_PUBLIC_URL=https://….",
            f"{place.public_url} has no TLS: passwords and tokens travel in the open; set VCA_TLS_CERT and VCA_TLS_KEY, or put "
            "a proxy with TLS in front, and VCA_PUBLIC_URL=https://….",
        )
    hops = os.environ.get("VCA_TRUSTED_HOPS") or "0"
    if is_unknown_proxy(place.public_url, ends_tls=has_tls, is_counted=hops != "0"):
        yield _warning("trusted_hops", *UNKNOWN_PROXY)
    behind_proxy = public.scheme == "https" and not has_tls
    if not behind_proxy and hops != "0" and _is_loopback(bind) is False:
        yield _fault(
            "trusted_hops_open",
            f"VCA_TRUSTED_HOPS={hops} mà không có proxy ở trước: ai cũng tự ghi được địa chỉ của mình; hãy đặt 0.",
            f"VCA_TRUSTED_HOPS={hops} without a proxy in front: anybody may write an address of their own; set 0.",
        )


def _logs(place: Place) -> Iterator[Finding]:
    try:
        most = Rotation.from_environment().most_bytes
    except Refusal as refusal:
        yield _fault("log_settings", refusal.vi, refusal.en)
        return
    logs = [*place.logs.glob("*.log"), place.run / "envoy" / "access.log", place.home / "postgres" / "postgres.log"]
    for log in logs:
        for file in files_of(log):
            size = file.stat().st_size
            if size > 2 * most + 1_000_000:
                yield _warning(
                    "log_not_rotated",
                    f"{file} có {size // 1_000_000} MB, quá VCA_LOG_MAX_MB; hãy chạy lại vca up, hoặc cất tệp này đi.",
                    f"{file} has {size // 1_000_000} MB, beyond VCA_LOG_MAX_MB; start vca up again, or put the file away.",
                )


def _urls(place: Place) -> dict[str, str] | None:
    """Return where each service's database is; None where our own server does not run."""
    if not uses_embedded():
        given = {service.name: given_database(service.name) for service in SERVICES}
        return {
            service.name: url if own_database(service.name) else on_database(url, service.database)
            for service in SERVICES
            if (url := given[service.name]) is not None
        }
    server = EmbeddedPostgres(place.home)
    port = server.running_port()
    if port is None:
        return None
    server.port = port
    return {service.name: server.url(service.database) for service in SERVICES}


async def _databases(place: Place) -> list[Finding]:
    urls = _urls(place)
    if urls is None:
        return [
            _warning(
                "database_stopped",
                "PostgreSQL của nền tảng không chạy nên không khám được cơ sở dữ liệu; hãy chạy vca up rồi khám lại.",
                "The platform's PostgreSQL does not run, so the databases were not looked at; run vca up and ask again.",
            )
        ]
    found: list[Finding] = []
    servers: set[str] = set()
    for service, url in urls.items():
        try:
            connection = await asyncio.wait_for(connect(url), 5)
        except (OSError, asyncpg.PostgresError, TimeoutError) as error:
            found.append(
                _fault(
                    "database_unreachable",
                    f"Không vào được cơ sở dữ liệu của {service} ({type(error).__name__}); hãy xem máy chủ, địa chỉ và mật khẩu.",
                    f"The database of {service} cannot be reached ({type(error).__name__}); look at the server, the address and the password.",
                )
            )
            continue
        try:
            if (server := connection_budget.server_of(url)) not in servers:
                servers.add(server)
                pools = sum(connection_budget.server_of(each) == server for each in urls.values())
                found += await _server(connection, pools)
            found += await _database(connection, service, url, place)
        finally:
            await connection.close()
    return found


async def _server(connection: asyncpg.Connection[asyncpg.Record], pools: int) -> list[Finding]:
    found: list[Finding] = []
    version = int(await connection.fetchval("SHOW server_version_num"))
    if version < OLDEST_POSTGRESQL:
        found.append(
            _fault(
                "postgresql_old",
                f"PostgreSQL {version // 10_000} quá cũ; hãy dùng phiên bản 16 trở lên.",
                f"PostgreSQL {version // 10_000} is too old; use version 16 or later.",
            )
        )
    allowed = int(await connection.fetchval(connection_budget.ALLOWED))
    if allowed < (needed := connection_budget.needed(pools, connection_budget.pool_size())):
        found.append(
            _fault(
                "connections_short",
                f"PostgreSQL cho {allowed} kết nối, không đủ cho {needed} của các dịch vụ; hãy tăng max_connections, hoặc giảm "
                "VCA_POOL_SIZE.",
                f"PostgreSQL gives {allowed} connections, short of the {needed} of the services; raise max_connections, or lower "
                "VCA_POOL_SIZE.",
            )
        )
    before = time.time()
    there = float(await connection.fetchval("SELECT extract(epoch FROM clock_timestamp())::float8"))
    if (skew := max(before - there, there - time.time(), 0.0)) > _CLOCK_SECONDS:
        found.append(
            _fault(
                "clock_skew",
                f"Đồng hồ máy này và của PostgreSQL lệch {skew:.0f} giây; hãy bật đồng bộ giờ (NTP) ở cả hai.",
                f"The clocks of this machine and of PostgreSQL differ by {skew:.0f} seconds; turn time synchronization (NTP) on at both.",
            )
        )
    if await connection.fetchval("SELECT current_setting('fsync') = 'off'"):
        found.append(
            _fault(
                "fsync_off",
                "PostgreSQL chạy với fsync=off: mất điện là mất dữ liệu; hãy bật lại.",
                "PostgreSQL runs with fsync=off: a power cut loses data; turn it on.",
            )
        )
    oldest = await connection.fetchval(
        "SELECT coalesce(extract(epoch FROM max(now() - xact_start)), 0)::int FROM pg_stat_activity"
        " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    if oldest > _LONG_TRANSACTION_SECONDS:
        found.append(
            _warning(
                "transaction_old",
                f"Một giao dịch đã mở {oldest // 60} phút, giữ lại mọi dòng thay đổi; hãy tìm trong pg_stat_activity và kết thúc nó.",
                f"A transaction has been open for {oldest // 60} minutes and holds every feed back; find it in pg_stat_activity and end it.",
            )
        )
    return found


async def _database(connection: Any, service: str, url: str, place: Place) -> list[Finding]:
    found: list[Finding] = []
    try:
        state = await stands_at(connection, head(service))
    except asyncpg.UndefinedTableError:
        state = "stands at nothing"
    if state != "ok":
        return [
            _fault(
                "migrations_differ",
                f"Cơ sở dữ liệu của {service} không khớp phiên bản này ({state}); hãy chạy vca migrate.",
                f"The database of {service} does not fit this version ({state}); run vca migrate.",
            )
        ]
    for key, sealed in keys_of(place.home)[service]:
        try:
            await judge(connection, key, sealed)
        except KeyRefused as refused:
            found.append(_fault("key_refused", refused.vi, refused.en))
    if not found:
        found += await _unused_keys(connection, service, place)
    found += await _retention(service, url)
    with contextlib.suppress(asyncpg.UndefinedTableError):
        for row in await connection.fetch(
            "SELECT feed, extract(epoch FROM now() - known_at)::int AS behind, problem FROM followed_feed"
        ):
            if row["behind"] is not None and row["behind"] > _BEHIND_SECONDS:
                found.append(
                    _warning(
                        "follower_behind",
                        f"{service} theo dõi {row['feed']} chậm {row['behind'] // 60} phút ({row['problem'] or 'không rõ'}); hãy xem "
                        "dịch vụ được theo dõi có chạy không.",
                        f"{service} follows {row['feed']} {row['behind'] // 60} minutes behind ({row['problem'] or 'unknown'}); see "
                        "whether the service that it follows runs.",
                    )
                )
    return found


async def _unused_keys(connection: Any, service: str, place: Place) -> list[Finding]:
    if service not in SEALED_COLUMNS:
        return []
    try:
        names = await unused(connection, place.home, service)
    except Refusal:  # Nothing was sealed yet, and no key made.
        return []
    return [
        _warning(
            "key_unused",
            f"Không có gì niêm phong bằng khóa {name} của {service}; hãy chạy vca keys rotate {service}, với khóa đầu thì vca keys "
            f"retire {service}, với khóa mới trong thiết đặt thì đặt lên trước.",
            f"Nothing is sealed with the key {name} of {service}; run vca keys rotate {service}, for the first key vca keys "
            f"retire {service}, and put one that is new in a setting before the others.",
        )
        for name in names
    ]


async def _retention(service: str, url: str) -> list[Finding]:
    async with opened(url) as db:
        count = sum((await ended(db, service)).values())
    if not count:
        return []
    return [
        _warning(
            "retention_ended",
            f"{service} còn dữ liệu của {count} người mà không quy định nào buộc lưu giữ nữa; hãy xem vca personal-data due, rồi "
            "chạy vca personal-data erase-due.",
            f"{service} has data of {count} persons whom no rule keeps any more; see vca personal-data due, then run "
            "vca personal-data erase-due.",
        )
    ]


async def _running(place: Place) -> list[Finding]:
    """Ask the platform from outside, as its callers do."""
    async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
        try:
            health = await client.get(f"{place.public_url}/health")
            summary = health.json()
        except (httpx.HTTPError, ValueError) as error:
            return [
                _fault(
                    "gateway_unreachable",
                    f"{place.public_url} không trả lời ({type(error).__name__}); hãy chạy vca up, hoặc xem tường lửa, tên miền, chứng thư.",
                    f"{place.public_url} does not answer ({type(error).__name__}); run vca up, or look at firewall, name and certificate.",
                )
            ]
        found = list(_not_ready(summary.get("services", {})))
        found += await _jwks(client, place)
        return found


def _not_ready(services: Mapping[str, Any]) -> Iterator[Finding]:
    for name, state in services.items():
        # One that is degraded works: its disk is told of by itself.
        if state.get("status") not in ("ok", "degraded"):
            checks = state.get("checks", {}).items()
            failing = ", ".join(f"{check}: {said}" for check, said in checks if isinstance(said, str) and said != "ok")
            yield _fault(
                "service_not_ready",
                f"Dịch vụ {name} chưa sẵn sàng ({failing}); hãy xem nhật ký của nó.",
                f"The service {name} is not ready ({failing}); look at its log.",
            )


async def _jwks(client: httpx.AsyncClient, place: Place) -> list[Finding]:
    try:
        told = {key["kid"] for key in (await client.get(f"{place.public_url}/v1/identity/jwks")).json()["keys"]}
        kept = {key["kid"] for key in json.loads(place.jwks.read_bytes())["keys"]}
    except FileNotFoundError:
        return []
    except (httpx.HTTPError, OSError, ValueError, KeyError, TypeError):
        told, kept = {"told"}, set()
    if told == kept:
        return []
    return [
        _fault(
            "jwks_differ",
            f"Khóa công khai ở {place.jwks} khác khóa mà identity công bố, nên token có thể bị từ chối; hãy xóa tệp này và chạy lại identity.",
            f"The public keys in {place.jwks} differ from those that identity publishes, so tokens may be refused; remove the file and start identity again.",
        )
    ]
