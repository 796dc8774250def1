"""`python -m tests.drill FILE`: all exercises in a folder of their own; the minutes to a file and to stdout."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from tests.drill import children
from tests.drill.cluster import OWNER, SERVICE, Cluster
from tests.drill.exercises import (
    asynchronous_failover,
    from_an_encrypted_backup,
    synchronous_failover,
    to_a_point_in_time,
)
from tests.drill.minutes import Minutes, seconds
from tests.drill.platform import Platform


def drill(folder: Path, minutes: Minutes) -> None:
    """Do all exercises one after the other: each begins with what the one before left."""
    cluster = Cluster(folder)
    platform = Platform(folder / "home", cluster.url(role=SERVICE), cluster.url(role=OWNER))
    try:
        cluster.start()
        minutes.exercise("Two PostgreSQL under Patroni, and the platform on them")
        minutes.fact("`vca up` on an empty cluster", seconds(platform.start()))
        platform.enter_people(cluster.url())
        minutes.done()
        synchronous_failover(cluster, platform, minutes)
        asynchronous_failover(cluster, platform, minutes, folder)
        # Nobody writes any more: what is recovered is compared row by row.
        platform.stop()
        recovered = to_a_point_in_time(cluster, platform, minutes, folder)
        from_an_encrypted_backup(recovered, platform, minutes, folder)
    finally:
        platform.stop()
        cluster.stop()
        children.end_all()


def main() -> None:
    """Run the drill; the folder is kept where it failed."""
    file = Path(sys.argv[1]).resolve()
    for name in [name for name in os.environ if name.startswith("VCA_") and name != "VCA_DRILL_PATRONI"]:
        del os.environ[name]
    children.adopt_orphans()
    folder = Path(tempfile.mkdtemp(prefix="vca-drill-", dir="/tmp"))
    minutes = Minutes()
    try:
        drill(folder, minutes)
    except BaseException:
        print(minutes.text(), f"\nIt failed; see {folder}", sep="\n", file=sys.stderr)
        raise
    shutil.rmtree(folder)
    file.write_text(minutes.text(), encoding="utf-8")
    print(minutes.text())


if __name__ == "__main__":
    main()
