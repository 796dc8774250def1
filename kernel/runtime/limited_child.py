"""What a process that reads one file of somebody else's may take. It is imported there too, so it imports little."""

from __future__ import annotations

import os
import resource

# Measured: 5,000 rows of 30 columns take 90 MB and half a second; a picture of 50 megapixels with transparency 300 MB.
MEMORY_BYTES = 640 * 1024 * 1024
CPU_SECONDS, WALL_SECONDS = 10, 20


def hold_ourselves() -> None:
    """Hold this process to so much memory and time, and to writing no file."""
    for limit, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))
    # Whoever waits for a page comes before whoever waits for a file.
    os.nice(5)
