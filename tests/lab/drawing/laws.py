"""The laws of judgement over random overlays and takings away: what the program says of a request must not change with what it has no part in.

Each law makes pairs of incidents from a seed: one as it is, and the same with something laid over or taken away. The program diagnoses both,
and each request's slug is compared. Where that breaks a law is a breach: `tests/lab/laws.json` holds how many there are, and which.
Pairs are made here and not by changing evidence in Rust, because laying over (addresses, ports, times, order of lines) is what drawing does.
"""

import collections
import json
import os
import random
import subprocess
import tomllib
from dataclasses import dataclass, field

from . import dimensions
from .addresses import AddressPlan
from .grade import SURE, UNEXPLAINED
from .incident import Incident
from .parts import HTTP2_SEEDS, Shelf, lay

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CAUSES = os.path.join(HERE, "../../src/causes")
LAWS = ("healthy", "other-server", "same-server", "taken")
LESS_HEALTHY = 0.35  # of the healthy connections, before the others are added


class Laid(Incident):
    """One recording, and others laid over it; all else is as the seed says. The window is whole: what is laid over must not move its ends."""

    def __init__(self, shelf: Shelf, seed: int, names: list[str], same_server: bool, healthy: float = 1.0, dims: dimensions.Dimensions | None = None):
        self.seed, self.kind, self.names = seed, "laid", names
        self.dims = dims or dimensions.draw(random.Random(f"{seed} dimensions"))
        self.dims.window, self.dims.drops, self.dims.har, self.dims.pages = (0.0, 1.0), 0.0, 0, 0
        self.plan = AddressPlan(random.Random(f"{seed} addresses"), self.dims.six)
        self.parts = lay(shelf, names, random.Random(f"{seed} times"), self.plan, same_server)
        for part in self.parts:
            part.keep = part.source.thinned(random.Random(f"{seed} {part.name}"), None)
        self._leave(healthy)
        self._settle()
        self._lay_out()

    def _leave(self, share: float) -> None:
        """Leaves this share of the first recording's healthy connections."""
        part, rng = self.parts[0], random.Random(f"{self.seed} healthy")
        sick = {part.source.component[ray["ray"]] for ray in part.source.rays if ray["failed"]}
        part.keep = {number for number in sorted(part.keep) if rng.random() < share or number in sick}


@dataclass
class Said:
    """What the program says of an incident."""

    slugs: dict[str, tuple[str, float]] = field(default_factory=dict)  # ray → slug and confidence
    first: tuple[str, float] = (UNEXPLAINED, 0.0)


def diagnose(program: str, folder: str) -> Said:
    out = os.path.join(folder, "report")
    run = subprocess.run([program, "diagnose", os.path.join(folder, "incident"), "--format", "quiet", "--out", out], capture_output=True, text=True)
    if run.returncode == 2:  # no input is left
        return Said()
    if run.returncode != 0:
        raise RuntimeError(f"{folder}: status {run.returncode}: {run.stderr}")
    with open(os.path.join(out, "report.json")) as file:
        report = json.load(file)
    slugs = {case["ray"]: (case["slug"], case["confidence"]) for case in report["cases"] if case["ray"]}
    causes = [(cause["slug"], cause["confidence"]) for cause in report["causes"]]
    return Said(slugs, causes[0] if causes else (UNEXPLAINED, 0.0))


def parents() -> dict[str, set[str]]:
    """Slug → the mechanisms that it may lie behind, and the names of its outcomes, which say what happened and no why."""
    tables = {}
    for name in sorted(os.listdir(CAUSES)):
        path = os.path.join(CAUSES, name, "judgement.toml")
        if os.path.exists(path):
            with open(path, "rb") as file:
                tables[name.replace("_", "-")] = tomllib.load(file)
    found = {slug: set(table.get("under", [])) for slug, table in tables.items()}
    for slug, table in tables.items():
        outcomes = {*table.get("mechanism", []), *table.get("root", [])}
        found[slug] |= {other for other, its in tables.items() if outcomes & set(its.get("names", []))}
    return found


PARENTS = parents()


def change(before: str, after: str) -> str:
    """In one word: `same`, `retreat` (to a parent, or to none), `deeper` (from none, or a parent), `another`."""
    if before == after:
        return "same"
    if after == UNEXPLAINED or after in PARENTS.get(before, ()):
        return "retreat"
    return "deeper" if before == UNEXPLAINED or before in PARENTS.get(after, ()) else "another"


@dataclass
class Breach:
    """One kind of change of one pair: how many requests, and one of them."""

    law: str
    pair: str
    before: str
    after: str
    kind: str  # deeper or another, retreat where not even that may be; after a taking away: wrong
    rays: int = 0
    example: str = ""
    truth: str = ""
    confidence: float = 0.0

    def line(self) -> str:
        return f"{self.law:13} {self.pair}: {self.before} became {self.after} ({self.kind}) for {self.rays}, as {self.example} at {self.confidence}, truly {self.truth}"

    def key(self) -> str:
        return f"{self.pair}: {self.before} → {self.after}"


