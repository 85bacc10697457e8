"""What is left out, fitted without, and measured on what was left out."""

import hashlib
from collections.abc import Callable, Iterator

from . import program
from .incidents import Recorded

CELL_FOLDS = 10
INPUTS = ("capture", "edge-log", "access-log", "messages", "seen-by-visitors")
TAKEN_WEIGHS = 0.25  # eight folders of one seed, from each of which something was taken away, tell little more than two
Fold = tuple[list[Recorded], list[Recorded]]  # fitted on, measured on


def weights(incidents: list[Recorded]) -> dict[str, float]:
    return {one.name: 1.0 if one.is_drawn else TAKEN_WEIGHS for one in incidents}


def programs(one: Recorded) -> set[str]:
    """The server programs in it: `nginx+php` is nginx and php."""
    return {program for _, family in one.cells for program in family.replace("haproxy-tcp", "haproxy").split("+")}


def by_program(incidents: list[Recorded]) -> Iterator[Fold]:
    """Each server program in turn. An incident is measured where its own server program (the one in front) is left out."""
    fronts = {one.name: one.first_cell[1].replace("haproxy-tcp", "haproxy").split("+")[0] for one in incidents}
    for left_out in sorted(set(fronts.values())):
        yield [one for one in incidents if left_out not in programs(one)], [one for one in incidents if fronts[one.name] == left_out]


def by_input(incidents: list[Recorded]) -> Iterator[Fold]:
    """Each kind of input in turn: fitted on the incidents without, measured on those with it. So an incident is measured several times."""
    for left_out in INPUTS:
        yield [one for one in incidents if left_out not in one.inputs], [one for one in incidents if left_out in one.inputs]


def by_cell(incidents: list[Recorded]) -> Iterator[Fold]:
    """Each fault with each family of servers, a tenth of these pairs at a time."""

    def fold(cell: tuple[str, str]) -> int:
        return hashlib.sha256(" ".join(cell).encode()).digest()[0] % CELL_FOLDS

    for number in range(CELL_FOLDS):
        fitted = [one for one in incidents if all(fold(cell) != number for cell in one.cells)]
        yield fitted, [one for one in incidents if fold(one.first_cell) == number]


SCHEMES: dict[str, Callable[[list[Recorded]], Iterator[Fold]]] = {"server program": by_program, "kind of input": by_input, "fault × family": by_cell}


def held_apart(table: str, incidents: list[Recorded], scheme: str) -> Iterator[tuple[Recorded, list]]:
    """Each incident with the judgement by parameters that were fitted without it."""
    for fitted, measured in SCHEMES[scheme](incidents):
        if measured:
            parameters = program.train(table, weights(fitted))
            judged = program.judge(table, parameters, [one.name for one in measured])
            yield from ((one, judged[one.name]) for one in measured)
