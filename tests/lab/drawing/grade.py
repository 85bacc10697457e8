"""Measures diagnoses against the truth of drawn incidents: first cause, rays, false alarms, calibration.

python3 grade.py DATASET REPORTS [--each] [--secrets]     where REPORTS holds <incident>.json or <incident>/report.json for each incident of DATASET

A diagnosis is JSON as rayscope's report.json has it: {"causes": [{"slug", "confidence", "rays": [...]}], "cases": [{"ray", "slug"}]}; either list of rays will do.
"""

import argparse
import collections
import json
import os
import sys

UNEXPLAINED = "unexplained"  # stands for the requests whose cause the inputs do not hold
SURE = 0.8
CANDIDATE = 0.6  # the most that may be claimed where the inputs do not hold the cause
BINS = 10


def attribution(diagnosis: dict) -> dict[str, str]:
    """Ray → slug."""
    rays = {ray: cause["slug"] for cause in reversed(diagnosis.get("causes", [])) for ray in cause.get("rays", []) or []}
    rays.update({case["ray"]: case["slug"] for case in diagnosis.get("cases", []) if case.get("ray") and case.get("slug")})
    return {ray.partition("-")[0]: slug for ray, slug in rays.items() if slug != UNEXPLAINED}


def is_right(slug: str, line: dict) -> bool:
    return slug == line["slug"] or slug in line.get("acceptable", [])


def incident(diagnosis: dict, expected: dict, truth: list[dict]) -> dict:
    """One incident's marks. `first`: right, wrong, beyond (what it truly was, surer than the inputs are held to allow),
    missed (nothing named although something can be known), quiet (rightly nothing), alarm (a cause where nothing failed)."""
    failed = {line["ray"]: line for line in truth if line["failed"]}
    tolerated = {line["ray"] for line in truth if line.get("tolerated")}
    # Whether what may be a failure or none is told, and how large it is, says nothing about a diagnosis.
    passed_over = {UNEXPLAINED, *expected.get("tolerated", [])}
    stated = [cause for cause in diagnosis.get("causes", []) if cause["slug"] not in passed_over]
    named = {ray: slug for ray, slug in attribution(diagnosis).items() if ray not in tolerated}
    knowable = [line for line in failed.values() if line["slug"] != UNEXPLAINED and line["ray_at_hand"]]
    right = sum(ray in failed and is_right(slug, failed[ray]) for ray, slug in named.items())
    claims = [(cause["confidence"], _true_somewhere(cause["slug"], failed)) for cause in stated]
    return {
        "first": _first(stated, expected, failed),
        "sure": bool(stated) and stated[0]["confidence"] >= SURE,
        "right": right,
        "named": len(named),
        "knowable": len(knowable),
        "found": sum(line["ray"] in named and is_right(named[line["ray"]], line) for line in knowable),
        "claims": claims,
        "root_wanted": sum(line["depth"] == "root" for line in knowable),
        "root_named": sum(line["depth"] == "root" and named.get(line["ray"]) == line["slug"] for line in knowable),
    }


def _true_somewhere(slug: str, failed: dict) -> bool:
    return any(is_right(slug, line) for line in failed.values())


def _first(stated: list[dict], expected: dict, failed: dict) -> str:
    if not expected["causes"]:
        return "alarm" if stated else "quiet"
    leading = expected["first"]
    if not stated:
        return "right" if UNEXPLAINED in leading else "missed"
    first = stated[0]["slug"]
    if UNEXPLAINED in leading:
        candidate = first in expected["acceptable"].get(UNEXPLAINED, [])
        explained = {ray: line for ray, line in failed.items() if line["slug"] != UNEXPLAINED}
        if candidate and stated[0]["confidence"] <= CANDIDATE or _true_somewhere(first, explained):
            return "right"
        # No program is wrong by naming what truly happened: it may have read more than the rule takes for readable.
        return "beyond" if candidate and any(line.get("root") == first for line in failed.values() if line["slug"] == UNEXPLAINED) else "wrong"
    fits = {other for slug in leading for other in (slug, *expected["acceptable"].get(slug, []))}
    if first in fits:
        return "right"
    # By the rule it explains fewer than another cause; by what happened it may explain the most.
    roots = collections.Counter(line.get("root") for line in failed.values())
    return "beyond" if roots[first] == max(roots.values()) else "wrong"