@dataclass
class Outcome:
    """Of one pair: the requests that were compared, and the breaches."""

    law: str
    compared: int = 0
    retreats: int = 0
    breaches: list[Breach] = field(default_factory=list)


def pairs(shelf: Shelf, law: str, seed: int, own: Shelf | None = None) -> list[tuple[str, Incident, Incident]]:
    """(name, as it is, with something more or less). What the law is held of is of `own`, where that is not all of the shelf."""
    rng, own = random.Random(f"law {law} {seed}"), own or shelf
    first = rng.choice([name for slug, names in sorted(own.by_slug.items(), key=lambda pair: str(pair[0])) if slug for name in names])
    if law == "healthy":
        names = [first]
        same = [name for name in shelf.by_slug.get(None, []) if name.startswith("healthy~") and name.split("~")[1] == first.split("~")[1]]
        more = Laid(shelf, seed, names + rng.sample(same, min(1, len(same))), True)
        return [(f"{seed} {first}", Laid(shelf, seed, names, True, LESS_HEALTHY, more.dims), more)]
    if law == "taken":
        whole = Incident(own, seed)
        return [] if whole.dims.taken else [(f"{seed} without {taken}", whole, Incident(own, seed, taken)) for taken in dimensions.TAKEN]
    others = _partners(shelf, first, law == "same-server")
    if not others:
        return []
    over = rng.sample(others, min(rng.choice([1, 1, 2]), len(others)))
    both = Laid(shelf, seed, [first, *over], law == "same-server")
    return [(f"{seed} {first} under {' and '.join(over)}", Laid(shelf, seed, [first], True, 1.0, both.dims), both)]


def _partners(shelf: Shelf, first: str, same_server: bool) -> list[str]:
    """Failing recordings for the same server (family and transport), or for any other; none that tell of the whole edge or machine."""
    facts = {name: shelf.facts[name] for name, slug in shelf.slug_of_fault.items() if slug and name != first}
    server = {key: shelf.facts[first][key] for key in ("family", "transport")}
    return sorted(name for name, one in facts.items() if (all(one[key] == server[key] for key in server)) == same_server)


def compare(law: str, pair: str, before: Said, after: Said, truth: dict[str, dict], truth_after: dict[str, dict]) -> Outcome:
    """The requests that failed and were in both."""
    outcome, found = Outcome(law), {}
    for ray, line in sorted(truth.items()):
        if not line["failed"] or ray not in before.slugs:
            continue
        was, (now, confidence) = before.slugs[ray][0], after.slugs.get(ray, (UNEXPLAINED, 0.0))
        if law == "taken":
            fits = {line["slug"], *line["acceptable"]}
            later = truth_after[ray]
            if was not in fits or was == UNEXPLAINED:
                continue
            right = {later["slug"], *(later.get("acceptable") or []), line["root"]} | PARENTS.get(was, set())
            kind = "wrong" if confidence >= SURE and change(was, now) == "another" and now not in right else "same"
        else:
            kind = change(was, now)
        outcome.compared += 1
        outcome.retreats += kind == "retreat"
        if kind != "same" and (kind != "retreat" or law == "other-server"):
            breach = found.setdefault((was, now), Breach(law, pair, was, now, kind, 0, ray, line["slug"] or "", confidence))
            breach.rays += 1
    outcome.breaches = list(found.values())
    return outcome


def truth_of(folder: str) -> dict[str, dict]:
    with open(os.path.join(folder, "truth.jsonl")) as file:
        return {line["ray"]: line for line in map(json.loads, file)}


def hold(recordings: str, program: str, law: str, seed: int, folder: str) -> list[Outcome]:
    """Makes the pairs of a law and a seed, has them diagnosed, and compares. Seeds that may hold HTTP/2 hold the law of what went over it, beside all else."""
    outcomes, written = [], {}
    http2 = seed >= HTTP2_SEEDS
    shelf = Shelf(recordings, http2)
    own = Shelf(recordings, http2, others=False) if http2 else shelf
    for number, (pair, before, after) in enumerate(pairs(shelf, law, seed, own)):
        said, truths = [], []
        for side, incident in (("before", before), ("after", after)):
            target = os.path.join(folder, f"{law}-{seed}-{side}-{number}")
            if id(incident) not in written:
                incident.write(target)
                written[id(incident)] = (diagnose(program, target), truth_of(target))
            said.append(written[id(incident)][0])
            truths.append(written[id(incident)][1])
        outcomes.append(compare(law, pair, *said, *truths))
    return outcomes


def totals(outcomes: list[Outcome]) -> dict[str, dict]:
    """What `tests/lab/laws.json` holds: figures by law."""
    table = {}
    for law in LAWS:
        own = [outcome for outcome in outcomes if outcome.law == law]
        kinds = collections.Counter()
        for outcome in own:
            for breach in outcome.breaches:
                kinds[breach.kind] += breach.rays
        table[law] = {
            "pairs": len(own),
            "broken": sum(bool(outcome.breaches) for outcome in own),
            "requests": sum(outcome.compared for outcome in own),
            "retreats": sum(outcome.retreats for outcome in own),
            **dict(sorted(pair for pair in kinds.items() if pair[0] != "retreat")),
        }
    return table
