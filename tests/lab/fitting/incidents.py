"""Incidents of a table, and the report that a judgement of their rows would give."""

import itertools
import json
import lzma
from collections.abc import Iterator

ROLES_GUESSED = 900  # src/diagnose/mod.rs
TELLING_BESIDE = 3  # there, too


class Recorded:
    """One line of the table (examples/fit/record.rs)."""

    def __init__(self, line: dict):
        self.name: str = line["name"]
        self.seed = int(self.name.split("-")[1])
        self.draw, self.inputs, self.expected = line["draw"], set(line["inputs"]), line["expected"]
        self.edge_seen, self.cases, self.named = line["edge_seen"], line["cases"], line["named"]
        self.kinds = line["truth"]
        self.truth = [dict(kind, ray=_ray(number, at)) for number, (kind, count) in enumerate(self.kinds) for at in range(count)]

    @property
    def cells(self) -> set[tuple[str, str]]:
        """Each fault in it with its family of servers."""
        return {(one["fault"], one["family"]) for one in self.draw["recordings"]}

    @property
    def is_drawn(self) -> bool:
        """Whether it is a draw as its seed gives it: of others something was taken away on purpose (`draw make --taken`)."""
        return self.name.count("-") == 1

    @property
    def first_cell(self) -> tuple[str, str]:
        first = self.draw["recordings"][0]
        return first["fault"], first["family"]

    def is_of(self, part: str) -> bool:
        """Whether it belongs to a column of the figures."""
        return {
            "drawn": self.is_drawn,
            "full evidence": self.is_drawn and self.draw["complete"],
            "overlays": self.is_drawn and self.draw["kind"] == "overlay",
            "evidence taken away": bool(self.draw["taken"]),
        }[part]

    def diagnosis(self, judged: list) -> dict:
        """The report's causes and rays, from (slug, confidence) for each row of cases. Ranked as src/diagnose/mod.rs does it."""
        by_slug: dict[str, list[tuple[dict, int]]] = {}
        attributed, numbers = [], {}
        for row, (slug, confidence) in zip(self.cases, judged, strict=True):
            if slug:
                by_slug.setdefault(slug, []).append((row, confidence))
            if row["with_ray"]:
                rays = numbers.setdefault(row["truth"], itertools.count())
                attributed += [{"ray": _ray(row["truth"], next(rays)), "slug": slug} for _ in range(row["count"])]
        causes, all_cases = [], sum(row["count"] for row in self.cases)
        for slug, parts in by_slug.items():
            cases = sum(row["count"] for row, _ in parts)
            counted, beside = (sum(row["count"] for row, _ in parts if row[how]) for how in ("counts", "beside"))
            if counted or beside >= TELLING_BESIDE:
                confidence = borne_out(sum(row["count"] * confidence for row, confidence in parts) // cases, cases, all_cases)
                confidence = confidence if self.edge_seen else min(confidence, ROLES_GUESSED)
                causes.append((slug, confidence, cases, confidence * (counted + beside if counted else 0)))
        causes.sort(key=lambda cause: (-cause[3], -cause[2], cause[0]))
        return {"causes": [{"slug": slug, "confidence": confidence / 1000, "cases": cases} for slug, confidence, cases, _ in causes], "cases": attributed}


def borne_out(mean: int, cases: int, all_cases: int) -> int:
    """How sure a cause is that so many of all cases bear out (src/diagnose/support.rs)."""
    if cases <= 2 and cases * 4 >= all_cases:
        return mean
    probability = mean / 1000
    odds = probability / (1 - probability) * (1 / 4 if cases <= 2 else 1.38)
    return max(min(500, mean), min(999, int(1000 * (odds / (1 + odds)))))


def _ray(kind: int | None, number: int) -> str:
    """Requests of one truth are alike: which of them a case is does not matter."""
    return f"{kind}.{number}"


def _lines(path: str) -> Iterator[dict]:
    with lzma.open(path, "rt") if path.endswith(".xz") else open(path) as file:
        yield from map(json.loads, file)


def read(path: str) -> list[Recorded]:
    return [Recorded(line) for line in _lines(path) if "name" in line]


def made_with(path: str) -> str:
    """The parameters that the program judged with when it made a table."""
    return next(_lines(path))["parameters"]
