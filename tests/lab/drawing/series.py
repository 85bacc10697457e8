"""Many incidents from many seeds, side by side; each appears under its name only when it is complete."""

import collections
import functools
import json
import multiprocessing
import os
import shutil
import sys

from .incident import Incident
from .parts import HTTP2_SEEDS, Shelf

PROCESSES = 2


def seeds_of(text: str) -> range:
    """`7` or `1..1200`, both ends included."""
    first, _, last = text.partition("..")
    return range(int(first), int(last or first) + 1)


def name_of(seed: int, taken: str = "") -> str:
    return f"draw-{seed:05d}" + (f"-{taken}" if taken else "")


@functools.lru_cache(maxsize=2)
def shelf(folder: str, http2: bool = False) -> Shelf:
    """The recordings as they were when this process began: a series is drawn from one set of them."""
    return Shelf(folder, http2)


def draw_one(job: tuple) -> str | None:
    """Draws one incident. Gives what went wrong, if anything."""
    recordings, seed, taken, output = job
    target = os.path.join(output, name_of(seed, taken))
    if os.path.exists(target):
        return None
    making = os.path.join(output, f".making-{name_of(seed, taken)}")
    try:
        Incident(shelf(recordings, seed >= HTTP2_SEEDS), seed, taken).write(making)
        os.rename(making, target)
    except Exception as error:  # the others go on, and the series ends with a failure
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


HERE = os.path.dirname(os.path.abspath(__file__))


def dataset(options) -> int:
    """Incidents with their truth, a README that says what is what, and the grader."""
    options.taken = []
    failed = make(options)
    shutil.copy(os.path.join(HERE, "grade.py"), os.path.join(options.output, "grade.py"))
    causes, depths, names = collections.Counter(), collections.Counter(), []
    for name in sorted(os.listdir(options.output)):
        path = os.path.join(options.output, name, "expected.json")
        if os.path.exists(path):
            with open(path) as file:
                expected = json.load(file)
            names.append(name)
            causes[expected["causes"][0] if expected["causes"] else "(healthy)"] += 1
            depths.update(expected["depths"])
    with open(os.path.join(HERE, "dataset.md")) as file:
        text = file.read()
    table = "\n".join(f"| `{slug}` | {count} |" for slug, count in causes.most_common())
    with open(os.path.join(options.output, "README.md"), "w") as file:
        file.write(
            text.format(
                incidents=len(names),
                requests=sum(depths.values()),
                root=depths["root"],
                mechanism=depths["mechanism"],
                none=depths["none"],
                table=table,
            )
        )
    return failed
