"""The origin's logs as an incident has them, and what they say about one request."""

import bisect
import gzip
import ipaddress
import json
import os
import re

from . import layouts, rule, stamps
from .parts import CONNECTION_STEP
from .ties import NEAR_S, MachineLine, Ties

RESTART_S = 8.0  # from the stop or to the start, at most
SECOND = 1.0  # lines with whole seconds
WIDE = (8.0, 3.0)  # before and after, for what holds for a span of time
# Levels that a program shows by default (facts of its own sources: nginx core/ngx_log.c, httpd server/core.c).
SHOWN = {"nginx": ("emerg", "alert", "crit", "error"), "apache2": ("emerg", "alert", "crit", "error", "warn", "notice")}
MIXED = ("haproxy", "uwsgi")  # access lines and others stand in one log
FLOODED = re.compile(r"port (\S+):(\d+)\.")
UFW = re.compile(r"SRC=(\S+) DST=(\S+) (LEN=\d+) TOS=\S+ PREC=\S+ TTL=(\d+) ID=\d+ (?:DF )?")


class OriginLogs:
    def __init__(self, parts, dims):
        self.dims = dims
        self.part_logs = {}  # (part, log) → lines that stay
        self.rows: dict[tuple, dict] = {}  # (part, ray) → access row that is in the incident
        self.ray_named: set[tuple] = set()
        self.own: dict[tuple, list[str]] = {}  # (part, ray) → words of lines that are its own
        self.nobodys: dict[int, list[tuple]] = {}  # server → (moment, words) of lines that are nobody's
        self.anyones: dict[int, list[tuple]] = {}  # server → the same of all lines about its programs' work for the edge
        self.undated: dict[int, list[str]] = {}  # server → words of lines that are nobody's and that nothing in their log dates on both sides
        self.general: dict[int, list[str]] = {}
        self.restarts: dict[int, list[tuple]] = {}  # server → (when it stopped, when it started) of each log: moments of its lines
        self.parts = parts
        self.ties = Ties(parts)
        for part in parts:
            times = part.source.failing_times(part.keep)
            for index, log in enumerate(part.source.logs):
                lines = [line for line in part.source.lines_kept(log, part.keep, times) if self._shown(log, line)]
                self.part_logs[(part.number, index)] = lines
                moments = [[at + part.shift_s for at in dates] for dates in dated(lines)]
                self._take_note(part, log, lines, moments)
                self._note_restarts(part, log, lines, moments)
        for lines in [*self.nobodys.values(), *self.anyones.values()]:
            lines.sort()

    def _shown(self, log, line) -> bool:
        dims = self.dims
        if line.row and log.kind in ("access", "mixed"):
            return dims.access
        there = {
            "access": dims.access,
            "error": dims.errors,
            "mixed": dims.errors,
            "app": dims.errors,
            "system": dims.system,
            "output": dims.outputs,
        }[log.kind]
        return there and not (dims.quiet and log.program in SHOWN and line.level and line.level not in SHOWN[log.program])

    def _take_note(self, part, log, lines, dates) -> None:
        layout = dims_layout(self.dims, log.program)
        for line, moments in zip(lines, dates):
            key = (part.number, line.ray)
            self.ties.note(part, log, line, MachineLine(log.name, [moment + self.dims.clock_s for moment in moments], line.text))
            if not line.is_bystanders() and log.kind != "output":
                self.anyones.setdefault(part.server, []).extend((moment, line.text) for moment in moments)
            if line.row and log.kind in ("access", "mixed"):
                if line.ray:
                    if line.row["addr"].startswith("10.77."):
                        self.rows[key] = line.row
                    if layouts.has_ray(layout):
                        self.ray_named.add(key)
                    self.own.setdefault(key, []).append(f" {line.row['status']} {line.text if log.program == 'haproxy' else ''}")
                elif line.row.get("tcp"):  # it names the connection, and its state is how the last request on it ended
                    for ray in part.source.connections.get(line.peer, [])[-1:]:
                        self.own.setdefault((part.number, ray["ray"]), []).append(line.text)
            elif log.kind == "output":
                self.general.setdefault(part.server, []).append(line.text)
            elif line.ray:
                self.own.setdefault(key, []).append(line.text)
            elif not line.is_bystanders():
                self.nobodys.setdefault(part.server, []).extend((moment, line.text) for moment in moments)
                if not line.stamped and len(moments) < 2:
                    self.undated.setdefault(part.server, []).append(line.text)

    def _note_restarts(self, part, log, lines, dates) -> None:
        own = [(line.text, moments) for line, moments in zip(lines, dates) if log.kind != "output" and not line.row]
        told = tuple([at for text, moments in own if said.search(text) for at in moments] for said in (rule.STOPPED, rule.STARTED))
        self.restarts.setdefault(part.server, []).append(told)

    # What they say about a request

    def about(self, part, ray: dict) -> tuple[list[str], list[str], dict | None]:
        """Words of its own lines, those and nobody's lines of that moment, and its row."""
        key = (part.number, ray["ray"])
        own = self.own.get(key, [])
        if not self.ties.hold(part.server, ray["slug"]):
            return own, own, self.rows.get(key)
        words = own + self.general.get(part.server, [])
        if part.server in self.undated and self.ties.only_such(part.server, ray):
            words = words + self.undated[part.server]
        lines = (self.anyones if ray["slug"] in rule.OF_A_SPAN else self.nobodys).get(part.server, [])
        before, after = WIDE if ray["slug"] in rule.OF_A_SPAN else (0.3, NEAR_S)
        begin, end = ray["started"] + part.shift_s - before, ray["ended"] + part.shift_s + after
        at = bisect.bisect_left(lines, (begin,))
        while at < len(lines) and lines[at][0] <= end:
            words = words + [lines[at][1]]
            at += 1
        return own, words, self.rows.get(key)

    def restarted_around(self, part, ray: dict) -> bool:
        """Whether one log of its server has a line of a stop and one of a start with this request between them."""
        begin, end = ray["started"] + part.shift_s, ray["ended"] + part.shift_s
        return any(
            any(begin - RESTART_S <= at <= end + SECOND for at in stops) and any(begin - SECOND <= at <= end + RESTART_S for at in starts)
            for stops, starts in self.restarts.get(part.server, [])
        )

    def status(self, part, ray: dict) -> int:
        row = self.rows.get((part.number, ray["ray"]))
        return row["status"] if row else 0

    def names_ray(self, part, ray: dict) -> bool:
        return (part.number, ray["ray"]) in self.ray_named

    # Files

    def write(self, incident: str) -> None:
        several = len({part.server for part in self.parts}) > 1
        files: dict[str, list] = {}
        for part in self.parts:
            for index, log in enumerate(part.source.logs):
                folder = f"web{part.server + 1}/" if several else "origin/"
                target = files.setdefault(folder + log.name, [])
                for order, line in enumerate(self.part_logs[(part.number, index)]):
                    moment = line.at + part.shift_s
                    target.append((moment, part.number, order, self._text(part, log, line, moment)))
        for name, lines in sorted(files.items()):
            if lines:
                lines.sort(key=lambda item: item[:3])
                self._file(os.path.join(incident, name), [text for *_, text in lines])

    def _file(self, path: str, lines: list[str]) -> None:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if self.dims.split and path.endswith("access.log") and len(lines) > 20:
            older, lines = lines[: len(lines) // 2], lines[len(lines) // 2 :]
            with gzip.GzipFile(path + ".1.gz", "wb", mtime=0) as file:
                file.write(("\n".join(older) + "\n").encode(errors="surrogateescape"))
        with open(path, "w", errors="surrogateescape") as file:
            file.write("\n".join(lines) + "\n")

    def _text(self, part, log, line, moment: float) -> str:
        moment, zone = moment + self.dims.clock_s, self.dims.zone
        if line.row and "caddy" not in line.row and log.kind in ("access", "mixed"):
            return self._row(part, log, line, moment)
        if log.program == "caddy" and line.row:
            return self._caddy(part, log, line, moment)
        text = part.mapping.text(line.text)
        if not line.stamped or log.program not in stamps.OF_PROGRAM:
            return text
        if log.program == "nginx" and part.number:
            text = re.sub(r"\*(\d+) ", lambda match: f"*{int(match[1]) + part.number * CONNECTION_STEP} ", text, count=1)
        if log.program == "haproxy":
            return layouts.haproxy_stamp(dims_layout(self.dims, "haproxy"), moment, zone) + self._accepted(text, moment - line.at)
        if self.dims.six and "SYN flooding on port" in text:
            text = FLOODED.sub(r"port [\1]:\2.", text)
        if self.dims.six and "SRC=" in text:
            text = UFW.sub(
                lambda match: f"SRC={ipaddress.ip_address(match[1]).exploded} DST={ipaddress.ip_address(match[2]).exploded} {match[3]} TC=0 HOPLIMIT={match[4]} FLOWLBL=0 ",
                text,
            )
        return stamps.stamp(moment, log.program, 0 if log.program == "kernel" else zone) + text

    def _row(self, part, log, line, moment: float) -> str:
        fields = dict(line.row)
        fields["addr"], fields["port"] = part.mapping.row(fields["addr"], fields["port"])
        if part.number and fields.get("conn"):
            fields["conn"] += part.number * CONNECTION_STEP
        for name in ("uaddr", "xff", "own"):
            if fields.get(name):
                fields[name] = part.mapping.text(fields[name])
        if log.program == "haproxy":
            fields["text"] = self._accepted(part.mapping.text(line.text), moment - line.at)
        return layouts.row(log.program, dims_layout(self.dims, log.program), fields, moment, self.dims.zone)

    def _caddy(self, part, log, line, moment: float) -> str:
        value = json.loads(part.mapping.text(json.dumps(line.row["caddy"])))
        request = value.get("request")
        if request:
            address, port = part.mapping.row(line.row["addr"], line.row["port"])
            request["remote_ip"], request["remote_port"] = address, str(port)
        return layouts.row("caddy", dims_layout(self.dims, "caddy"), {"caddy": value}, moment, 0)

    def _accepted(self, text: str, shift: float) -> str:
        """HAProxy's second stamp, when the request was accepted."""

        def moved(match):
            at = stamps._seconds(match[1], "%d/%b/%Y:%H:%M:%S") + int(match[2]) / 1000 + shift
            return f"[{stamps.clf(at, self.dims.zone)[:20]}.{int(at % 1 * 1000):03d}]"

        return re.sub(r"\[(\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d)\.(\d{3})\]", moved, text, count=1)


def dated(lines: list) -> list[list[float]]:
    """When each was written, by the log itself: a line without a stamp between the stamped ones before and behind it that are there to see."""
    before, behind = [], []
    for found, order in ((before, lines), (behind, reversed(lines))):
        last = []
        for line in order:
            last = [line.at] if line.stamped else last
            found.append(last)
    return [[line.at] if line.stamped else [*one, *other] for line, one, other in zip(lines, before, reversed(behind))]


def dims_layout(dims, program: str) -> str:
    return dims.layout.get(program, "combined-ray")
