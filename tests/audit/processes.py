"""Processes that write to an access log."""

import subprocess

from tests.audit.places import Place
from tests.support.processes import Popen, forked

PROCESS = """
import asyncio, sys
from pathlib import Path
from tests.audit.places import Place, access

async def main(url, folder, name, count, tasks):
    async def some(task):
        n = 0
        while n < int(count):
            await log.write(access(f"{name}-{task}-{n}"))
            print(f"r-{name}-{task}-{n}", flush=True)
            n += 1

    async with Place(url, Path(folder)).log() as log:
        await asyncio.gather(*map(some, range(int(tasks))))

asyncio.run(main(*sys.argv[1:]))
"""


def start(place: Place, name: str, count: int, tasks: int = 8) -> Popen:
    arguments = [place.url, str(place.folder), name, str(count), str(tasks)]
    return forked.start(["-c", PROCESS, *arguments], stdout=subprocess.PIPE, text=True)
