"""Whether a recording shows what its fault claims; a wrong one must never become a judge."""

import collections


class TooBusy(Exception):
    """The machine was: another time the recording may be sound."""


LARGEST_LAG_S = 0.5  # a machine that is busier than that makes failures of its own


def check(recording, truth: list[dict], lag_s: float = 0.0) -> str:
    """Raises ValueError where it does not. Gives the figures in words."""
    if lag_s > LARGEST_LAG_S:
        raise TooBusy(f"for {lag_s:.2f} s nothing ran")
    failed = [line for line in truth if line["failed"]]
    counts = collections.Counter(line["slug"] for line in failed)
    unsure = counts.pop("?", 0)
    slug = recording.fault.slug
    if slug is None and counts:
        raise ValueError(f"nothing should fail, but {dict(counts)}")
    if slug and counts[slug] < 4:
        raise ValueError(f"only {counts[slug]} requests failed of {slug}, and {unsure} of nobody knows what: {_examples(failed)}")
    if unsure > 0.35 * max(12, len(failed)) or slug is None and unsure > 5:
        raise ValueError(f"{unsure} of {len(failed)} failing requests have no cause: {_examples([one for one in failed if one['slug'] == '?'])}")
    meant = [request.ray for request in recording.requests if slug and request.fault == slug]
    seen = {line["ray"] for line in failed}
    if len([ray for ray in meant if ray in seen]) < 0.7 * len(meant):
        raise ValueError(f"{len(meant)} requests should fail, {len([ray for ray in meant if ray in seen])} did")
    statuses = collections.Counter(line["edge_status"] for line in truth)
    return f"{len(truth):4} requests  {len(failed):3} failed  {unsure} unsure  " + " ".join(
        f"{status}:{count}" for status, count in sorted(statuses.items())
    )


def _examples(lines: list[dict]) -> str:
    return str(collections.Counter((line["edge_status"], line["error"], line["slug"]) for line in lines).most_common(4))
