"""What the launcher asks of identity before and after it runs: keys, a first administrator, the demo's accounts.

Each function opens its own connection to identity's database, whose tables must exist, and is safe to repeat.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson

from kernel import records
from kernel.database.connections import Database, opened
from kernel.problems import Invalid, Problem
from kernel.storage.keys import write_whole
from kernel.values import geography
from kernel.values.days import now
from kernel.web.auth import NATION
from services.identity.accounts import service as accounts
from services.identity.accounts.records import ACCOUNT
from services.identity.accounts.schemas import AccountCreate
from services.identity.api import SYSTEM
from services.identity.clients import secrets as client_secrets
from services.identity.clients import service as clients
from services.identity.clients.built_in import ensure_built_in
from services.identity.clients.records import CLIENT, by_client_id
from services.identity.clients.schemas import ClientCreate
from services.identity.roles import ADMINISTRATOR, GATEWAY_ONLY, OWN_ROLE, ROLES, SCOPES, never_held
from services.identity.rows import AccountRow
from services.identity.runtime import rotation_of, sealer_of
from services.identity.security import keys
from services.identity.security import passwords as rules
from services.identity.security.passwords import Passwords
from services.identity.security.sealing import new_token
from services.identity.settings import IdentitySettings

DEMO_AREA = "25-2025"
DEMO_ORGANIZATION_ID = "0192c7e0-0000-7000-8000-000000000025"
"""The organization of the demo's cooperative_user, unless the launcher names another."""

_PROVINCIAL = (
    "registry.read",
    "registry.write",
    "funds.read",
    "funds.write",
    "training.read",
    "training.write",
    "reports.read",
    "reports.write",
    "sync.read",
)
CREDENTIALS_FILE = "demo-credentials.json"


async def ensure_keys(database_url: str, jwks_file: Path, *, home: Path | None = None) -> None:
    """Have a signing key and the next one, and write the public part to `jwks_file` by rename.

    `home` holds keys/identity.key; without it, VCA_HOME is taken to be the folder above the file's (`run/jwks.json`).
    """
    settings = IdentitySettings(database_url=database_url, home=home or jwks_file.resolve().parent.parent)
    async with opened(database_url) as db:
        ring = await keys.turn(db, await sealer_of(settings, db), rotation_of(settings), at=now())
    keys.write_jwks(ring, jwks_file)


async def create_admin(database_url: str, username: str, password: str, area: str) -> None:
    """Create an administrator of `area` (VN or an alliance).

    Raises ValueError, with a sentence in Vietnamese and one in English for the person at the terminal, for a name in use,
    a weak password, or an area that does not exist.
    """
    if area != NATION and not geography.is_alliance(area):
        raise ValueError(
            f"{area} không phải cả nước (VN), cũng không phải một Liên minh hiện nay như {DEMO_AREA}.",
            f"{area} is not VN, nor one of today's alliances such as {DEMO_AREA}.",
        )
    try:
        body = AccountCreate(username=username, full_name=username, roles=[ADMINISTRATOR], area=area)
    except ValueError:
        raise ValueError(
            "Tên đăng nhập có 3 đến 64 chữ cái, chữ số, dấu chấm, gạch ngang, gạch dưới hoặc @.",
            "A user name has 3 to 64 letters, digits, dots, dashes, underscores or @.",
        ) from None
    try:
        accounts.check_password(password, username=body.username, pointer="/password")
        async with opened(database_url) as db:
            password_hash = await Passwords().hash(password)
            async with db.transaction() as tx:
                await accounts.create(tx, body, password_hash=password_hash, must_change=False, by=SYSTEM)
    except Invalid as refused:
        raise ValueError(*refused.members["errors"][0].detail) from None
    except Problem as refused:
        raise ValueError(*(refused.document(language)["detail"] for language in ("vi", "en"))) from None


@dataclass(frozen=True)
class _Person:
    username: str
    full_name: str
    role: str
    area: str


@dataclass(frozen=True)
class _System:
    client_id: str
    name: str
    scopes: tuple[str, ...]
    area: str


