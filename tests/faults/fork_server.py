"""Starts a service as often as it is told to: each time a copy of itself, which has everything imported already.

`python -m tests.faults.fork_server training` reads a line for each start, the environment as JSON and the port in it, and writes the
pid; when that process has ended it writes another line.
"""

from __future__ import annotations

import importlib
import json
import multiprocessing
import os
import sys

import uvicorn


def serve(name: str, environment: dict[str, str], port: int) -> None:
    """Serve until we are killed."""
    os.environ.update(environment)
    app = f"services.{name}.main:create_app"
    uvicorn.run(app, factory=True, host="127.0.0.1", port=port, access_log=False, log_level="critical")


def main(name: str) -> None:
    importlib.import_module(f"services.{name}.main")
    for line in sys.stdin:
        wanted = json.loads(line)
        process = multiprocessing.get_context("fork").Process(
            target=serve, args=(name, wanted["environment"], wanted["port"])
        )
        process.start()
        print(process.pid, flush=True)
        process.join()
        print("ended", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
