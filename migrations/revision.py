"""Write the next step of a service's history from the difference between its models and its history.

    python -m migrations.revision registry "products carry their OCOP score"

Works on a database of its own that it makes and drops: on the server of VCA_DATABASE_URL, else on an embedded
PostgreSQL that lives as long as the command. Read what it wrote before committing: it cannot see a rename, nor
whether the version before would misread what the new one writes (`kind`, migrations/kinds.py).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from kernel.database.connections import connect
from migrations.kinds import load, misfits
from migrations.run import FOLDER, configuration, head, upgrade

_MARKERS = re.compile(r"^ *# ### .*\n", re.MULTILINE)
_LOCK_TIMEOUT = "    op.execute(\"SET LOCAL lock_timeout = '5s'\")\n"
_EXPAND, _CONTRACT = 'kind = "expand"', 'kind = "contract"'


@contextlib.contextmanager
def server() -> Iterator[str]:
    """Lend the address of a server's `postgres` database, as a role that may create databases."""
    given = os.environ.get("VCA_DATABASE_URL")
    if given:
        yield _database(given, "postgres")
        return
    from vca.postgres import EmbeddedPostgres

    with (
        tempfile.TemporaryDirectory(prefix="vca-revision-") as home,
        EmbeddedPostgres(Path(home), quick=True) as postgres,
    ):
        yield postgres.url("postgres")


def _database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


async def _on(url: str, sql: str) -> None:
    connection = await connect(url)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


@contextlib.contextmanager
def scratch_database(maintenance_url: str) -> Iterator[str]:
    """Lend an empty database; it is dropped afterwards. Call outside an event loop."""
    name = f"vca_scratch_{os.getpid()}"
    asyncio.run(_on(maintenance_url, f"CREATE DATABASE {name} TEMPLATE template0"))
    try:
        yield _database(maintenance_url, name)
    finally:
        asyncio.run(_on(maintenance_url, f"DROP DATABASE {name} WITH (FORCE)"))


def write(service: str, message: str, database_url: str) -> Path:
    """Write the next step of `service` against the empty database at `database_url`; return its file."""
    from alembic import command

    folder = FOLDER / service / "versions"
    folder.mkdir(parents=True, exist_ok=True)
    upgrade(service, database_url)
    number = 1 + max((int(path.name[:4]) for path in folder.glob("[0-9][0-9][0-9][0-9]_*.py")), default=0)
    name = f"{number:04d}_{re.sub(r'[^a-z0-9]+', '_', message.lower()).strip('_')[:60]}"
    config = configuration(service, database_url)
    config.set_main_option("file_template", name)
    first = head(service) is None
    command.revision(config, message, autogenerate=True, rev_id=f"{service}_{number:04d}")
    path = folder / f"{name}.py"
    text = _MARKERS.sub("", path.read_text(encoding="utf-8"))
    path.write_text(_as_first_step(text) if first else text, encoding="utf-8")
    if misfits(load(path)):
        path.write_text(path.read_text(encoding="utf-8").replace(_EXPAND, _CONTRACT), encoding="utf-8")
    return path


def _as_first_step(text: str) -> str:
    """Add what comparing models cannot see: the extension, the feed's first life, what is append-only."""
    before, after = _LOCK_TIMEOUT, '\n    begin_feed()\n    append_only("audit", "history")\n'
    if "gin_trgm_ops" in text:
        before += '    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")\n'
    up, down = text.split("\n\ndef downgrade()", 1)
    up = up.replace(_LOCK_TIMEOUT, before).rstrip("\n") + after
    up = up.replace(
        "from sqlalchemy.dialects import postgresql\n",
        "from sqlalchemy.dialects import postgresql\n\n"
        "from migrations.ddl import append_only, begin_feed, drop_append_only\n",
        1,
    )
    down = down.replace(_LOCK_TIMEOUT, f'{_LOCK_TIMEOUT}    drop_append_only("audit", "history")\n')
    return f"{up}\n\ndef downgrade(){down}"


def main() -> None:
    """Run the command."""
    known = sorted({path.parent.name for path in (FOLDER.parent / "services").glob("*/models*")})
    parser = argparse.ArgumentParser(prog="python -m migrations.revision", description=__doc__)
    parser.add_argument("service", choices=known)
    parser.add_argument("message", help="what the step does, as a sentence without its full stop")
    asked = parser.parse_args()
    with server() as maintenance_url, scratch_database(maintenance_url) as url:
        path = write(asked.service, asked.message, url)
    for tool in (["check", "--fix", "--quiet"], ["format", "--quiet"]):
        subprocess.run([sys.executable, "-m", "ruff", *tool, str(path)], check=True)
    sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
