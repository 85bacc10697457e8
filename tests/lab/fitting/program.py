"""The program's own code, as examples/fit: nothing of judgement is computed here."""

import contextlib
import json
import lzma
import os
import subprocess
import tempfile
from collections.abc import Iterator

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
PARAMETERS = os.path.join(ROOT, "src", "diagnose", "parameters.toml")
BY_HAND = os.path.join(os.path.dirname(os.path.abspath(__file__)), "by-hand.toml")
# Where it is built already, RAYSCOPE_FIT names it.
EXAMPLE = [os.environ["RAYSCOPE_FIT"]] if "RAYSCOPE_FIT" in os.environ else "cargo run --quiet --release --no-default-features --example fit --".split()


def run(*arguments: str) -> str:
    """What the example prints."""
    ran = subprocess.run([*EXAMPLE, *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True, env=os.environ | {"RAYON_NUM_THREADS": "2"})
    if ran.returncode:
        raise SystemExit(ran.returncode)
    return ran.stdout


def write_table(path: str, draws: list[str]) -> None:
    """Makes the table of some draws."""
    with tempfile.TemporaryDirectory() as folder:
        plain = os.path.join(folder, "table")
        run("table", plain, *map(os.path.abspath, draws))
        with open(plain, "rb") as source, (lzma.open if path.endswith(".xz") else open)(path, "wb") as target:
            target.write(source.read())


@contextlib.contextmanager
def _given(table: str, weights: dict[str, float]) -> Iterator[tuple[str, str, str]]:
    """The table as the example reads it, a file that names incidents of it, and where another file may be written."""
    with tempfile.TemporaryDirectory() as folder:
        names, plain = os.path.join(folder, "names"), os.path.abspath(table)
        if table.endswith(".xz"):
            plain = os.path.join(folder, "table")
            with lzma.open(table, "rb") as source, open(plain, "wb") as target:
                target.write(source.read())
        with open(names, "w") as file:
            file.writelines(f"{name} {weight}\n" for name, weight in weights.items())
        yield plain, names, os.path.join(folder, "parameters")


def train(table: str, weights: dict[str, float]) -> str:
    """Parameters fitted to these incidents, as a file."""
    with _given(table, weights) as (plain, names, _):
        return run("train", plain, BY_HAND, names)


def judge(table: str, parameters: str, names: list[str]) -> dict[str, list]:
    """What parameters (a file's text) name: incident → for each row of its cases (slug or None, confidence in thousandths)."""
    with _given(table, dict.fromkeys(names, 1.0)) as (plain, listed, path):
        with open(path, "w") as file:
            file.write(parameters)
        lines = run("judge", plain, path, listed).splitlines()
    return {line["name"]: line["cases"] for line in map(json.loads, lines)}
