"""What judgements are worth, by the definitions of drawing/grade.py, with intervals that draw whole incidents."""

import collections
import math
import random

from drawing import grade

from .incidents import Recorded

DRAWN = 400  # bootstrap samples, and simulations of a calibrated program
Z = 2.807  # 99.5 %, two-sided
LISTED_FROM = 0.02
BINS = 10
WITH_INTERVAL = ("first cause right", "first cause wrong", "wrong at 0.8 or more", "rays: precision", "rays: recall", "ECE", "Brier")
BETTER_HIGH = ("first cause right", "rays: precision", "rays: recall")
HELD = ("first cause right", "wrong at 0.8 or more", "rays: precision", "rays: recall", "false alarms", "ECE, debiased", "Brier")
PARTS = ("drawn", "full evidence", "overlays", "evidence taken away")


class Marked:
    """An incident with what one judgement of it is worth."""

    def __init__(self, incident: Recorded, judged: list):
        diagnosis = incident.diagnosis(judged)
        self.incident, self.marks = incident, grade.incident(diagnosis, incident.expected, incident.truth)
        failed = {line["ray"]: line for line in incident.truth if line["failed"]}
        named = grade.attribution({"cases": [case for case in diagnosis["cases"] if case["slug"]]})
        self.confused = collections.Counter(
            (line["slug"], named.get(ray, grade.UNEXPLAINED))
            for ray, line in failed.items()
            if line["ray_at_hand"] and not grade.is_right(named.get(ray, grade.UNEXPLAINED), line)
        )
        self.confused.update(("(healthy)", slug) for ray, slug in named.items() if ray not in failed and not _is_tolerated(ray, incident))
        sizes = collections.Counter(line["slug"] for line in failed.values() if line["slug"] != grade.UNEXPLAINED)
        self.large = [slug for slug, count in sizes.items() if count >= LISTED_FROM * len(failed)]
        stated = {cause["slug"] for cause in diagnosis["causes"]}
        fits = incident.expected["acceptable"]
        self.listed = sum(bool(stated & {slug, *fits.get(slug, [])}) for slug in self.large)


def _is_tolerated(ray: str, incident: Recorded) -> bool:
    kind = ray.partition(".")[0]
    return kind != "None" and bool(incident.kinds[int(kind)][0].get("tolerated"))


def summary(marked: list[Marked]) -> dict[str, float | None]:
    """Figures of some incidents."""
    figures = grade.summary([one.marks for one in marked])
    claims = [claim for one in marked for claim in one.marks["claims"]]
    figures["ECE, debiased"] = debiased(claims)
    large = sum(len(one.large) for one in marked)
    figures["causes of 2 % or more listed"] = sum(one.listed for one in marked) / large if large else None
    figures["claims"] = len(claims)
    return figures


def debiased(claims: list[tuple[float, bool]]) -> float:
    """The calibration error less what a perfectly calibrated program would show with as many claims: the mean error of claims whose truth is
    drawn by their own confidence."""
    rng = random.Random(520)
    chance = [grade.calibration([(confidence, rng.random() < confidence) for confidence, _ in claims])[0] for _ in range(DRAWN // 4)]
    return max(0.0, grade.calibration(claims)[0] - sum(chance) / len(chance)) if claims else 0.0


def intervals(marked: list[Marked]) -> dict[str, tuple[float, float]]:
    """95 % intervals: whole seeds are drawn, with all that was made of them."""
    rng = random.Random(520)
    by_seed: dict[int, list] = {}
    for one in marked:
        by_seed.setdefault(one.incident.seed, []).append(one.marks)
    seeds, drawn = sorted(by_seed), []
    for _ in range(DRAWN):
        drawn.append(grade.summary([marks for seed in rng.choices(seeds, k=len(seeds)) for marks in by_seed[seed]]))
    spans = {}
    for name in WITH_INTERVAL:
        values = sorted(one[name] for one in drawn if one[name] is not None)
        if values:
            spans[name] = values[round(0.025 * (len(values) - 1))], values[round(0.975 * (len(values) - 1))]
    return spans


def reliability(marked: list[Marked]) -> list[tuple[int, float, float, float, float]]:
    """For each bin of equal mass: claims, mean confidence, share that is right, and its 99.5 % interval (Wilson)."""
    claims = sorted(claim for one in marked for claim in one.marks["claims"])
    bins = []
    for number in range(BINS):
        part = claims[number * len(claims) // BINS : (number + 1) * len(claims) // BINS]
        if part:
            right = sum(hit for _, hit in part) / len(part)
            bins.append((len(part), sum(confidence for confidence, _ in part) / len(part), right, *wilson(right, len(part))))
    return bins


def wilson(share: float, number: int) -> tuple[float, float]:
    middle = (share + Z * Z / (2 * number)) / (1 + Z * Z / number)
    half = Z * math.sqrt(share * (1 - share) / number + Z * Z / (4 * number * number)) / (1 + Z * Z / number)
    return middle - half, middle + half


def confusion(marked: list[Marked]) -> list[tuple[str, str, int, int]]:
    """Right answer, what was named instead, in how many incidents, rays: the largest first."""
    rays, incidents = collections.Counter(), collections.Counter()
    for one in marked:
        rays.update(one.confused)
        incidents.update(one.confused.keys())
    cells = [(right, named, incidents[right, named], rays[right, named]) for right, named in rays]
    return sorted(cells, key=lambda cell: (-cell[2], -cell[3], cell))
