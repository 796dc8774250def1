"""Whether the keys of a home are those that the databases were used with, looked at before anything is changed."""

from __future__ import annotations

import asyncio
from pathlib import Path

from kernel.database.connections import connect
from kernel.storage.keys import KeyFile, KeyRefused, Sealed, judge
from vca.errors import Refusal


def _keys(home: Path) -> dict[str, list[tuple[KeyFile, Sealed | None]]]:
    from kernel.storage.sealing import sealing_key
    from kernel.storage.signing import links_key
    from services.funds import sealing as funds
    from services.identity.runtime import key_of
    from services.identity.security import sealing as identity
    from services.identity.settings import IdentitySettings
    from services.training import sealing as training

    settings = IdentitySettings(database_url="", home=home)
    return {
        "identity": [(key_of(settings), identity.SEALED)],
        "registry": [(links_key(home, "registry"), None)],
        "funds": [(sealing_key(home, "funds"), funds.SEALED), (links_key(home, "funds"), None)],
        "training": [(sealing_key(home, "training"), training.SEALED), (links_key(home, "training"), None)],
        "reporting": [(links_key(home, "reporting"), None)],
    }


async def _check(home: Path, urls: dict[str, str]) -> None:
    for service, keys in _keys(home).items():
        if service not in urls:
            continue
        connection = await connect(urls[service])
        try:
            for key, sealed in keys:
                await judge(connection, key, sealed)
        finally:
            await connection.close()


def check_keys(home: Path, urls: dict[str, str]) -> None:
    """Raise Refusal, in one sentence, for a key of these services that is damaged, missing or another database's.

    Changes nothing.
    """
    try:
        asyncio.run(_check(home, urls))
    except KeyRefused as refused:
        raise Refusal(refused.vi, refused.en) from None
