"""Which drawn incidents and which recordings stand in the repository, by a rule: `tests/lab/draw keep`.

Small ones first, until each of these is there as often as `WANTED` says: every answer and every root, everything at hand, every family of servers,
every transport, every kind of draw (also where nothing failed), every input taken away. What is still wanting to the number then is what is small
and rare. Seeds above 400 are held apart and never kept.
"""

import collections
import json
import os
import shutil
import sys
import tarfile
import tempfile
import zlib

from .parts import Shelf

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LAST_SEED = 400
INCIDENTS = 128
RECORDINGS = 40
LARGEST_TOTAL = 30 * 1024 * 1024  # with recorded/ and shelf/
LARGEST_ONE = 360_000  # compressed quickly; some features have only larger ones
WANTED = {"answer": 1, "root": 1, "whole": 40, "family": 3, "transport": 8, "kind": 16, "healthy": 5, "taken": 4, "vantage": 4}
# The families of the recordings that are kept: those that overlays and healthy traffic find a partner of the same kind in.
SHELF_FAMILIES = ("nginx", "apache", "haproxy", "caddy", "node", "python")


def features(draw: dict, expected: dict) -> set[tuple]:
    """What of an incident a selection should hold."""
    found = {("answer", slug) for slug in expected["causes"]} | {("root", root) for root in expected["roots"]}
    found |= {("whole", "")} if draw["complete"] else set()
    found |= {("family", part["family"]) for part in draw["recordings"]} | {("transport", part["transport"]) for part in draw["recordings"]}
    found |= {("kind", draw["kind"]), ("vantage", draw["dimensions"]["vantage"]), ("taken", draw["dimensions"]["taken"])}
    if not expected["causes"]:
        found.add(("healthy", draw["kind"]))
    return found


def size_of(folder: str) -> int:
    """About what a folder takes when it is packed."""
    size = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(parent, name), "rb") as file:
                size += len(zlib.compress(file.read(), 1))
    return size


def choose(of: dict[str, set[tuple]], sizes: dict[str, int]) -> list[str]:
    """Names by their features and sizes: rare features first, each as often as is wanted."""
    have: dict[tuple, list[str]] = collections.defaultdict(list)
    for name in sorted(of, key=lambda name: (sizes[name], name)):
        for feature in of[name]:
            have[feature].append(name)
    chosen: set[str] = set()
    for feature in sorted(have, key=lambda feature: (len(have[feature]), feature)):
        small = [name for name in have[feature] if sizes[name] <= LARGEST_ONE] or have[feature][:1]
        missing = WANTED[feature[0]] - len(chosen.intersection(have[feature]))
        chosen.update([name for name in small if name not in chosen][: max(0, missing)])
    rarity = {name: sum(1 / len(have[feature]) for feature in of[name]) for name in of}
    rest = sorted((name for name in of if name not in chosen and sizes[name] <= LARGEST_ONE), key=lambda name: (sizes[name] / rarity[name], name))
    return sorted(chosen | set(rest[: max(0, INCIDENTS - len(chosen))]))


def pack(pairs: list[tuple[str, str]], folder: str) -> None:
    """Packs each (source, name) into `folder`, and nothing else stays there."""
    keep = _keep()
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    for source, name in pairs:
        keep.pack(source, os.path.join(folder, name + ".tar.xz"))


def _keep():
    """The script that packs the lab's own incidents."""
    import importlib.machinery
    import importlib.util

    loader = importlib.machinery.SourceFileLoader("keep", os.path.join(HERE, "keep"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("keep", loader))
    loader.exec_module(module)
    return module


def unpack(archives: str) -> tempfile.TemporaryDirectory:
    """A shelf of the recordings that are packed in a folder."""
    folder = tempfile.TemporaryDirectory(prefix="rayscope-shelf-")
    for name in sorted(os.listdir(archives)):
        with tarfile.open(os.path.join(archives, name)) as archive:
            for member in archive:
                target = os.path.join(folder.name, name.removesuffix(".tar.xz"), member.name)
                os.makedirs(os.path.dirname(target), exist_ok=True)
                with open(target, "wb") as file:
                    file.write(archive.extractfile(member).read())
    return folder


def kept_recordings(shelf: Shelf) -> list[str]:
    """For each cause its smallest recording of these families, those of rare families first served; the smallest of them; and small healthy ones."""

    def small(names: list[str], used: collections.Counter) -> str:
        return min(names, key=lambda name: (used[name.split("~")[1]], size_of(os.path.join(shelf.folder, name)), name))

    used: collections.Counter = collections.Counter()
    chosen = []
    for slug in sorted(slug for slug in shelf.by_slug if slug):
        names = [name for name in shelf.by_slug[slug] if name.split("~")[1] in SHELF_FAMILIES] or shelf.by_slug[slug]
        chosen.append(small(names, used))
        used[chosen[-1].split("~")[1]] += 1
    sizes = {name: size_of(os.path.join(shelf.folder, name)) for name in chosen}
    healthy = [name for name in shelf.by_slug[None] if name.startswith("healthy~") and size_of(os.path.join(shelf.folder, name)) <= LARGEST_ONE]
    return sorted(sorted(chosen, key=lambda name: (sizes[name], name))[:RECORDINGS] + healthy[:4])


def keep(options) -> int:
    """Packs the selection of the draws of a folder, and of the recordings that they were drawn from."""
    of, sizes = {}, {}
    for name in sorted(os.listdir(options.draws)):
        path = os.path.join(options.draws, name)
        if name.startswith("draw-") and int(name.split("-")[1]) <= LAST_SEED and os.listdir(os.path.join(path, "incident")):
            with open(os.path.join(path, "draw.json")) as draw, open(os.path.join(path, "expected.json")) as expected:
                of[name] = features(json.load(draw), json.load(expected))
            sizes[name] = size_of(path)
    chosen = choose(of, sizes)
    pack([(os.path.join(options.draws, name), name) for name in chosen], os.path.join(HERE, "drawn"))
    recordings = kept_recordings(Shelf(options.recordings))
    pack([(os.path.join(options.recordings, name), name) for name in recordings], os.path.join(HERE, "shelf"))
    total = 0
    for folder in ("recorded", "drawn", "shelf"):
        names = os.listdir(os.path.join(HERE, folder))
        size = sum(os.path.getsize(os.path.join(HERE, folder, name)) for name in names)
        total += size
        print(f"{folder:10} {len(names):4} archives {size / 1048576:6.1f} MiB")
    if total > LARGEST_TOTAL:
        print("tests/lab/draw keep: more than 30 MiB", file=sys.stderr)
        return 1
    return 0
