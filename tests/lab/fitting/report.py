"""Figures as Markdown."""

from . import figures
from .figures import Marked

SHOWN = {
    "first cause right": "first cause right",
    "first cause wrong": "first cause wrong",
    "wrong at 0.8 or more": "wrong first cause, stated at 0.8 or more",
    "nothing named": "nothing named",
    "rays: precision": "rays, precision",
    "rays: recall": "rays, recall",
    "roots named where they can be known": "roots named where they can be known",
    "causes of 2 % or more listed": "causes of 2 % or more of the failures listed",
}


def share(value: float | None, span: tuple[float, float] | None = None) -> str:
    if value is None:
        return "–"
    return f"{100 * value:.1f} %" + (f" ({100 * span[0]:.1f}–{100 * span[1]:.1f})" if span else "")


def of_parts(marked: list[Marked]) -> list[str]:
    """Every figure for all incidents and for parts of them."""
    parts = {part: [one for one in marked if one.incident.is_of(part)] for part in figures.PARTS}
    found = {part: figures.summary(some) for part, some in parts.items()}
    spans = {part: figures.intervals(some) for part, some in parts.items()}
    lines = ["| |" + "".join(f" {part} ({len(parts[part])}) |" for part in parts), "|---|" + "---|" * len(parts)]
    for key, name in SHOWN.items():
        lines.append(f"| {name} |" + "".join(f" {share(found[part][key], spans[part].get(key))} |" for part in parts))
    lines.append("| false alarms |" + "".join(f" {found[part]['false alarms']} of {found[part]['healthy']} |" for part in parts))
    for key in ("ECE", "Brier"):
        cells = (f" {found[part][key]:.3f} ({spans[part][key][0]:.3f}–{spans[part][key][1]:.3f}) |" for part in parts)
        lines.append(f"| {'expected calibration error' if key == 'ECE' else 'Brier score'} |" + "".join(cells))
    lines.append("| calibration error, debiased; claims |" + "".join(f" {found[part]['ECE, debiased']:.3f}; {found[part]['claims']} |" for part in parts))
    return lines


def side_by_side(columns: dict[str, list[Marked]], part: str) -> list[str]:
    """The figures of several judgements of the same incidents."""
    found = {name: figures.summary([one for one in marked if one.incident.is_of(part)]) for name, marked in columns.items()}
    lines = [f"| {part} |" + "".join(f" {name} |" for name in found), "|---|" + "---|" * len(found)]
    for key, name in SHOWN.items():
        lines.append(f"| {name} |" + "".join(f" {share(one[key])} |" for one in found.values()))
    lines.append("| false alarms |" + "".join(f" {one['false alarms']} of {one['healthy']} |" for one in found.values()))
    for key, name in (("ECE, debiased", "calibration error, debiased"), ("Brier", "Brier score")):
        lines.append(f"| {name} |" + "".join(f" {one[key]:.3f} |" for one in found.values()))
    return lines


def of_reliability(marked: list[Marked]) -> list[str]:
    lines = ["| claims | stated | right | 99.5 % interval | |", "|---|---|---|---|---|"]
    for number, stated, right, low, high in figures.reliability(marked):
        lines.append(f"| {number} | {stated:.3f} | {right:.3f} | {low:.3f}–{high:.3f} | {'' if low <= stated <= high else 'outside'} |")
    return lines


def of_confusion(marked: list[Marked], most: int = 15) -> list[str]:
    lines = ["| right | named | incidents | rays |", "|---|---|---|---|"]
    return lines + [f"| {right} | {named} | {incidents} | {rays} |" for right, named, incidents, rays in figures.confusion(marked)[:most]]
