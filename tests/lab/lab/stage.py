"""One run of one scenario: namespaces, servers, capture, traffic, and what is kept of it."""
import os
import random
import shutil
import socket
import tempfile
import threading
import time

from . import edgelog, rewrite, settings
from .capture import Tcpdump
from .edge import Edge, Outcome
from .namespaces import Namespaces
from .relay import Relay
from .visitors import Request, Traffic


def working_folder(pid: int) -> str:
    """Where the run in process `pid` keeps what it works with. The runner removes it should that process be killed."""
    return os.path.join(tempfile.gettempdir(), f"rayscope-lab-{pid}")


class Lab:
    """What a scenario file works with."""

    def __init__(self, name: str, module, output: str):
        self.name, self.module, self.scenario = name, module, module.SCENARIO
        self.output = output
        self.incident = os.path.join(output, "incident")
        self.folder = working_folder(os.getpid())
        self.www = os.path.join(self.folder, "www")
        self.run_folder = os.path.join(self.folder, "run")
        self.namespaces = Namespaces(str(os.getpid()), self.scenario.router)
        self.random = random.Random(name)
        self.keylog = os.path.join(self.folder, "keylog")
        self.traffic = Traffic(name, self.scenario.edge.fresh_share)
        self.servers: list = []
        self.served: list = []       # all that ever ran, for their logs
        self.relay: Relay | None = None
        self.tcpdump: Tcpdump | None = None
        self.edge: Edge | None = None
        self.begun = 0.0
        self.authorities: str | None = None    # certificate file that the edge trusts

    # For scenario files

    def serve(self, *servers):
        """Starts servers, in order. They are stopped at the end, last first."""
        for server in servers:
            self.servers.append(server)
            self.served.append(server)
            server.start()
        return servers[-1]

    def at(self, seconds: float) -> None:
        """Waits until so many seconds after the traffic began."""
        time.sleep(max(0.0, self.begun + seconds - time.monotonic()))

    def wait_for_port(self, port: int, process=None) -> None:
        until = time.monotonic() + 8
        while time.monotonic() < until:
            if process and process.poll() is not None:
                break
            with self.namespaces.inside("origin"):
                probe = socket.socket()
            with probe:
                if probe.connect_ex((settings.ORIGIN_LAB, port)) == 0:
                    return
            time.sleep(0.02)
        raise RuntimeError(f"nothing listens on port {port} of the origin, see {self.folder}")

    def keep_text(self, path: str, name: str) -> None:
        """Puts a log or a configuration into the incident, with addresses and paths as a customer would show them."""
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            self._write(name, file.read())

    def keep_output(self, name: str, *command: str) -> None:
        """Puts the output of a command that is run at the origin into the incident."""
        self._write(name, self.namespaces.run("origin", *command))

    def keep_lines(self, lines: list[str], name: str) -> None:
        self._write(name, "".join(line + "\n" for line in lines))

    def _write(self, name: str, content: str) -> None:
        paths = {self.www: "/var/www/shop", self.run_folder: "/run/php", os.path.join(self.folder, "nginx"): "/etc/nginx",
                 os.path.join(self.folder, "log"): "/var/log", self.folder: "/srv"}
        target = os.path.join(self.incident, name)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(rewrite.text(content, paths))

    # The run

    def run(self) -> list[dict]:
        """Makes the incident. Gives the truth."""
        self._prepare_folders()
        self.namespaces.create()
        taps = self.namespaces.taps
        self.relay = Relay(taps[self.namespaces.front], taps["edge"], self.name, self.scenario.edge.one_way_delay_s)
        self.module.origin(self)
        if self.scenario.capture:
            self.tcpdump = Tcpdump(self.namespaces, self.scenario.capture, self.folder)
        self.edge = Edge(self.scenario.edge, self.authorities, self.keylog)
        outcomes = self._drive(sorted(self.module.traffic(self), key=lambda request: (request.at, request.ray)))
        self.edge.pool.stop()
        time.sleep(0.2)
        if self.tcpdump:
            self.tcpdump.stop()
        self._stop_servers()
        return self._keep(outcomes)

    def _prepare_folders(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        for folder in (self.www, self.run_folder, os.path.join(self.folder, "log")):
            os.makedirs(folder)
        shutil.rmtree(self.output, ignore_errors=True)
        os.makedirs(self.incident)
        os.makedirs(os.path.join(self.www, "static"))
        paragraph = "<p>A fine lamp for every room, made to last.</p>\n"
        for name, size in (("index.html", 30), ("product.html", 22), ("cart.html", 12)):
            self._page(name, f"<html><head><title>Shop</title></head><body>\n{paragraph * size}</body></html>\n")
        self._page("static/app.css", ".lamp { color: #334; margin: 0 auto; }\n" * 60)
        self._page("static/app.js", "window.shop = window.shop || {};\n" * 80)
        self._page("static/logo.svg", "<svg xmlns='http://www.w3.org/2000/svg'>" + "<path d='M0 0h9v9z'/>" * 40 + "</svg>\n")
        with open(os.path.join(self.www, "static/hero.jpg"), "wb") as file:
            file.write(b"\xff\xd8\xff\xe0" + random.Random("hero").randbytes(4000))

    def _page(self, name: str, content: str) -> None:
        with open(os.path.join(self.www, name), "w") as file:
            file.write(content)

    def _drive(self, requests: list[Request]) -> list[Outcome]:
        """Lets the visitors ask, each at its time, and the scenario do its worst meanwhile."""
        outcomes: list[Outcome] = []
        failures: list[BaseException] = []
        queue, lock = iter(requests), threading.Lock()

        def guarded(work):
            def body():
                try:
                    self.namespaces.enter("edge")
                    work()
                except BaseException as error:   # a thread's failure is the run's failure
                    failures.append(error)
            return threading.Thread(target=body, daemon=True)

        def visit():
            while not failures:
                with lock:
                    request = next(queue, None)
                if request is None:
                    return
                self.at(request.at)
                outcomes.append(self.edge.fetch(request))

        self.begun = time.monotonic()
        watcher = guarded(self.edge.pool.watch)
        watcher.start()
        threads = [guarded(visit) for _ in range(settings.WORKERS)]
        for thread in threads:
            thread.start()
        if hasattr(self.module, "during"):
            # In the main thread: a server gets SIGTERM when the thread that started it ends.
            with self.namespaces.inside("edge"):
                self.module.during(self)
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]
        return outcomes

    def _stop_servers(self) -> None:
        while self.servers:
            self.servers.pop().stop()

    def _keep(self, outcomes: list[Outcome]) -> list[dict]:
        if self.tcpdump:
            self.tcpdump.keep(self.incident)
        if self.scenario.edge_log:
            edgelog.write(outcomes, self.scenario.edge_log, self.scenario.edge.tls, self.incident, self.random)
        for server in self.served:
            server.keep()
        if os.path.exists(self.keylog):
            self.keep_text(self.keylog, "origin/tls-keys.log")
        return edgelog.write_truth(outcomes, self.scenario.slug_of, os.path.join(self.output, "truth.jsonl"))

    def clean_up(self, keep_folder: bool = False) -> None:
        """Ends all that the run started. Safe to call at any moment, and twice."""
        for step in [self._stop_servers, self.relay.stop if self.relay else None, self._end_tcpdump, self.namespaces.remove]:
            try:
                if step:
                    step()
            except Exception as error:   # the other steps still have to run
                print(f"lab: clean-up: {error}")
        if not keep_folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _end_tcpdump(self) -> None:
        if self.tcpdump and self.tcpdump.process.poll() is None:
            self.tcpdump.process.kill()
            self.tcpdump.process.wait()
