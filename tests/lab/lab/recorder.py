"""One live run whose whole raw material is kept: a recording, from which incidents are drawn afterwards.

Addresses stay those of the lab; drawing chooses what is shown. What is kept:
    recording.json    fault, family, transport, seed, and what the edge was told
    edge.jsonl        a line for each ray: the edge's record, its attempts with their ports, and the truth
    capture.pcap      every packet at the origin, loopback too ("any", nanoseconds); border.pcap at the router, where one stood
    logs/, logs.json  what the servers wrote, in forms from which every field can be read
    keys.log          the secrets of the edge's TLS connections
"""

import json
import os
import shutil
import threading
import time

from . import bystanders, edgelog, namespaces, settings
from .capture import Capture, Tcpdump
from .edge import Outcome
from .stage import Lab

SHOWN_TO_LAB = {shown: lab for lab, shown in settings.SHOWN.items()}
ENDINGS = {"origin/php8.2-fpm.log": ("error", "php-fpm"), "origin/syslog": ("system", "kernel")}


class Recorder(Lab):
    """Runs a `faults.Recording` (which stands where a scenario's module does)."""

    def __init__(self, recording, output: str):
        super().__init__(recording.name, recording, output)
        self.recording = recording
        self.php_scripts: dict[str, str] = {}
        self.logs: list[dict] = []
        self.border: Tcpdump | None = None
        self.lag_s = 0.0  # the longest time that a thread which should run did not
        self.link_mtu = 1480  # so that a segment still fits when a draw shows it as IPv6

    def wait_for_port(self, port: int, process=None) -> None:
        import socket

        until = time.monotonic() + 12
        while time.monotonic() < until:
            if process and process.poll() is not None:
                break
            for address in (settings.ORIGIN_LAB, "127.0.0.1"):
                with self.namespaces.inside("origin"):
                    probe = socket.socket()
                with probe:
                    if probe.connect_ex((address, port)) == 0:
                        return
            time.sleep(0.03)
        raise RuntimeError(f"nothing listens on port {port}, see {self.folder}")

    def wait_for_loopback(self, port: int) -> None:
        self.wait_for_port(port)

    def keep_log(self, path: str, kind: str, program: str, name: str) -> None:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            self._keep_content(file.read(), kind, program, name)

    def keep_text(self, path: str, name: str) -> None:
        kind, program = ENDINGS.get(name, ("app", "app"))
        self.keep_log(path, kind, program, name.removeprefix("origin/"))

    def keep_lines(self, lines: list[str], name: str) -> None:
        kind, program = ENDINGS.get(name, ("app", "app"))
        self._keep_content("".join(line + "\n" for line in lines), kind, program, name.removeprefix("origin/"))

    def keep_output(self, name: str, *command: str) -> None:
        self._keep_content(self.namespaces.run("origin", *command), "output", command[0], name.removeprefix("origin/"))

    def _keep_content(self, content: str, kind: str, program: str, name: str) -> None:
        if not content.strip():
            return
        paths = {self.www: "/var/www/shop", self.run_folder: "/run/php", os.path.join(self.folder, "log"): "/var/log", self.folder: "/srv"}
        for before, after in sorted(paths.items(), key=lambda pair: -len(pair[0])):
            content = content.replace(before, after)
        file_name = f"{len(self.logs)}-{name.replace('/', '-')}"
        os.makedirs(os.path.join(self.output, "logs"), exist_ok=True)
        with open(os.path.join(self.output, "logs", file_name), "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(content)
        self.logs.append({"file": file_name, "kind": kind, "program": program, "name": name})

    # The run

    def run(self) -> list[dict]:
        self._prepare_folders()
        self.namespaces.create()
        self._second_address()
        self._start_relay()
        self.module.origin(self)
        self.tcpdump = Tcpdump(
            _AtOrigin(self.namespaces), Capture(interface="any", filter="tcp or icmp", nano=True, snaplen=65535, buffer_kib=65536), self.folder
        )
        if self.scenario.router:
            os.makedirs(os.path.join(self.folder, "border"), exist_ok=True)
            self.border = Tcpdump(
                self.namespaces, Capture(filter="tcp or icmp", nano=True, snaplen=65535, buffer_kib=65536), os.path.join(self.folder, "border")
            )
        from .edge import Edge

        self.edge = Edge(self.scenario.edge, self.authorities, self.keylog)
        noise, finished = threading.Thread(target=self._noise, daemon=True), threading.Event()
        threading.Thread(target=self._watch_lag, args=(finished,), daemon=True).start()
        self.begun = time.monotonic() + 0.05
        noise.start()
        outcomes = self._drive(sorted(self.module.traffic(self), key=lambda request: (request.at, request.ray)))
        finished.set()
        noise.join(timeout=5)
        self.edge.pool.stop()
        time.sleep(0.15)
        for one in (self.tcpdump, self.border):
            if one:
                one.stop()
        self._stop_servers()
        return self._keep(outcomes)

    def _start_relay(self) -> None:
        from .relay import Relay

        taps = self.namespaces.taps
        self.relay = Relay(taps[self.namespaces.front], taps["edge"], self.name, self.scenario.edge.one_way_delay_s)

    def _second_address(self) -> None:
        origin, edge = self.namespaces.names["origin"], self.namespaces.names["edge"]
        namespaces.run("ip", "-n", origin, "link", "set", "eth0", "mtu", str(self.link_mtu))
        namespaces.run("ip", "-n", edge, "link", "set", "eth0", "mtu", str(self.link_mtu))
        namespaces.run("ip", "-n", origin, "address", "add", settings.SECOND_ORIGIN_LAB + "/24", "dev", "eth0")
        front = settings.ROUTER_MAC if self.scenario.router else settings.ORIGIN_MAC
        namespaces.run("ip", "-n", edge, "route", "add", settings.SECOND_ORIGIN_LAB + "/32", "dev", "eth0")
        namespaces.run("ip", "-n", edge, "neigh", "add", settings.SECOND_ORIGIN_LAB, "lladdr", front, "dev", "eth0", "nud", "permanent")
        # Ports of their own for each recording would not help: in an overlay they are mapped anyway. A wide range keeps them apart.
        self.namespaces.write("edge", "/proc/sys/net/ipv4/ip_local_port_range", "10240 65000")

    def _noise(self) -> None:
        """Those who are not the edge: health checks, scanners, and programs of the origin's own network."""
        recording = self.recording
        self.namespaces.enter("edge")
        for at, work in recording.noise:
            self.at(at)
            try:
                work()
            except OSError:
                pass  # the origin may well be down

    def _watch_lag(self, finished: threading.Event) -> None:
        last = time.monotonic()
        while not finished.wait(0.02):
            now = time.monotonic()
            self.lag_s, last = max(self.lag_s, now - last - 0.02), now

    def _keep(self, outcomes: list[Outcome]) -> list[dict]:
        shutil.copy(self.tcpdump.raw, os.path.join(self.output, "capture.pcap"))
        if self.border:
            shutil.copy(self.border.raw, os.path.join(self.output, "border.pcap"))
        for server in self.served:
            server.keep()
        if os.path.exists(self.keylog):
            shutil.copy(self.keylog, os.path.join(self.output, "keys.log"))
        truth = [self._line(outcome) for outcome in sorted(outcomes, key=lambda one: (one.started, one.request.ray))]
        with open(os.path.join(self.output, "edge.jsonl"), "w") as file:
            file.writelines(json.dumps(line) + "\n" for line in truth)
        for name, content in (("logs.json", self.logs), ("recording.json", self.recording.facts())):
            with open(os.path.join(self.output, name), "w") as file:
                json.dump(content, file, indent=1)
        shutil.rmtree(self.incident, ignore_errors=True)
        return truth

    def _line(self, outcome: Outcome) -> dict:
        slug = self.scenario.slug_of(outcome)
        request = outcome.request
        attempts = [
            attempt | {"edge_ip": SHOWN_TO_LAB[attempt["edge_ip"]], "origin": request.origin, "at": moment}
            for attempt, moment in zip(outcome.attempts, outcome.moments)
        ]
        record = edgelog.record(outcome, edgelog.EdgeLog(), self.scenario.edge.tls)
        record["OriginIP"] = request.origin if attempts else ""
        record["EdgeServerIP"] = request.edge.lab if attempts else ""
        return {
            "ray": request.ray,
            "edge_status": outcome.edge_status,
            "failed": slug is not None,
            "slug": slug,
            "error": outcome.error or None,
            "attempts": attempts,
            "started": outcome.started,
            "ended": outcome.ended,
            "host": request.host,
            "path": request.path,
            "colo": request.edge.colo,
            "code": request.edge_code,
            "client": request.visitor.address,
            "origin_status": outcome.origin_status,
            "mask": recording_mask(request),
            "headers": outcome.headers,
            "sample": outcome.sample.decode("latin-1"),
            "record": record,
        }

    def clean_up(self, keep_folder: bool = False) -> None:
        if self.border and self.border.process.poll() is None:
            self.border.process.kill()
            self.border.process.wait()
        super().clean_up(keep_folder)


def recording_mask(request) -> bool:
    """Whether the edge answered by itself and asked no origin."""
    return bool(request.edge_status or request.cache_hit)


class _AtOrigin:
    """The namespaces as tcpdump sees them when it listens at the origin although a router stands before it."""

    def __init__(self, inner):
        self.command, self.front = inner.command, "origin"


def internal_request(path: str, source: str, port: int = 80, host: str = settings.HOST) -> None:
    """A program of the origin's own network asks the origin directly, without any ray."""
    one = bystanders._connect(source, port)
    with one:
        one.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: reports/1.8\r\nConnection: close\r\n\r\n".encode())
        try:
            while one.recv(65536):
                pass
        except OSError:
            return
