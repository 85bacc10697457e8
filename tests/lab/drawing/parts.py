"""Which recordings stand in an incident, and how they are laid over each other."""

import hashlib
import os
import random
from dataclasses import dataclass

from .addresses import AddressPlan, Mapping
from .source import Source

CONNECTION_STEP = 100_000  # between the connection numbers of recordings on one server


@dataclass
class Part:
    """One recording within an incident: where (which server), when (shift), what of it stays, and under which addresses."""

    name: str
    source: Source
    server: int
    shift_s: float = 0.0
    keep: set | None = None
    mapping: Mapping | None = None
    number: int = 0

    def staying(self) -> list[dict]:
        """Its rays that stay."""
        return [ray for ray in self.source.rays if self.source.component[ray["ray"]] in self.keep]


# Draws of these seeds may hold recordings over HTTP/2, those of smaller ones never: more of these change no draw that there was.
HTTP2_SEEDS = 3001


class Shelf:
    """The recordings of a folder, by what they are of; those over HTTP/2 among them, where that is told, or these alone."""

    def __init__(self, folder: str, http2: bool = False, others: bool = True):
        self.folder = folder
        self.names = sorted(
            name for name in os.listdir(folder) if not name.startswith(".") and os.path.exists(os.path.join(folder, name, "recording.json"))
        )
        self.slug_of_fault: dict[str, str | None] = {}
        self.by_slug: dict[str | None, list[str]] = {}
        self.decoys: dict[str, list[str]] = {}
        self.facts: dict[str, dict] = {}
        import json

        for name in self.names:
            with open(os.path.join(folder, name, "recording.json")) as file:
                facts = json.load(file)
            if not (http2 if facts["transport"] == "h2" else others):
                continue
            self.by_slug.setdefault(facts["slug"], []).append(name)
            if facts["slug"] is None and facts["decoy_for"]:
                self.decoys.setdefault(facts["family"], []).append(name)
            self.slug_of_fault[name] = facts["slug"]
            self.facts[name] = facts

    def load(self, name: str) -> Source:
        return Source(os.path.join(self.folder, name))

    def pick(self, names: list[str], key: str) -> str:
        """Always the same one for a key, and mostly the same one after more recordings were made."""
        return min(names, key=lambda name: hashlib.sha256(f"{key} {name}".encode()).digest())


def choose(shelf: Shelf, seed: int, rng: random.Random) -> tuple[str, list[str]]:
    """The kind of the incident and its recordings, the first of them its own."""
    slugs = sorted(slug for slug in shelf.by_slug if slug)
    every = slugs + [None] * (None in shelf.by_slug)
    slug = None if rng.random() < 0.1 and None in every or not slugs else rng.choice(slugs)
    first = shelf.pick(shelf.by_slug[slug], f"{seed} first")
    kind = rng.choices(["alone", "decoys", "overlay", "diluted"], [54, 22, 18, 6])[0]
    names = [first]
    if kind == "decoys":
        family = first.split("~")[1]
        fits = [name for name in shelf.decoys.get(family, []) if name != first]
        for number in range(rng.choice([1, 1, 2])):
            if fits:
                names.append(shelf.pick(fits, f"{seed} decoy {number}"))
    elif kind == "diluted":  # a large healthy traffic around few failures
        plain = [name for name in shelf.by_slug.get(None, []) if name.startswith("healthy~")]
        names += [shelf.pick(plain, f"{seed} around {number}") for number in range(rng.randrange(4, 14)) if plain]
    elif kind == "overlay":
        for number in range(rng.choice([1, 1, 2, 3, 5, 7, 11, 15])):
            names.append(shelf.pick(shelf.by_slug[rng.choice(every)], f"{seed} over {number}"))
    return kind, sorted(set(names), key=names.index)


def lay(shelf: Shelf, names: list[str], rng: random.Random, plan: AddressPlan, one_server: bool | None = None) -> list[Part]:
    """Loads the recordings and gives each its server, its time, its addresses and its ports. `one_server`: drawn where it is not told."""
    parts, servers, busy = [], [], {}
    one_server = rng.random() < 0.5 if one_server is None else one_server
    for number, name in enumerate(names):
        source = shelf.load(name)
        server, shift = 0, 0.0
        if number:
            server = _server_for(source, parts, servers, one_server)
            base = parts[0].source
            room = 0.6 * (base.end - base.begin)
            shift = base.begin + rng.uniform(0, room) - source.begin
            if server < len(servers) and (
                source.facts["host_scope"] or any(part.source.facts["host_scope"] for part in parts if part.server == server)
            ):
                # What holds for a whole server would contradict what others get from it at that moment.
                last = max(part.source.end + part.shift_s for part in parts if part.server == server)
                shift = last + 4.0 - source.begin
        if server >= len(servers):
            servers.append((source.facts["family"], source.facts["transport"]))
        parts.append(Part(name, source, server, round(shift, 3), number=number))
    for part in parts:
        part.mapping = Mapping(plan.table(part.server), _ports(part, busy))
    return parts


def _server_for(source: Source, parts: list[Part], servers: list, one_server: bool) -> int:
    key = (source.facts["family"], source.facts["transport"])
    if (one_server or source.facts["slug"] is None) and key in servers:
        return servers.index(key)
    return len(servers)


def _ports(part: Part, busy: dict) -> dict[tuple[str, int], int]:
    """Other ports for connections whose address and port another recording has at this server already."""
    ports = {}
    taken = busy.setdefault(part.server, set())
    own = sorted(
        {key for key in part.source.connections}
        | {line.peer for log in part.source.logs for line in log.lines if line.peer and line.peer[0].startswith("10.77.")}
    )
    for address, port in own:
        shown = port
        while (address, shown) in taken:
            shown = 10240 + (shown - 10240 + 7919) % 54000
        if shown != port:
            ports[(address, port)] = shown
        taken.add((address, shown))
    return ports
