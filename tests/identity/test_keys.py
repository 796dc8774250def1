"""Signing keys: one at work, the next one published before its first use, the old one until its tokens have expired."""

from __future__ import annotations

import json
import os
import secrets
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import KeySet
from pydantic import SecretStr

from kernel.database.connections import Database
from kernel.storage.keys import KeyRefused
from kernel.values.days import now
from kernel.web.auth import Verifier
from services.identity.bootstrap import ensure_keys
from services.identity.main import create_app
from services.identity.runtime import refresh
from services.identity.security import keys
from services.identity.security.keys import Rotation
from services.identity.security.sealing import CannotOpen, Sealer, text_of
from services.identity.settings import IdentitySettings
from tests.identity.people import Identity, bearer
from tests.support.answers import assert_problem, ok
from tests.support.waiting import come_about

DAY = timedelta(days=1)


async def _jwks(identity: Identity) -> list[str]:
    return [key["kid"] for key in ok(await identity.http.get("/v1/identity/jwks"))["keys"]]


async def _token(identity: Identity) -> str:
    system = await identity.system()
    token: str = (await identity.token(auth=system.basic, grant_type="client_credentials")).json()["access_token"]
    return token


async def test_two_keys_are_published_and_the_first_signs(identity: Identity, settings: IdentitySettings) -> None:
    published = ok(await identity.http.get("/v1/identity/jwks"))
    assert len(published["keys"]) == 2
    assert all(set(key) == {"kty", "crv", "x", "y", "kid", "alg", "use"} for key in published["keys"])
    token = await _token(identity)
    keys = KeySet.import_key_set({"keys": published["keys"]})
    decoded = jwt.decode(token, keys, algorithms=["ES256"])
    assert decoded.header["kid"] == published["keys"][0]["kid"]
    assert decoded.header["typ"] == "at+jwt"
    assert settings.jwks_file is not None
    assert json.loads(settings.jwks_file.read_text()) == published


async def test_tokens_stay_valid_through_a_rotation(identity: Identity, settings: IdentitySettings) -> None:
    start = now()
    first, second = await _jwks(identity)
    with time_machine.travel(start + 30 * DAY - timedelta(minutes=5)):
        before = await _token(identity)
    with time_machine.travel(start + 30 * DAY + timedelta(minutes=1)):
        await refresh(identity.app)
        after = await _token(identity)
        keys = await _jwks(identity)
        assert keys[:2] == [first, second]
        assert len(keys) == 3
        kids = [jwt.decode(t, KeySet.import_key_set(_published(settings))).header["kid"] for t in (before, after)]
        assert kids == [first, second]
        for token in (before, after):
            assert (await identity.http.get("/v1/identity/me", headers=bearer(token))).status_code == 200
    with time_machine.travel(start + 30 * DAY + timedelta(minutes=14)):
        await refresh(identity.app)
        assert first in await _jwks(identity)
    with time_machine.travel(start + 30 * DAY + timedelta(minutes=16)):
        await refresh(identity.app)
        assert await _jwks(identity) == keys[1:]


def _published(settings: IdentitySettings) -> Any:
    assert settings.jwks_file is not None
    return json.loads(settings.jwks_file.read_text())


async def test_a_service_that_follows_the_file_takes_the_new_key_in(
    identity: Identity, settings: IdentitySettings
) -> None:
    verifier = Verifier(issuer=settings.issuer, jwks_file=settings.jwks_file)
    start = now()
    assert verifier.caller(f"Bearer {await _token(identity)}").area == "25-2025"
    with time_machine.travel(start + 61 * DAY):
        await refresh(identity.app)
        token = await _token(identity)
        verifier._checked = 0.0
        assert verifier.caller(f"Bearer {token}").area == "25-2025"


async def test_a_new_key_is_published_a_quarter_of_an_hour_before_it_signs(database_url: str, tmp_path: Path) -> None:
    db = Database(database_url, size=2)
    await db.open()
    sealer, rotation, start = Sealer(secrets.token_bytes(32)), Rotation(), now()
    first = await keys.turn(db, sealer, rotation, at=start)
    # A service that slept for months has no next key that was published: the last one goes on signing meanwhile.
    late = await keys.turn(db, sealer, rotation, at=start + 100 * DAY)
    assert late.signer(start + 100 * DAY).kid == first.keys[1].kid
    new = late.keys[-1]
    assert new.active_from >= start + 100 * DAY + timedelta(minutes=15)
    assert late.signer(new.active_from - timedelta(seconds=1)).kid == first.keys[1].kid
    assert late.signer(new.active_from).kid == new.kid
    await db.close()


async def test_a_rotation_out_of_turn_still_waits_until_the_key_is_known(database_url: str, tmp_path: Path) -> None:
    db = Database(database_url, size=2)
    await db.open()
    sealer, rotation, start = Sealer(secrets.token_bytes(32)), Rotation(), now()
    before = (await keys.turn(db, sealer, rotation, at=start)).keys
    hastened = await keys.hasten(db, sealer, rotation, at=start + DAY)
    assert hastened.signer(start + DAY + timedelta(minutes=14)).kid == before[0].kid
    assert hastened.signer(start + DAY + timedelta(minutes=15)).kid == before[1].kid
    await db.close()


