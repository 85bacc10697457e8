"""Many incidents from many seeds, side by side; each appears under its name only when it is complete."""
import multiprocessing
import os
import shutil
import sys

from .incident import Incident
from .parts import Shelf

PROCESSES = 2


def name_of(seed: int, taken: str = "") -> str:
    return f"draw-{seed:05d}" + (f"-{taken}" if taken else "")


def draw_one(job: tuple) -> str | None:
    """Draws one incident. Gives what went wrong, if anything."""
    recordings, seed, taken, output = job
    target = os.path.join(output, name_of(seed, taken))
    if os.path.exists(target):
        return None
    making = os.path.join(output, f".making-{name_of(seed, taken)}")
    try:
        Incident(Shelf(recordings), seed, taken).write(making)
        os.rename(making, target)
    except Exception as error:     # the others go on, and the series ends with a failure
        if os.environ.get("DRAW_TRACE"):
            raise
        shutil.rmtree(making, ignore_errors=True)
        return f"{name_of(seed, taken)}: {type(error).__name__}: {error}"
    return None


def make(options) -> int:
    os.makedirs(options.output, exist_ok=True)
    jobs = [(options.recordings, seed, taken, options.output) for seed in options.seeds for taken in ([""] + list(options.taken))]
    with multiprocessing.Pool(PROCESSES) as pool:
        problems = [problem for problem in pool.imap_unordered(draw_one, jobs, chunksize=4) if problem]
    for problem in sorted(problems):
        print(f"tests/lab/draw: {problem}", file=sys.stderr)
    print(f"{len(jobs) - len(problems)} of {len(jobs)} incidents in {options.output}")
    return 1 if problems else 0
