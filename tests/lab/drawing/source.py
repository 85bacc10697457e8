"""A recording as drawing works with it: rays, connections, packets and lines, and which of them belong together."""

import bisect
import json
import os
import random
import re

from . import lines as logs
from . import packets, rule

NEAR_S = 1.1  # a line of whole seconds is this near to what it is about
ONE_DEATH_S = 0.1  # a process lets go of all that it holds at once
LOOP = "redirect-loop"
OUTAGE_S = 3.0  # a service that died refuses until it is started again
SERVICE = re.compile(r"systemd\[\d+\]: (?:Started )?(\S+\.service)\b(: Main process exited)?")
PROCESS = re.compile(r"(?:pid:? ?|process )(\d+)")
DEATHS = {slug: re.compile(rule.TABLE[slug].lines + r"|DAMN ! worker") for slug in ("worker-crash", "oom-kill")}


def loop_of(ray: dict) -> tuple:
    """The visitor and the URL."""
    return ray["client"], ray["host"], ray["path"]


class Source:
    def __init__(self, folder: str):
        self.folder = folder
        with open(os.path.join(folder, "recording.json")) as file:
            self.facts = json.load(file)
        with open(os.path.join(folder, "edge.jsonl")) as file:
            self.rays = [json.loads(line) for line in file]
        self.begin = min(ray["started"] for ray in self.rays)
        self.end = max(ray["ended"] for ray in self.rays)
        self.by_ray = {ray["ray"]: ray for ray in self.rays}
        self.connections: dict[tuple[str, int], list[dict]] = {}
        for ray in self.rays:
            for attempt in ray["attempts"]:
                self.connections.setdefault((attempt["edge_ip"], attempt["port"]), []).append(ray)
        self.loops: dict[tuple, list[dict]] = {}  # visitor and URL → redirects to itself
        for ray in self.rays:
            if ray["slug"] == LOOP:
                self.loops.setdefault(loop_of(ray), []).append(ray)
        self.component = self._components()
        self.logs = [log for log in logs.load(folder, self.begin)]
        self._assign_lines()

    def capture(self, border: bool = False) -> list[packets.Packet]:
        path = os.path.join(self.folder, "border.pcap" if border else "capture.pcap")
        return packets.read(path) if os.path.exists(path) else []

    # What belongs together

    def with_its_loop(self, ray: dict) -> list[dict]:
        """All that a visitor in a loop asks; a request that is in none alone."""
        return self.loops[loop_of(ray)] if ray["slug"] == LOOP else [ray]

    def _components(self) -> dict[str, int]:
        """Rays that share a connection stay or go together: a TCP stream cannot lose a request. So do those of a visitor in a loop: a browser asks on."""
        parent: dict[str, str] = {ray["ray"]: ray["ray"] for ray in self.rays}

        def find(one: str) -> str:
            while parent[one] != one:
                parent[one] = parent[parent[one]]
                one = parent[one]
            return one

        for group in [*self.connections.values(), *self.loops.values()]:
            for other in group[1:]:
                parent[find(other["ray"])] = find(group[0]["ray"])
        numbers: dict[str, int] = {}
        return {ray: numbers.setdefault(find(ray), len(numbers)) for ray in parent}

    def component_of(self, key: tuple[str, int] | None) -> int | None:
        group = self.connections.get(key) if key else None
        return self.component[group[0]["ray"]] if group else None

    def _assign_lines(self) -> None:
        """Gives each line its request, where the line names one."""
        numbers = {}  # of nginx's connections
        told = set()  # requests with what was said of them
        for log in self.logs:
            for line in log.lines:
                if line.row and line.row.get("conn"):
                    numbers[line.row["conn"]] = line.peer
        for log in self.logs:
            before = None
            for line in log.lines:
                match = logs.NGINX_CONNECTION.search("] " + line.text.partition("] ")[2]) if log.program == "nginx" and not line.row else None
                if match and int(match[1]) in numbers:
                    line.peer = numbers[int(match[1])]
                if not line.ray and not line.row and line.peer:
                    line.ray = self._ray_of(line, told)
                if not line.stamped and before and not before.row:  # the rest of a traceback
                    line.ray, line.peer = before.ray, before.peer
                elif line.stamped:
                    before = line
                if line.ray in self.by_ray and not line.exact:
                    ended = self.by_ray[line.ray]["ended"]
                    line.at = min(max(ended, line.at - 0.5), line.at + 0.499)

    def _ray_of(self, line, told: set) -> str:
        """The request on that connection that the line names or was written during. One connection carries one request at a time, and a log of whole seconds has
        the lines of those that asked for one thing in their order."""
        group = self.connections.get(line.peer, [])
        match = logs.NGINX_REQUEST.search(line.text)
        if match:
            method, _, uri = match[1].partition(" ")
            group = [ray for ray in group if ray["record"]["ClientRequestURI"] == uri and ray["record"]["ClientRequestMethod"] == method]
        near = [ray for ray in group if ray["started"] - NEAR_S <= line.at <= ray["ended"] + NEAR_S]
        if len(near) > 1 and match:
            said = line.text.partition("] ")[2]
            failed = sorted((ray["ended"], ray["ray"]) for ray in near if ray["failed"] and (ray["ray"], said) not in told)
            told.update((ray, said) for _, ray in failed[:1])
            return failed[0][1] if failed else ""
        return near[0]["ray"] if len(near) == 1 else ""

    # Thinning

    def unsure(self) -> set[int]:
        """What holds a failing request of which nobody knows the cause never stands in a draw."""
        return {self.component[ray["ray"]] for ray in self.rays if ray["slug"] == "?"}

    def thinned(self, rng: random.Random, share: float | None) -> set[int]:
        """The components that stay so that about this share of the requests fails. Some of either kind always stay."""
        keep = set(self.component.values()) - self.unsure()
        failing = {self.component[ray["ray"]] for ray in self.rays if ray["failed"]} & keep
        if share is None or not failing:
            return keep
        count = {number: [0, 0] for number in keep}
        for ray in self.rays:
            number = self.component[ray["ray"]]
            if number in keep:
                count[number][ray["failed"]] += 1
        healthy, failed = (sum(pair[kind] for pair in count.values()) for kind in (0, 1))
        sick, well = sorted(failing), sorted(keep - failing)
        rng.shuffle(sick)
        rng.shuffle(well)
        for number in sick[:-2]:
            if failed <= share * (healthy + failed) or failed - count[number][1] < 3:
                break
            keep.discard(number)
            healthy, failed = healthy - count[number][0], failed - count[number][1]
        for number in well:
            if failed >= share * (healthy + failed) or healthy - count[number][0] < 30:
                break
            keep.discard(number)
            healthy -= count[number][0]
        return keep

    def failing_times(self, keep: set[int]) -> tuple[list, list]:
        """When failing requests that stay ended, and those that go."""
        staying = sorted(ray["ended"] for ray in self.rays if ray["failed"] and self.component[ray["ray"]] in keep)
        going = sorted(ray["ended"] for ray in self.rays if ray["failed"] and self.component[ray["ray"]] not in keep)
        return staying, going

    def lines_kept(self, log, keep: set[int], times: tuple[list, list]) -> list:
        """A log's lines when only these components stay: what is owned goes with its owner; what is nobody's goes where it can only be about what went, and
        a death with the request that it ended: where it stayed, processes would die in a capture that has none of the connections that they held."""
        kept = []
        gone = self._deaths_of_gone(log, keep)
        services = self._of_services(log, keep)
        for number, line in enumerate(log.lines):
            if number in gone or services.get(number):
                continue
            owner = self.component.get(line.ray) if line.ray else self.component_of(line.peer)
            if owner is not None and owner not in keep:
                continue
            if owner is None and number not in services and log.kind != "access" and not line.is_bystanders():
                if _near(times[1], line.at) and not _near(times[0], line.at):
                    continue
            kept.append(line)
        return kept

    def _deaths_of_gone(self, log, keep: set[int]) -> set[int]:
        """The numbers of the lines that tell of deaths which ended requests that go alone. Each death is of the nearest request that no other is of, and of all that
        ended with it; the lines that name one process are of one."""
        gone = set()
        for slug, wording in DEATHS.items():
            ended = sorted((ray["ended"], self.component[ray["ray"]] in keep) for ray in self.rays if ray["failed"] and ray["slug"] == slug)
            if not ended:
                continue
            deaths: dict[str, list[int]] = {}
            for number, line in enumerate(log.lines):
                if not line.row and not line.ray and wording.search(line.text) and not SERVICE.search(line.text):
                    process = PROCESS.search(line.text)
                    deaths.setdefault(process[1] if process else str(number), []).append(number)
            apart = sorted(
                (abs(log.lines[numbers[0]].at - end), name, which)
                for name, numbers in deaths.items()
                for which, (end, _) in enumerate(ended)
                if abs(log.lines[numbers[0]].at - end) <= NEAR_S
            )
            told, taken = set(), set()
            for _, name, which in apart:
                if name in told or which in taken:
                    continue
                told.add(name)
                taken.add(which)
                if not any(stays for end, stays in ended if abs(end - ended[which][0]) <= ONE_DEATH_S):
                    gone.update(deaths[name])
        return gone

    def _of_services(self, log, keep: set[int]) -> dict[int, bool]:
        """The numbers of the lines in which systemd tells of a service that died, until it dies again, and whether they go: where all go that ended with it or
        that it refused until it was started again."""
        ended = [(ray["ended"], self.component[ray["ray"]] in keep) for ray in self.rays if ray["failed"] and ray["slug"] in DEATHS]
        lines: dict[int, bool] = {}
        goes: dict[str, bool] = {}  # by service: whether its last death goes
        for number, line in enumerate(log.lines):
            service = None if line.row else SERVICE.search(line.text)
            if service and service[2]:
                near = [kept for end, kept in ended if line.at - NEAR_S <= end <= line.at + OUTAGE_S]
                goes[service[1]] = bool(near) and not any(near)
            if service and service[1] in goes:
                lines[number] = goes[service[1]]
        return lines

    def packets_kept(self, every: list, keep: set[int]) -> list:
        """Packets when only these components stay. Nobody else's go."""
        import socket

        known = {(socket.inet_aton(address), port): self.component[group[0]["ray"]] for (address, port), group in self.connections.items()}
        kept = []
        for packet in every:
            ends = packet.ends()
            number = known.get(ends[:2], known.get(ends[2:])) if ends else None
            if number is None or number in keep:
                kept.append(packet)
        return kept


def _near(times: list[float], moment: float) -> bool:
    at = bisect.bisect_left(times, moment - NEAR_S)
    return at < len(times) and times[at] <= moment + NEAR_S