_NAMES = {
    "viewer": "Nguyễn Thị Xem",
    "registry_officer": "Trần Văn Sổ",
    "fund_officer": "Lê Thị Quỹ",
    "training_officer": "Phạm Văn Lớp",
    "fund_approver": "Hoàng Thị Duyệt",
    "reporter": "Vũ Văn Báo",
    "report_approver": "Đặng Thị Ký",
    "cooperative_user": "Bùi Văn Xã Viên",
    "administrator": "Đỗ Thị Quản Trị",
}
_APPROVER, _REPORT_APPROVER = "fund_approver", "report_approver"
DEMO_PEOPLE = (
    *(_Person(role.replace("_", "-"), _NAMES[role], role, DEMO_AREA) for role in ROLES),
    _Person("administrator-vn", "Ngô Văn Trung Ương", ADMINISTRATOR, NATION),
    _Person("fund-approver-vn", "Lý Thị Quyết", _APPROVER, NATION),
    _Person("report-approver-vn", "Mai Văn Duyệt", _REPORT_APPROVER, NATION),
)
_ALL_SCOPES = "all-scopes-vn"
DEMO_SYSTEMS = (
    _System(
        _ALL_SCOPES,
        "Hệ thống thử nghiệm, không phê duyệt",
        tuple(scope for scope in SCOPES if scope not in never_held(_ALL_SCOPES)),
        NATION,
    ),
    _System("sync-vn", "Hệ thống đồng bộ quốc gia", ("sync.read",), NATION),
    _System("system-25-2025", "Hệ thống của Liên minh Phú Thọ", _PROVINCIAL, "25-2025"),
    _System("system-40-2025", "Hệ thống của Liên minh Nghệ An", _PROVINCIAL, "40-2025"),
    _System("registry-read-vn", "Hệ thống tra cứu sổ đăng ký", ("registry.read",), NATION),
)


SERVICE_SCOPES: Mapping[str, tuple[str, ...]] = {
    "registry": ("tokens.follow", "names.read", "references.read"),
    "funds": ("tokens.follow", "names.read", "registry.read"),
    "training": ("tokens.follow", "names.read", "registry.read"),
    "reporting": ("tokens.follow", "names.read", "registry.read"),
    "gateway": (GATEWAY_ONLY,),
}
"""Service that calls others → what its client system may do there."""
SERVICE_CLIENTS_FILE = Path("keys") / "service-clients.json"


async def ensure_service_clients(database_url: str, home: Path, area: str) -> dict[str, tuple[str, str]]:
    """Have a client system for each service that calls others; return service → (client id, secret).

    The secrets stay in a file of `home` (0600) and nowhere else; what it says is kept where it still opens the door.
    """
    path = home / SERVICE_CLIENTS_FILE
    try:
        stored_secrets: dict[str, str] = orjson.loads(path.read_bytes())
    except (OSError, ValueError):
        stored_secrets = {}
    systems = {service: _service_system(service, area) for service in SERVICE_SCOPES}
    async with opened(database_url) as db:
        secrets = {system.client_id: await _ensure_system(db, system, stored_secrets) for system in systems.values()}
        for system in systems.values():
            await _ensure_scopes(db, system)
    if secrets != stored_secrets:
        write_whole(path, orjson.dumps(secrets), replace=True)
    return {service: (system.client_id, secrets[system.client_id]) for service, system in systems.items()}


async def ensure_given_clients(database_url: str, secrets: Mapping[str, str], area: str) -> None:
    """Have a client system for each service of `secrets` (service → secret), which that secret opens.

    A secret that is new opens it at once, and the one before goes on for an hour, while copies of the service change over.
    """
    async with opened(database_url) as db:
        for service, secret in secrets.items():
            system = _service_system(service, area)
            row = await by_client_id(db, system.client_id)
            if row is None:
                await _ensure_system(db, system, {system.client_id: secret})
            elif row["alliance"] != area or not client_secrets.knows(row, secret, at=now()):
                async with db.transaction() as tx:
                    entries = client_secrets.succeeded_by(row, secret, overlap=_OVERLAP)
                    await records.update(tx, CLIENT, row, {"secrets": entries, "alliance": area}, by=SYSTEM)
            await _ensure_scopes(db, system)


_OVERLAP = timedelta(hours=1)


def _service_system(service: str, area: str) -> _System:
    return _System(f"service-{service}", f"Dịch vụ {service} của nền tảng", SERVICE_SCOPES[service], area)