def calibration(claims: list[tuple[float, bool]]) -> tuple[float, float]:
    """(ECE over bins of equal mass, Brier score)."""
    if not claims:
        return 0.0, 0.0
    claims = sorted(claims)
    size = max(1, len(claims) // BINS)
    groups = [claims[at : at + size] for at in range(0, len(claims), size)]
    gap = sum(abs(sum(confidence for confidence, _ in group) - sum(hit for _, hit in group)) for group in groups)
    return gap / len(claims), sum((confidence - hit) ** 2 for confidence, hit in claims) / len(claims)


def summary(marks: list[dict]) -> dict:
    def share(part: int, whole: int) -> float | None:
        return round(part / whole, 4) if whole else None

    with_causes = [mark for mark in marks if mark["first"] not in ("quiet", "alarm")]
    total = {key: sum(mark[key] for mark in marks) for key in ("right", "named", "knowable", "found", "root_wanted", "root_named")}
    error, brier = calibration([claim for mark in marks for claim in mark["claims"]])
    count = {word: sum(mark["first"] == word for mark in marks) for word in ("right", "wrong", "beyond", "missed", "quiet", "alarm")}
    return {
        "incidents": len(marks),
        "first cause right": share(count["right"], len(with_causes)),
        "first cause wrong": share(count["wrong"], len(with_causes)),
        "wrong at 0.8 or more": share(sum(mark["first"] == "wrong" and mark["sure"] for mark in with_causes), len(with_causes)),
        "first cause true beyond the rule": share(count["beyond"], len(with_causes)),
        "nothing named": share(count["missed"], len(with_causes)),
        "healthy": count["quiet"] + count["alarm"],
        "false alarms": count["alarm"],
        "rays: precision": share(total["right"], total["named"]),
        "rays: recall": share(total["found"], total["knowable"]),
        "roots named where they can be known": share(total["root_named"], total["root_wanted"]),
        "ECE": round(error, 4),
        "Brier": round(brier, 4),
    }


def folder(dataset: str, reports: str) -> list[tuple[str, dict]]:
    """Marks of each incident of a data set for which `reports`/<name>.json or `reports`/<name>/report.json exists."""
    marks = []
    for name in sorted(os.listdir(dataset)):
        paths = [path for path in (os.path.join(reports, name + ".json"), os.path.join(reports, name, "report.json")) if os.path.exists(path)]
        if not os.path.exists(os.path.join(dataset, name, "expected.json")) or not paths:
            continue
        with open(paths[0]) as report, open(os.path.join(dataset, name, "expected.json")) as expected, open(
            os.path.join(dataset, name, "truth.jsonl")
        ) as truth:
            marks.append((name, incident(json.load(report), json.load(expected), [json.loads(line) for line in truth])))
    return marks


def of_secrets(dataset: str, name: str) -> list[str]:
    """What an incident with a capture of TLS tells of, by whether the secrets of its sessions are at hand; nothing of others."""
    with open(os.path.join(dataset, name, "draw.json")) as file:
        draw = json.load(file)
    dims, transports = draw["dimensions"], [part["transport"] for part in draw["recordings"]]
    if dims["vantage"] == "none" or all(transport == "plain" for transport in transports):
        return []
    words = ["with secrets" if dims["keys"] else "without secrets"]
    if draw["complete"]:
        words.append("with secrets, all at hand")
    elif not dims["keys"] and not dims["taken"] and transports[0] != "plain":
        words.append("without secrets, its own fault over TLS, nothing taken away")
    return words


def print_summary(marks: list[dict]) -> None:
    for word, value in summary(marks).items():
        print(f"{word:42} {'-' if value is None else value}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", metavar="DATASET", help="several with commas between them")
    parser.add_argument("reports", metavar="REPORTS", help="as many")
    parser.add_argument("--each", action="store_true", help="a line for each incident, too")
    parser.add_argument("--secrets", action="store_true", help="incidents with a capture of TLS alone, by whether its secrets are at hand")
    options = parser.parse_args()
    folders = zip(options.dataset.split(","), options.reports.split(","), strict=True)
    marks = [(dataset, name, mark) for dataset, reports in folders for name, mark in folder(dataset, reports)]
    if not marks:
        print(f"grade: {options.reports} has no report of an incident of {options.dataset}", file=sys.stderr)
        return 2
    if options.each:
        for _, name, mark in marks:
            print(f"{name:32} {mark['first']:6} {mark['right']:4} of {mark['named']:4} rays right, {mark['found']:4} of {mark['knowable']:4} found")
    if not options.secrets:
        print_summary([mark for _, _, mark in marks])
        return 0
    groups: dict[str, list[dict]] = {}
    for dataset, name, mark in marks:
        for word in of_secrets(dataset, name):
            groups.setdefault(word, []).append(mark)
    for word in sorted(groups):
        print(f"\n{word}")
        print_summary(groups[word])
    return 0


if __name__ == "__main__":
    sys.exit(main())
