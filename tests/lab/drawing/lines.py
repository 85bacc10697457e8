"""The lines of a recording's logs: what each says, when, and whose it is."""

import json
import os
import re
from dataclasses import dataclass, field

from lab import apache, settings

from . import stamps

GUNICORN = ["t", "addr", "method", "uri", "query", "proto", "status", "bytes", "referer", "agent", "ray", "rt_us", "pid", "host", "xff", "port"]
UWSGI = ["epoch", "micros", "addr", "method", "uri", "status", "bytes", "pid", "ray", "host", "xff", "port", "agent"]
HTTPLOG = re.compile(
    r'(\S+):(\d+) \[([^\]]+)\] (\S+) (\S+) (-?\d+)/(-?\d+)/(-?\d+)/(-?\d+)/(\+?\d+) (-?\d+) (\d+) \S+ \S+ (\S{4}) (\S+) (\S+) (?:\{([^|}]*)\|([^|}]*)\|([^}]*)\} )?"(.*)"$'
)
TCPLOG = re.compile(r"(\S+):(\d+) \[([^\]]+)\] (\S+) (\S+) (-?\d+)/(-?\d+)/(\+?\d+) (\d+) (\S\S) ")
NGINX_CONNECTION = re.compile(r"\] \d+#\d+: \*(\d+) ")
NGINX_REQUEST = re.compile(r'request: "(\S+ \S+)')
PEER = re.compile(r"\[client (10\.77\.\d+\.\d+):(\d+)\]|^(10\.77\.\d+\.\d+):(\d+) \[")
MACHINE = re.compile(
    r"OS: Linux|^os: |^nodename|^machine: |^clock source|^detected number|^compiled with|getrlimit|^current working|\*\*\* Starting uWSGI|page size: "
)


@dataclass
class Log:
    """One log of a recording."""

    kind: str
    program: str
    name: str
    lines: list["Line"] = field(default_factory=list)


@dataclass
class Line:
    """`at` is exact to the clock's resolution (`exact`), else the middle of its second."""

    at: float
    text: str  # behind its stamp; of a row, what the program itself wrote
    row: dict | None = None  # fields of an access line
    stamped: bool = True
    exact: bool = True
    ray: str = ""  # 16 digits, where the line is one request's
    peer: tuple | None = None  # (address, port) of the client
    level: str = ""

    def is_bystanders(self) -> bool:
        """Whether its client asks past the edge."""
        return bool(self.peer) and self.peer[0] in settings.BYSTANDERS


def load(folder: str, about: float) -> list[Log]:
    with open(os.path.join(folder, "logs.json")) as file:
        entries = json.load(file)
    logs = []
    for entry in entries:
        log = Log(entry["kind"], entry["program"], entry["name"])
        with open(os.path.join(folder, "logs", entry["file"]), encoding="utf-8", errors="surrogateescape") as file:
            texts = [line.rstrip("\n") for line in file]
        reader = READERS.get((log.program, log.kind), _plain)
        last, requests = about, {}
        for text in texts:
            line = reader(text, log.program, about) if not MACHINE.search(text) else None
            if line is None:
                continue
            if not line.stamped:
                line.at, line.exact = last, False
            elif log.program == "uwsgi" and line.row:
                _count(line.row, requests)
            last = line.at
            log.lines.append(line)
        logs.append(log)
    return logs


def _count(row: dict, requests: dict) -> None:
    """uWSGI's own line counts requests, of the worker and of all; its format has no word for that."""
    for key in (row["pid"], ""):
        requests[key] = requests.get(key, 0) + 1
    row["own"] = re.sub(r"req: \S+/-", f"req: {requests[row['pid']]}/{requests['']}", row["own"], count=1)


def _plain(text: str, program: str, about: float) -> Line:
    at, rest = stamps.split(text, program, about)
    if at is None:
        return Line(0.0, text, stamped=False)
    line = Line(at if stamps.digits(program) else at + 0.5, rest, exact=bool(stamps.digits(program)))
    match = PEER.search(rest)
    if match:
        line.peer = (match[1] or match[3], int(match[2] or match[4]))
    line.level = _level(rest, program)
    return line


def _level(rest: str, program: str) -> str:
    if program == "nginx":
        return rest.partition("[")[2].partition("]")[0]
    if program == "apache2":
        return rest.partition(":")[2].partition("]")[0].rstrip("0123456789")
    return ""