async def test_two_processes_make_one_pair_of_keys(settings: IdentitySettings, identity: Identity) -> None:
    other: FastAPI = create_app(settings)
    async with other.router.lifespan_context(other):
        assert other.state.identity.ring.jwks == identity.app.state.identity.ring.jwks


async def test_private_keys_are_sealed_and_their_secret_is_for_the_owner_alone(
    identity: Identity, settings: IdentitySettings
) -> None:
    path = settings.home / "keys" / "identity.key"
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    private = identity.app.state.identity.ring.keys[0].private.as_dict(private=True)["d"]
    rows = await identity.db.fetch("SELECT private_sealed, public_jwk FROM signing_key")
    assert len(rows) == 2
    for row in rows:
        assert private.encode() not in row["private_sealed"]
        assert '"d"' not in row["public_jwk"]


async def test_a_database_without_its_key_file_is_not_served(identity: Identity, settings: IdentitySettings) -> None:
    before = await _jwks(identity)
    path = settings.home / "keys" / "identity.key"
    path.unlink()
    with pytest.raises(KeyRefused, match=f"The key {path} is missing"):
        await _started(settings)
    assert not path.exists()
    assert await _jwks(identity) == before


async def test_another_key_in_the_file_or_in_the_setting_is_refused(
    identity: Identity, settings: IdentitySettings
) -> None:
    path = settings.home / "keys" / "identity.key"
    other = text_of(secrets.token_bytes(32))
    path.write_text(other)
    with pytest.raises(KeyRefused, match=f"The key {path} is not the one"):
        await _started(settings)
    with pytest.raises(KeyRefused, match="is not the one"):
        await _started(settings.model_copy(update={"identity_key": SecretStr(other)}))


async def _started(settings: IdentitySettings) -> None:
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        pass


async def test_the_launcher_makes_the_keys_before_the_service_starts(database_url: str, tmp_path: Path) -> None:
    jwks = tmp_path / "run" / "jwks.json"
    await ensure_keys(database_url, jwks)
    written = jwks.read_text()
    assert len(json.loads(written)["keys"]) == 2
    assert (tmp_path / "keys" / "identity.key").exists()
    changed = jwks.stat().st_mtime_ns
    await ensure_keys(database_url, jwks)
    assert (jwks.read_text(), jwks.stat().st_mtime_ns) == (written, changed)


async def test_a_token_of_somebody_else_opens_nothing(identity: Identity) -> None:
    token = await _token(identity)
    header, payload, signature = token.split(".")
    for forged in (f"{header}.{payload}.{signature[::-1]}", f"{header}.{payload}.", "x", f"{header}.{payload}"):
        assert_problem(await identity.http.get("/v1/identity/me", headers=bearer(forged)), 401, "token_invalid")
    with time_machine.travel(now() + timedelta(minutes=11)):
        assert_problem(await identity.http.get("/v1/identity/me", headers=bearer(token)), 401, "token_invalid")


async def test_discovery_says_where_everything_is(identity: Identity) -> None:
    documents = [
        ok(await identity.http.get(f"/v1/identity/.well-known/{name}"))
        for name in ("openid-configuration", "oauth-authorization-server")
    ]
    assert documents[0] == documents[1]
    assert documents[0]["issuer"] == "http://vca.test/v1/identity"
    assert documents[0]["code_challenge_methods_supported"] == ["S256"]
    paths = {operation.path for operation in identity.contract.operations}
    addresses = [documents[0][name] for name in documents[0] if name.endswith("_endpoint") or name == "jwks_uri"]
    assert len(addresses) == 6
    for address in addresses:
        assert address.removeprefix("http://vca.test") in paths


def test_a_purpose_opens_nothing_that_another_sealed() -> None:
    sealer = Sealer(b"k" * 32)
    sealed = sealer.seal("one", b"plain")
    assert sealer.open("one", sealed) == b"plain"
    for opener, purpose, text in ((sealer, "two", sealed), (Sealer(b"j" * 32), "one", sealed), (sealer, "one", b"")):
        with pytest.raises(CannotOpen):
            opener.open(purpose, text)
    with pytest.raises(ValueError):
        Sealer(b"short")


async def test_a_set_of_keys_that_somebody_broke_is_written_again(
    identity: Identity, settings: IdentitySettings
) -> None:
    assert settings.jwks_file is not None
    whole, file = _published(settings), settings.jwks_file
    for broken in (b"", b'{"keys": ['):
        file.write_bytes(broken)
        verifier = Verifier(issuer=settings.issuer, jwks_file=settings.jwks_file)
        assert not verifier.has_keys()
        await come_about(lambda: file.read_bytes() not in (b"", broken))  # noqa: B023 - it is done before the next round
        assert _published(settings) == whole
        assert verifier.has_keys()