async def ensure_demo_accounts(
    database_url: str, home: Path, gateway: str, *, organization_id: str = DEMO_ORGANIZATION_ID
) -> dict[str, Any]:
    """Have the demo's accounts and client systems; return what goes into demo-credentials.json.

    What that file in `home` says already is kept where it still opens the door, so that a second start changes
    nothing; where it does not, the account or client gets a new random secret.
    """
    stored_secrets = _known_secrets(home / CREDENTIALS_FILE)
    passwords = Passwords()
    async with opened(database_url) as db:
        await ensure_built_in(db)
        people = [
            {
                "username": person.username,
                "password": await _ensure_person(db, passwords, person, stored_secrets, organization_id),
                "role": person.role,
                "area": person.area,
            }
            for person in DEMO_PEOPLE
        ]
        systems = [
            {
                "client_id": system.client_id,
                "client_secret": await _ensure_system(db, system, stored_secrets),
                "scope": " ".join(scope for scope in SCOPES if scope in system.scopes),
                "area": system.area,
            }
            for system in DEMO_SYSTEMS
        ]
    return {"gateway": gateway, "accounts": people, "clients": systems}


def _known_secrets(path: Path) -> dict[str, str]:
    try:
        document = orjson.loads(path.read_bytes())
        return {
            **{account["username"]: account["password"] for account in document["accounts"]},
            **{client["client_id"]: client["client_secret"] for client in document["clients"]},
        }
    except (OSError, ValueError, KeyError, TypeError):
        return {}


async def _ensure_person(
    db: Database, passwords: Passwords, person: _Person, stored_secrets: dict[str, str], organization_id: str
) -> str:
    password = stored_secrets.get(person.username) or rules.one_time()
    organization = organization_id if person.role == OWN_ROLE else None
    row = await accounts.by_username(db, person.username)
    if row is None:
        body = AccountCreate(
            username=person.username,
            full_name=person.full_name,
            roles=[person.role],
            area=person.area,
            organization_id=organization,
        )
        password_hash = await passwords.hash(password)
        async with db.transaction() as tx:
            await accounts.create(tx, body, password_hash=password_hash, must_change=False, by=SYSTEM)
        return password
    if not await _opens(passwords, row, stored_secrets.get(person.username)):
        password = rules.one_time()
        password_hash = await passwords.hash(password)
        async with db.transaction() as tx:
            locked = await accounts.by_id(tx, row["id"], lock=True)
            assert locked is not None
            await accounts.set_password(tx, locked, password_hash, must_change=False, by=SYSTEM)
    if row["organization_id"] != organization:
        async with db.transaction() as tx:
            locked = await accounts.by_id(tx, row["id"], lock=True)
            assert locked is not None
            await records.update(tx, ACCOUNT, locked, {"organization_id": organization}, by=SYSTEM)
    return password


async def _opens(passwords: Passwords, row: AccountRow, password: str | None) -> bool:
    if password is None or row["must_change_password"]:
        return False
    return await passwords.matches(password, row["password_hash"])


async def _ensure_scopes(db: Database, system: _System) -> None:
    """Give a system of the platform's own what it needs by now, and nothing else."""
    async with db.transaction() as tx:
        row = await by_client_id(tx, system.client_id)
        if row is not None and set(row["scopes"]) != set(system.scopes):
            await records.update(tx, CLIENT, row, {"scopes": list(system.scopes)}, by=SYSTEM)


async def _ensure_system(db: Database, system: _System, stored_secrets: dict[str, str]) -> str:
    secret = stored_secrets.get(system.client_id) or new_token()
    row = await by_client_id(db, system.client_id)
    if row is not None and row["alliance"] == system.area and client_secrets.knows(row, secret, at=now()):
        return secret
    async with db.transaction() as tx:
        if row is None:
            body = ClientCreate(
                client_id=system.client_id, name=system.name, area=system.area, scopes=list(system.scopes)
            )
            await clients.create(tx, body, secret=secret, by=SYSTEM)
        else:
            secret = new_token()
            entry = client_secrets.secret_entry(secret, at=now())
            await records.update(tx, CLIENT, row, {"secrets": [entry], "alliance": system.area}, by=SYSTEM)
    return secret
