"""Which server a machine's folder is of, where several machines' folders are in an incident: their names do not tell, only what their lines name does."""

import collections
import re
from dataclasses import dataclass

from lab import settings

from . import rule
from .addresses import lab_addresses

NEAR_S = 1.5  # a line and what it is about
LEAST_PAIRS = 3  # of lines and failures, before their times tell
OWN = (settings.ORIGIN_LAB, settings.SECOND_ORIGIN_LAB, settings.FORMER_ORIGIN_LAB)
NAMING = {*OWN, *(edge.lab for edge in settings.EDGES)}
DIGITS = re.compile(r"\d+")
# Ends of a connection that one and the same event can bring about.
ALIKE = {
    **dict.fromkeys(("closed", "reset", "truncated_head", "truncated_body", "stream_reset", "stream_cut", "goaway"), "ended"),
    **dict.fromkeys(("connect_timeout", "not_acknowledged"), "unanswered"),
}


@dataclass
class MachineLine:
    """A line of a machine: of which log, when by the clock of what shows the failures, and what it says."""

    log: str
    moments: list[float]  # empty: it has no date
    text: str


def alike(error: str | None) -> str | None:
    return ALIKE.get(error, error)


def way(ray: dict) -> str | int:
    """How a request failed, as whoever asked saw it."""
    return alike(ray["error"]) or ray["edge_status"]


def names_a_request_or_server(log, line) -> bool:
    """Whether a line ties its machine to a server: an access row, a request, the address of the edge or the server's own."""
    if line.is_bystanders():
        return False
    is_row = bool(line.row) and log.kind in ("access", "mixed")
    return is_row or bool(line.ray) or not NAMING.isdisjoint(lab_addresses(line.text))


class Ties:
    def __init__(self, parts):
        self.parts = parts
        self.servers = {part.server for part in parts}
        self.named: set[int] = set()  # servers of which a folder is known to be
        self.lines: dict[int, list[MachineLine]] = {}
        self.known: dict[tuple, bool] = {}
        self.failed: dict[tuple, collections.Counter] = {}  # (server, way) → of which causes requests failed so
        for part in parts:
            for ray in part.staying():
                if ray["failed"]:
                    self.failed.setdefault((part.server, way(ray)), collections.Counter())[ray["slug"]] += 1

    def note(self, part, log, line, said: MachineLine) -> None:
        self.lines.setdefault(part.server, []).append(said)
        if names_a_request_or_server(log, line):
            self.named.add(part.server)

    def hold(self, server: int, slug: str) -> bool:
        """Whether lines that name no request are known to be of this server, as far as they are about such a cause."""
        key = (server, slug)
        if key not in self.known:
            others = self.servers - self.named - {server}
            self.known[key] = server in self.named or not others or self._by_exclusion(server, slug, others)
        return self.known[key]

    def only_such(self, server: int, ray: dict) -> bool:
        """Whether all requests of a server that failed in one way failed of the same: then a line without a date is about them."""
        return self.failed[(server, way(ray))].keys() == {ray["slug"]}

    def _by_exclusion(self, server: int, slug: str, others: set[int]) -> bool:
        """Of the machines that nothing ties one alone has such lines, and of the servers left one alone fails in the way in which most of these did; or
        the failures of one alone stand beside the lines one by one."""
        untied = (server, *others)
        ways = {how: causes[slug] for (one, how), causes in self.failed.items() if one == server and slug in causes}
        most = max(ways, key=lambda how: (ways[how], str(how)))
        told = self._told(server, slug)
        if {one for one in untied if self._told(one, slug)} == {server} == {one for one in untied if (one, most) in self.failed}:
            return True
        return {one for one in untied if self._stand_beside(told, self._ends(one, set(ways)))} == {server}

    def _told(self, server: int, slug: str) -> list[MachineLine]:
        says = rule.TABLE[slug].lines
        return [said for said in self.lines.get(server, []) if says and re.search(says, said.text)]

    def _ends(self, server: int, ways: set) -> list[float]:
        """When requests failed in these ways, attempts that were made anew among them."""
        ends = []
        for part, ray in ((part, ray) for part in self.parts if part.server == server for ray in part.staying()):
            moments = [attempt["at"] for attempt in ray["attempts"] if attempt["error"] and alike(attempt["error"]) in ways]
            if not moments and ray["failed"] and way(ray) in ways:
                moments = [ray["ended"]]
            ends += [moment + part.shift_s for moment in moments]
        return sorted(ends)

    @staticmethod
    def _stand_beside(lines: list[MachineLine], ends: list[float]) -> bool:
        """Whether lines of one kind are as many as the failures, each near its own."""
        kinds: dict[tuple, list[float]] = {}
        for said in lines:
            kinds.setdefault((said.log, DIGITS.sub("", said.text)), []).extend(said.moments[:1])
        return any(
            len(moments) == len(ends) >= LEAST_PAIRS and all(abs(one - other) <= NEAR_S for one, other in zip(sorted(moments), ends))
            for moments in kinds.values()
        )
