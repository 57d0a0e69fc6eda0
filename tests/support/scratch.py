"""Where tests keep their files: in memory where the machine has room there, since they sync much."""

import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
ROOM = 2 * 1024**3  # bytes; containers often have 64 MiB there


def use_memory() -> None:
    """Let temporary folders of this process and of those it starts lie in memory, with room.

    A ``TMPDIR`` that is set stays.
    """
    if "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK):
        return
    if shutil.disk_usage(MEMORY).free >= ROOM:
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None  # it was looked up before, perhaps
