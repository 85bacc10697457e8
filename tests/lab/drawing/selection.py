"""Which drawn incidents and which recordings stand in the repository, by a rule: `tests/lab/draw keep`.

Small ones first, until each of these is there as often as `WANTED` says: every answer and every root, everything at hand, every family of servers,
every transport, every kind of draw (also where nothing failed), every input taken away. What is still wanting to the number then is what is small
and rare. Seeds above 400 are held apart and never kept, but for the first hundred of those that may hold HTTP/2: of these one for each fault that was
met over it, those first whose failing requests a frame of HTTP/2 ended, small ones first, within two MiB. Of the recordings over HTTP/2 it is the same, one
for each cause, within three and a half: what is encrypted takes several times the room.
"""

import collections
import json
import os
import sys
import tarfile
import tempfile
import zlib

from .parts import HTTP2_SEEDS, Shelf

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LAST_SEED = 400
LAST_HTTP2_SEED = HTTP2_SEEDS + 99
INCIDENTS = 128
RECORDINGS = 40
LARGEST_TOTAL = 30 * 1024 * 1024  # with recorded/ and shelf/
LARGEST_ONE = 360_000  # compressed quickly; some features have only larger ones
LARGEST_OVER_HTTP2 = 2 * 1024 * 1024  # all draws of them, packed
LARGEST_SHELF_OVER_HTTP2 = 7 * 512 * 1024  # the same of recordings
# What the edge says of a request that a frame of HTTP/2 ended.
BY_FRAME = ("stream_reset", "stream_cut", "goaway", "http2_protocol")
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


def is_over_http2(name: str) -> bool:
    """Whether a draw, a recording, or the archive of one is of the seeds that may hold HTTP/2 and be kept."""
    return HTTP2_SEEDS <= seed_of(name) and not (name.startswith("draw-") and seed_of(name) > LAST_HTTP2_SEED)


def seed_of(name: str) -> int:
    """Of `draw-03006` and `restart-window~apache~3051`, archives or not."""
    return int((name.split("~")[2] if "~" in name else name.split("-")[1]).partition(".")[0])


def fault_over_http2(folder: str) -> tuple[str, bool] | None:
    """The fault that a draw shows over HTTP/2 in its packets, and whether a frame ended its failing requests; none where it shows no such."""
    with open(os.path.join(folder, "draw.json")) as file:
        draw = json.load(file)
    first = draw["recordings"][0]
    if first["transport"] != "h2" or not first["slug"] or draw["dimensions"]["vantage"] == "none" or draw["dimensions"]["taken"]:
        return None
    with open(os.path.join(folder, "truth.jsonl")) as file:
        own = [line for line in map(json.loads, file) if line["failed"] and line["recording"] == 0]
    return (first["fault"], any(line["error"] in BY_FRAME for line in own)) if own else None


def choose_over_http2(of: dict[str, tuple[str, bool]], sizes: dict[str, int]) -> list[str]:
    """One draw a fault, or recording a cause, by (fault, whether a frame ended it): the order in which they are packed until there is no more room."""
    best: dict[str, str] = {}
    for name in sorted(of, key=lambda name: (not of[name][1], sizes[name], name)):
        best.setdefault(of[name][0], name)
    return sorted(best.values(), key=lambda name: (not of[name][1], sizes[name], name))


def pack(pairs: list[tuple[str, str]], folder: str) -> None:
    """Packs each (source, name) into `folder`, and nothing else stays there but what is over HTTP/2."""
    keep = _keep()
    _clear(folder, lambda name: not is_over_http2(name))
    for source, name in pairs:
        keep.pack(source, os.path.join(folder, name + ".tar.xz"))


def pack_over_http2(pairs: list[tuple[str, str]], folder: str, room: int = LARGEST_OVER_HTTP2) -> None:
    """Packs of each (source, name) what has room, in the place of what was there of these seeds; the others stay."""
    keep = _keep()
    _clear(folder, is_over_http2)
    for source, name in pairs:
        target = os.path.join(folder, name + ".tar.xz")
        size = keep.pack(source, target)
        if size > room:
            os.remove(target)
        else:
            room -= size


def _clear(folder: str, is_replaced) -> None:
    os.makedirs(folder, exist_ok=True)
    for name in filter(is_replaced, os.listdir(folder)):
        os.remove(os.path.join(folder, name))


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


def recordings_over_http2(shelf: Shelf) -> list[str]:
    """For each cause its smallest recording over HTTP/2, those first whose failing requests a frame ended: the order in which they are packed until
    there is no more room."""
    of: dict[str, tuple[str, bool]] = {}
    for slug in sorted(slug for slug in shelf.by_slug if slug):
        for name in (name for name in shelf.by_slug[slug] if shelf.facts[name]["transport"] == "h2"):
            errors = {ray["attempts"][-1]["error"] for ray in shelf.load(name).rays if ray["failed"] and ray["attempts"]}
            of[name] = (slug, bool(errors.intersection(BY_FRAME)))
    return choose_over_http2(of, {name: size_of(os.path.join(shelf.folder, name)) for name in of})


def keep(options) -> int:
    """Packs the selection of the draws of a folder, and of the recordings that they were drawn from. Of seeds that the folders have none of what is kept
    stays as it is."""
    names = [name for name in sorted(os.listdir(options.draws)) if name.startswith("draw-")]
    folders = {name: os.path.join(options.draws, name) for name in names}
    drawn = os.path.join(HERE, "drawn")
    of, sizes = {}, {}
    for name in (name for name in names if seed_of(name) <= LAST_SEED and os.listdir(os.path.join(folders[name], "incident"))):
        with open(os.path.join(folders[name], "draw.json")) as draw, open(os.path.join(folders[name], "expected.json")) as expected:
            of[name] = features(json.load(draw), json.load(expected))
        sizes[name] = size_of(folders[name])
    over_http2 = {name: fault for name in filter(is_over_http2, names) if (fault := fault_over_http2(folders[name]))}
    if of:
        pack([(folders[name], name) for name in choose(of, sizes)], drawn)
        recordings = kept_recordings(Shelf(options.recordings))
        pack([(os.path.join(options.recordings, name), name) for name in recordings], os.path.join(HERE, "shelf"))
    if over_http2:
        chosen = choose_over_http2(over_http2, {name: size_of(folders[name]) for name in over_http2})
        pack_over_http2([(folders[name], name) for name in chosen], drawn)
    if names := recordings_over_http2(Shelf(options.recordings, http2=True)):
        pairs = [(os.path.join(options.recordings, name), name) for name in names]
        pack_over_http2(pairs, os.path.join(HERE, "shelf"), LARGEST_SHELF_OVER_HTTP2)
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