def _row(at: float, row: dict, text: str = "", exact: bool = True) -> Line:
    row["port"] = int(row.get("port") or 0)
    row["status"] = int(row.get("status") or 0)
    ray = (row.get("ray") or "").partition("-")
    return Line(at, text, row, exact=exact, ray=ray[0] if len(ray[0]) == 16 else "", peer=(row["addr"], row["port"]))


def _json(text: str, program: str, about: float) -> Line:
    row = json.loads(text)
    if program in ("python", "node"):
        row["t"] += float(row.get("rt") or 0)
    return _row(row["t"], row)


def _apache(text: str, program: str, about: float) -> Line | None:
    values = text.split("\t")
    if len(values) != len(apache.FIELDS):
        return None
    row = {name: "" if value == "-" else value for name, value in zip(apache.FIELDS, values)}
    row["rt"] = int(row["rt_us"]) / 1e6
    return _row(int(row["t_us"]) / 1e6 + row["rt"], row)  # written when it has ended, stamped (%t) with when it began


def _gunicorn(text: str, program: str, about: float) -> Line | None:
    values = text.split("\t")
    if len(values) != len(GUNICORN):
        return None
    row = {name: "" if value == "-" else value for name, value in zip(GUNICORN, values)}
    row["uri"] += f"?{row['query']}" if row["query"] else ""
    row["rt"] = int(row["rt_us"]) / 1e6
    at = stamps._seconds(row["t"][1:21], "%d/%b/%Y:%H:%M:%S")
    return _row(at + 0.5, row, exact=False)


def _uwsgi(text: str, program: str, about: float) -> Line:
    if not text.startswith("{"):
        line = _plain(text, program, about)
        return line
    rich, _, own = text[1:].partition("} ")
    row = {name: "" if value == "-" else value for name, value in zip(UWSGI, rich.split("|"))}
    row["rt"] = int(row["micros"] or 0) / 1e6
    row["own"] = own
    return _row(int(row["epoch"]) + 0.5, row, own, exact=False)  # uWSGI's %(epoch) is when it writes the row; %(ctime), in its own line, when the request began


def _haproxy(text: str, program: str, about: float) -> Line:
    line = _plain(text, program, about)
    match = HTTPLOG.match(line.text)
    if match:
        method, _, rest = match[19].partition(" ")
        line.row = {
            "addr": match[1],
            "port": int(match[2]),
            "method": method,
            "uri": rest.rpartition(" ")[0],
            "status": int(match[11]),
            "bytes": match[12],
            "tsc": match[13],
            "ray": match[16] or "",
            "host": match[17] or "",
            "agent": match[18] or "",
            "accepted": match[3],
            "rt": max(0, int(match[10].lstrip("+"))) / 1000,
        }
        ray = (match[16] or "").partition("-")[0]
        line.ray = ray if len(ray) == 16 else ""
    elif TCPLOG.match(line.text):
        match = TCPLOG.match(line.text)
        line.row = {"addr": match[1], "port": int(match[2]), "accepted": match[3], "status": 0, "tcp": True, "ray": "", "tsc": match[10]}
    return line


def _caddy(text: str, program: str, about: float) -> Line:
    try:
        row = json.loads(text)
    except ValueError:
        return Line(0.0, text, stamped=False)
    request = row.get("request", {})
    line = Line(float(row.get("ts", about)), text, None, level=row.get("level", ""))
    if request:
        line.peer = (request.get("remote_ip", ""), int(request.get("remote_port") or 0))
        line.ray = (request.get("headers", {}).get("Cf-Ray") or [""])[0].partition("-")[0]
    line.row = {
        "caddy": row,
        "addr": request.get("remote_ip", ""),
        "port": int(request.get("remote_port") or 0),
        "status": int(row.get("status") or 0),
        "ray": line.ray,
    }
    return line


READERS = {
    ("python", "access"): _json,
    ("node", "access"): _json,
    ("nginx", "access"): _json,
    ("apache2", "access"): _apache,
    ("gunicorn", "access"): _gunicorn,
    ("uwsgi", "mixed"): _uwsgi,
    ("haproxy", "access"): _haproxy,
    ("caddy", "access"): _caddy,
    ("caddy", "error"): _caddy,
}
