"""Checks a finished incident, so that a wrong one never becomes a judge."""
import collections
import gzip
import json
import os

from . import settings


class NotAsClaimed(ValueError):
    """The run shows something else than its scenario claims."""


def check(scenario, truth: list[dict], output: str) -> dict:
    """Raises NotAsClaimed where the run does not show what the scenario claims. Gives the figures of the run."""
    failed = [line for line in truth if line["failed"]]
    unnamed = [line for line in failed if line["slug"] == "?"]
    if unnamed:
        raise NotAsClaimed(f"{len(unnamed)} failing requests without a cause, such as {unnamed[0]}")
    counts = collections.Counter(line["slug"] for line in failed)
    if set(counts) != set(scenario.causes):
        raise NotAsClaimed(f"the causes were {dict(counts)}, not {scenario.causes}")
    ranked = sorted(counts, key=lambda slug: (-counts[slug], slug))
    _capture_is_complete(scenario, truth, output)
    share = len(failed) / len(truth)
    if scenario.causes and not 0.01 <= share <= 0.40:
        raise NotAsClaimed(f"{len(failed)} of {len(truth)} requests failed")
    _no_lab_address(os.path.join(output, "incident"))
    statuses = collections.Counter(str(line["edge_status"]) for line in truth)
    healed = sum(1 for line in truth if not line["failed"] and len(line["attempts"]) > 1)
    expected = {"verdict": scenario.verdict if scenario.causes else "healthy", "causes": ranked, "note": scenario.note,
                "requests": len(truth), "failed": len(failed), "by_cause": {slug: counts[slug] for slug in ranked},
                "healed": healed}
    with open(os.path.join(output, "expected.json"), "w") as file:
        json.dump(expected, file, indent=2)
        file.write("\n")
    return expected | {"statuses": dict(sorted(statuses.items()))}


def _capture_is_complete(scenario, truth: list[dict], output: str) -> None:
    """Every request that got an answer must be in the capture; what was encrypted cannot be looked for."""
    if not scenario.capture or scenario.edge.tls or scenario.capture.snaplen:
        return
    folder = os.path.join(output, "incident", os.path.dirname(scenario.capture.name))
    content = b"".join(_read(os.path.join(folder, name)) for name in sorted(os.listdir(folder)) if "pcap" in name)
    missing = [line["ray"] for line in truth if line["attempts"] and not line["attempts"][-1]["error"]
               and line["ray"].encode() not in content]
    if missing:
        raise NotAsClaimed(f"{len(missing)} answered requests are not in the capture, such as {missing[0]}")


def _read(path: str) -> bytes:
    with (gzip.open if path.endswith(".gz") else open)(path, "rb") as file:
        return file.read()


def _no_lab_address(folder: str) -> None:
    for parent, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(parent, name)
            content = _read(path)
            if settings.LAB_NETWORK.encode() in content or b"rayscope-lab" in content:
                raise NotAsClaimed(f"{path} holds an address or a folder of the lab")
